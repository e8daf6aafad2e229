#pragma once
// Finds the rows of a version that a reader wants, and puts them into files of their own where that pays.
// Private; Table::Select says what comes out.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.h"
#include "tables/derived_files.h"
#include "tables/group_cache.h"
#include "tables/predicate.h"
#include "tables/selection.h"

namespace boathouse::tables {

// More selected rows than these are put into files of their own only when they are at most one in
// `selected_share` of the rows that would be sent otherwise: the version's own files cost nothing to make,
// and clients keep them.
inline constexpr int64_t selected_rows_cheap = 50'000;
inline constexpr int64_t selected_share = 4;
// Groups that are decoded for one answer. One takes a few milliseconds; a client takes about as long to
// fetch and decode it itself, so this bounds what one request may cost the server.
inline constexpr size_t selected_groups_max = 512;
// Rows that are taken from the store, where it has them as they are in the version, rather than decoding a
// group for a few of its rows.
inline constexpr size_t store_rows_max = 20'000;

// A file of the version with its groups.
struct HeldFileGroups {
  File file;
  std::vector<HeldGroup> groups;
};

// Another way to rows than decoding their group.
struct RowAccess {
  // The ids of all rows of a group, in row order.
  std::function<Result<std::shared_ptr<const std::vector<Id>>>(const HeldGroup& held)> ids;
  // Rows by id (ascending) as they are in the version, with the columns of its schema; nullopt when that
  // cannot be told.
  std::function<Result<std::optional<Rows>>(const std::vector<Id>& ids)> fetch;
};

class RowSelection {
 public:
  // All arguments outlive it.
  RowSelection(const std::vector<HeldFileGroups>& files, const Schema& schema, Micros created_at,
               const Selection& selection, GroupCache& groups, DerivedFiles& derived,
               RowAccess access);

  // Tells selections of one version apart.
  std::string Key() const;
  Result<std::vector<File>> Run();

 private:
  // The wanted rows of a group.
  struct Pick {
    const HeldGroup* held = nullptr;
    size_t file = 0;
    std::vector<uint32_t> rows;  // ascending

    bool whole() const { return static_cast<int64_t>(rows.size()) == held->group->info.rows; }
  };

  bool unlimited() const { return !limit_; }
  // False when enough rows are picked.
  Result<bool> PickFrom(const HeldGroup& held, size_t file, Outcomes outcomes);
  void Add(const HeldGroup& held, size_t file, std::vector<uint32_t> rows);
  bool Pays() const;
  std::vector<File> OwnFiles() const;
  Result<std::vector<File>> MakeFiles();
  Result<std::optional<Rows>> FromStore();

  const std::vector<HeldFileGroups>& files_;
  const Schema& schema_;
  const Micros created_at_;
  const BoundPredicate predicate_;
  std::optional<int64_t> limit_;
  GroupCache& groups_;
  DerivedFiles& derived_;
  const RowAccess access_;

  std::vector<Pick> picks_;
  std::vector<bool> may_match_;  // of each file
  int64_t picked_ = 0;
  int64_t sent_otherwise_ = 0;  // live rows of files that may match
  size_t decoded_groups_ = 0;   // that the picks need
};

}  // namespace boathouse::tables
