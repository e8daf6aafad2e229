#include "tables/published_table.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "tables/file_reader.h"

namespace boathouse::tables {
namespace {

constexpr size_t commit_digest_bytes = 16;
// Plans kept for files that are not in the newest version.
constexpr size_t old_plans_max = 64;
// Forgetting writes the whole log anew, so it waits until a sixteenth of it can go.
constexpr size_t prune_share = 16;

// Names the commit at `sequence`: ids are unique, so another store's commit has another digest.
Result<std::string> DigestOfCommit(store::Snapshot& snapshot, store::Sequence sequence) {
  if (sequence == 0) return std::string();
  ASSIGN(const std::vector<store::Change> changes,
         snapshot.Changes(nullptr, sequence - 1, sequence, 1));
  if (changes.empty()) return std::string("?");
  const store::Change& change = changes.front();
  return Sha256(change.record.ToString() + "/" + std::to_string(change.at) + "/" +
                std::string(store::OperationName(change.operation)))
      .substr(0, commit_digest_bytes);
}

Error NoSuchVersion(const std::string& table, int64_t version) {
  return {ErrorKind::kNotFound, "version " + std::to_string(version) + " of table " + table +
                                    " does not exist or is no longer kept"};
}

}  // namespace

PublishedTable::PublishedTable(const CatalogOptions& options, store::Store& store,
                               const Clock& clock, const model::Object& object)
    : options_(options),
      store_(store),
      clock_(clock),
      name_(object.plural),
      object_(object.name),
      directory_(options.directory + "/" + object.name),
      cut_queue_(options.waiters_max, options.waiters_patience) {}

// ---- Loading ----

Status PublishedTable::EnsureLoaded() {
  const auto loaded = [this] {
    const std::lock_guard lock(state_mutex_);
    return loaded_;
  };
  if (loaded()) return Status::Ok();
  const std::lock_guard load_lock(load_mutex_);
  if (loaded()) return Status::Ok();
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store_.Read());
  return Load(*snapshot);
}

void PublishedTable::Unload() {
  const std::lock_guard lock(state_mutex_);
  loaded_ = false;
  current_.reset();
}

Status PublishedTable::Load(store::Snapshot& snapshot) {
  TRY(MakeDirectory(directory_));
  LogContents contents;
  auto log = VersionLog::Open(directory_ + "/versions.log", &contents);
  if (!log.ok() && log.error().kind == ErrorKind::kUnavailable) return log.error();
  std::string reason = log.ok() ? "" : log.error().message;
  if (log.ok() && contents.object != object_) reason = "the folder belongs to another table";
  if (reason.empty() && !contents.versions.empty()) {
    // A store that was replaced or set back has another history: then ours is of no use.
    const VersionRecord& last = contents.versions.back();
    if (last.sequence > snapshot.sequence()) {
      reason = "the store is older than the published table";
    } else {
      ASSIGN(const std::string digest, DigestOfCommit(snapshot, last.sequence));
      if (digest != last.commit) reason = "the store is not the one that was published";
    }
  }
  if (reason.empty()) {
    Result<History> history = History::Load(contents);
    Result<std::unique_ptr<Segments>> segments =
        history.ok()
            ? Segments::Open(directory_, history->SegmentEnds(), options_.segment_bytes_max)
            : Result<std::unique_ptr<Segments>>(history.error());
    if (segments.ok()) {
      log_ = std::move(*log);
      const std::lock_guard lock(state_mutex_);
      segments_ = std::move(*segments);
      history_ = std::make_unique<History>(std::move(*history));
      loaded_ = true;
      return Status::Ok();
    }
    if (segments.error().kind != ErrorKind::kCorrupt) return segments.error();
    reason = segments.error().message;
  }
  if (log.ok() || log.error().kind != ErrorKind::kNotFound) {
    Log(LogLevel::kWarning, "published_table_rebuilt", {{"table", name_}, {"reason", reason}});
  }
  return StartAnew();
}

Status PublishedTable::StartAnew() {
  LogContents contents;
  contents.table = Id::FromBytes(RandomBytes(16));
  contents.object = object_;
  // The log goes first: segments without a log are swept away, a log without segments is damage.
  ASSIGN(log_, VersionLog::Replace(directory_ + "/versions.log", contents));
  ASSIGN(std::unique_ptr<Segments> segments,
         Segments::Open(directory_, {}, options_.segment_bytes_max));
  ASSIGN(History history, History::Load(contents));
  const std::lock_guard lock(state_mutex_);
  segments_ = std::move(segments);
  history_ = std::make_unique<History>(std::move(history));
  current_.reset();
  plans_.clear();
  kept_until_.clear();
  loaded_ = true;
  return Status::Ok();
}

// ---- Cutting ----

PublishedTable::VersionPtr PublishedTable::FreshVersion(const model::Model* model,
                                                        const model::Object& object) {
  // Asked before the version is looked at: a write acknowledged before this call is in the answer.
  const store::Sequence committed = store_.committed(object);
  if (damage_->any) return nullptr;
  const std::lock_guard lock(state_mutex_);
  if (current_ == nullptr || current_->sequence < committed || current_model_.get() != model) {
    return nullptr;
  }
  ++counters_.memory_answers;
  return current_;
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::Current() {
  return Current(Cancellation());
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::Current(
    const Cancellation& cancellation) {
  const auto fresh_version = [this]() -> Result<VersionPtr> {
    const std::shared_ptr<const model::Model> model = store_.model();
    const model::Object* object = model->Find(object_);
    if (object == nullptr) {
      return Error{ErrorKind::kNotFound, "object " + object_ + " is no longer in the model"};
    }
    return FreshVersion(model.get(), *object);
  };
  ASSIGN(VersionPtr fresh, fresh_version());
  if (fresh != nullptr) return fresh;
  ASSIGN(const CutQueue::Turn turn, cut_queue_.Enter());
  // Whoever had the turn before may have cut what we need.
  ASSIGN(fresh, fresh_version());
  if (fresh != nullptr) return fresh;
  for (int attempt = 1;; ++attempt) {
    Result<VersionPtr> cut = Cut(cancellation);
    if (cut.ok()) return cut;
    Unload();
    // Damage that was found on the way is known now, and the second attempt builds the table anew.
    if (cut.error().kind != ErrorKind::kCorrupt || attempt == 2) return cut;
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

Result<CutResult> PublishedTable::MakeCut(const model::Object& object,
                                          std::shared_ptr<const Schema> schema,
                                          store::Snapshot& snapshot,
                                          const Cancellation& cancellation) {
  if (!history_->empty() && !TakeDamage()) {
    Cutter cutter(object, schema, *history_, *segments_, counters_, cancellation);
    Result<CutResult> cut = cutter.Advance(snapshot);
    if (cut.ok() || cut.error().kind != ErrorKind::kCorrupt) return cut;
    // The store has every record: a damaged group costs work, not data.
    Log(LogLevel::kError, "published_table_damaged",
        {{"table", name_}, {"reason", cut.error().message}});
    segments_->Rollback();
  }
  ++counters_.rebuilds;
  Cutter cutter(object, std::move(schema), *history_, *segments_, counters_, cancellation);
  return cutter.Rebuild(snapshot);
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::Cut(const Cancellation& cancellation) {
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
  const model::Object* found = model->Find(object_);
  if (found == nullptr) {
    return Error{ErrorKind::kNotFound, "object " + object_ + " is no longer in the model"};
  }
  const model::Object& object = *found;

  std::shared_ptr<const Schema> schema =
      history_->empty() ? nullptr : history_->FindSchema(history_->last().schema_id);
  Schema next = NextSchema(object, schema.get());
  const bool new_schema = schema == nullptr || next.columns != schema->columns;
  if (new_schema) {
    next.id = history_->next_schema_id();
    schema = std::make_shared<Schema>(std::move(next));
  }

  Result<CutResult> cut = MakeCut(object, schema, *snapshot, cancellation);
  if (!cut.ok()) {
    segments_->Rollback();
    return cut.error();
  }
  if (new_schema || !cut->record.removed.empty() || !cut->record.added.empty()) {
    TRY(Commit(*snapshot, new_schema ? schema.get() : nullptr, schema->id, std::move(*cut)));
  }
  // Otherwise nothing of this object changed, and the newest version holds at the new sequence too.
  ASSIGN(const std::vector<FileSpecPtr> files, history_->FilesOf(history_->last().version));
  VersionRecord record = history_->last();
  record.sequence = snapshot->sequence();
  ASSIGN(VersionPtr version, Render(record, schema, files));
  {
    const std::lock_guard lock(state_mutex_);
    current_ = version;
    current_model_ = model;
  }
  Prune();
  return version;
}

Status PublishedTable::Commit(store::Snapshot& snapshot, const Schema* new_schema,
                              int32_t schema_id, CutResult cut) {
  VersionRecord& record = cut.record;
  record.version = history_->empty() ? 0 : history_->last().version + 1;
  record.sequence = snapshot.sequence();
  record.time = clock_.Now();
  if (!history_->empty()) record.time = std::max(record.time, history_->last().time);
  record.schema_id = schema_id;
  ASSIGN(record.commit, DigestOfCommit(snapshot, record.sequence));
  // Groups first: a record in the log never names bytes that could be lost.
  TRY(segments_->Sync());
  TRY(log_->Append(new_schema, record));
  const std::lock_guard lock(state_mutex_);
  TRY(history_->Apply(record, new_schema, cut.groups));
  ++counters_.cuts;
  return Status::Ok();
}

void PublishedTable::Prune() {
  const Micros now = clock_.Now();
  const auto& records = history_->records();
  uint64_t dead = history_->bytes_retained() - history_->bytes_live();
  size_t count = 0;
  {
    const std::lock_guard lock(state_mutex_);
    std::erase_if(kept_until_, [now](const auto& kept) { return kept.second < now; });
    const int64_t first_kept =
        kept_until_.empty() ? history_->last().version : kept_until_.begin()->first;
    for (; count + 1 < records.size() && records[count].version < first_kept; ++count) {
      const Micros superseded = now - records[count + 1].time;
      const bool over_budget = dead > options_.history_bytes_max;
      if (superseded <= (over_budget ? options_.retain_min : options_.retain)) break;
      dead -= std::min(dead, history_->BytesOnlyIn(records[count].version));
    }
  }
  if (count == 0 || count * prune_share < records.size()) return;
  const int64_t first = records[count].version;
  {
    const std::lock_guard lock(state_mutex_);
    history_->Prune(first);
  }
  auto log = VersionLog::Replace(directory_ + "/versions.log", history_->Contents(object_));
  if (!log.ok()) {
    // The old log still names the old segments, so these must stay. Which of the logs has the name now
    // is not known: appending to the one that lost it would lose what is appended.
    Log(LogLevel::kWarning, "history_not_pruned",
        {{"table", name_}, {"reason", log.error().message}});
    Unload();
    return;
  }
  log_ = std::move(*log);
  const std::lock_guard lock(state_mutex_);
  segments_->RemoveOthers(history_->SegmentEnds());
}

// ---- Rendering and reading ----

Result<PlannedFilePtr> PublishedTable::PlanOf(const FileSpecPtr& spec) {
  std::shared_ptr<Segments> segments;
  std::vector<std::shared_ptr<const Schema>> schemas;
  {
    const std::lock_guard lock(state_mutex_);
    const auto known = plans_.find(spec->id);
    if (known != plans_.end()) return known->second;
    segments = segments_;
    for (const GroupPtr& group : spec->groups) {
      schemas.push_back(history_->FindSchema(group->info.schema_id));
    }
    schemas.push_back(history_->FindSchema(spec->schema_id));
  }
  std::vector<std::string> metadata;
  for (const GroupPtr& group : spec->groups) {
    Result<std::string> bytes = segments->ReadMetadata(group->info);
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kCorrupt) damage_->Report(group->info.id);
    if (!bytes.ok()) return bytes.error();
    metadata.push_back(std::move(*bytes));
  }
  std::vector<GroupSource> groups;
  for (size_t i = 0; i < metadata.size(); ++i) {
    groups.push_back({metadata[i], schemas[i].get(), spec->groups[i]->info.length});
  }
  ASSIGN(FilePlan plan, PlanFile(*schemas.back(), groups));
  auto planned = std::make_shared<PlannedFile>(PlannedFile{spec, std::move(plan)});
  const std::lock_guard lock(state_mutex_);
  const PlannedFilePtr kept = plans_.try_emplace(spec->id, std::move(planned)).first->second;
  // Readers of many old versions must not fill the memory: a plan that goes is made again when needed.
  if (plans_.size() > files_max + old_plans_max) {
    const auto old = std::find_if(plans_.begin(), plans_.end(), [&](const auto& entry) {
      return entry.second != kept &&
             (current_ == nullptr || current_->Find(entry.first) == nullptr);
    });
    if (old != plans_.end()) plans_.erase(old);
  }
  return kept;
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::Render(
    const VersionRecord& record, std::shared_ptr<const Schema> schema,
    const std::vector<FileSpecPtr>& files) {
  auto version = std::make_shared<TableVersion>();
  version->version = record.version;
  version->sequence = record.sequence;
  version->time = record.time;
  version->schema = std::move(schema);
  for (const FileSpecPtr& spec : files) {
    ASSIGN(const PlannedFilePtr planned, PlanOf(spec));
    const FilePlan& plan = planned->plan;
    version->files.push_back({spec->id, plan.size, plan.rows, plan.footer_size, plan.stats,
                              plan.group_offsets, spec->created_at, nullptr});
    version->rows += plan.rows;
    version->size += plan.size;
  }
  return VersionPtr(std::move(version));
}

Result<Id> PublishedTable::id() {
  TRY(EnsureLoaded());
  const std::lock_guard lock(state_mutex_);
  return history_->table();
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::At(int64_t version) {
  TRY(EnsureLoaded());
  VersionRecord record;
  std::shared_ptr<const Schema> schema;
  std::vector<FileSpecPtr> files;
  {
    const std::lock_guard lock(state_mutex_);
    if (history_ == nullptr) return NoSuchVersion(name_, version);
    if (current_ != nullptr && current_->version == version) return current_;
    const VersionRecord* found = history_->Find(version);
    if (found == nullptr) return NoSuchVersion(name_, version);
    record = *found;
    schema = history_->FindSchema(record.schema_id);
    ASSIGN(files, history_->FilesOf(version));
    Micros& until = kept_until_[version];
    until = std::max(until, clock_.Now() + options_.retain_min);
  }
  return Render(record, std::move(schema), files);
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::CurrentMarked() { return Current(); }

Result<std::shared_ptr<const TableVersion>> PublishedTable::AtMarked(int64_t version) {
  return At(version);
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::AtTime(Micros time) {
  ASSIGN(const std::vector<VersionInfo> versions, Versions());
  const VersionInfo* found = nullptr;
  for (const VersionInfo& info : versions) {
    if (info.time <= time) found = &info;
  }
  if (found == nullptr) {
    return Error{ErrorKind::kNotFound, "table " + name_ + " has no version at " +
                                           FormatDateTime(time) + "; its first is of " +
                                           FormatDateTime(versions.front().time)};
  }
  return At(found->version);
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::AtOrAfter(Micros time) {
  ASSIGN(const std::vector<VersionInfo> versions, Versions());
  for (const VersionInfo& info : versions) {
    if (info.time >= time) return At(info.version);
  }
  return Error{ErrorKind::kNotFound, "table " + name_ + " has no version at or after " +
                                         FormatDateTime(time) + "; its newest is of " +
                                         FormatDateTime(versions.back().time)};
}

Result<std::vector<VersionInfo>> PublishedTable::Versions() {
  TRY(Current());
  std::vector<VersionInfo> versions;
  const std::lock_guard lock(state_mutex_);
  for (const VersionRecord& record : history_->records()) {
    versions.push_back({record.version, record.sequence, record.time, record.schema_id});
  }
  return versions;
}

Result<std::unique_ptr<FileReader>> PublishedTable::OpenFile(std::string_view file_id) {
  TRY(EnsureLoaded());
  FileSpecPtr spec;
  std::vector<std::shared_ptr<DiskFile>> segments;
  {
    const std::lock_guard lock(state_mutex_);
    spec = history_->FindFile(file_id);
    if (spec == nullptr) {
      return Error{ErrorKind::kNotFound,
                   "this file of table " + name_ + " does not exist or is no longer kept"};
    }
    // Opened while the history holds them: from here on they stay readable whatever is removed.
    for (const GroupPtr& group : spec->groups) {
      ASSIGN(std::shared_ptr<DiskFile> file, segments_->File(group->info.segment));
      segments.push_back(std::move(file));
    }
  }
  ASSIGN(PlannedFilePtr planned, PlanOf(spec));
  return MakeFileReader(std::move(planned), std::move(segments), damage_);
}

Metrics PublishedTable::metrics() const {
  Metrics out;
  {
    const std::lock_guard lock(state_mutex_);
    out.footers_kept = static_cast<int64_t>(plans_.size());
  }
  out.cuts = counters_.cuts;
  out.memory_answers = counters_.memory_answers;
  out.rows_encoded = counters_.rows_encoded;
  out.rows_decoded = counters_.rows_decoded;
  out.groups_encoded = counters_.groups_encoded;
  out.bytes_written = counters_.bytes_written;
  out.rebuilds = counters_.rebuilds;
  out.waiting = static_cast<int64_t>(cut_queue_.waiting());
  return out;
}

}  // namespace boathouse::tables
