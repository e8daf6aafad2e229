#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <thread>

#include "auth/sigv4.h"
#include "base/bytes.h"
#include "blobs/blob_store.h"

namespace boathouse::blobs {
namespace {

constexpr Micros now = 1'764'000'000'000'000;
const auth::S3Keys keys{"AKIATEST", "secret", ""};

// An object store in memory that checks every signature, and fails as it is told.
class FakeS3 : public http::Client {
 public:
  explicit FakeS3(const Clock& clock) : clock_(clock) {}

  std::map<std::string, std::string> objects;  // by path
  std::map<std::string, std::string> parts;    // by target
  std::vector<std::string> log;                // method and target
  std::function<std::optional<Result<http::ClientResponse>>(const http::ClientRequest&)> trouble;

  Result<http::ClientResponse> Send(const http::ClientRequest& request) override {
    const std::string origin = "http://s3.test:9000";
    REQUIRE(request.url.starts_with(origin));
    const std::string target = request.url.substr(origin.size());
    log.push_back(request.method + " " + target);
    auth::HeaderList headers = request.headers.entries();
    headers.emplace_back("Host", "s3.test:9000");
    const auth::SignedCall call{request.method, target, headers};
    const auto claimed = auth::ReadSignature(call);
    REQUIRE(claimed.ok());
    CHECK(claimed->payload_digest == HexEncode(Sha256(request.body)));
    if (!auth::CheckSignature(*claimed, call, keys.secret_access_key, clock_.Now()).ok()) {
      return Answer(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
    }
    if (trouble) {
      if (auto failed = trouble(request)) return *std::move(failed);
    }
    return Serve(request, target);
  }
  static http::ClientResponse Answer(int status, std::string body = "") {
    http::ClientResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }

 private:
  http::ClientResponse Serve(const http::ClientRequest& request, const std::string& target) {
    const std::string path = target.substr(0, target.find('?'));
    if (target.ends_with("?uploads=")) return Answer(200, "<X><UploadId>u/1</UploadId></X>");
    if (target.find("partNumber=") != std::string::npos) {
      parts[target] = request.body;
      http::ClientResponse sent = Answer(200);
      sent.headers.Set("ETag", "\"" + target.substr(target.size() - 1) + "\"");
      return sent;
    }
    if (request.method == "POST") {  // the parts that are listed become the object
      for (const auto& [name, bytes] : parts) {
        CHECK(request.body.find("<ETag>\"" + name.substr(name.size() - 1)) != std::string::npos);
        objects[path] += bytes;
      }
      parts.clear();
      return Answer(200, "<CompleteMultipartUploadResult/>");
    }
    if (request.method == "PUT") {
      objects[path] = request.body;
      return Answer(200);
    }
    if (request.method == "DELETE") {
      if (target.find("uploadId=") != std::string::npos) parts.clear();
      return Answer(objects.erase(path) > 0 ? 204 : 404);
    }
    if (!objects.contains(path)) return Answer(404);
    http::ClientResponse found = Answer(200);
    found.headers.Set("Content-Length", std::to_string(objects[path].size()));
    return found;
  }
  const Clock& clock_;
};

struct Bucket {
  ManualClock clock{now};
  FakeS3 s3{clock};
  S3Location location =
      *ParseS3Location("s3://lake/crm?endpoint=http://s3.test:9000/&region=eu-west-1");
  std::unique_ptr<BlobStore> store = MakeS3BlobStore(location, keys, s3, clock);
  Copies copies{*store, clock};

  Status Ensure(const std::string& key, const std::string& bytes) {
    return copies.Ensure(key, bytes.size(), SourceOf(bytes));
  }
  static BlobStore::Source SourceOf(const std::string& bytes) {
    return [&bytes](uint64_t offset, size_t length, std::string* out) {
      *out = bytes.substr(offset, length);
      return Status();
    };
  }
};

TEST_CASE("the place of the files is read, and what is wrong with one is said") {
  const auto location = ParseS3Location("s3://lake/a/b?region=eu-west-1");
  REQUIRE(location.ok());
  CHECK(location->UrlOf("t/x y.parquet") ==
        "https://lake.s3.eu-west-1.amazonaws.com/a/b/t/x%20y.parquet");
  CHECK(ParseS3Location("s3://lake")->UrlOf("k") == "https://lake.s3.us-east-1.amazonaws.com/k");
  CHECK(ParseS3Location("s3://la.ke/p/")->UrlOf("k") ==
        "https://s3.us-east-1.amazonaws.com/la.ke/p/k");
  CHECK(ParseS3Location("s3://lake/p?endpoint=http%3A%2F%2Fh:1")->UrlOf("k") ==
        "http://h:1/lake/p/k");
  for (const char* bad :
       {"", "lake", "http://lake/p", "s3://", "s3://L", "s3://Lake/p", "s3://lake/p?endpoint",
        "s3://lake/p?endpoint=ftp://h", "s3://lake/p?secret=x", "s3://lake/p?region="}) {
    const auto refused = ParseS3Location(bad);
    CHECK_MESSAGE(!refused.ok(), bad);
    if (!refused.ok()) CHECK(refused.error().kind == ErrorKind::kInvalid);
  }
}

TEST_CASE("a file is sent once, and not at all when the store has it") {
  Bucket b;
  REQUIRE(b.Ensure("t/1/data/f.parquet", "bytes").ok());
  CHECK(b.s3.objects["/lake/crm/t/1/data/f.parquet"] == "bytes");
  const size_t asked = b.s3.log.size();
  REQUIRE(b.Ensure("t/1/data/f.parquet", "bytes").ok());
  CHECK(b.s3.log.size() == asked);
  // Another server, or this one after a restart.
  Copies restarted(*b.store, b.clock);
  b.s3.log.clear();
  REQUIRE(restarted.Ensure("t/1/data/f.parquet", 5, Bucket::SourceOf("bytes")).ok());
  CHECK(b.s3.log == std::vector<std::string>{"HEAD /lake/crm/t/1/data/f.parquet"});
  // What is there with another size was torn by somebody else.
  b.s3.objects["/lake/crm/t/1/data/f.parquet"] = "byt";
  b.clock.Advance(known_micros);
  REQUIRE(b.Ensure("t/1/data/f.parquet", "bytes").ok());
  CHECK(b.s3.objects["/lake/crm/t/1/data/f.parquet"] == "bytes");
}

TEST_CASE("a large file goes in parts and appears with the last request") {
  Bucket b;
  std::string bytes(2 * part_bytes + 5, 'a');
  bytes.back() = 'z';
  REQUIRE(b.Ensure("big", bytes).ok());
  CHECK((b.s3.objects["/lake/crm/big"] == bytes));
  CHECK(b.s3.log.size() == 6);  // HEAD, begin, three parts, finish
}

TEST_CASE("a store that fails in the middle leaves nothing, and the next read repairs it") {
  Bucket b;
  const std::string bytes(part_bytes + 5, 'a');
  int parts = 0;
  b.s3.trouble =
      [&](const http::ClientRequest& request) -> std::optional<Result<http::ClientResponse>> {
    if (request.url.find("partNumber=2") == std::string::npos) return std::nullopt;
    ++parts;
    return Result<http::ClientResponse>(
        FakeS3::Answer(503, "<Error><Code>SlowDown</Code></Error>"));
  };
  const Status failed = b.Ensure("big", bytes);
  REQUIRE(!failed.ok());
  CHECK(failed.error().kind == ErrorKind::kUnavailable);
  CHECK(failed.error().message.find("503 SlowDown") != std::string::npos);
  CHECK(parts == attempts_max);
  CHECK(b.s3.objects.empty());
  CHECK(b.s3.parts.empty());  // given up
  // It is left alone for a while, then asked again.
  b.s3.trouble = nullptr;
  const size_t asked = b.s3.log.size();
  CHECK(!b.Ensure("other", "x").ok());
  CHECK(b.s3.log.size() == asked);
  b.clock.Advance(pause_micros);
  CHECK(b.Ensure("big", bytes).ok());
  CHECK((b.s3.objects["/lake/crm/big"] == bytes));
}

TEST_CASE("a failure that passes within a request is not noticed") {
  Bucket b;
  int left = attempts_max - 1;
  b.s3.trouble =
      [&](const http::ClientRequest& request) -> std::optional<Result<http::ClientResponse>> {
    if (request.method != "PUT" || left-- <= 0) return std::nullopt;
    return Result<http::ClientResponse>(Error(ErrorKind::kUnavailable, "the connection broke"));
  };
  CHECK(b.Ensure("f", "bytes").ok());
}

TEST_CASE("why a store refuses is told apart") {
  const auto kind_of = [](Result<http::ClientResponse> answer) {
    Bucket b;
    b.s3.trouble = [&](const http::ClientRequest&) { return std::optional(answer); };
    const Status failed = b.Ensure("f", "bytes");
    REQUIRE(!failed.ok());
    return failed.error().kind;
  };
  CHECK(kind_of(FakeS3::Answer(403)) == ErrorKind::kForbidden);
  CHECK(kind_of(FakeS3::Answer(500)) == ErrorKind::kUnavailable);
  CHECK(kind_of(FakeS3::Answer(301)) == ErrorKind::kUnavailable);
  CHECK(kind_of(Error(ErrorKind::kDeadline, "slow")) == ErrorKind::kDeadline);
  Bucket b;  // no bucket: there is nothing, and nothing can be stored
  b.s3.trouble = [](const http::ClientRequest&) {
    return std::optional(Result<http::ClientResponse>(FakeS3::Answer(404)));
  };
  CHECK(b.Ensure("f", "bytes").error().kind == ErrorKind::kNotFound);
}

TEST_CASE("the end of an upload may fail with the status of success") {
  Bucket b;
  b.s3.trouble =
      [](const http::ClientRequest& request) -> std::optional<Result<http::ClientResponse>> {
    if (request.method != "POST" || request.body.empty()) return std::nullopt;
    return Result<http::ClientResponse>(
        FakeS3::Answer(200, "<Error><Code>InternalError</Code></Error>"));
  };
  CHECK(!b.Ensure("big", std::string(part_bytes + 1, 'a')).ok());
  CHECK(b.s3.objects.empty());
}

TEST_CASE("a table that cannot be read is not half sent") {
  Bucket b;
  const Status failed = b.copies.Ensure("f", 5, [](uint64_t, size_t, std::string*) -> Status {
    return Error(ErrorKind::kCorrupt, "damaged");
  });
  REQUIRE(!failed.ok());
  CHECK(failed.error().kind == ErrorKind::kCorrupt);
  CHECK(b.s3.objects.empty());
}

TEST_CASE("who comes together shares one upload") {
  Bucket b;
  std::atomic<int> puts = 0;
  b.s3.trouble =
      [&](const http::ClientRequest& request) -> std::optional<Result<http::ClientResponse>> {
    if (request.method == "PUT") ++puts;
    return std::nullopt;
  };
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { good += b.Ensure("f", "bytes").ok() ? 1 : 0; });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(good == 8);
  CHECK(puts == 1);
}

// A service that makes keys for whom it knows.
class FakeSts : public http::Client {
 public:
  http::ClientRequest asked;
  http::ClientResponse answer;
  Result<http::ClientResponse> Send(const http::ClientRequest& request) override {
    asked = request;
    return answer;
  }
};

TEST_CASE("keys of a role read one folder and end in time") {
  const ManualClock clock(now);
  FakeSts sts;
  sts.answer = FakeS3::Answer(200,
                              "<R><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</"
                              "SecretAccessKey><SessionToken>t</SessionToken></R>");
  const S3Location location = *ParseS3Location(
      "s3://lake/crm?endpoint=http://s3.test:9000&role=arn:aws:iam::1:role%2Freader");
  const auto made = AssumeRole(location, keys, "accounts/1/", 3600, sts, clock);
  REQUIRE(made.ok());
  CHECK(made->access_key_id == "ASIA1");
  CHECK(made->secret_access_key == "s");
  CHECK(made->session_token == "t");
  CHECK(made->expires_at == now + 3600LL * 1'000'000);
  CHECK(sts.asked.url == "http://s3.test:9000/");
  CHECK(sts.asked.body.find("RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Freader&") !=
        std::string::npos);
  CHECK(sts.asked.body.find("lake%2Fcrm%2Faccounts%2F1%2F%2A") != std::string::npos);
  CHECK(sts.asked.headers.Get("authorization").find("/us-east-1/sts/aws4_request") !=
        std::string::npos);
  sts.answer = FakeS3::Answer(403, "<Error><Code>AccessDenied</Code></Error>");
  const auto refused = AssumeRole(location, keys, "a/", 900, sts, clock);
  REQUIRE(!refused.ok());
  CHECK(refused.error().kind == ErrorKind::kForbidden);
  CHECK(refused.error().message.find("AccessDenied") != std::string::npos);
  sts.answer = FakeS3::Answer(200, "<html/>");
  CHECK(!AssumeRole(location, keys, "a/", 900, sts, clock).ok());
}

TEST_CASE("URLs are signed for the store, and what is removed may be gone already") {
  Bucket b;
  const auto url = b.store->Presign("GET", "t/f.parquet", 60);
  REQUIRE(url.ok());
  CHECK(url->starts_with("http://s3.test:9000/lake/crm/t/f.parquet?X-Amz-Algorithm="));
  CHECK(url->find("eu-west-1") != std::string::npos);
  REQUIRE(b.Ensure("f", "bytes").ok());
  CHECK(b.store->Remove("f").ok());
  CHECK(b.s3.objects.empty());
  CHECK(b.store->Remove("f").ok());
}

}  // namespace
}  // namespace boathouse::blobs
