#include "tables/history.h"

#include <algorithm>
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

size_t Group::DeadAt(int64_t version) const {
  if (deaths.empty() || deaths.back().version <= version) return deaths.size();
  const auto after = [](int64_t v, const Death& death) { return v < death.version; };
  return static_cast<size_t>(std::upper_bound(deaths.begin(), deaths.end(), version, after) -
                             deaths.begin());
}

std::vector<uint32_t> Group::DeadRowsAt(int64_t version) const {
  std::vector<uint32_t> rows(DeadAt(version));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = deaths[i].position;
  std::sort(rows.begin(), rows.end());
  return rows;
}

size_t FileSpec::DeadAt(int64_t version) const {
  size_t dead = 0;
  for (const GroupPtr& group : groups) dead += group->DeadAt(version);
  return dead;
}

Result<History> History::Load(const LogContents& contents) {
  History history(contents.table, contents.salt);
  for (const Schema& schema : contents.schemas) {
    if (schema.id != history.next_schema_id()) return Contradiction(0, "schema ids");
    history.schemas_.push_back(std::make_shared<Schema>(schema));
  }
  auto rewrite = contents.rewrites.begin();
  for (const VersionRecord& record : contents.versions) {
    TRY(history.Apply(record, nullptr));
    for (; rewrite != contents.rewrites.end() && rewrite->after <= record.version; ++rewrite) {
      TRY(history.Apply(*rewrite));
    }
  }
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
  std::vector<GroupPtr> groups;
  for (const auto& [id, placed] : state.groups) {
    if (placed.slot == slot) groups.push_back(placed.group);
  }
  return groups.empty() ? nullptr : FileOf(std::move(groups), record);
}

FileSpecPtr History::FileOf(std::vector<GroupPtr> groups, const VersionRecord& record) {
  std::sort(groups.begin(), groups.end(), [](const GroupPtr& a, const GroupPtr& b) {
    return std::pair(a->info.min_id, a->info.id) < std::pair(b->info.min_id, b->info.id);
  });
  std::string content(table_.AsBytes());
  content += "/" + std::to_string(record.schema_id);
  for (const GroupPtr& group : groups) content += "/" + std::to_string(group->info.id);
  std::string id = HexEncode(HmacSha256(salt_, content).substr(0, file_id_bytes));
  FileSpecPtr& spec = files_[id];
  if (spec == nullptr) {
    spec = std::make_shared<FileSpec>();
    spec->id = std::move(id);
    spec->schema_id = record.schema_id;
    spec->created_at = record.time;
    spec->groups = std::move(groups);
  }
  spec->last_version = std::max(spec->last_version, record.version);
  return spec;
}

Status History::Kill(const VersionRecord& record) {
  for (const Marks& marks : record.marked) {
    const auto at = groups_.find(marks.group);
    if (at == groups_.end()) return Contradiction(record.version, "marks an unknown group");
    Group& group = *at->second;
    for (const uint32_t position : marks.positions) {
      if (position >= group.dead.size() || group.dead[position]) {
        return Contradiction(record.version, "marks a row twice");
      }
      group.dead[position] = true;
      group.deaths.push_back({record.version, position});
    }
  }
  return Status::Ok();
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

  TRY(Kill(record));
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
  std::vector<FileSpecPtr>& files = record_files_.emplace_back().marked;
  for (const auto& [slot, spec] : current_.files) {
    spec->last_version = record.version;
    files.push_back(spec);
  }
  if (records_.empty()) base_ = current_;
  records_.push_back(record);
  DropStalePending();
  return Status::Ok();
}

Status History::Apply(const RewriteRecord& record, const std::vector<GroupPtr>& fresh) {
  if (records_.empty()) return Contradiction(0, "groups are replaced before there are any");
  for (const GroupPtr& group : fresh) groups_[group->info.id] = group;
  for (const Replacement& replacement : record.replacements) {
    Rewrite rewrite;
    int64_t live = 0;
    for (const Replacement::Source& source : replacement.sources) {
      const auto at = groups_.find(source.group);
      if (at == groups_.end()) return Contradiction(last().version, "replaces an unknown group");
      rewrite.sources.push_back(at->second);
      rewrite.dead.push_back(source.dead);
      live += at->second->info.rows - static_cast<int64_t>(source.dead);
    }
    for (const GroupInfo& info : replacement.results) {
      if (FindSchema(info.schema_id) == nullptr) return Contradiction(last().version, "its schema");
      GroupPtr& group = groups_[info.id];
      if (group == nullptr) group = std::make_shared<Group>(info);
      rewrite.results.push_back(group);
      next_group_ = std::max(next_group_, info.id + 1);
      bytes_retained_ += info.length;
      live -= info.rows;
    }
    if (live != 0) return Contradiction(last().version, "rows are lost where groups are replaced");
    if (rewrite.sources.size() == 1 && rewrite.results.size() == 1) {
      twins_[rewrite.sources[0]->info.id].push_back(rewrite);
    }
    pending_.push_back(std::move(rewrite));
  }
  rewrites_.push_back(record);
  rewrites_.back().after = last().version;
  DropStalePending();
  return record.version < 0 ? Status::Ok() : MakePlain(record.version);
}

// Files of `version` with the twins of the groups that have dead rows in it.
Status History::MakePlain(int64_t version) {
  const VersionRecord* record = Find(version);
  if (record == nullptr) return Contradiction(version, "completes a version that is not there");
  Files& files = record_files_[static_cast<size_t>(version - records_.front().version)];
  std::vector<FileSpecPtr> plain;
  for (const FileSpecPtr& file : files.marked) {
    std::vector<GroupPtr> groups;
    for (const GroupPtr& group : file->groups) {
      const size_t dead = group->DeadAt(version);
      groups.push_back(dead == 0 ? group : TwinOf(*group, dead));
      if (groups.back() == nullptr) return Contradiction(version, "completes it by halves");
    }
    plain.push_back(FileOf(std::move(groups), *record));
  }
  files.plain = std::move(plain);
  return Status::Ok();
}

// A row that dies makes what was encoded before useless, for good.
void History::DropStalePending() {
  std::erase_if(pending_, [&](const Rewrite& rewrite) {
    for (size_t i = 0; i < rewrite.sources.size(); ++i) {
      const Group& source = *rewrite.sources[i];
      if (!current_.groups.contains(source.info.id) || source.deaths.size() != rewrite.dead[i]) {
        return true;
      }
    }
    return false;
  });
}

GroupPtr History::TwinOf(const Group& group, size_t dead) const {
  const auto twins = twins_.find(group.info.id);
  if (twins == twins_.end()) return nullptr;
  for (const Rewrite& twin : twins->second) {
    if (twin.dead[0] == dead) return twin.results[0];
  }
  return nullptr;
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
  return record_files_[static_cast<size_t>(version - records_.front().version)].marked;
}

Result<std::optional<std::vector<FileSpecPtr>>> History::PlainFilesOf(int64_t version) const {
  ASSIGN(std::vector<FileSpecPtr> marked, FilesOf(version));
  const auto has_dead = [&](const FileSpecPtr& file) { return file->DeadAt(version) > 0; };
  if (std::none_of(marked.begin(), marked.end(), has_dead)) return std::optional(std::move(marked));
  return record_files_[static_cast<size_t>(version - records_.front().version)].plain;
}

std::shared_ptr<const DeadRows> History::MarksOf(FileSpec& file, int64_t version) {
  const size_t dead = file.DeadAt(version);
  if (dead == 0) return nullptr;
  // Rows only die, so their number tells which they are.
  if (file.marks != nullptr && file.marks->positions().size() == dead) return file.marks;
  std::vector<uint32_t> positions;
  positions.reserve(dead);
  uint32_t begin = 0;
  for (const GroupPtr& group : file.groups) {
    for (const uint32_t row : group->DeadRowsAt(version)) positions.push_back(begin + row);
    begin += static_cast<uint32_t>(group->info.rows);
  }
  file.marks = std::make_shared<DeadRows>(std::move(positions));
  return file.marks;
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
  first.marked.clear();
  for (const auto& [id, placed] : base_.groups) {
    first.added.push_back(placed.group->info);
    first.placed.push_back({id, placed.slot});
    std::vector<uint32_t> dead = placed.group->DeadRowsAt(version);
    if (!dead.empty()) first.marked.push_back({id, std::move(dead)});
  }
  std::erase_if(files_, [&](const auto& entry) { return entry.second->last_version < version; });
  ForgetGroups();
}

// Keeps the groups that retained versions consist of, and those that take the place of these.
void History::ForgetGroups() {
  std::set<uint64_t> needed;
  for (const VersionRecord& record : records_) {
    for (const GroupInfo& group : record.added) needed.insert(group.id);
    for (const Placement& placement : record.placed) needed.insert(placement.group);
  }
  const auto all_needed = [&](const auto& sources) {
    return std::all_of(sources.begin(), sources.end(),
                       [&](const Replacement::Source& s) { return needed.contains(s.group); });
  };
  const int64_t first = records_.front().version;
  std::deque<RewriteRecord> kept;
  for (RewriteRecord& rewrite : rewrites_) {
    std::erase_if(rewrite.replacements,
                  [&](const Replacement& r) { return !all_needed(r.sources); });
    if (rewrite.version < first) rewrite.version = -1;
    if (rewrite.version < 0 && rewrite.replacements.empty()) continue;
    rewrite.after = std::max(rewrite.after, first);
    for (const Replacement& replacement : rewrite.replacements) {
      for (const GroupInfo& group : replacement.results) needed.insert(group.id);
    }
    kept.push_back(std::move(rewrite));
  }
  rewrites_ = std::move(kept);
  std::erase_if(groups_, [&](const auto& entry) { return !needed.contains(entry.first); });
  std::erase_if(twins_, [&](const auto& entry) { return !groups_.contains(entry.first); });
  bytes_retained_ = 0;
  for (const auto& [id, group] : groups_) bytes_retained_ += group->info.length;
}

LogContents History::Contents(std::string_view object, std::string_view definition) const {
  LogContents contents;
  contents.table = table_;
  contents.salt = salt_;
  contents.object = std::string(object);
  contents.definition = std::string(definition);
  contents.next_group = next_group_;
  for (const auto& schema : schemas_) contents.schemas.push_back(*schema);
  contents.versions.assign(records_.begin(), records_.end());
  contents.rewrites.assign(rewrites_.begin(), rewrites_.end());
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

std::map<uint64_t, uint64_t> History::SegmentBytes() const {
  std::map<uint64_t, uint64_t> bytes;
  for (const auto& [id, group] : groups_) {
    bytes[group->info.segment] += group->info.end() - group->info.offset;
  }
  return bytes;
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
