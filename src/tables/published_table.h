#pragma once
// Table as it is kept in a folder: `versions.log` and numbered segment files. Taken in this order:
// `cut_queue_` lets one caller at a time cut, encode again, compact or forget; `load_mutex_` lets one read
// the folder; `state_mutex_` guards what readers look up and is held for moments only, so a reader of an
// old version never waits for a cut.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/cancellation.h"
#include "tables/cut.h"
#include "tables/cut_queue.h"
#include "tables/definition.h"
#include "tables/derived_files.h"
#include "tables/group_cache.h"
#include "tables/history.h"
#include "tables/planned_file.h"
#include "tables/rewrite.h"
#include "tables/row_source.h"
#include "tables/segments.h"
#include "tables/tables.h"
#include "tables/version_log.h"
#include "tables/virtual_file.h"

namespace boathouse::tables {

struct VersionDelta;

enum class Rendering { kPlain, kMarked };

class PublishedTable : public Table {
 public:
  // `folder`: below options.directory.
  PublishedTable(const CatalogOptions& options, store::Store& store, const Clock& clock,
                 const std::string& name, const std::string& folder, const Definition& definition);

  const std::string& name() const override { return name_; }
  const std::string& object() const override { return object_; }
  Result<Id> id() override;
  Result<std::shared_ptr<const TableVersion>> Current() override;
  Result<std::shared_ptr<const TableVersion>> CurrentMarked() override;
  Result<std::shared_ptr<const TableVersion>> At(int64_t version) override;
  Result<std::shared_ptr<const TableVersion>> AtMarked(int64_t version) override;
  Result<std::shared_ptr<const TableVersion>> AtTime(Micros time) override;
  Result<std::shared_ptr<const TableVersion>> AtOrAfter(Micros time) override;
  Result<std::vector<VersionInfo>> Versions() override;
  Result<ChangeSet> Changes(int64_t from, int64_t to) override;
  Result<FileDiff> Diff(int64_t from, int64_t to) override;
  Result<std::vector<File>> Select(const TableVersion& version,
                                   const Selection& selection) override;
  Result<std::unique_ptr<FileReader>> OpenFile(std::string_view file_id) override;
  Metrics metrics() const override;

  // CurrentMarked(), given up with kCancelled as soon as `cancellation` is raised.
  Result<std::shared_ptr<const TableVersion>> CurrentMarked(const Cancellation& cancellation);
  // Takes another definition of the same object. When it shows anything else, the table begins anew, and
  // what it showed is gone when this returns.
  Status Redefine(const Definition& definition);
  // Removes all of it. Everything is kNotFound from then on, until it is defined again.
  Status Forget();
  bool forgotten() const;
  // See Catalog::Maintain. Does nothing for a table that nobody asked for yet.
  Status Maintain(const Cancellation& cancellation);

 private:
  using VersionPtr = std::shared_ptr<const TableVersion>;
  using RowSourcePtr = std::shared_ptr<const RowSource>;
  // A file with all that reading it takes, which stays readable whatever is removed meanwhile.
  struct HeldFile {
    FileSpecPtr spec;
    std::shared_ptr<const DeadRows> marks;
    std::vector<std::shared_ptr<DiskFile>> segments;     // of each group
    std::vector<std::shared_ptr<const Schema>> schemas;  // of each group, and at last the file's
  };
  // What one turn adds to the log.
  struct Work {
    CutResult cut;
    RewriteResult rewrite;
    bool plain = false;  // the rewrite completes the plain rendering, though it may replace nothing
  };

  Result<VersionPtr> Newest(Rendering rendering, const Cancellation& cancellation);
  Result<VersionPtr> OldVersion(int64_t version, Rendering rendering);
  // The newest version if it holds every acknowledged change and was rendered so, else null.
  Result<VersionPtr> FreshVersion(Rendering rendering);
  // What the table shows under a model.
  Result<RowSourcePtr> Bind(const std::shared_ptr<const model::Model>& model);
  // Reads the folder if that is due. Waits for nobody who cuts.
  Status EnsureLoaded();
  // With load_mutex_ held.
  Status Load(store::Snapshot& snapshot);
  Status StartAnew();
  // What is on the disk is the truth after a failed write: it is read again.
  void Unload();

  // Below: with the turn of cut_queue_. From EnsureLoaded() on, only they can unload.
  Result<VersionPtr> BringUpToDate(Rendering rendering, const Cancellation& cancellation);
  Result<Work> MakeWork(Rendering rendering, bool fresh, const RowSource& source,
                        std::shared_ptr<const Schema> schema, store::Snapshot& snapshot,
                        const Cancellation& cancellation);
  // Encodes what the plain rendering of `version` still lacks.
  Status AddPlain(int64_t version, const std::vector<DirtyGroup>& dirty,
                  const Cancellation& cancellation, Work* work);
  Status MakePlain(int64_t version);
  Status Commit(store::Snapshot& snapshot, const Schema* new_schema, int32_t schema_id, Work work);
  // Makes the work durable, then public.
  Status Record(const Schema* new_schema, const VersionRecord* record, const Work& work);
  bool TakeDamage();
  // One step of compaction; false when nothing is due.
  Result<bool> Compact(const Cancellation& cancellation);
  void Prune();

  // The version of a record in a rendering whose files are there.
  Result<VersionPtr> Render(const VersionRecord& record, Rendering rendering);
  // What made a version of its predecessor; see change_files.h.
  Result<VersionDelta> DeltaOf(int64_t version);
  // Fails where the changes of these versions are not known, and keeps what makes them.
  Status KeepForChanges(int64_t from, int64_t to);
  // Rows of a version from the store, when it has them as they were then.
  Result<std::optional<Rows>> FetchRows(const TableVersion& version, const std::vector<Id>& ids);
  // With state_mutex_ held.
  Result<HeldFile> Hold(const FileSpecPtr& spec);
  Result<HeldGroup> HoldGroup(const GroupPtr& group, std::vector<uint32_t> dead);
  Result<PlannedFilePtr> PlanOf(const HeldFile& file);

  const CatalogOptions options_;
  store::Store& store_;
  const Clock& clock_;
  const std::string name_, object_, directory_;
  Counters counters_;
  const std::shared_ptr<Damage> damage_ = std::make_shared<Damage>();

  DerivedFiles derived_;
  GroupCache group_cache_;

  CutQueue cut_queue_;
  std::unique_ptr<VersionLog> log_;
  std::mutex load_mutex_;

  mutable std::mutex state_mutex_;  // the rest; changed only when cutting or loading, except caches
  Definition definition_;
  bool forgotten_ = false;
  bool loaded_ = false;
  std::shared_ptr<Segments> segments_;
  std::unique_ptr<History> history_;
  // The newest version as it was rendered, and the commit and model up to which it holds. Null where
  // nobody asked for that rendering yet.
  VersionPtr plain_, marked_;
  store::Sequence fresh_sequence_ = -1;
  std::shared_ptr<const model::Model> fresh_model_;
  std::shared_ptr<const model::Model> bound_model_;
  RowSourcePtr bound_;
  std::map<int64_t, Micros> kept_until_;  // versions somebody asked for by number
  std::unordered_map<std::string, PlannedFilePtr> plans_;
};

}  // namespace boathouse::tables
