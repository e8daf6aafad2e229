#pragma once
// The durable history of one table: `versions.log`, an append-only file of checksummed records. What
// a version changed stands here; the row groups themselves lie in segment files.
//
// File: the magic "BHTLOG3\n", then frames: u32 length of the payload, u32 CRC-32C of those four bytes,
// u32 CRC-32C of the payload (all little-endian), payload. Payload: a kind byte, then varints, zigzag
// varints and length-prefixed bytes. The first frame is the header; a schema stands before the first
// version that uses it. An append is one frame, so that a crash leaves all of it or nothing: a version
// with a new schema is a pair, whose two members are payloads of their own.
//
// A crash in an append leaves a frame that does not hold, of any length and with anything in it, and
// nothing good behind it: that is a torn tail. A frame that does not hold before one that does is damage.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "tables/disk_file.h"
#include "tables/tables.h"

namespace boathouse::tables {

// One encoded row group and where it lies. Immutable; ids are never used twice within a table.
struct GroupInfo {
  uint64_t id = 0;
  int32_t schema_id = 0;
  int64_t rows = 0;
  // Its first `fresh` rows are new images of the version that added it; the others were only moved.
  int64_t fresh = 0;
  Id min_id, max_id;     // of its records
  uint64_t segment = 0;  // file number
  uint64_t offset = 0;   // of its bytes; its metadata and then its ids follow them
  uint64_t length = 0;
  uint32_t checksum = 0;  // CRC-32C of the bytes
  uint32_t metadata_length = 0;
  uint32_t metadata_checksum = 0;
  uint32_t ids_length = 0;  // see IdIndex
  uint32_t ids_checksum = 0;

  uint64_t end() const { return offset + length + metadata_length + ids_length; }
};

// Which virtual file a group belongs to. Slot 0 is the tail, where new rows go.
struct Placement {
  uint64_t group = 0;
  uint32_t slot = 0;
};

// Rows of a group that died: their records changed or went.
struct Marks {
  uint64_t group = 0;
  std::vector<uint32_t> positions;  // ascending
};

// What one version changed against its predecessor. The rows that went are exactly `marked`, those that
// came exactly the fresh ones of `added`, except when it was `rebuilt` from the store: then all groups are
// others. In the oldest version that is retained, all that it consists of is added.
struct VersionRecord {
  int64_t version = 0;
  store::Sequence sequence = 0;
  Micros time = 0;
  int32_t schema_id = 0;
  std::string
      commit;  // digest of the change at `sequence`: tells whether the store is still the same
  bool rebuilt = false;
  std::vector<Marks> marked;  // before groups are removed
  std::vector<uint64_t> removed;
  std::vector<GroupInfo> added;
  std::vector<Placement> placed;  // every added group, and groups that moved
};

// Groups encoded again: `results` have the live rows of the sources, in their order. A source is a group
// as it was when `dead` of its rows were dead: rows never come back, so this names the live ones.
struct Replacement {
  struct Source {
    uint64_t group = 0;
    uint64_t dead = 0;
  };
  std::vector<Source> sources;
  std::vector<GroupInfo> results;
};

// Never changes what a version says. The next version takes the results instead of the sources, where
// these are still as they were.
struct RewriteRecord {
  int64_t version = -1;  // whose plain rendering this completes; -1: compaction
  int64_t after = 0;     // the newest version when it was written; its place in the log says it
  std::vector<Replacement> replacements;
};

struct LogContents {
  Id table;
  // Random bytes that nobody is told: with them file ids are digests that cannot be computed from what
  // readers see.
  std::string salt;
  std::string object;
  std::string definition;  // digest of what the table shows of the object
  uint64_t next_group = 1;
  std::vector<Schema> schemas;
  std::vector<VersionRecord> versions;
  std::vector<RewriteRecord> rewrites;
};

class VersionLog {
 public:
  // Opens an existing log and reads all of it. A tail that was torn by a crash is cut off; kNotFound
  // when there is none, kCorrupt for damage anywhere else.
  static Result<std::unique_ptr<VersionLog>> Open(const std::string& path, LogContents* contents);
  // Writes a whole log beside `path` and renames it there, so that either the old or the new one is
  // seen after a crash.
  static Result<std::unique_ptr<VersionLog>> Replace(const std::string& path,
                                                     const LogContents& contents);

  // Durable when it returns, all or nothing: a schema (when not null), a version (when not null), rewrites
  // that come after it. After an error the log must be opened anew.
  Status Append(const Schema* schema, const VersionRecord* record,
                const std::vector<RewriteRecord>& rewrites);
  uint64_t size() const { return end_; }

 private:
  VersionLog(std::shared_ptr<DiskFile> file, uint64_t end) : file_(std::move(file)), end_(end) {}
  std::shared_ptr<DiskFile> file_;
  uint64_t end_;
};

}  // namespace boathouse::tables
