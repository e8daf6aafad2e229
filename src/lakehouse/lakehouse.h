#pragma once
// The embedded lakehouse: a process of its own that answers read-only SQL over the Delta tables and
// Parquet files of one folder, through an MCP endpoint. DuckDB does the reading.
//
// ROOT/tables/<schema>/<table>/ with a _delta_log is the Delta table <schema>.<table>; with *.parquet
// files only, a table of these. Each query reads the newest version. ROOT/semantic.json, when it is
// there, is the resource semantic://model. ROOT/catalogs.json may name Iceberg catalogs (catalogs.h), whose
// tables are then read live beside the others: as <catalog>.<namespace>.<table>. They are attached as soon
// as their server is there. Nothing outside ROOT/tables and those catalogs can be read, nothing at all
// written, and no query reaches another place of the network.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancellation.h"
#include "base/json.h"
#include "base/result.h"
#include "http/http.h"
#include "mcp/mcp.h"

namespace boathouse::lakehouse {

inline constexpr size_t rows_max_default = 10'000;      // of one answer
inline constexpr size_t bytes_max_default = 16u << 20;  // of one answer's rows as JSON
inline constexpr int query_timeout_ms_default = 30'000;

struct LakehouseOptions {
  std::string root;
  // Where delta.duckdb_extension lies; "" searches beside the binary.
  std::string extension_directory;
  std::string bearer_token;  // "": anybody who can connect may ask
  size_t rows_max = rows_max_default;
  size_t bytes_max = bytes_max_default;
  int query_timeout_ms = query_timeout_ms_default;
  size_t memory_mb = 512;
  int threads = 2;
};

// Tools: execute_sql_read_only {query, max_rows?}, list_tables {}, describe_table {table}. A query's
// result is {columns: [{name, type}], rows: [[...]], row_count, truncated, elapsed_ms}; decimals,
// dates, timestamps and integers beyond 2^53 are strings. Safe to use from many threads.
class Lakehouse : public mcp::Catalog {
 public:
  // kUnavailable when the folder cannot be read, or when it holds a Delta table and the delta
  // extension cannot be loaded; the message says where it was looked for.
  static Result<std::unique_ptr<Lakehouse>> Open(const LakehouseOptions& options);

  // Mounts the MCP endpoint at /mcp and GET /health. The lakehouse outlives the router.
  virtual void Mount(http::Router& router) = 0;

  // The JSON of one query, as the tool gives it. `rows_max` 0: the configured cap.
  virtual Result<Json> Query(std::string_view sql, size_t rows_max,
                             const Cancellation& cancellation) = 0;
};

// The ways to give the lakehouse its token. A command line shows in the list of processes, a file or
// an environment does not.
struct TokenChoice {
  std::optional<std::string> given;  // on the command line; "": none is wanted
  std::string file;                  // its first line; "": no file
  const char* environment = nullptr;
};

// The first of them that is there, or "". kInvalid when the file cannot be read or holds no token.
Result<std::string> ReadToken(const TokenChoice& choice);

// kForbidden for an address beyond this machine without a token: that would be SQL for everybody.
Status CheckExposure(std::string_view address, std::string_view token);

struct RunOptions {
  LakehouseOptions lakehouse;
  std::string address = "127.0.0.1";
  uint16_t port = 0;   // 0: any free port
  int parent_pid = 0;  // not 0: ends when that process has gone
};

// `boathouse lakehouse`: serves until SIGTERM, SIGINT or the end of the parent. Prints exactly one
// line on standard output when it is ready: "lakehouse ready at http://127.0.0.1:PORT/mcp". Refuses
// what CheckExposure refuses. Returns the exit code. Call it before any thread is started, because it blocks those signals.
int RunLakehouse(const RunOptions& options);

}  // namespace boathouse::lakehouse
