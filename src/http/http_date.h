#pragma once
// Dates of HTTP headers (RFC 9110, section 5.6.7): Sun, 06 Nov 1994 08:49:37 GMT.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace boathouse::http {

// Whole seconds; what is below one is cut.
std::string FormatHttpDate(Micros at);
// nullopt for anything but that form. (The two obsolete ones are not read: a condition with one is none.)
std::optional<Micros> ParseHttpDate(std::string_view text);

}  // namespace boathouse::http
