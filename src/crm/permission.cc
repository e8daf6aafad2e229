#include "crm/permission.h"

namespace boathouse::crm {
namespace {

std::string_view Verb(Action action) {
  switch (action) {
    case Action::kRead:
      return "read";
    case Action::kCreate:
      return "create";
    case Action::kUpdate:
      return "update";
    case Action::kDelete:
      return "delete";
    case Action::kExport:
      return "export";
    case Action::kShare:
      return "share";
  }
  return "use";
}

bool IsAllowed(std::string_view role, const model::Object& object, Action action) {
  if (role == auth::admin_role) return true;
  const bool reads = action == Action::kRead || action == Action::kExport;
  if (role == auth::member_role) return reads || object.name != "user";
  return role == auth::viewer_role && reads;
}

}  // namespace

Status Allow(const Caller& caller, const model::Object& object, Action action) {
  if (IsAllowed(caller.principal.role, object, action)) return Status::Ok();
  return Error(ErrorKind::kForbidden,
               "the role " + caller.principal.role + " may not " +
                   std::string(Verb(action)) + " " + object.plural + "; ask an administrator");
}

Status AllowAdministration(const Caller& caller, std::string_view what) {
  if (caller.principal.Administers()) return Status::Ok();
  return Error(ErrorKind::kForbidden,
               "the role " + caller.principal.role +
                   " may not " + std::string(what) + "; ask an administrator");
}

}  // namespace boathouse::crm
