#include "crm/roles.h"

#include <algorithm>
#include <array>

#include "crm/crm_impl.h"

namespace boathouse::crm {
namespace {

constexpr std::array built_in = {auth::admin_role, auth::member_role, auth::viewer_role};
constexpr size_t told_chars_max = 60;

Status AllowRoles(const Caller& caller) {
  return AllowAdministration(caller, "see or change roles");
}

// Of the store, or as every workspace begins with it.
Result<std::optional<Role>> ReadRole(store::Reader& reader, std::string_view name) {
  if (name == auth::admin_role) return Role::BuiltIn(name);
  ASSIGN(const std::optional<Json> body, reader.GetDocument(role_documents, name));
  if (body) return std::optional<Role>(Role::FromStored(name, *body));
  return Role::BuiltIn(name);
}

Result<std::vector<std::string>> RoleNames(store::Reader& reader) {
  std::vector<std::string> names(built_in.begin(), built_in.end());
  ASSIGN(const auto documents, reader.ListDocuments(role_documents));
  for (const auto& [name, body] : documents) {
    if (!Role::IsBuiltIn(name)) names.push_back(name);
  }
  return names;
}

Result<std::string> KnownRoles(store::Reader& reader) {
  ASSIGN(const std::vector<std::string> names, RoleNames(reader));
  std::string known;
  for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
  return known;
}

Result<Role> Existing(store::Reader& reader, std::string_view name) {
  ASSIGN(std::optional<Role> role, ReadRole(reader, name));
  if (role) return std::move(*role);
  ASSIGN(const std::string known, KnownRoles(reader));
  return Error(ErrorKind::kNotFound, "there is no role \"" +
                                         std::string(name.substr(0, told_chars_max)) +
                                         "\"; there are: " + known);
}

// RFC 7396: null removes a member, objects are merged, everything else replaces.
Json Merged(Json target, const Json& patch) {
  if (!patch.is_object()) return patch;
  if (!target.is_object()) target = Json::Object();
  for (const auto& [name, value] : patch.members()) {
    if (value.is_null()) {
      target.Remove(name);
    } else {
      const Json* before = target.Find(name);
      Json merged = Merged(before != nullptr ? *before : Json(), value);
      target.Set(name, std::move(merged));
    }
  }
  return target;
}

Status Put(store::Transaction& transaction, const Role& role) {
  Json body = role.ToJson();
  body.Remove("name");
  body.Remove("built_in");
  return transaction.PutDocument(role_documents, role.name(), body);
}

Status Note(store::Transaction& transaction, auth::AuditLog& audit, const Caller& caller,
            std::string_view name, const char* change, Json role) {
  Json detail = Json::Object({{"change", change}});
  if (!role.is_null()) detail.Set("objects", role["objects"]);
  return audit.Record(transaction, auth::AuditEntry::By(caller.principal, caller.surface,
                                                        auth::AuditKind::kRoleChanged,
                                                        "role " + std::string(name), detail));
}

// How many users have the role.
Result<int64_t> CountUsers(store::Reader& reader, const model::Model& model,
                           std::string_view name) {
  const model::Object& user = *model.Find("user");
  store::Query query;
  query.object = &user;
  query.where = store::Condition::Where(user.IndexOf("role").value(),
                                        store::Condition::Compare::kEqual, std::string(name));
  return reader.Count(query);
}

}  // namespace

Result<std::vector<Role>> ListRoles(Crm& crm, const Caller& caller) {
  TRY(AllowRoles(caller));
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm.impl().store.Read());
  ASSIGN(const std::vector<std::string> names, RoleNames(*snapshot));
  std::vector<Role> roles;
  for (const std::string& name : names) {
    ASSIGN(Role role, Existing(*snapshot, name));
    roles.push_back(std::move(role));
  }
  return roles;
}

Result<Role> GetRole(Crm& crm, const Caller& caller, std::string_view name) {
  TRY(AllowRoles(caller));
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm.impl().store.Read());
  return Existing(*snapshot, name);
}

Result<Role> CreateRole(Crm& crm, const Caller& caller, const Json& json, auth::AuditLog& audit) {
  TRY(AllowRoles(caller));
  ASSIGN(const Role role, Role::Parse(json, *crm.model()));
  TRY(crm.impl().store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::vector<std::string> names, RoleNames(transaction));
    if (std::find(names.begin(), names.end(), role.name()) != names.end()) {
      return Error(ErrorKind::kConflict, "there is a role \"" + role.name() + "\" already",
                   {{"/name", "duplicate", "name: there is a role of that name"}});
    }
    if (names.size() >= roles_max) {
      return Error(ErrorKind::kConflict,
                   "a workspace may have at most " + std::to_string(roles_max) + " roles");
    }
    TRY(Put(transaction, role));
    return Note(transaction, audit, caller, role.name(), "created", role.ToJson());
  }));
  TRY(crm.impl().permissions.Reload());
  return role;
}

Result<Role> ChangeRole(Crm& crm, const Caller& caller, std::string_view name, const Json& patch,
                        auth::AuditLog& audit) {
  TRY(AllowRoles(caller));
  if (!patch.is_object()) {
    return Error::Field("", "wrong_type",
                        "the body must be a JSON object: a merge patch of a role");
  }
  for (const char* member : {"name", "built_in"}) {
    if (patch.Find(member) == nullptr) continue;
    return Error::Field(std::string("/") + member, "read_only",
                        std::string(member) + " never changes; leave it out");
  }
  const std::shared_ptr<const model::Model> model = crm.model();
  std::optional<Role> changed;
  TRY(crm.impl().store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const Role current, Existing(transaction, name));
    if (current.is_admin()) {
      return Error(ErrorKind::kConflict,
                   "the role admin may do everything, and stays so; make another role instead");
    }
    ASSIGN(changed, Role::Parse(Merged(current.ToJson(), patch), *model));
    TRY(Put(transaction, *changed));
    return Note(transaction, audit, caller, name, "changed", changed->ToJson());
  }));
  TRY(crm.impl().permissions.Reload());
  return std::move(*changed);
}

Status DeleteRole(Crm& crm, const Caller& caller, std::string_view name, auth::AuditLog& audit) {
  TRY(AllowRoles(caller));
  const std::shared_ptr<const model::Model> model = crm.model();
  TRY(crm.impl().store.Write([&](store::Transaction& transaction) -> Status {
    TRY(Existing(transaction, name));
    if (Role::IsBuiltIn(name)) {
      return Error(ErrorKind::kConflict,
                   "the role " + std::string(name) + " is built in and cannot be deleted");
    }
    ASSIGN(const int64_t users, CountUsers(transaction, *model, name));
    if (users > 0) {
      return Error(ErrorKind::kConflict, std::to_string(users) +
                                             (users == 1 ? " user has" : " users have") +
                                             " the role " + std::string(name) + "; give " +
                                             (users == 1 ? "it" : "them") + " another one first");
    }
    TRY(transaction.DeleteDocument(role_documents, name));
    return Note(transaction, audit, caller, name, "deleted", {});
  }));
  return crm.impl().permissions.Reload();
}

Json DescribeRights(Crm& crm, const Caller& caller) {
  const std::shared_ptr<const model::Model> model = crm.model(caller);
  const std::shared_ptr<const Role> role = crm.impl().permissions.RoleOf(caller);
  Json objects = Json::Object();
  for (const model::Object& object : model->objects()) {
    const auto allowed = [&](Action action) { return crm.Allow(caller, object, action).ok(); };
    const auto reach = [&](Action action) {
      return ScopeName(allowed(action) ? role->ScopeOf(object.name, action) : Scope::kNone);
    };
    objects.Set(object.name, Json::Object({{"read", reach(Action::kRead)},
                                           {"create", allowed(Action::kCreate)},
                                           {"update", reach(Action::kUpdate)},
                                           {"delete", reach(Action::kDelete)},
                                           {"export", allowed(Action::kExport)},
                                           {"share", allowed(Action::kShare)}}));
  }
  return Json::Object(
      {{"administer", caller.principal.Administers()}, {"objects", std::move(objects)}});
}

Status UserRoleRule::Prepare(RuleEdit& edit, const model::Object& object, const Json&,
                             const std::string& pointer, const model::Record& before,
                             model::Record& record, std::vector<FieldError>* wrong) {
  if (object.name != "user") return Status::Ok();
  const size_t field = object.IndexOf("role").value();
  const std::string name = model::ToText(record.At(field));
  if (name.empty() || record.At(field) == before.At(field)) return Status::Ok();
  ASSIGN(const std::optional<Role> role, ReadRole(edit.transaction(), name));
  if (role) return Status::Ok();
  ASSIGN(const std::string known, KnownRoles(edit.transaction()));
  wrong->push_back(
      {pointer + "/role", "invalid_option",
       "role: there is no role \"" + name.substr(0, told_chars_max) + "\"; there are: " + known});
  return Status::Ok();
}

Status UserRoleAudit::Follow(RuleEdit& edit, const model::Object& object,
                             store::Operation operation, const model::Record& before,
                             const model::Record& after) {
  if (object.name != "user" || operation == store::Operation::kDelete) return Status::Ok();
  const size_t field = object.IndexOf("role").value();
  if (before.At(field) == after.At(field)) return Status::Ok();
  return audit_.Record(
      edit.transaction(),
      auth::AuditEntry::By(edit.caller().principal, edit.caller().surface,
                           auth::AuditKind::kRoleChanged, "user " + model::TitleOf(object, after),
                           Json::Object({{"user_id", after.id().ToString()},
                                         {"from", model::ToJson(before.At(field))},
                                         {"to", model::ToJson(after.At(field))}})));
}

}  // namespace boathouse::crm
