// The S3 protocol over tables in memory: who gets in, what is there, and what is refused.

#include <doctest/doctest.h>

#include "auth/sigv4.h"
#include "base/bytes.h"
#include "surfaces/objects/objects.h"
#include "surfaces/objects/table_fake.h"

namespace boathouse::objects {
namespace {

constexpr Micros now = 1'764'000'000'000'000;
constexpr Micros minute = 60'000'000;
constexpr const char* acme = "01930000-0000-7000-8000-000000000001";
constexpr const char* file_1 = "00000000000000000000000000000001";
constexpr const char* file_2 = "00000000000000000000000000000002";
constexpr const char* origin = "http://crm.example:8080";

std::string TableFolder(char first) {
  Id id;
  id.bytes[0] = static_cast<uint8_t>(first);
  return id.ToString();
}

struct Bucket {
  FakeCatalog catalog;
  FakeTable& accounts = catalog.Add("accounts", {{file_1, "PAR1PAR1"}, {file_2, "PAR1....PAR1"}});
  FakeTable& contacts = catalog.Add("contacts", {{file_1, "PAR1PAR1"}});
  UrlSigner signer{"key"};
  auth::TableKeys keys{"secret of the server"};
  ManualClock clock{now};
  std::vector<FileUse> uses;
  std::vector<std::string> revoked;  // tables
  http::Router router;
  auth::VendedKeys vended = keys.Mint({acme, {"accounts"}, now + 60 * minute, 0});
  const std::string accounts_path = "/boathouse/accounts/" + TableFolder('a');
  const std::string file_path = accounts_path + "/data/" + file_1 + ".parquet";

  Bucket() {
    Services services{catalog, signer, clock};
    services.keys = &keys;
    services.may_read = [this](std::string_view recipient, std::string_view table,
                               std::string_view) -> Status {
      CHECK(recipient == acme);
      if (std::find(revoked.begin(), revoked.end(), table) == revoked.end()) return {};
      return Error(ErrorKind::kForbidden, "no longer granted");
    };
    services.record = [this](FileUse use) { uses.push_back(std::move(use)); };
    GeneratedFolder metadata;
    metadata.name = "metadata";
    metadata.read = [](tables::Table& table, std::string_view recipient,
                       std::string_view name) -> Result<GeneratedFolder::Text> {
      CHECK(recipient == acme);
      if (name != "v1.metadata.json") return Error(ErrorKind::kNotFound, "none");
      return GeneratedFolder::Text{
          std::make_shared<const std::string>("{\"" + table.name() + "\"}"), now};
    };
    metadata.list = [](tables::Table&,
                       std::string_view) -> Result<std::vector<GeneratedFolder::Entry>> {
      return std::vector<GeneratedFolder::Entry>{{"v1.metadata.json", 12, now}};
    };
    services.folders.push_back(std::move(metadata));
    Mount(router, services);
    router.SetFallback([](http::Request&) { return http::Response::Text(200, "the page"); }, {});
  }

  http::Response Send(const std::string& method, const std::string& target,
                      const auth::HeaderList& headers) {
    http::Request request;
    request.method = method;
    request.target = target;
    for (const auto& [name, value] : headers) request.headers.Add(name, value);
    return router.Dispatch(request);
  }
  http::Response Ask(const std::string& method, const std::string& target,
                     auth::HeaderList headers = {}, const auth::S3Keys* by = nullptr) {
    auto made = auth::SignHeaders(by != nullptr ? *by : vended, method, origin + target, headers,
                                  auth::empty_payload_digest, {"us-east-1", clock.Now()});
    REQUIRE(made.ok());
    for (auto& header : *made) headers.push_back(std::move(header));
    return Send(method, target, headers);
  }
  http::Response Get(const std::string& target, auth::HeaderList headers = {}) {
    return Ask("GET", target, std::move(headers));
  }
  std::string CodeOf(const std::string& method, const std::string& target,
                     const auth::S3Keys* by = nullptr) {
    return Code(Ask(method, target, {}, by));
  }
  static std::string Code(const http::Response& response) {
    if (response.status < 400) return std::to_string(response.status);
    const std::string& body = response.body;
    const size_t begin = body.find("<Code>") + 6;
    REQUIRE(begin > 6);
    return std::to_string(response.status) + " " + body.substr(begin, body.find("</Code>") - begin);
  }
};

std::string Body(http::Response response) {
  if (response.stream == nullptr) return response.body;
  std::string all, chunk;
  while (*response.stream->Next(&chunk)) all += chunk;
  return all;
}

// What stands between the tags, of each element of that name.
std::vector<std::string> Elements(const std::string& xml, const std::string& name) {
  std::vector<std::string> found;
  const std::string open = "<" + name + ">", close = "</" + name + ">";
  for (size_t at = xml.find(open); at != std::string::npos; at = xml.find(open, at + 1)) {
    const size_t begin = at + open.size();
    found.push_back(xml.substr(begin, xml.find(close, begin) - begin));
  }
  return found;
}

TEST_CASE("an object is its bytes, in ranges of every form") {
  Bucket b;
  const http::Response whole = b.Get(b.file_path);
  CHECK(whole.status == 200);
  CHECK(whole.headers.Get("etag") == "\"" + std::string(file_1) + "\"");
  CHECK(whole.headers.Get("accept-ranges") == "bytes");
  CHECK(!whole.headers.Get("last-modified").empty());
  CHECK(!whole.headers.Get("x-amz-request-id").empty());
  CHECK(Body(b.Get(b.file_path)) == "PAR1PAR1");
  const auto range = [&](const char* text, int status, const char* bytes) {
    http::Response response = b.Get(b.file_path, {{"Range", text}});
    CHECK_MESSAGE(response.status == status, text);
    if (status < 400) CHECK_MESSAGE(Body(std::move(response)) == bytes, text);
  };
  range("bytes=1-3", 206, "AR1");
  range("bytes=6-", 206, "R1");
  range("bytes=0-", 206, "PAR1PAR1");
  range("bytes=-2", 206, "R1");
  range("bytes=-800", 206, "PAR1PAR1");
  range("bytes=6-800", 206, "R1");
  range("bytes=8-", 416, "");
  range("bytes=-0", 416, "");
  range("bytes=2-1", 200, "PAR1PAR1");
  const http::Response head = b.Ask("HEAD", b.file_path);
  CHECK(head.headers.Get("etag") == whole.headers.Get("etag"));
  CHECK(head.headers.Get("last-modified") == whole.headers.Get("last-modified"));
  CHECK(head.stream->length() == 8);
}

TEST_CASE("generated files stand beside the data") {
  Bucket b;
  const std::string path = b.accounts_path + "/metadata/v1.metadata.json";
  const http::Response text = b.Get(path);
  CHECK(text.body == "{\"accounts\"}");
  CHECK(text.headers.Get("content-type") == "binary/octet-stream");  // never compressed on the way
  CHECK(b.Get(path, {{"Range", "bytes=2-4"}}).body == "acc");
  CHECK(b.Get(path, {{"If-None-Match", std::string(text.headers.Get("etag"))}}).status == 304);
  CHECK(b.CodeOf("GET", b.accounts_path + "/metadata/v2.metadata.json") == "404 NoSuchKey");
}

TEST_CASE("what does not exist within a granted table is not found, all else is forbidden") {
  Bucket b;
  const std::string missing = "404 NoSuchKey", forbidden = "403 AccessDenied";
  CHECK(b.CodeOf("GET", b.accounts_path + "/data/" + std::string(32, 'f') + ".parquet") == missing);
  CHECK(b.CodeOf("GET", b.accounts_path + "/data/" + file_1) == missing);
  CHECK(b.CodeOf("GET", b.accounts_path + "/other/x") == missing);
  CHECK(b.CodeOf("GET", b.accounts_path) == missing);
  CHECK(b.CodeOf("GET", b.accounts_path + "/data/") == missing);
  // The table was begun anew: the old one's files are gone.
  CHECK(b.CodeOf("GET", "/boathouse/accounts/" + TableFolder('b') + "/data/" + file_1 +
                            ".parquet") == missing);
  const std::string tail = "/data/" + std::string(file_1) + ".parquet";
  CHECK(b.CodeOf("GET", "/boathouse/contacts/" + TableFolder('c') + tail) == forbidden);
  CHECK(b.CodeOf("GET", "/boathouse/nothing/" + TableFolder('c') + tail) == forbidden);
  CHECK(b.CodeOf("GET", "/boathouse/Accounts/" + TableFolder('a') + tail) == forbidden);
  // Nothing is resolved or decoded twice.
  CHECK(b.CodeOf("GET", "/boathouse/../etc/passwd") == forbidden);
  CHECK(b.CodeOf("GET", "/boathouse/%2e%2e/%2e%2e/etc/passwd") == forbidden);
  CHECK(b.CodeOf("GET", "/boathouse/contacts/../accounts/" + TableFolder('a') + tail) == forbidden);
  CHECK(b.CodeOf("GET", b.accounts_path + "/data/../data/" + file_1 + ".parquet") == missing);
  CHECK(b.CodeOf("GET", "/boathouse/%2561ccounts/" + TableFolder('a') + tail) == forbidden);
  CHECK(b.CodeOf("GET", "/boathouse//accounts/" + TableFolder('a') + tail) == forbidden);
  // Encoded once is what it says.
  CHECK(b.Get("/boathouse/%61ccounts%2F" + TableFolder('a') + tail).status == 200);
  CHECK(b.CodeOf("GET", "/elsewhere/accounts/x") == "404 NoSuchBucket");
}

TEST_CASE("signatures that do not hold are refused with the code of S3") {
  Bucket b;
  auth::S3Keys wrong = b.vended;
  wrong.secret_access_key = "guess";
  CHECK(b.CodeOf("GET", b.file_path, &wrong) == "403 SignatureDoesNotMatch");
  auth::S3Keys unknown = b.vended;
  unknown.access_key_id = "AKIAIOSFODNN7EXAMPLE";
  CHECK(b.CodeOf("GET", b.file_path, &unknown) == "403 InvalidAccessKeyId");
  // Another recipient's token under these keys, and the other way round.
  const auth::VendedKeys other =
      b.keys.Mint({"01930000-0000-7000-8000-000000000002", {"accounts"}, now + 60 * minute, 0});
  auth::S3Keys mixed = b.vended;
  mixed.session_token = other.session_token;
  CHECK(b.CodeOf("GET", b.file_path, &mixed) == "403 InvalidToken");
  mixed = other;
  mixed.secret_access_key = b.vended.secret_access_key;
  CHECK(b.CodeOf("GET", b.file_path, &mixed) == "403 SignatureDoesNotMatch");
  CHECK(Bucket::Code(b.Send("GET", b.file_path, {{"Authorization", "AWS4-HMAC-SHA256 x"}})) ==
        "400 AuthorizationHeaderMalformed");
  b.clock.Set(b.vended.expires_at + auth::vended_keys_grace_micros);
  CHECK(b.CodeOf("GET", b.file_path) == "403 ExpiredToken");
}

TEST_CASE("a signature that is replayed opens nothing else, and nothing later") {
  Bucket b;
  const auto made = auth::SignHeaders(b.vended, "GET", origin + b.file_path, {},
                                      auth::empty_payload_digest, {"us-east-1", now});
  REQUIRE(made.ok());
  CHECK(b.Send("GET", b.file_path, *made).status == 200);
  const std::string other = b.accounts_path + "/data/" + file_2 + ".parquet";
  CHECK(Bucket::Code(b.Send("GET", other, *made)) == "403 SignatureDoesNotMatch");
  CHECK(Bucket::Code(b.Send("HEAD", b.file_path, *made)) == "403 SignatureDoesNotMatch");
  CHECK(Bucket::Code(b.Send("GET", b.file_path + "?x=y", *made)) == "403 SignatureDoesNotMatch");
  b.clock.Advance(auth::clock_skew_micros_max + 1);
  CHECK(Bucket::Code(b.Send("GET", b.file_path, *made)) == "403 RequestTimeTooSkewed");
  b.clock.Set(now - auth::clock_skew_micros_max - 1);
  CHECK(Bucket::Code(b.Send("GET", b.file_path, *made)) == "403 RequestTimeTooSkewed");
}

TEST_CASE("a presigned URL needs no headers, and ends when it says") {
  Bucket b;
  const auto url = auth::Presign(b.vended, "GET", origin + b.file_path, 600, {"eu-west-1", now});
  REQUIRE(url.ok());
  const std::string target = url->substr(std::string(origin).size());
  const auth::HeaderList host = {{"Host", "crm.example:8080"}};
  CHECK(b.Send("GET", target, host).status == 200);
  CHECK(b.Send("GET", target, {{"Host", "crm.example:8080"}, {"Range", "bytes=-4"}}).status == 206);
  CHECK(Bucket::Code(b.Send("GET", target + "0", host)) == "400 AuthorizationQueryParametersError");
  CHECK(Bucket::Code(b.Send("HEAD", target, host)) == "403 SignatureDoesNotMatch");
  b.clock.Advance(600'000'000);
  CHECK(Bucket::Code(b.Send("GET", target, host)) == "403 AccessDenied");
}

TEST_CASE("whatever writes is refused, whoever asks") {
  Bucket b;
  for (const char* method : {"PUT", "POST", "DELETE", "PATCH"}) {
    CHECK_MESSAGE(b.CodeOf(method, b.file_path) == "403 AccessDenied", method);
    CHECK_MESSAGE(b.CodeOf(method, "/boathouse") == "403 AccessDenied", method);
    CHECK_MESSAGE(b.CodeOf(method, "/boathouse/new/key?uploads") == "403 AccessDenied", method);
  }
  CHECK(Bucket::Code(b.Send("PUT", b.file_path, {{"x-amz-content-sha256", "STREAMING-X"}})) ==
        "403 AccessDenied");
  for (const char* asked : {"?acl", "?tagging", "?torrent", "?uploadId=1", "?attributes"}) {
    CHECK_MESSAGE(b.CodeOf("GET", b.file_path + asked) == "403 AccessDenied", asked);
  }
  CHECK(b.CodeOf("GET", "/boathouse?policy") == "403 AccessDenied");
  CHECK(b.CodeOf("GET", b.file_path + "?x-id=GetObject") == "200");
}

TEST_CASE("a grant that ends ends the keys at once") {
  Bucket b;
  CHECK(b.CodeOf("GET", b.file_path) == "200");
  b.revoked = {"accounts"};
  CHECK(b.CodeOf("GET", b.file_path) == "403 AccessDenied");
  CHECK(Elements(b.Get("/boathouse?list-type=2").body, "Key").empty());
}

TEST_CASE("who has no keys is told so, but the page keeps its paths") {
  Bucket b;
  CHECK(Bucket::Code(b.Send("GET", b.file_path, {})) == "403 AccessDenied");
  CHECK(Bucket::Code(b.Send("PUT", b.file_path, {})) == "403 AccessDenied");
  CHECK(Bucket::Code(b.Send("GET", "/boathouse", {})) == "403 AccessDenied");
  CHECK(b.Send("GET", "/accounts/1", {}).body == "the page");
}

TEST_CASE("the bucket answers for itself") {
  Bucket b;
  CHECK(b.CodeOf("HEAD", "/boathouse") == "200");
  CHECK(b.CodeOf("HEAD", "/boathouse/") == "200");
  CHECK(b.Ask("HEAD", "/other").status == 404);
  CHECK(b.Get("/boathouse?location").body.find("<LocationConstraint") != std::string::npos);
  CHECK(Elements(b.Get("/").body, "Name") == std::vector<std::string>{"boathouse"});
  // Its name in the host's, and an endpoint with a path.
  CHECK(b.Get("/s3" + b.file_path).status == 200);
  auto made =
      auth::SignHeaders(b.vended, "GET", "http://boathouse.crm.example" + b.file_path.substr(10),
                        {}, auth::empty_payload_digest, {"us-east-1", now});
  REQUIRE(made.ok());
  CHECK(b.Send("GET", b.file_path.substr(10), *made).status == 200);
}

TEST_CASE("a listing shows what was granted and nothing else") {
  Bucket b;
  const std::string prefix = "accounts/" + TableFolder('a') + "/";
  const std::string xml = b.Get("/boathouse?list-type=2").body;
  CHECK(Elements(xml, "Key") == std::vector<std::string>{prefix + "data/" + file_1 + ".parquet",
                                                         prefix + "data/" + file_2 + ".parquet",
                                                         prefix + "metadata/v1.metadata.json"});
  CHECK(Elements(xml, "Size") == std::vector<std::string>{"8", "12", "12"});
  CHECK(Elements(xml, "KeyCount") == std::vector<std::string>{"3"});
  CHECK(Elements(xml, "IsTruncated") == std::vector<std::string>{"false"});
  // Entity tags are those of the objects.
  const std::string metadata = b.accounts_path + "/metadata/v1.metadata.json";
  const std::string tag(b.Get(metadata).headers.Get("etag"));
  CHECK(Elements(xml, "ETag").back() == "&quot;" + tag.substr(1, tag.size() - 2) + "&quot;");
  CHECK(Elements(b.Get("/boathouse?list-type=2&prefix=contacts/").body, "Key").empty());
  CHECK(Elements(b.Get("/boathouse?prefix=" + prefix + "m").body, "Key").size() == 1);
  // Keys that name no table list all that the recipient may read.
  const auth::VendedKeys lasting = b.keys.MintLasting({acme, {}, now + minute, 0});
  CHECK(Elements(b.Ask("GET", "/boathouse?list-type=2", {}, &lasting).body, "Key").size() == 5);
}

TEST_CASE("a look at the top cuts no table") {
  Bucket b;
  const auto prefixes = [&](const std::string& query) {
    return Elements(b.Get("/boathouse?list-type=2&delimiter=%2F" + query).body, "CommonPrefixes");
  };
  const std::string folder = "accounts/" + TableFolder('a') + "/";
  CHECK(prefixes("") == std::vector<std::string>{"<Prefix>accounts/</Prefix>"});
  CHECK(prefixes("&prefix=acc") == std::vector<std::string>{"<Prefix>accounts/</Prefix>"});
  CHECK(prefixes("&prefix=accounts%2F") ==
        std::vector<std::string>{"<Prefix>" + folder + "</Prefix>"});
  CHECK(prefixes("&prefix=" + folder) ==
        std::vector<std::string>{"<Prefix>" + folder + "data/</Prefix>",
                                 "<Prefix>" + folder + "metadata/</Prefix>"});
  CHECK(b.accounts.cuts == 0);
  CHECK(prefixes("&prefix=" + folder + "data%2F").empty());
  CHECK(b.accounts.cuts == 1);
  // Any delimiter will do.
  const std::string by_dot = b.Get("/boathouse?list-type=2&delimiter=.&prefix=" + folder).body;
  CHECK(Elements(by_dot, "Key").empty());
  CHECK(Elements(by_dot, "CommonPrefixes").size() == 3);
}

TEST_CASE("a listing goes on where it ended, each key once") {
  Bucket b;
  for (const char* version : {"&list-type=2", ""}) {
    for (const char* delimiter : {"", "&delimiter=.", "&delimiter=parquet"}) {
      const std::string base = std::string("/boathouse?max-keys=1") + version + delimiter;
      std::vector<std::string> keys;
      std::string more;
      for (int page = 0; page < 10; ++page) {
        const std::string xml = b.Get(base + more).body;
        for (const char* name : {"Key", "CommonPrefixes"}) {
          for (std::string& key : Elements(xml, name)) keys.push_back(std::move(key));
        }
        const bool v2 = *version != '\0';
        const auto next = Elements(xml, v2 ? "NextContinuationToken" : "NextMarker");
        if (next.empty()) break;
        more = (v2 ? "&continuation-token=" : "&marker=") + UrlEncode(next[0]);
      }
      CHECK_MESSAGE(keys.size() == 3, base);
      CHECK(std::is_sorted(keys.begin(), keys.end()));
    }
  }
  const std::string after = "accounts/" + TableFolder('a') + "/data/" + file_1 + ".parquet";
  CHECK(Elements(b.Get("/boathouse?list-type=2&start-after=" + after).body, "Key").size() == 2);
  CHECK(Elements(b.Get("/boathouse?list-type=2&max-keys=0").body, "Key").empty());
  CHECK(b.CodeOf("GET", "/boathouse?list-type=2&max-keys=x") == "400 InvalidArgument");
  CHECK(b.CodeOf("GET", "/boathouse?list-type=2&max-keys=-1") == "400 InvalidArgument");
  CHECK(b.CodeOf("GET", "/boathouse?list-type=2&continuation-token=%21") == "400 InvalidArgument");
}

TEST_CASE("what was read is recorded with whom it was sent to") {
  Bucket b;
  Body(b.Get(b.file_path, {{"Range", "bytes=0-2"}}));
  b.Get(b.accounts_path + "/metadata/v1.metadata.json");
  b.Get(b.accounts_path + "/metadata/none");
  b.Get("/boathouse/contacts/x");
  REQUIRE(b.uses.size() == 4);
  CHECK(b.uses[0].recipient == acme);
  CHECK(b.uses[0].surface == "s3");
  CHECK(b.uses[0].table == "accounts");
  CHECK(b.uses[0].status == 206);
  CHECK(b.uses[0].bytes == 3);
  CHECK(b.uses[1].bytes == 12);
  CHECK(b.uses[2].status == 404);
  CHECK(b.uses[3].status == 403);
}

TEST_CASE("what a table cannot give now is asked for again, and tells nothing of us") {
  Bucket b;
  b.accounts.failure = Error(ErrorKind::kUnavailable, "/data/tables/accounts");
  const http::Response later = b.Get(b.file_path);
  CHECK(Bucket::Code(later) == "503 ServiceUnavailable");
  CHECK(later.headers.Find("retry-after") != nullptr);
  CHECK(later.body.find("/data") == std::string::npos);
  b.accounts.failure = Error(ErrorKind::kCorrupt, "/data/tables/accounts");
  CHECK(b.CodeOf("GET", b.file_path) == "500 InternalError");
}

TEST_CASE("malformed requests get an error of this protocol") {
  Bucket b;
  CHECK(Bucket::Code(b.Send("GET", "/boathouse/x?a=%zz", {{"x-amz-date", "x"}})) ==
        "400 InvalidRequest");
  CHECK(Bucket::Code(b.Send("GET", "/boathouse/%00", {{"x-amz-date", "x"}})) ==
        "400 InvalidRequest");
}

}  // namespace
}  // namespace boathouse::objects
