#include "crm/sales/tags.h"

#include <algorithm>

#include "base/bytes.h"
#include "crm/crm_impl.h"
#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using model::Value;

constexpr size_t similar_max = 200;  // tags that begin alike, looked through for one name

bool IsTagged(const model::Field& field) {
  return field.name == "tags" && field.type == model::FieldType::kMultiSelect &&
         field.options.empty();
}

std::string WorkKey(const std::string& name) { return "tags/" + AsciiLower(name); }

// The tag of that name, however it is spelled.
Result<std::optional<Record>> FindTag(store::Reader& reader, const Object& tag,
                                      const std::string& name) {
  ASSIGN(const std::optional<Id> exact, reader.FindId(tag, *tag.IndexOf("name"), name));
  if (exact) return GetIfThere(reader, tag, *exact);
  store::Query query;
  query.object = &tag;
  query.where =
      store::Condition::Where(*tag.IndexOf("name"), store::Condition::Compare::kStartsWith, name);
  query.order.push_back(OrderOf(*tag.IndexOf("name")));  // the shortest is among the first
  query.limit = similar_max;
  ASSIGN(std::vector<Record> similar, reader.List(query));
  for (Record& each : similar) {
    if (AsciiLower(TextOf(tag, each, "name")) == AsciiLower(name)) {
      return std::optional<Record>(std::move(each));
    }
  }
  return std::optional<Record>();
}

// The tag's own spelling of a name; makes the tag when it is new. Nullopt when it may not.
Result<std::optional<std::string>> Spelling(RuleEdit& edit, const Object& tag,
                                            const std::string& name) {
  ASSIGN(const std::optional<Record> found, FindTag(edit.transaction(), tag, name));
  if (found) return std::optional<std::string>(TextOf(tag, *found, "name"));
  // Renamed a moment ago: who read the record before means the tag of the new name.
  ASSIGN(const Json renamed, FindWork(edit, WorkKey(name)));
  if (renamed["to"].is_string()) return std::optional<std::string>(renamed["to"].AsString());
  if (!edit.permissions().Allow(edit.caller(), tag, Action::kCreate).ok())
    return std::optional<std::string>();
  Record made;
  Put(tag, made, "name", name);
  TRY(edit.Insert(tag, std::move(made)));
  return std::optional<std::string>(name);
}

Status CheckTag(RuleEdit& edit, const Object& tag, const std::string& pointer, const Record& before,
                const Record& record, std::vector<FieldError>* wrong) {
  const std::string name = TextOf(tag, record, "name");
  if (name.empty() || !Differs(tag, before, record, "name")) return Status::Ok();
  if (name.find(model::multi_select_separator) != std::string::npos) {
    wrong->push_back(
        {pointer + "/name", "wrong_format", "name: a tag's name may not hold a semicolon"});
  }
  if (name.size() > model::multi_select_value_chars_max) {
    wrong->push_back({pointer + "/name", "too_long",
                      "name: a tag's name may have at most " +
                          std::to_string(model::multi_select_value_chars_max) + " characters"});
  }
  ASSIGN(const std::optional<Record> other, FindTag(edit.transaction(), tag, name));
  if (!other || other->id() == record.id()) return Status::Ok();
  const std::string detail = "name: there is a tag \"" + TextOf(tag, *other, "name") +
                             "\" already (" + other->id().ToString() + ")";
  return Error(ErrorKind::kConflict, detail, {{pointer + "/name", "duplicate", detail}});
}

// The values with `from` replaced, in the order of a multi-select. Nullopt when it is not among them.
std::optional<Value> Retagged(const model::Field& field, const Value& tags, const std::string& from,
                              const Json& to) {
  std::vector<std::string> values = model::MultiSelectValues(model::ToText(tags));
  const auto at = std::find(values.begin(), values.end(), from);
  if (at == values.end()) return std::nullopt;
  values.erase(at);
  if (to.is_string()) values.emplace_back(to.AsString());
  Json json = Json::Array();
  for (std::string& value : values) json.Append(std::move(value));
  Result<Value> joined = model::FromJson(field, json, "");
  return joined.ok() ? std::optional<Value>(std::move(*joined)) : std::nullopt;
}

}  // namespace

Status TagRule::Prepare(RuleEdit& edit, const Object& object, const Json&,
                        const std::string& pointer, const Record& before, Record& record,
                        std::vector<FieldError>* wrong) {
  const Object* tag = edit.model().Find("tag");
  if (tag == nullptr) return Status::Ok();
  if (&object == tag) return CheckTag(edit, object, pointer, before, record, wrong);
  const auto index = object.IndexOf("tags");
  if (!index || model::IsNull(record.At(*index)) || record.At(*index) == before.At(*index)) {
    return Status::Ok();
  }
  if (!IsTagged(object.fields[*index])) return Status::Ok();
  Json spelled = Json::Array();
  for (const std::string& name : model::MultiSelectValues(model::ToText(record.At(*index)))) {
    ASSIGN(std::optional<std::string> spelling, Spelling(edit, *tag, name));
    if (!spelling) {
      wrong->push_back({pointer + "/tags", "not_found",
                        "tags: there is no tag \"" + name + "\", and your role may not make one"});
      return Status::Ok();
    }
    spelled.Append(std::move(*spelling));
  }
  ASSIGN(Value value, model::FromJson(object.fields[*index], spelled, pointer + "/tags"));
  record.Set(*index, std::move(value));
  return Status::Ok();
}

Status TagRule::Follow(RuleEdit& edit, const Object& object, store::Operation operation,
                       const Record& before, const Record& after) {
  if (object.name != "tag") return Status::Ok();
  // A tag of this name is there again: what waited for its end is not to touch it.
  if (operation == store::Operation::kCreate) {
    return DropWork(edit, WorkKey(TextOf(object, after, "name")));
  }
  if (!Differs(object, before, after, "name")) return Status::Ok();
  const std::string from = TextOf(object, before, "name");
  return LeaveWork(
      edit, WorkKey(from), retag_work,
      Json::Object({{"from", from}, {"to", model::ToJson(ValueOf(object, after, "name"))}}));
}

Result<int64_t> DoRetagWork(Crm& crm, const Caller& caller, const std::string& key,
                            const Json& work, const Cancellation& cancellation) {
  const std::shared_ptr<const model::Model> model = crm.model();
  const std::string from(work["from"].AsString());
  const Json to = work["to"];
  int64_t changed = 0;
  for (const Object& object : model->objects()) {
    const auto index = object.IndexOf("tags");
    if (!index || !IsTagged(object.fields[*index])) continue;
    Walk walk;
    walk.object = &object;
    walk.where = store::Condition::Where(*index, store::Condition::Compare::kHas, from);
    walk.change = [&](RuleEdit& edit, const Record& record) -> Result<bool> {
      std::optional<Value> value = Retagged(object.fields[*index], record.At(*index), from, to);
      if (!value) return false;
      // Whether the work still stands: the tag may be there again.
      ASSIGN(const Json still, FindWork(edit, key));
      if (still != work) return false;
      Record retagged = record;
      retagged.Set(*index, std::move(*value));
      TRY(edit.Replace(object, record, std::move(retagged)));
      return true;
    };
    ASSIGN(const int64_t here, WalkRecords(crm, caller, walk, "", cancellation));
    changed += here;
    if (cancellation.cancelled()) return changed;
  }
  TRY(crm.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
    ASSIGN(const Json still, FindWork(edit, key));
    return still == work ? DropWork(edit, key) : Status::Ok();
  }));
  return changed;
}

}  // namespace boathouse::crm
