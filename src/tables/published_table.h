#pragma once
// Table as it is kept in a folder: `versions.log` and numbered segment files. Two locks: `cut_mutex_`
// lets one caller at a time load, cut or forget; `state_mutex_` guards what readers look up and is held
// for moments only, so a reader of an old version never waits for a cut.

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "tables/cut.h"
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
  Result<std::shared_ptr<const TableVersion>> At(int64_t version) override;
  Result<std::shared_ptr<const TableVersion>> AtTime(Micros time) override;
  Result<std::vector<VersionInfo>> Versions() override;
  Result<std::unique_ptr<FileReader>> OpenFile(std::string_view file_id) override;
  Metrics metrics() const override;

 private:
  using VersionPtr = std::shared_ptr<const TableVersion>;

  // The newest version if it holds every acknowledged change, else null.
  VersionPtr FreshVersion(const model::Model* model, const model::Object& object);
  Status EnsureLoaded();

  // Below: with cut_mutex_ held.
  Status Load(store::Snapshot& snapshot);
  Status StartAnew();
  Result<VersionPtr> Cut(const std::shared_ptr<const model::Model>& model);
  Result<CutResult> MakeCut(const model::Object& object, std::shared_ptr<const Schema> schema,
                            store::Snapshot& snapshot);
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

  std::mutex cut_mutex_;
  std::unique_ptr<VersionLog> log_;

  std::mutex state_mutex_;  // the rest; changed only with cut_mutex_ held as well, except caches
  bool loaded_ = false;
  std::shared_ptr<Segments> segments_;
  std::unique_ptr<History> history_;
  VersionPtr current_;
  std::shared_ptr<const model::Model> current_model_;
  std::map<int64_t, Micros> kept_until_;  // versions somebody asked for by number
  std::unordered_map<std::string, PlannedFilePtr> plans_;
};

}  // namespace boathouse::tables
