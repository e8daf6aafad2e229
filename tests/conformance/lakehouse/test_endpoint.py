"""The official Python MCP client reads the lakehouse, and cannot do more than read."""

import asyncio
import json

import pytest
from lake import by_hand

from mcp import Client, MCPError

MODES = ["legacy", "2026-07-28", "auto"]


def run(demo, steps, mode="auto"):
    async def main():
        async with Client(demo.lakehouse_mcp_url, mode=mode) as client:
            try:
                return await steps(client), None
            except Exception as failure:
                return None, failure

    result, failure = asyncio.run(main())
    if failure is not None:
        raise failure
    return result


def query(demo, sql, mode="auto", **more):
    return run(demo, lambda client: client.call_tool("execute_sql_read_only", {"query": sql} | more), mode)


@pytest.mark.parametrize("mode", MODES)
def test_the_tools_are_there_and_only_read(demo, mode):
    tools = run(demo, lambda client: client.list_tools(), mode).tools
    assert sorted(tool.name for tool in tools) == ["describe_table", "execute_sql_read_only", "list_tables"]
    assert all(tool.annotations.read_only_hint for tool in tools)


@pytest.mark.parametrize("mode", MODES)
def test_a_query_gives_what_the_files_hold(demo, mode):
    sql = "SELECT territory, SUM(revenue) AS r FROM analytics.order_margin JOIN analytics.accounts_dim USING (account_number) GROUP BY 1 ORDER BY 1"
    result = query(demo, sql, mode)
    assert not result.is_error
    answer = result.structured_content
    assert json.loads(result.content[0].text) == answer
    assert answer["columns"] == [{"name": "territory", "type": "VARCHAR"}, {"name": "r", "type": "DECIMAL(38,2)"}]
    assert answer["rows"] == by_hand(demo.lakehouse_root, sql)
    assert answer["truncated"] is False


def test_tables_are_listed_and_described(demo):
    listed = run(demo, lambda client: client.call_tool("list_tables", {})).structured_content["tables"]
    # The attached catalog's tables are test_catalog's.
    listed = [table for table in listed if table["schema"] == "analytics"]
    assert {table["name"] for table in listed} == {
        "accounts_dim",
        "products_dim",
        "orders",
        "order_lines",
        "order_margin",
    }
    assert {table["format"] for table in listed} == {"delta"}
    described = run(demo, lambda client: client.call_tool("describe_table", {"table": "analytics.order_margin"}))
    columns = {column["name"]: column["type"] for column in described.structured_content["columns"]}
    assert columns["gross_margin"] == "DECIMAL(18,2)"
    assert columns["order_date"] == "DATE"


def test_the_semantic_model_is_learned_over_mcp(demo):
    resources = run(demo, lambda client: client.list_resources()).resources
    assert [str(resource.uri) for resource in resources] == ["semantic://model"]
    contents = run(demo, lambda client: client.read_resource("semantic://model")).contents
    model = json.loads(contents[0].text)["semantic_model"][0]
    for metric in model["metrics"]:
        expression = metric["expression"]["dialects"][0]["expression"]
        assert not query(demo, f"SELECT {expression} FROM analytics.order_margin AS order_margin").is_error, metric
    with pytest.raises(MCPError):
        run(demo, lambda client: client.read_resource("file:///etc/passwd"))


def test_rows_are_capped_as_asked(demo):
    answer = query(demo, "SELECT * FROM analytics.order_lines", max_rows=5).structured_content
    assert answer["row_count"] == len(answer["rows"]) == 5
    assert answer["truncated"] is True
    assert query(demo, "SELECT 1", max_rows=1_000_000).is_error


@pytest.mark.parametrize(
    "sql",
    [
        "DROP VIEW analytics.orders",
        "CREATE TABLE t (a INTEGER)",
        "INSERT INTO analytics.orders SELECT * FROM analytics.orders",
        "SELECT 1; SELECT 2",
        "SET memory_limit = '10GB'",
        "ATTACH '/tmp/x.duckdb'",
        "COPY (SELECT 1) TO '/tmp/never-written.csv'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM delta_scan('/etc')",
        "SELECT * FROM query('SELECT 1')",
        "EXPLAIN ANALYZE DELETE FROM analytics.orders",
        "SELEC 1",
        "SELECT nothing FROM analytics.orders",
        "",
    ],
)
def test_everything_else_is_refused_as_a_result(demo, sql):
    result = query(demo, sql)
    assert result.is_error
    assert result.content[0].text
    assert query(demo, "SELECT 42 AS answer").structured_content["rows"] == [[42]]
