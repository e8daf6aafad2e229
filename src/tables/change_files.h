#pragma once
// Makes the change files of one version out of the rows that went with it and the rows that came. Private;
// changes.h says what they are.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "tables/changes.h"
#include "tables/derived_files.h"
#include "tables/group_cache.h"
#include "tables/segments.h"

namespace boathouse::tables {

// Rows of a group.
struct GroupRows {
  HeldGroup held;
  std::vector<uint32_t> rows;  // positions, ascending

  bool whole() const { return static_cast<int64_t>(rows.size()) == held.group->info.rows; }
};

// What made a version of its predecessor. A row that went and came again unchanged, as when groups were
// joined, may stand in both lists.
struct VersionDelta {
  int64_t version = 0;
  Micros time = 0;
  std::shared_ptr<const Schema> schema;
  bool new_schema = false;
  Id table;
  std::shared_ptr<Segments> segments;
  std::vector<GroupRows> gone;
  std::vector<GroupRows> came;
};

// Fills in `inserts` or `changes`.
Status MakeChangeFiles(const VersionDelta& delta, GroupCache& groups, DerivedFiles& files,
                       VersionChanges* out);

}  // namespace boathouse::tables
