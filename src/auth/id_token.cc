#include "auth/id_token.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>

#include "base/bytes.h"

namespace boathouse::auth {
namespace {

constexpr size_t p256_bytes = 32;

template <auto free_function>
struct Free {
  template <typename T>
  void operator()(T* pointer) const {
    free_function(pointer);
  }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using NumberPointer = std::unique_ptr<BIGNUM, Free<BN_free>>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

NumberPointer NumberOf(std::string_view big_endian) {
  return NumberPointer(BN_bin2bn(Bytes(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

KeyPointer KeyFrom(const char* type, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> parameters(
      OSSL_PARAM_BLD_to_param(builder));
  const std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return KeyPointer(key);
}

using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;

KeyPointer RsaKey(const Json& jwk) {
  const auto modulus = Base64UrlDecode(jwk["n"].AsString());
  const auto exponent = Base64UrlDecode(jwk["e"].AsString());
  if (!modulus || !exponent || modulus->empty() || exponent->empty()) return nullptr;
  const NumberPointer n = NumberOf(*modulus);
  const NumberPointer e = NumberOf(*exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (n == nullptr || e == nullptr || builder == nullptr || BN_num_bits(n.get()) < rsa_bits_min ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return KeyFrom("RSA", builder.get());
}

KeyPointer P256Key(const Json& jwk) {
  if (jwk["crv"].AsString() != "P-256") return nullptr;
  const auto x = Base64UrlDecode(jwk["x"].AsString());
  const auto y = Base64UrlDecode(jwk["y"].AsString());
  if (!x || !y || x->size() != p256_bytes || y->size() != p256_bytes) return nullptr;
  const std::string point = "\x04" + *x + *y;  // uncompressed
  const Builder builder(OSSL_PARAM_BLD_new());
  if (builder == nullptr ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  return KeyFrom("EC", builder.get());
}

// JWS has the two numbers of an ECDSA signature side by side; OpenSSL wants them as DER.
std::string DerOf(std::string_view signature) {
  if (signature.size() != 2 * p256_bytes) return {};
  const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> both(ECDSA_SIG_new());
  NumberPointer r = NumberOf(signature.substr(0, p256_bytes));
  NumberPointer s = NumberOf(signature.substr(p256_bytes));
  if (both == nullptr || r == nullptr || s == nullptr ||
      ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) {
    return {};
  }
  // The signature owns them now.
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int length = i2d_ECDSA_SIG(both.get(), &der);
  if (length <= 0) return {};
  std::string text(reinterpret_cast<const char*>(der), static_cast<size_t>(length));
  OPENSSL_free(der);
  return text;
}

Error Refused(std::string_view why) {
  return Error(ErrorKind::kUnauthenticated, "the identity token " + std::string(why));
}

struct Parts {
  Json header;
  std::string_view signed_part;
  std::string payload;
  std::string signature;
};

Result<Parts> Split(std::string_view token) {
  const Error malformed(ErrorKind::kInvalid, "the identity token is not a signed token");
  if (token.size() > id_token_chars_max) return malformed;
  const size_t first = token.find('.');
  const size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return malformed;
  }
  const auto header = Base64UrlDecode(token.substr(0, first));
  auto payload = Base64UrlDecode(token.substr(first + 1, second - first - 1));
  auto signature = Base64UrlDecode(token.substr(second + 1));
  if (!header || !payload || !signature) return malformed;
  Result<Json> parsed = Json::Parse(*header);
  if (!parsed.ok() || !parsed->is_object()) return malformed;
  return Parts{std::move(*parsed), token.substr(0, second), std::move(*payload),
               std::move(*signature)};
}

// Seconds since 1970, perhaps with a fraction.
std::optional<Micros> TimeOf(const Json& claim) {
  constexpr double s_max = 253'402'300'800.0;  // the year 10000
  if (!claim.is_number()) return std::nullopt;
  const double seconds = claim.AsDouble();
  if (!(seconds >= 0 && seconds < s_max)) return std::nullopt;
  return static_cast<Micros>(seconds * 1e6);
}

Status CheckAudience(const Json& claims, const std::string& client_id) {
  const Json& audience = claims["aud"];
  const bool named = audience.AsString() == client_id ||
                     std::any_of(audience.items().begin(), audience.items().end(),
                                 [&](const Json& item) { return item.AsString() == client_id; });
  if (client_id.empty() || !named) return Refused("is for another client (aud)");
  const Json* party = claims.Find("azp");
  if (party == nullptr && audience.size() > 1) {
    return Refused("is for several clients and does not say which asked (azp)");
  }
  if (party != nullptr && party->AsString() != client_id) {
    return Refused("was asked for by another client (azp)");
  }
  return Status::Ok();
}

Status CheckClaims(const Json& claims, const IdTokenExpectation& expected) {
  if (claims["iss"].AsString() != expected.issuer) return Refused("is of another issuer (iss)");
  TRY(CheckAudience(claims, expected.client_id));
  const auto expires_at = TimeOf(claims["exp"]);
  if (!expires_at || *expires_at + clock_skew_micros_max <= expected.now) {
    return Refused("has expired (exp)");
  }
  const auto issued_at = TimeOf(claims["iat"]);
  if (!issued_at || *issued_at > expected.now + clock_skew_micros_max) {
    return Refused("was not issued yet (iat)");
  }
  if (const Json* not_before = claims.Find("nbf"); not_before != nullptr) {
    const auto from = TimeOf(*not_before);
    if (!from || *from > expected.now + clock_skew_micros_max) {
      return Refused("does not hold yet (nbf)");
    }
  }
  if (expected.nonce.empty() || !ConstantTimeEquals(claims["nonce"].AsString(), expected.nonce)) {
    return Refused("is not for this sign-in (nonce)");
  }
  const std::string_view subject = claims["sub"].AsString();
  if (subject.empty() || subject.size() > 255) return Refused("names nobody (sub)");
  return Status::Ok();
}

}  // namespace

struct KeySet::Key {
  std::string kid;
  std::string algorithm;
  KeyPointer key;
};

KeySet::KeySet() = default;
KeySet::~KeySet() = default;
KeySet::KeySet(KeySet&&) noexcept = default;
KeySet& KeySet::operator=(KeySet&&) noexcept = default;

Result<KeySet> KeySet::Parse(const Json& jwks) {
  if (!jwks["keys"].is_array()) {
    return Error(ErrorKind::kInvalid, "the provider's key set has no list of keys");
  }
  KeySet set;
  for (const Json& jwk : jwks["keys"].items()) {
    if (set.keys_.size() >= provider_keys_max) break;
    const std::string_view use = jwk["use"].AsString();
    if (!use.empty() && use != "sig") continue;
    const std::string_view type = jwk["kty"].AsString();
    if (type != "RSA" && type != "EC") continue;
    const std::string algorithm = type == "RSA" ? "RS256" : "ES256";
    const std::string_view named = jwk["alg"].AsString();
    if (!named.empty() && named != algorithm) continue;
    KeyPointer key = type == "RSA" ? RsaKey(jwk) : P256Key(jwk);
    if (key == nullptr) continue;
    auto entry = std::make_unique<Key>();
    entry->kid = jwk["kid"].AsString();
    entry->algorithm = algorithm;
    entry->key = std::move(key);
    set.keys_.push_back(std::move(entry));
  }
  return set;
}

size_t KeySet::size() const { return keys_.size(); }

const KeySet::Key* KeySet::Find(std::string_view kid, std::string_view algorithm) const {
  const Key* found = nullptr;
  for (const std::unique_ptr<Key>& key : keys_) {
    if (key->algorithm != algorithm) continue;
    if (!kid.empty() && key->kid == kid) return key.get();
    if (kid.empty()) {
      if (found != nullptr) return nullptr;  // which of them is not said
      found = key.get();
    }
  }
  return found;
}

bool KeySet::HasKey(std::string_view kid, std::string_view algorithm) const {
  return Find(kid, algorithm) != nullptr;
}

bool KeySet::Verify(std::string_view algorithm, std::string_view kid, std::string_view signed_part,
                    std::string_view signature) const {
  const Key* key = Find(kid, algorithm);
  if (key == nullptr) return false;
  const std::string der = algorithm == "ES256" ? DerOf(signature) : std::string(signature);
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  return context != nullptr && !der.empty() &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key->key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(der), der.size(), Bytes(signed_part),
                          signed_part.size()) == 1;
}

Result<IdTokenHeader> ReadIdTokenHeader(std::string_view token) {
  ASSIGN(const Parts parts, Split(token));
  return IdTokenHeader{std::string(parts.header["alg"].AsString()),
                       std::string(parts.header["kid"].AsString())};
}

Result<Json> VerifyIdToken(std::string_view token, const KeySet& keys,
                           const IdTokenExpectation& expected) {
  const Result<Parts> parts = Split(token);
  if (!parts.ok()) return Refused("is not a signed token");
  const std::string_view algorithm = parts->header["alg"].AsString();
  if (algorithm != "RS256" && algorithm != "ES256") {
    return Refused("is signed in a way that is not accepted (alg); RS256 and ES256 are");
  }
  // Extensions that must be understood: we know none (RFC 7515, section 4.1.11).
  if (parts->header.Find("crit") != nullptr) return Refused("needs an extension (crit)");
  const std::string_view kid = parts->header["kid"].AsString();
  if (!keys.HasKey(kid, algorithm)) return Refused("is signed with an unknown key (kid)");
  if (!keys.Verify(algorithm, kid, parts->signed_part, parts->signature)) {
    return Refused("has a signature that does not hold");
  }
  Result<Json> claims = Json::Parse(parts->payload);
  if (!claims.ok() || !claims->is_object()) return Refused("states nothing that can be read");
  TRY(CheckClaims(*claims, expected));
  return claims;
}

}  // namespace boathouse::auth
