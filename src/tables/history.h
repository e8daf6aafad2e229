#pragma once
// What a table's log amounts to: which groups each retained version consists of, which of their rows are
// dead in it, and which virtual files that gives, as they stand and without dead rows. No I/O. Guarded by
// its owner.

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "tables/id_index.h"
#include "tables/version_log.h"

namespace boathouse::tables {

// A row that died, and with which version.
struct Death {
  int64_t version = 0;
  uint32_t position = 0;
};

struct Group {
  explicit Group(GroupInfo i) : info(i), dead(static_cast<size_t>(i.rows)) {}
  const GroupInfo info;
  std::atomic<bool> verified{false};  // its bytes had the right checksum once
  // Known to the cutting thread only; read from the segment on demand.
  std::shared_ptr<const IdIndex> index;
  uint64_t index_used = 0;  // the group counter when it was last needed

  // Changed by History::Apply only.
  std::vector<Death> deaths;  // in the order of versions
  std::vector<bool> dead;     // of each row

  // How many rows were dead at that version, and which, ascending.
  size_t DeadAt(int64_t version) const;
  std::vector<uint32_t> DeadRowsAt(int64_t version) const;
};
using GroupPtr = std::shared_ptr<Group>;

// The groups of a virtual file, in file order. `id` is a keyed digest of the table, the schema and the
// groups: the same content, the same id. Which rows are dead is a matter of the version, not the file.
struct FileSpec {
  std::string id;
  int32_t schema_id = 0;
  Micros created_at = 0;
  int64_t last_version = 0;  // the newest version that contains it
  std::vector<GroupPtr> groups;
  std::shared_ptr<const DeadRows> marks;  // the last that were asked for; see History::MarksOf

  size_t DeadAt(int64_t version) const;  // of all its groups
};
using FileSpecPtr = std::shared_ptr<FileSpec>;

// Groups that were encoded again, found.
struct Rewrite {
  std::vector<GroupPtr> sources;
  std::vector<size_t> dead;  // of each source
  std::vector<GroupPtr> results;
};

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
  // Follows with groups that were encoded again, after the newest version.
  Status Apply(const RewriteRecord& record, const std::vector<GroupPtr>& fresh = {});

  // The files of a retained version as they stand, by slot; kNotFound outside of the history.
  Result<std::vector<FileSpecPtr>> FilesOf(int64_t version) const;
  // Those without dead rows; nullopt when some groups were not encoded again yet.
  Result<std::optional<std::vector<FileSpecPtr>>> PlainFilesOf(int64_t version) const;
  // The dead rows of one of its files; null when there are none.
  static std::shared_ptr<const DeadRows> MarksOf(FileSpec& file, int64_t version);
  // The group that has the rows of `group` without those `dead` ones; null when none was made.
  GroupPtr TwinOf(const Group& group, size_t dead) const;
  // What was encoded again and is not part of the newest version yet, but can be: see RewriteRecord.
  const std::vector<Rewrite>& pending() const { return pending_; }
  // A file of a retained version, or nullptr.
  FileSpecPtr FindFile(std::string_view file_id) const;
  const VersionRecord* Find(int64_t version) const;

  // Forgets versions before `version`, which is retained.
  void Prune(int64_t version);
  // The log that says what is retained.
  LogContents Contents(std::string_view object, std::string_view definition) const;

  // For each segment that a retained version needs, where its last such group ends.
  std::map<uint64_t, uint64_t> SegmentEnds() const;
  // And how many of its bytes retained versions need.
  std::map<uint64_t, uint64_t> SegmentBytes() const;
  uint64_t bytes_retained() const { return bytes_retained_; }  // of all groups of all versions
  uint64_t bytes_live() const;                                 // of those of the newest
  // What forgetting `version` alone would free, given that all before it are forgotten.
  uint64_t BytesOnlyIn(int64_t version) const;

 private:
  History(Id table, std::string salt) : table_(table), salt_(std::move(salt)) {}
  // The files of one version.
  struct Files {
    std::vector<FileSpecPtr> marked;                // by slot
    std::optional<std::vector<FileSpecPtr>> plain;  // where it differs, once it was made
  };
  FileSpecPtr MakeFile(const State& state, uint32_t slot, const VersionRecord& record);
  FileSpecPtr FileOf(std::vector<GroupPtr> groups, const VersionRecord& record);
  Status Kill(const VersionRecord& record);
  Status MakePlain(int64_t version);
  void DropStalePending();
  void ForgetGroups();
  static Status Follow(const VersionRecord& record,
                       const std::unordered_map<uint64_t, GroupPtr>& groups, State* state,
                       std::vector<uint32_t>* touched_slots);

  Id table_;
  std::string salt_;
  uint64_t next_group_ = 1;
  uint64_t bytes_retained_ = 0;
  std::vector<std::shared_ptr<const Schema>> schemas_;
  std::deque<VersionRecord> records_;  // the first one adds all that its version consists of
  std::deque<Files> record_files_;     // of each of them
  std::deque<RewriteRecord> rewrites_;
  std::vector<Rewrite> pending_;
  std::unordered_map<uint64_t, std::vector<Rewrite>> twins_;  // of a single group, by that
  std::unordered_map<uint64_t, GroupPtr> groups_;             // of all retained versions
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
