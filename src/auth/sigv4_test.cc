#include "auth/sigv4.h"

#include <doctest/doctest.h>

#include "base/bytes.h"

namespace boathouse::auth {
namespace {

constexpr Micros second = 1'000'000;
// The keys and the moment of the examples that Amazon publishes with S3.
const S3Keys example_keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
const Micros example_time = *ParseDateTime("2013-05-24T00:00:00Z");
constexpr const char* example_url = "https://examplebucket.s3.amazonaws.com";

std::string SignatureOf(const HeaderList& headers) {
  const std::string& authorization = headers.back().second;
  return authorization.substr(authorization.find("Signature=") + 10);
}

std::string SignExample(std::string_view method, const std::string& target,
                        const HeaderList& headers = {},
                        std::string_view digest = empty_payload_digest) {
  const auto made = SignHeaders(example_keys, method, example_url + target, headers, digest,
                                {"us-east-1", example_time});
  REQUIRE(made.ok());
  return SignatureOf(*made);
}

TEST_CASE("signatures in headers are those of Amazon's examples") {
  CHECK(SignExample("GET", "/test.txt", {{"Range", "bytes=0-9"}}) ==
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
  CHECK(SignExample("GET", "/?lifecycle") ==
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  CHECK(SignExample("GET", "/?max-keys=2&prefix=J") ==
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  CHECK(SignExample("GET", "/?prefix=J&max-keys=2") == SignExample("GET", "/?max-keys=2&prefix=J"));
}

TEST_CASE("a presigned URL is that of Amazon's example") {
  const auto url = Presign(example_keys, "GET", std::string(example_url) + "/test.txt", 86400,
                           {"us-east-1", example_time});
  REQUIRE(url.ok());
  CHECK(*url ==
        "https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
  for (const int64_t expires : {int64_t{0}, int64_t{-1}, presigned_seconds_max + 1}) {
    CHECK(!Presign(example_keys, "GET", example_url, expires, {"r", example_time}).ok());
  }
  for (const char* bad : {"", "s3://bucket/key", "/path", "http://", "http://me@host/key"}) {
    CHECK_MESSAGE(!Presign(example_keys, "GET", bad, 60, {"r", example_time}).ok(), bad);
  }
}

// A request signed by us, which tests then bend.
struct Call {
  std::string method = "GET";
  std::string target;
  HeaderList headers;
  S3Keys keys{"ASIAKEY", "secret", "token"};
  Micros now = example_time;

  explicit Call(std::string path, const std::string& host = "crm.example:8080") : target(path) {
    const auto made = SignHeaders(keys, method, "http://" + host + target, {{"Range", "bytes=0-9"}},
                                  unsigned_payload, {"eu-1", now});
    REQUIRE(made.ok());
    headers = *made;
    headers.emplace_back("Range", "bytes=0-9");
    headers.emplace_back("User-Agent", "not signed");
  }

  Call& Set(std::string_view name, std::string value) {
    for (auto& [key, text] : headers) {
      if (AsciiLower(key) == AsciiLower(name)) {
        text = std::move(value);
        return *this;
      }
    }
    headers.emplace_back(name, std::move(value));
    return *this;
  }
  std::string Get(std::string_view name) const {
    for (const auto& [key, text] : headers) {
      if (key == name) return text;
    }
    return {};
  }
  // "" when the signature holds, else the code of S3.
  std::string Check(Micros at, std::string_view secret = "secret",
                    std::string_view public_host = {}) const {
    const SignedCall call{method, target, headers, public_host};
    const auto claimed = ReadSignature(call);
    if (!claimed.ok()) return std::string(S3Code(claimed.error()));
    const Status checked = CheckSignature(*claimed, call, secret, at);
    return checked.ok() ? "" : std::string(S3Code(checked.error()));
  }
  std::string Check() const { return Check(now); }
};

TEST_CASE("a signature holds for its request alone") {
  const Call good("/boathouse/accounts/t/data/f.parquet?versionId=null");
  CHECK(good.Check() == "");
  CHECK(good.Check(good.now, "another secret") == "SignatureDoesNotMatch");

  const auto bent = [&](auto bend) {
    Call call = good;
    bend(call);
    return call.Check();
  };
  const std::string mismatch = "SignatureDoesNotMatch";
  CHECK(bent([](Call& c) { c.method = "HEAD"; }) == mismatch);
  CHECK(bent([](Call& c) { c.target = "/boathouse/contacts/t/data/f.parquet"; }) == mismatch);
  CHECK(bent([](Call& c) { c.target += "&x=1"; }) == mismatch);
  CHECK(bent([](Call& c) { c.Set("host", "other.example"); }) == mismatch);
  CHECK(bent([](Call& c) { c.Set("range", "bytes=0-99"); }) == mismatch);
  CHECK(bent([](Call& c) { c.Set("x-amz-security-token", "other"); }) == mismatch);
  CHECK(bent([](Call& c) { c.Set("x-amz-content-sha256", std::string(empty_payload_digest)); }) ==
        mismatch);
  CHECK(bent([](Call& c) { c.Set("User-Agent", "who cares"); }) == "");
  // What a stranger adds is not signed.
  CHECK(bent([](Call& c) { c.Set("x-amz-acl", "public-read"); }) == "AccessDenied");
}

TEST_CASE("what a request says of its signature is read strictly") {
  const Call good("/b/k");
  const auto with = [&](const std::string& from, const std::string& to) {
    Call call = good;
    std::string authorization = good.Get("authorization");
    REQUIRE(authorization.find(from) != std::string::npos);
    authorization.replace(authorization.find(from), from.size(), to);
    return call.Set("authorization", authorization).Check();
  };
  const std::string malformed = "AuthorizationHeaderMalformed";
  CHECK(with("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256") == "InvalidRequest");
  CHECK(with("aws4_request", "aws5_request") == malformed);
  CHECK(with("/s3/", "/sts/") == malformed);
  CHECK(with("/20130524/", "/2013524/") == malformed);
  CHECK(with("/20130524/", "/20130525/") == malformed);
  CHECK(with("Credential=ASIAKEY", "Credential=") == malformed);
  CHECK(with("Credential=", "Key=") == malformed);
  CHECK(with("Signature=", "Signature=0") == malformed);
  CHECK(with("host;", "Host;") == malformed);
  CHECK(with("host;", ";") == malformed);
  CHECK(with("host;", "") == "AccessDenied");  // the host must be signed
  CHECK(Call(good).Set("authorization", "AWS AKID:c2ln").Check() == "InvalidRequest");
  CHECK(Call(good).Set("x-amz-date", "yesterday").Check() == "AccessDenied");
  CHECK(Call(good).Set("x-amz-date", "20130532T000000Z").Check() == "AccessDenied");
  Call without = good;
  std::erase_if(without.headers, [](const auto& h) { return h.first == "x-amz-content-sha256"; });
  CHECK(without.Check() == "InvalidRequest");
  without.headers.clear();
  CHECK(without.Check() == "AccessDenied");
}

TEST_CASE("a signature lives for fifteen minutes around its time, a URL for as long as it says") {
  const Call call("/b/k");
  const Micros edge = clock_skew_micros_max;
  CHECK(call.Check(call.now + edge) == "");
  CHECK(call.Check(call.now - edge) == "");
  CHECK(call.Check(call.now + edge + 1) == "RequestTimeTooSkewed");
  CHECK(call.Check(call.now - edge - 1) == "RequestTimeTooSkewed");

  const std::string origin = "http://crm.example:8080";
  const auto url =
      Presign(call.keys, "GET", origin + "/b/k%20%2B=?list-type=2", 3600, {"eu-1", call.now});
  REQUIRE(url.ok());
  Call signed_url = call;
  signed_url.target = url->substr(origin.size());
  signed_url.headers = {{"Host", "crm.example:8080"}, {"Range", "bytes=-5"}};
  CHECK(signed_url.Check() == "");
  CHECK(signed_url.Check(call.now + 3600 * second - 1) == "");
  CHECK(signed_url.Check(call.now + 3600 * second) == "AccessDenied");
  CHECK(signed_url.Check(call.now - edge - 1) == "AccessDenied");
  CHECK(signed_url.Check(call.now, "another") == "SignatureDoesNotMatch");

  const auto with = [&](const std::string& from, const std::string& to) {
    Call bent = signed_url;
    REQUIRE(bent.target.find(from) != std::string::npos);
    bent.target.replace(bent.target.find(from), from.size(), to);
    return bent.Check();
  };
  CHECK(with("Expires=3600", "Expires=7200") == "SignatureDoesNotMatch");
  const std::string malformed = "AuthorizationQueryParametersError";
  for (const char* bad : {"Expires=0", "Expires=-5", "Expires=604801", "Expires=1h", "Expires="}) {
    CHECK_MESSAGE(with("Expires=3600", bad) == malformed, bad);
  }
  CHECK(with("X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Algorithm=none") == malformed);
  CHECK(with("X-Amz-Algorithm=AWS4-HMAC-SHA256&", "") == malformed);
  CHECK(with("%2Fs3%2F", "%2Fsqs%2F") == malformed);
  CHECK(with("X-Amz-Security-Token=token", "X-Amz-Security-Token=tokem") ==
        "SignatureDoesNotMatch");
}

TEST_CASE("a path may be sent in another spelling than it was signed in, and says the same") {
  // As signed: blanks, '+' and '=' encoded, '/' not.
  Call call("/b/a%20b%2Bc%3Dd~e/%C3%A4");
  CHECK(call.Check() == "");
  call.target = "/b/a%20b+c=d~e/%c3%a4";
  CHECK(call.Check() == "");
  call.target = "/b/a%20b+c=d%7Ee%2F%C3%A4";
  CHECK(call.Check() == "");
  // Nothing is resolved, and nothing is decoded twice.
  call.target = "/b/x/../a%20b%2Bc%3Dd~e/%C3%A4";
  CHECK(call.Check() == "SignatureDoesNotMatch");
  call.target = "/b//a%20b%2Bc%3Dd~e/%C3%A4";
  CHECK(call.Check() == "SignatureDoesNotMatch");
  call.target = "/b/a%2520b%2Bc%3Dd~e/%C3%A4";
  CHECK(call.Check() == "SignatureDoesNotMatch");
  CHECK(Call("/b/%2e%2e/k").Check() == "");
  CHECK(Call("/").Check() == "");
  CHECK(Call("/b/%zz").Check() == "");
}

TEST_CASE("a proxy may have replaced the host, if it is one that clients know us by") {
  Call call("/b/k", "crm.example.com");
  call.Set("host", "127.0.0.1:8080");
  CHECK(call.Check() == "SignatureDoesNotMatch");
  CHECK(call.Check(call.now, "secret", "crm.example.com") == "");
  CHECK(call.Check(call.now, "secret", "crm.example.org") == "SignatureDoesNotMatch");
  // The scheme's own port is not written.
  CHECK(Call("/b/k", "crm.example.com:80").Set("host", "crm.example.com").Check() == "");
}

TEST_CASE("requests of this protocol are told by their signature, well formed or not") {
  const auto is = [](const std::string& target, const HeaderList& headers) {
    return IsS3Signed({"GET", target, headers});
  };
  CHECK(is("/b/k", {{"Authorization", "AWS4-HMAC-SHA256 nonsense"}}));
  CHECK(is("/b/k", {{"authorization", "AWS AKID:sig"}}));
  CHECK(is("/b/k?X-Amz-Algorithm=x", {}));
  CHECK(is("/b/k?X-Amz-Credential=x", {}));
  CHECK(!is("/b/k", {{"Authorization", "Bearer AWS4"}}));
  // File URLs of Delta Sharing carry this one.
  CHECK(!is("/files/accounts/f.parquet?X-Amz-Signature=abc", {}));
  CHECK(!is("/?q=X-Amz-Algorithm", {}));
}

TEST_CASE("uploads in signed chunks are recognized") {
  Call call("/b/k");
  call.Set("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  const auto read = ReadSignature({"PUT", call.target, call.headers});
  REQUIRE(read.ok());
  CHECK(read->streaming());
}

}  // namespace
}  // namespace boathouse::auth
