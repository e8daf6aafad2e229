#include "surfaces/objects/objects.h"

#include <doctest/doctest.h>

#include "http/byte_range.h"
#include "http/http_date.h"
#include "surfaces/objects/table_fake.h"
#include "tables/changes.h"

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

struct Files {
  FakeCatalog catalog;
  FakeTable& accounts = catalog.Add("accounts", {{"0123", "PAR1PAR1"}});
  std::vector<FileUse> uses;
  std::optional<Error> refusal;
  UrlSigner signer{"key"};
  ManualClock clock{now};
  http::Router router;

  Files() {
    Services services{catalog, signer, clock};
    services.may_read = [this](std::string_view recipient, std::string_view table,
                               std::string_view) -> Status {
      CHECK(recipient == "acme");
      CHECK(table == "accounts");
      if (refusal) return *refusal;
      return {};
    };
    services.record = [this](FileUse use) { uses.push_back(std::move(use)); };
    Mount(router, services);
  }
  http::Response Get(const std::string& header = "", const std::string& value = "") {
    http::Request request = Request(signer.Sign("accounts", "0123", "acme", now + 60'000'000));
    if (!header.empty()) request.headers.Add(header, value);
    return router.Dispatch(request);
  }
};

TEST_CASE("a file that a client has already is not sent again, however it asks") {
  Files f;
  const http::Response whole = f.Get();
  CHECK(whole.status == 200);
  CHECK(whole.headers.Get("etag") == "\"0123\"");
  for (const char* tags : {"\"0123\"", "W/\"0123\"", "\"x\", \"0123\"", "*"}) {
    const http::Response unchanged = f.Get("If-None-Match", tags);
    CHECK_MESSAGE(unchanged.status == 304, tags);
    CHECK(unchanged.headers.Get("etag") == "\"0123\"");
    CHECK(unchanged.stream == nullptr);
  }
  CHECK(f.Get("If-None-Match", "\"0124\"").status == 200);
  CHECK(f.Get("Range", "bytes=2-3").status == 206);
}

std::string Drain(http::Response& response) {
  if (response.stream == nullptr) return response.body;
  std::string all, chunk;
  for (;;) {
    const Result<bool> more = response.stream->Next(&chunk);
    REQUIRE(more.ok());
    if (!*more) return all;
    all += chunk;
  }
}

TEST_CASE("a URL that was handed out ends with the grant, and what was sent is recorded") {
  Files f;
  {
    http::Response part = f.Get("Range", "bytes=2-4");
    CHECK(part.headers.Get("content-range") == "bytes 2-4/8");
    CHECK(Drain(part) == "R1P");
  }
  {
    const http::Response unread = f.Get();
  }  // the client left
  f.refusal = Error(ErrorKind::kForbidden, "the recipient was revoked");
  const http::Response refused = f.Get();
  CHECK(refused.status == 403);
  CHECK(refused.body.find("the recipient was revoked") != std::string::npos);
  REQUIRE(f.uses.size() == 3);
  CHECK(f.uses[0].recipient == "acme");
  CHECK(f.uses[0].surface == "files");
  CHECK(f.uses[0].table == "accounts");
  CHECK(f.uses[0].status == 206);
  CHECK(f.uses[0].bytes == 3);
  CHECK(f.uses[1].bytes == 0);
  CHECK(f.uses[2].status == 403);
}

TEST_CASE("conditions are judged as RFC 9110 has them") {
  Files f;
  const std::string made = http::FormatHttpDate(f.accounts.files_made_at);
  const std::string before = http::FormatHttpDate(f.accounts.files_made_at - 1'000'000);
  CHECK(f.Get().headers.Get("last-modified") == made);
  CHECK(f.Get("If-Match", "\"0123\"").status == 200);
  CHECK(f.Get("If-Match", "*").status == 200);
  CHECK(f.Get("If-Match", "\"x\", \"0123\"").status == 200);
  CHECK(f.Get("If-Match", "\"0124\"").status == 412);
  CHECK(f.Get("If-Unmodified-Since", made).status == 200);
  CHECK(f.Get("If-Unmodified-Since", before).status == 412);
  CHECK(f.Get("If-Modified-Since", made).status == 304);
  CHECK(f.Get("If-Modified-Since", before).status == 200);
  CHECK(f.Get("If-Modified-Since", "yesterday").status == 200);
}

TEST_CASE("what may pass is told apart from what will not, and neither names our paths") {
  Files f;
  const auto status = [&](ErrorKind kind) {
    f.accounts.failure = Error{kind, "/data/tables/accounts"};
    const http::Response response = f.Get();
    CHECK(response.body.find("/data") == std::string::npos);
    CHECK((response.headers.Find("retry-after") != nullptr) == (response.status == 503));
    return response.status;
  };
  CHECK(status(ErrorKind::kUnavailable) == 503);
  CHECK(status(ErrorKind::kExhausted) == 503);
  CHECK(status(ErrorKind::kDeadline) == 503);
  CHECK(status(ErrorKind::kCorrupt) == 500);
  CHECK(status(ErrorKind::kInternal) == 500);
  CHECK(status(ErrorKind::kNotFound) == 404);
}

TEST_CASE("ranges are read as RFC 9110 has them") {
  const auto part = [](std::string_view header, uint64_t offset, uint64_t length) {
    const http::ByteRange range = http::ParseRange(header, 1000);
    return range.kind == http::ByteRange::Kind::kPart && range.offset == offset &&
           range.length == length;
  };
  CHECK(part("bytes=0-0", 0, 1));
  CHECK(part("bytes=10-19", 10, 10));
  CHECK(part("bytes=990-", 990, 10));
  CHECK(part("bytes=-10", 990, 10));
  CHECK(part("bytes=-5000", 0, 1000));
  CHECK(part("bytes=999-5000", 999, 1));
  CHECK(part("Bytes= 1-2 ", 1, 2));

  for (const char* header : {"bytes=1000-", "bytes=1000-2000", "bytes=-0"}) {
    CHECK_MESSAGE(http::ParseRange(header, 1000).kind == http::ByteRange::Kind::kUnsatisfiable,
                  header);
  }
  CHECK(http::ParseRange("bytes=0-", 0).kind == http::ByteRange::Kind::kUnsatisfiable);
  CHECK(http::ParseRange("bytes=-1", 0).kind == http::ByteRange::Kind::kUnsatisfiable);
  for (const char* header :
       {"", "bytes", "bytes=", "bytes=-", "bytes=5-4", "bytes=a-5", "bytes=0-1,3-4", "items=0-1",
        "bytes=1-2x", "bytes=99999999999999999999-", "bytes=--1", "bytes=+1-2"}) {
    CHECK_MESSAGE(http::ParseRange(header, 1000).kind == http::ByteRange::Kind::kWhole, header);
  }
}

}  // namespace
}  // namespace boathouse::objects
