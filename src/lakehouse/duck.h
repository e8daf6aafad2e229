#pragma once
// DuckDB behind our own types: one in-memory database, each query on a connection of its own. Only
// duck.cc includes duckdb.h. Safe to use from many threads, except Appender (one thread).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/json.h"
#include "base/result.h"

namespace boathouse::lakehouse {

struct DuckOptions {
  size_t memory_mb = 512;
  int threads = 2;
  // Where that may go which does not fit into the memory; made when needed. "": nowhere, so that what
  // needs more memory fails.
  std::string spill_folder;
};

struct QueryLimits {
  size_t rows_max = 10000;
  size_t bytes_max = 16u << 20;  // of the rows as JSON text
  int timeout_ms = 30000;
};

struct Column {
  std::string name;
  std::string type;  // as DuckDB spells it: DECIMAL(18,2), VARCHAR, DATE, BIGINT[]
};

// Cells: NULL is null; booleans, doubles and integers up to 2^53 are JSON's; everything else (larger
// integers, decimals, dates, timestamps, UUIDs, blobs in hexadecimal) is a string; lists are arrays
// and structs objects.
struct QueryTable {
  std::vector<Column> columns;
  std::vector<JsonArray> rows;
  bool truncated = false;  // a limit cut rows off
};

class Duck {
 public:
  // An empty database that spills nothing to disk and loads no extension by itself.
  static Result<std::unique_ptr<Duck>> Open(const DuckOptions& options);
  ~Duck();
  Duck(const Duck&) = delete;
  Duck& operator=(const Duck&) = delete;

  // Our own statements (views, settings, COPY). The error is DuckDB's message.
  Status Execute(const std::string& sql);

  // A statement of ours that reads: no check, but the limits.
  Result<QueryTable> Query(const std::string& sql, const QueryLimits& limits,
                           const Cancellation& cancellation = {});

  // A statement of a stranger. Only one SELECT, WITH, VALUES, FROM, DESCRIBE, SHOW, SUMMARIZE or
  // EXPLAIN of such, judged by DuckDB's parser, not by its text; table functions other than range,
  // generate_series, unnest and repeat are refused before anything is bound, because delta_scan
  // reads files beside DuckDB's own lock. kInvalid with DuckDB's message, kForbidden for what is not
  // read-only, kDeadline after `timeout_ms`, kCancelled.
  Result<QueryTable> QueryReadOnly(std::string_view sql, const QueryLimits& limits,
                                   const Cancellation& cancellation = {});

  // Appends rows to a table that exists. Call the cell functions in column order, then EndRow.
  class Appender {
   public:
    explicit Appender(Duck& duck, const char* table);
    ~Appender();
    Appender(const Appender&) = delete;
    Appender& operator=(const Appender&) = delete;
    Appender& Text(std::string_view value);
    Appender& Integer(int64_t value);
    Appender& Date(int32_t days);
    Appender& EndRow();
    // Flushes; the first error of any call so far.
    Status Close();

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
  };

 private:
  struct Impl;
  explicit Duck(std::unique_ptr<Impl> impl);
  Status CheckReadOnly(std::string_view sql);
  std::unique_ptr<Impl> impl_;
};

// 'text' with its quotes doubled, and "name" likewise.
std::string SqlLiteral(std::string_view text);
std::string SqlIdentifier(std::string_view name);

}  // namespace boathouse::lakehouse
