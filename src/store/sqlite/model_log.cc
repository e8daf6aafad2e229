#include "store/sqlite/model_log.h"

#include <cstdio>

#include "model/change.h"
#include "store/sqlite/records.h"
#include "store/sqlite/schema.h"

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
  ASSIGN(const auto changes, ReadDocuments(connection, collection));
  TRY(CreateMissing(connection, next));
  ASSIGN(Statement statement,
         connection.Prepare("INSERT INTO document (collection, key, body) VALUES (?, ?, ?)"));
  statement.Bind(1, std::string_view(collection));
  statement.Bind(2, std::string_view(KeyOf(changes.size() + 1)));
  statement.Bind(3, std::string_view(change.Dump()));
  return statement.Run();
}

}  // namespace boathouse::store::sqlite
