#pragma once
// Conditional requests by entity tag (RFC 9110, section 13.1).

#include <string_view>

#include "http/http.h"

namespace boathouse::http {

// Whether If-None-Match names `etag` (with its quotes), alone, in a list, or by `*`. Tags compare
// weakly: a W/ before one of them does not matter. Then the answer is 304.
bool HasEntityTag(const Request& request, std::string_view etag);

}  // namespace boathouse::http
