#pragma once
// Private to sources/: finds the tool of an MCP server that runs SQL, by its schema and not by the
// server's name, and writes its arguments.

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "mcp/mcp.h"

namespace boathouse::sources {

struct SqlTool {
  std::string name;
  std::string statement_argument;  // query, sql, statement
  std::string rows_argument;       // "": the tool takes no row limit
  size_t rows_argument_max = 0;    // what its schema allows; 0: anything
  std::string warehouse_argument;  // "": the tool takes no warehouse
  std::string poll_tool;           // "": the tool answers at once

  Json Arguments(const std::string& sql, size_t rows_max, const std::string& warehouse_id) const;
};

// The best tool that runs a statement; one that only reads beats one that may write. kUnsupported
// when there is none.
Result<SqlTool> FindSqlTool(const std::vector<mcp::Tool>& tools);

}  // namespace boathouse::sources
