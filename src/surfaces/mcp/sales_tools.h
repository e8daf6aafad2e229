#pragma once
// The tools that do something with several records at once: a lead becomes a customer, a deal a quote, an
// accepted quote the deal; and one that shows a hierarchy.

#include <optional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crm/crm.h"
#include "mcp/mcp.h"
#include "model/model.h"

namespace boathouse::mcp_surface {

// Those whose objects the caller's model has.
std::vector<mcp::Tool> SalesTools(const model::Model& model);

bool IsSalesTool(std::string_view name);
// `arguments` were checked against the tool's input schema.
Result<Json> RunSalesTool(crm::Crm& crm, const crm::Caller& caller, std::string_view name,
                          const Json& arguments);

}  // namespace boathouse::mcp_surface
