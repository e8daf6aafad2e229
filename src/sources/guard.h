#pragma once
// The guard in front of every source: lets one SELECT over allow-listed tables through, with a limit,
// and refuses everything else. Pure; it reads tokens and clauses, never patterns in text.
//
// Codes (field errors on /sql): MULTI_STATEMENT, DML_FORBIDDEN, DDL_FORBIDDEN, NOT_A_SELECT,
// TABLE_NOT_ALLOW_LISTED, TABLE_FUNCTION_FORBIDDEN, FUNCTION_NOT_ALLOW_LISTED, RECURSION_FORBIDDEN, LIMIT_NOT_A_NUMBER,
// UNBALANCED, TOO_LONG, and those of sql_tokens.h.

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace boathouse::sources {

inline constexpr size_t statement_bytes_max = 64u << 10;
inline constexpr size_t nesting_max = 32;  // parentheses

struct GuardPolicy {
  // Lower case, as the statement must name them: "analytics.orders".
  std::set<std::string> tables;
  size_t rows_max = 10'000;
};

// The statement to send: `sql` without a final semicolon and with a LIMIT of at most rows_max + 1, so
// that the reader can tell a full answer from a cut one.
Result<std::string> GuardSql(std::string_view sql, const GuardPolicy& policy);

}  // namespace boathouse::sources
