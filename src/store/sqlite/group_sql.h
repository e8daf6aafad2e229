#pragma once
// Groups: SQLite groups by value and by day; days are gathered into periods here, and sums are kept exact
// beyond 64 bits until they are whole.

#include <vector>

#include "store/query.h"
#include "store/sqlite/connection.h"

namespace boathouse::store::sqlite {

Result<Groups> GroupRecords(Connection& connection, const GroupQuery& query);

}  // namespace boathouse::store::sqlite
