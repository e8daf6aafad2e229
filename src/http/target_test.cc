#include "http/target.h"

#include <doctest/doctest.h>

#include "http/http.h"

namespace boathouse::http {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

Request Parsed(const std::string& target) {
  Request request;
  request.method = "GET";
  request.target = target;
  const Status status = ParseTarget(&request);
  CHECK_MESSAGE(status.ok(), target);
  return request;
}

bool IsRefused(const std::string& target, const std::string& method = "GET") {
  Request request;
  request.method = method;
  request.target = target;
  const Status status = ParseTarget(&request);
  return !status.ok() && status.error().kind == ErrorKind::kInvalid;
}

}  // namespace

TEST_CASE("a path is split before it is decoded") {
  using Segments = std::vector<std::string>;
  CHECK(DecodeSegments("/") == Segments{""});
  CHECK(DecodeSegments("/a/b%2Fc/%C3%A9") == Segments{"a", "b/c", "\xC3\xA9"});
  CHECK(DecodeSegments("/a//b/") == Segments{"a", "", "b", ""});
  CHECK(DecodeSegments("/a+b") == Segments{"a+b"});
  CHECK(DecodeSegments("/../.") == Segments{"..", "."});
}

TEST_CASE("paths that cannot be decoded are refused") {
  for (const char* path : {"", "a", "/%", "/%4", "/%zz", "/a%00b", "/%ff", "/%C3"}) {
    CHECK_MESSAGE(!DecodeSegments(path), path);
  }
}

TEST_CASE("a target is a path and a decoded query") {
  const Request request = Parsed("/a%20b?x=1&y=a+b%26c&x=2&&flag&=v&e=%3D=");
  CHECK(request.path == "/a%20b");
  CHECK(request.query ==
        Pairs{{"x", "1"}, {"y", "a b&c"}, {"x", "2"}, {"flag", ""}, {"", "v"}, {"e", "=="}});
  CHECK(request.Query("x") == "1");
  CHECK(request.Query("flag") == "");
  CHECK(!request.Query("absent"));
  CHECK(Parsed("/?").query.empty());
  CHECK(Parsed("/a??b").query == Pairs{{"?b", ""}});
}

TEST_CASE("the absolute form of proxies is understood") {
  CHECK(Parsed("http://host:80/a/b?x=1").path == "/a/b");
  CHECK(Parsed("HTTPS://host/a").path == "/a");
  CHECK(Parsed("http://host").path == "/");
  const Request request = Parsed("http://host?x=1");
  CHECK(request.path == "/");
  CHECK(request.Query("x") == "1");
}

TEST_CASE("targets that are none are refused") {
  for (const char* target : {"", "a", "?x", "*", "host:443", "/a b", "/a#b", "/\x7f", "/\n", "/%2",
                             "/?a=%", "/?a=%00", "/?%ff=1", "ftp://host/a"}) {
    CHECK_MESSAGE(IsRefused(target), target);
  }
  CHECK_FALSE(IsRefused("*", "OPTIONS"));
}

}  // namespace boathouse::http
