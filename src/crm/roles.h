#pragma once
// The workspace's roles, and who has them. docs/permissions.md is the manual. A change counts from the
// next request on. Safe to call from many threads.

#include <string>
#include <string_view>
#include <vector>

#include "auth/audit.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/crm.h"
#include "crm/role.h"
#include "crm/rule.h"

namespace boathouse::crm {

// Administrators only, all of them. The built-in roles come first, the others by name.
Result<std::vector<Role>> ListRoles(Crm& crm, const Caller& caller);
// kNotFound names the roles there are.
Result<Role> GetRole(Crm& crm, const Caller& caller, std::string_view name);
// From a whole role (see role.h). kConflict when there is one of that name.
Result<Role> CreateRole(Crm& crm, const Caller& caller, const Json& role, auth::AuditLog& audit);
// `patch` is a JSON merge patch (RFC 7396) of the role; its name never changes. The role admin is as it
// is: kConflict.
Result<Role> ChangeRole(Crm& crm, const Caller& caller, std::string_view name, const Json& patch,
                        auth::AuditLog& audit);
// kConflict for a built-in role, and for one that users have.
Status DeleteRole(Crm& crm, const Caller& caller, std::string_view name, auth::AuditLog& audit);

// What the caller may do, for a page to show no more than that: {"administer": false, "objects":
// {"account": {"read": "territory", "create": true, "update": "own", "delete": "none", "export": true,
// "share": false}}}. Objects that it may not read are not there; the scopes of a token count.
Json DescribeRights(Crm& crm, const Caller& caller);

// Users get roles that exist. One of the standard rules.
class UserRoleRule : public Rule {
 public:
  Status Prepare(RuleEdit& edit, const model::Object& object, const Json& given,
                 const std::string& pointer, const model::Record& before, model::Record& record,
                 std::vector<FieldError>* wrong) override;
};

// Notes in the audit log who gave which user which role, as a part of the transaction.
class UserRoleAudit : public Rule {
 public:
  explicit UserRoleAudit(auth::AuditLog& audit) : audit_(audit) {}
  Status Follow(RuleEdit& edit, const model::Object& object, store::Operation operation,
                const model::Record& before, const model::Record& after) override;

 private:
  auth::AuditLog& audit_;
};

}  // namespace boathouse::crm
