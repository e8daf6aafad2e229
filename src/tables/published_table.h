#pragma once
// Table as it is kept in a folder: `versions.log` and numbered segment files. Taken in this order:
// `cut_queue_` lets one caller at a time cut or forget; `load_mutex_` lets one read the folder;
// `state_mutex_` guards what readers look up and is held for moments only, so a reader of an old version
// never waits for a cut.

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
#include "tables/history.h"
#include "tables/segments.h"
#include "tables/tables.h"
#include "tables/version_log.h"
#include "tables/virtual_file.h"

namespace boathouse::tables {

struct PlannedFile {
  FileSpecPtr spec;
  FilePlan plan;
};
using PlannedFilePtr = std::shared_ptr<const PlannedFile>;

// Row groups that a reader found damaged. Shared with readers, which may outlive the table.
struct Damage {
  std::atomic<bool> any{false};
  std::mutex mutex;
  std::vector<uint64_t> groups;
  void Report(uint64_t group);
};

class PublishedTable : public Table {
 public:
  PublishedTable(const CatalogOptions& options, store::Store& store, const Clock& clock,
                 const model::Object& object);

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

  // Current(), given up with kCancelled as soon as `cancellation` is raised.
  Result<std::shared_ptr<const TableVersion>> Current(const Cancellation& cancellation);

 private:
  using VersionPtr = std::shared_ptr<const TableVersion>;

  // The newest version if it holds every acknowledged change, else null.
  VersionPtr FreshVersion(const model::Model* model, const model::Object& object);
  // Reads the folder if that is due. Waits for nobody who cuts.
  Status EnsureLoaded();
  // With load_mutex_ held.
  Status Load(store::Snapshot& snapshot);
  Status StartAnew();
  // What is on the disk is the truth after a failed write: it is read again.
  void Unload();

  // Below: with the turn of cut_queue_. From EnsureLoaded() on, only they can unload.
  Result<VersionPtr> Cut(const Cancellation& cancellation);
  Result<CutResult> MakeCut(const model::Object& object, std::shared_ptr<const Schema> schema,
                            store::Snapshot& snapshot, const Cancellation& cancellation);
  Status Commit(store::Snapshot& snapshot, const Schema* new_schema, int32_t schema_id,
                CutResult cut);
  bool TakeDamage();
  void Prune();

  // The version of a record, with its files planned.
  Result<VersionPtr> Render(const VersionRecord& record, std::shared_ptr<const Schema> schema,
                            const std::vector<FileSpecPtr>& files);
  Result<PlannedFilePtr> PlanOf(const FileSpecPtr& spec);

  const CatalogOptions options_;
  store::Store& store_;
  const Clock& clock_;
  const std::string name_, object_, directory_;
  Counters counters_;
  const std::shared_ptr<Damage> damage_ = std::make_shared<Damage>();

  CutQueue cut_queue_;
  std::unique_ptr<VersionLog> log_;
  std::mutex load_mutex_;

  mutable std::mutex state_mutex_;  // the rest; changed only when cutting or loading, except caches
  bool loaded_ = false;
  std::shared_ptr<Segments> segments_;
  std::unique_ptr<History> history_;
  VersionPtr current_;
  std::shared_ptr<const model::Model> current_model_;
  std::map<int64_t, Micros> kept_until_;  // versions somebody asked for by number
  std::unordered_map<std::string, PlannedFilePtr> plans_;
};

}  // namespace boathouse::tables
