#pragma once
// Makes the next version of a table from the change log: which rows die where they stand, which come.
// Writes new groups to the segments; the caller makes the version durable and public.

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "model/model.h"
#include "store/store.h"
#include "tables/history.h"
#include "tables/rewrite.h"
#include "tables/row_source.h"
#include "tables/rows.h"
#include "tables/segments.h"

namespace boathouse::tables {

// The change that a version adds to the log, and the groups it wrote.
struct CutResult {
  bool changed = false;  // else the newest version still says it all, and nothing was written
  VersionRecord record;  // without version and time
  std::vector<GroupPtr> groups;
  std::vector<DirtyGroup> dirty;  // groups of the new version that have dead rows
  uint64_t next_group = 0;        // the first id that is free after it
};

// The columns of the object in the order in which they came to be: those of `previous` that are
// still fields, then new ones. `previous` may be null.
Schema NextSchema(const model::Object& object, const Schema* previous);

class Cutter {
 public:
  Cutter(const RowSource& source, std::shared_ptr<const Schema> schema, const History& history,
         Segments& segments, Counters& counters, const Cancellation& cancellation);

  // Both end with kCancelled soon after the cancellation is raised.
  // All rows anew; every live group of the history goes.
  Result<CutResult> Rebuild(store::Snapshot& snapshot);
  // What changed after the history's newest version. Takes what was encoded again since then, marks rows
  // that changed or went as dead, and puts new images into the tail. Nothing that is stored is decoded,
  // except small groups that are joined with the new rows.
  Result<CutResult> Advance(store::Snapshot& snapshot);

 private:
  // A group of the coming version.
  struct Live {
    GroupPtr group;
    uint32_t slot = 0;
    std::vector<uint32_t> dying;  // rows that die with this version, ascending
    int64_t rows() const {
      return group->info.rows - static_cast<int64_t>(group->deaths.size() + dying.size());
    }
  };

  Status GoOn() const;  // fails when the cut is to be given up
  void Remove(uint64_t group);
  void TakeRewrites();
  Status MarkDead(const std::vector<Id>& changed);
  Result<std::shared_ptr<const IdIndex>> IndexOf(Group& group);
  Status AddNewRows(store::Snapshot& snapshot, const std::vector<Id>& ids);
  void RemoveDead();
  Status JoinSmallGroups();
  // Keeps rows for the tail; encodes as soon as a full group is there.
  Status AddToTail(Rows rows);
  Status FlushTail();
  // A group that is encoded and has no place yet.
  struct Encoded {
    EncodedGroup group;
    std::shared_ptr<const IdIndex> index;
  };
  static Result<Encoded> EncodeRows(const Rows& rows);
  Status Encode(const Rows& rows);
  Status AddGroup(Encoded encoded);
  void Place();
  static std::vector<uint32_t> DeadRowsOf(const Live& live);

  const RowSource& source_;
  const std::shared_ptr<const Schema> schema_;
  const History& history_;
  Segments& segments_;
  Counters& counters_;
  const Cancellation cancellation_;
  uint64_t next_group_;
  CutResult result_;
  std::map<uint64_t, Live> live_;  // by group
  std::vector<Rows> tail_;
  int64_t tail_rows_ = 0;
  int64_t fresh_left_ = 0;  // rows at the beginning of the tail that are new
};

// Forgets the id indexes that were not needed for longest when all together are larger than this.
void TrimIndexes(const History& history, size_t bytes_max);

}  // namespace boathouse::tables
