#include "sources/guard.h"

#include <doctest/doctest.h>

#include <string>

namespace boathouse::sources {
namespace {

const GuardPolicy policy{{"analytics.orders", "analytics.accounts", "plain"}, 100};

std::string Guarded(const std::string& sql) {
  const Result<std::string> result = GuardSql(sql, policy);
  return result.ok() ? *result : "refused: " + result.error().message;
}

std::string Code(const std::string& sql) {
  const Result<std::string> result = GuardSql(sql, policy);
  if (result.ok()) return "accepted";
  CHECK(result.error().kind == ErrorKind::kForbidden);
  REQUIRE(result.error().fields.size() == 1);
  CHECK(result.error().fields[0].field == "/sql");
  return result.error().fields[0].code;
}

TEST_CASE("reading allow-listed tables passes") {
  for (const char* sql : {
           "SELECT 1",
           "SELECT * FROM analytics.orders",
           "select a.x from Analytics.Orders a join ANALYTICS.accounts b on a.x = b.x",
           "SELECT * FROM \"analytics\".\"orders\" AS o, plain",
           "SELECT * FROM `analytics`.`orders`",
           "SELECT (SELECT max(x) FROM plain) FROM analytics.orders WHERE y IN (SELECT z FROM "
           "plain)",
           "SELECT * FROM (SELECT * FROM plain) AS q (a, b)",
           "SELECT * FROM ((plain JOIN analytics.orders ON true))",
           "WITH a AS (SELECT 1 AS x), b (y) AS (SELECT x FROM a) SELECT * FROM b JOIN a ON true",
           "WITH Q AS NOT MATERIALIZED (SELECT 1) SELECT * FROM q",
           "SELECT EXTRACT(year FROM d), SUBSTRING(n FROM 1 FOR 2), TRIM(BOTH ' ' FROM n) FROM "
           "plain",
           "SELECT * FROM plain WHERE a IS DISTINCT FROM b AND c IS NOT DISTINCT FROM d",
           "SELECT replace(n, 'a', 'b'), 'DROP TABLE x; --' FROM plain",
           "SELECT \"update\" FROM plain",
           "SELECT * FROM plain ORDER BY a, b",
           "SELECT a, b FROM plain UNION ALL SELECT c, d FROM analytics.orders",
           "SELECT CAST(x AS DECIMAL(18,2)), COUNT(*) FILTER (WHERE y) FROM plain GROUP BY a, b",
           "SELECT * FROM (VALUES (1, 2)) AS v (a, b)",
           "SELECT a FROM plain EXCEPT DISTINCT (SELECT b FROM plain) INTERSECT SELECT 1",
           "SELECT a FROM plain UNION ALL BY NAME SELECT a FROM plain",
           "SELECT * EXCEPT (a, b), c FROM plain",
           "SELECT a FROM plain WHERE b IN (1, 2) AND c BETWEEN 1 AND 2 GROUP BY a, b HAVING "
           "SUM(c) "
           "> 1 ORDER BY a, b LIMIT 5",
           "SELECT SUM(a) OVER w, SUM(b) OVER v FROM plain WINDOW w AS (ORDER BY a), v AS (ORDER "
           "BY b)",
           "SELECT a ->> 'b' FROM plain JOIN analytics.orders USING (a, b)",
           "SELECT show, comment FROM plain, LATERAL (SELECT 1) AS q",
           "SELECT 1.5e-3, .5, 'it''s' FROM plain WHERE a <> -1 AND NOT (b)",
       }) {
    CAPTURE(sql);
    CHECK_MESSAGE(Code(sql) == "accepted", Guarded(sql));
  }
}

TEST_CASE("a second statement is refused, a final semicolon is not") {
  CHECK(Guarded("SELECT 1 ; ") == "SELECT 1 LIMIT 101");
  CHECK(Code("SELECT 1; SELECT 2") == "MULTI_STATEMENT");
  CHECK(Code("SELECT 1;;") == "MULTI_STATEMENT");
  CHECK(Code("SELECT 1; DROP TABLE x") == "MULTI_STATEMENT");
}

TEST_CASE("what does not read is refused") {
  CHECK(Code("DELETE FROM plain") == "DML_FORBIDDEN");
  CHECK(Code("insert into plain values (1)") == "DML_FORBIDDEN");
  CHECK(Code("WITH a AS (DELETE FROM plain RETURNING *) SELECT * FROM a") == "DML_FORBIDDEN");
  CHECK(Code("WITH a AS (SELECT 1) UPDATE plain SET x = 1") == "NOT_A_SELECT");
  CHECK(Code("SELECT * INTO other FROM plain") == "DML_FORBIDDEN");
  CHECK(Code("SELECT * FROM plain FOR UPDATE") == "DML_FORBIDDEN");
  CHECK(Code("DROP TABLE plain") == "DDL_FORBIDDEN");
  CHECK(Code("CREATE TABLE x AS SELECT 1") == "DDL_FORBIDDEN");
  CHECK(Code("EXPLAIN SELECT 1") == "NOT_A_SELECT");
  CHECK(Code("SET x = 1") == "NOT_A_SELECT");
  CHECK(Code("FROM plain") == "NOT_A_SELECT");
  CHECK(Code("") == "NOT_A_SELECT");
  CHECK(Code(" ; ") == "NOT_A_SELECT");
}

TEST_CASE("a table that is not listed is found wherever it hides") {
  for (const char* sql : {
           "SELECT * FROM secret",
           "SELECT * FROM plain, secret",
           "SELECT * FROM plain p, analytics.secret s",
           "SELECT * FROM plain JOIN secret ON true",
           "SELECT * FROM plain CROSS JOIN LATERAL secret",
           "SELECT * FROM other.analytics.orders",
           "SELECT * FROM orders",
           "SELECT * FROM 'file.parquet'",
           "SELECT * FROM \"file.parquet\"",
           "SELECT * FROM delta.`/etc`",
           "SELECT (SELECT x FROM secret)",
           "SELECT * FROM plain WHERE EXISTS (SELECT 1 FROM secret)",
           "SELECT * FROM plain WHERE x IN (FROM secret)",
           "SELECT * FROM plain WHERE x IN secret",
           "SELECT * FROM (secret)",
           "SELECT * FROM ((plain JOIN secret ON true))",
           "SELECT * FROM plain UNION SELECT * FROM secret",
           "WITH secret AS (SELECT * FROM secret) SELECT * FROM secret",
           "SELECT * FROM secret WHERE x IN (WITH secret AS (SELECT 1) SELECT * FROM secret)",
           "SELECT * FROM (WITH s AS (SELECT 1) SELECT * FROM s) q JOIN s ON true",
           "WITH a AS (SELECT 1), b AS (SELECT * FROM c), c AS (SELECT 1) SELECT * FROM b",
           "SELECT EXTRACT(year FROM (SELECT d FROM secret)) FROM plain",
           "SELECT TRIM(SELECT n FROM secret)",
           "SELECT DISTINCT FROM secret",
           "SELECT a FROM plain GROUP BY a HAVING (SELECT 1 FROM secret) = 1",
           "SELECT 1 FROM",
           "SELECT 1 FROM plain,",
           "SELECT * FROM (SELECT 1 FROM) AS a",
       }) {
    CAPTURE(sql);
    CHECK(Code(sql) == "TABLE_NOT_ALLOW_LISTED");
  }
  // Beside a name that is listed, or in its clothes.
  for (const char* sql : {
           "SELECT * FROM plain MINUS, secret",
           "SELECT * FROM plain AS MINUS (a), secret",
           "SELECT * FROM plain WHERE, secret",
           "SELECT * FROM plain WHERE (a), secret",
           "SELECT * FROM plain OFFSET, secret",
           "SELECT * FROM plain WINDOW, secret",
           "SELECT * FROM plain GROUP, secret",
           "SELECT * FROM plain LIMIT 0, 5000",
           "SELECT * FROM plain STRAIGHT_JOIN secret",
           "SELECT * FROM plain POSITIONAL JOIN secret",
           "SELECT * FROM plain ASOF JOIN secret ON true",
           "SELECT * FROM only, plain",
           "SELECT * FROM lateral plain",
           "SELECT * FROM plain, LATERAL unnest(x)",
           "SELECT * FROM \"analytics.orders\"",
           "SELECT * FROM plain-secret",
           "SELECT * FROM plain.1secret",
           "SELECT * FROM plain: secret",
           "SELECT * FROM plain 'x'",
           "SELECT * FROM plain JOIN 'secret.parquet' ON true",
           "WITH q AS (SELECT 1) SELECT * FROM \"Q\"",
           "SELECT a NOT DISTINCT FROM secret",
           "SELECT a FROM plain WHERE b = ANY (FROM secret)",
           "WITH a AS (FROM secret) SELECT * FROM a",
           "SELECT TRIM(x FROM (FROM secret)) FROM plain",
       }) {
    CAPTURE(sql);
    const std::string code = Code(sql);
    CHECK((code == "TABLE_NOT_ALLOW_LISTED" || code == "NOT_A_SELECT"));
  }
  // The alias of a subquery is not a name that WITH gave.
  CHECK(Code("WITH a AS (SELECT 1) FROM a JOIN (SELECT 1) secret ON (true) JOIN secret ON true") ==
        "NOT_A_SELECT");
  CHECK(Code("SELECT * FROM (TABLE secret)") == "NOT_A_SELECT");
  CHECK(Code("SELECT * FROM (SUMMARIZE secret)") == "NOT_A_SELECT");
  CHECK(Code("SELECT * FROM (PIVOT secret ON a USING sum(b))") == "NOT_A_SELECT");
}

TEST_CASE("what may begin a query is a SELECT only") {
  for (const char* operation :
       {"UNION", "UNION ALL", "union distinct", "UNION BY NAME", "UNION ALL BY NAME", "EXCEPT",
        "EXCEPT ALL", "INTERSECT", "MINUS"}) {
    for (const char* query :
         {"TABLE secret", "FROM secret", "DESCRIBE secret", "SUMMARIZE secret",
          "PIVOT secret ON a USING SUM(b)", "UNPIVOT secret ON a", "SHOW TABLES",
          "WITH a AS (SELECT 1) SELECT * FROM a", "secret", "", "(TABLE secret)", "(DESC secret)",
          "(EXPLAIN SELECT 1)", "((SUMMARIZE secret))"}) {
      const std::string sql = std::string("SELECT a FROM plain ") + operation + " " + query;
      CAPTURE(sql);
      CHECK(Code(sql) == "NOT_A_SELECT");
      CHECK(Code("SELECT 1 FROM (" + sql + ") AS q") == "NOT_A_SELECT");
    }
  }
  for (const char* sql : {
           "WITH a AS (TABLE secret) SELECT * FROM a",
           "WITH a AS (SHOW TABLES) SELECT * FROM a",
           "WITH a AS (secret) SELECT * FROM a",
           "WITH a AS (SELECT 1) TABLE secret",
           "WITH \"secret\" AS (SELECT 1) SELECT * FROM secret",
           "SELECT * FROM plain WHERE x IN (TABLE secret)",
           "SELECT EXISTS (DESCRIBE secret)",
           "SELECT * FROM plain PIVOT (SUM(b) FOR a IN (1))",
           "SELECT * FROM plain SELECT, secret",
           "SELECT 1 SELECT * FROM plain",
           "SELECT MAP a USING 'sh' FROM plain",
       }) {
    CAPTURE(sql);
    CHECK(Code(sql) == "NOT_A_SELECT");
  }
  CHECK(Code("SELECT 1 DROP VIEW plain") == "DDL_FORBIDDEN");
  CHECK(Code("SELECT 1 EXEC sp_who") == "DDL_FORBIDDEN");
}

TEST_CASE("functions are allow-listed") {
  CHECK(Code("SELECT * FROM read_csv('/etc/passwd')") == "TABLE_FUNCTION_FORBIDDEN");
  CHECK(Code("SELECT * FROM TABLE(f())") == "TABLE_FUNCTION_FORBIDDEN");
  CHECK(Code("SELECT query_to_xml('select 1')") == "FUNCTION_NOT_ALLOW_LISTED");
  CHECK(Code("SELECT pg_catalog.sum(1)") == "FUNCTION_NOT_ALLOW_LISTED");
  CHECK(Code("SELECT \"ai_query\"('x') FROM plain") == "FUNCTION_NOT_ALLOW_LISTED");
  CHECK(Code("WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a") == "RECURSION_FORBIDDEN");
}

TEST_CASE("what dialects read differently is refused") {
  CHECK(Code("SELECT 1 -- x") == "COMMENT_FORBIDDEN");
  CHECK(Code("SELECT /* x */ 1") == "COMMENT_FORBIDDEN");
  CHECK(Code("SELECT 1 # x") == "COMMENT_FORBIDDEN");
  CHECK(Code("SELECT 1 // x\n, 2 FROM plain") == "COMMENT_FORBIDDEN");
  CHECK(Code("SELECT * FROM plain p |> JOIN secret") == "BAD_CHARACTER");
  CHECK(Code("SELECT 1 ->> SHOW TABLES") == "BAD_CHARACTER");
  CHECK(Code("SELECT '\\' FROM secret --'") == "AMBIGUOUS_LITERAL");
  CHECK(Code("SELECT $$x$$") == "BAD_CHARACTER");
  CHECK(Code("SELECT * FROM @stage") == "BAD_CHARACTER");
  CHECK(Code("SELECT 'x") == "UNTERMINATED");
  CHECK(Code("SELECT (1") == "UNBALANCED");
  CHECK(Code("SELECT 1)") == "UNBALANCED");
  CHECK(Code("SELECT " + std::string(40, '(') + "1" + std::string(40, ')')) == "UNBALANCED");
  CHECK(Code("SELECT '" + std::string(70'000, 'x') + "'") == "TOO_LONG");
}

TEST_CASE("the limit is added or lowered, never raised") {
  CHECK(Guarded("SELECT * FROM plain") == "SELECT * FROM plain LIMIT 101");
  CHECK(Guarded("SELECT * FROM plain LIMIT 5") == "SELECT * FROM plain LIMIT 5");
  CHECK(Guarded("SELECT * FROM plain LIMIT 999") == "SELECT * FROM plain LIMIT 101");
  CHECK(Guarded("SELECT * FROM plain LIMIT 5000 OFFSET 2") ==
        "SELECT * FROM plain LIMIT 101 OFFSET 2");
  CHECK(Guarded("SELECT * FROM (SELECT * FROM plain LIMIT 5000) q") ==
        "SELECT * FROM (SELECT * FROM plain LIMIT 5000) q LIMIT 101");
  CHECK(Code("SELECT * FROM plain LIMIT 5 + 5000") == "LIMIT_NOT_A_NUMBER");
  CHECK(Code("SELECT a FROM plain ORDER BY a LIMIT 0, 5000") == "LIMIT_NOT_A_NUMBER");
  CHECK(Code("SELECT * FROM plain LIMIT 50%") == "LIMIT_NOT_A_NUMBER");
  CHECK(Code("SELECT * FROM plain LIMIT ALL") == "LIMIT_NOT_A_NUMBER");
  CHECK(Code("SELECT * FROM plain FETCH FIRST 5 ROWS ONLY") == "LIMIT_NOT_A_NUMBER");
}

}  // namespace
}  // namespace boathouse::sources
