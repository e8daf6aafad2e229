#include "tables/changes.h"
#include "tables/published_table.h"

namespace boathouse::tables {

Result<ChangeSet> PublishedTable::Changes(int64_t, int64_t) {
  return Error{ErrorKind::kUnsupported, "changes are not offered yet"};
}

Result<FileDiff> PublishedTable::Diff(int64_t, int64_t) {
  return Error{ErrorKind::kUnsupported, "changes are not offered yet"};
}

}  // namespace boathouse::tables
