#include "crm/import_write.h"

#include "crm/duplicates.h"

#include <utility>

namespace boathouse::crm {
namespace {

constexpr size_t found_texts_max = 200'000;  // of one column; more are asked for again

std::string MissingReason(const ImportRow::Pending& lookup, const std::string& why) {
  return lookup.target->column + ": " + why;
}

std::string NoSuchRecord(const ImportRow::Pending& lookup) {
  const Lookup& wanted = *lookup.target->lookup;
  const std::string& field =
      lookup.is_id ? std::string("id") : wanted.object->fields[wanted.by].name;
  return "there is no " + wanted.object->name + " with " + field + " \"" + lookup.text + "\"";
}

}  // namespace

void ImportCounts::Add(const ImportCounts& more) {
  created += more.created;
  updated += more.updated;
  unchanged += more.unchanged;
  rejected += more.rejected;
  related_created += more.related_created;
  duplicates += more.duplicates;
}

bool IsRowError(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kNotFound:
    case ErrorKind::kConflict:
    case ErrorKind::kTooLarge:
      return true;
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kForbidden:
    case ErrorKind::kExhausted:
    case ErrorKind::kOverBudget:
    case ErrorKind::kUnavailable:
    case ErrorKind::kDeadline:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCancelled:
    case ErrorKind::kCorrupt:
    case ErrorKind::kInternal:
      return false;
  }
  return false;
}

void RowWriter::Begin() { fresh_.clear(); }

void RowWriter::Keep() {
  for (auto& [target, texts] : fresh_) {
    Cache& kept = found_[target];
    for (auto& [text, id] : texts) {
      // What is missing now may be made by somebody meanwhile.
      if (!id.is_nil() && kept.size() < found_texts_max) kept.emplace(text, id);
    }
  }
  fresh_.clear();
}

Status RowWriter::Index(store::Snapshot& snapshot) {
  const auto add = [&](const model::Object& object, size_t field) -> Status {
    const auto [index, is_new] = indexes_.try_emplace({&object, field});
    if (!is_new) return {};
    return index->second.Read(snapshot, object, field);
  };
  if (!StoreHasIndex(*mapping_.object, mapping_.key)) TRY(add(*mapping_.object, mapping_.key));
  for (const ColumnTarget& target : mapping_.targets) {
    if (!target.lookup || StoreHasIndex(*target.lookup->object, target.lookup->by)) continue;
    TRY(add(*target.lookup->object, target.lookup->by));
  }
  return {};
}

Result<std::optional<Id>> RowWriter::Find(Edit& edit, const model::Object& object, size_t field,
                                          const model::Value& value) {
  const auto index = indexes_.find({&object, field});
  if (index != indexes_.end()) {
    for (const Id& id : index->second.Find(value)) {
      const Result<model::Record> record = edit.Get(object, id);
      if (record.ok() && record->At(field) == value) return std::optional<Id>(id);
      if (!record.ok() && record.error().kind != ErrorKind::kNotFound) return record.error();
    }
    // The keys of a file are different from each other, so what it has made so far is not meant.
    if (&object == mapping_.object && field == mapping_.key) return std::optional<Id>();
  }
  return edit.Find(object, object.fields[field].name, value);
}

Result<RowWriter::Found> RowWriter::Resolve(
    Edit& edit, const ImportRow::Pending& lookup,
    const std::function<OwnRow(const ImportRow::Pending&)>& own, ImportCounts* counts, Id* id,
    std::string* refusal) {
  const Lookup& wanted = *lookup.target->lookup;
  for (const auto* cache : {&fresh_, &found_}) {
    const auto texts = cache->find(lookup.target);
    if (texts == cache->end()) continue;
    const auto known = texts->second.find(lookup.text);
    if (known == texts->second.end()) continue;
    *id = known->second;
    return id->is_nil() ? Found::kMissing : Found::kYes;
  }
  const size_t by = lookup.is_id ? size_t{model::kFieldId} : wanted.by;
  const model::Field& field = wanted.object->fields[by];
  const Result<model::Value> value = model::FromText(field, lookup.text, "");
  std::optional<Id> found;
  if (value.ok()) {
    ASSIGN(found, Find(edit, *wanted.object, by, *value));
  }
  if (!found && IsOwn(lookup)) {
    const OwnRow row = own(lookup);
    if (row == OwnRow::kCircle) return Found::kCircle;
    if (row == OwnRow::kComing) return Found::kComing;
    if (row == OwnRow::kMade) return Found::kMade;
  }
  if (!found && wanted.missing == Lookup::Missing::kCreate && value.ok() && !lookup.is_id) {
    const Result<model::Record> made =
        edit.Create(*wanted.object, Json::Object({{field.name, model::ToJson(field, *value)}}));
    if (!made.ok()) {
      if (!IsRowError(made.error().kind)) return made.error();
      *refusal = ReasonOf(made.error());
      return Found::kRefused;
    }
    found = made->id();
    ++counts->related_created;
  }
  // Rows still to come may make an own record, never one of another object.
  if (found || !IsOwn(lookup)) fresh_[lookup.target].emplace(lookup.text, found.value_or(Id()));
  *id = found.value_or(Id());
  return found ? Found::kYes : Found::kMissing;
}

Status RowWriter::CreateNew(Edit& edit, const Json& given, ImportCounts* counts) {
  const model::Object& object = *mapping_.object;
  if (mapping_.duplicates != ImportDuplicates::kIgnore) {
    // Every edit of the CRM is one that rules may use.
    ASSIGN(const std::optional<Duplicate> like,
           FindDuplicate(crm_, dynamic_cast<RuleEdit&>(edit), object, given));
    if (like) {
      ++counts->duplicates;
      if (!like->id && mapping_.duplicates != ImportDuplicates::kReport) {
        return Error(ErrorKind::kConflict,
                     "looks like a " + object.name + " that is there and that you cannot see");
      }
      if (mapping_.duplicates == ImportDuplicates::kSkip) {
        return Error(ErrorKind::kConflict, "looks like the " + object.name + " " +
                                               like->id->ToString() + " that is there");
      }
      if (mapping_.duplicates == ImportDuplicates::kMerge) {
        return MergeInto(edit, *like->id, given, counts);
      }
    }
  }
  TRY(edit.Create(object, given));
  ++counts->created;
  return {};
}

// What the record has stays; what it lacks comes from the row.
Status RowWriter::MergeInto(Edit& edit, const Id& id, const Json& given, ImportCounts* counts) {
  const model::Object& object = *mapping_.object;
  ASSIGN(const model::Record before, edit.Get(object, id));
  Json missing = Json::Object();
  for (const auto& [name, value] : given.members()) {
    const auto index = object.IndexOf(name);
    if (index && model::IsNull(before.At(*index))) missing.Set(name, value);
  }
  ASSIGN(const model::Record after, edit.Update(object, id, missing));
  ++(after.version() == before.version() ? counts->unchanged : counts->updated);
  return {};
}

Status RowWriter::Upsert(Edit& edit, const ImportRow& row, const Json& fields, const Json& given,
                         ImportCounts* counts) {
  const model::Object& object = *mapping_.object;
  ASSIGN(const std::optional<Id> id, Find(edit, object, mapping_.key, row.key));
  if (!id) return CreateNew(edit, given, counts);
  ASSIGN(const model::Record before, edit.Get(object, *id));
  ASSIGN(const model::Record after, edit.Update(object, *id, fields));
  ++(after.version() == before.version() ? counts->unchanged : counts->updated);
  return {};
}

Result<RowWriter::Outcome> RowWriter::Write(
    Edit& edit, const ImportRow& row, const std::function<OwnRow(const ImportRow::Pending&)>& own,
    ImportCounts* counts, std::string* reason) {
  const auto reject = [&](std::string why) {
    *reason = std::move(why);
    ++counts->rejected;
    return Outcome::kRejected;
  };
  Json fields;
  Json given;
  if (!row.lookups.empty()) {
    fields = row.fields;
    given = row.Given();
  }
  for (const ImportRow::Pending& lookup : row.lookups) {
    const std::string& name = mapping_.object->fields[lookup.target->field].name;
    Id id;
    std::string refusal;
    ASSIGN(const Found found, Resolve(edit, lookup, own, counts, &id, &refusal));
    if (found == Found::kComing) return Outcome::kWaits;
    if (found == Found::kMade) continue;
    if (found == Found::kYes) {
      fields.Set(name, id.ToString());
      given.Set(name, id.ToString());
    } else if (lookup.target->lookup->missing == Lookup::Missing::kEmpty) {
      fields.Set(name, Json());
      if (mapping_.empty_is_null) given.Set(name, Json());
    } else if (found == Found::kRefused) {
      return reject(MissingReason(lookup, "the " + lookup.target->lookup->object->name + " \"" +
                                              lookup.text + "\" cannot be made: " + refusal));
    } else if (found == Found::kCircle) {
      return reject(
          MissingReason(lookup, "\"" + lookup.text + "\" points back to this row, in a circle"));
    } else {
      return reject(MissingReason(lookup, NoSuchRecord(lookup)));
    }
  }
  const bool is_plain = row.lookups.empty();
  if (is_plain && !row.left_to_default.empty()) given = row.Given();
  const Status written =
      Upsert(edit, row, is_plain ? row.fields : fields,
             is_plain && row.left_to_default.empty() ? row.fields : given, counts);
  if (written.ok()) return Outcome::kWritten;
  if (!IsRowError(written.error().kind)) return written.error();
  return reject(ReasonOf(written.error()));
}

}  // namespace boathouse::crm
