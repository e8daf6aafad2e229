#pragma once
// Small JSON values that clients hold for us and cannot make: page tokens, refresh tokens. A token is
// base64url without padding (some clients put it into URLs unescaped) of a 16 byte HMAC-SHA256 tag and
// the value, which is signed, not hidden. Pure functions.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace boathouse {

inline constexpr size_t signed_token_chars_max = 16'384;

// `purpose` binds the token to what it continues: surfaces that share a secret begin it differently.
std::string MakeSignedToken(std::string_view secret, std::string_view purpose, const Json& body);

// The body; nothing when the token is not ours, was changed, or is for another purpose.
std::optional<Json> ReadSignedToken(std::string_view secret, std::string_view purpose,
                                    std::string_view token);

}  // namespace boathouse
