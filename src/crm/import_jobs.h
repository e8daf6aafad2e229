#pragma once
// Imports in the background: a file of any size, written in transactions of a few thousand rows, one import
// after the other. How far an import has come is committed with the rows themselves, so that after a
// kill the next start goes on behind the last row that was written: none twice, none lost. Files of rejected
// rows and of uploads lie in a folder of their own. Safe to use from many threads.
//
// What holds beside that is what crm/import.h says, but for two things: an import that fails or is cancelled
// on its way keeps what it has written, and a dry run checks each portion by itself.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/audit.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/crm.h"
#include "crm/import.h"

namespace boathouse::crm {

inline constexpr size_t import_portion_rows = 12'000;   // of one transaction
inline constexpr size_t import_jobs_waiting_max = 100;  // not finished yet
inline constexpr size_t import_jobs_kept_max = 1000;    // finished ones
inline constexpr Micros import_jobs_kept_micros = 30LL * 24 * 3600 * 1'000'000;
inline constexpr uint64_t import_spool_bytes_max = uint64_t{8} << 30;  // of unfinished imports

enum class ImportState { kWaiting, kChecking, kRunning, kDone, kFailed, kCancelled };
std::string_view ImportStateName(ImportState state);  // waiting, checking, running, ...

struct ImportJob {
  Id id;
  ImportState state = ImportState::kWaiting;
  Id user;  // nil: the program itself
  std::string user_name;
  std::optional<auth::Scopes> scopes;  // of the token it was sent with
  std::string object;
  std::string file;     // as the client called it
  std::string content;  // SHA-256 of the file
  Json mapping;
  bool dry_run = false;
  Micros created_at = 0;
  Micros started_at = 0;   // 0: not yet
  Micros finished_at = 0;  // 0: not yet
  std::string format;
  std::string encoding;
  uint64_t bytes_total = 0;
  uint64_t bytes_read = 0;
  size_t rows_total = 0;  // 0 until the file is checked
  size_t rows_read = 0;   // checked, then written
  ImportCounts counts;
  std::optional<Error> error;  // of a failed one

  // Where a resumed run goes on. Rows that wait for others of the file are written in later passes, from
  // a file of their own.
  struct Place {
    size_t pass = 0;  // 0: the file is not checked yet
    size_t rows = 0;  // of the pass
    size_t waiting_rows = 0;
    uint64_t waiting_bytes = 0;
    size_t came_in = 0;    // rows that the pass began with
    bool is_last = false;  // nobody is waited for any more
    uint64_t rejected_bytes = 0;
    char separator = ',';  // of the file of rejected rows
  } place;

  bool finished() const;
  Json ToJson() const;  // for people: without mapping and place
};

// A file on its way in; see ImportJobs::Receive.
class SpoolWriter;
struct Spooled;

struct NewImport {
  Json mapping;        // of one file
  std::string object;  // when the mapping names none
  std::string file;
  bool dry_run = false;
};

class ImportJobs {
 public:
  struct Options {
    std::string folder;  // made when it is not there
    size_t portion_rows = import_portion_rows;
    // Who the user is now; asked before each portion. An import has the rights that its user has then.
    std::function<Result<auth::Principal>(const Id& user)> principal_of;
    auth::AuditLog* audit = nullptr;  // told of each import that ends
  };
  // Reads the imports there are. Nothing runs before Start. The CRM outlives it.
  static Result<std::unique_ptr<ImportJobs>> Open(Crm& crm, Options options);
  // Stops behind the portion under way; the next Start goes on.
  virtual ~ImportJobs() = default;
  virtual void Start() = 0;

  // Takes a file. kExhausted when there is no room for more.
  virtual Result<std::unique_ptr<SpoolWriter>> Receive() = 0;
  // Checks the mapping, the caller's rights and the file's header, and puts the import into the queue.
  // Errors are those of Import. `surface` of the caller stands in the history.
  virtual Result<ImportJob> Add(const Caller& caller, const NewImport& import,
                                const Spooled& spooled) = 0;

  // Their own imports; administrators see all. Others are kNotFound.
  virtual Result<ImportJob> Get(const Caller& caller, const Id& id) = 0;
  virtual std::vector<ImportJob> List(const Caller& caller) = 0;  // newest first
  // Ends it behind the portion under way; what was written stays. kConflict when it is finished.
  virtual Result<ImportJob> Cancel(const Caller& caller, const Id& id) = 0;
  // Goes on with one that failed or was cancelled. kConflict for others.
  virtual Result<ImportJob> Resume(const Caller& caller, const Id& id) = 0;
  // Forgets a finished one and its files. kConflict while it is not finished.
  virtual Status Remove(const Caller& caller, const Id& id) = 0;
  // The file of rejected rows as it is now, and how much of it counts; kNotFound when there is none.
  struct RejectedFile {
    std::string path;
    uint64_t bytes = 0;
  };
  virtual Result<RejectedFile> Rejected(const Caller& caller, const Id& id) = 0;

  // Returns when the import is finished, or has come further than `seen` says, or after `patience`.
  virtual Result<ImportJob> Wait(const Caller& caller, const Id& id, const ImportJob& seen,
                                 Micros patience) = 0;
};

}  // namespace boathouse::crm
