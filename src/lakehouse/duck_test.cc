#include "lakehouse/duck.h"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/temp_folder.h"

namespace boathouse::lakehouse {
namespace {

std::unique_ptr<Duck> OpenDuck() {
  Result<std::unique_ptr<Duck>> duck = Duck::Open(DuckOptions{});
  REQUIRE(duck.ok());
  return std::move(duck).value();
}

std::string RowsOf(const Result<QueryTable>& table) {
  if (!table.ok()) return "error: " + table.error().message;
  Json rows = Json::Array();
  for (const JsonArray& row : table->rows) rows.Append(Json(row));
  return rows.Dump();
}

ErrorKind RefusalOf(Duck& duck, const std::string& sql) {
  const Result<QueryTable> table = duck.QueryReadOnly(sql, QueryLimits{});
  CAPTURE(sql);
  REQUIRE_FALSE(table.ok());
  return table.error().kind;
}

TEST_CASE("cells keep their value exactly") {
  const auto duck = OpenDuck();
  const auto one = [&](const std::string& expression) {
    return RowsOf(duck->QueryReadOnly("SELECT " + expression, QueryLimits{}));
  };
  CHECK(one("NULL") == "[[null]]");
  CHECK(one("true, 1::TINYINT, -2::SMALLINT, 3::UINTEGER") == "[[true,1,-2,3]]");
  CHECK(one("9007199254740992::BIGINT, 9007199254740993::BIGINT") ==
        R"([[9007199254740992,"9007199254740993"]])");
  CHECK(one("18446744073709551615::UBIGINT") == R"([["18446744073709551615"]])");
  CHECK(one("(-170141183460469231731687303715884105728)::HUGEINT") ==
        R"([["-170141183460469231731687303715884105728"]])");
  CHECK(one("0.10::DECIMAL(18,2), -0.05::DECIMAL(4,2), 12345678901234567890.1234::DECIMAL(38,4)") ==
        R"([["0.10","-0.05","12345678901234567890.1234"]])");
  CHECK(one("7::DECIMAL(9,0)") == R"([["7"]])");
  CHECK(one("1.5::DOUBLE, 'NaN'::DOUBLE, '-inf'::DOUBLE") == R"([[1.5,"NaN","-Infinity"]])");
  CHECK(one("DATE '2026-02-28', DATE '1969-12-31'") == R"([["2026-02-28","1969-12-31"]])");
  CHECK(one("TIMESTAMP '2026-01-05 10:00:00.25', TIME '23:59:59'") ==
        R"([["2026-01-05T10:00:00.250000","23:59:59.000000"]])");
  CHECK(one("'2f0e0d0c-0b0a-4908-8706-050403020100'::UUID") ==
        R"([["2f0e0d0c-0b0a-4908-8706-050403020100"]])");
  CHECK(one("'\\x00\\xFF'::BLOB") == R"([["00ff"]])");
  CHECK(one("[1, NULL, 3], {'a': 'x', 'b': [DATE '2026-01-01']}") ==
        R"([[[1,null,3],{"a":"x","b":["2026-01-01"]}]])");
  CHECK(one("MAP {'k': 1}") == R"([[[{"key":"k","value":1}]]])");
  CHECK(one("'it''s \"Ünïcode\"'") == R"([["it's \"Ünïcode\""]])");
}

TEST_CASE("a column says its type as DuckDB spells it") {
  const auto duck = OpenDuck();
  const auto table = duck->QueryReadOnly(
      "SELECT 1.5::DECIMAL(18,2) AS amount, 'x' AS name, [1] AS list, {'a': 1} AS pair",
      QueryLimits{});
  REQUIRE(table.ok());
  REQUIRE(table->columns.size() == 4);
  CHECK(table->columns[0].name == "amount");
  CHECK(table->columns[0].type == "DECIMAL(18,2)");
  CHECK(table->columns[1].type == "VARCHAR");
  CHECK(table->columns[2].type == "INTEGER[]");
  CHECK(table->columns[3].type == "STRUCT(a INTEGER)");
  CHECK(RefusalOf(*duck, "SELECT '101'::BIT") == ErrorKind::kUnsupported);
}

TEST_CASE("only one statement that reads is run") {
  const auto duck = OpenDuck();
  REQUIRE(duck->Execute("CREATE TABLE t (a INTEGER)").ok());
  for (const char* sql :
       {"INSERT INTO t VALUES (1)", "UPDATE t SET a = 1", "DELETE FROM t", "DROP TABLE t",
        "CREATE TABLE u (a INTEGER)", "COPY t TO '/tmp/never.csv'", "ATTACH ':memory:' AS x",
        "PRAGMA database_list", "SET threads = 1", "CALL pragma_version()", "LOAD delta",
        "EXPLAIN INSERT INTO t VALUES (1)", "/**/EXPLAIN ANALYZE DELETE FROM t", "BEGIN",
        "CREATE MACRO f(x) AS x", "EXPORT DATABASE '/tmp/never'", "SELECT 1; SELECT 2",
        "SELECT 1; DROP TABLE t", "EXPLAIN SELECT 1; DROP TABLE t"}) {
    CHECK(RefusalOf(*duck, sql) == ErrorKind::kForbidden);
  }
  for (const char* sql :
       {"SELECT 1;", "WITH a AS (SELECT 1) SELECT * FROM a", "VALUES (1), (2)", "FROM t",
        "EXPLAIN SELECT * FROM t", "explain analyze SELECT 1", "DESCRIBE t", "SHOW TABLES",
        "SUMMARIZE t", "SELECT ';' AS semicolon -- ; DROP TABLE t"}) {
    CAPTURE(sql);
    const auto table = duck->QueryReadOnly(sql, QueryLimits{});
    CHECK_MESSAGE(table.ok(), RowsOf(table));
  }
  CHECK(RowsOf(duck->Query("SELECT count(*) FROM t", QueryLimits{})) == "[[0]]");
}

TEST_CASE("table functions that reach files are refused before they are bound") {
  const auto duck = OpenDuck();
  for (const char* sql :
       {"SELECT * FROM delta_scan('/etc')", "SELECT * FROM main.read_text('/etc/passwd')",
        "SELECT * FROM query('SELECT 1')", "SELECT (SELECT count(*) FROM glob('/*'))",
        "WITH a AS (SELECT * FROM READ_CSV('x')) SELECT * FROM a", "SELECT * FROM duckdb_secrets()",
        "DESCRIBE SELECT * FROM read_blob('/etc/passwd')",
        "SELECT 1 UNION ALL SELECT 1 FROM sniff_csv('/etc/passwd')",
        "EXPLAIN SELECT * FROM delta_scan('http://127.0.0.1:1/x')"}) {
    CHECK(RefusalOf(*duck, sql) == ErrorKind::kForbidden);
  }
  CHECK(RowsOf(duck->QueryReadOnly("SELECT * FROM range(2)", QueryLimits{})) == "[[0],[1]]");
  CHECK(RowsOf(duck->QueryReadOnly("SELECT unnest([5, 6])", QueryLimits{})) == "[[5],[6]]");
}

TEST_CASE("a wrong statement brings DuckDB's own words") {
  const auto duck = OpenDuck();
  const auto syntax = duck->QueryReadOnly("SELEC 1", QueryLimits{});
  REQUIRE_FALSE(syntax.ok());
  CHECK(syntax.error().kind == ErrorKind::kInvalid);
  CHECK(syntax.error().message.find("syntax error") != std::string::npos);
  const auto unknown = duck->QueryReadOnly("SELECT * FROM nowhere", QueryLimits{});
  REQUIRE_FALSE(unknown.ok());
  CHECK(unknown.error().message.find("nowhere") != std::string::npos);
  const auto late = duck->QueryReadOnly("SELECT CAST('x' || a AS INTEGER) FROM range(9) t(a)", {});
  REQUIRE_FALSE(late.ok());
  CHECK(late.error().message.find("Conversion Error") != std::string::npos);
  CHECK(RefusalOf(*duck, "") == ErrorKind::kForbidden);
  CHECK(RefusalOf(*duck, "SELECT '" + std::string(300'000, 'x') + "'") == ErrorKind::kTooLarge);
  CHECK(RefusalOf(*duck, std::string("SELECT 1\0", 9)) == ErrorKind::kInvalid);
}

TEST_CASE("rows and bytes are capped, and the result says so") {
  const auto duck = OpenDuck();
  QueryLimits limits;
  limits.rows_max = 3;
  auto table = duck->QueryReadOnly("SELECT * FROM range(5000)", limits);
  REQUIRE(table.ok());
  CHECK(table->rows.size() == 3);
  CHECK(table->truncated);
  table = duck->QueryReadOnly("SELECT * FROM range(3)", limits);
  REQUIRE(table.ok());
  CHECK_FALSE(table->truncated);
  limits = QueryLimits{};
  limits.bytes_max = 1000;
  table = duck->QueryReadOnly("SELECT repeat('x', 300) FROM range(100)", limits);
  REQUIRE(table.ok());
  CHECK(table->rows.size() == 3);
  CHECK(table->truncated);
}

constexpr char endless[] =
    "SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE (a.range * b.range) % 7 = 3";

TEST_CASE("a query that takes too long is stopped") {
  const auto duck = OpenDuck();
  QueryLimits limits;
  limits.timeout_ms = 50;
  const auto table = duck->QueryReadOnly(endless, limits);
  REQUIRE_FALSE(table.ok());
  CHECK(table.error().kind == ErrorKind::kDeadline);
}

TEST_CASE("a cancelled query stops, also when it was cancelled before it began") {
  const auto duck = OpenDuck();
  Cancellation cancellation;
  std::thread canceller([&] { cancellation.Cancel(); });
  const auto table = duck->QueryReadOnly(endless, QueryLimits{}, cancellation);
  canceller.join();
  REQUIRE_FALSE(table.ok());
  CHECK(table.error().kind == ErrorKind::kCancelled);
}

TEST_CASE("what does not fit into the memory goes to the spill folder, if there is one") {
  const TempFolder folder;
  DuckOptions options;
  options.memory_mb = 32;
  const std::string too_much =
      "CREATE TABLE t AS SELECT i, md5(i::VARCHAR) AS a, md5((i + 1)::VARCHAR) AS b FROM "
      "range(1000000) "
      "AS r(i)";
  const auto without = Duck::Open(options);
  REQUIRE(without.ok());
  CHECK_FALSE((*without)->Execute(too_much).ok());
  options.spill_folder = folder / "spill";
  const auto with = Duck::Open(options);
  REQUIRE(with.ok());
  const Status made = (*with)->Execute(too_much);
  CHECK_MESSAGE(made.ok(), made.error().message);
  CHECK(RowsOf((*with)->Query("SELECT count(*), sum(i)::BIGINT FROM t", QueryLimits{})) ==
        "[[1000000,499999500000]]");
}

TEST_CASE("literals and identifiers are quoted") {
  CHECK(SqlLiteral("O'Neil") == "'O''Neil'");
  CHECK(SqlIdentifier("a\"b") == "\"a\"\"b\"");
}

}  // namespace
}  // namespace boathouse::lakehouse
