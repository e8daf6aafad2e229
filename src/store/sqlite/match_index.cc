#include "store/sqlite/match_index.h"

#include <string>

#include "model/model.h"
#include "store/sqlite/schema.h"

namespace boathouse::store::sqlite {
namespace {

std::string_view TextOf(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_value_bytes(value))};
}

// Null when there is nothing to compare by.
void MatchKeyOf(sqlite3_context* context, int, sqlite3_value** arguments) {
  const auto method = model::FindMatchMethod(TextOf(arguments[0]));
  if (!method) {
    sqlite3_result_error(context, "match_key: no such method", -1);
    return;
  }
  if (sqlite3_value_type(arguments[1]) == SQLITE_NULL) return;
  const std::string key = model::MatchKey(*method, TextOf(arguments[1]));
  if (!key.empty()) {
    sqlite3_result_text64(context, key.data(), key.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
}

bool IsIndexed(const model::Field& field) { return field.indexed || field.unique; }

std::string KeyExpression(const model::Field& field, model::MatchMethod method) {
  return "match_key('" + std::string(model::MatchMethodName(method)) + "', " + Quoted(field.name) +
         ")";
}

// An e-mail address is nearly always its own key. Where the field has an index of its own, ours holds
// only the others, and costs nothing for most records.
bool HoldsOthersOnly(const model::Field& field, model::MatchMethod method) {
  return method == model::MatchMethod::kEmail && IsIndexed(field);
}

// Which rows the index holds; a query must say the same words for SQLite to use it.
std::string Held(const model::Field& field, model::MatchMethod method) {
  return KeyExpression(field, method) +
         (HoldsOthersOnly(field, method) ? " <> " + Quoted(field.name) : " IS NOT NULL");
}

// Equal to the first parameter, by the field's own index.
std::string EqualByOwnIndex(const model::Field& field) {
  const std::string column = Quoted(field.name);
  if (!IsTextual(field.type) || field.unique) return column + " = ?1";
  return column + " = ?1 COLLATE NOCASE AND " + column + " = ?1";
}

}  // namespace

Status AddMatchKeyFunction(sqlite3* handle) {
  const int code = sqlite3_create_function_v2(handle, "match_key", 2,
                                              SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                              nullptr, MatchKeyOf, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return Status::Ok();
  return Error(ErrorKind::kInternal, "could not add match_key to SQLite");
}

Result<bool> CreateMatchIndex(Connection& connection, const model::Object& object, size_t field,
                              model::MatchMethod method) {
  const model::Field& of = object.fields.at(field);
  if (method == model::MatchMethod::kExact && IsIndexed(of)) return false;
  const std::string name =
      object.name + "." + of.name + ".match_" + std::string(model::MatchMethodName(method));
  {
    ASSIGN(Statement known,
           connection.Prepare("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?"));
    known.Bind(1, std::string_view(name));
    ASSIGN(const bool row, known.Step());
    if (row) return false;
  }
  const std::string on = " ON " + RecordTable(object) + " (";
  std::string sql = "CREATE INDEX " + Quoted(name) + on;
  if (method == model::MatchMethod::kExact) {
    sql += Quoted(of.name) + ") WHERE " + Quoted(of.name) + " IS NOT NULL";
  } else {
    sql += KeyExpression(of, method) + ") WHERE " + Held(of, method);
  }
  TRY(connection.Execute(sql));
  return true;
}

Result<std::vector<Id>> FindIdsByMatchKey(Connection& connection, const model::Object& object,
                                          size_t field, model::MatchMethod method,
                                          std::string_view key, size_t limit) {
  std::vector<Id> ids;
  if (key.empty()) return ids;
  const model::Field& of = object.fields.at(field);
  const std::string from = "SELECT \"id\" FROM " + RecordTable(object) + " WHERE ";
  std::string sql;
  if (method == model::MatchMethod::kExact) {
    sql = from + (IsIndexed(of) ? EqualByOwnIndex(of) : Quoted(of.name) + " = ?1");
  } else {
    sql = from + KeyExpression(of, method) + " = ?1 AND " + Held(of, method);
    if (HoldsOthersOnly(of, method)) {
      sql = from + EqualByOwnIndex(of) + " UNION ALL " + sql;
    }
  }
  ASSIGN(Statement statement, connection.Prepare(sql + " LIMIT ?2"));
  statement.Bind(1, key);
  statement.Bind(2, static_cast<int64_t>(limit));
  for (;;) {
    ASSIGN(const bool row, statement.Step());
    if (!row) return ids;
    ids.push_back(Id::FromBytes(statement.Blob(0)));
  }
}

}  // namespace boathouse::store::sqlite
