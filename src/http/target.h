#pragma once
// Private to http/: the pieces of a request target.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boathouse::http {

// The decoded segments of an absolute path: "/a/b%2Fc" gives {"a", "b/c"}, "/" gives {""}.
// nullopt for a path that does not begin with '/', a malformed escape, a NUL, or text that is not
// UTF-8.
std::optional<std::vector<std::string>> DecodeSegments(std::string_view path);

}  // namespace boathouse::http
