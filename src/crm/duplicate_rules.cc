#include "crm/duplicate_rules.h"

#include <algorithm>

#include "base/log.h"
#include "crm/filter.h"

namespace boathouse::crm {
namespace {

constexpr const char* collection = "duplicates";
constexpr const char* key = "rules";

using model::MatchMethod;

bool IsText(const model::Field& field) {
  switch (field.type) {
    case model::FieldType::kText:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
    case model::FieldType::kSelect:
      return true;
    case model::FieldType::kId:
    case model::FieldType::kLongText:
    case model::FieldType::kInteger:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
    case model::FieldType::kBoolean:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kRelation:
      return false;
  }
  return false;
}

Error Wrong(std::string pointer, std::string code, std::string detail) {
  return Error::Field(std::move(pointer), std::move(code), std::move(detail));
}

Result<DuplicateRule::Term> ReadTerm(const Json& json, const model::Object& object,
                                     const std::string& at) {
  if (!json.is_object() || !json["field"].is_string()) {
    return Wrong(at, "wrong_type", "expected {\"field\": ..., \"method\": ...}");
  }
  for (const auto& [name, value] : json.members()) {
    if (name != "field" && name != "method") {
      return Wrong(at + "/" + name, "unknown_field", "there are field and method");
    }
  }
  DuplicateRule::Term term;
  term.field = json["field"].AsString();
  const model::Field* field = object.Find(term.field);
  if (field == nullptr) {
    return Wrong(at + "/field", "unknown_field",
                 object.name + " has no field \"" + term.field.substr(0, 60) + "\"" +
                     SuggestField(object, term.field));
  }
  const auto method = model::FindMatchMethod(json["method"].AsString());
  if (!method) {
    return Wrong(at + "/method", "not_an_option",
                 "method must be one of: exact, name, domain, email, phone");
  }
  term.method = *method;
  if (!IsText(*field)) {
    return Wrong(at + "/field", "unsupported",
                 "only texts, selects, e-mail addresses, phone numbers and URLs are compared");
  }
  return term;
}

DuplicateRuleList FromStored(const Json& stored, const model::Model& model) {
  DuplicateRuleList rules;
  for (const Json& json : stored["rules"].items()) {
    Result<DuplicateRule> rule = DuplicateRule::Parse(json, model);
    if (rule.ok()) rules.push_back(std::move(*rule));
  }
  return rules;
}

Json ToStored(const DuplicateRuleList& rules) {
  Json list = Json::Array();
  for (const DuplicateRule& rule : rules) list.Append(rule.ToJson());
  return Json::Object({{"rules", std::move(list)}});
}

Status EnsureIndexes(store::Transaction& transaction, const model::Model& model,
                     const DuplicateRuleList& rules) {
  for (const DuplicateRule& rule : rules) {
    const model::Object* object = model.Find(rule.object);
    if (!rule.is_active || object == nullptr) continue;
    TRY(transaction.EnsureMatchIndex(*object, rule.TermsOf(*object)));
  }
  return Status::Ok();
}

}  // namespace

Result<DuplicateRule> DuplicateRule::Parse(const Json& json, const model::Model& model) {
  if (!json.is_object()) return Wrong("", "wrong_type", "a rule must be a JSON object");
  constexpr std::string_view known[] = {"id", "object", "match", "action", "is_active"};
  for (const auto& [name, value] : json.members()) {
    if (std::find(std::begin(known), std::end(known), name) == std::end(known)) {
      return Wrong("/" + name, "unknown_field", "a rule has object, match, action and is_active");
    }
  }
  DuplicateRule rule;
  rule.id = json["id"].AsString();
  rule.object = json["object"].AsString();
  const model::Object* object = model.Find(rule.object);
  if (object == nullptr) {
    return Wrong("/object", json["object"].is_null() ? "required" : "unknown_object",
                 "object must be the name of an object, such as contact");
  }
  const JsonArray& match = json["match"].items();
  if (match.empty() || match.size() > match_fields_max) {
    return Wrong("/match", "out_of_range",
                 "match must name between 1 and " + std::to_string(match_fields_max) + " fields");
  }
  for (size_t i = 0; i < match.size(); ++i) {
    ASSIGN(Term term, ReadTerm(match[i], *object, "/match/" + std::to_string(i)));
    rule.match.push_back(std::move(term));
  }
  const Json& action = json["action"];
  if (!action.is_null() && action.AsString() != "warn" && action.AsString() != "block") {
    return Wrong("/action", "not_an_option", "action must be warn or block");
  }
  rule.action = action.AsString() == "block" ? DuplicateAction::kBlock : DuplicateAction::kWarn;
  const Json& active = json["is_active"];
  if (!active.is_null() && !active.is_bool()) {
    return Wrong("/is_active", "wrong_type", "is_active must be true or false");
  }
  rule.is_active = active.is_null() || active.AsBool();
  return rule;
}

std::vector<store::MatchTerm> DuplicateRule::TermsOf(const model::Object& whole) const {
  std::vector<store::MatchTerm> terms;
  for (const Term& term : match) {
    terms.push_back({whole.IndexOf(term.field).value_or(model::kFieldId), term.method});
  }
  return terms;
}

Json DuplicateRule::ToJson() const {
  Json terms = Json::Array();
  for (const Term& term : match) {
    terms.Append(
        Json::Object({{"field", term.field}, {"method", model::MatchMethodName(term.method)}}));
  }
  return Json::Object({{"id", id},
                       {"object", object},
                       {"match", std::move(terms)},
                       {"action", action == DuplicateAction::kBlock ? "block" : "warn"},
                       {"is_active", is_active}});
}

DuplicateRuleList StandardDuplicateRules() {
  using enum MatchMethod;
  const auto rule = [](const char* id, const char* object, std::vector<DuplicateRule::Term> match) {
    return DuplicateRule{id, object, std::move(match), DuplicateAction::kWarn, true};
  };
  // Its index makes each new contact a good deal dearer, and switchboards share their numbers.
  DuplicateRule phone = rule("contact-phone", "contact", {{"phone", kPhone}, {"last_name", kName}});
  phone.is_active = false;
  return {rule("account-name", "account", {{"name", kName}}),
          rule("account-domain", "account", {{"website", kDomain}}),
          rule("contact-email", "contact", {{"email", kEmail}}),
          phone,
          rule("lead-email", "lead", {{"email", kEmail}}),
          rule("lead-person", "lead", {{"name", kName}, {"company", kName}})};
}

DuplicateRuleBook::DuplicateRuleBook(store::Store& store) : store_(store) {
  const std::shared_ptr<const model::Model> model = store.model();
  DuplicateRuleList rules;
  const Status loaded = store.Write([&](store::Transaction& transaction) -> Status {
    ASSIGN(const std::optional<Json> stored, transaction.GetDocument(collection, key));
    // A model of another purpose has none of the objects that the standard rules are about.
    rules = FromStored(stored ? *stored : ToStored(StandardDuplicateRules()), *model);
    return EnsureIndexes(transaction, *model, rules);
  });
  if (!loaded.ok()) {
    Log(LogLevel::kWarning, "duplicate_rules_unread", {{"reason", loaded.error().message}});
    rules.clear();
  }
  Set(std::move(rules));
}

std::shared_ptr<const DuplicateRuleList> DuplicateRuleBook::rules() const {
  const std::lock_guard lock(mutex_);
  return rules_;
}

void DuplicateRuleBook::Set(DuplicateRuleList rules) {
  auto next = std::make_shared<const DuplicateRuleList>(std::move(rules));
  const std::lock_guard lock(mutex_);
  rules_ = std::move(next);
}

Status DuplicateRuleBook::Change(const std::function<Status(DuplicateRuleList&)>& change) {
  const std::lock_guard lock(change_mutex_);
  DuplicateRuleList next = *rules();
  TRY(change(next));
  const std::shared_ptr<const model::Model> model = store_.model();
  TRY(store_.Write([&](store::Transaction& transaction) -> Status {
    TRY(EnsureIndexes(transaction, *model, next));
    return transaction.PutDocument(collection, key, ToStored(next));
  }));
  Set(std::move(next));
  return Status::Ok();
}

}  // namespace boathouse::crm
