#include "store/sqlite/records.h"

#include <limits>

#include "store/sqlite/query_sql.h"
#include "store/sqlite/schema.h"

namespace boathouse::store::sqlite {
namespace {

constexpr const char* change_columns =
    "sequence, at, actor, surface, object, record, operation, changes";

Result<Change> ReadChange(const Statement& row, const ObjectNumbers& numbers) {
  Change change;
  change.sequence = row.Int(0);
  change.at = row.Int(1);
  change.actor = Id::FromBytes(row.Blob(2));
  change.surface = row.Text(3);
  for (const auto& [name, number] : numbers) {
    if (number == row.Int(4)) change.object = name;
  }
  change.record = Id::FromBytes(row.Blob(5));
  change.operation = static_cast<Operation>(row.Int(6));
  Result<Json> changes = Json::Parse(row.Text(7));
  if (!changes.ok()) {
    return Error(ErrorKind::kCorrupt, "the change log is damaged at " +
                                          std::to_string(change.sequence) + ": " +
                                          changes.error().message);
  }
  change.changes = std::move(changes).value();
  return change;
}

Result<std::vector<Change>> ReadChanges(Statement& statement, const ObjectNumbers& numbers) {
  std::vector<Change> changes;
  for (;;) {
    ASSIGN(const bool row, statement.Step());
    if (!row) return changes;
    ASSIGN(Change change, ReadChange(statement, numbers));
    changes.push_back(std::move(change));
  }
}

int64_t NumberOf(const ObjectNumbers& numbers, const model::Object& object) {
  const auto found = numbers.find(object.name);
  return found != numbers.end() ? found->second : 0;
}

void BindAll(Statement& statement, const std::vector<model::Value>& parameters) {
  int index = 0;
  for (const model::Value& parameter : parameters) statement.BindValue(++index, parameter);
}

Result<Sequence> SingleSequence(Statement& statement) {
  ASSIGN(const bool row, statement.Step());
  return row && !statement.IsNull(0) ? statement.Int(0) : Sequence{0};
}

Result<Json> ParseDocument(std::string_view body) {
  Result<Json> json = Json::Parse(body);
  if (!json.ok()) {
    return Error(ErrorKind::kCorrupt, "a stored document is damaged: " + json.error().message);
  }
  return json;
}

}  // namespace

model::Record ReadRecord(const Statement& statement, const model::Object& object,
                         int first_column) {
  model::Record record;
  record.values.reserve(object.fields.size());
  int column = first_column;
  for (const model::Field& field : object.fields) {
    record.values.push_back(statement.Read(column++, field));
  }
  return record;
}

Result<model::Record> GetRecord(Connection& connection, const model::Object& object, const Id& id) {
  ASSIGN(Statement statement, connection.Prepare(object, kSelectRecord, [&] {
    return "SELECT " + ColumnList(object) + " FROM " + RecordTable(object) + " WHERE \"id\" = ?";
  }));
  statement.Bind(1, id);
  ASSIGN(const bool row, statement.Step());
  if (!row) {
    return Error(ErrorKind::kNotFound, "there is no " + object.name + " " + id.ToString());
  }
  return ReadRecord(statement, object);
}

bool CountsAll(const Query& query) { return !query.where && query.text.empty(); }

Result<int64_t> CountRecords(Connection& connection, const ObjectNumbers& numbers,
                             const Query& query) {
  if (CountsAll(query)) {
    ASSIGN(Statement total,
           connection.Prepare("SELECT records FROM record_total WHERE object = ?"));
    total.Bind(1, NumberOf(numbers, *query.object));
    return SingleSequence(total);
  }
  const SqlText sql = CountSql(query);
  ASSIGN(Statement statement, connection.Prepare(sql.text));
  BindAll(statement, sql.parameters);
  return SingleSequence(statement);
}

Result<std::optional<Id>> FindRecordId(Connection& connection, const model::Object& object,
                                       size_t index, const model::Value& value) {
  const model::Field& field = object.fields[index];
  // NULL equals NULL here, which `=` denies; nobody asks for it often.
  const bool null = model::IsNull(value);
  const int use = kFindByField + static_cast<int>(index);
  ASSIGN(Statement statement, connection.Prepare(object, null ? -use : use, [&] {
    const std::string column = Quoted(field.name);
    std::string sql = "SELECT \"id\" FROM " + RecordTable(object) + " WHERE " + column;
    if (null) return sql + " IS NULL ORDER BY \"id\" LIMIT 1";
    // First by the index, which folds case unless it is unique, then exactly.
    if (IsTextual(field.type) && !field.unique) sql += " = ?1 COLLATE NOCASE AND " + column;
    return sql + " = ?1 ORDER BY \"id\" LIMIT 1";
  }));
  if (!null) statement.BindLasting(1, value);
  ASSIGN(const bool row, statement.Step());
  return row ? std::optional<Id>(Id::FromBytes(statement.Blob(0))) : std::optional<Id>();
}

Result<std::vector<Change>> RecordHistory(Connection& connection, const ObjectNumbers& numbers,
                                          const model::Object& object, const Id& id,
                                          Sequence before, size_t limit) {
  ASSIGN(Statement statement,
         connection.Prepare(std::string("SELECT ") + change_columns +
                            " FROM change WHERE record = ? AND object = ? AND sequence < ?"
                            " ORDER BY sequence DESC LIMIT ?"));
  statement.Bind(1, id);
  statement.Bind(2, NumberOf(numbers, object));
  statement.Bind(3, before > 0 ? before : std::numeric_limits<int64_t>::max());
  statement.Bind(4, static_cast<int64_t>(limit));
  return ReadChanges(statement, numbers);
}

Result<std::vector<Change>> ChangesBetween(Connection& connection, const ObjectNumbers& numbers,
                                           const model::Object* object, Sequence after,
                                           Sequence up_to, size_t limit) {
  std::string sql = std::string("SELECT ") + change_columns +
                    " FROM change WHERE sequence > ?1 AND sequence <= ?2";
  if (object != nullptr) sql += " AND object = ?4";
  sql += " ORDER BY sequence LIMIT ?3";
  ASSIGN(Statement statement, connection.Prepare(sql));
  statement.Bind(1, after);
  statement.Bind(2, up_to);
  statement.Bind(3, static_cast<int64_t>(limit));
  if (object != nullptr) statement.Bind(4, NumberOf(numbers, *object));
  return ReadChanges(statement, numbers);
}

Result<Sequence> NewestSequence(Connection& connection) {
  ASSIGN(Statement statement, connection.Prepare("SELECT max(sequence) FROM change"));
  return SingleSequence(statement);
}

Result<Sequence> NewestSequenceOf(Connection& connection, int64_t object_number) {
  ASSIGN(Statement statement,
         connection.Prepare("SELECT max(sequence) FROM change WHERE object = ?"));
  statement.Bind(1, object_number);
  return SingleSequence(statement);
}

Result<std::optional<Json>> ReadDocument(Connection& connection, std::string_view collection,
                                         std::string_view key) {
  ASSIGN(Statement statement,
         connection.Prepare("SELECT body FROM document WHERE collection = ? AND key = ?"));
  statement.Bind(1, collection);
  statement.Bind(2, key);
  ASSIGN(const bool row, statement.Step());
  if (!row) return std::optional<Json>();
  ASSIGN(Json body, ParseDocument(statement.Text(0)));
  return std::optional<Json>(std::move(body));
}

namespace {

Result<std::vector<std::pair<std::string, Json>>> TakeDocuments(Statement& statement) {
  std::vector<std::pair<std::string, Json>> documents;
  for (;;) {
    ASSIGN(const bool row, statement.Step());
    if (!row) return documents;
    std::string key(statement.Text(0));
    ASSIGN(Json body, ParseDocument(statement.Text(1)));
    documents.emplace_back(std::move(key), std::move(body));
  }
}

}  // namespace

Result<std::vector<std::pair<std::string, Json>>> ReadDocuments(Connection& connection,
                                                                std::string_view collection) {
  ASSIGN(Statement statement,
         connection.Prepare("SELECT key, body FROM document WHERE collection = ? ORDER BY key"));
  statement.Bind(1, collection);
  return TakeDocuments(statement);
}

Result<std::vector<std::pair<std::string, Json>>> ReadDocuments(Connection& connection,
                                                                std::string_view collection,
                                                                const DocumentRange& range) {
  std::string sql = "SELECT key, body FROM document WHERE collection = ? AND key >= ?";
  if (!range.before.empty()) sql += " AND key < ?";
  sql += range.descending ? " ORDER BY key DESC LIMIT ?" : " ORDER BY key LIMIT ?";
  ASSIGN(Statement statement, connection.Prepare(sql));
  int at = 0;
  statement.Bind(++at, collection);
  statement.Bind(++at, std::string_view(range.from));
  if (!range.before.empty()) statement.Bind(++at, std::string_view(range.before));
  statement.Bind(++at, static_cast<int64_t>(range.limit));
  return TakeDocuments(statement);
}

}  // namespace boathouse::store::sqlite
