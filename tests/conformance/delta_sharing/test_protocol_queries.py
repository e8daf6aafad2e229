"""Items 37 to 46 of the protocol's probes: hints, pages, tokens, the end of answers, polled queries, file ids."""

import datetime
import decimal
import json
import time

import pytest
import requests
from live_view import Rest
from read_rows import all_rows, by_id
from sharing_peer import (
    DELTA,
    FORMATS,
    PARQUET,
    PYTHON,
    QUARTER_HOUR_MS,
    Admin,
    Peer,
    end_of,
    files,
    ids,
    invalid,
    lines,
    ok,
    refused,
    version_of,
)

ROWS = 500


@pytest.fixture(scope="module")
def admin(demo):
    return Admin(demo)


@pytest.fixture(scope="module")
def peer(demo):
    return Peer(demo.delta_sharing_profile)


@pytest.fixture(scope="module")
def users(peer):
    return peer.table("users")


@pytest.fixture(scope="module")
def rest(admin):
    """Records with a field of each type that predicates know."""
    rest = admin.object(
        {"name": "size", "type": "integer"},
        {"name": "price", "type": "money"},
        {"name": "day", "type": "date"},
        {"name": "at", "type": "datetime"},
        {"name": "open", "type": "boolean"},
        {"name": "colour", "type": "text"},
    )
    for number in range(ROWS):
        record = {"name": f"Row {number:03}"}
        if number % 5:
            record |= {
                "size": number,
                "price": f"{number}.25",
                "day": f"2026-01-{number % 28 + 1:02}",
                "at": f"2026-01-01T{number % 24:02}:00:00.000123Z",
                "open": number % 2 == 0,
                "colour": ["red", "grün", "blue"][number % 3],
            }
        rest.create(record)
    return rest


@pytest.fixture(scope="module")
def table(peer, rest):
    return peer.table(rest.url.rsplit("/", 1)[1])


@pytest.fixture(scope="module")
def whole(table):
    return by_id(files(table.query()))


def live(file):
    vector = file.get("deletionVector")
    return json.loads(file["stats"])["numRecords"] - (vector["cardinality"] if vector else 0)


@pytest.mark.parametrize("headers", [PARQUET, DELTA, PYTHON], ids=["parquet", "delta", "python"])
def test_37_a_limit(peer, table, headers):
    activities = peer.table("activities")
    for limit in (0, 1, 7, 1000, 10**9):
        found = files(activities.query({"limitHint": limit}, headers))
        total = sum(live(file) for file in files(activities.query(headers=headers)))
        assert sum(live(file) for file in found) >= min(limit, total)
        assert len(all_rows(found)) >= min(limit, total)
    assert files(activities.query({"limitHint": 0}, headers)) == []
    # So that a client need not read groups of thousands for a few rows.
    few = files(activities.query({"limitHint": 7}, headers))
    assert sum(file["size"] for file in few) < 100_000
    # With predicates that are not understood, nobody knows which rows count.
    body = {"limitHint": 1, "predicateHints": ["size = 3"]}
    assert len(all_rows(files(table.query(body, headers)))) == ROWS


def test_38_hints_never_fail(table, whole):
    for body in (
        {"predicateHints": ["name = 'x'", "not sql at all (", "string", ""]},
        {"predicateHints": ["x" * 1_000_000]},
        {"predicateHints": [7, None, {}]},
        {"predicateHints": []},
        {"jsonPredicateHints": "not json"},
        {"jsonPredicateHints": ""},
        {"jsonPredicateHints": '{"op":"equal","children":[]}', "limitHint": 1},
        {"jsonPredicateHints": json.dumps({"op": "x" * 1_000_000})},
        {"jsonPredicateHints": "[" * 100_000},
    ):
        assert by_id(files(table.query(body))).keys() == whole.keys(), str(body)[:100]


def column(name, kind):
    return {"op": "column", "name": name, "valueType": kind}


def literal(value, kind):
    return {"op": "literal", "value": value, "valueType": kind}


def op(name, *children):
    return {"op": name, "children": list(children)}


TYPES = {
    "size": ("long", "250"),
    "price": ("double", "250.25"),
    "day": ("date", "2026-01-14"),
    "at": ("timestamp", "2026-01-01T12:00:00.000123Z"),
    "colour": ("string", "grün"),
    "name": ("string", "Row 250"),
}
COMPARE = {
    "equal": lambda a, b: a == b,
    "lessThan": lambda a, b: a < b,
    "lessThanOrEqual": lambda a, b: a <= b,
    "greaterThan": lambda a, b: a > b,
    "greaterThanOrEqual": lambda a, b: a >= b,
}


def spelled(value):
    """A value of a row as the literal beside it is read."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def selected(table, tree, headers=None):
    return by_id(files(table.query({"jsonPredicateHints": json.dumps(tree)}, headers))).keys()


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("operator", COMPARE)
def test_39_comparisons_of_each_type(table, whole, name, operator):
    kind, text = TYPES[name]
    wanted = {"long": int, "double": float}.get(kind, str)(text)
    expected = {
        row["id"] for row in whole.values() if row[name] is not None and COMPARE[operator](spelled(row[name]), wanted)
    }
    tree = op(operator, column(name, kind), literal(text, kind))
    got = selected(table, tree)
    assert expected <= got
    # And exactly these rows, where there are few of them.
    if len(expected) <= 20:
        assert got == expected


def test_39_nulls_and_nested_trees(table, whole):
    rows = whole.values()
    null = op("isNull", column("size", "long"))
    small = op("lessThan", column("size", "long"), literal("10", "long"))
    unknown = {"op": "unsupported", "children": [column("size", "long")]}
    is_open = op("equal", column("open", "bool"), literal("true", "bool"))
    cases = [
        (null, lambda r: r["size"] is None),
        (op("not", null), lambda r: r["size"] is not None),
        (op("not", small), lambda r: r["size"] is not None and r["size"] >= 10),
        (op("and", op("not", null), small), lambda r: r["size"] is not None and r["size"] < 10),
        (op("and", small, is_open), lambda r: r["size"] is not None and r["size"] < 10 and r["open"]),
        (op("or", null, small), lambda r: r["size"] is None or r["size"] < 10),
        (op("and", unknown, small), lambda r: r["size"] is not None and r["size"] < 10),
        (op("or", unknown, small), lambda r: True),
        (op("not", unknown), lambda r: True),
        (op("equal", column("nothing", "long"), literal("1", "long")), lambda r: True),
        (op("equal", column("size", "long"), literal("many", "long")), lambda r: True),
        (op("equal", column("size", "string"), literal("7", "string")), lambda r: r["size"] == 7),
        (op("lessThan", literal("490", "int"), column("size", "int")), lambda r: r["size"] and r["size"] > 490),
    ]
    for tree, wanted in cases:
        expected = {row["id"] for row in rows if wanted(row)}
        for headers in (PARQUET, DELTA, PYTHON):
            assert expected <= selected(table, tree, headers), tree


def test_39_few_rows_come_in_a_small_file(peer):
    accounts = peer.table("accounts")
    everything = files(accounts.query())
    wanted = by_id(everything)
    name = sorted(row["name"] for row in wanted.values())[100]
    tree = op("equal", column("name", "string"), literal(name, "string"))
    found = files(accounts.query({"jsonPredicateHints": json.dumps(tree)}))
    assert {row["name"] for row in all_rows(found)} == {name}
    assert sum(file["size"] for file in found) < sum(file["size"] for file in everything) / 10
    limited = files(accounts.query({"jsonPredicateHints": json.dumps(op("not", tree)), "limitHint": 3}))
    assert len(all_rows(limited)) >= 3
    assert name not in {row["name"] for row in all_rows(limited)}


@pytest.mark.parametrize("headers", [PARQUET, DELTA, PYTHON], ids=["parquet", "delta", "python"])
def test_40_pages_of_files(demo, peer, users, headers):
    rest, table = Rest(demo, "activities"), peer.table("activities")
    record = rest.create({"type": "note", "subject": "So that there are two files"})
    for wrong in (0, -1):
        invalid(table.query({"maxFiles": wrong}, headers))
    answer = table.query(headers=headers)
    expected = ids(answer)
    assert len(expected) >= 2
    seen, body, heads = [], {"maxFiles": 1}, set()
    while True:
        page = table.query(body, headers)
        heads.add((page.headers["Delta-Table-Version"], "\n".join(page.text.splitlines()[:2])))
        assert len(files(page)) == 1
        seen += ids(page)
        end = end_of(page)
        assert end["minUrlExpirationTimestamp"] > time.time() * 1000 + QUARTER_HOUR_MS
        token = end.get("nextPageToken")
        if token is None:
            break
        assert all(c.isalnum() or c in "-_" for c in token)
        rest.update(record["id"], {"subject": f"Changed between pages {len(seen)}"})
        invalid(table.query({"maxFiles": 1, "pageToken": token, "limitHint": 5}, headers))
        invalid(users.query({"maxFiles": 1, "pageToken": token}, headers))
        invalid(table.query({"maxFiles": 1, "pageToken": token[:-3] + "AAA"}, headers))
        body = {"maxFiles": 1, "pageToken": token}
    assert seen == expected
    assert heads == {(answer.headers["Delta-Table-Version"], "\n".join(answer.text.splitlines()[:2]))}
    rest.delete(record["id"])


@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_41_a_refresh_token(users, headers):
    end = end_of(users.query({"includeRefreshToken": True}, headers))
    assert end["refreshToken"]
    assert end["minUrlExpirationTimestamp"] > time.time() * 1000 + QUARTER_HOUR_MS
    token = end_of(users.query({"maxFiles": 1}, headers))
    assert "refreshToken" not in token
    invalid(users.query({"includeRefreshToken": True, "version": 0}, headers))
    invalid(users.query({"includeRefreshToken": True, "startingVersion": 0}, headers))
    invalid(users.query({"includeRefreshToken": True, "pageToken": "x"}, headers))


@pytest.mark.parametrize("headers", [PARQUET, DELTA, PYTHON], ids=["parquet", "delta", "python"])
def test_42_a_refresh_token_pins(admin, peer, users, headers):
    rest = admin.object()
    table = peer.table(rest.url.rsplit("/", 1)[1])
    rest.create({"name": "Before"})
    first = table.query({"includeRefreshToken": True}, headers)
    token = end_of(first)["refreshToken"]
    rest.create({"name": "After"})
    began = time.monotonic()
    while True:  # URLs carry whole seconds
        again = table.query({"refreshToken": token, "includeRefreshToken": True}, headers)
        if [f["url"] for f in files(again)] != [f["url"] for f in files(first)]:
            break
        assert time.monotonic() < began + 5
    assert version_of(again) == version_of(first)
    assert ids(again) == ids(first)
    assert [row["name"] for row in all_rows(files(again))] == ["Before"]
    assert end_of(again)["refreshToken"]
    assert version_of(table.query(headers=headers)) > version_of(first)
    for wrong in ("made-up", "", token[:-4] + "AAAA"):
        if wrong:
            invalid(table.query({"refreshToken": wrong}, headers))
    invalid(users.query({"refreshToken": token}, headers))
    invalid(table.query({"refreshToken": token, "version": 0}, headers))
    _, profile = admin.recipient()
    invalid(Peer(profile).table(rest.url.rsplit("/", 1)[1]).query({"refreshToken": token}, headers))


@pytest.mark.parametrize("format", FORMATS)
def test_43_the_end_is_told_when_asked_for(users, format):
    asked = {"delta-sharing-capabilities": f"responseformat={format};includeendstreamaction=true"}
    for answer in (users.query(headers=asked), users.changes(asked, startingVersion=0)):
        assert (
            ok(answer).headers["delta-sharing-capabilities"] == f"responseformat={format};includeendstreamaction=true"
        )
        assert "refreshToken" not in end_of(answer)
    for headers in (FORMATS[format], None):
        for answer in (users.query(headers=headers), users.changes(headers, startingVersion=0)):
            assert "endStreamAction" not in ok(answer).text
            assert "endstreamaction" not in answer.headers["delta-sharing-capabilities"]


def test_44_a_failure_before_the_answer_is_a_status(users):
    """What breaks on the way of a feed that flows stands in change_feed_test.cc, which can break it."""
    asked = {"delta-sharing-capabilities": "responseformat=parquet;includeendstreamaction=true"}
    invalid(users.changes(asked, startingVersion=10**9))
    invalid(users.query({"version": 10**9}, asked))


@pytest.mark.parametrize("key", ["idempotencyKey", "idempotency_key"])
def test_45_polled_queries(admin, peer, users, key):
    rest = admin.object()
    table = peer.table(rest.url.rsplit("/", 1)[1])
    rest.create({"name": "Before"})
    asked = {"delta-sharing-capabilities": "responseformat=parquet;asyncquery=true"}
    invalid(table.query({}, asked))
    body = {key: f"probe-{key}"}
    answer = table.query(body, asked)
    assert ok(answer).headers["delta-sharing-capabilities"] == "responseformat=parquet;asyncquery=true"
    (line,) = lines(answer)
    query = line["queryStatus"]["queryId"]
    assert line["queryStatus"]["status"] == "pending"
    sync = table.query()
    rest.create({"name": "After"})
    polled = table.post(f"/queries/{query}", headers=asked)
    assert lines(polled)[:2] == lines(sync)[:2]
    assert ids(polled) == ids(sync)
    assert version_of(polled) == version_of(sync)
    assert lines(table.query(body, asked))[0]["queryStatus"]["queryId"] == query
    page = table.post(f"/queries/{query}", {"maxFiles": 1}, asked)
    assert ids(page) == ids(sync)
    invalid(table.query(body | {"limitHint": 1}, asked))
    for wrong in ("abc", query[:-1] + ("0" if query[-1] != "0" else "1")):
        refused(table.post(f"/queries/{wrong}", headers=asked), 404, "RESOURCE_DOES_NOT_EXIST")
    refused(users.post(f"/queries/{query}", headers=asked), 404, "RESOURCE_DOES_NOT_EXIST")
    # Without the capability the answer comes at once, with a key or not.
    assert len(files(table.query(body))) >= 1


@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_46_file_ids(users, headers):
    plain = users.query(headers=headers)
    assert "fileidhash" not in plain.headers
    parquet = users.query(headers=headers | {"fileidhash": "Parquet"})
    delta = users.query(headers=headers | {"fileidhash": "delta"})
    assert (parquet.headers["fileidhash"], delta.headers["fileidhash"]) == ("parquet", "delta")
    assert ids(parquet) != ids(delta)
    assert ids(delta) == ids(users.query(headers=headers | {"fileidhash": "DELTA"}))
    assert ids(parquet) == ids(users.query(headers=headers | {"fileidhash": "parquet"}))
    changes = users.changes(headers | {"fileidhash": "delta"}, startingVersion=0)
    assert changes.headers["fileidhash"] == "delta"
    for wrong in ("md5", "", "parquet,delta"):
        invalid(users.query(headers=headers | {"fileidhash": wrong}))
    assert requests.get(files(delta)[0]["url"]).status_code == 200
