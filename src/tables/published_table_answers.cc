// What a published table answers beside whole versions: changes, differences, selections.

#include <algorithm>
#include <map>
#include <utility>

#include "base/bytes.h"
#include "tables/change_files.h"
#include "tables/changes.h"
#include "tables/published_table.h"
#include "tables/row_selection.h"
#include "tables/selection.h"

namespace boathouse::tables {
namespace {

using Groups = std::map<uint64_t, GroupPtr>;

Groups GroupsOf(const std::vector<FileSpecPtr>& files) {
  Groups groups;
  for (const FileSpecPtr& file : files) {
    for (const GroupPtr& group : file->groups) groups[group->info.id] = group;
  }
  return groups;
}

std::vector<uint32_t> FirstRows(int64_t count) {
  std::vector<uint32_t> rows(static_cast<size_t>(count));
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<uint32_t>(i);
  return rows;
}

std::vector<uint32_t> LiveRowsAt(const Group& group, int64_t version) {
  const std::vector<uint32_t> dead = group.DeadRowsAt(version);
  std::vector<uint32_t> rows = FirstRows(group.info.rows);
  std::erase_if(rows,
                [&](uint32_t row) { return std::binary_search(dead.begin(), dead.end(), row); });
  return rows;
}

struct DeltaGroups {
  std::vector<std::pair<GroupPtr, std::vector<uint32_t>>> gone, came;
};

// What the record says came and went; false when it names a group that neither version has any more.
bool FromRecord(const VersionRecord& record, const Groups& before, const Groups& now,
                DeltaGroups* out) {
  if (record.rebuilt) return false;
  for (const Marks& marks : record.marked) {
    auto at = before.find(marks.group);
    // What was encoded again between the versions is marked in its new place.
    if (at == before.end()) {
      at = now.find(marks.group);
      if (at == now.end()) return false;
    }
    out->gone.emplace_back(at->second, marks.positions);
  }
  for (const GroupInfo& added : record.added) {
    if (added.fresh == 0) continue;
    const auto at = now.find(added.id);
    if (at == now.end()) return false;
    out->came.emplace_back(at->second, FirstRows(added.fresh));
  }
  return true;
}

// The same by comparing what the two versions consist of.
void FromVersions(int64_t version, const Groups& before, const Groups& now, DeltaGroups* out) {
  for (const auto& [id, group] : before) {
    std::vector<uint32_t> gone = LiveRowsAt(*group, version - 1);
    if (now.contains(id)) {
      const std::vector<uint32_t> left = LiveRowsAt(*group, version);
      std::erase_if(
          gone, [&](uint32_t row) { return std::binary_search(left.begin(), left.end(), row); });
    }
    if (!gone.empty()) out->gone.emplace_back(group, std::move(gone));
  }
  for (const auto& [id, group] : now) {
    if (before.contains(id)) continue;
    std::vector<uint32_t> came = LiveRowsAt(*group, version);
    if (!came.empty()) out->came.emplace_back(group, std::move(came));
  }
}

Status CheckRange(int64_t from, int64_t to) {
  if (from > to) {
    return Error{ErrorKind::kInvalid, "the first version asked for, " + std::to_string(from) +
                                          ", is behind the last, " + std::to_string(to)};
  }
  if (static_cast<uint64_t>(to) - static_cast<uint64_t>(from) >= changes_versions_max) {
    return Error{ErrorKind::kInvalid, "changes of at most " + std::to_string(changes_versions_max) +
                                          " versions can be asked for at once"};
  }
  return Status::Ok();
}

}  // namespace

Result<HeldGroup> PublishedTable::HoldGroup(const GroupPtr& group, std::vector<uint32_t> dead) {
  HeldGroup held;
  held.group = group;
  held.schema = history_->FindSchema(group->info.schema_id);
  held.dead = std::move(dead);
  ASSIGN(held.segment, segments_->File(group->info.segment));
  return held;
}

// ---- Changes ----

Status PublishedTable::KeepForChanges(int64_t from, int64_t to) {
  TRY(CheckRange(from, to));
  TRY(EnsureLoaded());
  const std::lock_guard lock(state_mutex_);
  if (history_ == nullptr || history_->empty()) {
    return Error{ErrorKind::kNotFound, "table " + name_ + " has no version yet"};
  }
  const int64_t oldest = history_->records().front().version;
  const int64_t first = oldest == 0 ? 0 : oldest + 1;
  const int64_t last = history_->last().version;
  if (from < first || to > last) {
    return Error{ErrorKind::kNotFound,
                 first > last ? "no changes of table " + name_ + " are kept yet"
                              : "changes of table " + name_ + " are kept from version " +
                                    std::to_string(first) + " to version " + std::to_string(last)};
  }
  Micros& until = kept_until_[std::max<int64_t>(from - 1, 0)];
  until = std::max(until, clock_.Now() + options_.retain_min);
  return Status::Ok();
}

Result<VersionDelta> PublishedTable::DeltaOf(int64_t version) {
  VersionDelta delta;
  const std::lock_guard lock(state_mutex_);
  const VersionRecord* record = history_ == nullptr ? nullptr : history_->Find(version);
  const VersionRecord* previous = history_ == nullptr ? nullptr : history_->Find(version - 1);
  if (record == nullptr || (previous == nullptr && version > 0)) {
    return Error{ErrorKind::kNotFound, "the changes of version " + std::to_string(version) +
                                           " of table " + name_ + " are no longer kept"};
  }
  delta.version = version;
  delta.time = record->time;
  delta.schema = history_->FindSchema(record->schema_id);
  delta.new_schema = previous == nullptr || previous->schema_id != record->schema_id;
  delta.table = history_->table();
  delta.segments = segments_;
  if (previous == nullptr) return delta;  // the first version's own files say it
  ASSIGN(const std::vector<FileSpecPtr> files_before, history_->FilesOf(version - 1));
  ASSIGN(const std::vector<FileSpecPtr> files_now, history_->FilesOf(version));
  const Groups before = GroupsOf(files_before), now = GroupsOf(files_now);
  DeltaGroups groups;
  if (!FromRecord(*record, before, now, &groups)) {
    groups = {};
    FromVersions(version, before, now, &groups);
  }
  for (auto& [group, rows] : groups.gone) {
    ASSIGN(HeldGroup held, HoldGroup(group, {}));
    delta.gone.push_back({std::move(held), std::move(rows)});
  }
  for (auto& [group, rows] : groups.came) {
    ASSIGN(HeldGroup held, HoldGroup(group, {}));
    delta.came.push_back({std::move(held), std::move(rows)});
  }
  return delta;
}

Result<ChangeSet> PublishedTable::Changes(int64_t from, int64_t to) {
  TRY(KeepForChanges(from, to));
  ChangeSet set;
  for (int64_t version = from; version <= to; ++version) {
    ASSIGN(const VersionDelta delta, DeltaOf(version));
    VersionChanges& changes = set.versions.emplace_back();
    changes.version = version;
    changes.time = delta.time;
    changes.schema = delta.schema;
    changes.new_schema = delta.new_schema;
    if (version == 0) {
      ASSIGN(const auto first, At(0));
      changes.inserts = first->files;
    } else {
      TRY(MakeChangeFiles(delta, group_cache_, derived_, &changes));
    }
  }
  return set;
}

Result<FileDiff> PublishedTable::Diff(int64_t from, int64_t to) {
  TRY(KeepForChanges(from, to));
  FileDiff diff;
  std::shared_ptr<const TableVersion> before;
  if (from > 0) {
    ASSIGN(before, At(from - 1));
  }
  for (int64_t number = from; number <= to; ++number) {
    ASSIGN(std::shared_ptr<const TableVersion> now, At(number));
    VersionFiles& files = diff.versions.emplace_back();
    files.version = number;
    files.time = now->time;
    files.schema = now->schema;
    files.new_schema = before == nullptr || before->schema->id != now->schema->id;
    for (const File& file : now->files) {
      if (before == nullptr || before->Find(file.id) == nullptr) files.added.push_back(file);
    }
    if (before != nullptr) {
      for (const File& file : before->files) {
        if (now->Find(file.id) == nullptr) files.removed.push_back(file);
      }
    }
    before = std::move(now);
  }
  return diff;
}

// ---- Selections ----

Result<std::optional<Rows>> PublishedTable::FetchRows(const TableVersion& version,
                                                      const std::vector<Id>& ids) {
  // As in a cut: a model and a snapshot of one time.
  std::shared_ptr<const model::Model> model;
  std::unique_ptr<store::Snapshot> snapshot;
  do {
    snapshot.reset();
    model = store_.model();
    ASSIGN(snapshot, store_.Read());
  } while (store_.model() != model);
  ASSIGN(const RowSourcePtr source, Bind(model));
  if (source->NextSchema(version.schema.get()).columns != version.schema->columns) {
    return std::optional<Rows>();
  }
  ASSIGN(const std::vector<Id> changed, source->ChangedIds(*snapshot, version.sequence));
  const bool changed_since = std::any_of(ids.begin(), ids.end(), [&](const Id& id) {
    return std::binary_search(changed.begin(), changed.end(), id);
  });
  if (changed_since) return std::optional<Rows>();
  ASSIGN(const std::vector<model::Record> records, source->GetMany(*snapshot, ids));
  if (records.size() != ids.size()) return std::optional<Rows>();
  RowBuilder builder(source->object(), *version.schema);
  for (const model::Record& record : records) TRY(builder.Add(record));
  ASSIGN(Rows rows, builder.Finish());
  return std::optional<Rows>(std::move(rows));
}

Result<std::vector<File>> PublishedTable::Select(const TableVersion& version,
                                                 const Selection& selection) {
  TRY(EnsureLoaded());
  std::vector<HeldFileGroups> files;
  std::shared_ptr<Segments> segments;
  bool newest = false;
  std::string key;
  {
    const std::lock_guard lock(state_mutex_);
    if (history_ == nullptr) return Error{ErrorKind::kNotFound, "table " + name_ + " is gone"};
    segments = segments_;
    newest = !history_->empty() && history_->last().version == version.version;
    key = history_->table().ToString() + "/" + std::to_string(version.version) + "/";
    for (const File& file : version.files) {
      const FileSpecPtr spec = history_->FindFile(file.id);
      if (spec == nullptr) {
        return Error{ErrorKind::kNotFound, "version " + std::to_string(version.version) +
                                               " of table " + name_ + " is no longer kept"};
      }
      HeldFileGroups& held = files.emplace_back();
      held.file = file;
      for (const GroupPtr& group : spec->groups) {
        ASSIGN(HeldGroup of_file, HoldGroup(group, group->DeadRowsAt(version.version)));
        held.groups.push_back(std::move(of_file));
      }
    }
  }
  RowAccess access;
  access.ids = [&](const HeldGroup& held) { return group_cache_.Ids(held, *segments); };
  access.fetch = [&](const std::vector<Id>& ids) -> Result<std::optional<Rows>> {
    if (!newest) return std::optional<Rows>();
    return FetchRows(version, ids);
  };
  RowSelection rows(files, *version.schema, version.time, selection, group_cache_, derived_,
                    std::move(access));
  // Which of the two renderings it is makes no difference to rows that are chosen, but to own files.
  for (const File& file : version.files) key += file.id;
  key = "rows/" + HexEncode(Sha256(key + rows.Key()));
  if (std::optional<std::vector<File>> known = derived_.Find(key)) return *std::move(known);
  ASSIGN(std::vector<File> made, rows.Run());
  const bool own = std::any_of(made.begin(), made.end(),
                               [&](const File& file) { return version.Find(file.id) != nullptr; });
  if (!own) derived_.Remember(key, made);
  return made;
}

}  // namespace boathouse::tables
