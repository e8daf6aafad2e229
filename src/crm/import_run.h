#pragma once
// One background import from where it stands to its end. Private to crm/; see crm/import_jobs.h. One thread.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "crm/import_jobs.h"
#include "crm/import_portions.h"
#include "crm/import_write.h"

namespace boathouse::crm {

// The collection of the documents that hold imports, by id.
inline constexpr const char* import_collection = "import";

Json ToDocument(const ImportJob& job);
Result<ImportJob> FromDocument(const Json& document);

struct ImportPaths {
  std::string upload;
  std::string rejected;
  std::string waiting;  // the pass's number follows
};

class ImportRun {
 public:
  struct Options {
    ImportPaths paths;
    size_t portion_rows = 0;
    std::function<bool()> stops;                          // asked between portions
    std::function<Result<auth::Principal>()> principal;   // who the user is now; asked as often
    std::function<void(const ImportJob&)> has_come_here;  // told of progress
  };
  enum class End {
    kDone,
    kStopped,
    kModelChanged,  // or the user's role: to be run again, from where it stands
  };

  ImportRun(Crm& crm, Caller caller, ImportJob job, Options options);
  Result<End> Run();
  // As it is committed; also after an error.
  const ImportJob& job() const { return job_; }

 private:
  Status Check();
  Result<End> RunPass();
  Result<std::unique_ptr<RowSource>> OpenPass();
  Status WritePortion(const Portion& portion);
  Status WriteRows(Edit& edit, const Portion& portion, ImportJob* next);
  Status BeginNextPass();
  Status Save(const ImportJob& job);
  OwnRow AskForOwn(const ImportRow::Pending& lookup) const;
  void NoteMade(const ImportRow& row);
  bool Stops() const { return options_.stops(); }
  std::string WaitingPath(size_t pass) const {
    return options_.paths.waiting + std::to_string(pass);
  }

  Crm& crm_;
  const Caller caller_;
  ImportJob job_;
  const Options options_;
  std::shared_ptr<const model::Model> model_;  // the workspace's, as the run began
  OpenedImport opened_;
  std::unique_ptr<RowWriter> writer_;
  std::map<size_t, SeenKeys> made_;  // dry run: values of fields that own lookups search
};

}  // namespace boathouse::crm
