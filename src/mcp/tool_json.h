#pragma once
// Tools, results and resources as they stand on the wire. Pure functions; private to mcp/.

#include "base/json.h"
#include "mcp/mcp.h"

namespace boathouse::mcp {

Json ToJson(const Tool& tool);
Json ToJson(const Resource& resource);
Json ToJson(ToolResult result);

// Lenient where a missing member has a default; kInvalid when the name or the schema is unusable.
Result<Tool> ToolFromJson(const Json& json);
// `_meta` is dropped, here and in every content block: it is for programs, and it can be large.
ToolResult ToolResultFromJson(Json json);

}  // namespace boathouse::mcp
