#include "lakehouse/duck.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/bytes.h"
#include "duckdb.h"
#include "lakehouse/duck_values.h"

namespace boathouse::lakehouse {
namespace {

constexpr size_t sql_bytes_max = 256u << 10;
// How often a raised interrupt is repeated: DuckDB forgets one that comes before a query starts.
constexpr auto interrupt_again_every = std::chrono::milliseconds(5);

// Table functions a stranger may call: they make rows out of nothing but their arguments.
constexpr std::array<std::string_view, 4> harmless_table_functions = {"range", "generate_series",
                                                                      "unnest", "repeat"};

class Connection {
 public:
  explicit Connection(duckdb_database database) {
    if (duckdb_connect(database, &connection_) != DuckDBSuccess) connection_ = nullptr;
  }
  ~Connection() {
    if (connection_ != nullptr) duckdb_disconnect(&connection_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  duckdb_connection get() const { return connection_; }
  bool ok() const { return connection_ != nullptr; }

 private:
  duckdb_connection connection_ = nullptr;
};

class ResultSet {
 public:
  ResultSet() = default;
  ~ResultSet() { duckdb_destroy_result(&result_); }
  ResultSet(const ResultSet&) = delete;
  ResultSet& operator=(const ResultSet&) = delete;
  duckdb_result* get() { return &result_; }

 private:
  duckdb_result result_{};
};

class Prepared {
 public:
  ~Prepared() { duckdb_destroy_prepare(&statement_); }
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  duckdb_prepared_statement* out() { return &statement_; }
  duckdb_prepared_statement get() const { return statement_; }

 private:
  duckdb_prepared_statement statement_ = nullptr;
};

class Chunk {
 public:
  explicit Chunk(duckdb_data_chunk chunk) : chunk_(chunk) {}
  ~Chunk() { duckdb_destroy_data_chunk(&chunk_); }
  Chunk(const Chunk&) = delete;
  Chunk& operator=(const Chunk&) = delete;
  duckdb_data_chunk get() const { return chunk_; }

 private:
  duckdb_data_chunk chunk_;
};

std::string MessageOf(const char* message) {
  return message == nullptr ? "the query failed" : std::string(message);
}

// Interrupts a connection's query when its time is over or its caller has gone. Lives as long as
// the query.
class Watchdog {
 public:
  Watchdog(duckdb_connection connection, int timeout_ms, const Cancellation& cancellation)
      : state_(std::make_shared<State>()) {
    cancellation.OnCancel([state = state_] {
      const std::lock_guard lock(state->mutex);
      state->cancelled = true;
      state->wake.notify_all();
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    thread_ = std::thread([state = state_, connection, deadline] {
      std::unique_lock lock(state->mutex);
      state->wake.wait_until(lock, deadline, [&] { return state->done || state->cancelled; });
      if (state->done) return;
      state->expired = !state->cancelled;
      while (!state->done) {
        duckdb_interrupt(connection);
        state->wake.wait_for(lock, interrupt_again_every);
      }
    });
  }
  ~Watchdog() { Stop(); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Ends the watch; the error to report instead of DuckDB's "interrupted", if it interrupted.
  std::optional<Error> Stop() {
    {
      const std::lock_guard lock(state_->mutex);
      state_->done = true;
      state_->wake.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    // The caller's cancellation may still be raised from its own thread.
    const std::lock_guard lock(state_->mutex);
    if (state_->cancelled) return Error(ErrorKind::kCancelled, "the query was cancelled");
    if (state_->expired) {
      return Error(ErrorKind::kDeadline,
                   "the query took longer than its time limit and was stopped; ask for less");
    }
    return std::nullopt;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable wake;
    bool done = false;
    bool cancelled = false;
    bool expired = false;
  };
  std::shared_ptr<State> state_;
  std::thread thread_;
};

size_t CellBytes(const Json& cell) {
  if (cell.is_string()) return cell.AsString().size() + 3;
  if (cell.is_array() || cell.is_object()) return cell.Dump().size() + 1;
  return 9;
}

// The columns of a result, with DuckDB's types kept for reading the cells.
class ResultColumns {
 public:
  explicit ResultColumns(duckdb_result* result) {
    for (idx_t i = 0; i < duckdb_column_count(result); ++i) {
      types_.push_back(duckdb_column_logical_type(result, i));
      const char* name = duckdb_column_name(result, i);
      columns_.push_back({name == nullptr ? "" : name, TypeName(types_.back())});
    }
  }
  ~ResultColumns() {
    for (duckdb_logical_type& type : types_) duckdb_destroy_logical_type(&type);
  }
  ResultColumns(const ResultColumns&) = delete;
  ResultColumns& operator=(const ResultColumns&) = delete;

  const std::vector<Column>& columns() const { return columns_; }
  Status CheckReadable() const {
    for (size_t i = 0; i < types_.size(); ++i) {
      if (IsReadable(types_[i])) continue;
      return Error(ErrorKind::kUnsupported, "column " + columns_[i].name + " has type " +
                                                columns_[i].type + ": cast it to VARCHAR");
    }
    return {};
  }
  JsonArray Row(duckdb_data_chunk chunk, idx_t row) const {
    JsonArray cells;
    cells.reserve(types_.size());
    for (size_t i = 0; i < types_.size(); ++i) {
      cells.push_back(CellToJson(duckdb_data_chunk_get_vector(chunk, i), types_[i], row));
    }
    return cells;
  }

 private:
  std::vector<duckdb_logical_type> types_;
  std::vector<Column> columns_;
};

// Reads a streaming result up to the limits.
Result<QueryTable> ReadRows(duckdb_result* result, const QueryLimits& limits) {
  const ResultColumns columns(result);
  TRY(columns.CheckReadable());
  QueryTable table;
  table.columns = columns.columns();
  size_t bytes = 0;
  while (true) {
    const Chunk chunk(duckdb_fetch_chunk(*result));
    if (chunk.get() == nullptr) break;
    const idx_t count = duckdb_data_chunk_get_size(chunk.get());
    for (idx_t row = 0; row < count; ++row) {
      if (table.rows.size() == limits.rows_max) {
        table.truncated = true;
        return table;
      }
      JsonArray cells = columns.Row(chunk.get(), row);
      for (const Json& cell : cells) bytes += CellBytes(cell);
      if (bytes > limits.bytes_max) {
        table.truncated = true;
        return table;
      }
      table.rows.push_back(std::move(cells));
    }
  }
  if (const char* message = duckdb_result_error(result); message != nullptr) {
    return Error(ErrorKind::kInvalid, message);
  }
  return table;
}

Result<QueryTable> RunPrepared(duckdb_prepared_statement statement, const QueryLimits& limits) {
  ResultSet result;
  if (duckdb_execute_prepared_streaming(statement, result.get()) != DuckDBSuccess) {
    return Error(ErrorKind::kInvalid, MessageOf(duckdb_result_error(result.get())));
  }
  return ReadRows(result.get(), limits);
}

// Prepares `sql` and runs it; a statement whose kind is not a SELECT or EXPLAIN is refused when
// `read_only`.
Result<QueryTable> PrepareAndRun(duckdb_connection connection, const std::string& sql,
                                 bool read_only, const QueryLimits& limits,
                                 const Cancellation& cancellation) {
  Watchdog watchdog(connection, limits.timeout_ms, cancellation);
  Result<QueryTable> table = Error(ErrorKind::kInternal, "not run");
  Prepared statement;
  if (duckdb_prepare(connection, sql.c_str(), statement.out()) != DuckDBSuccess) {
    table = Error(ErrorKind::kInvalid, MessageOf(duckdb_prepare_error(statement.get())));
  } else {
    const duckdb_statement_type type = duckdb_prepared_statement_type(statement.get());
    if (read_only && type != DUCKDB_STATEMENT_TYPE_SELECT &&
        type != DUCKDB_STATEMENT_TYPE_EXPLAIN) {
      return Error(ErrorKind::kForbidden, "only statements that read are allowed");
    }
    table = RunPrepared(statement.get(), limits);
  }
  std::optional<Error> stopped = watchdog.Stop();
  if (!table.ok() && stopped.has_value()) return *std::move(stopped);
  return table;
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What follows a leading EXPLAIN [ANALYZE], or all of `sql`: the parser that checks a statement
// knows SELECTs only. Anything cleverer (comments in between, options) then fails that check.
std::string_view WithoutExplain(std::string_view sql) {
  sql = TrimAscii(sql);
  const auto drop = [&sql](std::string_view word) {
    if (sql.size() <= word.size() || !IsSpace(sql[word.size()])) return false;
    if (AsciiLower(sql.substr(0, word.size())) != word) return false;
    sql = TrimAscii(sql.substr(word.size()));
    return true;
  };
  if (drop("explain")) drop("analyze");
  return sql;
}

}  // namespace

struct Duck::Impl {
  duckdb_database database = nullptr;
  ~Impl() { duckdb_close(&database); }
};

Duck::Duck(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Duck::~Duck() = default;

Result<std::unique_ptr<Duck>> Duck::Open(const DuckOptions& options) {
  duckdb_config config = nullptr;
  if (duckdb_create_config(&config) != DuckDBSuccess) {
    return Error(ErrorKind::kInternal, "DuckDB gave no configuration");
  }
  const std::pair<const char*, std::string> settings[] = {
      {"temp_directory", options.spill_folder},
      {"autoload_known_extensions", "false"},
      {"autoinstall_known_extensions", "false"},
      {"memory_limit", std::to_string(options.memory_mb) + "MB"},
      {"threads", std::to_string(options.threads)},
  };
  bool accepted = true;
  for (const auto& [name, value] : settings) {
    accepted = duckdb_set_config(config, name, value.c_str()) == DuckDBSuccess && accepted;
  }
  auto impl = std::make_unique<Impl>();
  char* message = nullptr;
  const duckdb_state opened = duckdb_open_ext(nullptr, &impl->database, config, &message);
  duckdb_destroy_config(&config);
  if (!accepted || opened != DuckDBSuccess) {
    Error error(ErrorKind::kInternal, "DuckDB cannot start: " + MessageOf(message));
    duckdb_free(message);
    return error;
  }
  return std::unique_ptr<Duck>(new Duck(std::move(impl)));
}

Status Duck::Execute(const std::string& sql) {
  const Connection connection(impl_->database);
  if (!connection.ok()) return Error(ErrorKind::kExhausted, "DuckDB gave no connection");
  ResultSet result;
  if (duckdb_query(connection.get(), sql.c_str(), result.get()) != DuckDBSuccess) {
    return Error(ErrorKind::kInvalid, MessageOf(duckdb_result_error(result.get())));
  }
  return {};
}

Result<QueryTable> Duck::Query(const std::string& sql, const QueryLimits& limits,
                               const Cancellation& cancellation) {
  const Connection connection(impl_->database);
  if (!connection.ok()) return Error(ErrorKind::kExhausted, "DuckDB gave no connection");
  return PrepareAndRun(connection.get(), sql, false, limits, cancellation);
}

Status Duck::CheckReadOnly(std::string_view sql) {
  if (sql.size() > sql_bytes_max) {
    return Error(ErrorKind::kTooLarge,
                 "the statement is over " + std::to_string(sql_bytes_max) + " bytes");
  }
  if (sql.find('\0') != std::string_view::npos) {
    return Error(ErrorKind::kInvalid, "the statement holds a NUL byte");
  }
  // DuckDB's own parser, without binding: nothing the statement names is touched yet.
  const std::string check = "WITH s AS (SELECT json_serialize_sql(" +
                            SqlLiteral(WithoutExplain(sql)) +
                            "::VARCHAR) AS j) SELECT j->>'error', j->>'error_message', "
                            "json_array_length(j, '$.statements'), "
                            "json_extract_string(j, '$..function.function_name'), "
                            "json_extract_string(j, '$..table_name') FROM s";
  ASSIGN(const QueryTable parsed, Query(check, QueryLimits{}));
  if (parsed.rows.empty()) return Error(ErrorKind::kInternal, "DuckDB did not parse the statement");
  const JsonArray& cells = parsed.rows.front();
  if (cells[0].AsString() == "true") {
    const std::string message(cells[1].AsString());
    if (message.starts_with("Only SELECT")) {
      return Error(ErrorKind::kForbidden,
                   "only statements that read are allowed: SELECT, WITH, "
                   "VALUES, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN");
    }
    return Error(ErrorKind::kInvalid, "Parser Error: " + message);
  }
  if (cells[2].AsInt().value_or(0) != 1) {
    return Error(ErrorKind::kForbidden, "exactly one statement is allowed at a time");
  }
  for (const Json& function : cells[3].items()) {
    const std::string name = AsciiLower(function.AsString());
    if (std::find(harmless_table_functions.begin(), harmless_table_functions.end(), name) ==
        harmless_table_functions.end()) {
      return Error(ErrorKind::kForbidden, "the table function " + name +
                                              " is not allowed: read the tables of list_tables");
    }
  }
  // An address is taken for a file, and the places that attached catalogs keep their files at are open.
  for (const Json& table : cells[4].items()) {
    if (table.AsString().find("://") != std::string_view::npos) {
      return Error(ErrorKind::kForbidden,
                   "files are not read by their address: read the tables "
                   "of list_tables");
    }
  }
  return {};
}

Result<QueryTable> Duck::QueryReadOnly(std::string_view sql, const QueryLimits& limits,
                                       const Cancellation& cancellation) {
  TRY(CheckReadOnly(sql));
  const Connection connection(impl_->database);
  if (!connection.ok()) return Error(ErrorKind::kExhausted, "DuckDB gave no connection");
  return PrepareAndRun(connection.get(), std::string(sql), true, limits, cancellation);
}

struct Duck::Appender::Impl {
  explicit Impl(duckdb_database database) : connection(database) {}
  ~Impl() { duckdb_appender_destroy(&appender); }
  void Note(duckdb_state state) {
    if (state == DuckDBSuccess || error.has_value()) return;
    error = Error(ErrorKind::kInternal, MessageOf(duckdb_appender_error(appender)));
  }
  Connection connection;
  duckdb_appender appender = nullptr;
  std::optional<Error> error;
};

Duck::Appender::Appender(Duck& duck, const char* table)
    : impl_(std::make_unique<Impl>(duck.impl_->database)) {
  impl_->Note(duckdb_appender_create(impl_->connection.get(), nullptr, table, &impl_->appender));
}
Duck::Appender::~Appender() = default;

Duck::Appender& Duck::Appender::Text(std::string_view value) {
  impl_->Note(duckdb_append_varchar_length(impl_->appender, value.data(), value.size()));
  return *this;
}
Duck::Appender& Duck::Appender::Integer(int64_t value) {
  impl_->Note(duckdb_append_int64(impl_->appender, value));
  return *this;
}
Duck::Appender& Duck::Appender::Date(int32_t days) {
  impl_->Note(duckdb_append_date(impl_->appender, duckdb_date{days}));
  return *this;
}
Duck::Appender& Duck::Appender::EndRow() {
  impl_->Note(duckdb_appender_end_row(impl_->appender));
  return *this;
}
Status Duck::Appender::Close() {
  impl_->Note(duckdb_appender_close(impl_->appender));
  if (impl_->error.has_value()) return *impl_->error;
  return {};
}

namespace {

std::string Quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted.push_back(quote);
    quoted.push_back(c);
  }
  quoted.push_back(quote);
  return quoted;
}

}  // namespace

std::string SqlLiteral(std::string_view text) { return Quoted(text, '\''); }
std::string SqlIdentifier(std::string_view name) { return Quoted(name, '"'); }

}  // namespace boathouse::lakehouse
