#pragma once
// Running queries on one connection: lists, totals, groups.

#include <vector>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace boathouse::store::sqlite {

Result<std::vector<model::Record>> ListRecords(Connection& connection, const Query& query);

}  // namespace boathouse::store::sqlite
