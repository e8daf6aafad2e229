#pragma once
// Finding records by match keys (model/match_key.h): a function of SQL, and indexes over it.

#include <string>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/store.h"

namespace boathouse::store::sqlite {

// Makes match_key(method, text) known to the connection. Each connection needs it, for SQLite calls it
// whenever a row with such an index is written.
Status AddMatchKeyFunction(sqlite3* handle);

// Makes the index; false when it is there already, or another one serves. Belongs in a transaction.
Result<bool> CreateMatchIndex(Connection& connection, const model::Object& object,
                              const std::vector<MatchTerm>& terms);

Result<std::vector<Id>> FindIdsByMatchKeys(Connection& connection, const model::Object& object,
                                           const std::vector<MatchTerm>& terms,
                                           const std::vector<std::string>& keys, size_t limit);

}  // namespace boathouse::store::sqlite
