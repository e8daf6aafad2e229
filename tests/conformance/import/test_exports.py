"""Exports read by the programs that people open them with, and imported again into an empty workspace."""

import csv
import io
import json
import threading
import urllib.error
import urllib.parse
import urllib.request
from decimal import Decimal

import duckdb
import pyarrow.parquet
import pytest
from program import call, running_server
from test_import_jobs import form
from test_transfer_verbs import run

CUSTOM_FIELDS = [
    {"name": "loyalty_points", "label": "Loyalty points", "type": "decimal"},
    {"name": "notes_on_site", "label": "Notes on site", "type": "long_text"},
    {"name": "opened_on", "label": "Opened on", "type": "date"},
    {"name": "is_partner", "label": "Partner", "type": "boolean"},
    {"name": "called_at", "label": "Called at", "type": "datetime"},
]
ACCOUNTS = [
    {"name": 'Quotes "and", commas; tabs\there', "external_id": "001", "annual_revenue": "99999999999999.9999"},
    {
        "name": "Emoji \U0001f680 \u00fcn\u00efc\u00f6de",
        "external_id": "2",
        "description": "one\ntwo\r\n\r\nthree",
        "loyalty_points": "-0.0001",
        "notes_on_site": "  leading, trailing  ",
        "opened_on": "2024-02-29",
        "is_partner": False,
        "called_at": "2026-11-24T10:00:00.123456Z",
        "number_of_employees": 0,
    },
    {"name": "=HYPERLINK(1)", "external_id": "3", "type": "customer"},
    {"name": "Child", "external_id": "4", "phone": "+49 30 1"},
    {"name": "Nothing else", "external_id": "5"},
]
FIELDS = [
    "external_id",
    "name",
    "type",
    "annual_revenue",
    "number_of_employees",
    "phone",
    "description",
    "parent_id",
    *(field["name"] for field in CUSTOM_FIELDS),
]
MAPPING = {"object": "account", "key": "external_id", "empty": "null"}


def with_custom_fields(server) -> None:
    for field in CUSTOM_FIELDS:
        status, body = call("POST", f"{server.url}/api/v1/objects/account/fields", server.token, field)
        assert status in (200, 201), body


def export(server, plural: str, **query):
    """(status, headers, bytes)."""
    url = f"{server.url}/api/v1/{plural}:export?{urllib.parse.urlencode(query)}"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {server.token}"})
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def table(content: bytes) -> list[dict]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("exports") / "data") as running:
        with_custom_fields(running)
        for account in ACCOUNTS:
            status, body = call("POST", f"{running.url}/api/v1/accounts", running.token, account)
            assert status == 201, body
        accounts = {each["external_id"]: each["id"] for each in running.all("accounts")}
        child = f"{running.url}/api/v1/accounts/{accounts['4']}"
        assert call("PATCH", child, running.token, {"parent_id": accounts["2"]})[0] == 200
        yield running


def test_a_csv_export_says_what_rest_says(server):
    status, headers, content = export(server, "accounts")
    assert status == 200
    assert headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert headers["Content-Disposition"] == 'attachment; filename="accounts.csv"'
    records = {each["id"]: each for each in server.all("accounts")}
    rows = table(content)
    assert len(rows) == len(records) == len(ACCOUNTS)
    for row in rows:
        for name, text in row.items():
            value = records[row["id"]][name]
            expected = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            if isinstance(value, list):
                expected = ";".join(value)
            assert text == expected, name


def test_filter_order_and_fields_are_those_of_lists(server):
    _, _, content = export(
        server, "accounts", filter='external_id > "2"', order_by="external_id desc", fields="external_id,name"
    )
    assert content.decode() == "external_id,name\r\n5,Nothing else\r\n4,Child\r\n3,=HYPERLINK(1)\r\n"
    _, _, safe = export(server, "accounts", order_by="external_id", fields="name,phone", spreadsheet="true")
    assert safe.startswith(b"\xef\xbb\xbfname,phone\r\n")
    assert b"\r\n'=HYPERLINK(1),\r\n" in safe and b"\r\nChild,'+49 30 1\r\n" in safe
    for query, field in [
        ({"fields": "nmae"}, "fields"),
        ({"filter": "name =="}, "filter"),
        ({"format": "xlsx"}, "format"),
        ({"relations": "both"}, "relations"),
        ({"page_size": "5"}, "page_size"),
    ]:
        status, _, problem = export(server, "accounts", **query)
        assert status == 400 and f'"{field}"'.encode() in problem, problem
    assert export(server, "nothings")[0] == 404


def test_parquet_is_typed_for_pyarrow_and_duckdb(server, tmp_path):
    status, headers, content = export(server, "accounts", format="parquet", order_by="external_id")
    assert status == 200 and headers["Content-Type"] == "application/vnd.apache.parquet"
    assert headers["Content-Disposition"] == 'attachment; filename="accounts.parquet"'
    path = tmp_path / "accounts.parquet"
    path.write_bytes(content)
    types = {field.name: str(field.type) for field in pyarrow.parquet.read_schema(path)}
    assert types["annual_revenue"] == "decimal128(18, 4)"
    assert types["opened_on"] == "date32[day]" and types["is_partner"] == "bool"
    assert types["called_at"] == "timestamp[us, tz=UTC]" and types["version"] == "int64"
    rows = pyarrow.parquet.read_table(path).to_pylist()
    assert [row["external_id"] for row in rows] == ["001", "2", "3", "4", "5"]
    assert rows[0]["annual_revenue"] == Decimal("99999999999999.9999")
    assert rows[1]["loyalty_points"] == Decimal("-0.0001") and rows[1]["is_partner"] is False
    assert rows[1]["description"] == "one\ntwo\r\n\r\nthree" and rows[1]["number_of_employees"] == 0
    assert rows[4]["description"] is None and rows[4]["annual_revenue"] is None
    found = duckdb.sql(f"SELECT sum(annual_revenue), count(opened_on), max(opened_on) FROM '{path}'").fetchone()
    assert found[0] == Decimal("99999999999999.9999") and found[1] == 1 and str(found[2]) == "2024-02-29"


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_an_export_imported_into_an_empty_workspace_is_the_same(server, tmp_path, format):
    query = {"fields": ",".join(FIELDS), "order_by": "external_id", "relations": "title"}
    _, _, content = export(server, "accounts", format=format, **query)
    _, _, before = export(server, "accounts", **query)
    with running_server(tmp_path / "data") as other:
        with_custom_fields(other)
        body, content_type = form(MAPPING, content, f"accounts.{format}")
        for state in ("created", "unchanged"):
            request = urllib.request.Request(f"{other.url}/api/v1/imports", body, method="POST")
            request.add_header("Authorization", f"Bearer {other.token}")
            request.add_header("Content-Type", content_type)
            with urllib.request.urlopen(request, timeout=60) as response:
                report = json.loads(response.read())
            assert report[state] == len(ACCOUNTS) and report["rejected"] == 0, report
        assert export(other, "accounts", **query)[2] == before


def test_an_export_is_one_moment_while_records_change(server):
    items = [{"name": f"Moving {i}", "rating": "hot", "phone": "0"} for i in range(1000)]
    for _ in range(5):
        assert call("POST", f"{server.url}/api/v1/accounts:batchCreate", server.token, {"items": items})[0] == 201
    moving = server.all("accounts", filter='phone = "0"')
    stop = threading.Event()

    def change() -> None:
        # Hands one mark on from record to record: each moment has exactly one.
        for number in range(1, len(moving)):
            if stop.is_set():
                return
            for account, phone in ((moving[number - 1], "0"), (moving[number], "1")):
                call("PATCH", f"{server.url}/api/v1/accounts/{account['id']}", server.token, {"phone": phone})

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for _ in range(5):
            rows = table(export(server, "accounts", filter='rating = "hot"', fields="phone")[2])
            assert len(rows) == 5000
            assert sum(row["phone"] == "1" for row in rows) <= 1
    finally:
        stop.set()
        changer.join()


def test_the_right_to_export_is_asked_for(server):
    status, token = call(
        "POST", f"{server.url}/api/v1/api-tokens", server.token, {"name": "reader", "scopes": ["accounts:read"]}
    )
    assert status in (200, 201), token
    reader = f"{server.url}/api/v1/accounts"
    assert call("GET", reader, token["token"])[0] == 200
    status, problem = call("GET", f"{reader}:export", token["token"])
    assert status == 403 and "export" in problem["detail"]


def test_a_role_exports_the_records_and_fields_that_it_may(tmp_path):
    data = tmp_path / "data"
    role = {
        "name": "rep",
        "label": "Rep",
        "objects": {
            "*": {"read": "own", "create": True, "update": "own", "export": True},
            "account": {"fields": {"annual_revenue": "none", "account_number": "read"}},
        },
    }
    with running_server(data) as server:
        status, body = call("POST", f"{server.url}/api/v1/roles", server.token, role)
        assert status == 201, body
        call("POST", f"{server.url}/api/v1/accounts", server.token, {"name": "Of the admin", "annual_revenue": "1"})
        admin = server.token
    secret = tmp_path / "password"
    secret.write_text("another long password\n")
    user = ["--data", data, "--email", "rep@example.com"]
    added = run("user", "add", *user, "--name", "Rita Rep", "--role", "rep", "--password-file", secret)
    assert added.returncode == 0, added.stderr
    with running_server(data) as server:
        body = {"email": "rep@example.com", "password": "another long password"}
        rep = call("POST", f"{server.url}/api/v1/auth/sign-in", body=body)[1]["token"]
        server.token = rep
        body, content_type = form({**MAPPING, "key": "name"}, b"name,phone\r\nOf the rep,1\r\n")
        request = urllib.request.Request(f"{server.url}/api/v1/imports", body, method="POST")
        request.add_header("Authorization", f"Bearer {rep}")
        request.add_header("Content-Type", content_type)
        with urllib.request.urlopen(request, timeout=60) as response:
            assert json.loads(response.read())["created"] == 1
        [row] = table(export(server, "accounts", relations="title")[2])
        assert row["name"] == "Of the rep" and row["owner_id"] == "Rita Rep" and "annual_revenue" not in row
        for query in ({"fields": "annual_revenue"}, {"filter": "annual_revenue > 0"}, {"order_by": "annual_revenue"}):
            assert export(server, "accounts", **query)[0] == 400
        server.token = admin
        assert len(table(export(server, "accounts")[2])) == 2
        log = server.get("audit", kind="exported")
        assert {entry["outcome"] for entry in log["items"]} >= {"ok"}
