"""The lakehouse reads the CRM's records where they are: an attached catalog, joined with its own mart in one statement."""

import time

import requests
from lake import by_hand
from test_endpoint import query

JOIN = """
    SELECT a.name, sum(m.gross_margin) AS margin
    FROM crm.accounts a JOIN analytics.order_margin m ON m.account_number = a.account_number
    WHERE a.name = '{}' GROUP BY ALL
"""
READY_SECONDS_MAX = 30


def rows(demo, sql):
    answer = query(demo, sql)
    assert not answer.is_error, answer.content
    return answer.structured_content["rows"]


def attached(demo):
    """The catalog is attached once the CRM is there, which started after the lakehouse."""
    deadline = time.monotonic() + READY_SECONDS_MAX
    while query(demo, "SELECT count(*) FROM crm.accounts").is_error:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_records_are_joined_with_the_mart_and_never_stale(demo):
    attached(demo)
    account = by_hand(
        demo.lakehouse_root,
        "SELECT account_number, sum(gross_margin) FROM analytics.order_margin GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
    )[0]
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {demo.api_token}"
    url = f"{demo.url}/api/v1/accounts"
    found = session.get(url, params={"filter": f'account_number = "{account[0]}"'}).json()["items"]
    (record,) = found
    assert rows(demo, JOIN.format(record["name"].replace("'", "''"))) == [[record["name"], account[1]]]
    for number in range(5):
        name = f"Renamed for the join {number}"
        assert session.patch(f"{url}/{record['id']}", json={"name": name}).status_code == 200
        assert rows(demo, JOIN.format(name)) == [[name, account[1]]]
    assert session.patch(f"{url}/{record['id']}", json={"name": record["name"]}).status_code == 200


def test_its_tables_are_listed_and_described(demo):
    attached(demo)
    from test_endpoint import run

    listed = run(demo, lambda client: client.call_tool("list_tables", {})).structured_content["tables"]
    assert {"schema": "crm", "name": "accounts", "format": "iceberg"} in listed
    assert {"schema": "analytics", "name": "order_margin", "format": "delta"} in listed
    described = run(demo, lambda client: client.call_tool("describe_table", {"table": "crm.accounts"}))
    names = [column["name"] for column in described.structured_content["columns"]]
    assert names[:2] == ["id", "version"] and "account_number" in names


def test_nothing_else_is_reached_through_it(demo):
    attached(demo)
    for sql in (
        "SELECT * FROM 's3://boathouse/accounts/x.parquet'",
        f"SELECT * FROM '{demo.url}/api/v1/accounts'",
        "INSERT INTO crm.accounts SELECT * FROM crm.accounts",
        "DELETE FROM crm.crm.accounts",
        "FROM iceberg_scan('s3://boathouse/accounts')",
        "FROM duckdb_secrets()",
        "ATTACH 'other' AS other (TYPE iceberg)",
    ):
        assert query(demo, sql).is_error, sql
