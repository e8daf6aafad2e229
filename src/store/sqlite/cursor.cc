#include "store/sqlite/cursor.h"

#include <optional>
#include <utility>

#include "store/sqlite/query_sql.h"
#include "store/sqlite/schema.h"

namespace boathouse::store::sqlite {
namespace {

constexpr size_t records_max = 1'000'000'000;  // more than a file holds

// Reads the fields of the row that the statement stands on, whose columns are ColumnList.
void ReadFields(const Statement& statement, const model::Object& object,
                const std::vector<size_t>& fields, model::Record* record) {
  record->values.resize(object.fields.size());
  for (const size_t field : fields) {
    record->values[field] = statement.Read(static_cast<int>(field), object.fields[field]);
  }
}

// Runs a list's statement without its limit.
Result<Statement> Begin(Connection& connection, const SqlText& sql, const std::string& text) {
  ASSIGN(Statement statement, connection.Prepare(text));
  int index = 0;
  for (const model::Value& value : sql.parameters) statement.BindValue(++index, value);
  // The last one is the limit.
  statement.Bind(index, static_cast<int64_t>(records_max));
  return statement;
}

class RecordCursor final : public Cursor {
 public:
  RecordCursor(Connection& connection, const model::Object& object, std::vector<size_t> fields,
               std::vector<SqlText> statements)
      : connection_(connection),
        object_(object),
        fields_(std::move(fields)),
        statements_(std::move(statements)) {}

  Result<bool> Next(model::Record* record) override {
    for (;;) {
      if (!statement_) {
        if (next_ == statements_.size()) return false;
        const SqlText& sql = statements_[next_++];
        ASSIGN(Statement statement, Begin(connection_, sql, sql.text));
        statement_.emplace(std::move(statement));
      }
      ASSIGN(const bool row, statement_->Step());
      if (row) break;
      statement_.reset();
    }
    ReadFields(*statement_, object_, fields_, record);
    return true;
  }

 private:
  Connection& connection_;
  const model::Object& object_;
  std::vector<size_t> fields_;
  std::vector<SqlText> statements_;
  size_t next_ = 0;
  std::optional<Statement> statement_;
};

// What must be sorted is sorted as ids, and then read record by record: the sorter holds all that it sorts
// in memory, and whole records would be too much of it.
class SortedCursor final : public Cursor {
 public:
  SortedCursor(Connection& connection, const model::Object& object, std::vector<size_t> fields,
               std::vector<SqlText> statements)
      : connection_(connection),
        object_(object),
        fields_(std::move(fields)),
        statements_(std::move(statements)) {}

  Result<bool> Next(model::Record* record) override {
    if (!record_) TRY(Sort());
    while (at_ < ids_.size()) {
      record_->Bind(1, ids_[at_++]);
      ASSIGN(const bool row, record_->Step());
      if (row) ReadFields(*record_, object_, fields_, record);
      TRY(record_->Run());
      if (row) return true;
    }
    return false;
  }

 private:
  Status Sort() {
    for (const SqlText& sql : statements_) {
      // As one column of a list the sorter keeps it alone, with what it sorts by.
      ASSIGN(Statement statement, Begin(connection_, sql, "SELECT \"id\" FROM (" + sql.text + ")"));
      for (;;) {
        ASSIGN(const bool row, statement.Step());
        if (!row) break;
        ids_.push_back(Id::FromBytes(statement.Blob(0)));
      }
    }
    ASSIGN(Statement record, connection_.Prepare("SELECT " + ColumnList(object_) + " FROM " +
                                                 RecordTable(object_) + " WHERE \"id\" = ?"));
    record_.emplace(std::move(record));
    return {};
  }

  Connection& connection_;
  const model::Object& object_;
  const std::vector<size_t> fields_;
  const std::vector<SqlText> statements_;
  std::vector<Id> ids_;
  size_t at_ = 0;
  std::optional<Statement> record_;
};

// Whether the records come in their order without being sorted.
bool ComesSorted(const Query& query, const Plan& plan) {
  if (query.order.empty()) return !query.where && query.text.empty();
  const OrderBy& first = query.order.front();
  return query.order.size() == 1 && first.path.empty() && plan.way != Way::kGather &&
         IsSortedByIndex(query.object->fields[first.field]);
}

}  // namespace

Result<std::unique_ptr<Cursor>> OpenCursor(Connection& connection, const Query& query,
                                           const std::vector<size_t>& fields) {
  Query all = query;
  all.limit = records_max;
  ASSIGN(const Plan plan, PlanFor(connection, all));
  std::vector<size_t> read = fields;
  for (size_t i = 0; fields.empty() && i < query.object->fields.size(); ++i) read.push_back(i);
  std::vector<SqlText> statements = SelectSql(all, plan);
  if (!ComesSorted(query, plan)) {
    return std::unique_ptr<Cursor>(std::make_unique<SortedCursor>(
        connection, *query.object, std::move(read), std::move(statements)));
  }
  return std::unique_ptr<Cursor>(std::make_unique<RecordCursor>(
      connection, *query.object, std::move(read), std::move(statements)));
}

}  // namespace boathouse::store::sqlite
