#include "store/sqlite/queries.h"

#include "store/sqlite/query_plan.h"
#include "store/sqlite/query_sql.h"
#include "store/sqlite/records.h"

namespace boathouse::store::sqlite {

Result<std::vector<model::Record>> ListRecords(Connection& connection, const Query& query) {
  ASSIGN(const Plan plan, PlanFor(connection, query));
  std::vector<model::Record> found;
  for (const SqlText& sql : SelectSql(query, plan)) {
    ASSIGN(Statement statement, connection.Prepare(sql.text));
    const auto last = static_cast<int>(sql.parameters.size());
    for (int i = 1; i < last; ++i)
      statement.BindValue(i, sql.parameters[static_cast<size_t>(i - 1)]);
    statement.Bind(last, static_cast<int64_t>(query.limit - found.size()));
    for (;;) {
      ASSIGN(const bool row, statement.Step());
      if (!row) break;
      found.push_back(ReadRecord(statement, *query.object));
    }
    if (found.size() >= query.limit) break;
  }
  return found;
}

}  // namespace boathouse::store::sqlite
