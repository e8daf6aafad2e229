#pragma once
// A Query as SQL with bound parameters: no literal of a user ever stands in the text.

#include <string>
#include <string_view>
#include <vector>

#include "store/query.h"
#include "store/sqlite/condition_sql.h"
#include "store/sqlite/query_plan.h"

namespace boathouse::store::sqlite {

// Statements whose rows, one statement after the other, are the records in their order; the columns are
// those of ColumnList. The last parameter of each is how many rows it may return.
std::vector<SqlText> SelectSql(const Query& query, const Plan& plan);
// SELECT count(*) of what the query matches, without its position and limit.
SqlText CountSql(const Query& query);

// " WHERE ..." for the query's filter and words, the records being known as `alias`.
void AddFilter(const Query& query, std::string_view alias, bool related_by_record, SqlWriter* sql);

}  // namespace boathouse::store::sqlite
