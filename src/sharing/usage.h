#pragma once
// What recipients read: a row for each request, and totals by recipient and day. Kept off the requests'
// path: Record puts a row into memory, one thread writes what came within a moment as one transaction.
// Rows are packed into pages of many, so that ten thousand requests a second cost a few writes.
// A clean stop loses nothing, a crash at most that moment. Safe to use from many threads.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "store/store.h"

namespace boathouse::sharing {

// What a request was for.
enum class Reading {
  kList,         // shares, schemas, tables, namespaces
  kVersion,      // a table's newest version
  kMetadata,     // a table's schema: metadata, loadTable
  kQuery,        // the files of a version: query, scan planning
  kChanges,      // the change feed, or the files between versions
  kCredentials,  // keys for the table's files
  kFile,         // bytes of a table file
};
std::string_view ReadingName(Reading reading);  // list, version, metadata, query, ...
std::optional<Reading> ParseReading(std::string_view name);

// One request.
struct Usage {
  Id recipient;
  std::string recipient_name;  // "": as it is called at that time
  std::string surface;         // delta_sharing, iceberg, s3, files
  Reading what = Reading::kList;
  std::string share, schema, table;  // "" where the request named none
  int64_t version = -1;              // -1: none
  int64_t files = 0;                 // that the answer names, or 1 for the bytes of a file
  int64_t bytes = 0;                 // of those files; for kFile the bytes that were sent
  int64_t rows = 0;                  // of those files
  int status = 200;                  // of the answer
  std::string address;
  Micros at = 0;  // filled by Record
};

// A recipient's day. Files, bytes and rows are those that answers named; bytes_sent those of files that
// this server sent itself.
struct UsageDay {
  Id recipient;
  std::string recipient_name;
  std::string day;  // 2026-11-24, UTC
  int64_t requests = 0;
  int64_t refused = 0;      // those with a status of 400 and above
  int64_t without_row = 0;  // those that came when usage_rows_waiting_max rows waited
  int64_t files = 0;
  int64_t bytes = 0;
  int64_t rows = 0;
  int64_t bytes_sent = 0;
  Micros last_at = 0;
  std::string last_address;
};

inline constexpr size_t usage_rows_waiting_max = 65'536;  // more are counted, but have no row
inline constexpr int usage_delay_ms = 500;                // rows wait so long for others
inline constexpr size_t usage_page_rows_max = 256;
inline constexpr size_t usage_rows_written_max =
    1024;  // in one transaction: others write in between
// Older pages make room: about a million rows are kept. Totals of days are kept for usage_days_max.
inline constexpr int64_t usage_pages_max = 4096;
inline constexpr int64_t usage_days_max = 400;
inline constexpr size_t usage_list_max = 1000;   // rows of one answer
inline constexpr size_t usage_scanned_max = 64;  // pages looked at for one answer

class UsageLog {
 public:
  UsageLog(store::Store& store, const Clock& clock);
  ~UsageLog();  // writes what waits
  UsageLog(const UsageLog&) = delete;
  UsageLog& operator=(const UsageLog&) = delete;

  void Record(Usage usage);
  // Notes that the recipient was let in, for LastUses.
  void NoteUse(const Id& recipient, std::string_view address);
  // Returns once everything that was recorded before is written.
  Status Flush();

  struct Filter {
    std::optional<Id> recipient;
    std::optional<Micros> from;    // at >= from
    std::optional<Micros> before;  // at < before
    std::optional<Reading> what;
    std::string share, table;  // "": any; without regard to case
  };
  struct Page {
    std::vector<Usage> rows;  // newest first
    // Where the next page begins; "" at the end. A page may hold less than was asked for, even nothing,
    // and still have a next one: usage_scanned_max bounds the work.
    std::string next;
  };
  // `limit` is 1 to usage_list_max. kInvalid about page_token for a `next` that this did not make.
  Result<Page> List(const Filter& filter, size_t limit, std::string_view next = {});

  // The days of all recipients, or of one, from <= day <= to ("": open), newest first and by name.
  Result<std::vector<UsageDay>> Days(const std::optional<Id>& recipient, std::string_view from = {},
                                     std::string_view to = {});
  // When and from where each recipient was last let in.
  struct LastUse {
    Id recipient;
    Micros at = 0;
    std::string address;
  };
  Result<std::vector<LastUse>> LastUses();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace boathouse::sharing
