#pragma once
// Finding records by match keys (model/match_key.h): a function of SQL, and indexes over it.

#include <string_view>
#include <vector>

#include "model/match_key.h"
#include "store/sqlite/connection.h"

namespace boathouse::store::sqlite {

// Makes match_key(method, text) known to the connection. Each connection needs it, for SQLite calls it
// whenever a row with such an index is written.
Status AddMatchKeyFunction(sqlite3* handle);

// Makes the index; false when it is there already, or another one serves. Belongs in a transaction.
Result<bool> CreateMatchIndex(Connection& connection, const model::Object& object, size_t field,
                              model::MatchMethod method);

Result<std::vector<Id>> FindIdsByMatchKey(Connection& connection, const model::Object& object,
                                          size_t field, model::MatchMethod method,
                                          std::string_view key, size_t limit);

}  // namespace boathouse::store::sqlite
