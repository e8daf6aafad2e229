#pragma once
// Parameters and members of requests, checked. Absent, and null in a body, is nullopt or empty. All errors
// are kInvalid and name what is wrong.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "http/http.h"

namespace boathouse::delta_sharing {

Error Invalid(std::string message);

// A query parameter that is a whole number of at least `minimum`.
Result<std::optional<int64_t>> NumberParameter(const http::Request& request, const char* name,
                                               int64_t minimum);
Result<std::optional<Micros>> TimeParameter(const http::Request& request, const char* name);
// true and True (as Python writes it), false and False.
Result<bool> FlagParameter(const http::Request& request, const char* name);

// The body as a JSON object; an empty body is an empty object. Text that is no JSON is told apart by the
// field code of malformed_code.
Result<Json> BodyObject(const http::Request& request);
inline constexpr const char* malformed_code = "malformed";

Result<std::optional<int64_t>> NumberMember(const Json& body, const char* name, int64_t minimum);
Result<std::optional<Micros>> TimeMember(const Json& body, const char* name);
Result<std::string> TextMember(const Json& body, const char* name);
Result<bool> FlagMember(const Json& body, const char* name);

}  // namespace boathouse::delta_sharing
