#pragma once
// Page tokens: where a list goes on, signed and bound to the list they came from, so that a made-up
// token, or one of another list, is told apart from a real one. Pure functions.

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace boathouse::crm {

// `list` describes the list (object, filter, order ...); `position` is where to continue.
std::string MakePageToken(std::string_view secret, std::string_view list, const Json& position);

// The position, or a kInvalid error about the field "page_token".
Result<Json> ReadPageToken(std::string_view secret, std::string_view list, std::string_view token);

}  // namespace boathouse::crm
