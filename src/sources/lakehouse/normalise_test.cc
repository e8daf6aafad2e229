#include "sources/lakehouse/normalise.h"

#include <doctest/doctest.h>

#include <string>

#include "sources/lakehouse/tool_adapter.h"

namespace boathouse::sources {
namespace {

Json Parse(const std::string& text) {
  Result<Json> parsed = Json::Parse(text);
  REQUIRE_MESSAGE(parsed.ok(), text);
  return std::move(parsed).value();
}

mcp::ToolResult FromWire(const std::string& text) {
  const Json wire = Parse(text);
  mcp::ToolResult result;
  result.content = wire["content"];
  result.structured = wire["structuredContent"];
  result.is_error = wire["isError"].AsBool();
  return result;
}

// A text block that holds `inner`, as a server writes it.
mcp::ToolResult TextBlock(const std::string& inner, bool is_error = false) {
  mcp::ToolResult result;
  result.content = Json::Array({Json::Object({{"type", "text"}, {"text", inner}})});
  result.is_error = is_error;
  return result;
}

// "name:type ... | rows" of an answer, or its error.
std::string Shown(const mcp::ToolResult& result, const Limits& limits = {}) {
  const Result<ToolAnswer> answer = NormaliseToolResult(result, limits);
  if (!answer.ok()) {
    return std::string(ErrorKindName(answer.error().kind)) + ": " + answer.error().message;
  }
  if (answer->state == ToolAnswer::State::kRunning) return "running " + answer->statement_id;
  std::string text;
  for (const Column& column : answer->table.columns) text += column.name + ":" + column.type + " ";
  Json rows = Json::Array();
  for (const JsonArray& row : answer->table.rows) rows.Append(Json(row));
  return text + "| " + rows.Dump() + (answer->table.truncated ? " truncated" : "");
}

TEST_CASE("ours: typed columns and rows") {
  CHECK(
      Shown(FromWire(R"x({"content":[{"type":"text","text":"x"}],"structuredContent":
      {"columns":[{"name":"account","type":"VARCHAR"},{"name":"margin","type":"DECIMAL(38,2)"},
      {"name":"n","type":"BIGINT"},{"name":"d","type":"DATE"}],
      "rows":[["A","41250.25",3,"2026-01-05"],["B",null,9007199254740993,null]],
      "row_count":2,"truncated":false,"elapsed_ms":5}})x")) ==
      R"x(account:text margin:decimal n:integer d:date | [["A","41250.25",3,"2026-01-05"],["B",null,"9007199254740993",null]])x");
}

TEST_CASE("MotherDuck: the same JSON string twice, types beside the names") {
  CHECK(
      Shown(FromWire(R"x({"_meta":{"fastmcp":{"wrap_result":true}},"content":[{"type":"text","text":
      "{\n \"success\": true, \"columns\": [\"account_id\",\"margin\"], \"columnTypes\": [\"VARCHAR\",\"DECIMAL(12,2)\"], \"rows\": [[\"A-100\",\"41250.25\"],[\"A-102\",null]], \"rowCount\": 2}"}],
      "isError":false,"structuredContent":{"result":"{\n \"success\": true, \"columns\": [\"account_id\",\"margin\"], \"columnTypes\": [\"VARCHAR\",\"DECIMAL(12,2)\"], \"rows\": [[\"A-100\",\"41250.25\"],[\"A-102\",null]], \"rowCount\": 2}"}})x")) ==
      R"x(account_id:text margin:decimal | [["A-100","41250.25"],["A-102",null]])x");
  CHECK(Shown(TextBlock("Error calling tool 'execute_query': {\"success\": false,\"error\":"
                        "\"Parser Error: x\"}",
                        true)) ==
        "invalid: the lakehouse refused the query: Error calling tool 'execute_query': "
        "{\"success\": false,\"error\":\"Parser Error: x\"}");
}

TEST_CASE("arrays of objects: Snowflake Labs, DBHub, ClickHouse") {
  CHECK(
      Shown(TextBlock(
          R"x([{"ACCOUNT_ID":"A-100","REVENUE":"125000.50","D":"2026-01-05"},{"ACCOUNT_ID":"A-101","REVENUE":null,"D":null}])x")) ==
      R"x(ACCOUNT_ID:text REVENUE:text D:date | [["A-100","125000.50","2026-01-05"],["A-101",null,null]])x");
  CHECK(
      Shown(TextBlock(
          R"x({"success":true,"data":{"rows":[{"n":1,"d":"2026-01-05T00:00:00.000Z"}],"count":1}})x")) ==
      R"x(n:integer d:datetime | [[1,"2026-01-05T00:00:00.000Z"]])x");
  CHECK(Shown(TextBlock(R"x([{"a":1,"m":10.50},{"a":2,"m":11,"extra":true}])x")) ==
        R"x(a:integer m:double extra:boolean | [[1,10.50,null],[2,11,true]])x");
  CHECK(Shown(TextBlock(R"x({"status":"error","message":"Code: 62. Syntax error"})x")) ==
        "invalid: the lakehouse refused the query: Code: 62. Syntax error");
  CHECK(Shown(TextBlock("[]")) == "| []");
}

TEST_CASE("Databricks: three spellings of a cell, and states") {
  const std::string head =
      R"x({"statement_id":"01f","status":{"state":"SUCCEEDED"},"manifest":{"schema":{"columns":[
      {"name":"n","type_name":"LONG","type_text":"BIGINT","position":0},
      {"name":"m","type_name":"DECIMAL","type_text":"DECIMAL(18,2)","position":1}]},
      "total_row_count":2,"truncated":false},"result":)x";
  const std::string expected = R"x(n:integer m:decimal | [[42,"1.50"],[null,null]])x";
  CHECK(
      Shown(TextBlock(
          head +
          R"x({"data_array":[{"values":[{"string_value":"42"},{"string_value":"1.50"}]},{"values":[{"null_value":"NULL_VALUE"},{}]}]}})x")) ==
      expected);
  CHECK(
      Shown(TextBlock(
          head +
          R"x({"data_typed_array":[{"values":[{"str":"42"},{"str":"1.50"}]},{"values":[{},{}]}]}})x")) ==
      expected);
  CHECK(Shown(TextBlock(head + R"x({"data_array":[["42","1.50"],[null,null]]}})x")) == expected);
  CHECK(Shown(TextBlock(R"x({"statement_response":)x" + head +
                        R"x({"data_array":[["42","1.50"],[null,null]]}}})x")) == expected);
  CHECK(Shown(TextBlock(R"x({"statement_id":"01f","status":{"state":"PENDING"}})x")) ==
        "running 01f");
  CHECK(
      Shown(TextBlock(
          R"x({"statement_id":"01f","status":{"state":"FAILED","error":{"message":"no table"}}})x")) ==
      "invalid: the lakehouse refused the query: no table");
  Limits limits;
  limits.rows_max = 1;
  CHECK(Shown(TextBlock(head + R"x({"data_array":[["42","1.50"],[null,null]]}})x"), limits) ==
        R"x(n:integer m:decimal | [[42,"1.50"]] truncated)x");
}

TEST_CASE("Snowflake: row types, days and seconds since the epoch") {
  CHECK(
      Shown(TextBlock(
          R"x({"query_id":"q1","result_set":{"data":[["1","2.50","20458","1767607200.250000000",null],["x","0","2026-01-05","2026-01-05 10:00","t"]],
            "resultSetMetaData":{"numRows":2,"rowType":[{"name":"N","type":"fixed","scale":0},{"name":"M","type":"fixed","scale":2},
            {"name":"D","type":"date"},{"name":"T","type":"timestamp_ntz"},{"name":"S","type":"text"}]}},"statementHandle":"q1"})x")) ==
      R"x(N:integer M:decimal D:date T:datetime S:text | [[1,"2.50","2026-01-05","2026-01-05T10:00:00.250000Z",null],["x","0","2026-01-05","2026-01-05 10:00","t"]])x");
}

TEST_CASE("rows that stayed with the source are not passed over in silence") {
  const auto databricks = [](const std::string& manifest, const std::string& result) {
    return Shown(TextBlock(
        R"x({"status":{"state":"SUCCEEDED"},"manifest":{"schema":{"columns":[{"name":"n","type_text":"INT"}]})x" +
        manifest + R"x(},"result":{)x" + result + "}}"));
  };
  const std::string one = R"x("data_array":[["1"]])x";
  CHECK(databricks(R"x(,"total_row_count":1,"total_chunk_count":1)x", one) == "n:integer | [[1]]");
  CHECK(databricks(R"x(,"total_row_count":5)x", one) == "n:integer | [[1]] truncated");
  CHECK(databricks(R"x(,"total_chunk_count":2)x", one) == "n:integer | [[1]] truncated");
  CHECK(databricks("", one + R"x(,"next_chunk_index":1)x") == "n:integer | [[1]] truncated");
  CHECK(databricks("", one + R"x(,"next_chunk_internal_link":"/c/1")x") ==
        "n:integer | [[1]] truncated");
  CHECK(databricks(R"x(,"truncated":true)x", one) == "n:integer | [[1]] truncated");
  CHECK(databricks(R"x(,"total_row_count":5)x", R"x("external_links":[])x") ==
        "unsupported: the lakehouse sent no rows, only that there are 5");
  const auto snowflake = [](const std::string& meta) {
    return Shown(TextBlock(
        R"x({"result_set":{"data":[["1"]],"resultSetMetaData":{"rowType":[{"name":"N","type":"fixed"}])x" +
        meta + "}}}"));
  };
  CHECK(snowflake(R"x(,"numRows":1,"partitionInfo":[{"rowCount":1}])x") == "N:integer | [[1]]");
  CHECK(snowflake(R"x(,"numRows":2)x") == "N:integer | [[1]] truncated");
  CHECK(snowflake(R"x(,"partitionInfo":[{"rowCount":1},{"rowCount":1}])x") ==
        "N:integer | [[1]] truncated");
  CHECK(Shown(TextBlock(R"x({"columns":["a"],"rows":[["x"]],"rowCount":3})x")) ==
        R"x(a:text | [["x"]] truncated)x");
}

TEST_CASE("Snowflake: what is no day or second since the epoch stays as it came") {
  const auto cell = [](const std::string& type, const std::string& text) {
    return Shown(TextBlock(R"x({"result_set":{"data":[[")x" + text +
                           R"x("]],"resultSetMetaData":{"rowType":[{"name":"T","type":")x" + type +
                           R"x("}]}}})x"));
  };
  CHECK(cell("timestamp_ntz", "0.5") == R"x(T:datetime | [["1970-01-01T00:00:00.500000Z"]])x");
  CHECK(cell("timestamp_ntz", "-0.5") == R"x(T:datetime | [["1969-12-31T23:59:59.500000Z"]])x");
  CHECK(cell("date", "2932896") == R"x(T:date | [["9999-12-31"]])x");
  CHECK(cell("date", "-1") == R"x(T:date | [["1969-12-31"]])x");
  for (const std::string text : {"1.2.3", "1.", ".5", "-", "1.-5", "1.1234567890", "99999999999999",
                                 "9223372036854775807", "-999999999999"}) {
    CAPTURE(text);
    CHECK(cell("timestamp_ntz", text) == R"x(T:datetime | [[")x" + text + R"x("]])x");
  }
  for (const std::string text : {"4294967296", "20458.5", "-719163", "2932897"}) {
    CAPTURE(text);
    CHECK(cell("date", text) == R"x(T:date | [[")x" + text + R"x("]])x");
  }
}

TEST_CASE("what is not rows is not understood, and says so") {
  CHECK(Shown(TextBlock("hello")) == "unsupported: the lakehouse's answer was not understood");
  CHECK(Shown(TextBlock("{}")) == "unsupported: the lakehouse's answer was not understood");
  CHECK(Shown(TextBlock(R"x({"columns":["a","b"],"rows":[[1]]})x")) ==
        "unsupported: the lakehouse's answer was not understood");
  CHECK(Shown(TextBlock("", true)) == "invalid: the lakehouse refused the query: no reason given");
  CHECK(Shown(mcp::ToolResult{}) == "unsupported: the lakehouse's answer was not understood");
}

TEST_CASE("bytes are capped as well as rows") {
  Limits limits;
  limits.bytes_max = 30;
  CHECK(Shown(TextBlock(R"x([{"a":"0123456789"},{"a":"0123456789"},{"a":"0123456789"}])x"),
              limits) == R"x(a:text | [["0123456789"],["0123456789"]] truncated)x");
}

TEST_CASE("types of several warehouses come down to ours") {
  for (const auto& [upstream, ours] : std::initializer_list<std::pair<const char*, const char*>>{
           {"DECIMAL(18,2)", "decimal"},
           {"NUMBER", "decimal"},
           {"bigint", "integer"},
           {"HUGEINT", "integer"},
           {"UInt64", "integer"},
           {"Nullable(Int32)", "integer"},
           {"LONG", "integer"},
           {"INTERVAL", "text"},
           {"TIMESTAMP WITH TIME ZONE", "datetime"},
           {"timestamp_ltz", "datetime"},
           {"DateTime64(3)", "datetime"},
           {"DATE", "date"},
           {"VARCHAR", "text"},
           {"STRUCT(a INTEGER)", "json"},
           {"INTEGER[]", "json"},
           {"double precision", "double"},
           {"bool", "boolean"},
           {"", "text"}}) {
    CAPTURE(upstream);
    CHECK(NormalType(upstream) == ours);
  }
}

mcp::Tool MakeTool(const std::string& name, const std::string& properties,
                   const std::string& required, bool read_only = false) {
  mcp::Tool tool;
  tool.name = name;
  tool.input_schema = Parse(R"x({"type":"object","properties":)x" + properties +
                            R"x(,"required":)x" + required + "}");
  tool.annotations.read_only = read_only;
  return tool;
}

TEST_CASE("the SQL tool is found by its schema") {
  const auto found = FindSqlTool(
      {MakeTool("execute_sql", R"x({"query":{"type":"string"}})x", R"x(["query"])x"),
       MakeTool("execute_sql_read_only",
                R"x({"query":{"type":"string"},"max_rows":{"type":"integer","maximum":50}})x",
                R"x(["query"])x", true),
       MakeTool("poll_sql_result", R"x({"statement_id":{"type":"string"}})x",
                R"x(["statement_id"])x"),
       MakeTool("list_tables", "{}", "[]", true)});
  REQUIRE(found.ok());
  CHECK(found->name == "execute_sql_read_only");
  CHECK(found->poll_tool == "poll_sql_result");
  CHECK(found->Arguments("SELECT 1", 11, "w").Dump() == R"x({"query":"SELECT 1","max_rows":11})x");
  CHECK(found->Arguments("SELECT 1", 101, "").Dump() == R"x({"query":"SELECT 1","max_rows":50})x");
  const auto motherduck =
      FindSqlTool({MakeTool("list_columns", R"x({"table":{"type":"string"}})x", R"x(["table"])x"),
                   MakeTool("execute_query", R"x({"sql":{"type":"string"}})x", R"x(["sql"])x")});
  REQUIRE(motherduck.ok());
  CHECK(motherduck->Arguments("SELECT 1", 9, "w").Dump() == R"x({"sql":"SELECT 1"})x");
  const auto snowflake = FindSqlTool(
      {MakeTool("run_snowflake_query", R"x({"statement":{"type":"string"},"warehouse_id":{}})x",
                R"x(["statement"])x")});
  REQUIRE(snowflake.ok());
  CHECK(snowflake->Arguments("SELECT 1", 9, "w").Dump() ==
        R"x({"statement":"SELECT 1","warehouse_id":"w"})x");
}

TEST_CASE("tools that take a query and do not run it are no SQL tools") {
  const auto none = FindSqlTool(
      {MakeTool("explain_query", R"x({"query":{"type":"string"}})x", R"x(["query"])x"),
       MakeTool("vector_search", R"x({"query":{"type":"string"}})x", R"x(["query"])x"),
       MakeTool("ask", R"x({"query":{"type":"string"}})x", R"x(["query"])x"),
       MakeTool("run_query", R"x({"query":{"type":"string"},"database":{"type":"string"}})x",
                R"x(["query","database"])x")});
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().kind == ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace boathouse::sources
