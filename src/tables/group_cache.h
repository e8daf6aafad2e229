#pragma once
// What reading single row groups of a table needs again and again: how each is laid out as a file of its
// own, its statistics, and the values of columns that predicates asked for lately. Any thread.

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "tables/disk_file.h"
#include "tables/planned_file.h"
#include "tables/predicate.h"
#include "tables/rows.h"
#include "tables/segments.h"

namespace boathouse::tables {

inline constexpr size_t group_plans_max = 4096;                // 32 million rows
inline constexpr size_t group_values_bytes_max = 64ull << 20;  // of one table

// A group, and what must be open to read it: so it stays readable whatever is removed meanwhile.
struct HeldGroup {
  GroupPtr group;
  std::shared_ptr<const Schema> schema;  // that it was encoded with
  std::shared_ptr<DiskFile> segment;
  std::vector<uint32_t> dead;  // rows that are not part of the version, ascending

  int64_t live_rows() const { return group->info.rows - static_cast<int64_t>(dead.size()); }
};

class GroupCache {
 public:
  explicit GroupCache(std::shared_ptr<Damage> damage) : damage_(std::move(damage)) {}

  // The group as a file of `schema`.
  Result<PlannedFilePtr> PlanOf(const HeldGroup& held, const Schema& schema);
  // Values of these columns of `schema`, for all its rows, dead ones among them.
  Result<std::vector<ColumnValuesPtr>> Columns(const HeldGroup& held, const Schema& schema,
                                               const std::vector<size_t>& columns);
  // The ids of its rows, in row order.
  Result<std::shared_ptr<const std::vector<Id>>> Ids(const HeldGroup& held, Segments& segments);
  // All rows, dead ones among them, with the columns of `schema`.
  Result<Rows> ReadRows(const HeldGroup& held, const Schema& schema);
  // As it lies there, of its own schema.
  Result<EncodedGroup> ReadEncoded(const HeldGroup& held);
  // The table begins anew, with the same group numbers.
  void Clear();

 private:
  using PlanKey = std::pair<uint64_t, int32_t>;              // group, schema
  using ValuesKey = std::tuple<uint64_t, int32_t, int32_t>;  // group, schema, column id
  static ValuesKey IdsKey(const HeldGroup& held) { return {held.group->info.id, -1, -1}; }
  struct Values {
    GroupPtr group;
    std::shared_ptr<const void> values;
    size_t bytes = 0;
    std::list<ValuesKey>::iterator used;
  };

  std::shared_ptr<const void> FindValues(const ValuesKey& key, const GroupPtr& group);
  void KeepValues(const ValuesKey& key, const GroupPtr& group, std::shared_ptr<const void> values,
                  size_t bytes);
  Result<std::unique_ptr<FileReader>> Open(const HeldGroup& held, const Schema& schema);

  const std::shared_ptr<Damage> damage_;
  std::mutex mutex_;  // all below
  std::map<PlanKey, PlannedFilePtr> plans_;
  std::map<ValuesKey, Values> values_;
  std::list<ValuesKey> used_;  // the latest first
  size_t values_bytes_ = 0;
};

}  // namespace boathouse::tables
