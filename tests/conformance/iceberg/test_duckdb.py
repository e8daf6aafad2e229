"""DuckDB 1.5.5 and its iceberg extension as the judge."""

import duckdb
import duckdb_extension_avro
import duckdb_extension_httpfs
import duckdb_extension_iceberg
import pytest
from iceberg_catalog import Rest, credential_of, differences
from live_view import frame_rows
from random_writes import check_while_writing


def extension(package, name):
    from pathlib import Path

    return Path(package.__file__).parent / "extensions" / "v1.5.5" / f"{name}.duckdb_extension"


@pytest.fixture(scope="module")
def database(demo):
    made = duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    for package, name in (
        (duckdb_extension_avro, "avro"),
        (duckdb_extension_httpfs, "httpfs"),
        (duckdb_extension_iceberg, "iceberg"),
    ):
        made.execute(f"LOAD '{extension(package, name)}'")
    made.execute("SET TimeZone = 'UTC'")
    client_id, secret = credential_of(demo)
    uri = demo.iceberg["uri"]
    made.execute(
        f"""ATTACH '{demo.iceberg["warehouse"]}' AS crm (TYPE iceberg, ENDPOINT '{uri}',
        CLIENT_ID '{client_id}', CLIENT_SECRET '{secret}', OAUTH2_SERVER_URI '{uri}/v1/oauth/tokens')"""
    )
    yield made
    made.close()


def read(database, rest):
    table = database.execute(f"SELECT * FROM crm.crm.{rest.url.rsplit('/', 1)[1]}").to_arrow_table()
    return frame_rows(table.to_pandas(), rest)


@pytest.mark.parametrize("plural", ["accounts", "opportunities", "activities", "users", "products"])
def test_every_row_of_a_table(demo, database, plural):
    rest = Rest(demo, plural)
    assert not differences(read(database, rest), rest.rows())


def test_tables_are_listed(database):
    names = {
        row[0]
        for row in database.execute("SELECT table_name FROM duckdb_tables() WHERE database_name='crm'").fetchall()
    }
    assert {"accounts", "contacts", "opportunities"} <= names


def test_joins_and_filters(demo, database):
    joined = database.execute(
        """SELECT count(*), sum(o.amount) FROM crm.crm.opportunities o JOIN crm.crm.accounts a ON o.account_id = a.id"""
    ).fetchone()
    rest = Rest(demo, "opportunities")
    account, amount = rest.names.index("account_id"), rest.names.index("amount")
    rows = [row for row in rest.rows().values() if row[account] is not None]
    assert joined[0] == len(rows)
    assert joined[1] == sum(row[amount] for row in rows if row[amount] is not None)


def test_while_records_are_written(demo, database):
    rest = Rest(demo, "accounts")
    check_while_writing(demo, lambda: read(database, rest))


def test_time_travel(demo, database):
    rest = Rest(demo, "accounts")
    made = rest.create({"name": "Now"})
    count = database.execute("SELECT count(*) FROM crm.crm.accounts").fetchone()[0]
    newest = "SELECT snapshot_id FROM iceberg_snapshots(crm.crm.accounts) ORDER BY sequence_number DESC LIMIT 1"
    snapshot = database.execute(newest).fetchone()[0]
    rest.delete(made["id"])
    assert database.execute("SELECT count(*) FROM crm.crm.accounts").fetchone()[0] == count - 1
    then = database.execute(f"SELECT count(*) FROM crm.crm.accounts AT (VERSION => {snapshot})").fetchone()[0]
    assert then == count


def test_writing_is_refused(demo, database):
    rest = Rest(demo, "users")
    for statement in (
        "INSERT INTO crm.crm.users SELECT * FROM crm.crm.users LIMIT 1",
        "DELETE FROM crm.crm.users",
        "DROP TABLE crm.crm.users",
        "CREATE TABLE crm.crm.other (a INTEGER)",
        "CREATE SCHEMA crm.other",
    ):
        with pytest.raises(duckdb.Error):
            database.execute(statement)
    assert not differences(read(database, rest), rest.rows())
