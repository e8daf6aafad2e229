"""Engines that read table files by their path, with the keys that the catalog vends: each finds REST's records."""

# ruff: noqa: F811 - fixtures are imported, and named by their users

import importlib
from pathlib import Path

import duckdb
import pyarrow.dataset
import pyarrow.fs
import pyarrow.parquet
import pytest
import requests
from vended import accounts, contacts  # noqa: F401 (fixtures)


def record_ids(demo, plural):
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {demo.api_token}"
    ids, token = set(), None
    while True:
        params = {"page_size": 1000} | ({"page_token": token} if token else {})
        page = session.get(f"{demo.url}/api/v1/{plural}", params=params, timeout=30).json()
        ids |= {record["id"] for record in page["items"]}
        token = page.get("next_page_token")
        if not token:
            return ids


@pytest.fixture(scope="module")
def ids(demo):
    return record_ids(demo, "accounts")


def arrow_files(table):
    return pyarrow.fs.S3FileSystem(
        access_key=table.keys["aws_access_key_id"],
        secret_key=table.keys["aws_secret_access_key"],
        session_token=table.keys["aws_session_token"],
        region="us-east-1",
        scheme="http",
        endpoint_override=table.endpoint.split("://")[1],
    )


def duck(table):
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true", "autoinstall_known_extensions": "false"})
    for name in ("httpfs", "delta"):
        package = importlib.import_module(f"duckdb_extension_{name}")
        found = Path(package.__file__).parent.rglob(f"{name}.duckdb_extension")
        connection.execute(f"LOAD '{next(found)}'")
    keys = table.keys
    connection.execute(
        f"""CREATE SECRET vended (TYPE s3, KEY_ID '{keys["aws_access_key_id"]}',
        SECRET '{keys["aws_secret_access_key"]}', SESSION_TOKEN '{keys["aws_session_token"]}',
        ENDPOINT '{table.endpoint.split("://")[1]}', URL_STYLE 'path', USE_SSL false, REGION 'us-east-1')"""
    )
    return connection


def test_arrow_reads_a_folder_of_files(accounts, ids):
    dataset = pyarrow.dataset.dataset(
        f"{accounts.bucket}/{accounts.prefix}data", format="parquet", filesystem=arrow_files(accounts)
    )
    assert set(dataset.to_table(columns=["id"])["id"].to_pylist()) == ids


def test_arrow_sees_folders_and_what_is_not_there(accounts, contacts):
    files = arrow_files(accounts)
    root = f"{accounts.bucket}/{accounts.prefix}".rstrip("/")
    infos = files.get_file_info([f"{root}/data", f"{root}/nothing", root])
    assert [info.type.name for info in infos] == ["Directory", "NotFound", "Directory"]
    with pytest.raises(OSError, match="ACCESS_DENIED|AccessDenied|403"):
        files.open_input_file(f"{contacts.bucket}/{contacts.prefix}data/x.parquet").read()
    with pytest.raises(OSError), files.open_output_stream(f"{root}/data/new.parquet") as stream:
        stream.write(b"x" * 1000)


def test_duckdb_reads_files_by_glob(accounts, ids):
    connection = duck(accounts)
    rows = connection.execute(f"SELECT id FROM 's3://{accounts.bucket}/{accounts.prefix}data/*.parquet'").fetchall()
    assert {row[0] for row in rows} == ids
    one = sorted(ids)[0]
    found = connection.execute(
        f"SELECT name FROM 's3://{accounts.bucket}/{accounts.prefix}data/*.parquet' WHERE id = ?", [one]
    ).fetchall()
    assert len(found) == 1


def test_duckdb_writes_nothing(accounts):
    connection = duck(accounts)
    with pytest.raises(duckdb.Error, match=r"403|Forbidden|AccessDenied"):
        connection.execute(f"COPY (SELECT 1 AS x) TO 's3://{accounts.bucket}/{accounts.prefix}data/new.parquet'")


def test_duckdb_reads_the_delta_log(accounts, ids):
    rows = duck(accounts).execute(f"SELECT id FROM delta_scan('{accounts.location}')").fetchall()
    assert {row[0] for row in rows} == ids


def test_deltalake_reads_the_table_by_its_path(accounts, ids):
    import deltalake

    table = deltalake.DeltaTable(
        accounts.location,
        storage_options={
            **accounts.keys,
            "aws_region": "us-east-1",
            "aws_endpoint": accounts.endpoint,
            "aws_allow_http": "true",
        },
    )
    files = arrow_files(accounts)
    found = set()
    for uri in table.file_uris():
        with files.open_input_file(uri.removeprefix("s3://")) as file:
            found |= set(pyarrow.parquet.read_table(file, columns=["id"])["id"].to_pylist())
    assert found == ids
