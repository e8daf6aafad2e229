#include "tables/published_table.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "tables/commit_digest.h"
#include "tables/file_reader.h"

namespace boathouse::tables {
namespace {

// Plans kept for files that are not in the newest version.
constexpr size_t old_plans_max = 64;

Error NoSuchVersion(const std::string& table, int64_t version) {
  return {ErrorKind::kNotFound, "version " + std::to_string(version) + " of table " + table +
                                    " does not exist or is no longer kept"};
}

Error Gone(const std::string& table) {
  return {ErrorKind::kNotFound, "table " + table + " is no longer published"};
}

}  // namespace

PublishedTable::PublishedTable(const CatalogOptions& options, store::Store& store,
                               const Clock& clock, const std::string& name,
                               const std::string& folder, const Definition& definition)
    : options_(options),
      store_(store),
      clock_(clock),
      name_(name),
      object_(definition.object),
      directory_(options.directory + "/" + folder),
      derived_(directory_ + "/derived", clock, options.retain_min),
      group_cache_(damage_),
      cut_queue_(options.waiters_max, options.waiters_patience),
      definition_(definition) {}

Status PublishedTable::Redefine(const Definition& definition) {
  const CutQueue::Turn turn = cut_queue_.EnterAnyway();
  {
    // A load under way compares the log with the definition: it must be over, and then be forgotten.
    const std::lock_guard load_lock(load_mutex_);
    bool same = false;
    {
      const std::lock_guard lock(state_mutex_);
      same = !forgotten_ && DigestOf(definition) == DigestOf(definition_);
      definition_ = definition;
      forgotten_ = false;
      bound_model_.reset();
      bound_.reset();
    }
    if (same) return Status::Ok();
    Unload();
  }
  return EnsureLoaded();  // which starts anew where the log has another definition
}

Status PublishedTable::Forget() {
  const CutQueue::Turn turn = cut_queue_.EnterAnyway();
  Unload();
  const std::lock_guard load_lock(load_mutex_);
  const std::lock_guard lock(state_mutex_);
  forgotten_ = true;
  derived_.Clear();
  group_cache_.Clear();
  log_.reset();
  segments_.reset();
  history_.reset();
  plans_.clear();
  kept_until_.clear();
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
  if (!error) return Status::Ok();
  return Error{ErrorKind::kUnavailable, "cannot remove " + directory_ + ": " + error.message()};
}

bool PublishedTable::forgotten() const {
  const std::lock_guard lock(state_mutex_);
  return forgotten_;
}

// ---- Loading ----

Status PublishedTable::EnsureLoaded() {
  const auto loaded = [this] {
    const std::lock_guard lock(state_mutex_);
    return loaded_;
  };
  if (loaded()) return Status::Ok();
  const std::lock_guard load_lock(load_mutex_);
  if (loaded()) return Status::Ok();
  {
    const std::lock_guard lock(state_mutex_);
    if (forgotten_) return Gone(name_);
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, store_.Read());
  return Load(*snapshot);
}

void PublishedTable::Unload() {
  const std::lock_guard lock(state_mutex_);
  loaded_ = false;
  fresh_sequence_ = -1;
  plain_.reset();
  marked_.reset();
}

Status PublishedTable::Load(store::Snapshot& snapshot) {
  TRY(MakeDirectory(directory_));
  LogContents contents;
  auto log = VersionLog::Open(directory_ + "/versions.log", &contents);
  if (!log.ok() && log.error().kind == ErrorKind::kUnavailable) return log.error();
  std::string reason = log.ok() ? "" : log.error().message;
  if (log.ok() && contents.object != object_) reason = "the folder belongs to another table";
  if (log.ok() && contents.definition != DigestOf(definition_)) {
    reason = "the table is defined differently";
  }
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
  contents.salt = RandomBytes(32);
  contents.object = object_;
  contents.definition = DigestOf(definition_);
  // The log goes first: segments without a log are swept away, a log without segments is damage.
  ASSIGN(log_, VersionLog::Replace(directory_ + "/versions.log", contents));
  ASSIGN(std::unique_ptr<Segments> segments,
         Segments::Open(directory_, {}, options_.segment_bytes_max));
  ASSIGN(History history, History::Load(contents));
  const std::lock_guard lock(state_mutex_);
  segments_ = std::move(segments);
  history_ = std::make_unique<History>(std::move(history));
  plain_.reset();
  marked_.reset();
  fresh_sequence_ = -1;
  derived_.Clear();
  group_cache_.Clear();
  plans_.clear();
  kept_until_.clear();
  loaded_ = true;
  return Status::Ok();
}

// ---- Rendering and reading ----

Result<PublishedTable::HeldFile> PublishedTable::Hold(const FileSpecPtr& spec) {
  HeldFile held;
  held.spec = spec;
  for (const GroupPtr& group : spec->groups) {
    ASSIGN(std::shared_ptr<DiskFile> file, segments_->File(group->info.segment));
    held.segments.push_back(std::move(file));
    held.schemas.push_back(history_->FindSchema(group->info.schema_id));
  }
  held.schemas.push_back(history_->FindSchema(spec->schema_id));
  return held;
}

Result<PlannedFilePtr> PublishedTable::PlanOf(const HeldFile& file) {
  const FileSpec& spec = *file.spec;
  {
    const std::lock_guard lock(state_mutex_);
    const auto known = plans_.find(spec.id);
    if (known != plans_.end()) return known->second;
  }
  std::vector<std::string> metadata;
  for (size_t i = 0; i < spec.groups.size(); ++i) {
    const GroupInfo& group = spec.groups[i]->info;
    Result<std::string> bytes = Segments::ReadMetadata(group, *file.segments[i]);
    if (!bytes.ok() && bytes.error().kind == ErrorKind::kCorrupt) damage_->Report(group.id);
    if (!bytes.ok()) return bytes.error();
    metadata.push_back(std::move(*bytes));
  }
  std::vector<GroupSource> groups;
  for (size_t i = 0; i < metadata.size(); ++i) {
    groups.push_back({metadata[i], file.schemas[i].get(), spec.groups[i]->info.length});
  }
  ASSIGN(FilePlan plan, PlanFile(*file.schemas.back(), groups));
  auto planned = std::make_shared<PlannedFile>(PlannedFile{file.spec, std::move(plan)});
  const std::lock_guard lock(state_mutex_);
  const PlannedFilePtr kept = plans_.try_emplace(spec.id, std::move(planned)).first->second;
  // Readers of many old versions must not fill the memory: a plan that goes is made again when needed.
  if (plans_.size() > 2 * files_max + old_plans_max) {
    const auto is_newest = [](const VersionPtr& version, const std::string& id) {
      return version != nullptr && version->Find(id) != nullptr;
    };
    const auto old = std::find_if(plans_.begin(), plans_.end(), [&](const auto& entry) {
      return entry.second != kept && !is_newest(plain_, entry.first) &&
             !is_newest(marked_, entry.first);
    });
    if (old != plans_.end()) plans_.erase(old);
  }
  return kept;
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::Render(const VersionRecord& record,
                                                                   Rendering rendering) {
  auto version = std::make_shared<TableVersion>();
  version->version = record.version;
  version->sequence = record.sequence;
  version->time = record.time;
  std::vector<HeldFile> files;
  {
    const std::lock_guard lock(state_mutex_);
    if (history_ == nullptr) return Gone(name_);
    version->schema = history_->FindSchema(record.schema_id);
    std::vector<FileSpecPtr> specs;
    if (rendering == Rendering::kMarked) {
      ASSIGN(specs, history_->FilesOf(record.version));
    } else {
      ASSIGN(auto plain, history_->PlainFilesOf(record.version));
      if (!plain) return NoSuchVersion(name_, record.version);
      specs = std::move(*plain);
    }
    for (const FileSpecPtr& spec : specs) {
      ASSIGN(HeldFile held, Hold(spec));
      if (rendering == Rendering::kMarked) held.marks = History::MarksOf(*spec, record.version);
      files.push_back(std::move(held));
    }
  }
  for (const HeldFile& file : files) {
    ASSIGN(const PlannedFilePtr planned, PlanOf(file));
    const FilePlan& plan = planned->plan;
    version->files.push_back({file.spec->id, plan.size, plan.rows, plan.footer_size, plan.stats,
                              plan.group_offsets, file.spec->created_at, file.marks});
    version->rows += version->files.back().live_rows();
    version->size += plan.size;
  }
  return VersionPtr(std::move(version));
}

Result<Id> PublishedTable::id() {
  TRY(EnsureLoaded());
  const std::lock_guard lock(state_mutex_);
  if (history_ == nullptr) return Gone(name_);
  return history_->table();
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::At(int64_t version) {
  return OldVersion(version, Rendering::kPlain);
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::AtMarked(int64_t version) {
  return OldVersion(version, Rendering::kMarked);
}

Result<std::shared_ptr<const TableVersion>> PublishedTable::OldVersion(int64_t version,
                                                                       Rendering rendering) {
  TRY(EnsureLoaded());
  const auto find = [&]() -> Result<VersionRecord> {
    const std::lock_guard lock(state_mutex_);
    const VersionRecord* found = history_ == nullptr ? nullptr : history_->Find(version);
    if (found == nullptr) return NoSuchVersion(name_, version);
    Micros& until = kept_until_[version];
    until = std::max(until, clock_.Now() + options_.retain_min);
    return *found;
  };
  {
    const std::lock_guard lock(state_mutex_);
    const VersionPtr& newest = rendering == Rendering::kPlain ? plain_ : marked_;
    if (newest != nullptr && newest->version == version) return newest;
  }
  ASSIGN(VersionRecord record, find());
  if (rendering == Rendering::kPlain) {
    bool there = false;
    {
      const std::lock_guard lock(state_mutex_);
      if (history_ == nullptr) return Gone(name_);
      ASSIGN(const auto plain, history_->PlainFilesOf(version));
      there = plain.has_value();
    }
    if (!there) {
      ASSIGN(const CutQueue::Turn turn, cut_queue_.Enter());
      TRY(EnsureLoaded());
      ASSIGN(record, find());
      TRY(MakePlain(version));
    }
  }
  return Render(record, rendering);
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
  constexpr int tries_max = 10;
  for (int i = 0; i < tries_max; ++i) {
    TRY(CurrentMarked());
    std::vector<VersionInfo> versions;
    const std::lock_guard lock(state_mutex_);
    if (history_ == nullptr) return Gone(name_);
    for (const VersionRecord& record : history_->records()) {
      versions.push_back({record.version, record.sequence, record.time, record.schema_id});
    }
    // None when the table was defined anew meanwhile, and nobody has cut it since.
    if (!versions.empty()) return versions;
  }
  return Error{ErrorKind::kUnavailable, "table " + name_ + " is being defined anew; try again"};
}

Result<std::unique_ptr<FileReader>> PublishedTable::OpenFile(std::string_view file_id) {
  TRY(EnsureLoaded());
  HeldFile held;
  {
    const std::lock_guard lock(state_mutex_);
    const FileSpecPtr spec = history_ == nullptr ? nullptr : history_->FindFile(file_id);
    if (spec == nullptr) return derived_.Open(file_id);
    ASSIGN(held, Hold(spec));
  }
  ASSIGN(PlannedFilePtr planned, PlanOf(held));
  return MakeFileReader(std::move(planned), std::move(held.segments), damage_);
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
  out.rows_marked = counters_.rows_marked;
  out.rebuilds = counters_.rebuilds;
  out.rewrites = counters_.rewrites;
  out.compactions = counters_.compactions;
  out.waiting = static_cast<int64_t>(cut_queue_.waiting());
  return out;
}

}  // namespace boathouse::tables
