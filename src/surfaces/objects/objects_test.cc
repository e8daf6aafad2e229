#include "surfaces/objects/objects.h"

#include <doctest/doctest.h>

#include "http/byte_range.h"
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

// A table with one file of eight bytes, or one that fails.
class OneFile : public tables::Table, public tables::Catalog {
 public:
  std::optional<Error> failure;

  std::vector<tables::Table*> tables() override { return {this}; }
  Result<tables::Table*> Find(std::string_view) override { return this; }
  Result<tables::Table*> Define(const tables::Definition&) override { return this; }
  Status Forget(std::string_view) override { return Status::Ok(); }
  void Warm(const Cancellation&) override {}
  void Maintain(const Cancellation&) override {}

  const std::string& name() const override { return name_; }
  const std::string& object() const override { return name_; }
  Result<Id> id() override { return Id{}; }
  Result<std::shared_ptr<const tables::TableVersion>> Current() override { return Nothing(); }
  Result<std::shared_ptr<const tables::TableVersion>> At(int64_t) override { return Nothing(); }
  Result<std::shared_ptr<const tables::TableVersion>> AtTime(Micros) override { return Nothing(); }
  Result<std::shared_ptr<const tables::TableVersion>> CurrentMarked() override { return Nothing(); }
  Result<std::shared_ptr<const tables::TableVersion>> AtMarked(int64_t) override {
    return Nothing();
  }
  Result<std::shared_ptr<const tables::TableVersion>> AtOrAfter(Micros) override {
    return Nothing();
  }
  Result<std::vector<tables::VersionInfo>> Versions() override { return Nothing(); }
  Result<tables::ChangeSet> Changes(int64_t, int64_t) override { return Nothing(); }
  Result<tables::FileDiff> Diff(int64_t, int64_t) override { return Nothing(); }
  Result<std::vector<tables::File>> Select(const tables::TableVersion&,
                                           const tables::Selection&) override {
    return Nothing();
  }
  Result<std::unique_ptr<tables::FileReader>> OpenFile(std::string_view) override {
    if (failure) return *failure;
    return std::unique_ptr<tables::FileReader>(std::make_unique<Reader>());
  }
  tables::Metrics metrics() const override { return {}; }

 private:
  struct Reader : tables::FileReader {
    uint64_t size() const override { return 8; }
    Status ReadAt(uint64_t offset, size_t length, std::string* out) override {
      *out = std::string("PAR1PAR1").substr(offset, length);
      return Status::Ok();
    }
  };
  static Error Nothing() { return {ErrorKind::kNotFound, "nothing"}; }
  const std::string name_ = "accounts";
};

struct Files {
  OneFile catalog;
  UrlSigner signer{"key"};
  ManualClock clock{now};
  http::Router router;

  Files() { Mount(router, {catalog, signer, clock}); }
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

TEST_CASE("what may pass is told apart from what will not, and neither names our paths") {
  Files f;
  const auto status = [&](ErrorKind kind) {
    f.catalog.failure = Error{kind, "/data/tables/accounts"};
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
