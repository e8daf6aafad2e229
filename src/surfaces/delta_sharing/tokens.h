#pragma once
// Page and refresh tokens: signed tokens (base/signed_token.h) with the errors of this protocol.

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace boathouse::delta_sharing {

// `purpose` binds a token to the call it continues ("list:/shares", "query:accounts").
std::string MakeToken(std::string_view secret, std::string_view purpose, const Json& body);
// The body, or kInvalid when the token is not ours or is for something else.
Result<Json> ReadToken(std::string_view secret, std::string_view purpose, std::string_view token);

}  // namespace boathouse::delta_sharing
