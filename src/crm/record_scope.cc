#include "crm/record_scope.h"

#include <algorithm>
#include <set>

namespace boathouse::crm {
namespace {

using store::Condition;
using Compare = store::Condition::Compare;

constexpr int depth_max = 4;  // parts of parts, what is about what
constexpr size_t page = reach_listed_max + 1;

Condition Nothing() { return Condition::Any({}); }
Condition NotNull(size_t field) {
  return Condition::Where(field, Compare::kNotEqual, model::Value{});
}

// Finds records whose `relation` is among the last found, and theirs, and so on. False: too many.
class Descent {
 public:
  Descent(const model::Object& object, size_t relation, store::Reader& reader)
      : object_(object), relation_(relation), reader_(reader) {}

  Result<bool> Follow(std::vector<model::Value>* found) {
    std::vector<model::Value> level = *found;
    while (!level.empty()) {
      ASSIGN(const bool whole, Add(Condition::In(relation_, std::move(level)), found, &level));
      if (!whole) return false;
    }
    return true;
  }

  // Adds the ids of the records that meet the condition and were not found before.
  Result<bool> Add(Condition condition, std::vector<model::Value>* found,
                   std::vector<model::Value>* added) {
    store::Query query;
    query.object = &object_;
    query.where = std::move(condition);
    query.limit = page;
    ASSIGN(const std::vector<model::Record> records, reader_.List(query));
    added->clear();
    for (const model::Record& record : records) {
      const model::Value id = record.id();
      if (std::find(found->begin(), found->end(), id) != found->end()) continue;
      found->push_back(id);
      added->push_back(id);
    }
    return records.size() < page && found->size() <= reach_listed_max;
  }

 private:
  const model::Object& object_;
  const size_t relation_;
  store::Reader& reader_;
};

std::optional<Id> IdAt(const model::Object& object, const model::Record& record,
                       std::string_view field) {
  const auto index = object.IndexOf(field);
  const Id* id = index ? std::get_if<Id>(&record.At(*index)) : nullptr;
  return id != nullptr ? std::optional<Id>(*id) : std::nullopt;
}

// Everybody of the caller's team, of teams that the caller manages, and below all of the caller's
// reports.
Result<bool> ListPeople(const model::Model& model, const model::Object& user, store::Reader& reader,
                        Reach* reach) {
  reach->people = {model::Value(reach->user)};
  if (const auto manager = user.IndexOf("manager_id")) {
    ASSIGN(const bool whole, Descent(user, *manager, reader).Follow(&reach->people));
    if (!whole) return false;
  }
  const auto team_field = user.IndexOf("team_id");
  if (!team_field) return true;
  std::vector<model::Value> teams;
  const model::Object* team = model.Find("team");
  if (const auto manager = team != nullptr ? team->IndexOf("manager_id") : std::nullopt) {
    std::vector<model::Value> added;
    ASSIGN(const bool whole,
           Descent(*team, *manager, reader)
               .Add(Condition::Where(*manager, Compare::kEqual, reach->user), &teams, &added));
    if (!whole) return false;
  }
  if (reach->team) teams.emplace_back(*reach->team);
  if (teams.empty()) return true;
  std::vector<model::Value> added;
  return Descent(user, *team_field, reader)
      .Add(Condition::In(*team_field, std::move(teams)), &reach->people, &added);
}

}  // namespace

Result<Reach> ReachOf(const Id& user_id, const model::Model& model, store::Reader& reader) {
  Reach reach;
  reach.user = user_id;
  reach.people = {model::Value(user_id)};
  const model::Object* user = model.Find("user");
  if (user == nullptr || user_id.is_nil()) return reach;
  const Result<model::Record> record = reader.Get(*user, user_id);
  if (!record.ok()) {
    if (record.error().kind == ErrorKind::kNotFound) return reach;
    return record.error();
  }
  reach.team = IdAt(*user, *record, "team_id");
  reach.territory = IdAt(*user, *record, "territory_id");
  ASSIGN(reach.lists_people, ListPeople(model, *user, reader, &reach));
  const model::Object* territory = model.Find("territory");
  const auto parent = territory != nullptr ? territory->IndexOf("parent_id") : std::nullopt;
  if (!reach.territory) return reach;
  reach.territories = {model::Value(*reach.territory)};
  if (parent) {
    ASSIGN(reach.lists_territories,
           Descent(*territory, *parent, reader).Follow(&reach.territories));
  }
  return reach;
}

store::Condition Behind(size_t relation, const model::Object& target, Condition condition) {
  for (Condition& child : condition.children) {
    child = Behind(relation, target, std::move(child));
  }
  if (condition.kind == Condition::Kind::kCompare) {
    condition.path.insert(condition.path.begin(), {relation, &target, nullptr});
  }
  return condition;
}

bool IsReference(const model::Object& object) {
  if (object.name == "user" || !object.belongs_to.empty()) return false;
  for (const char* field : {"owner_id", "territory_id", "account_id", "related_id"}) {
    if (object.IndexOf(field)) return false;
  }
  return true;
}

std::optional<Condition> RecordScope::Of(const model::Object& object, Action action,
                                         int depth) const {
  const Scope scope = role_.ScopeOf(object.name, action);
  if (scope == Scope::kNone || depth > depth_max) return Nothing();
  if (const auto relation = object.IndexOf(object.belongs_to); relation && !role_.is_admin()) {
    return OfPart(object, *relation, action, depth);
  }
  if (scope == Scope::kAll) return std::nullopt;
  const bool reads =
      action == Action::kRead || action == Action::kExport || action == Action::kShare;
  std::vector<Condition> any;
  if (object.name == "user") {
    any.push_back(scope == Scope::kOwn
                      ? Condition::Where(model::kFieldId, Compare::kEqual, reach_.user)
                      : Condition::In(model::kFieldId, reach_.people));
  } else if (IsReference(object)) {
    if (reads) return std::nullopt;
    any.push_back(OfPeople(object, model::kFieldCreatedBy, scope));
  } else {
    AddOwn(object, scope, &any);
  }
  if (scope >= Scope::kTerritory) AddTerritory(object, &any);
  if (reads) AddAbout(object, depth, &any);
  return any.size() == 1 ? std::move(any[0]) : Condition::Any(std::move(any));
}

std::optional<Condition> RecordScope::OfPart(const model::Object& object, size_t relation,
                                             Action action, int depth) const {
  const model::Object* parent = model_.Find(object.fields[relation].relation_object);
  if (parent == nullptr) return Nothing();
  const bool reads =
      action == Action::kRead || action == Action::kExport || action == Action::kShare;
  std::optional<Condition> of_parent =
      Of(*parent, reads ? Action::kRead : Action::kUpdate, depth + 1);
  if (!of_parent) return std::nullopt;
  // A part that has lost its whole is its author's.
  return Condition::Any(
      {Behind(relation, *parent, std::move(*of_parent)),
       Condition::All({Condition::Where(relation, Compare::kEqual, model::Value{}),
                       Condition::Where(model::kFieldCreatedBy, Compare::kEqual, reach_.user)})});
}

Condition RecordScope::OfPeople(const model::Object& object, size_t relation, Scope scope) const {
  Condition mine = Condition::Where(relation, Compare::kEqual, reach_.user);
  if (scope == Scope::kOwn) return mine;
  if (reach_.lists_people) return Condition::In(relation, reach_.people);
  const model::Object& user = *model_.Find(object.fields[relation].relation_object);
  std::vector<Condition> any = {std::move(mine)};
  if (const auto team = user.IndexOf("team_id"); team && reach_.team) {
    any.push_back(Behind(relation, user, Condition::Where(*team, Compare::kEqual, *reach_.team)));
  }
  if (const auto manager = user.IndexOf("manager_id")) {
    Condition above = Condition::Where(*manager, Compare::kEqual, reach_.user);
    for (int level = 0; level < reach_levels_max; ++level) {
      any.push_back(Behind(relation, user, above));
      above = Behind(*manager, user, std::move(above));
    }
  }
  return Condition::Any(std::move(any));
}

Condition RecordScope::OfTerritories(const model::Object& object, size_t relation) const {
  if (!reach_.territory) return Nothing();
  if (reach_.lists_territories) return Condition::In(relation, reach_.territories);
  const model::Object& territory = *model_.Find(object.fields[relation].relation_object);
  const auto parent = territory.IndexOf("parent_id");
  std::vector<Condition> any = {Condition::Where(relation, Compare::kEqual, *reach_.territory)};
  if (parent) {
    Condition above = Condition::Where(*parent, Compare::kEqual, *reach_.territory);
    for (int level = 0; level < reach_levels_max; ++level) {
      any.push_back(Behind(relation, territory, above));
      above = Behind(*parent, territory, std::move(above));
    }
  }
  return Condition::Any(std::move(any));
}

void RecordScope::AddOwn(const model::Object& object, Scope scope,
                         std::vector<Condition>* any) const {
  const auto owner = object.IndexOf("owner_id");
  any->push_back(OfPeople(object, owner.value_or(model::kFieldCreatedBy), scope));
  const auto queue_field = object.IndexOf("queue_id");
  const model::Object* queue = model_.Find("queue");
  if (scope == Scope::kOwn || !reach_.team || !queue_field || queue == nullptr) return;
  if (const auto team = queue->IndexOf("team_id")) {
    any->push_back(
        Behind(*queue_field, *queue, Condition::Where(*team, Compare::kEqual, *reach_.team)));
  }
}

void RecordScope::AddTerritory(const model::Object& object, std::vector<Condition>* any) const {
  if (!reach_.territory) return;
  if (const auto own = object.IndexOf("territory_id")) {
    any->push_back(OfTerritories(object, *own));
  }
  const auto account_field = object.IndexOf("account_id");
  const model::Object* account = model_.Find("account");
  if (!account_field || account == nullptr) return;
  if (const auto territory = account->IndexOf("territory_id")) {
    any->push_back(Behind(*account_field, *account, OfTerritories(*account, *territory)));
  }
}

void RecordScope::AddAbout(const model::Object& object, int depth,
                           std::vector<Condition>* any) const {
  const auto related = object.IndexOf("related_id");
  if (!related || object.fields[*related].type != model::FieldType::kId) return;
  const auto add = [&](size_t field, const model::Object& target) {
    if (IsReference(target) || target.name == "user" || target.IndexOf("related_id")) return;
    std::optional<Condition> readable = Of(target, Action::kRead, depth + 1);
    if (!readable) {
      any->push_back(field == *related ? Behind(field, target, NotNull(model::kFieldId))
                                       : NotNull(field));
    } else if (!readable->children.empty() || readable->kind == Condition::Kind::kCompare) {
      any->push_back(Behind(field, target, std::move(*readable)));
    }
  };
  for (size_t i = model::kSystemFieldCount; i < object.fields.size(); ++i) {
    const model::Object* target = model_.Find(object.fields[i].relation_object);
    if (target != nullptr) add(i, *target);
  }
  for (const model::Object& target : model_.objects()) {
    add(*related, target);
  }
}

}  // namespace boathouse::crm
