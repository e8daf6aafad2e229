#include "store/sqlite/transaction.h"

#include <algorithm>

#include "store/sqlite/schema.h"

namespace boathouse::store::sqlite {
namespace {

using model::Value;

void AppendPair(const model::Field& field, const Value& from, const Value& to, std::string* out) {
  *out += out->empty() ? "{\"" : ",\"";
  *out += field.name;  // an identifier: nothing to escape
  *out += "\":[";
  model::AppendJson(field, from, out);
  *out += ',';
  model::AppendJson(field, to, out);
  *out += ']';
}

// What the log keeps of a change: [from, to] of each field that differs. The system fields follow
// from the log entry itself and are left out.
std::string DescribeChange(const model::Object& object, const model::Record& from,
                           const model::Record& to) {
  std::string out;
  for (size_t i = model::kSystemFieldCount; i < object.fields.size(); ++i) {
    if (from.At(i) != to.At(i)) AppendPair(object.fields[i], from.At(i), to.At(i), &out);
  }
  return out.empty() ? "{}" : out + "}";
}

}  // namespace

Status SqliteTransaction::CheckUnique(const model::Object& object, const model::Record& record,
                                      const model::Record* current) {
  for (size_t i = 0; i < object.fields.size(); ++i) {
    const model::Field& field = object.fields[i];
    if (!field.unique || model::IsNull(record.At(i))) continue;
    if (current != nullptr && current->At(i) == record.At(i)) continue;
    ASSIGN(const std::optional<Id> holder, FindId(object, i, record.At(i)));
    if (!holder || *holder == record.id()) continue;
    Error error(ErrorKind::kConflict, "another " + object.name + " (" + holder->ToString() +
                                          ") already has this " + field.name);
    error.fields.push_back({"/" + field.name, "duplicate", error.message});
    return error;
  }
  return Status::Ok();
}

Result<int64_t> SqliteTransaction::RowNumber(const model::Object& object, const Id& id) {
  ASSIGN(Statement statement, connection_->Prepare(object, kSelectRowNumber, [&] {
    return "SELECT \"n\" FROM " + RecordTable(object) + " WHERE \"id\" = ?";
  }));
  statement.Bind(1, id);
  ASSIGN(const bool row, statement.Step());
  if (!row) {
    return Error(ErrorKind::kNotFound, "there is no " + object.name + " " + id.ToString());
  }
  return statement.Int(0);
}

Status SqliteTransaction::WriteWords() {
  SearchUpdates all = before_.words;
  all.Append(unfinished_.words);
  return all.Write(*connection_);
}

Result<std::vector<model::Record>> SqliteTransaction::List(const Query& query) {
  if (!query.text.empty()) TRY(WriteWords());
  return Reading::List(query);
}

Result<Groups> SqliteTransaction::GroupBy(const GroupQuery& query) {
  if (!query.text.empty()) TRY(WriteWords());
  return Reading::GroupBy(query);
}

Result<std::vector<TextHit>> SqliteTransaction::FindText(const TextQuery& query) {
  TRY(WriteWords());
  return Reading::FindText(query);
}

// The totals kept are those of the last commit.
Result<int64_t> SqliteTransaction::Count(const Query& query) {
  if (!query.text.empty()) TRY(WriteWords());
  ASSIGN(int64_t count, CountRecords(*connection_, *numbers_, query));
  if (!CountsAll(query)) return count;
  for (const Touched* touched : {&before_.touched, &std::as_const(unfinished_.touched)}) {
    const auto found = touched->find(query.object->name);
    if (found != touched->end()) count += found->second.grown;
  }
  return count;
}

Status SqliteTransaction::AppendChange(const model::Object& object, const Id& record,
                                       Operation operation, const std::string& changes,
                                       const Author& author) {
  ASSIGN(Statement statement,
         connection_->Prepare(
             "INSERT INTO change (sequence, at, actor, surface, object, record, operation, changes)"
             " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"));
  statement.Bind(1, next_);
  statement.Bind(2, now_);
  statement.Bind(3, author.user);
  statement.Bind(4, std::string_view(author.surface));
  statement.Bind(5, numbers_->at(object.name));
  statement.Bind(6, record);
  statement.Bind(7, static_cast<int64_t>(operation));
  statement.Bind(8, std::string_view(changes));
  TRY(statement.Run());
  Touch& touch = unfinished_.touched[object.name];
  touch.newest = next_++;
  if (operation == Operation::kCreate) ++touch.grown;
  if (operation == Operation::kDelete) --touch.grown;
  return Status::Ok();
}

Result<model::Record> SqliteTransaction::Insert(const model::Object& object, model::Record record,
                                                const Author& author) {
  INVARIANT(!record.id().is_nil());
  record.values.resize(object.fields.size());
  record.Set(model::kFieldVersion, int64_t{1});
  record.Set(model::kFieldCreatedAt, model::DateTime{now_});
  record.Set(model::kFieldUpdatedAt, model::DateTime{now_});
  const Value user = author.user.is_nil() ? Value{} : Value(author.user);
  record.Set(model::kFieldCreatedBy, user);
  record.Set(model::kFieldUpdatedBy, user);
  TRY(InsertRow(object, record));
  TRY(WriteSearchWords(*connection_, object, connection_->LastInsertedRow(), record, nullptr));
  TRY(AppendChange(object, record.id(), Operation::kCreate,
                   DescribeChange(object, model::Record{}, record), author));
  return record;
}

// SQLite compares with the unique indexes before it writes anything, so a clash leaves no trace, and who
// holds the value need be asked only then.
Status SqliteTransaction::InsertRow(const model::Object& object, const model::Record& record) {
  ASSIGN(Statement statement, connection_->Prepare(object, kInsertRecord, [&] {
    std::string sql =
        "INSERT INTO " + RecordTable(object) + " (" + ColumnList(object) + ") VALUES (";
    for (size_t i = 0; i < object.fields.size(); ++i) sql += i == 0 ? "?" : ", ?";
    return sql + ")";
  }));
  for (size_t i = 0; i < object.fields.size(); ++i) {
    statement.BindLasting(static_cast<int>(i) + 1, record.At(i));
  }
  const Status inserted = statement.Run();
  wrote_ = wrote_ || inserted.ok() || inserted.error().kind != ErrorKind::kConflict;
  if (!inserted.ok() && inserted.error().kind == ErrorKind::kConflict) {
    TRY(CheckUnique(object, record, nullptr));
  }
  return inserted;
}

Result<model::Record> SqliteTransaction::Update(const model::Object& object,
                                                const model::Record& current, model::Record updated,
                                                const Author& author) {
  std::vector<size_t> changed;
  for (size_t i = model::kSystemFieldCount; i < object.fields.size(); ++i) {
    if (current.At(i) != updated.At(i)) changed.push_back(i);
  }
  if (changed.empty()) return current;
  for (size_t i = 0; i < model::kSystemFieldCount; ++i) updated.Set(i, current.At(i));
  updated.Set(model::kFieldVersion, current.version() + 1);
  updated.Set(model::kFieldUpdatedAt, model::DateTime{now_});
  updated.Set(model::kFieldUpdatedBy, author.user.is_nil() ? Value{} : Value(author.user));
  TRY(CheckUnique(object, updated, &current));

  wrote_ = true;
  std::string sql = "UPDATE " + RecordTable(object) +
                    " SET \"version\" = ?, \"updated_at\" = ?, \"updated_by\" = ?";
  for (const size_t i : changed) sql += ", " + Quoted(object.fields[i].name) + " = ?";
  ASSIGN(Statement statement, connection_->Prepare(sql + " WHERE \"id\" = ?"));
  int index = 0;
  statement.BindValue(++index, updated.At(model::kFieldVersion));
  statement.BindValue(++index, updated.At(model::kFieldUpdatedAt));
  statement.BindValue(++index, updated.At(model::kFieldUpdatedBy));
  for (const size_t i : changed) statement.BindValue(++index, updated.At(i));
  statement.Bind(++index, current.id());
  TRY(statement.Run());
  if (connection_->ChangedRows() == 0) {
    return Error(ErrorKind::kNotFound,
                 "there is no " + object.name + " " + current.id().ToString());
  }
  if (std::any_of(changed.begin(), changed.end(), [&](size_t i) {
        return object.fields[i].searchable || i == object.title_index();
      })) {
    ASSIGN(const int64_t number, RowNumber(object, current.id()));
    unfinished_.words.Put(object, number, current, updated);
  }
  TRY(AppendChange(object, current.id(), Operation::kUpdate,
                   DescribeChange(object, current, updated), author));
  return updated;
}

Status SqliteTransaction::Delete(const model::Object& object, const model::Record& current,
                                 const Author& author) {
  ASSIGN(const int64_t number, RowNumber(object, current.id()));
  wrote_ = true;
  unfinished_.words.Forget(object, number);
  TRY(DeleteSearchWords(*connection_, object, number));
  {
    ASSIGN(Statement statement,
           connection_->Prepare("DELETE FROM " + RecordTable(object) + " WHERE \"n\" = ?"));
    statement.Bind(1, number);
    TRY(statement.Run());
  }
  return AppendChange(object, current.id(), Operation::kDelete,
                      DescribeChange(object, current, model::Record{}), author);
}

Result<model::Record> SqliteTransaction::Restore(const model::Object& object, model::Record record,
                                                 const Author& author) {
  INVARIANT(!record.id().is_nil());
  record.values.resize(object.fields.size());
  record.Set(model::kFieldUpdatedAt, model::DateTime{now_});
  record.Set(model::kFieldUpdatedBy, author.user.is_nil() ? Value{} : Value(author.user));
  TRY(InsertRow(object, record));
  TRY(WriteSearchWords(*connection_, object, connection_->LastInsertedRow(), record, nullptr));
  TRY(AppendChange(object, record.id(), Operation::kCreate,
                   DescribeChange(object, model::Record{}, record), author));
  return record;
}

Status SqliteTransaction::EraseValues(const model::Object& object, const Id& id) {
  wrote_ = true;
  return sqlite::EraseValues(*connection_, *numbers_, object, id);
}

Status SqliteTransaction::EnsureMatchIndex(const model::Object& object,
                                           const std::vector<MatchTerm>& terms) {
  ASSIGN(const bool made, CreateMatchIndex(*connection_, object, terms));
  wrote_ = wrote_ || made;
  return Status::Ok();
}

Status SqliteTransaction::PutDocument(std::string_view collection, std::string_view key,
                                      const Json& body) {
  wrote_ = true;
  ASSIGN(Statement statement,
         connection_->Prepare("INSERT INTO document (collection, key, body) VALUES (?, ?, ?)"
                              " ON CONFLICT DO UPDATE SET body = excluded.body"));
  statement.Bind(1, collection);
  statement.Bind(2, key);
  statement.Bind(3, std::string_view(body.Dump()));
  return statement.Run();
}

Status SqliteTransaction::DeleteDocument(std::string_view collection, std::string_view key) {
  wrote_ = true;
  ASSIGN(Statement statement,
         connection_->Prepare("DELETE FROM document WHERE collection = ? AND key = ?"));
  statement.Bind(1, collection);
  statement.Bind(2, key);
  return statement.Run();
}

Status WriteTotals(Connection& connection, const ObjectNumbers& numbers, const Touched& touched) {
  for (const auto& [object, touch] : touched) {
    if (touch.grown == 0) continue;
    ASSIGN(Statement statement, connection.Prepare("UPDATE record_total SET records = records + ?"
                                                   " WHERE object = ?"));
    statement.Bind(1, touch.grown);
    statement.Bind(2, numbers.at(object));
    TRY(statement.Run());
  }
  return Status::Ok();
}

}  // namespace boathouse::store::sqlite
