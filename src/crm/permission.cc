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
  }
  return "use";
}

bool IsAllowed(auth::Role role, const model::Object& object, Action action) {
  switch (role) {
    case auth::Role::kAdmin:
      return true;
    case auth::Role::kMember:
      return action == Action::kRead || object.name != "user";
    case auth::Role::kViewer:
      return action == Action::kRead;
  }
  return false;
}

}  // namespace

Status Allow(const Caller& caller, const model::Object& object, Action action) {
  if (IsAllowed(caller.principal.role, object, action)) return Status::Ok();
  return Error(ErrorKind::kForbidden,
               "the role " + std::string(auth::RoleName(caller.principal.role)) + " may not " +
                   std::string(Verb(action)) + " " + object.plural + "; ask an administrator");
}

Status AllowModelChange(const Caller& caller) {
  if (caller.principal.role == auth::Role::kAdmin) return Status::Ok();
  return Error(ErrorKind::kForbidden,
               "the role " + std::string(auth::RoleName(caller.principal.role)) +
                   " may not change objects and fields; ask an administrator");
}

}  // namespace boathouse::crm
