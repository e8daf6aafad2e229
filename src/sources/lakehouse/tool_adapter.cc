#include "sources/lakehouse/tool_adapter.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/bytes.h"

namespace boathouse::sources {
namespace {

constexpr std::array<std::string_view, 3> statement_names = {"query", "sql", "statement"};
constexpr std::array<std::string_view, 5> rows_names = {"max_rows", "row_limit", "limit",
                                                        "max_results", "maxRows"};
// Words in the names of tools that take a statement or a query but do not run it.
constexpr std::array<std::string_view, 10> other_purposes = {
    "explain", "history",  "list", "describe", "poll",
    "search",  "validate", "save", "schedule", "format"};

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

template <size_t N>
std::string FirstProperty(const mcp::Tool& tool, const std::array<std::string_view, N>& names,
                          std::string_view type) {
  const Json& properties = tool.input_schema["properties"];
  for (const std::string_view name : names) {
    const Json* property = properties.Find(name);
    if (property == nullptr) continue;
    const std::string_view said = (*property)["type"].AsString();
    if (said.empty() || said == type || (type == "integer" && said == "number")) {
      return std::string(name);
    }
  }
  return {};
}

bool NeedsOnly(const mcp::Tool& tool, const SqlTool& found) {
  const JsonArray& required = tool.input_schema["required"].items();
  return std::all_of(required.begin(), required.end(), [&](const Json& name) {
    return name.AsString() == found.statement_argument || name.AsString() == found.rows_argument ||
           name.AsString() == found.warehouse_argument;
  });
}

// 0: not a tool that runs SQL.
int Score(const mcp::Tool& tool, const SqlTool& found) {
  if (found.statement_argument.empty() || !NeedsOnly(tool, found)) return 0;
  const std::string name = AsciiLower(tool.name);
  for (const std::string_view word : other_purposes) {
    if (Contains(name, word)) return 0;
  }
  if (!Contains(name, "sql") && !Contains(name, "query") && !Contains(name, "statement")) return 0;
  int score = 1;
  if (Contains(name, "read_only") || Contains(name, "readonly") || Contains(name, "select")) {
    score += 8;
  }
  if (tool.annotations.read_only) score += 4;
  if (Contains(name, "execute") || Contains(name, "run")) score += 2;
  return score;
}

std::string FindPollTool(const std::vector<mcp::Tool>& tools) {
  for (const mcp::Tool& tool : tools) {
    if (Contains(AsciiLower(tool.name), "poll") &&
        tool.input_schema["properties"].Find("statement_id") != nullptr) {
      return tool.name;
    }
  }
  return {};
}

}  // namespace

Json SqlTool::Arguments(const std::string& sql, size_t rows_max,
                        const std::string& warehouse_id) const {
  Json arguments = Json::Object({{statement_argument, sql}});
  if (!rows_argument.empty()) {
    const bool over = rows_argument_max != 0 && rows_max > rows_argument_max;
    arguments.Set(rows_argument, over ? rows_argument_max : rows_max);
  }
  if (!warehouse_argument.empty() && !warehouse_id.empty()) {
    arguments.Set(warehouse_argument, warehouse_id);
  }
  return arguments;
}

Result<SqlTool> FindSqlTool(const std::vector<mcp::Tool>& tools) {
  SqlTool best;
  int best_score = 0;
  for (const mcp::Tool& tool : tools) {
    SqlTool found;
    found.name = tool.name;
    found.statement_argument = FirstProperty(tool, statement_names, "string");
    found.rows_argument = FirstProperty(tool, rows_names, "integer");
    const Json& rows_schema = tool.input_schema["properties"][found.rows_argument];
    found.rows_argument_max =
        static_cast<size_t>(std::max<int64_t>(0, rows_schema["maximum"].AsInt().value_or(0)));
    if (tool.input_schema["properties"].Find("warehouse_id") != nullptr) {
      found.warehouse_argument = "warehouse_id";
    }
    const int score = Score(tool, found);
    if (score <= best_score) continue;
    best_score = score;
    best = std::move(found);
  }
  if (best_score == 0) {
    return Error(ErrorKind::kUnsupported, "the MCP server has no tool that runs SQL");
  }
  best.poll_tool = FindPollTool(tools);
  return best;
}

}  // namespace boathouse::sources
