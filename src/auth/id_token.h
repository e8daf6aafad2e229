#pragma once
// ID tokens of OpenID Connect (Core 1.0, sections 2 and 3.1.3.7): a signed statement of an identity
// provider about who signed in. RS256 and ES256 only; "none" and shared-secret algorithms never. Pure
// functions over a parsed key set; OpenSSL does the arithmetic. Safe to use from many threads.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace boathouse::auth {

inline constexpr size_t id_token_chars_max = 65'536;
inline constexpr size_t provider_keys_max = 64;  // of one provider; more are not looked at
inline constexpr int rsa_bits_min = 2048;
inline constexpr Micros clock_skew_micros_max = 60LL * 1'000'000;  // between the provider and us

// The public keys a provider signs with (RFC 7517). Keys of other kinds or uses are left out.
class KeySet {
 public:
  KeySet();
  ~KeySet();
  KeySet(KeySet&&) noexcept;
  KeySet& operator=(KeySet&&) noexcept;

  // kInvalid when it is no key set. A single key that is damaged or too weak is left out.
  static Result<KeySet> Parse(const Json& jwks);
  bool HasKey(std::string_view kid, std::string_view algorithm) const;
  size_t size() const;
  // Whether a key that fits signed `signed_part`. Without a kid the one key that fits is taken.
  bool Verify(std::string_view algorithm, std::string_view kid, std::string_view signed_part,
              std::string_view signature) const;

 private:
  struct Key;
  const Key* Find(std::string_view kid, std::string_view algorithm) const;
  std::vector<std::unique_ptr<Key>> keys_;
};

// What an ID token must say to be for this sign-in.
struct IdTokenExpectation {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  Micros now = 0;
};

// What stands in a token's header; both may be "". kInvalid when it is no compact JWS.
struct IdTokenHeader {
  std::string algorithm;
  std::string kid;
};
Result<IdTokenHeader> ReadIdTokenHeader(std::string_view token);

// The claims of a token that holds. Otherwise kUnauthenticated with the check that failed as its
// message, for the audit log; it has no part of the token in it.
Result<Json> VerifyIdToken(std::string_view token, const KeySet& keys,
                           const IdTokenExpectation& expected);

}  // namespace boathouse::auth
