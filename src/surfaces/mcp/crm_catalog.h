#pragma once
// The tools and resources of our MCP server: those of each object, and those that stand beside them.
// Built from the model at each call, so that a field added a second ago is there. Safe to use from
// many threads.

#include "mcp/mcp.h"
#include "surfaces/mcp/mcp_surface.h"

namespace boathouse::mcp_surface {

// The principal of a call is an auth::Principal.
class CrmCatalog : public mcp::Catalog {
 public:
  explicit CrmCatalog(const Services& services) : services_(services) {}

  std::vector<mcp::Tool> ListTools(const mcp::CallContext& context) override;
  std::optional<mcp::Tool> FindTool(const mcp::CallContext& context,
                                    std::string_view name) override;
  Result<mcp::ToolResult> CallTool(const mcp::CallContext& context, std::string_view name,
                                   const Json& arguments) override;
  std::vector<mcp::Resource> ListResources(const mcp::CallContext& context) override;
  Result<Json> ReadResource(const mcp::CallContext& context, std::string_view uri) override;

 private:
  Result<Json> Run(const mcp::CallContext& context, std::string_view name, const Json& arguments);
  Json WhoAmI(const auth::Principal& principal);

  const Services services_;
};

}  // namespace boathouse::mcp_surface
