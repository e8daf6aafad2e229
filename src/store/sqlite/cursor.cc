#include "store/sqlite/cursor.h"

#include <optional>
#include <utility>

#include "store/sqlite/query_sql.h"

namespace boathouse::store::sqlite {
namespace {

constexpr size_t records_max = 1'000'000'000;  // more than a file holds

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
        TRY(Begin(statements_[next_++]));
      }
      ASSIGN(const bool row, statement_->Step());
      if (row) break;
      statement_.reset();
    }
    record->values.resize(object_.fields.size());
    for (const size_t field : fields_) {
      record->values[field] = statement_->Read(static_cast<int>(field), object_.fields[field]);
    }
    return true;
  }

 private:
  Status Begin(const SqlText& sql) {
    ASSIGN(Statement statement, connection_.Prepare(sql.text));
    statement_.emplace(std::move(statement));
    int index = 0;
    for (const model::Value& value : sql.parameters) statement_->BindValue(++index, value);
    // The last one is the limit.
    statement_->Bind(index, static_cast<int64_t>(records_max));
    return {};
  }

  Connection& connection_;
  const model::Object& object_;
  std::vector<size_t> fields_;
  std::vector<SqlText> statements_;
  size_t next_ = 0;
  std::optional<Statement> statement_;
};

}  // namespace

Result<std::unique_ptr<Cursor>> OpenCursor(Connection& connection, const Query& query,
                                           const std::vector<size_t>& fields) {
  Query all = query;
  all.limit = records_max;
  ASSIGN(const Plan plan, PlanFor(connection, all));
  std::vector<size_t> read = fields;
  for (size_t i = 0; fields.empty() && i < query.object->fields.size(); ++i) read.push_back(i);
  return std::unique_ptr<Cursor>(std::make_unique<RecordCursor>(
      connection, *query.object, std::move(read), SelectSql(all, plan)));
}

}  // namespace boathouse::store::sqlite
