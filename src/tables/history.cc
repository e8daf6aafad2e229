#include "tables/history.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "base/bytes.h"

namespace boathouse::tables {
namespace {

constexpr size_t base_file_groups_min = 16;
constexpr size_t base_files_wanted = 8;
constexpr size_t file_id_bytes = 16;

Error Contradiction(int64_t version, const char* what) {
  return {ErrorKind::kCorrupt, "the log of a published table contradicts itself at version " +
                                   std::to_string(version) + ": " + what};
}

}  // namespace

IdIndex::IdIndex(const std::vector<Id>& in_row_order) : rows(in_row_order.size()) {
  std::iota(rows.begin(), rows.end(), 0u);
  if (!std::is_sorted(in_row_order.begin(), in_row_order.end())) {
    std::sort(rows.begin(), rows.end(),
              [&](uint32_t a, uint32_t b) { return in_row_order[a] < in_row_order[b]; });
  }
  ids.reserve(in_row_order.size());
  for (const uint32_t row : rows) ids.push_back(in_row_order[row]);
}

Result<History> History::Load(const LogContents& contents) {
  History history(contents.table);
  for (const Schema& schema : contents.schemas) {
    if (schema.id != history.next_schema_id()) return Contradiction(0, "schema ids");
    history.schemas_.push_back(std::make_shared<Schema>(schema));
  }
  for (const VersionRecord& record : contents.versions) TRY(history.Apply(record, nullptr));
  history.next_group_ = std::max(history.next_group_, contents.next_group);
  return history;
}

std::shared_ptr<const Schema> History::FindSchema(int32_t id) const {
  if (id < 0 || id >= next_schema_id()) return nullptr;
  return schemas_[static_cast<size_t>(id)];
}

Status History::Follow(const VersionRecord& record,
                       const std::unordered_map<uint64_t, GroupPtr>& groups, State* state,
                       std::vector<uint32_t>* touched_slots) {
  std::set<uint32_t> touched;
  for (const uint64_t id : record.removed) {
    const auto at = state->groups.find(id);
    if (at == state->groups.end()) return Contradiction(record.version, "removes a group twice");
    touched.insert(at->second.slot);
    state->groups.erase(at);
  }
  for (const Placement& placement : record.placed) {
    const auto group = groups.find(placement.group);
    if (group == groups.end()) return Contradiction(record.version, "places an unknown group");
    const auto at = state->groups.find(placement.group);
    if (at != state->groups.end()) touched.insert(at->second.slot);
    touched.insert(placement.slot);
    state->groups[placement.group] = {group->second, placement.slot};
  }
  touched_slots->assign(touched.begin(), touched.end());
  return Status::Ok();
}

FileSpecPtr History::MakeFile(const State& state, uint32_t slot, const VersionRecord& record) {
  auto spec = std::make_shared<FileSpec>();
  spec->schema_id = record.schema_id;
  spec->created_at = record.time;
  spec->last_version = record.version;
  for (const auto& [id, placed] : state.groups) {
    if (placed.slot == slot) spec->groups.push_back(placed.group);
  }
  if (spec->groups.empty()) return nullptr;
  std::sort(spec->groups.begin(), spec->groups.end(), [](const GroupPtr& a, const GroupPtr& b) {
    return std::pair(a->info.min_id, a->info.id) < std::pair(b->info.min_id, b->info.id);
  });
  std::string content(table_.AsBytes());
  content += "/" + std::to_string(record.schema_id);
  for (const GroupPtr& group : spec->groups) content += "/" + std::to_string(group->info.id);
  spec->id = HexEncode(Sha256(content).substr(0, file_id_bytes));
  const auto known = files_.find(spec->id);
  if (known != files_.end()) {
    known->second->last_version = record.version;
    return known->second;
  }
  files_[spec->id] = spec;
  return spec;
}

Status History::Apply(const VersionRecord& record, const Schema* schema,
                      const std::vector<GroupPtr>& fresh) {
  if (!records_.empty() && record.version != last().version + 1) {
    return Contradiction(record.version, "versions are not dense");
  }
  if (schema != nullptr) schemas_.push_back(std::make_shared<Schema>(*schema));
  if (FindSchema(record.schema_id) == nullptr) return Contradiction(record.version, "its schema");
  for (const GroupPtr& group : fresh) groups_[group->info.id] = group;
  for (const GroupInfo& info : record.added) {
    if (FindSchema(info.schema_id) == nullptr) return Contradiction(record.version, "its schema");
    if (!groups_.contains(info.id)) groups_[info.id] = std::make_shared<Group>(info);
    next_group_ = std::max(next_group_, info.id + 1);
    bytes_retained_ += info.length;
  }

  std::vector<uint32_t> touched;
  TRY(Follow(record, groups_, &current_, &touched));
  if (!records_.empty() && record.schema_id != last().schema_id) {
    // Files carry the schema, so a new one makes new files of all.
    for (const auto& [slot, spec] : current_.files) touched.push_back(slot);
  }
  for (const uint32_t slot : touched) {
    FileSpecPtr spec = MakeFile(current_, slot, record);
    if (spec == nullptr) {
      current_.files.erase(slot);
    } else {
      current_.files[slot] = std::move(spec);
    }
  }
  std::vector<FileSpecPtr>& files = record_files_.emplace_back();
  for (const auto& [slot, spec] : current_.files) {
    spec->last_version = record.version;
    files.push_back(spec);
  }
  if (records_.empty()) base_ = current_;
  records_.push_back(record);
  return Status::Ok();
}

const VersionRecord* History::Find(int64_t version) const {
  if (records_.empty() || version < records_.front().version || version > last().version) {
    return nullptr;
  }
  return &records_[static_cast<size_t>(version - records_.front().version)];
}

Result<std::vector<FileSpecPtr>> History::FilesOf(int64_t version) const {
  const VersionRecord* wanted = Find(version);
  if (wanted == nullptr) {
    return Error{ErrorKind::kNotFound, "version " + std::to_string(version) + " is not kept"};
  }
  return record_files_[static_cast<size_t>(version - records_.front().version)];
}

FileSpecPtr History::FindFile(std::string_view file_id) const {
  const auto at = files_.find(std::string(file_id));
  return at == files_.end() ? nullptr : at->second;
}

void History::Prune(int64_t version) {
  while (!records_.empty() && records_.front().version < version) {
    records_.pop_front();
    record_files_.pop_front();
    if (records_.empty()) return;
    std::vector<uint32_t> touched;
    // These records were followed once already, so they cannot contradict each other.
    INVARIANT(Follow(records_.front(), groups_, &base_, &touched).ok());
  }
  // The oldest version now stands for itself.
  VersionRecord& first = records_.front();
  first.removed.clear();
  first.added.clear();
  first.placed.clear();
  for (const auto& [id, placed] : base_.groups) {
    first.added.push_back(placed.group->info);
    first.placed.push_back({id, placed.slot});
  }
  std::erase_if(files_, [&](const auto& entry) { return entry.second->last_version < version; });
  std::set<uint64_t> needed;
  for (const VersionRecord& record : records_) {
    for (const GroupInfo& group : record.added) needed.insert(group.id);
  }
  std::erase_if(groups_, [&](const auto& entry) { return !needed.contains(entry.first); });
  bytes_retained_ = 0;
  for (const auto& [id, group] : groups_) bytes_retained_ += group->info.length;
}

LogContents History::Contents(std::string_view object) const {
  LogContents contents;
  contents.table = table_;
  contents.object = std::string(object);
  contents.next_group = next_group_;
  for (const auto& schema : schemas_) contents.schemas.push_back(*schema);
  contents.versions.assign(records_.begin(), records_.end());
  return contents;
}

std::map<uint64_t, uint64_t> History::SegmentEnds() const {
  std::map<uint64_t, uint64_t> ends;
  for (const auto& [id, group] : groups_) {
    uint64_t& end = ends[group->info.segment];
    end = std::max(end, group->info.end());
  }
  return ends;
}

uint64_t History::BytesOnlyIn(int64_t version) const {
  const VersionRecord* next = Find(version + 1);
  uint64_t bytes = 0;
  if (next == nullptr) return bytes;
  for (const uint64_t id : next->removed) {
    const auto group = groups_.find(id);
    if (group != groups_.end()) bytes += group->second->info.length;
  }
  return bytes;
}

uint64_t History::bytes_live() const {
  uint64_t bytes = 0;
  for (const auto& [id, placed] : current_.groups) bytes += placed.group->info.length;
  return bytes;
}

void PlaceGroups(std::vector<SlotGroup>* groups) {
  std::map<uint32_t, size_t> counts;  // groups of each base slot
  for (const SlotGroup& group : *groups) {
    if (group.slot != 0) ++counts[group.slot];
  }
  const size_t capacity =
      std::max(base_file_groups_min, (groups->size() + base_files_wanted - 1) / base_files_wanted);
  for (SlotGroup& group : *groups) {
    if (group.slot != 0 || group.rows < group_rows_max / 2) continue;
    uint32_t slot = counts.empty() ? 1 : counts.rbegin()->first;
    if (counts[slot] >= capacity) ++slot;
    group.slot = slot;
    ++counts[slot];
  }
  while (counts.size() > files_max - 1) {
    // The two smallest become one; which costs nothing but new ids.
    const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto from = std::min_element(counts.begin(), counts.end(), fewer);
    const auto [from_slot, from_count] = *from;
    counts.erase(from);
    const auto into = std::min_element(counts.begin(), counts.end(), fewer);
    for (SlotGroup& group : *groups) {
      if (group.slot == from_slot) group.slot = into->first;
    }
    into->second += from_count;
  }
}

}  // namespace boathouse::tables
