#include "auth/id_token.h"

#include <doctest/doctest.h>

#include "auth/oidc_fixture.h"

namespace boathouse::auth {
namespace {

constexpr int64_t now_s = 1'700'000'000;

const TestKey& Rsa() {
  static const TestKey key = TestKey::Rsa("rsa");
  return key;
}
const TestKey& P256() {
  static const TestKey key = TestKey::P256("ec");
  return key;
}

KeySet Keys(std::initializer_list<Json> jwks) {
  Result<KeySet> keys = KeySet::Parse(Json::Object({{"keys", Json::Array(jwks)}}));
  REQUIRE(keys.ok());
  return std::move(*keys);
}

Json Claims() {
  return Json::Object({{"iss", "https://id.test"},
                       {"aud", "crm"},
                       {"sub", "u1"},
                       {"nonce", "n"},
                       {"iat", now_s},
                       {"exp", now_s + 300}});
}

const IdTokenExpectation expected{"https://id.test", "crm", "n", now_s * 1'000'000};

std::string Why(const std::string& token) {
  static const KeySet keys = Keys({Rsa().Jwk(), P256().Jwk()});
  const Result<Json> claims = VerifyIdToken(token, keys, expected);
  if (claims.ok()) return "ok";
  CHECK(claims.error().kind == ErrorKind::kUnauthenticated);
  const size_t open = claims.error().message.find('(');
  return open == std::string::npos
             ? claims.error().message.substr(std::string("the identity token ").size())
             : claims.error().message.substr(open + 1, claims.error().message.find(')') - open - 1);
}

std::string With(const char* name, Json value) { return P256().Sign(Claims().Set(name, value)); }
std::string Without(const char* name) {
  Json claims = Claims();
  claims.Remove(name);
  return P256().Sign(claims);
}

TEST_CASE("tokens that are signed with a key of the set hold, of both algorithms") {
  CHECK(Why(Rsa().Sign(Claims())) == "ok");
  CHECK(Why(P256().Sign(Claims())) == "ok");
  // With one key of the kind, its id may be left out.
  CHECK(Why(P256().Sign(Claims(), Json::Object({{"kid", nullptr}}))) == "ok");
}

TEST_CASE("a token must be of that issuer, for us, in time and for this sign-in") {
  CHECK(Why(With("iss", "https://id.test/")) == "iss");
  CHECK(Why(Without("iss")) == "iss");
  CHECK(Why(With("aud", "other")) == "aud");
  CHECK(Why(With("aud", Json::Array({"a", "b"}))) == "aud");
  CHECK(Why(Without("aud")) == "aud");
  CHECK(Why(With("aud", Json::Array({"crm"}))) == "ok");
  CHECK(Why(With("aud", Json::Array({"crm", "other"}))) == "azp");
  CHECK(Why(P256().Sign(Claims().Set("aud", Json::Array({"crm", "other"})).Set("azp", "crm"))) ==
        "ok");
  CHECK(Why(With("azp", "other")) == "azp");
  CHECK(Why(With("azp", 7)) == "azp");
  CHECK(Why(With("exp", now_s - 60)) == "exp");
  CHECK(Why(With("exp", now_s - 59)) == "ok");  // clocks differ
  CHECK(Why(With("exp", "soon")) == "exp");
  CHECK(Why(With("exp", -1)) == "exp");
  CHECK(Why(With("exp", Json::NumberText("1e300"))) == "exp");
  CHECK(Why(Without("exp")) == "exp");
  CHECK(Why(With("iat", now_s + 61)) == "iat");
  CHECK(Why(Without("iat")) == "iat");
  CHECK(Why(With("nbf", now_s + 61)) == "nbf");
  CHECK(Why(With("nonce", "m")) == "nonce");
  CHECK(Why(With("nonce", Json())) == "nonce");
  CHECK(Why(Without("nonce")) == "nonce");
  CHECK(Why(With("sub", "")) == "sub");
  CHECK(Why(With("sub", std::string(256, 'x'))) == "sub");
}

TEST_CASE("a signature that is not there, of another, or of another way is refused") {
  const std::string good = P256().Sign(Claims());
  const std::string none =
      Base64UrlEncode(R"({"alg":"none"})") + "." + Base64UrlEncode(Claims().Dump()) + ".";
  CHECK(Why(none) == "alg");
  CHECK(Why(P256().Sign(Claims(), Json::Object({{"alg", "HS256"}}))) == "alg");
  CHECK(Why(P256().Sign(Claims(), Json::Object({{"alg", "ES384"}}))) == "alg");
  CHECK(Why(P256().Sign(Claims(), Json::Object({{"kid", "unknown"}}))) == "kid");
  // A key is good for its own algorithm only.
  CHECK(Why(P256().Sign(Claims(), Json::Object({{"kid", "rsa"}}))) == "kid");
  CHECK(Why(Rsa().Sign(Claims(), Json::Object({{"alg", "ES256"}, {"kid", "ec"}}))) ==
        "has a signature that does not hold");
  CHECK(Why(TestKey::P256("ec").Sign(Claims())) == "has a signature that does not hold");
  CHECK(Why(P256().Sign(Claims(), Json::Object({{"crit", Json::Array({"b64"})}}))) == "crit");
  // The payload of one token under the signature of another.
  const std::string other = P256().Sign(Claims().Set("sub", "admin"));
  const std::string mixed = other.substr(0, other.rfind('.')) + good.substr(good.rfind('.'));
  CHECK(Why(mixed) == "has a signature that does not hold");
}

TEST_CASE("what is no token at all is refused, whatever it is") {
  const std::string good = P256().Sign(Claims());
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."), std::string("a.b"),
        good + ".x", "!" + good, good.substr(0, good.rfind('.')),
        Base64UrlEncode("[]") + ".e30.e30", Base64UrlEncode("{") + ".e30.e30",
        std::string(id_token_chars_max + 1, 'a')}) {
    CHECK(Why(text) == "is not a signed token");
  }
  CHECK(Why(Base64UrlEncode("{}") + ".e30.e30") == "alg");
  CHECK(Why(P256().Sign(Json::Array())) == "states nothing that can be read");
}

TEST_CASE("keys that are weak, damaged or for something else are left out") {
  const Json good = P256().Jwk();
  const auto size = [](std::initializer_list<Json> jwks) { return Keys(jwks).size(); };
  CHECK(size({good, Rsa().Jwk()}) == 2);
  CHECK(size({TestKey::Rsa("weak", 1024).Jwk()}) == 0);
  CHECK(size({Json(good).Set("use", "enc")}) == 0);
  CHECK(size({Json(good).Set("crv", "P-384")}) == 0);
  CHECK(size({Json(good).Set("alg", "ES512")}) == 0);
  CHECK(size({Json(good).Set("x", "AAAA")}) == 0);
  CHECK(size({Json(good).Set("x", good["y"])}) == 0);  // not on the curve
  CHECK(size({Json::Object({{"kty", "oct"}, {"k", "c2VjcmV0"}})}) == 0);
  CHECK(size({Json(), Json("x"), Json::Object(), good}) == 1);
  CHECK_FALSE(KeySet::Parse(Json::Array()).ok());
  CHECK_FALSE(KeySet::Parse(Json::Object({{"keys", 1}})).ok());
  // Two keys that fit, and no word of which.
  const KeySet two = Keys({good, TestKey::P256("ec2").Jwk()});
  CHECK_FALSE(two.HasKey("", "ES256"));
  CHECK(two.HasKey("ec2", "ES256"));
}

}  // namespace
}  // namespace boathouse::auth
