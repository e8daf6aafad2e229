#include "tables/group_cache.h"

#include <algorithm>
#include <utility>

#include "tables/file_reader.h"

namespace boathouse::tables {

Result<PlannedFilePtr> GroupCache::PlanOf(const HeldGroup& held, const Schema& schema) {
  const PlanKey key{held.group->info.id, schema.id};
  {
    const std::lock_guard lock(mutex_);
    const auto known = plans_.find(key);
    // Of a table that began anew there may be another group of that number.
    if (known != plans_.end() && known->second->spec->groups[0] == held.group) return known->second;
  }
  Result<std::string> metadata = Segments::ReadMetadata(held.group->info, *held.segment);
  if (!metadata.ok()) {
    if (metadata.error().kind == ErrorKind::kCorrupt) damage_->Report(held.group->info.id);
    return metadata.error();
  }
  auto planned = std::make_shared<PlannedFile>();
  planned->spec = std::make_shared<FileSpec>();
  planned->spec->groups.push_back(held.group);
  ASSIGN(planned->plan,
         PlanFile(schema, {{*metadata, held.schema.get(), held.group->info.length}}));
  const std::lock_guard lock(mutex_);
  if (plans_.size() >= group_plans_max) plans_.erase(plans_.begin());  // the oldest group's
  plans_[key] = planned;
  return PlannedFilePtr(std::move(planned));
}

Result<std::unique_ptr<FileReader>> GroupCache::Open(const HeldGroup& held, const Schema& schema) {
  ASSIGN(PlannedFilePtr plan, PlanOf(held, schema));
  return MakeFileReader(std::move(plan), {held.segment}, damage_);
}

Result<Rows> GroupCache::ReadRows(const HeldGroup& held, const Schema& schema) {
  ASSIGN(const std::unique_ptr<FileReader> file, Open(held, schema));
  ASSIGN(Rows rows, DecodeRows(*file, schema));
  if (rows.size() == held.group->info.rows) return rows;
  return Error{ErrorKind::kCorrupt, "a row group has another number of rows than it was given"};
}

Result<EncodedGroup> GroupCache::ReadEncoded(const HeldGroup& held) {
  EncodedGroup encoded;
  ASSIGN(const PlannedFilePtr plan, PlanOf(held, *held.schema));
  const std::unique_ptr<FileReader> file = MakeFileReader(plan, {held.segment}, damage_);
  TRY(file->ReadAt(plan->plan.group_offsets[0], held.group->info.length, &encoded.bytes));
  ASSIGN(encoded.metadata, Segments::ReadMetadata(held.group->info, *held.segment));
  encoded.rows = held.group->info.rows;
  return encoded;
}

Result<std::vector<ColumnValuesPtr>> GroupCache::Columns(const HeldGroup& held,
                                                         const Schema& schema,
                                                         const std::vector<size_t>& columns) {
  const auto key_of = [&](size_t column) {
    return ValuesKey{held.group->info.id, schema.id, schema.columns[column].column_id};
  };
  std::vector<ColumnValuesPtr> out(columns.size());
  std::vector<size_t> missing;
  for (size_t i = 0; i < columns.size(); ++i) {
    out[i] =
        std::static_pointer_cast<const ColumnValues>(FindValues(key_of(columns[i]), held.group));
    if (out[i] == nullptr) missing.push_back(columns[i]);
  }
  if (missing.empty()) return out;
  ASSIGN(const std::unique_ptr<FileReader> file, Open(held, schema));
  ASSIGN(const std::vector<ColumnValuesPtr> decoded, DecodeColumns(*file, schema, missing));
  auto next = decoded.begin();
  for (size_t i = 0; i < columns.size(); ++i) {
    if (out[i] != nullptr) continue;
    out[i] = *next++;
    if (static_cast<int64_t>(out[i]->is_null.size()) != held.group->info.rows) {
      return Error{ErrorKind::kCorrupt, "a row group has another number of rows than it was given"};
    }
    KeepValues(key_of(columns[i]), held.group, out[i], out[i]->bytes());
  }
  return out;
}

Result<std::shared_ptr<const std::vector<Id>>> GroupCache::Ids(const HeldGroup& held,
                                                               Segments& segments) {
  using IdsPtr = std::shared_ptr<const std::vector<Id>>;
  IdsPtr ids =
      std::static_pointer_cast<const std::vector<Id>>(FindValues(IdsKey(held), held.group));
  if (ids != nullptr) return ids;
  ASSIGN(const IdIndex index, segments.ReadIds(held.group->info));
  ids = std::make_shared<std::vector<Id>>(index.InRowOrder());
  KeepValues(IdsKey(held), held.group, ids, ids->size() * sizeof(Id));
  return ids;
}

std::shared_ptr<const void> GroupCache::FindValues(const ValuesKey& key, const GroupPtr& group) {
  const std::lock_guard lock(mutex_);
  const auto at = values_.find(key);
  if (at == values_.end() || at->second.group != group) return nullptr;
  used_.splice(used_.begin(), used_, at->second.used);
  return at->second.values;
}

void GroupCache::KeepValues(const ValuesKey& key, const GroupPtr& group,
                            std::shared_ptr<const void> values, size_t bytes) {
  const std::lock_guard lock(mutex_);
  const auto drop = [this](std::map<ValuesKey, Values>::iterator at) {
    values_bytes_ -= at->second.bytes;
    used_.erase(at->second.used);
    values_.erase(at);
  };
  if (const auto known = values_.find(key); known != values_.end()) drop(known);
  while (!used_.empty() && values_bytes_ + bytes > group_values_bytes_max) {
    drop(values_.find(used_.back()));
  }
  used_.push_front(key);
  values_[key] = {group, std::move(values), bytes, used_.begin()};
  values_bytes_ += bytes;
}

void GroupCache::Clear() {
  const std::lock_guard lock(mutex_);
  plans_.clear();
  values_.clear();
  used_.clear();
  values_bytes_ = 0;
}

}  // namespace boathouse::tables
