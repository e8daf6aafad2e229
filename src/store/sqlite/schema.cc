#include "store/sqlite/schema.h"

#include <set>

#include "store/query.h"
#include "store/sqlite/search.h"

namespace boathouse::store::sqlite {
namespace {

// `n` is the record's row number: small, so that the full-text index and the row id can use it.
constexpr const char* base_layout = R"(
CREATE TABLE IF NOT EXISTS object_number (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS change (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor BLOB NOT NULL,
  surface TEXT NOT NULL,
  object INTEGER NOT NULL,
  record BLOB NOT NULL,
  operation INTEGER NOT NULL,
  changes TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS record_total (
  object INTEGER PRIMARY KEY,
  records INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS change_by_object ON change (object, sequence);
CREATE INDEX IF NOT EXISTS change_by_record ON change (record, sequence);
CREATE INDEX IF NOT EXISTS change_deleted ON change (object) WHERE operation = 3;
CREATE TABLE IF NOT EXISTS document (
  collection TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (collection, key)
) WITHOUT ROWID;
)";

const char* ColumnType(model::FieldType type) {
  switch (type) {
    case model::FieldType::kId:
    case model::FieldType::kRelation:
      return "BLOB";
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
      return "TEXT";
    case model::FieldType::kInteger:
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
    case model::FieldType::kBoolean:
    case model::FieldType::kDate:
    case model::FieldType::kDateTime:
      return "INTEGER";
  }
  return "BLOB";
}

Result<std::set<std::string>> ExistingColumns(Connection& connection, const std::string& table) {
  std::set<std::string> columns;
  ASSIGN(Statement statement, connection.Prepare("SELECT name FROM pragma_table_info(?)"));
  statement.Bind(1, table);
  for (;;) {
    ASSIGN(const bool row, statement.Step());
    if (!row) return columns;
    columns.emplace(statement.Text(0));
  }
}

// The statement that makes the field's index, or "" when it needs none.
std::string IndexStatement(const model::Object& object, const model::Field& field) {
  const bool wanted = field.unique || field.indexed || field.type == model::FieldType::kRelation;
  // created_by and updated_by are relations of every object that nobody filters by often.
  if (!wanted || field.name == "created_by" || field.name == "updated_by") return {};
  const std::string name = Quoted(object.name + "." + field.name + ".index");
  const size_t index = static_cast<size_t>(&field - object.fields.data());
  if (IsListedByTitle(object, index)) {
    const model::Field& title = object.fields[object.title_index()];
    // In the place of one without the title, which older programs made.
    return "DROP INDEX IF EXISTS " + name + "; CREATE INDEX IF NOT EXISTS " +
           Quoted(object.name + "." + field.name + ".list") + " ON " + RecordTable(object) + " (" +
           Quoted(field.name) + " COLLATE NOCASE, " + Quoted(title.name) +
           (IsTextual(title.type) ? " COLLATE NOCASE" : "") + ", \"id\");";
  }
  const std::string head =
      field.unique ? "CREATE UNIQUE INDEX IF NOT EXISTS " : "CREATE INDEX IF NOT EXISTS ";
  // Sorting folds ASCII case, so the index does too; a unique index stays exact.
  const bool folded = IsTextual(field.type) && !field.unique;
  std::string columns = Quoted(field.name) + (folded ? " COLLATE NOCASE" : "");
  if (!field.unique) columns += ", \"id\"";
  return head + name + " ON " + RecordTable(object) + " (" + columns + ");";
}

Status MigrateObject(Connection& connection, const model::Object& object) {
  ASSIGN(const std::set<std::string> existing, ExistingColumns(connection, "r_" + object.name));
  std::string sql;
  if (existing.empty()) {
    sql = "CREATE TABLE " + RecordTable(object) + " (\"n\" INTEGER PRIMARY KEY";
    for (const model::Field& field : object.fields) {
      sql += ", " + Quoted(field.name) + " " + ColumnType(field.type);
      if (&field == &object.fields[model::kFieldId]) sql += " NOT NULL UNIQUE";
    }
    sql += ");";
    sql += "INSERT OR IGNORE INTO object_number (name) VALUES ('" + object.name + "');";
  } else {
    for (const model::Field& field : object.fields) {
      if (existing.contains(field.name)) continue;
      sql += "ALTER TABLE " + RecordTable(object) + " ADD COLUMN " + Quoted(field.name) + " " +
             ColumnType(field.type) + ";";
    }
  }
  for (const model::Field& field : object.fields) sql += IndexStatement(object, field);
  // Counted once, in a file that an older program wrote; kept up to date by each commit from then on.
  sql += "INSERT INTO record_total (object, records) SELECT number, (SELECT count(*) FROM " +
         RecordTable(object) + ") FROM object_number WHERE name = '" + object.name +
         "' AND number NOT IN (SELECT object FROM record_total);";
  TRY(connection.Execute(sql));
  return CreateSearch(connection, object);
}

Result<int64_t> UserVersion(Connection& connection) {
  ASSIGN(Statement statement, connection.Prepare("PRAGMA user_version"));
  ASSIGN(const bool row, statement.Step());
  return row ? statement.Int(0) : 0;
}

}  // namespace

std::string RecordTable(const model::Object& object) { return Quoted("r_" + object.name); }

std::string SearchTable(const model::Object& object) {
  // No name of an object holds a dot, so neither this nor the shadow tables that FTS5 names after it
  // can meet another object's.
  return Quoted(object.name + ".search");
}

bool IsTextual(model::FieldType type) { return std::string_view(ColumnType(type)) == "TEXT"; }

std::string ColumnList(const model::Object& object) {
  std::string list;
  for (const model::Field& field : object.fields) {
    if (!list.empty()) list += ", ";
    list += Quoted(field.name);
  }
  return list;
}

Status CreateMissing(Connection& connection, const model::Model& model) {
  for (const model::Object& object : model.objects()) TRY(MigrateObject(connection, object));
  return Status::Ok();
}

Status Migrate(Connection& connection, const model::Model& model) {
  ASSIGN(const int64_t version, UserVersion(connection));
  if (version > layout_version) {
    return Error(ErrorKind::kConflict, "the database was written by a newer Boathouse (layout " +
                                           std::to_string(version) + ", this program knows up to " +
                                           std::to_string(layout_version) +
                                           "); run that version or restore a backup");
  }
  TRY(connection.Execute("BEGIN IMMEDIATE"));
  const auto migrate = [&]() -> Status {
    TRY(connection.Execute(base_layout));
    TRY(CreateMissing(connection, model));
    return connection.Execute("PRAGMA user_version = " + std::to_string(layout_version));
  };
  const Status migrated = migrate();
  if (!migrated.ok()) {
    [[maybe_unused]] const Status undone = connection.Execute("ROLLBACK");
    return migrated;
  }
  return connection.Execute("COMMIT");
}

Result<std::map<std::string, int64_t>> LoadObjectNumbers(Connection& connection) {
  std::map<std::string, int64_t> numbers;
  ASSIGN(Statement statement, connection.Prepare("SELECT name, number FROM object_number"));
  for (;;) {
    ASSIGN(const bool row, statement.Step());
    if (!row) return numbers;
    numbers.emplace(std::string(statement.Text(0)), statement.Int(1));
  }
}

}  // namespace boathouse::store::sqlite
