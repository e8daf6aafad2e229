#include "crm/sales/territory_rule.h"

#include <algorithm>

#include "crm/crm_impl.h"
#include "crm/filter.h"
#include "crm/match.h"
#include "crm/sales/fields.h"
#include "crm/territories.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;

constexpr size_t rules_max = 1000;           // of one object
constexpr size_t filters_remembered = 2000;  // of all objects; at the next change all are forgotten

// Whether the object's records are assigned by rules.
bool IsAssigned(const Object& object) {
  return (object.name == "account" || object.name == "lead") &&
         object.Find("territory_id") != nullptr;
}

// The active rules of an object, in their order.
Result<std::vector<Record>> RulesOf(store::Reader& reader, const Object& rule,
                                    const Object& object) {
  return FindAll(reader, rule, {{"object", object.name}, {"is_active", true}}, "position",
                 rules_max);
}

void CollectFields(const store::Condition& condition, std::set<size_t>* fields) {
  for (const store::Condition& child : condition.children) CollectFields(child, fields);
  if (condition.kind != store::Condition::Kind::kCompare) return;
  fields->insert(condition.path.empty() ? condition.field : condition.path[0].relation);
}

bool IsLocked(const Object& object, const Record& record) {
  return IsTrue(object, record, "territory_locked");
}

// The territory of the first rule that takes the record, or its own.
struct Assigned {
  Id territory;
  store::Condition condition;
};
Result<std::vector<Assigned>> Understood(store::Reader& reader, const model::Model& model,
                                         const Object& object) {
  std::vector<Assigned> all;
  const Object* rule = model.Find("territory_rule");
  if (rule == nullptr) return all;
  ASSIGN(const std::vector<Record> rules, RulesOf(reader, *rule, object));
  for (const Record& each : rules) {
    Result<store::Condition> condition = ParseFilter(model, object, TextOf(*rule, each, "filter"));
    const auto territory = IdOf(*rule, each, "territory_id");
    if (condition.ok() && territory) all.push_back({*territory, std::move(*condition)});
  }
  return all;
}

Result<std::optional<Id>> TerritoryFor(const std::vector<Assigned>& rules, const Object& object,
                                       const Record& record, store::Reader& reader) {
  for (const Assigned& rule : rules) {
    ASSIGN(const bool matches, Matches(rule.condition, object, record, reader));
    if (matches) return std::optional<Id>(rule.territory);
  }
  return std::optional<Id>();
}

Result<int64_t> AssignAll(Crm& crm, const Caller& caller, const Object& object,
                          const std::string& work_key, const Cancellation& cancellation) {
  const std::shared_ptr<const model::Model> model = crm.model();
  std::vector<Assigned> rules;
  {
    ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm.impl().store.Read());
    ASSIGN(rules, Understood(*snapshot, *model, object));
  }
  Walk walk;
  walk.object = &object;
  walk.needs = [&](store::Reader& reader, const Record& record) -> Result<bool> {
    if (IsLocked(object, record)) return false;
    ASSIGN(const std::optional<Id> territory, TerritoryFor(rules, object, record, reader));
    return territory && territory != IdOf(object, record, "territory_id");
  };
  walk.change = [&](RuleEdit& edit, const Record& record) -> Result<bool> {
    ASSIGN(const bool needed, walk.needs(edit.transaction(), record));
    if (!needed) return false;
    ASSIGN(const std::optional<Id> territory,
           TerritoryFor(rules, object, record, edit.transaction()));
    Record assigned = record;
    Put(object, assigned, "territory_id", *territory);
    TRY(edit.Replace(object, record, std::move(assigned)));
    return true;
  };
  return WalkRecords(crm, caller, walk, work_key, cancellation);
}

}  // namespace

const TerritoryRule::Filter* TerritoryRule::Understand(const model::Model& model,
                                                       const Object& object,
                                                       const std::string& text) {
  const auto key = std::make_pair(&object, text);
  if (const auto known = filters_.find(key); known != filters_.end()) return &known->second;
  Result<store::Condition> condition = ParseFilter(model, object, text);
  if (!condition.ok()) return nullptr;
  Filter filter{std::move(*condition), {}};
  CollectFields(filter.condition, &filter.fields);
  return &filters_.emplace(key, std::move(filter)).first->second;
}

Status TerritoryRule::Assign(RuleEdit& edit, const Object& object, const Record& before,
                             Record& record) {
  const Object* rule = edit.model().Find("territory_rule");
  if (rule == nullptr) return Status::Ok();
  ASSIGN(const std::vector<Record> rules, RulesOf(edit.transaction(), *rule, object));
  if (rules.empty()) return Status::Ok();
  // Before the first is taken, as they are pointed to below.
  if (filters_.size() >= filters_remembered) filters_.clear();
  std::vector<std::pair<Id, const Filter*>> filters;
  bool concerned = before.values.empty();
  for (const Record& each : rules) {
    const Filter* filter = Understand(edit.model(), object, TextOf(*rule, each, "filter"));
    const auto territory = IdOf(*rule, each, "territory_id");
    if (filter == nullptr || !territory) continue;
    filters.emplace_back(*territory, filter);
    concerned = concerned ||
                std::any_of(filter->fields.begin(), filter->fields.end(),
                            [&](size_t field) { return before.At(field) != record.At(field); });
  }
  if (!concerned) return Status::Ok();
  for (const auto& [territory, filter] : filters) {
    ASSIGN(const bool matches, Matches(filter->condition, object, record, edit.transaction()));
    if (!matches) continue;
    Put(object, record, "territory_id", territory);
    return Status::Ok();
  }
  return Status::Ok();
}

Status TerritoryRule::CheckRule(RuleEdit& edit, const Object& object, const std::string& pointer,
                                const Record& before, Record& record,
                                std::vector<FieldError>* wrong) {
  const std::string text = TextOf(object, record, "filter");
  const Object* about = edit.model().Find(TextOf(object, record, "object"));
  if (text.empty() || about == nullptr) return Status::Ok();  // required: the check says so
  const Result<store::Condition> parsed = ParseFilter(edit.model(), *about, text);
  if (!parsed.ok()) {
    wrong->push_back({pointer + "/filter", "wrong_format", parsed.error().message});
    return Status::Ok();
  }
  std::set<size_t> fields;
  CollectFields(*parsed, &fields);
  for (const char* own : {"territory_id", "territory_locked"}) {
    const auto index = about->IndexOf(own);
    if (!index || !fields.contains(*index)) continue;
    wrong->push_back(
        {pointer + "/filter", "cycle",
         "filter: a rule that decides on the territory cannot ask for " + std::string(own)});
  }
  if (before.values.empty()) {
    ASSIGN(const int64_t count,
           CountAll(edit.transaction(), object, {{"object", about->name}, {"is_active", true}}));
    if (count >= static_cast<int64_t>(rules_max)) {
      return Error(ErrorKind::kConflict, "there may be at most " + std::to_string(rules_max) +
                                             " active territory rules for " + about->plural);
    }
  }
  if (!model::IsNull(ValueOf(object, record, "position"))) return Status::Ok();
  store::Query last;
  last.object = &object;
  last.where = AllEqual(object, {{"object", about->name}});
  last.order.push_back(OrderOf(object.IndexOf("position").value(), true));
  last.limit = 1;
  ASSIGN(const std::vector<Record> found, edit.transaction().List(last));
  const int64_t position = found.empty() ? 0 : IntegerOf(object, found[0], "position").value_or(0);
  Put(object, record, "position", PositionBehind(object, position));
  return Status::Ok();
}

Status TerritoryRule::Prepare(RuleEdit& edit, const Object& object, const Json& given,
                              const std::string& pointer, const Record& before, Record& record,
                              std::vector<FieldError>* wrong) {
  if (object.name == "territory_rule") {
    return CheckRule(edit, object, pointer, before, record, wrong);
  }
  if (!IsAssigned(object) || IsLocked(object, record)) return Status::Ok();
  // A record that is unlocked is assigned again by the next change that a rule asks about.
  const bool by_hand = given.is_null() ? Differs(object, before, record, "territory_id")
                                       : given.Find("territory_id") != nullptr;
  return by_hand ? Status::Ok() : Assign(edit, object, before, record);
}

Status TerritoryRule::Follow(RuleEdit& edit, const Object& object, store::Operation,
                             const Record& before, const Record& after) {
  if (object.name != "territory_rule") return Status::Ok();
  std::set<std::string> concerned;
  for (const Record* record : {&before, &after}) {
    const std::string name = TextOf(object, *record, "object");
    if (!name.empty()) concerned.insert(name);
  }
  for (const std::string& name : concerned) {
    TRY(LeaveWork(edit, "territories/" + name, assign_work, Json::Object({{"object", name}})));
  }
  return Status::Ok();
}

Result<int64_t> DoAssignWork(Crm& crm, const Caller& caller, const std::string& key,
                             const Json& work, const Cancellation& cancellation) {
  const Object* object = crm.model()->Find(work["object"].AsString());
  if (object == nullptr || !IsAssigned(*object)) return int64_t{0};
  return AssignAll(crm, caller, *object, key, cancellation);
}

Result<int64_t> AssignTerritories(Crm& crm, const Caller& caller, const Object& object,
                                  const Cancellation& cancellation) {
  // The whole object, whatever part of it the caller sees.
  const Object* whole = crm.model()->Find(object.name);
  if (whole == nullptr || !IsAssigned(*whole)) {
    return Error::Field("/object", "not_an_option", "object must be account or lead");
  }
  TRY(crm.Allow(caller, *crm.model()->Find("territory_rule"), Action::kUpdate));
  return AssignAll(crm, caller, *whole, "", cancellation);
}

}  // namespace boathouse::crm
