// How a published table makes versions: who cuts when, what is recorded, in which order.

#include <algorithm>
#include <utility>

#include "base/kill_point.h"
#include "base/log.h"
#include "tables/commit_digest.h"
#include "tables/published_table.h"

namespace boathouse::tables {
namespace {

// Of ids kept in memory for finding rows: sixteen bytes each, so twelve million of a table.
constexpr size_t id_indexes_bytes_max = 192u << 20;

// The groups of a version that have dead rows in it.
std::vector<DirtyGroup> DirtyGroupsOf(const std::vector<FileSpecPtr>& files, int64_t version) {
  std::vector<DirtyGroup> dirty;
  for (const FileSpecPtr& file : files) {
    for (const GroupPtr& group : file->groups) {
      if (group->DeadAt(version) > 0) dirty.push_back({group, group->DeadRowsAt(version)});
    }
  }
  return dirty;
}

}  // namespace

Result<PublishedTable::RowSourcePtr> PublishedTable::Bind(
    const std::shared_ptr<const model::Model>& model) {
  {
    const std::lock_guard lock(state_mutex_);
    if (bound_model_ == model) return bound_;
  }
  Definition definition;
  {
    const std::lock_guard lock(state_mutex_);
    definition = definition_;
  }
  ASSIGN(RowSourcePtr bound, BindRows(definition, *model));
  const std::lock_guard lock(state_mutex_);
  if (DigestOf(definition) == DigestOf(definition_)) {
    bound_model_ = model;
    bound_ = bound;
  }
  return bound;
}

Result<PublishedTable::VersionPtr> PublishedTable::FreshVersion(Rendering rendering) {
  const std::shared_ptr<const model::Model> model = store_.model();
  ASSIGN(const RowSourcePtr source, Bind(model));
  // Asked before the version is looked at: a write acknowledged before this call is in the answer.
  const store::Sequence committed = source->Committed(store_);
  if (damage_->any) return VersionPtr();
  const std::lock_guard lock(state_mutex_);
  if (fresh_sequence_ < committed || fresh_model_ != model) return VersionPtr();
  const VersionPtr& version = rendering == Rendering::kPlain ? plain_ : marked_;
  if (version != nullptr) ++counters_.memory_answers;
  return version;
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::Current() {
  return Newest(Rendering::kPlain, Cancellation());
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::CurrentMarked() {
  return CurrentMarked(Cancellation());
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::CurrentMarked(
    const Cancellation& cancellation) {
  return Newest(Rendering::kMarked, cancellation);
}

Result<PublishedTable::VersionPtr> PublishedTable::Newest(Rendering rendering,
                                                          const Cancellation& cancellation) {
  ASSIGN(VersionPtr fresh, FreshVersion(rendering));
  if (fresh != nullptr) return fresh;
  ASSIGN(const CutQueue::Turn turn, cut_queue_.Enter());
  // Whoever had the turn before may have cut what we need.
  ASSIGN(fresh, FreshVersion(rendering));
  if (fresh != nullptr) return fresh;
  for (int attempt = 1;; ++attempt) {
    Result<VersionPtr> made = BringUpToDate(rendering, cancellation);
    if (made.ok()) return made;
    Unload();
    // Damage that was found on the way is known now, and the second attempt builds the table anew.
    if (made.error().kind != ErrorKind::kCorrupt || attempt == 2) return made;
  }
}

bool PublishedTable::TakeDamage() {
  if (!damage_->any) return false;
  const std::lock_guard lock(damage_->mutex);
  const auto& live = history_->current().groups;
  const bool hit = std::any_of(damage_->groups.begin(), damage_->groups.end(),
                               [&](uint64_t group) { return live.contains(group); });
  damage_->groups.clear();
  damage_->any = false;
  return hit;
}

Result<PublishedTable::VersionPtr> PublishedTable::BringUpToDate(Rendering rendering,
                                                                 const Cancellation& cancellation) {
  TRY(EnsureLoaded());
  // The model and the snapshot must be of one time. A snapshot that has values of a field the model
  // does not know would be published without them, and since those changes then count as published,
  // nobody would ever add them. Such values need the next model, which stands before they are written.
  std::shared_ptr<const model::Model> model;
  std::unique_ptr<store::Snapshot> snapshot;
  do {
    snapshot.reset();
    model = store_.model();
    ASSIGN(snapshot, store_.Read());
  } while (store_.model() != model);
  ASSIGN(const RowSourcePtr source, Bind(model));

  std::shared_ptr<const Schema> schema =
      history_->empty() ? nullptr : history_->FindSchema(history_->last().schema_id);
  Schema next = source->NextSchema(schema.get());
  const bool new_schema = schema == nullptr || next.columns != schema->columns;
  if (new_schema) {
    next.id = history_->next_schema_id();
    schema = std::make_shared<Schema>(std::move(next));
  }

  const bool fresh = fresh_model_ == model && fresh_sequence_ >= source->Committed(store_);
  Result<Work> work =
      MakeWork(rendering, fresh && !new_schema, *source, schema, *snapshot, cancellation);
  if (!work.ok()) {
    segments_->Rollback();
    return work.error();
  }
  work->cut.changed = work->cut.changed || new_schema;
  if (work->cut.changed || work->plain) {
    TRY(Commit(*snapshot, new_schema ? schema.get() : nullptr, schema->id, std::move(*work)));
  }
  TrimIndexes(*history_, id_indexes_bytes_max);
  // Where nothing of this object changed, the newest version holds at the new sequence too.
  VersionRecord record = history_->last();
  record.sequence = std::max(snapshot->sequence(), fresh_sequence_);
  ASSIGN(VersionPtr version, Render(record, rendering));
  {
    const std::lock_guard lock(state_mutex_);
    VersionPtr& other = rendering == Rendering::kPlain ? marked_ : plain_;
    // Without dead rows both renderings are one.
    ASSIGN(const std::vector<FileSpecPtr> files, history_->FilesOf(version->version));
    const auto is_whole = [&](const FileSpecPtr& f) { return f->DeadAt(version->version) == 0; };
    if (std::all_of(files.begin(), files.end(), is_whole)) {
      other = version;
    } else if (other != nullptr && other->version != version->version) {
      other.reset();
    }
    (rendering == Rendering::kPlain ? plain_ : marked_) = version;
    fresh_sequence_ = record.sequence;
    fresh_model_ = model;
  }
  Prune();
  return version;
}

Result<PublishedTable::Work> PublishedTable::MakeWork(Rendering rendering, bool fresh,
                                                      const RowSource& source,
                                                      std::shared_ptr<const Schema> schema,
                                                      store::Snapshot& snapshot,
                                                      const Cancellation& cancellation) {
  const bool new_schema = history_->empty() || schema->id != history_->last().schema_id;
  const auto advance = [&]() -> Result<Work> {
    Work work;
    if (!fresh) {
      Cutter cutter(source, schema, *history_, *segments_, counters_, cancellation);
      ASSIGN(work.cut, cutter.Advance(snapshot));
      // A schema alone makes a version, and that takes over what was encoded again.
      work.cut.changed = work.cut.changed || new_schema;
    }
    if (rendering == Rendering::kMarked) return work;
    const int64_t newest = history_->last().version;
    if (work.cut.changed) {
      const std::vector<DirtyGroup> dirty = std::move(work.cut.dirty);
      TRY(AddPlain(newest + 1, dirty, cancellation, &work));
    } else {
      ASSIGN(const auto plain, history_->PlainFilesOf(newest));
      if (plain) return work;
      ASSIGN(const std::vector<FileSpecPtr> files, history_->FilesOf(newest));
      TRY(AddPlain(newest, DirtyGroupsOf(files, newest), cancellation, &work));
    }
    return work;
  };
  if (!history_->empty() && !TakeDamage()) {
    Result<Work> work = advance();
    if (work.ok() || work.error().kind != ErrorKind::kCorrupt) return work;
    // The store has every record: a damaged group costs work, not data.
    Log(LogLevel::kError, "published_table_damaged",
        {{"table", name_}, {"reason", work.error().message}});
    segments_->Rollback();
  }
  ++counters_.rebuilds;
  Cutter cutter(source, std::move(schema), *history_, *segments_, counters_, cancellation);
  Work work;
  ASSIGN(work.cut, cutter.Rebuild(snapshot));
  return work;
}

Status PublishedTable::AddPlain(int64_t version, const std::vector<DirtyGroup>& dirty,
                                const Cancellation& cancellation, Work* work) {
  if (dirty.empty()) return Status::Ok();
  std::vector<RewriteJob> jobs;
  for (const DirtyGroup& group : dirty) {
    if (history_->TwinOf(*group.group, group.dead.size()) == nullptr) jobs.push_back({group});
  }
  const uint64_t next = std::max(work->cut.next_group, history_->next_group());
  ASSIGN(work->rewrite, RewriteGroups(jobs, *history_, next, *segments_, counters_, cancellation));
  work->rewrite.record.version = version;
  work->plain = true;
  counters_.rewrites += static_cast<int64_t>(jobs.size());
  return Status::Ok();
}

Status PublishedTable::MakePlain(int64_t version) {
  ASSIGN(const auto plain, history_->PlainFilesOf(version));
  if (plain) return Status::Ok();  // another caller was here first
  ASSIGN(const std::vector<FileSpecPtr> files, history_->FilesOf(version));
  Work work;
  Status made = AddPlain(version, DirtyGroupsOf(files, version), Cancellation(), &work);
  if (made.ok()) {
    made = Record(nullptr, nullptr, work);
    if (!made.ok()) Unload();
  } else {
    segments_->Rollback();
  }
  return made;
}

Status PublishedTable::Commit(store::Snapshot& snapshot, const Schema* new_schema,
                              int32_t schema_id, Work work) {
  if (!work.cut.changed) return Record(new_schema, nullptr, work);
  VersionRecord& record = work.cut.record;
  record.version = history_->empty() ? 0 : history_->last().version + 1;
  record.sequence = snapshot.sequence();
  ASSIGN(record.time, TimeOfCommit(snapshot, record.sequence, clock_.Now()));
  if (!history_->empty()) record.time = std::max(record.time, history_->last().time);
  record.schema_id = schema_id;
  ASSIGN(record.commit, DigestOfCommit(snapshot, record.sequence));
  TRY(Record(new_schema, &record, work));
  ++counters_.cuts;
  return Status::Ok();
}

Status PublishedTable::Record(const Schema* new_schema, const VersionRecord* record,
                              const Work& work) {
  std::vector<RewriteRecord> rewrites;
  if (work.plain || !work.rewrite.groups.empty()) rewrites.push_back(work.rewrite.record);
  // Groups first: a record in the log never names bytes that could be lost.
  TRY(segments_->Sync());
  TRY(log_->Append(new_schema, record, rewrites));
  KillPoint("cut.recorded");
  const std::lock_guard lock(state_mutex_);
  if (record != nullptr) TRY(history_->Apply(*record, new_schema, work.cut.groups));
  for (const RewriteRecord& rewrite : rewrites) {
    TRY(history_->Apply(rewrite, work.rewrite.groups));
  }
  return Status::Ok();
}

}  // namespace boathouse::tables
