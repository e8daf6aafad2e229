#pragma once
// Access tokens of the token endpoint: signed and kept nowhere. A token says whose it is, by which
// credential it was got and until when it holds; that the recipient and that credential still hold is
// looked up when it is used. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"

namespace boathouse::sharing {

inline constexpr std::string_view access_token_prefix = "bho_";
inline constexpr size_t credential_mark_chars = 16;  // of the credential's digest: names it

struct AccessToken {
  Id recipient;
  std::string credential;  // the first credential_mark_chars of its digest
  Micros expires_at = 0;   // whole seconds
};

std::string MakeAccessToken(std::string_view key, const AccessToken& token);
// nullopt when it is not ours or was changed; that it holds still is for the caller to see.
std::optional<AccessToken> ReadAccessToken(std::string_view key, std::string_view text);

}  // namespace boathouse::sharing
