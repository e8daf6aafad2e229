#include "crm/duplicates.h"

#include <algorithm>
#include <map>
#include <set>

#include "crm/crm_impl.h"
#include "crm/page_token.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;

// The records that rules find for one: by id, with the rules.
using Found = std::map<Id, std::vector<std::string>>;

// The records that the rule finds for this one, at most `limit`.
Status FindByRule(const DuplicateRule& rule, const Object& object, const Record& record,
                  size_t limit, store::Reader& reader, Found* found) {
  const std::vector<store::MatchTerm> terms = rule.TermsOf(object);
  std::vector<std::string> keys;
  for (const store::MatchTerm& term : terms) {
    keys.push_back(model::MatchKey(term.method, model::ToText(record.At(term.field))));
    if (keys.back().empty()) return Status::Ok();
  }
  // One more, for the record finds itself.
  ASSIGN(const std::vector<Id> ids, reader.FindByMatchKeys(object, terms, keys, limit + 1));
  for (const Id& id : ids) {
    if (id == record.id() || (found->size() >= limit && !found->contains(id))) continue;
    std::vector<std::string>& rules = (*found)[id];
    if (rules.empty() || rules.back() != rule.id) rules.push_back(rule.id);
  }
  return Status::Ok();
}

bool IsAbout(const DuplicateRule& rule, const Object& object,
             std::optional<DuplicateAction> action) {
  return rule.is_active && rule.object == object.name && (!action || rule.action == *action);
}

// What the active rules of the object find for the record; of one action only, if one is given.
Result<Found> FindMatches(const DuplicateRuleList& rules, const Object& whole, const Record& record,
                          std::optional<DuplicateAction> action, store::Reader& reader,
                          size_t limit = duplicates_told_max) {
  Found found;
  for (const DuplicateRule& rule : rules) {
    if (!IsAbout(rule, whole, action)) continue;
    TRY(FindByRule(rule, whole, record, limit, reader, &found));
  }
  return found;
}

// As the caller may be told.
Result<Duplicate> Tell(const Access& access, const Id& id, std::vector<std::string> rules,
                       store::Reader& reader) {
  Duplicate duplicate;
  duplicate.title = "a record you cannot see";
  duplicate.rules = std::move(rules);
  ASSIGN(const Record record, reader.Get(access.whole(), id));
  ASSIGN(const bool reached, access.Reaches(record, reader));
  if (!reached) return duplicate;
  duplicate.id = id;
  duplicate.title = model::TitleOf(access.whole(), record);
  const size_t title = access.whole().title_index();
  if (!access.seen().IndexOf(access.whole().fields[title].name)) duplicate.title = id.ToString();
  return duplicate;
}

Result<std::vector<Duplicate>> Tell(const Access& access, const Found& found,
                                    store::Reader& reader) {
  std::vector<Duplicate> duplicates;
  for (const auto& [id, rules] : found) {
    ASSIGN(Duplicate duplicate, Tell(access, id, rules, reader));
    duplicates.push_back(std::move(duplicate));
  }
  return duplicates;
}

Error Blocked(const Object& object, const std::vector<Duplicate>& duplicates,
              const DuplicateRuleList& rules, const std::string& pointer) {
  Error error(ErrorKind::kConflict, "");
  for (const Duplicate& duplicate : duplicates) {
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const DuplicateRule& each) {
      return each.id == duplicate.rules.front();
    });
    const std::string what =
        duplicate.id ? duplicate.title + " (" + duplicate.id->ToString() + ")" : duplicate.title;
    const std::string field = rule != rules.end() ? rule->match[0].field : std::string();
    error.fields.push_back({pointer + "/" + field, "duplicate",
                            "looks like " + what + ", says the rule " + duplicate.rules.front()});
    if (error.message.size() < 200) error.message += (error.message.empty() ? "" : "; ") + what;
  }
  error.message = "this " + object.name + " looks like one that is there: " + error.message +
                  "; send allow_duplicates=true to create it all the same";
  return error;
}

// What is joined from other fields (a person's name) is filled in only behind all rules.
void FillJoined(const Object& object, Record& record) {
  for (size_t i = 0; i < object.fields.size(); ++i) {
    std::string joined;
    for (const std::string& part : object.fields[i].derived_from) {
      const std::string text = model::ToText(record.At(object.IndexOf(part).value()));
      if (!text.empty()) joined += (joined.empty() ? "" : " ") + text;
    }
    if (!joined.empty()) record.Set(i, std::move(joined));
  }
}

class DuplicateGuard final : public Rule {
 public:
  explicit DuplicateGuard(Crm& crm) : crm_(crm) {}

  Status Prepare(RuleEdit& edit, const Object& object, const Json&, const std::string& pointer,
                 const Record& before, Record& record, std::vector<FieldError>*) override {
    if (!before.values.empty() || edit.caller().allow_duplicates) return Status::Ok();
    const std::shared_ptr<const DuplicateRuleList> rules = crm_.impl().duplicate_rules.rules();
    const bool blocks = std::any_of(rules->begin(), rules->end(), [&](const DuplicateRule& rule) {
      return IsAbout(rule, object, DuplicateAction::kBlock);
    });
    if (!blocks) return Status::Ok();
    Record joined = record;
    FillJoined(object, joined);
    ASSIGN(const Found found,
           FindMatches(*rules, object, joined, DuplicateAction::kBlock, edit.transaction()));
    if (found.empty()) return Status::Ok();
    ASSIGN(const Access access,
           crm_.impl().permissions.Enter(edit.caller(), object, Action::kRead, edit.transaction()));
    ASSIGN(const std::vector<Duplicate> duplicates, Tell(access, found, edit.transaction()));
    return Blocked(object, duplicates, *rules, pointer);
  }

 private:
  Crm& crm_;
};

// Everything that rules connect with the record, directly or not; empty when it is alone or another one
// of the group is older.
Result<Found> GroupOf(const DuplicateRuleList& rules, const Object& whole, const Record& first,
                      store::Reader& reader) {
  Found group;
  std::vector<Record> waiting = {first};
  while (!waiting.empty() && group.size() < duplicate_group_max) {
    const Record record = std::move(waiting.back());
    waiting.pop_back();
    ASSIGN(const Found found, FindMatches(rules, whole, record, std::nullopt, reader));
    for (const auto& [id, names] : found) {
      if (id < first.id()) return Found{};
      if (id == first.id() || !group.emplace(id, names).second) continue;
      ASSIGN(Record other, reader.Get(whole, id));
      waiting.push_back(std::move(other));
    }
  }
  return group;
}

std::string DescribeScan(const Object& object) { return "duplicates\x1f" + object.name; }

DuplicateRule* FindRule(DuplicateRuleList& rules, std::string_view id) {
  for (DuplicateRule& rule : rules) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

Error NoSuchRule(std::string_view id) {
  return Error(ErrorKind::kNotFound,
               "there is no rule \"" + std::string(id.substr(0, 60)) + "\" about duplicates");
}

}  // namespace

Result<CheckedCreate> CreateChecked(Crm& crm, const Caller& caller, const Object& object,
                                    const Json& fields) {
  CheckedCreate checked;
  const std::shared_ptr<const DuplicateRuleList> rules = crm.impl().duplicate_rules.rules();
  TRY(crm.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
    ASSIGN(checked.record, edit.Create(object, fields, ""));
    checked.duplicates.clear();
    const bool any = std::any_of(rules->begin(), rules->end(), [&](const DuplicateRule& rule) {
      return IsAbout(rule, object, std::nullopt);
    });
    if (!any) return Status::Ok();
    // Nearly every record is new: who may see what is asked only when it is not. A caller's part of an
    // object may lack what rules compare.
    const Object& whole = *edit.model().Find(object.name);
    Record record = checked.record;
    if (object.whole != nullptr) {
      ASSIGN(record, edit.transaction().Get(whole, record.id()));
    }
    ASSIGN(const Found found, FindMatches(*rules, whole, record, std::nullopt, edit.transaction(),
                                          created_duplicates_max));
    if (found.empty()) return Status::Ok();
    // Who may create records need not be allowed to read any.
    const Result<Access> access =
        crm.impl().permissions.Enter(caller, object, Action::kRead, edit.transaction());
    if (!access.ok()) return Status::Ok();
    for (const auto& [id, names] : found) {
      // Titles would have to be read, and every create would wait for that.
      if (!access->reach()) {
        checked.duplicates.push_back({id, "", names});
        continue;
      }
      ASSIGN(Duplicate duplicate, Tell(*access, id, names, edit.transaction()));
      checked.duplicates.push_back(std::move(duplicate));
    }
    return Status::Ok();
  }));
  return checked;
}

Result<std::vector<Duplicate>> DuplicatesOf(Crm& crm, const Caller& caller, const Object& object,
                                            const Id& id) {
  ASSIGN(Crm::Impl::Entrance entrance, crm.impl().Enter(caller, object, Action::kRead));
  const auto& [access, snapshot] = entrance;
  ASSIGN(const Record record, snapshot->Get(access.whole(), id));
  ASSIGN(const bool reached, access.Reaches(record, *snapshot));
  if (!reached) return NoSuchRecord(access.whole(), id);
  const std::shared_ptr<const DuplicateRuleList> rules = crm.impl().duplicate_rules.rules();
  ASSIGN(const Found found, FindMatches(*rules, access.whole(), record, std::nullopt, *snapshot));
  return Tell(access, found, *snapshot);
}

Result<DuplicateGroups> FindDuplicates(Crm& crm, const Caller& caller, const Object& object,
                                       std::string_view page_token) {
  const std::string scan = DescribeScan(object);
  store::Query query;
  query.limit = duplicate_scan_records;
  if (!page_token.empty()) {
    ASSIGN(const Json position, ReadPageToken(crm.impl().secret, scan, page_token));
    const auto id = Id::Parse(position["i"].AsString());
    if (id) query.after = store::Query::Position{{}, *id};
  }
  ASSIGN(Crm::Impl::Entrance entrance, crm.impl().Enter(caller, object, Action::kRead));
  const auto& [access, snapshot] = entrance;
  query.object = &access.whole();
  const std::shared_ptr<const DuplicateRuleList> rules = crm.impl().duplicate_rules.rules();
  DuplicateGroups page;
  ASSIGN(const std::vector<Record> records, snapshot->List(query));
  page.scanned = records.size();
  for (const Record& record : records) {
    ASSIGN(const Found group, GroupOf(*rules, access.whole(), record, *snapshot));
    if (group.empty()) continue;
    ASSIGN(std::vector<Duplicate> told, Tell(access, group, *snapshot));
    std::vector<std::string> of_all;
    for (const auto& [id, names] : group) {
      for (const std::string& name : names) {
        if (std::find(of_all.begin(), of_all.end(), name) == of_all.end()) of_all.push_back(name);
      }
    }
    ASSIGN(Duplicate oldest, Tell(access, record.id(), std::move(of_all), *snapshot));
    told.insert(told.begin(), std::move(oldest));
    const bool sees_any = std::any_of(told.begin(), told.end(),
                                      [](const Duplicate& each) { return each.id.has_value(); });
    if (sees_any) page.groups.push_back(std::move(told));
  }
  if (records.size() == duplicate_scan_records) {
    page.next_page_token = MakePageToken(crm.impl().secret, scan,
                                         Json::Object({{"i", records.back().id().ToString()}}));
  }
  return page;
}

Result<std::optional<Duplicate>> FindDuplicate(Crm& crm, RuleEdit& edit, const Object& object,
                                               const Json& fields) {
  const std::shared_ptr<const DuplicateRuleList> rules = crm.impl().duplicate_rules.rules();
  const Object& whole = *edit.model().Find(object.name);
  Record record;
  record.values.resize(whole.fields.size());
  for (const auto& [name, json] : fields.members()) {
    const auto index = whole.IndexOf(name);
    if (!index) continue;
    Result<model::Value> value = model::FromJson(whole.fields[*index], json, "/" + name);
    if (value.ok()) record.Set(*index, std::move(*value));
  }
  FillJoined(whole, record);
  ASSIGN(const Found found, FindMatches(*rules, whole, record, std::nullopt, edit.transaction()));
  if (found.empty()) return std::optional<Duplicate>();
  Duplicate duplicate;
  const Result<Access> access =
      crm.impl().permissions.Enter(edit.caller(), object, Action::kRead, edit.transaction());
  if (!access.ok()) return std::optional<Duplicate>(std::move(duplicate));
  for (const auto& [id, names] : found) {
    ASSIGN(duplicate, Tell(*access, id, names, edit.transaction()));
    if (duplicate.id) break;
  }
  return std::optional<Duplicate>(std::move(duplicate));
}

Result<DuplicateRuleList> ListDuplicateRules(Crm& crm, const Caller& caller) {
  const std::shared_ptr<const model::Model> model = crm.model(caller);
  DuplicateRuleList seen;
  for (const DuplicateRule& rule : *crm.impl().duplicate_rules.rules()) {
    if (model->Find(rule.object) != nullptr) seen.push_back(rule);
  }
  return seen;
}

Result<DuplicateRule> AddDuplicateRule(Crm& crm, const Caller& caller, const Json& rule) {
  TRY(crm.AllowAdministration(caller, "change the rules about duplicates"));
  if (rule.Find("id") != nullptr) {
    return Error::Field("/id", "read_only", "id is set by the server; leave it out");
  }
  ASSIGN(DuplicateRule added, DuplicateRule::Parse(rule, *crm.model()));
  added.id = crm.impl().ids.Next().ToString();
  TRY(crm.impl().duplicate_rules.Change([&](DuplicateRuleList& rules) -> Status {
    if (rules.size() >= duplicate_rules_max) {
      return Error(ErrorKind::kConflict, "a workspace may have at most " +
                                             std::to_string(duplicate_rules_max) +
                                             " rules about duplicates");
    }
    rules.push_back(added);
    return Status::Ok();
  }));
  return added;
}

Result<DuplicateRule> ChangeDuplicateRule(Crm& crm, const Caller& caller, std::string_view id,
                                          const Json& patch) {
  TRY(crm.AllowAdministration(caller, "change the rules about duplicates"));
  if (!patch.is_object()) return Error::Field("", "wrong_type", "the body must be an object");
  DuplicateRule changed;
  TRY(crm.impl().duplicate_rules.Change([&](DuplicateRuleList& rules) -> Status {
    DuplicateRule* rule = FindRule(rules, id);
    if (rule == nullptr) return NoSuchRule(id);
    Json whole = rule->ToJson();
    for (const auto& [name, value] : patch.members()) {
      if (name == "id" || name == "object") {
        return Error::Field("/" + name, "read_only", name + " cannot be changed");
      }
      whole.Set(name, value);
    }
    ASSIGN(changed, DuplicateRule::Parse(whole, *crm.model()));
    *rule = changed;
    return Status::Ok();
  }));
  return changed;
}

Status RemoveDuplicateRule(Crm& crm, const Caller& caller, std::string_view id) {
  TRY(crm.AllowAdministration(caller, "change the rules about duplicates"));
  return crm.impl().duplicate_rules.Change([&](DuplicateRuleList& rules) -> Status {
    if (std::erase_if(rules, [&](const DuplicateRule& rule) { return rule.id == id; }) == 0) {
      return NoSuchRule(id);
    }
    return Status::Ok();
  });
}

std::unique_ptr<Rule> MakeDuplicateGuard(Crm& crm) { return std::make_unique<DuplicateGuard>(crm); }

}  // namespace boathouse::crm
