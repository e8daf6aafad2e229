#pragma once
// How the model is laid out in SQLite: one table per object with typed columns, one full-text index
// per object, the change log, and the documents.

#include <map>
#include <string>

#include "base/result.h"
#include "model/model.h"
#include "store/sqlite/connection.h"

namespace boathouse::store::sqlite {

// The layout that this program writes. A file with a higher number is refused.
inline constexpr int layout_version = 3;

std::string RecordTable(const model::Object& object);  // quoted
std::string SearchTable(const model::Object& object);  // quoted
bool IsTextual(model::FieldType type);                 // kept as TEXT

// Creates the tables, columns and indexes that the model has and the file lacks. Belongs in a transaction.
Status CreateMissing(Connection& connection, const model::Model& model);

// Brings a file, new or older, up to this layout and the model, in one transaction of its own.
Status Migrate(Connection& connection, const model::Model& model);

// The small number that stands for an object in the change log.
Result<std::map<std::string, int64_t>> LoadObjectNumbers(Connection& connection);

// "id", "version", ... : the columns of a record in model order.
std::string ColumnList(const model::Object& object);

}  // namespace boathouse::store::sqlite
