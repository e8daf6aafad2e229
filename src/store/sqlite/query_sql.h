#pragma once
// A Query as SQL with bound parameters: no literal of a user ever stands in the text.

#include <string>
#include <string_view>

#include "store/query.h"
#include "store/sqlite/condition_sql.h"

namespace boathouse::store::sqlite {

// SELECT <columns> ... WHERE ... ORDER BY ... LIMIT of a query.
SqlText SelectSql(const Query& query);
// SELECT count(*) of what the query matches, without its position and limit.
SqlText CountSql(const Query& query);

// A full-text expression: every word of `text` as a prefix, all required; "" when it has no word.
std::string MatchExpression(std::string_view text);

}  // namespace boathouse::store::sqlite
