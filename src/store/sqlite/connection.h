#pragma once
// SQLite behind values: connections, prepared statements, errors as Result. A Connection belongs to
// one thread at a time.

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "model/model.h"

namespace boathouse::store::sqlite {

class Connection;

// A prepared statement that its connection keeps, and whether somebody has it.
struct KeptStatement {
  sqlite3_stmt* handle = nullptr;
  bool lent = false;
};

// A prepared statement on loan from its connection; goes back reset. Columns count from 0,
// parameters from 1.
class Statement {
 public:
  // `kept` is null when the statement ends with its loan.
  Statement(const Connection* connection, KeptStatement* kept, sqlite3_stmt* handle)
      : connection_(connection), kept_(kept), handle_(handle) {
    if (kept_ != nullptr) kept_->lent = true;
  }
  Statement(Statement&& other) noexcept
      : connection_(other.connection_),
        kept_(other.kept_),
        handle_(std::exchange(other.handle_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  void BindNull(int index);
  void Bind(int index, int64_t value);
  void Bind(int index, std::string_view text);
  void BindBlob(int index, std::string_view bytes);
  void Bind(int index, const Id& id) { BindBlob(index, id.AsBytes()); }
  void BindValue(int index, const model::Value& value);
  // The same without a copy of its text: the value must outlive the statement.
  void BindLasting(int index, const model::Value& value);

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
  const Connection* connection_;
  KeptStatement* kept_;
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
  // The same for what is asked with each record: found by object and `use` (any number that tells the
  // statements about one object apart), so that `text`, which returns the SQL, is called only once. The
  // object must live as long as the connection, as the objects of a store's models do.
  template <typename Text>
  Result<Statement> Prepare(const model::Object& object, int use, const Text& text) {
    KeptStatement*& kept = by_object_[{&object, use}];
    if (kept == nullptr) {
      ASSIGN(kept, Keep(text()));
    }
    return Lend(kept);
  }
  // One or more statements without parameters.
  Status Execute(const std::string& sql);

  // False also when SQLite rolled the transaction back by itself, as it does on some errors.
  bool InTransaction() const { return sqlite3_get_autocommit(handle_) == 0; }

  // The row number of the last row inserted, and how many rows the last statement changed. Asked for
  // instead of RETURNING, which makes SQLite open a savepoint a statement, and full-text search flushes
  // what it holds in memory at each.
  int64_t LastInsertedRow() const { return sqlite3_last_insert_rowid(handle_); }
  int ChangedRows() const { return sqlite3_changes(handle_); }

  // From now on nothing is moved out of the write-ahead log by itself, and log_pages() tells how many pages
  // it held after the last commit of this connection.
  void CountLogPages();
  int log_pages() const { return log_pages_; }

  // Statements that still run at this monotonic time (0: never) end with kDeadline.
  void SetDeadline(Micros monotonic) { deadline_ = monotonic; }

  Error LastError(std::string_view doing) const;

 private:
  using ObjectUse = std::pair<const model::Object*, int>;
  struct ObjectUseHash {
    size_t operator()(const ObjectUse& key) const noexcept {
      return std::hash<const void*>()(key.first) * 31 + static_cast<size_t>(key.second);
    }
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  explicit Connection(sqlite3* handle) : handle_(handle) {}
  Result<sqlite3_stmt*> Compile(std::string_view sql);
  Result<KeptStatement*> Keep(std::string_view sql);
  Result<Statement> Lend(KeptStatement* kept);
  void ForgetIdle();

  static int OnProgress(void* connection);
  static int OnCommit(void* connection, sqlite3* handle, const char* database, int pages);

  sqlite3* handle_;
  Micros deadline_ = 0;
  int log_pages_ = 0;
  std::unordered_map<std::string, KeptStatement, TextHash, std::equal_to<>> by_text_;
  std::unordered_map<ObjectUse, KeptStatement*, ObjectUseHash> by_object_;
  std::vector<std::unique_ptr<KeptStatement>> of_objects_;  // what by_object_ points to
};

// "name", safe to stand in SQL.
std::string Quoted(std::string_view identifier);

}  // namespace boathouse::store::sqlite
