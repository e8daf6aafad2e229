#include "surfaces/objects/objects.h"

#include <doctest/doctest.h>

#include "surfaces/objects/byte_range.h"

namespace boathouse::objects {
namespace {

constexpr Micros now = 1'764'000'000'000'000;

http::Request Request(const std::string& target) {
  http::Request request;
  request.method = "GET";
  request.target = target;
  REQUIRE(http::ParseTarget(&request).ok());
  return request;
}

TEST_CASE("a signed URL holds for its path, its recipient and its time, and for nothing else") {
  const UrlSigner signer("a key of the server");
  const std::string url = signer.Sign("accounts", "0123abcd", "Acme & Söhne", now + 60'000'000);
  CHECK(url.starts_with("/files/accounts/0123abcd.parquet?exp=1764000060&to=Acme%20%26%20S"));
  CHECK(signer.Verify(Request(url), now).ok());
  CHECK(signer.Verify(Request(url), now + 59'000'000).ok());

  const auto refused = [&](const std::string& target, Micros at = now) {
    const Status verified = signer.Verify(Request(target), at);
    return !verified.ok() && verified.error().kind == ErrorKind::kForbidden;
  };
  CHECK(refused(url, now + 60'000'000));
  CHECK(refused("/files/accounts/0123abcd.parquet"));
  CHECK(refused("/files/contacts" + url.substr(url.find("/0123"))));
  CHECK(refused("/files/accounts/0123abce" + url.substr(url.find(".parquet"))));
  std::string longer_life = url;
  longer_life.replace(longer_life.find("exp=1764"), 8, "exp=1864");
  CHECK(refused(longer_life));
  std::string other_recipient = url;
  other_recipient.replace(other_recipient.find("to=Acme"), 7, "to=Bcme");
  CHECK(refused(other_recipient));
  CHECK(refused(url.substr(0, url.size() - 1)));
  CHECK(refused(url.substr(0, url.rfind('=') + 1)));
  CHECK(!UrlSigner("another key").Verify(Request(url), now).ok());
  // What expires must not turn on how its parts are cut.
  CHECK(signer.Sign("a", "b", "c1", now) != signer.Sign("a", "b", "c", now));
}

TEST_CASE("ranges are read as RFC 9110 has them") {
  const auto part = [](std::string_view header, uint64_t offset, uint64_t length) {
    const ByteRange range = ParseRange(header, 1000);
    return range.kind == ByteRange::Kind::kPart && range.offset == offset && range.length == length;
  };
  CHECK(part("bytes=0-0", 0, 1));
  CHECK(part("bytes=10-19", 10, 10));
  CHECK(part("bytes=990-", 990, 10));
  CHECK(part("bytes=-10", 990, 10));
  CHECK(part("bytes=-5000", 0, 1000));
  CHECK(part("bytes=999-5000", 999, 1));
  CHECK(part("Bytes= 1-2 ", 1, 2));

  for (const char* header : {"bytes=1000-", "bytes=1000-2000", "bytes=-0"}) {
    CHECK_MESSAGE(ParseRange(header, 1000).kind == ByteRange::Kind::kUnsatisfiable, header);
  }
  CHECK(ParseRange("bytes=0-", 0).kind == ByteRange::Kind::kUnsatisfiable);
  CHECK(ParseRange("bytes=-1", 0).kind == ByteRange::Kind::kUnsatisfiable);
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-5", "bytes=0-1,3-4", "items=0-1",
        "bytes=1-2x", "bytes=99999999999999999999-", "bytes=--1", "bytes=+1-2"}) {
    CHECK_MESSAGE(ParseRange(header, 1000).kind == ByteRange::Kind::kWhole, header);
  }
}

}  // namespace
}  // namespace boathouse::objects
