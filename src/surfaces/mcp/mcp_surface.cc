#include "surfaces/mcp/mcp_surface.h"

#include "surfaces/mcp/crm_catalog.h"

namespace boathouse::mcp_surface {
namespace {

constexpr const char* instructions =
    "Boathouse is a company's CRM: its accounts, contacts, leads, opportunities (deals), products, "
    "activities, territories and users. Begin with `search` when you know a name, with "
    "`list_<plural>` "
    "when you need records by conditions; the filter language is in each list tool's description. "
    "Relation fields (owner_id, account_id, ...) hold ids: resolve them with get_<object> or ask "
    "for "
    "include_related. Money is a decimal string. Read a record before you change it, and pass its "
    "version "
    "as expected_version. Failures say which argument was wrong and what it should be.";
constexpr const char* lakehouse_instructions =
    " Sales figures (revenue, orders, margin) are not in the CRM: ask_lakehouse reads them live "
    "from the "
    "lakehouse; describe_lakehouse lists what it knows.";

using PrincipalPointer = std::shared_ptr<const void>;

Result<PrincipalPointer> Authenticate(auth::Auth& auth, const http::Request& request) {
  const std::string_view token = request.BearerToken();
  if (token.empty()) {
    return Error(
        ErrorKind::kUnauthenticated,
        "send an API token: `Authorization: Bearer <token>`; `boathouse token create` makes one");
  }
  ASSIGN(auth::Principal principal, auth.Authenticate(token, request.peer_address));
  return PrincipalPointer(std::make_shared<const auth::Principal>(std::move(principal)));
}

std::string CallerName(const PrincipalPointer& principal) {
  return std::static_pointer_cast<const auth::Principal>(principal)->user.ToString();
}

}  // namespace

void Mount(http::Router& router, const Services& services) {
  mcp::ServerOptions options;
  options.info = {"boathouse", "Boathouse CRM", services.version, instructions};
  if (services.assistant != nullptr) options.info.instructions += lakehouse_instructions;
  options.allowed_origins = services.allowed_origins;
  options.caller_name = CallerName;
  mcp::MountServer(router, path, std::move(options), std::make_shared<CrmCatalog>(services),
                   [&auth = services.auth](const http::Request& request) {
                     return Authenticate(auth, request);
                   });
}

}  // namespace boathouse::mcp_surface
