#pragma once
// A published table as a Delta table that is read by its path: the `_delta_log` folder beside the table's
// files (Delta protocol, PROTOCOL.md). Nothing is ever written to disk: each file is made from the table's
// versions when it is asked for, always with the same bytes.
//
// A version of the table is the Delta version of the same number. The newest versions are there for time
// travel, each with a checkpoint, and `_last_checkpoint` names that of the newest, so that a reader reads one
// small file whatever the table has been through, and never misses the versions before. The commits between
// them stand beside the checkpoints. The least a reader must know is asked for: reader version 1, plain files.
//
// Files of a table live under one folder (see iceberg/iceberg.h): data/<File::id>.parquet and
// _delta_log/<name>; paths in the log are relative to it.
//
// Everything here may be called from many threads. Errors: kNotFound (no such name, or its version is no
// longer kept), and those of tables/tables.h.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tables/tables.h"

namespace boathouse::delta {

inline constexpr int64_t versions_shown_max = 24;

// What a reader may see of a table's past.
struct LogReading {
  bool with_history = true;  // without: the newest version alone
  Micros history_from = 0;   // versions cut before are not shown; 0: all that are kept
  // Versions that were superseded since then can still be read, though they are not listed: a reader that
  // has begun can end. Only matters without history.
  Micros superseded_since = INT64_MAX;
};

struct LogFile {
  std::string name;  // below _delta_log/
  uint64_t size = 0;
  Micros time = 0;  // of its version
};

// The version that a name below _delta_log/ is of: 7 for 00000000000000000007.json and
// 00000000000000000007.checkpoint.parquet, nullopt for `_last_checkpoint`, which is of the newest.
// kNotFound when it is no name of ours.
Result<std::optional<int64_t>> VersionOfLogFile(std::string_view name);

// The bytes of a file by its name below _delta_log/. `reading` decides what is there at all.
Result<std::shared_ptr<const std::string>> ReadLogFile(tables::Table& table,
                                                       const LogReading& reading,
                                                       std::string_view name);
// Lists names after `after` in bytewise order, `files_max` of them at most; brings the table up to date first,
// so that the last commit is of a version that contains every change acknowledged before the call.
Result<std::vector<LogFile>> ListLogFiles(tables::Table& table, const LogReading& reading,
                                          std::string_view after, size_t files_max);

}  // namespace boathouse::delta
