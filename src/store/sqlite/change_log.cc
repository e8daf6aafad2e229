#include "store/sqlite/records.h"

#include <limits>
#include <string>

namespace boathouse::store::sqlite {
namespace {

constexpr Sequence sequence_max = std::numeric_limits<Sequence>::max();

int64_t NumberOf(const ObjectNumbers& numbers, const model::Object& object) {
  const auto found = numbers.find(object.name);
  return found != numbers.end() ? found->second : 0;
}

// The changes whose numbers the statement answers, in its order.
Result<std::vector<Change>> Collect(Connection& connection, const ObjectNumbers& numbers,
                                    Statement& statement) {
  std::vector<Change> changes;
  for (;;) {
    ASSIGN(const bool row, statement.Step());
    if (!row) return changes;
    ASSIGN(Change change, GetChange(connection, numbers, statement.Int(0)));
    changes.push_back(std::move(change));
  }
}

}  // namespace

Result<Change> GetChange(Connection& connection, const ObjectNumbers& numbers, Sequence sequence) {
  ASSIGN(std::vector<Change> found,
         ChangesBetween(connection, numbers, nullptr, sequence - 1, sequence, 1));
  if (!found.empty()) return std::move(found[0]);
  return Error(ErrorKind::kNotFound, "there is no change " + std::to_string(sequence));
}

Result<std::vector<Change>> ChangesBefore(Connection& connection, const ObjectNumbers& numbers,
                                          const model::Object* object, Sequence before,
                                          size_t limit) {
  std::string sql = "SELECT sequence FROM change WHERE sequence < ?1";
  if (object != nullptr) sql += " AND object = ?3";
  ASSIGN(Statement statement, connection.Prepare(sql + " ORDER BY sequence DESC LIMIT ?2"));
  statement.Bind(1, before > 0 ? before : sequence_max);
  statement.Bind(2, static_cast<int64_t>(limit));
  if (object != nullptr) statement.Bind(3, NumberOf(numbers, *object));
  return Collect(connection, numbers, statement);
}

Result<std::vector<Change>> DeletesBefore(Connection& connection, const ObjectNumbers& numbers,
                                          const model::Object& object, Sequence before,
                                          size_t limit) {
  // The operation stands in the text: only so can SQLite use the index of deletes.
  ASSIGN(Statement statement,
         connection.Prepare("SELECT sequence FROM change WHERE operation = 3 AND object = ?"
                            " AND sequence < ? ORDER BY sequence DESC LIMIT ?"));
  statement.Bind(1, NumberOf(numbers, object));
  statement.Bind(2, before > 0 ? before : sequence_max);
  statement.Bind(3, static_cast<int64_t>(limit));
  return Collect(connection, numbers, statement);
}

Result<Origin> OriginOf(Connection& connection, const ObjectNumbers& numbers,
                        const model::Object& object, const Id& id) {
  ASSIGN(Statement statement,
         connection.Prepare("SELECT count(*), min(sequence) FROM change WHERE record = ?"
                            " AND object = ? AND operation <> 3"));
  statement.Bind(1, id);
  statement.Bind(2, NumberOf(numbers, object));
  ASSIGN(const bool row, statement.Step());
  return row ? Origin{statement.Int(1), statement.Int(0)} : Origin{};
}

Status EraseValues(Connection& connection, const ObjectNumbers& numbers,
                   const model::Object& object, const Id& id) {
  // What is overwritten does not linger in unused parts of the file's pages.
  TRY(connection.Execute("PRAGMA secure_delete = ON"));
  const auto erase = [&]() -> Status {
    ASSIGN(Statement statement,
           connection.Prepare("UPDATE change SET changes = '{}' WHERE record = ? AND object = ?"));
    statement.Bind(1, id);
    statement.Bind(2, NumberOf(numbers, object));
    return statement.Run();
  };
  const Status erased = erase();
  TRY(connection.Execute("PRAGMA secure_delete = OFF"));
  return erased;
}

}  // namespace boathouse::store::sqlite
