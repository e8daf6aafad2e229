#include "crm/permission.h"

#include <algorithm>

#include "base/clock.h"
#include "crm/match.h"

namespace boathouse::crm {
namespace {

// A request under way may hold an object of a model that has gone; none takes that long.
constexpr Micros retired_micros = 3600LL * 1'000'000;
constexpr size_t sights_max = 500;
constexpr size_t reaches_max = 10'000;

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

auth::ScopeAction ScopeActionOf(Action action) {
  switch (action) {
    case Action::kRead:
      return auth::ScopeAction::kRead;
    case Action::kExport:
      return auth::ScopeAction::kExport;
    case Action::kCreate:
    case Action::kUpdate:
    case Action::kDelete:
    case Action::kShare:
      return auth::ScopeAction::kWrite;
  }
  return auth::ScopeAction::kWrite;
}

// The scopes that narrow what the user may; nullptr when there are none.
const auth::Scopes* NarrowScopes(const auth::Principal& principal) {
  return principal.scopes && !principal.scopes->AllowsAdmin() ? &*principal.scopes : nullptr;
}

Status AllowScopes(const auth::Principal& principal, const model::Object& object, Action action) {
  const auth::Scopes* scopes = NarrowScopes(principal);
  if (scopes == nullptr) return Status::Ok();
  const bool is_user_change =
      object.name == "user" && action != Action::kRead && action != Action::kExport;
  if (!is_user_change && scopes->Allows(object.plural, ScopeActionOf(action))) return Status::Ok();
  std::string held;
  for (const std::string& name : scopes->names()) held += (held.empty() ? "" : ", ") + name;
  return Error(ErrorKind::kForbidden, "the scopes of this token (" + held + ") do not let it " +
                                          std::string(Verb(action)) + " " + object.plural);
}

Status AllowRole(const Role& role, const model::Object& object, Action action) {
  if (role.Allows(object.name, action)) return Status::Ok();
  return Error(ErrorKind::kForbidden, "the role " + role.name() + " may not " +
                                          std::string(Verb(action)) + " " + object.plural +
                                          "; ask an administrator");
}

// Whether no record is out of reach of anything that the role may do.
bool ReachesAll(const Role& role, const model::Model& model) {
  const Reach nobody;
  const RecordScope scope(role, model, nobody);
  for (const model::Object& object : model.objects()) {
    for (const Action action : {Action::kRead, Action::kCreate, Action::kUpdate, Action::kDelete}) {
      if (role.Allows(object.name, action) && scope.Of(object, action)) return false;
    }
    if (!role.Allows(object.name, Action::kRead)) return false;
  }
  return true;
}

size_t WholeOf(const model::Object& seen, size_t field) {
  return seen.whole != nullptr ? seen.whole_fields.at(field) : field;
}

// Makes the steps go over whole objects; what they led to as it was seen.
const model::Object& WholePath(const model::Object& seen, std::vector<store::Step>* path) {
  const model::Object* at = &seen;
  for (store::Step& step : *path) {
    step.relation = WholeOf(*at, step.relation);
    at = step.object;
    if (at->whole != nullptr) step.object = at->whole;
  }
  return *at;
}

std::string SightKey(const auth::Principal& principal) {
  std::string key = principal.role;
  if (const auth::Scopes* scopes = NarrowScopes(principal)) {
    for (const std::string& name : scopes->names()) key += '\x1f' + name;
  }
  return key;
}

}  // namespace

Status AllowAdministration(const Caller& caller, std::string_view what) {
  if (caller.principal.Administers()) return Status::Ok();
  if (caller.principal.role == auth::admin_role) {
    return Error(ErrorKind::kForbidden,
                 "a token may not " + std::string(what) + " unless it has the scope admin");
  }
  return Error(ErrorKind::kForbidden, "the role " + caller.principal.role + " may not " +
                                          std::string(what) + "; ask an administrator");
}

void Access::Narrow(std::optional<store::Condition>* where) const {
  if (!reach_) return;
  if (!*where) {
    *where = *reach_;
  } else {
    *where = store::Condition::All({std::move(**where), *reach_});
  }
}

Result<bool> Access::Reaches(const model::Record& record, store::Reader& reader) const {
  if (!reach_) return true;
  return Matches(*reach_, *whole_, record, reader);
}

store::Condition Access::WholeCondition(store::Condition condition) const {
  if (seen_ == whole_) return condition;
  for (store::Condition& child : condition.children) child = WholeCondition(std::move(child));
  if (condition.kind != store::Condition::Kind::kCompare) return condition;
  const model::Object& last = WholePath(*seen_, &condition.path);
  condition.field = WholeOf(last, condition.field);
  return condition;
}

store::OrderBy Access::WholeOrder(store::OrderBy order) const {
  if (seen_ == whole_) return order;
  const model::Object& last = WholePath(*seen_, &order.path);
  order.field = WholeOf(last, order.field);
  return order;
}

std::optional<store::Condition> Access::Visible(const model::Object& related) const {
  if (people_ == nullptr) return std::nullopt;
  const model::Object& whole = related.whole != nullptr ? *related.whole : related;
  return RecordScope(*sight_->role, *sight_->whole, *people_).Of(whole, Action::kRead);
}

model::Record Access::Show(model::Record record) const {
  if (shows_all()) return record;
  model::Record shown;
  shown.values.reserve(given_->fields.size());
  for (size_t i = 0; i < given_->fields.size(); ++i) {
    const size_t at = given_->whole != nullptr ? given_->whole_fields[i] : i;
    // An object of another role's model, or the whole one, may have what this role does not see.
    const bool visible =
        given_ == seen_ || seen_ == whole_ || seen_->IndexOf(given_->fields[i].name).has_value();
    shown.values.push_back(visible ? record.At(at) : model::Value{});
  }
  return shown;
}

Json Access::ShowChanges(Json changes) const {
  if (seen_ == whole_) return changes;
  Json shown = Json::Object();
  for (const auto& [field, ends] : changes.members()) {
    if (seen_->IndexOf(field)) shown.Set(field, ends);
  }
  return shown;
}

Permissions::Permissions(store::Store& store) : store_(store) {
  for (const char* name : {auth::admin_role, auth::member_role, auth::viewer_role}) {
    roles_[name] = std::make_shared<const Role>(*Role::BuiltIn(name));
  }
  // Roles that cannot be read now give nobody anything.
  (void)Reload();
}

Status Permissions::Reload() {
  // Of two that write roles at once, the one that reads last has both.
  const std::lock_guard one_by_one(reload_mutex_);
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store_.Read());
  ASSIGN(const auto documents, snapshot->ListDocuments(role_documents));
  std::map<std::string, std::shared_ptr<const Role>, std::less<>> roles;
  for (const char* name : {auth::admin_role, auth::member_role, auth::viewer_role}) {
    roles[name] = std::make_shared<const Role>(*Role::BuiltIn(name));
  }
  for (const auto& [name, body] : documents) {
    if (name == auth::admin_role) continue;
    roles[name] = std::make_shared<const Role>(Role::FromStored(name, body));
  }
  const std::lock_guard lock(mutex_);
  roles_ = std::move(roles);
  for (auto& [key, sight] : sights_) Retire(std::move(sight));
  sights_.clear();
  return Status::Ok();
}

void Permissions::Retire(std::shared_ptr<const Sight> sight) const {
  if (sight->seen == sight->whole) return;
  const Micros now = MonotonicMicros();
  std::erase_if(retired_, [&](const auto& each) { return each.first + retired_micros < now; });
  retired_.emplace_back(now, std::move(sight));
}

std::shared_ptr<const Sight> Permissions::SightOf(const Caller& caller) const {
  const std::shared_ptr<const model::Model> whole = store_.model();
  const bool is_plain = NarrowScopes(caller.principal) == nullptr;
  const std::string scoped = is_plain ? std::string() : SightKey(caller.principal);
  const std::string& key = is_plain ? caller.principal.role : scoped;
  const std::lock_guard lock(mutex_);
  const auto known = sights_.find(key);
  if (known != sights_.end() && known->second->whole == whole) return known->second;
  if (known != sights_.end()) Retire(known->second);
  std::shared_ptr<const Sight> sight = MakeSight(caller, whole);
  if (sights_.size() >= sights_max && known == sights_.end()) {
    for (auto& [_, each] : sights_) Retire(std::move(each));
    sights_.clear();
  }
  sights_[key] = sight;
  return sight;
}

std::shared_ptr<const Sight> Permissions::MakeSight(
    const Caller& caller, const std::shared_ptr<const model::Model>& whole) const {
  auto sight = std::make_shared<Sight>();
  const auto role = roles_.find(caller.principal.role);
  sight->role = role != roles_.end()
                    ? role->second
                    : std::make_shared<const Role>(Role::Nobody(caller.principal.role));
  sight->whole = whole;
  sight->reaches_all = sight->role->is_admin() || ReachesAll(*sight->role, *whole);
  const auth::Scopes* scopes = NarrowScopes(caller.principal);
  const bool reads_all = scopes == nullptr || scopes->AllowsAll(auth::ScopeAction::kRead);
  if (reads_all && sight->role->SeesAll(*whole)) {
    sight->seen = whole;
    return sight;
  }
  sight->seen = std::make_shared<const model::Model>(
      crm::ModelOf(*sight->role, *whole, [&](const model::Object& object) {
        return reads_all || scopes->Allows(object.plural, auth::ScopeAction::kRead);
      }));
  return sight;
}

Status Permissions::Allow(const Caller& caller, const model::Object& object, Action action) const {
  TRY(AllowScopes(caller.principal, object, action));
  return AllowRole(*SightOf(caller)->role, object, action);
}

Result<std::shared_ptr<const Reach>> Permissions::PeopleOf(const Caller& caller,
                                                           const model::Model& model,
                                                           store::Reader& reader) const {
  const Id& user = caller.principal.user;
  const std::string key = user.ToString();
  store::Sequence changes = 0;
  for (const char* name : {"user", "team", "territory"}) {
    const model::Object* object = model.Find(name);
    if (object != nullptr) changes = std::max(changes, store_.committed(*object));
  }
  {
    const std::lock_guard lock(reach_mutex_);
    const auto known = reaches_.find(key);
    if (known != reaches_.end() && known->second.changes == changes) return known->second.reach;
  }
  ASSIGN(Reach reach, ReachOf(user, model, reader));
  auto made = std::make_shared<const Reach>(std::move(reach));
  // What a transaction sees may yet be undone: only what is committed is kept.
  const auto* snapshot = dynamic_cast<store::Snapshot*>(&reader);
  if (snapshot == nullptr || snapshot->sequence() < changes) return made;
  const std::lock_guard lock(reach_mutex_);
  if (reaches_.size() >= reaches_max) reaches_.clear();
  reaches_[key] = {made, changes};
  return made;
}

Result<Access> Permissions::Enter(const Caller& caller, const model::Object& object,
                                  Action action) const {
  TRY(AllowScopes(caller.principal, object, action));
  Access access;
  access.sight_ = SightOf(caller);
  const Sight& sight = *access.sight_;
  TRY(AllowRole(*sight.role, object, action));
  access.action_ = action;
  access.given_ = &object;
  access.whole_ = object.whole != nullptr ? object.whole : &object;
  access.seen_ = access.whole_;
  if (sight.seen != sight.whole) {
    access.seen_ = sight.seen->Find(object.name);
    if (access.seen_ == nullptr) {
      return Error(ErrorKind::kNotFound, "there is no object \"" + object.name + "\"");
    }
    // The newest: it knows at least the fields of the one that was handed in, at the same places.
    access.whole_ = access.seen_->whole;
  }
  return access;
}

Status Permissions::SetReach(const Caller& caller, store::Reader& reader, Access* access) const {
  const Sight& sight = *access->sight_;
  if (sight.reaches_all) return Status::Ok();
  ASSIGN(access->people_, PeopleOf(caller, *sight.whole, reader));
  access->reach_ =
      RecordScope(*sight.role, *sight.whole, *access->people_).Of(*access->whole_, access->action_);
  return Status::Ok();
}

Access Permissions::EnterAsProgram(const model::Object& object) const {
  Access access;
  access.given_ = &object;
  access.whole_ = object.whole != nullptr ? object.whole : &object;
  access.seen_ = access.whole_;
  return access;
}

}  // namespace boathouse::crm
