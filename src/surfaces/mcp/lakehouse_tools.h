#pragma once
// The tools that ask the lakehouse through the assistant: ask_lakehouse and describe_lakehouse. Rows are
// handed on and kept nowhere. Safe to use from many threads.

#include <vector>

#include "assistant/assistant.h"
#include "auth/auth.h"
#include "mcp/mcp.h"

namespace boathouse::mcp_surface {

inline constexpr size_t answer_rows_default = 100;  // an answer goes into a model's context
inline constexpr size_t answer_rows_max = 1000;

std::vector<mcp::Tool> LakehouseTools();
// `name` is one of the two; errors are those of the assistant.
Result<Json> RunLakehouseTool(assistant::Assistant& assistant, const auth::Principal& principal,
                              const mcp::CallContext& context, std::string_view name,
                              const Json& arguments);

}  // namespace boathouse::mcp_surface
