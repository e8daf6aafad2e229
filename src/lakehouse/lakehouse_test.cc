#include "lakehouse/lakehouse.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "lakehouse/delta_table.h"
#include "lakehouse/duck.h"
#include "lakehouse/mart.h"

namespace boathouse::lakehouse {
namespace {

namespace fs = std::filesystem;

// A lakehouse folder with a small mart, and next to it a file nobody may read.
class Fixture {
 public:
  Fixture()
      : base_(fs::temp_directory_path() / ("boathouse_lakehouse_" + HexEncode(RandomBytes(8)))) {
    fs::create_directories(root());
    MartOptions options;
    options.today = ParseDate("2026-11-24").value();
    for (int i = 0; i < 20; ++i) {
      options.accounts.push_back({"A-" + std::to_string(i), "Account " + std::to_string(i),
                                  i < 5 ? "Cleveland" : "Akron", "metals", "Parma", "OH"});
    }
    REQUIRE(GenerateMart(root(), options).ok());
    std::ofstream(base_ / "secret.csv") << "a\nb\n";
  }
  ~Fixture() {
    std::error_code ignored;
    fs::remove_all(base_, ignored);
  }
  std::string root() const { return (base_ / "root").string(); }
  std::string secret() const { return (base_ / "secret.csv").string(); }
  std::unique_ptr<Lakehouse> Open(LakehouseOptions options = {}) const {
    options.root = root();
    Result<std::unique_ptr<Lakehouse>> lakehouse = Lakehouse::Open(options);
    REQUIRE_MESSAGE(lakehouse.ok(), lakehouse.error().message);
    return std::move(lakehouse).value();
  }

 private:
  fs::path base_;
};

Json Ask(Lakehouse& lakehouse, const std::string& sql, size_t rows_max = 0) {
  Result<Json> answer = lakehouse.Query(sql, rows_max, {});
  if (!answer.ok()) return Json::Object({{"error", answer.error().message}});
  return std::move(answer).value();
}

mcp::ToolResult Call(Lakehouse& lakehouse, std::string_view tool, Json arguments) {
  Result<mcp::ToolResult> result = lakehouse.CallTool(mcp::CallContext{}, tool, arguments);
  REQUIRE(result.ok());
  return std::move(result).value();
}

TEST_CASE("Delta tables are views, and the answer has the promised shape") {
  const Fixture fixture;
  const auto lakehouse = fixture.Open();
  const Json answer = Ask(*lakehouse,
                          "SELECT territory, count(*) AS n, sum(m.gross_margin) AS margin FROM "
                          "analytics.accounts_dim a JOIN analytics.order_margin m USING "
                          "(account_number) GROUP BY territory ORDER BY territory");
  CAPTURE(answer.Dump());
  CHECK(
      answer["columns"].Dump() ==
      R"x([{"name":"territory","type":"VARCHAR"},{"name":"n","type":"BIGINT"},{"name":"margin","type":"DECIMAL(38,2)"}])x");
  CHECK(answer["row_count"].AsInt() == 2);
  CHECK(answer["truncated"].AsBool(true) == false);
  CHECK(answer["elapsed_ms"].is_number());
  CHECK(answer["rows"].items()[0].items()[0].AsString() == "Akron");
  CHECK(answer["rows"].items()[0].items()[2].is_string());
}

TEST_CASE("the caller's row cap holds, and never exceeds the lakehouse's") {
  const Fixture fixture;
  LakehouseOptions options;
  options.rows_max = 10;
  const auto lakehouse = fixture.Open(options);
  CHECK(Ask(*lakehouse, "SELECT * FROM analytics.order_margin", 3)["row_count"].AsInt() == 3);
  const Json capped = Ask(*lakehouse, "SELECT * FROM analytics.order_margin", 500);
  CHECK(capped["row_count"].AsInt() == 10);
  CHECK(capped["truncated"].AsBool());
}

TEST_CASE("nothing outside the tables is read, nothing is written") {
  const Fixture fixture;
  const auto lakehouse = fixture.Open();
  for (const std::string& sql :
       {"SELECT * FROM '" + fixture.secret() + "'",
        "SELECT * FROM read_csv('" + fixture.secret() + "')",
        "SELECT * FROM delta_scan('" + fixture.root() + "/tables/analytics/orders')",
        "COPY (SELECT 1) TO '" + fixture.root() + "/tables/new.csv'",
        "ATTACH '" + fixture.secret() + "' AS s", std::string("SET enable_external_access = true"),
        std::string("INSTALL httpfs"), std::string("CREATE TABLE t AS SELECT 1")}) {
    CAPTURE(sql);
    CHECK(Ask(*lakehouse, sql)["error"].is_string());
  }
  CHECK_FALSE(fs::exists(fixture.root() + "/tables/new.csv"));
  // Relative paths and symbolic links do not lead out either.
  fs::create_symlink(fixture.secret(), fixture.root() + "/link.csv");
  CHECK(Ask(*lakehouse, "SELECT * FROM '" + fixture.root() + "/tables/../link.csv'")["error"]
            .is_string());
}

TEST_CASE("a commit to a Delta table shows in the next query") {
  const Fixture fixture;
  const auto lakehouse = fixture.Open();
  const auto count = [&] {
    return Ask(*lakehouse, "SELECT count(*) FROM analytics.accounts_dim")["rows"]
        .items()[0]
        .items()[0]
        .AsInt()
        .value_or(-1);
  };
  CHECK(count() == 20);
  const std::string table = fixture.root() + "/tables/analytics/accounts_dim";
  const auto duck = Duck::Open(DuckOptions{});
  REQUIRE(duck.ok());
  REQUIRE((*duck)
              ->Execute("COPY (SELECT 'A-99' AS account_number, 'New' AS account_name, 'Parma' AS "
                        "territory, 'x' AS industry, 'y' AS city, 'OH' AS state) TO " +
                        SqlLiteral(table + "/second.parquet") + " (FORMAT parquet)")
              .ok());
  std::ofstream(table + "/_delta_log/00000000000000000001.json")
      << R"({"add":{"path":"second.parquet","partitionValues":{},"size":)"
      << fs::file_size(table + "/second.parquet") << R"(,"modificationTime":0,"dataChange":true}})"
      << "\n";
  CHECK(count() == 21);
}

TEST_CASE("a folder of Parquet files is a table, also one that comes later") {
  const Fixture fixture;
  const auto lakehouse = fixture.Open();
  const std::string folder = fixture.root() + "/tables/raw/plain";
  fs::create_directories(folder);
  const auto duck = Duck::Open(DuckOptions{});
  REQUIRE((*duck)
              ->Execute("COPY (SELECT 42 AS answer) TO " + SqlLiteral(folder + "/a.parquet") +
                        " (FORMAT parquet)")
              .ok());
  CHECK(Ask(*lakehouse, "SELECT answer FROM raw.plain")["rows"].Dump() == "[[42]]");
}

TEST_CASE("a Delta table may come after a start without any, and go again") {
  const Fixture fixture;
  const std::string tables = fixture.root() + "/tables/analytics";
  const std::string aside = fixture.root() + "/aside";
  fs::rename(tables, aside);
  const auto lakehouse = fixture.Open();
  const auto listed = [&] {
    return Call(*lakehouse, "list_tables", Json::Object()).structured["tables"].size();
  };
  const std::string sql = "SELECT count(*) FROM analytics.accounts_dim";
  CHECK(listed() == 0);
  fs::rename(aside, tables);
  CHECK(listed() == 5);
  CHECK(Ask(*lakehouse, sql)["rows"].Dump() == "[[20]]");
  fs::rename(tables + "/accounts_dim", aside);
  CHECK(listed() == 4);
  CHECK(Ask(*lakehouse, sql)["error"].is_string());
  CHECK(Call(*lakehouse, "describe_table", Json::Object({{"table", "analytics.accounts_dim"}}))
            .is_error);
  fs::rename(aside, tables + "/accounts_dim");
  CHECK(Ask(*lakehouse, sql)["rows"].Dump() == "[[20]]");
}

TEST_CASE("without the delta extension a Delta table that comes later is left out") {
  const Fixture fixture;
  const std::string tables = fixture.root() + "/tables/analytics";
  const std::string aside = fixture.root() + "/aside";
  fs::rename(tables, aside);
  LakehouseOptions options;
  options.extension_directory = "/nowhere";
  const auto lakehouse = fixture.Open(options);
  fs::rename(aside, tables);
  CHECK(Call(*lakehouse, "list_tables", Json::Object()).structured["tables"].size() == 0);
  CHECK(Ask(*lakehouse, "SELECT 42")["rows"].Dump() == "[[42]]");
}

TEST_CASE("tools list tables, describe them, and fail as results") {
  const Fixture fixture;
  const auto lakehouse = fixture.Open();
  CHECK(lakehouse->ListTools(mcp::CallContext{}).size() == 3);
  for (const mcp::Tool& tool : lakehouse->ListTools(mcp::CallContext{})) {
    CHECK(tool.annotations.read_only);
  }
  const mcp::ToolResult tables = Call(*lakehouse, "list_tables", Json::Object());
  CHECK(tables.structured["tables"].size() == 5);
  CHECK(tables.structured["tables"].items()[0]["format"].AsString() == "delta");
  const mcp::ToolResult columns =
      Call(*lakehouse, "describe_table", Json::Object({{"table", "analytics.products_dim"}}));
  CHECK(columns.structured["columns"].size() == 5);
  CHECK(Call(*lakehouse, "describe_table", Json::Object({{"table", "x; DROP"}})).is_error);
  const mcp::ToolResult wrong =
      Call(*lakehouse, "execute_sql_read_only", Json::Object({{"query", "SELECT nothing"}}));
  CHECK(wrong.is_error);
  CHECK(wrong.content.Dump().find("nothing") != std::string::npos);
  const auto unknown = lakehouse->CallTool(mcp::CallContext{}, "drop_tables", Json::Object());
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().kind == ErrorKind::kNotFound);
}

TEST_CASE("the result of a query fits its output schema") {
  const Fixture fixture;
  const auto lakehouse = fixture.Open();
  const mcp::Tool tool = lakehouse->ListTools(mcp::CallContext{})[0];
  const mcp::ToolResult result =
      Call(*lakehouse, "execute_sql_read_only",
           Json::Object({{"query", "SELECT * FROM analytics.order_lines"}, {"max_rows", 2}}));
  CHECK(mcp::ValidateSchema(tool.output_schema, result.structured).ok());
  const auto text = Json::Parse(result.content.items().at(0)["text"].AsString());
  REQUIRE(text.ok());
  CHECK(*text == result.structured);
}

TEST_CASE("the semantic model is a resource") {
  const Fixture fixture;
  const auto lakehouse = fixture.Open();
  REQUIRE(lakehouse->ListResources(mcp::CallContext{}).size() == 1);
  const auto contents = lakehouse->ReadResource(mcp::CallContext{}, "semantic://model");
  REQUIRE(contents.ok());
  CHECK(Json::Parse(contents->items().at(0)["text"].AsString()).ok());
  CHECK_FALSE(lakehouse->ReadResource(mcp::CallContext{}, "file:///etc/passwd").ok());
  fs::remove(fixture.root() + "/semantic.json");
  CHECK(lakehouse->ListResources(mcp::CallContext{}).empty());
  const auto gone = lakehouse->ReadResource(mcp::CallContext{}, "semantic://model");
  REQUIRE_FALSE(gone.ok());
  CHECK(gone.error().kind == ErrorKind::kNotFound);
}

TEST_CASE("a lakehouse that cannot be read says why") {
  LakehouseOptions options;
  options.root = "/nowhere/at/all";
  const auto missing = Lakehouse::Open(options);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::kUnavailable);
  const Fixture fixture;
  options.root = fixture.root();
  options.extension_directory = "/nowhere";
  const auto without_delta = Lakehouse::Open(options);
  REQUIRE_FALSE(without_delta.ok());
  CHECK(without_delta.error().message.find("delta.duckdb_extension was not found in /nowhere") !=
        std::string::npos);
}

TEST_CASE("the endpoint wants its token, when it has one") {
  const Fixture fixture;
  LakehouseOptions options;
  options.bearer_token = "open-sesame";
  const auto lakehouse = fixture.Open(options);
  http::Router router;
  lakehouse->Mount(router);
  const auto status = [&](const std::string& token) {
    http::Request request;
    request.method = "POST";
    request.target = request.path = "/mcp";
    request.headers.Set("Content-Type", "application/json");
    request.headers.Set("Accept", "application/json, text/event-stream");
    if (!token.empty()) request.headers.Set("Authorization", "Bearer " + token);
    request.body = R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":)"
                   R"("2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})";
    return router.Dispatch(request).status;
  };
  CHECK(status("") == 401);
  CHECK(status("wrong") == 401);
  CHECK(status("open-sesame") == 200);
}

TEST_CASE("an address beyond this machine needs a token") {
  for (const char* address : {"127.0.0.1", "127.8.9.1", "::1", "localhost"}) {
    CAPTURE(address);
    CHECK(CheckExposure(address, "").ok());
  }
  for (const char* address : {"0.0.0.0", "::", "192.168.1.5", "fe80::1", "128.0.0.1", "", "x"}) {
    CAPTURE(address);
    CHECK(CheckExposure(address, "t").ok());
    const Status refused = CheckExposure(address, "");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind == ErrorKind::kForbidden);
  }
}

TEST_CASE("a token comes from the command line, a file or the environment") {
  const Fixture fixture;
  const std::string file = fixture.root() + "/token";
  std::ofstream(file) << " from-file \nmore\n";
  CHECK(*ReadToken({"given", file, "from-environment"}) == "given");
  CHECK(ReadToken({"", file, "from-environment"})->empty());
  CHECK(*ReadToken({std::nullopt, file, "from-environment"}) == "from-file");
  CHECK(*ReadToken({std::nullopt, "", "from-environment"}) == "from-environment");
  CHECK(ReadToken({std::nullopt, "", nullptr})->empty());
  // A file that was named and holds nothing must not open the lakehouse to everybody.
  std::ofstream(file, std::ios::trunc) << "\n";
  CHECK_FALSE(ReadToken({std::nullopt, file, "from-environment"}).ok());
  CHECK_FALSE(ReadToken({std::nullopt, file + ".missing", nullptr}).ok());
}

}  // namespace
}  // namespace boathouse::lakehouse
