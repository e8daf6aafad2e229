#pragma once
// Encodes groups again without their dead rows, each on its own or several joined, several at once on the
// cores there are. Writes the results to the segments; the caller makes them durable and public.

#include <atomic>
#include <cstdint>
#include <vector>

#include "base/cancellation.h"
#include "base/result.h"
#include "tables/history.h"
#include "tables/rows.h"
#include "tables/segments.h"

namespace boathouse::tables {

// Metrics as they are counted.
struct Counters {
  std::atomic<int64_t> cuts{0}, memory_answers{0}, rows_encoded{0}, rows_decoded{0},
      groups_encoded{0}, bytes_written{0}, rows_marked{0}, rebuilds{0}, rewrites{0}, compactions{0};
};

// Reads a whole row group as rows of `schema`, dead ones among them; kCorrupt when it is damaged.
Result<Rows> ReadGroupRows(const Group& group, const Schema& group_schema, const Schema& schema,
                           Segments& segments);

// A group with the rows of it that are dead, ascending.
struct DirtyGroup {
  GroupPtr group;
  std::vector<uint32_t> dead;
  int64_t live() const { return group->info.rows - static_cast<int64_t>(dead.size()); }
};

// Groups to be joined in this order; their live rows are at least one and at most a full group's.
using RewriteJob = std::vector<DirtyGroup>;

struct RewriteResult {
  RewriteRecord record;
  std::vector<GroupPtr> groups;
};

// New groups are numbered from `next_group`. A group on its own keeps its schema, joined ones get that of
// the newest version. kCorrupt when a
// group is damaged.
Result<RewriteResult> RewriteGroups(const std::vector<RewriteJob>& jobs, const History& history,
                                    uint64_t next_group, Segments& segments, Counters& counters,
                                    const Cancellation& cancellation);

// Appends an encoded group to the segments as group `id`.
Result<GroupPtr> AppendGroup(uint64_t id, int32_t schema_id, int64_t fresh,
                             const EncodedGroup& encoded, std::shared_ptr<const IdIndex> index,
                             Segments& segments, Counters& counters);

}  // namespace boathouse::tables
