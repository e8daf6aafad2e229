#pragma once
// Private to auth: a user's authenticator app and recovery codes, as they are kept. All of it within
// the caller's transaction, so that a code is used up exactly when what it opens is done.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/seal.h"
#include "base/id.h"
#include "base/result.h"
#include "store/store.h"

namespace boathouse::auth {

inline constexpr size_t recovery_codes_made = 10;

// "k7dq-2mfx-p5wn": 60 random bits in letters and digits that are not taken for each other.
std::vector<std::string> NewRecoveryCodes();

class SecondFactor {
 public:
  explicit SecondFactor(const Seal& seal) : seal_(seal) {}

  struct State {
    bool enabled = false;
    Micros enabled_at = 0;
    size_t recovery_codes_left = 0;
  };
  Result<State> StateOf(store::Reader& reader, const Id& user) const;

  // Keeps `secret` until it is confirmed; an earlier one that was not is forgotten. kConflict when the
  // user has one already.
  Status Begin(store::Transaction& transaction, const Id& user, std::string_view secret) const;
  // kInvalid for a wrong code, kConflict when nothing was begun.
  Status Confirm(store::Transaction& transaction, const Id& user, std::string_view code,
                 const std::vector<std::string>& recovery_codes) const;
  // Uses up a code of the app or a recovery code and says which it was: "totp" or "recovery_code".
  // kUnauthenticated when it is neither, kConflict when the user has no second step.
  Result<std::string> Accept(store::Transaction& transaction, const Id& user,
                             std::string_view code) const;
  Status ReplaceRecoveryCodes(store::Transaction& transaction, const Id& user,
                              const std::vector<std::string>& codes) const;
  Status Remove(store::Transaction& transaction, const Id& user) const;

 private:
  Result<std::string> SecretOf(const Json& body, const Id& user) const;
  std::string DigestOf(const Id& user, std::string_view code) const;
  Json Digests(const Id& user, const std::vector<std::string>& codes) const;

  const Seal& seal_;
};

}  // namespace boathouse::auth
