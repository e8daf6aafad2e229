"""ClickHouse 26.9 (chDB) on the catalog."""

import json

import pytest
from live_view import Rest
from random_writes import check_while_writing

COLUMNS = ("id", "name", "description", "version")


@pytest.fixture(scope="module")
def clickhouse(demo):
    from chdb import session

    opened = session.Session()
    about = demo.iceberg
    opened.query("SET allow_database_iceberg = 1")
    opened.query(
        f"""CREATE DATABASE crm ENGINE = DataLakeCatalog('{about["uri"]}/v1')
        SETTINGS catalog_type = 'rest', warehouse = '{about["warehouse"]}',
        catalog_credential = '{about["credential"]}', oauth_server_uri = '{about["uri"]}/v1/oauth/tokens',
        storage_endpoint = '{demo.url}/boathouse', vended_credentials = true"""
    )
    yield opened
    opened.close()


def read(clickhouse, *names):
    text = clickhouse.query(f"SELECT {', '.join(names)} FROM crm.`crm.accounts`", "JSONCompact").bytes()
    rows = json.loads(text)["data"]
    return {row[0]: tuple(None if value is None else str(value) for value in row) for row in rows}


def test_tables_are_listed(clickhouse):
    assert "crm.accounts" in clickhouse.query("SHOW TABLES FROM crm", "TSV").bytes().decode().splitlines()


def test_while_records_are_written(demo, clickhouse):
    check_while_writing(demo, lambda *names: read(clickhouse, *names), COLUMNS)


def test_filters(demo, clickhouse):
    rest = Rest(demo, "accounts")
    expected = sum(1 for row in rest.rows().values() if "C" <= row[rest.names.index("name")] < "D")
    query = "SELECT count() FROM crm.`crm.accounts` WHERE name >= 'C' AND name < 'D'"
    assert int(clickhouse.query(query, "TSV").bytes()) == expected
