#pragma once
// For the tests of this folder: an identity provider in memory, with keys of its own. It signs whatever it
// is told to, so that tests can have it lie.

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "auth/oidc.h"
#include "base/bytes.h"

namespace boathouse::auth {

// A signing key, of RS256 or ES256.
class TestKey {
 public:
  static TestKey Rsa(std::string kid, unsigned bits = 2048) {
    return TestKey(std::move(kid), "RS256", EVP_RSA_gen(bits));
  }
  static TestKey P256(std::string kid) {
    return TestKey(std::move(kid), "ES256", EVP_EC_gen("P-256"));
  }

  const std::string& kid() const { return kid_; }

  Json Jwk() const {
    Json jwk = Json::Object({{"kid", kid_}, {"use", "sig"}, {"alg", algorithm_}});
    if (algorithm_ == "RS256") {
      return jwk.Set("kty", "RSA")
          .Set("n", Number(OSSL_PKEY_PARAM_RSA_N, 0))
          .Set("e", Number(OSSL_PKEY_PARAM_RSA_E, 0));
    }
    return jwk.Set("kty", "EC")
        .Set("crv", "P-256")
        .Set("x", Number(OSSL_PKEY_PARAM_EC_PUB_X, 32))
        .Set("y", Number(OSSL_PKEY_PARAM_EC_PUB_Y, 32));
  }

  // A compact JWS over `claims`; `header` adds to or replaces what stands in it.
  std::string Sign(const Json& claims, const Json& header = Json::Object()) const {
    Json head = Json::Object({{"alg", algorithm_}, {"typ", "JWT"}, {"kid", kid_}});
    for (const auto& [name, value] : header.members()) head.Set(name, value);
    const std::string text = Base64UrlEncode(head.Dump()) + "." + Base64UrlEncode(claims.Dump());
    return text + "." + Base64UrlEncode(SignBytes(text));
  }

 private:
  TestKey(std::string kid, std::string algorithm, EVP_PKEY* key)
      : kid_(std::move(kid)), algorithm_(std::move(algorithm)), key_(key, EVP_PKEY_free) {
    REQUIRE(key_ != nullptr);
  }

  std::string Number(const char* name, int width) const {
    BIGNUM* number = nullptr;
    REQUIRE(EVP_PKEY_get_bn_param(key_.get(), name, &number) == 1);
    std::string bytes(static_cast<size_t>(width == 0 ? BN_num_bytes(number) : width), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    BN_free(number);
    return Base64UrlEncode(bytes);
  }

  std::string SignBytes(const std::string& text) const {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    REQUIRE(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_.get()) == 1);
    std::string signature(512, '\0');
    size_t length = signature.size();
    REQUIRE(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &length,
                           reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1);
    EVP_MD_CTX_free(context);
    signature.resize(length);
    return algorithm_ == "ES256" ? SideBySide(signature) : signature;
  }

  static std::string SideBySide(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    std::string raw(64, '\0');
    auto* out = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(both), out, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(both), out + 32, 32);
    ECDSA_SIG_free(both);
    return raw;
  }

  std::string kid_;
  std::string algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

// Answers at https://id.test.
struct TestProvider {
  TestKey key = TestKey::P256("k1");
  Json metadata = Json::Object({{"issuer", "https://id.test"},
                                {"authorization_endpoint", "https://id.test/authorize"},
                                {"token_endpoint", "https://id.test/token"},
                                {"userinfo_endpoint", "https://id.test/userinfo"},
                                {"jwks_uri", "https://id.test/keys"}});
  Json keys = Json::Object({{"keys", Json::Array({key.Jwk()})}});
  Json userinfo = Json::Object();
  std::string id_token;  // what the next code is traded for
  int token_status = 200;
  bool away = false;

  // What it was asked.
  FetchRequest token_request;
  int key_requests = 0;
  int metadata_requests = 0;

  Fetch AsFetch() {
    return [this](const FetchRequest& request) { return Answer(request); };
  }

  Result<FetchResponse> Answer(const FetchRequest& request) {
    if (away) return Error(ErrorKind::kUnavailable, "id.test does not answer");
    if (request.url == "https://id.test/.well-known/openid-configuration") {
      ++metadata_requests;
      return FetchResponse{200, metadata.Dump()};
    }
    if (request.url == "https://id.test/keys") {
      ++key_requests;
      return FetchResponse{200, keys.Dump()};
    }
    if (request.url == "https://id.test/userinfo") return FetchResponse{200, userinfo.Dump()};
    if (request.url != "https://id.test/token") return FetchResponse{404, "not here"};
    token_request = request;
    if (token_status != 200) return FetchResponse{token_status, R"({"error":"invalid_grant"})"};
    return FetchResponse{
        200,
        Json::Object({{"id_token", id_token}, {"access_token", "at"}, {"token_type", "Bearer"}})
            .Dump()};
  }
};

// The value of a parameter in a URL's query, decoded; "" when it is not there.
inline std::string QueryValue(const std::string& url, const std::string& name) {
  size_t at = url.find('?');
  while (at != std::string::npos) {
    const size_t end = std::min(url.find('&', at + 1), url.size());
    const std::string pair = url.substr(at + 1, end - at - 1);
    if (pair.starts_with(name + "=")) {
      return UrlDecode(pair.substr(name.size() + 1), true).value_or("");
    }
    at = end < url.size() ? end : std::string::npos;
  }
  return {};
}

}  // namespace boathouse::auth
