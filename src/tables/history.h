#pragma once
// What a table's log amounts to: which groups each retained version consists of, and which virtual
// files. No I/O. Guarded by its owner.

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "tables/version_log.h"

namespace boathouse::tables {

// Where each record of a group stands: ids ascending, and the row of each.
struct IdIndex {
  std::vector<Id> ids;
  std::vector<uint32_t> rows;
  explicit IdIndex(const std::vector<Id>& in_row_order);
};

struct Group {
  explicit Group(GroupInfo i) : info(i) {}
  const GroupInfo info;
  std::atomic<bool> verified{false};     // its bytes had the right checksum once
  std::shared_ptr<const IdIndex> index;  // decoded on demand; only the cutting thread uses it
};
using GroupPtr = std::shared_ptr<Group>;

// The groups of a virtual file, in file order. `id` is a digest of the table, the schema and the
// groups: the same content, the same id.
struct FileSpec {
  std::string id;
  int32_t schema_id = 0;
  Micros created_at = 0;
  int64_t last_version = 0;  // the newest version that contains it
  std::vector<GroupPtr> groups;
};
using FileSpecPtr = std::shared_ptr<FileSpec>;

// A state of the table while the log is followed.
struct State {
  struct Placed {
    GroupPtr group;
    uint32_t slot = 0;
  };
  std::map<uint64_t, Placed> groups;
  std::map<uint32_t, FileSpecPtr> files;  // by slot
};

class History {
 public:
  // kCorrupt when the records contradict each other.
  static Result<History> Load(const LogContents& contents);

  const Id& table() const { return table_; }
  uint64_t next_group() const { return next_group_; }
  bool empty() const { return records_.empty(); }
  const std::deque<VersionRecord>& records() const { return records_; }
  const VersionRecord& last() const { return records_.back(); }
  const State& current() const { return current_; }

  // The schema of that id, or nullptr.
  std::shared_ptr<const Schema> FindSchema(int32_t id) const;
  int32_t next_schema_id() const { return static_cast<int32_t>(schemas_.size()); }

  // Follows with one more version. `schema`: not null when it is new. Groups that are in `fresh` are
  // taken from there, with what is known of them.
  Status Apply(const VersionRecord& record, const Schema* schema,
               const std::vector<GroupPtr>& fresh = {});

  // The files of a retained version, by slot; kNotFound outside of the history.
  Result<std::vector<FileSpecPtr>> FilesOf(int64_t version) const;
  // A file of a retained version, or nullptr.
  FileSpecPtr FindFile(std::string_view file_id) const;
  const VersionRecord* Find(int64_t version) const;

  // Forgets versions before `version`, which is retained.
  void Prune(int64_t version);
  // The log that says what is retained.
  LogContents Contents(std::string_view object) const;

  // For each segment that a retained version needs, where its last such group ends.
  std::map<uint64_t, uint64_t> SegmentEnds() const;
  uint64_t bytes_retained() const { return bytes_retained_; }  // of all groups of all versions
  uint64_t bytes_live() const;                                 // of those of the newest
  // What forgetting `version` alone would free, given that all before it are forgotten.
  uint64_t BytesOnlyIn(int64_t version) const;

 private:
  explicit History(Id table) : table_(table) {}
  FileSpecPtr MakeFile(const State& state, uint32_t slot, const VersionRecord& record);
  static Status Follow(const VersionRecord& record,
                       const std::unordered_map<uint64_t, GroupPtr>& groups, State* state,
                       std::vector<uint32_t>* touched_slots);

  Id table_;
  uint64_t next_group_ = 1;
  uint64_t bytes_retained_ = 0;
  std::vector<std::shared_ptr<const Schema>> schemas_;
  std::deque<VersionRecord> records_;  // the first one adds all that its version consists of
  std::deque<std::vector<FileSpecPtr>> record_files_;  // of each of them, by slot
  std::unordered_map<uint64_t, GroupPtr> groups_;      // of all retained versions
  std::unordered_map<std::string, FileSpecPtr> files_;
  State current_;
  State base_;  // of the oldest retained version
};

// A group that waits for its place.
struct SlotGroup {
  uint64_t id = 0;
  int64_t rows = 0;
  uint32_t slot = 0;
};
// Decides which virtual file each group belongs to: full groups leave the tail (slot 0) for the
// newest base file, base files grow with the table, and there are never more than files_max files.
// Groups move as rarely as that allows, because a file whose groups change gets another id.
void PlaceGroups(std::vector<SlotGroup>* groups);

}  // namespace boathouse::tables
