#pragma once
// Carries out the tools of the objects on the CRM. Errors are crm/'s, with pointers into the tool's
// arguments. Safe to use from many threads.

#include "base/json.h"
#include "base/result.h"
#include "crm/crm.h"
#include "mcp/mcp.h"
#include "surfaces/mcp/object_tools.h"

namespace boathouse::mcp_surface {

// `arguments` were checked against the tool's input schema.
Result<Json> RunObjectTool(crm::Crm& crm, const crm::Caller& caller, const ObjectCall& call,
                           const Json& arguments);

// The tool `search`: hits over all objects, or those named.
Result<Json> RunSearch(crm::Crm& crm, const crm::Caller& caller, const Json& arguments);

// The tool `get_history`: what was changed on one record, by whom, newest first.
Result<Json> RunHistory(crm::Crm& crm, const crm::Caller& caller, const Json& arguments);

}  // namespace boathouse::mcp_surface
