#pragma once
// Private to sources/: one shape out of the many in which MCP servers give the rows of a query.

#include <string>

#include "base/result.h"
#include "mcp/mcp.h"
#include "sources/sources.h"

namespace boathouse::sources {

// What a call of a SQL tool brought.
struct ToolAnswer {
  enum class State { kRows, kRunning };
  State state = State::kRows;
  Table table;               // when kRows
  std::string statement_id;  // when kRunning: what to poll with
};

// Understands, by shape and not by server: {columns: [{name, type}], rows: [[...]]} (ours);
// {columns: [...], columnTypes, rows} as JSON inside a string (MotherDuck); arrays of objects, bare or
// under rows or data.rows (Snowflake Labs, ClickHouse, DBHub); manifest and data_array or
// data_typed_array, with states (Databricks); result_set with rowType (Snowflake).
// kInvalid with the source's words when it says that the statement failed, however it says so;
// kUnsupported when the answer cannot be understood.
Result<ToolAnswer> NormaliseToolResult(const mcp::ToolResult& result, const Limits& limits);

// Our name of a type of DuckDB, Databricks, Snowflake, Trino, PostgreSQL or ClickHouse.
std::string NormalType(std::string_view upstream_type);

}  // namespace boathouse::sources
