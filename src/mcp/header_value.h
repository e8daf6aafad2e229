#pragma once
// How revision 2026-07-28 mirrors parts of a request into HTTP headers: the value encoding, and the
// arguments that a tool's schema marks with `x-mcp-header`. Pure functions; private to mcp/.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "http/http.h"

namespace boathouse::mcp {

// As it is when it survives a header, else `=?base64?<base64 of the UTF-8>?=`.
std::string EncodeHeaderValue(std::string_view value);
// nullopt for a damaged base64 form; text without both markers stands for itself.
std::optional<std::string> DecodeHeaderValue(std::string_view header);

// One argument that travels in the header `Mcp-Param-<header>` too.
struct HeaderParameter {
  std::vector<std::string> path;  // through nested `properties`
  std::string header;
  std::string type;  // string, integer or boolean
};
// The marked arguments of a tool. kInvalid when a mark breaks the rules (not reachable through
// `properties` alone, not a token, not of a scalar type, or twice the same): a client drops the tool.
Result<std::vector<HeaderParameter>> FindHeaderParameters(const Json& input_schema);

// Adds the Mcp-Param- headers that these arguments call for.
void AddParameterHeaders(const std::vector<HeaderParameter>& parameters, const Json& arguments,
                         http::Headers* headers);
// Says what is wrong when headers and arguments disagree; "" when they agree.
std::string CheckParameterHeaders(const std::vector<HeaderParameter>& parameters,
                                  const Json& arguments, const http::Headers& headers);

}  // namespace boathouse::mcp
