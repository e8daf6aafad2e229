#include "crm/value_index.h"

#include <algorithm>
#include <functional>

namespace boathouse::crm {
namespace {

constexpr size_t read_page = 1000;

uint64_t DigestOf(const model::Value& value) {
  return std::hash<std::string>()(model::ToText(value));
}

}  // namespace

bool StoreHasIndex(const model::Object& object, size_t field) {
  const model::Field& definition = object.fields[field];
  return field == model::kFieldId || definition.unique || definition.indexed ||
         definition.type == model::FieldType::kRelation;
}

Result<std::optional<Id>> ValueIndex::Find(const model::Object& object, size_t field,
                                           const model::Value& value) {
  if (StoreHasIndex(object, field) || model::IsNull(value)) {
    return transaction_.FindId(object, field, value);
  }
  Column& column = columns_[{object.name, field}];
  if (!column.is_read) {
    if (column.store_questions < store_questions_max) {
      ++column.store_questions;
      return transaction_.FindId(object, field, value);
    }
    TRY(Read(object, field, &column));
  }
  const auto found = column.records.find(model::ToText(value));
  if (found == column.records.end()) return std::optional<Id>();
  return std::optional<Id>(found->second.front());
}

Status ValueIndex::Read(const model::Object& object, size_t field, Column* column) {
  store::Query query;
  query.object = &object;
  query.limit = read_page;
  for (;;) {
    ASSIGN(const std::vector<model::Record> records, transaction_.List(query));
    for (const model::Record& record : records) {
      const model::Value& value = record.At(field);
      if (!model::IsNull(value)) column->records[model::ToText(value)].push_back(record.id());
    }
    if (records.size() < read_page) break;
    query.after = store::Query::Position{{}, records.back().id()};
  }
  column->is_read = true;
  return {};
}

void ValueIndex::Note(const model::Object& object, const model::Record& before,
                      const model::Record& after) {
  const Id id = after.id();
  auto at = columns_.lower_bound({object.name, 0});
  for (; at != columns_.end() && at->first.first == object.name; ++at) {
    Column& column = at->second;
    const model::Value& from = before.At(at->first.second);
    const model::Value& to = after.At(at->first.second);
    if (!column.is_read || from == to) continue;
    if (const auto held = column.records.find(model::ToText(from));
        !model::IsNull(from) && held != column.records.end()) {
      std::erase(held->second, id);
      if (held->second.empty()) column.records.erase(held);
    }
    if (model::IsNull(to)) continue;
    Ids& ids = column.records[model::ToText(to)];
    ids.insert(std::upper_bound(ids.begin(), ids.end(), id), id);
  }
}

Status KeyIndex::Read(store::Snapshot& snapshot, const model::Object& object, size_t field) {
  TRY(snapshot.Scan(object, [&](const model::Record& record) {
    const model::Value& value = record.At(field);
    if (!model::IsNull(value)) records_.emplace_back(DigestOf(value), record.id());
    return true;
  }));
  std::sort(records_.begin(), records_.end());
  return {};
}

std::vector<Id> KeyIndex::Find(const model::Value& value) const {
  std::vector<Id> ids;
  if (records_.empty() || model::IsNull(value)) return ids;
  const uint64_t digest = DigestOf(value);
  auto at = std::lower_bound(records_.begin(), records_.end(), std::make_pair(digest, Id()));
  for (; at != records_.end() && at->first == digest; ++at) ids.push_back(at->second);
  return ids;
}

}  // namespace boathouse::crm
