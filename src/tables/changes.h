#pragma once
// What happened to a table from version to version: as change files (which rows came, went, changed) and
// as files that came and went. Both are found by comparing versions, so that they can never disagree with
// what the versions say. See Table::Changes and Table::Diff.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tables/tables.h"

namespace boathouse::tables {

inline constexpr size_t changes_versions_max = 10'000;  // of one call of Changes or Diff

// The column of a change file behind those of the table, with this Parquet field id. It is the only one, as
// in the change files of Delta: commit version and time are of the line that names the file, and the
// Python client of Delta Sharing refuses files that hold columns of these names.
inline constexpr std::string_view change_type_column = "_change_type";  // text, see below
inline constexpr int32_t change_type_column_id = 2'147'480'001;

// Values of _change_type. An update is two rows: as the record was, and as it is. A record whose visible
// columns did not change did not change.
inline constexpr std::string_view change_insert = "insert";
inline constexpr std::string_view change_update_preimage = "update_preimage";
inline constexpr std::string_view change_update_postimage = "update_postimage";
inline constexpr std::string_view change_delete = "delete";

// The changes that made one version of its predecessor. Every image has the columns of the version's own
// schema: of an older image, columns that came later are null. At most one of the two lists has files:
// engines ignore added files beside change files of one version.
struct VersionChanges {
  int64_t version = 0;
  Micros time = 0;
  std::shared_ptr<const Schema> schema;  // of this version
  bool new_schema = false;               // other than the predecessor's; so for the first version
  // Only rows were added: plain files with exactly these, in the table's columns ("add").
  std::vector<File> inserts;
  // Otherwise: files of all its changes with the column above behind the table's ("cdf", "cdc").
  std::vector<File> changes;
};

struct ChangeSet {
  // One for each version of [from, to], also where nothing but the schema changed.
  std::vector<VersionChanges> versions;
};

// The schema of VersionChanges::changes.
Schema ChangeSchema(const Schema& schema);

// Which plain files made one version of its predecessor's. A file that came may hold old rows too, those
// of files that went. For readers that only take what was appended, a version's `inserts` are better.
struct VersionFiles {
  int64_t version = 0;
  Micros time = 0;
  std::shared_ptr<const Schema> schema;
  bool new_schema = false;  // then all files came anew, even when no row changed
  std::vector<File> added;
  std::vector<File> removed;
};

struct FileDiff {
  std::vector<VersionFiles> versions;  // one for each of [from, to]; version 0 adds all its files
};

}  // namespace boathouse::tables
