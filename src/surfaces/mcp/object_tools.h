#pragma once
// The tools of one object, as projections of its fields: what they are called, how they are described
// to a model, and the schemas of their arguments and results. Pure functions.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/mcp.h"
#include "model/model.h"

namespace boathouse::mcp_surface {

inline constexpr size_t page_size_default = 25;  // a page goes into a model's context
inline constexpr size_t page_size_max = 200;

enum class Verb { kList, kGet, kCreate, kUpdate, kSearch };
inline constexpr Verb verbs[] = {Verb::kList, Verb::kGet, Verb::kSearch, Verb::kCreate,
                                 Verb::kUpdate};

// list_accounts, get_account, ...
std::string ToolName(Verb verb, const model::Object& object);
mcp::Tool ObjectTool(Verb verb, const model::Object& object);

struct ObjectCall {
  Verb verb;
  const model::Object* object;
};
// The object tool of that name, or nullopt.
std::optional<ObjectCall> FindObjectTool(const model::Model& model, std::string_view tool);

// An object and its fields, all that a model needs to read and write its records.
Json DescribeObject(const model::Object& object);
// The filter language in a few lines, with an example that fits the object.
std::string FilterHelp(const model::Object& object);

}  // namespace boathouse::mcp_surface
