#pragma once
// SQLite behind values: connections, prepared statements, errors as Result. A Connection belongs to
// one thread at a time.

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "model/value.h"

namespace boathouse::store::sqlite {

class Connection;

// A prepared statement on loan from its connection; goes back reset. Columns count from 0,
// parameters from 1.
class Statement {
 public:
  Statement(Connection* connection, std::string sql, sqlite3_stmt* handle)
      : connection_(connection), sql_(std::move(sql)), handle_(handle) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  void BindNull(int index);
  void Bind(int index, int64_t value);
  void Bind(int index, std::string_view text);
  void BindBlob(int index, std::string_view bytes);
  void Bind(int index, const Id& id) { BindBlob(index, id.AsBytes()); }
  void BindValue(int index, const model::Value& value);

  // True for a row, false at the end.
  Result<bool> Step();
  // Runs to the end, ignoring rows, and makes the statement ready to be bound again.
  Status Run();

  bool IsNull(int column) const;
  int64_t Int(int column) const;
  std::string_view Text(int column) const;  // valid until the next Step
  std::string_view Blob(int column) const;
  // The column read as a value of a field of that type.
  model::Value Read(int column, const model::Field& field) const;

 private:
  Connection* connection_;
  std::string sql_;
  sqlite3_stmt* handle_;
};

class Connection {
 public:
  static Result<std::unique_ptr<Connection>> Open(const std::string& path, bool read_only);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // A statement, from the cache where it was prepared before.
  Result<Statement> Prepare(std::string_view sql);
  // One or more statements without parameters.
  Status Execute(const std::string& sql);

  // False also when SQLite rolled the transaction back by itself, as it does on some errors.
  bool InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }

  // The row number of the last row inserted, and how many rows the last statement changed. Asked for
  // instead of RETURNING, which makes SQLite open a savepoint a statement, and full-text search flushes
  // what it holds in memory at each.
  int64_t LastInsertedRow() const { return sqlite3_last_insert_rowid(handle_); }
  int ChangedRows() const { return sqlite3_changes(handle_); }

  // Statements that still run at this monotonic time (0: never) end with kDeadline.
  void SetDeadline(Micros monotonic) { deadline_ = monotonic; }

  Error LastError(std::string_view doing) const;

 private:
  friend class Statement;
  explicit Connection(sqlite3* handle) : handle_(handle) {}
  void GiveBack(std::string sql, sqlite3_stmt* statement);

  static int OnProgress(void* connection);

  sqlite3* handle_;
  Micros deadline_ = 0;
  std::unordered_map<std::string, sqlite3_stmt*> idle_;
};

// "name", safe to stand in SQL.
std::string Quoted(std::string_view identifier);

}  // namespace boathouse::store::sqlite
