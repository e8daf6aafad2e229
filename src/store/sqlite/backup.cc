// A copy of a database that others may have open, at one moment.
#include <sqlite3.h>

#include <cstdio>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace boathouse::store {
namespace {

constexpr int busy_timeout_ms = 10'000;

struct Handle {
  sqlite3* db = nullptr;
  ~Handle() { sqlite3_close_v2(db); }
};

Error Failed(sqlite3* db, const std::string& what) {
  return Error(ErrorKind::kUnavailable,
               "could not " + what + ": " + (db != nullptr ? sqlite3_errmsg(db) : "out of memory"));
}

// All pages in one step: SQLite reads them in one transaction, so that writers of other processes go on
// beside it and none of what they write is seen.
Status CopyPages(sqlite3* from, sqlite3* to, const std::string& name) {
  sqlite3_backup* backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) return Failed(to, "write " + name);
  const int stepped = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (stepped == SQLITE_DONE && finished == SQLITE_OK) return Status::Ok();
  return Failed(to, "copy the database to " + name);
}

}  // namespace

Result<BackupInfo> Store::Backup(const std::string& from, const std::string& to) {
  Handle source;
  if (sqlite3_open_v2(from.c_str(), &source.db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                      nullptr) != SQLITE_OK) {
    return Failed(source.db, "open the database " + from);
  }
  sqlite3_busy_timeout(source.db, busy_timeout_ms);
  {
    Handle target;
    if (sqlite3_open_v2(to.c_str(), &target.db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        nullptr) != SQLITE_OK) {
      return Failed(target.db, "make " + to);
    }
    TRY(CopyPages(source.db, target.db, to));
    // One file, without a log beside it; the next program that opens it makes its own.
    if (sqlite3_exec(target.db, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr) !=
        SQLITE_OK) {
      return Failed(target.db, "finish " + to);
    }
  }
  // Read from the copy, so that it is what the copy holds.
  ASSIGN(const std::unique_ptr<sqlite::Connection> copy, sqlite::Connection::Open(to, true));
  ASSIGN(sqlite::Statement newest, copy->Prepare("SELECT coalesce(max(sequence), 0) FROM change"));
  ASSIGN(const bool row, newest.Step());
  return BackupInfo{row ? newest.Int(0) : 0};
}

Status Store::Check(const std::string& path) {
  ASSIGN(const std::unique_ptr<sqlite::Connection> connection,
         sqlite::Connection::Open(path, true));
  ASSIGN(sqlite::Statement check, connection->Prepare("PRAGMA quick_check(1)"));
  ASSIGN(const bool row, check.Step());
  if (row && check.Text(0) == "ok") return Status::Ok();
  return Error(ErrorKind::kCorrupt,
               path + " is damaged: " + std::string(row ? check.Text(0) : "no answer"));
}

}  // namespace boathouse::store
