#pragma once
// A query's records one by one, as long as somebody asks.

#include <memory>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace boathouse::store::sqlite {

// See Snapshot::Walk. The connection outlives it.
Result<std::unique_ptr<Cursor>> OpenCursor(Connection& connection, const Query& query,
                                           const std::vector<size_t>& fields);

}  // namespace boathouse::store::sqlite
