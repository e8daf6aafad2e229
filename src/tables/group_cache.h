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

inline constexpr size_t group_plans_max = 4096;                 // 32 million rows
inline constexpr size_t column_values_bytes_max = 48ull << 20;  // of one table

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
  // All rows, dead ones among them, with the columns of `schema`.
  Result<Rows> ReadRows(const HeldGroup& held, const Schema& schema);
  // As it lies there, of its own schema.
  Result<EncodedGroup> ReadEncoded(const HeldGroup& held);
  // The table begins anew, with the same group numbers.
  void Clear();

 private:
  using PlanKey = std::pair<uint64_t, int32_t>;              // group, schema
  using ColumnKey = std::tuple<uint64_t, int32_t, int32_t>;  // group, schema, column id
  struct Values {
    GroupPtr group;
    ColumnValuesPtr values;
    size_t bytes = 0;
    std::list<ColumnKey>::iterator used;
  };

  ColumnValuesPtr FindValues(const ColumnKey& key, const GroupPtr& group);
  void KeepValues(const ColumnKey& key, const GroupPtr& group, const ColumnValuesPtr& values);
  Result<std::unique_ptr<FileReader>> Open(const HeldGroup& held, const Schema& schema);

  const std::shared_ptr<Damage> damage_;
  std::mutex mutex_;  // all below
  std::map<PlanKey, PlannedFilePtr> plans_;
  std::map<ColumnKey, Values> values_;
  std::list<ColumnKey> used_;  // the latest first
  size_t values_bytes_ = 0;
};

}  // namespace boathouse::tables
