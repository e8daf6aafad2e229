#include "store/sqlite/connection.h"

#include "store/sqlite/match_index.h"

namespace boathouse::store::sqlite {
namespace {

constexpr size_t kept_statements_max = 256;  // found by their text
constexpr int busy_timeout_ms = 10'000;
constexpr int steps_between_looks = 20'000;  // of SQLite's machine, at the deadline

ErrorKind KindOf(int code) {
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
      return ErrorKind::kConflict;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
      return ErrorKind::kUnavailable;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorKind::kCorrupt;
    case SQLITE_INTERRUPT:
      return ErrorKind::kDeadline;
    default:
      return ErrorKind::kInternal;
  }
}

}  // namespace

Statement::~Statement() {
  if (handle_ == nullptr) return;
  if (kept_ == nullptr) {
    sqlite3_finalize(handle_);
    return;
  }
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
  kept_->lent = false;
}

void Statement::BindNull(int index) { sqlite3_bind_null(handle_, index); }

void Statement::Bind(int index, int64_t value) { sqlite3_bind_int64(handle_, index, value); }

// Bound bytes are copied: callers often bind temporaries, and the copies are small.
void Statement::Bind(int index, std::string_view text) {
  sqlite3_bind_text64(handle_, index, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void Statement::BindBlob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(handle_, index, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
}

void Statement::BindValue(int index, const model::Value& value) {
  struct Visitor {
    Statement* statement;
    int index;
    void operator()(std::monostate) const { statement->BindNull(index); }
    void operator()(bool v) const { statement->Bind(index, int64_t{v}); }
    void operator()(int64_t v) const { statement->Bind(index, v); }
    void operator()(const Decimal& v) const { statement->Bind(index, v.units); }
    void operator()(const std::string& v) const { statement->Bind(index, std::string_view(v)); }
    void operator()(const model::Date& v) const { statement->Bind(index, int64_t{v.days}); }
    void operator()(const model::DateTime& v) const { statement->Bind(index, v.micros); }
    void operator()(const Id& v) const { statement->Bind(index, v); }
  };
  std::visit(Visitor{this, index}, value);
}

void Statement::BindLasting(int index, const model::Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return BindValue(index, value);
  sqlite3_bind_text64(handle_, index, text->data(), text->size(), SQLITE_STATIC, SQLITE_UTF8);
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->LastError("run a statement");
}

Status Statement::Run() {
  for (;;) {
    ASSIGN(const bool row, Step());
    if (!row) break;
  }
  sqlite3_reset(handle_);
  return Status::Ok();
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(handle_, column); }

std::string_view Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}

std::string_view Statement::Blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<size_t>(sqlite3_column_bytes(handle_, column))};
}

model::Value Statement::Read(int column, const model::Field& field) const {
  if (IsNull(column)) return {};
  switch (field.type) {
    case model::FieldType::kId:
    case model::FieldType::kRelation:
      return Id::FromBytes(Blob(column));
    case model::FieldType::kText:
    case model::FieldType::kLongText:
    case model::FieldType::kSelect:
    case model::FieldType::kMultiSelect:
    case model::FieldType::kEmail:
    case model::FieldType::kPhone:
    case model::FieldType::kUrl:
      return std::string(Text(column));
    case model::FieldType::kInteger:
      return Int(column);
    case model::FieldType::kDecimal:
    case model::FieldType::kMoney:
      return Decimal{Int(column)};
    case model::FieldType::kBoolean:
      return Int(column) != 0;
    case model::FieldType::kDate:
      return model::Date{static_cast<int32_t>(Int(column))};
    case model::FieldType::kDateTime:
      return model::DateTime{Int(column)};
  }
  return {};
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::string& path, bool read_only) {
  sqlite3* handle = nullptr;
  const int flags =
      (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Connection> connection(new Connection(handle));
  if (code != SQLITE_OK) return connection->LastError("open the database " + path);
  TRY(AddMatchKeyFunction(handle));
  // Plans do not depend on what is bound: else a statement is prepared anew for each value that it compares
  // where a partial index might serve.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, nullptr);
  sqlite3_busy_timeout(handle, busy_timeout_ms);
  sqlite3_progress_handler(handle, steps_between_looks, OnProgress, connection.get());
  return connection;
}

int Connection::OnProgress(void* connection) {
  const Micros deadline = static_cast<Connection*>(connection)->deadline_;
  return deadline != 0 && MonotonicMicros() > deadline ? 1 : 0;
}

void Connection::CountLogPages() { sqlite3_wal_hook(handle_, OnCommit, this); }

int Connection::OnCommit(void* connection, [[maybe_unused]] sqlite3* handle,
                         [[maybe_unused]] const char* database, int pages) {
  static_cast<Connection*>(connection)->log_pages_ = pages;
  return SQLITE_OK;
}

Connection::~Connection() {
  for (const auto& [sql, kept] : by_text_) sqlite3_finalize(kept.handle);
  for (const auto& kept : of_objects_) sqlite3_finalize(kept->handle);
  sqlite3_close_v2(handle_);
}

Result<sqlite3_stmt*> Connection::Compile(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return LastError("prepare a statement");
  }
  return statement;
}

Result<Statement> Connection::Lend(KeptStatement* kept) {
  if (!kept->lent) return Statement(this, kept, kept->handle);
  ASSIGN(sqlite3_stmt * another, Compile(sqlite3_sql(kept->handle)));  // in use further up
  return Statement(this, nullptr, another);
}

Result<Statement> Connection::Prepare(std::string_view sql) {
  if (const auto found = by_text_.find(sql); found != by_text_.end()) return Lend(&found->second);
  ASSIGN(sqlite3_stmt * statement, Compile(sql));
  if (by_text_.size() >= kept_statements_max) ForgetIdle();
  KeptStatement& kept = by_text_[std::string(sql)];
  kept.handle = statement;
  return Lend(&kept);
}

Result<KeptStatement*> Connection::Keep(std::string_view sql) {
  ASSIGN(sqlite3_stmt * statement, Compile(sql));
  of_objects_.push_back(std::make_unique<KeptStatement>(KeptStatement{statement, false}));
  return of_objects_.back().get();
}

// Filters make new texts without end. Those in use soon come back; starting anew costs less than knowing
// which.
void Connection::ForgetIdle() {
  std::erase_if(by_text_, [](const auto& entry) {
    if (entry.second.lent) return false;
    sqlite3_finalize(entry.second.handle);
    return true;
  });
}

Status Connection::Execute(const std::string& sql) {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return LastError("run a statement");
  }
  return Status::Ok();
}

Error Connection::LastError(std::string_view doing) const {
  const int code = handle_ != nullptr ? sqlite3_extended_errcode(handle_) : SQLITE_NOMEM;
  if (code == SQLITE_INTERRUPT) {
    return Error(ErrorKind::kDeadline,
                 "the search took too long; ask for less, or filter by other fields");
  }
  const char* text = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
  return Error(KindOf(code), "could not " + std::string(doing) + ": " + text);
}

std::string Quoted(std::string_view identifier) {
  std::string quoted = "\"";
  for (const char c : identifier) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace boathouse::store::sqlite
