#include "store/sqlite/model_log.h"

#include <cstdio>

#include "model/change.h"
#include "store/sqlite/records.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/search.h"

namespace boathouse::store::sqlite {
namespace {

constexpr const char* collection = "model.change";

// Keys sort in the order of the changes.
std::string KeyOf(size_t number) {
  char key[16];
  std::snprintf(key, sizeof key, "%08zu", number);
  return key;
}

// Records that exist lack a new field, so it cannot be required of them.
Status CheckNewFields(Connection& connection, const model::Model& current,
                      const model::Model& next) {
  for (const model::Object& object : next.objects()) {
    const model::Object* before = current.Find(object.name);
    if (before == nullptr) continue;
    for (const model::Field& field : object.fields) {
      if (!field.required || before->IndexOf(field.name)) continue;
      Query any;
      any.object = before;
      any.limit = 1;
      ASSIGN(const std::vector<model::Record> records, ListRecords(connection, any));
      if (records.empty()) continue;
      Error error(ErrorKind::kConflict, "there are " + object.plural + " already, which have no " +
                                            field.name + ": add the field without \"required\"");
      error.fields.push_back({"/required", "conflict", error.message});
      return error;
    }
  }
  return Status::Ok();
}

// Whether other fields than before are searched in an object that was there.
bool SearchDiffers(const model::Object& before, const model::Object& object) {
  for (const model::Field& field : object.fields) {
    const model::Field* was = before.Find(field.name);
    if (was != nullptr && was->searchable != field.searchable) return true;
  }
  return false;
}

Error Contradicts(std::string member, std::string message) {
  Error error(ErrorKind::kConflict, std::move(message));
  error.fields.push_back({"/" + std::move(member), "conflict", error.message});
  return error;
}

// How many records meet the SQL condition, and one of them.
struct Found {
  int64_t count = 0;
  Id example;
};
Result<Found> FindWhere(Connection& connection, const model::Object& object,
                        const std::string& condition,
                        const std::vector<model::Value>& values = {}) {
  ASSIGN(Statement statement, connection.Prepare("SELECT count(*), min(\"id\") FROM " +
                                                 RecordTable(object) + " WHERE " + condition));
  int at = 0;
  for (const model::Value& value : values) statement.BindValue(++at, value);
  ASSIGN(const bool row, statement.Step());
  Found found;
  if (!row || statement.Int(0) == 0) return found;
  found.count = statement.Int(0);
  found.example = Id::FromBytes(statement.Blob(1));
  return found;
}

Status CheckRequired(Connection& connection, const model::Object& object,
                     const model::Field& field) {
  ASSIGN(const Found found, FindWhere(connection, object, Quoted(field.name) + " IS NULL"));
  if (found.count == 0) return Status::Ok();
  return Contradicts("required", std::to_string(found.count) + " " + object.plural + " have no " +
                                     field.name + ", such as " + found.example.ToString() +
                                     ": fill them in first");
}

Status CheckUnique(Connection& connection, const model::Object& object, const model::Field& field) {
  const std::string column = Quoted(field.name);
  ASSIGN(Statement statement,
         connection.Prepare("SELECT min(\"id\"), max(\"id\"), count(*) FROM " +
                            RecordTable(object) + " WHERE " + column + " IS NOT NULL GROUP BY " +
                            column + " HAVING count(*) > 1 LIMIT 1"));
  ASSIGN(const bool row, statement.Step());
  if (!row) return Status::Ok();
  return Contradicts(
      "unique", std::to_string(statement.Int(2)) + " " + object.plural + " have the same " +
                    field.name + ": " + Id::FromBytes(statement.Blob(0)).ToString() + " and " +
                    Id::FromBytes(statement.Blob(1)).ToString() + "; change or merge them first");
}

Status CheckOptions(Connection& connection, const model::Object& object, const model::Field& before,
                    const model::Field& field) {
  const std::string column = Quoted(field.name);
  for (const model::SelectOption& option : before.options) {
    if (field.HasOption(option.value)) continue;
    // Of a multi-select the values stand joined by semicolons.
    ASSIGN(const Found found,
           FindWhere(connection, object, "instr(';' || " + column + " || ';', ';' || ? || ';') > 0",
                     {model::Value(option.value)}));
    if (found.count == 0) continue;
    return Contradicts("options", "the option \"" + option.value + "\" is in use by " +
                                      std::to_string(found.count) + " " + object.plural +
                                      ", such as " + found.example.ToString() +
                                      ": choose another one there first");
  }
  return Status::Ok();
}

Status CheckBounds(Connection& connection, const model::Object& object, const model::Field& field) {
  const bool scaled =
      field.type == model::FieldType::kDecimal || field.type == model::FieldType::kMoney;
  const std::string column = Quoted(field.name) + (scaled ? " / 10000.0" : "");
  const auto check = [&](const char* member, const std::string& condition,
                         int64_t bound) -> Status {
    ASSIGN(const Found found, FindWhere(connection, object, condition, {model::Value(bound)}));
    if (found.count == 0) return Status::Ok();
    return Contradicts(member, std::to_string(found.count) + " " + object.plural + " have a " +
                                   field.name + " beyond that, such as " +
                                   found.example.ToString() + ": change them first");
  };
  if (field.minimum) TRY(check("minimum", column + " < ?", *field.minimum));
  if (field.maximum) TRY(check("maximum", column + " > ?", *field.maximum));
  if (IsTextual(field.type) && field.length_max > 0 && !field.is_computed()) {
    TRY(check("max_length", "length(" + column + ") > ?", static_cast<int64_t>(field.length_max)));
  }
  return Status::Ok();
}

// What the records that exist must not contradict, and the indexes that follow.
Status AlterField(Connection& connection, const model::Object& object, const model::Field& before,
                  const model::Field& field) {
  if (field.required && !before.required) TRY(CheckRequired(connection, object, field));
  if (field.unique && !before.unique) TRY(CheckUnique(connection, object, field));
  TRY(CheckOptions(connection, object, before, field));
  const bool bounds_differ = field.minimum != before.minimum || field.maximum != before.maximum ||
                             field.length_max < before.length_max;
  if (bounds_differ) TRY(CheckBounds(connection, object, field));
  if (field.unique == before.unique && field.indexed == before.indexed) return Status::Ok();
  // CreateMissing makes the one that is wanted now.
  std::string sql;
  for (const char* kind : {".index", ".list"}) {
    sql += "DROP INDEX IF EXISTS " + Quoted(object.name + "." + field.name + kind) + ";";
  }
  return connection.Execute(sql);
}

Status AlterFields(Connection& connection, const model::Model& current, const model::Model& next) {
  for (const model::Object& object : next.objects()) {
    const model::Object* before = current.Find(object.name);
    if (before == nullptr) continue;
    for (const model::Field& field : object.fields) {
      const model::Field* was = before->Find(field.name);
      if (was != nullptr) TRY(AlterField(connection, object, *was, field));
    }
  }
  return Status::Ok();
}

}  // namespace

Result<std::shared_ptr<const model::Model>> LoadModel(
    Connection& connection, std::shared_ptr<const model::Model> standard) {
  ASSIGN(const auto changes, ReadDocuments(connection, collection));
  std::shared_ptr<const model::Model> model = std::move(standard);
  for (const auto& [key, change] : changes) {
    Result<std::shared_ptr<const model::Model>> next = model::Apply(*model, change);
    if (!next.ok()) {
      return Error(ErrorKind::kCorrupt, "the model's change " + key +
                                            " does not apply any more: " + next.error().message);
    }
    model = std::move(next).value();
  }
  TRY(Migrate(connection, *model));
  return model;
}

Status WriteModelChange(Connection& connection, const model::Model& current,
                        const model::Model& next, const Json& change) {
  TRY(CheckNewFields(connection, current, next));
  TRY(AlterFields(connection, current, next));
  ASSIGN(const auto changes, ReadDocuments(connection, collection));
  TRY(CreateMissing(connection, next));
  for (const model::Object& object : next.objects()) {
    const model::Object* before = current.Find(object.name);
    if (before != nullptr && SearchDiffers(*before, object)) {
      TRY(RebuildSearch(connection, object));
    }
  }
  ASSIGN(Statement statement,
         connection.Prepare("INSERT INTO document (collection, key, body) VALUES (?, ?, ?)"));
  statement.Bind(1, std::string_view(collection));
  statement.Bind(2, std::string_view(KeyOf(changes.size() + 1)));
  statement.Bind(3, std::string_view(change.Dump()));
  return statement.Run();
}

}  // namespace boathouse::store::sqlite
