#pragma once
// Makes the next version of a table from the change log: which groups go, which come. Writes groups to
// the segments; the caller makes it durable and public.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "model/model.h"
#include "store/store.h"
#include "tables/history.h"
#include "tables/rows.h"
#include "tables/segments.h"

namespace boathouse::tables {

// Metrics as they are counted.
struct Counters {
  std::atomic<int64_t> cuts{0}, memory_answers{0}, rows_encoded{0}, rows_decoded{0},
      groups_encoded{0}, bytes_written{0}, rebuilds{0};
};

// The change that a version adds to the log, and the groups it wrote.
struct CutResult {
  VersionRecord record;  // without version and time
  std::vector<GroupPtr> groups;
};

// Reads a whole row group of `history` as rows of `schema`; kCorrupt when it is damaged.
Result<Rows> ReadGroupRows(const Group& group, const Schema& group_schema, const Schema& schema,
                           Segments& segments);

// The columns of the object in the order in which they came to be: those of `previous` that are
// still fields, then new ones. `previous` may be null.
Schema NextSchema(const model::Object& object, const Schema* previous);

class Cutter {
 public:
  Cutter(const model::Object& object, std::shared_ptr<const Schema> schema, const History& history,
         Segments& segments, Counters& counters, const Cancellation& cancellation);

  // Both end with kCancelled soon after the cancellation is raised.
  // All records anew; every live group of the history goes.
  Result<CutResult> Rebuild(store::Snapshot& snapshot);
  // What changed after the history's newest version. The work is bounded by the changes: the groups
  // that hold them are encoded again, and small groups are joined with the new rows.
  Result<CutResult> Advance(store::Snapshot& snapshot);

 private:
  struct Dirty {
    GroupPtr group;
    uint32_t slot;
    std::vector<uint32_t> positions;  // of rows that changed or went, ascending
  };

  Status GoOn() const;  // fails when the cut is to be given up
  Result<std::vector<Dirty>> FindDirty(const std::vector<Id>& changed);
  Result<std::shared_ptr<const IdIndex>> IndexOf(Group& group);
  Status ReplaceDirty(const Dirty& dirty);
  Status AddNewRows(store::Snapshot& snapshot, const std::vector<Id>& ids);
  Status JoinSmallGroups(const std::vector<Dirty>& dirty);
  // Keeps rows for the tail; encodes as soon as a full group is there.
  Status AddToTail(Rows rows);
  Status FlushTail();
  Status Encode(const Rows& rows, uint32_t slot);
  void Remove(uint64_t group) { result_.record.removed.push_back(group); }
  void Place();
  Result<Rows> Decode(const Group& group);

  const model::Object& object_;
  const std::shared_ptr<const Schema> schema_;
  const History& history_;
  Segments& segments_;
  Counters& counters_;
  const Cancellation cancellation_;
  uint64_t next_group_;
  CutResult result_;
  std::vector<SlotGroup> placed_;  // of the new groups
  std::vector<Rows> tail_;
  int64_t tail_rows_ = 0;
};

}  // namespace boathouse::tables
