// Roles, for administrators.
#include "crm/roles.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

std::string_view NameOf(const Call& call) { return call.request.Parameter("name"); }

http::Response RoleResponse(int status, const crm::Role& role) {
  return http::Response::JsonBody(status, role.ToJson());
}

Result<http::Response> ListRoles(Call& call) {
  ASSIGN(const std::vector<crm::Role> roles, crm::ListRoles(call.services.crm, call.caller));
  Json items = Json::Array();
  for (const crm::Role& role : roles) items.Append(role.ToJson());
  return http::Response::JsonBody(200, Json::Object({{"items", std::move(items)}}));
}

Result<http::Response> GetRole(Call& call) {
  ASSIGN(const crm::Role role, crm::GetRole(call.services.crm, call.caller, NameOf(call)));
  return RoleResponse(200, role);
}

Result<http::Response> CreateRole(Call& call) {
  if (call.body.Find("built_in") != nullptr) {
    return Error::Field("/built_in", "read_only", "built_in is set by the server; leave it out");
  }
  ASSIGN(const crm::Role role,
         crm::CreateRole(call.services.crm, call.caller, call.body, call.services.auth.audit()));
  http::Response response = RoleResponse(201, role);
  response.headers.Set("Location", std::string(base_path) + "/roles/" + role.name());
  return response;
}

Result<http::Response> ChangeRole(Call& call) {
  ASSIGN(const crm::Role role, crm::ChangeRole(call.services.crm, call.caller, NameOf(call),
                                               call.body, call.services.auth.audit()));
  return RoleResponse(200, role);
}

Result<http::Response> DeleteRole(Call& call) {
  TRY(crm::DeleteRole(call.services.crm, call.caller, NameOf(call), call.services.auth.audit()));
  return http::Response::Empty(204);
}

}  // namespace

std::vector<Route> RoleRoutes() {
  using enum Access;
  return {
      {"GET", "/roles", kSignedIn, Body::kNone, {}, ListRoles},
      {"POST", "/roles", kSignedIn, Body::kJson, {}, CreateRole},
      {"GET", "/roles/{name}", kSignedIn, Body::kNone, {}, GetRole},
      {"PATCH", "/roles/{name}", kSignedIn, Body::kMergePatch, {}, ChangeRole},
      {"DELETE", "/roles/{name}", kSignedIn, Body::kNone, {}, DeleteRole},
  };
}

}  // namespace boathouse::rest
