#include "store/sqlite/match_index.h"

#include <string_view>

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

// The one field that decides, where the field's own index finds its key.
bool ServedByOwnIndex(const model::Object& object, const std::vector<MatchTerm>& terms) {
  return terms.size() == 1 && terms[0].method == model::MatchMethod::kExact &&
         IsIndexed(object.fields.at(terms[0].field));
}

// An e-mail address is nearly always its own key. Where the field has an index of its own, ours holds
// only the others, and costs nothing for most records.
bool HoldsOthersOnly(const model::Object& object, const std::vector<MatchTerm>& terms) {
  return terms.size() == 1 && terms[0].method == model::MatchMethod::kEmail &&
         IsIndexed(object.fields.at(terms[0].field));
}

// Which rows the index holds; a query must say the same words for SQLite to use it.
std::string Held(const model::Object& object, const std::vector<MatchTerm>& terms) {
  const model::Field& first = object.fields.at(terms[0].field);
  return KeyExpression(first, terms[0].method) +
         (HoldsOthersOnly(object, terms) ? " <> " + Quoted(first.name) : " IS NOT NULL");
}

// Equal to the first parameter, by the field's own index.
std::string EqualByOwnIndex(const model::Field& field) {
  const std::string column = Quoted(field.name);
  if (field.unique) return column + " = ?1";
  return column + " = ?1 COLLATE NOCASE AND " + column + " = ?1";
}

// match_key('phone', "phone")<between>match_key('name', "last_name")
template <typename Each>
std::string Joined(const std::vector<MatchTerm>& terms, std::string_view between,
                   const Each& each) {
  std::string joined;
  for (size_t i = 0; i < terms.size(); ++i) {
    if (i > 0) joined += between;
    joined += each(i);
  }
  return joined;
}

std::string IndexName(const model::Object& object, const std::vector<MatchTerm>& terms) {
  return object.name + ".match." + Joined(terms, "+", [&](size_t i) {
           return object.fields.at(terms[i].field).name + "." +
                  std::string(model::MatchMethodName(terms[i].method));
         });
}

}  // namespace

Status AddMatchKeyFunction(sqlite3* handle) {
  const int code = sqlite3_create_function_v2(handle, "match_key", 2,
                                              SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS,
                                              nullptr, MatchKeyOf, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return Status::Ok();
  return Error(ErrorKind::kInternal, "could not add match_key to SQLite");
}

Result<bool> CreateMatchIndex(Connection& connection, const model::Object& object,
                              const std::vector<MatchTerm>& terms) {
  if (ServedByOwnIndex(object, terms)) return false;
  const std::string name = IndexName(object, terms);
  {
    ASSIGN(Statement known,
           connection.Prepare("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?"));
    known.Bind(1, std::string_view(name));
    ASSIGN(const bool row, known.Step());
    if (row) return false;
  }
  const std::string keys = Joined(terms, ", ", [&](size_t i) {
    return KeyExpression(object.fields.at(terms[i].field), terms[i].method);
  });
  TRY(connection.Execute("CREATE INDEX " + Quoted(name) + " ON " + RecordTable(object) + " (" +
                         keys + ") WHERE " + Held(object, terms)));
  return true;
}

Result<std::vector<Id>> FindIdsByMatchKeys(Connection& connection, const model::Object& object,
                                           const std::vector<MatchTerm>& terms,
                                           const std::vector<std::string>& keys, size_t limit) {
  INVARIANT(!terms.empty() && terms.size() == keys.size());
  std::vector<Id> ids;
  for (const std::string& key : keys) {
    if (key.empty()) return ids;
  }
  const std::string from = "SELECT \"id\" FROM " + RecordTable(object) + " WHERE ";
  const model::Field& first = object.fields.at(terms[0].field);
  std::string sql;
  if (ServedByOwnIndex(object, terms)) {
    sql = from + EqualByOwnIndex(first);
  } else {
    sql = from + Joined(terms, " AND ", [&](size_t i) {
            return KeyExpression(object.fields.at(terms[i].field), terms[i].method) + " = ?" +
                   std::to_string(i + 1);
          });
    sql += " AND " + Held(object, terms);
    if (HoldsOthersOnly(object, terms)) {
      sql = from + EqualByOwnIndex(first) + " UNION ALL " + sql;
    }
  }
  const int parameters = static_cast<int>(keys.size());
  ASSIGN(Statement statement,
         connection.Prepare(sql + " LIMIT ?" + std::to_string(parameters + 1)));
  for (int i = 0; i < parameters; ++i) {
    statement.Bind(i + 1, std::string_view(keys[static_cast<size_t>(i)]));
  }
  statement.Bind(parameters + 1, static_cast<int64_t>(limit));
  for (;;) {
    ASSIGN(const bool row, statement.Step());
    if (!row) return ids;
    ids.push_back(Id::FromBytes(statement.Blob(0)));
  }
}

}  // namespace boathouse::store::sqlite
