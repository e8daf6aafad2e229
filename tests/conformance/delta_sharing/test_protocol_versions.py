"""Items 18 to 36 of the protocol's probes: versions, formats, metadata and plain queries."""

import datetime
import io
import json

import pyarrow.parquet
import pytest
import requests
from live_view import now_ms
from read_rows import by_id
from sharing_peer import (
    DELTA,
    FORMATS,
    PARQUET,
    PYTHON,
    QUARTER_HOUR_MS,
    SPARK,
    Admin,
    Peer,
    entries,
    files,
    ids,
    invalid,
    lines,
    ok,
    refused,
    version_of,
)


@pytest.fixture(scope="module")
def admin(demo):
    return Admin(demo)


@pytest.fixture(scope="module")
def peer(demo):
    return Peer(demo.delta_sharing_profile)


@pytest.fixture(scope="module")
def users(peer):
    return peer.table("users")


def utc(moment=None):
    moment = moment or datetime.datetime.now(datetime.UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Grown:
    """A table of its own whose states are known: versions 0 to 3, the last with one more column."""

    def __init__(self, admin, peer):
        self.rest = admin.object({"name": "size", "type": "integer"})
        self.plural = self.rest.url.rsplit("/", 1)[1]
        self.table = peer.table(self.plural)
        self.states, self.stamps, self.records = [], [], []
        self.keep()  # nothing yet
        for number in range(30):
            self.records.append(self.rest.create({"name": f"Row {number}", "size": number}))
        self.keep()
        self.rest.update(self.records[3]["id"], {"size": 1000})
        self.rest.delete(self.records[4]["id"])
        self.keep()
        admin.column(self.rest, name="colour", type="text")
        self.rest.update(self.records[5]["id"], {"colour": "red"})
        self.keep()

    def keep(self):
        assert self.table.version() == len(self.states)
        items = self.rest.session.get(self.rest.url, params={"page_size": 1000}).json()["items"]
        self.states.append({item["id"]: (item["name"], item["size"], item.get("colour")) for item in items})
        self.stamps.append(utc())


@pytest.fixture(scope="module")
def grown(admin, peer):
    return Grown(admin, peer)


def state(answer):
    return {key: (row["name"], row["size"], row.get("colour")) for key, row in by_id(files(answer)).items()}


def columns(metadata):
    details = metadata.get("deltaMetadata", metadata)
    return [field["name"] for field in json.loads(details["schemaString"])["fields"]]


@pytest.fixture(scope="module")
def without_history(admin, grown):
    share = admin.share(with_history=False)
    admin.call("POST", f"/shares/{share}/tables", {"object": grown.plural.removesuffix("s"), "name": "t"})
    _, profile = admin.recipient(shares=[share])
    return Peer(profile, share).table("t")


def test_18_version_at_a_time(grown, without_history):
    table = grown.table
    assert table.version(startingTimestamp="2001-01-01T00:00:00Z") == 0
    assert table.version(startingTimestamp=grown.stamps[0]) == 1
    assert table.version(startingTimestamp=grown.stamps[1]) == 2
    for wrong in ("2101-01-01T00:00:00Z", "yesterday", "", "2026-13-01T00:00:00Z"):
        invalid(table.get("/version", {"startingTimestamp": wrong}))
    invalid(without_history.get("/version", {"startingTimestamp": "2001-01-01T00:00:00Z"}))
    assert without_history.version() >= 0


def test_19_metadata(grown):
    answer = grown.table.metadata()
    protocol, metadata = lines(answer)
    assert protocol == {"protocol": {"minReaderVersion": 1}}
    assert metadata["metaData"]["format"] == {"provider": "parquet"}
    assert metadata["metaData"]["partitionColumns"] == []
    assert metadata["metaData"]["id"]
    assert version_of(answer) == 3
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")


@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_20_metadata_of_a_version(grown, headers):
    for params in ({"version": 1}, {"timestamp": grown.stamps[1]}):
        answer = grown.table.metadata(headers, **params)
        metadata = lines(answer)[1]["metaData"]
        assert "colour" not in columns(metadata)
        assert version_of(answer) == metadata["version"] == 1
    newest = lines(grown.table.metadata(headers))[1]["metaData"]
    assert columns(newest)[-1] == "colour"


def test_21_metadata_of_wrong_versions(grown):
    stamp = grown.stamps[1]
    for params in ({"version": 1, "timestamp": stamp}, {"version": -1}, {"version": 99}, {"version": "x"}):
        invalid(grown.table.metadata(**params))
    for wrong in ("2001-01-01T00:00:00Z", "then"):
        invalid(grown.table.metadata(timestamp=wrong))


def test_22_capabilities_in_any_spelling(users):
    for asked in (
        "responseformat=delta;includeendstreamaction=true",
        "IncludeEndStreamAction=TRUE; ResponseFormat=Delta",
        "readerfeatures=deletionVectors ; responseFormat = DELTA ;includeEndStreamAction = true;",
        ";;x=y;responseformat=delta;includeendstreamaction=true;z",
    ):
        answer = users.query(headers={"delta-sharing-capabilities": asked})
        assert ok(answer).headers["delta-sharing-capabilities"] == "responseformat=delta;includeendstreamaction=true"
    assert ok(users.query()).headers["delta-sharing-capabilities"] == "responseformat=parquet"


@pytest.mark.parametrize("client, format", [(PYTHON, "delta"), (SPARK, "parquet")], ids=["python", "spark"])
@pytest.mark.parametrize("asked", ["delta,parquet", "parquet,delta"])
def test_23_a_choice_is_made_once(users, client, format, asked):
    headers = client | {"delta-sharing-capabilities": f"responseformat={asked};readerfeatures=deletionvectors"}
    metadata, query = users.metadata(headers), users.query(headers=headers)
    for answer in (metadata, query):
        assert ok(answer).headers["delta-sharing-capabilities"] == f"responseformat={format}"
        assert ("deltaProtocol" in lines(answer)[0]["protocol"]) == (format == "delta")
    assert lines(metadata) == lines(query)[:2]


def test_24_delta_alone(users):
    answer = users.query(headers=DELTA)
    protocol, metadata, *rest = lines(answer)
    assert protocol == {"protocol": {"deltaProtocol": {"minReaderVersion": 1, "minWriterVersion": 2}}}
    assert metadata["metaData"]["deltaMetadata"]["format"] == {"provider": "parquet", "options": {}}
    assert rest and all(list(line["file"]["deltaSingleAction"]) == ["add"] for line in rest)


def test_25_plain_answers_have_no_deleted_rows(grown):
    dead = grown.records[4]["id"]
    for headers in (None, PARQUET, SPARK, DELTA, PYTHON):
        answer = grown.table.query({"version": 2}, headers)
        rows = state(answer)
        assert dead not in rows
        assert rows == grown.states[2]
        if headers is not PYTHON:
            assert not any("deletionVector" in file for file in files(answer))
            for file in files(answer):
                content = pyarrow.parquet.read_table(io.BytesIO(requests.get(file["url"]).content))
                assert dead not in content["id"].to_pylist()


def test_26_unknown_format(users):
    for asked in ("responseformat=avro", "responseformat=iceberg,avro"):
        headers = {"delta-sharing-capabilities": asked}
        invalid(users.query(headers=headers))
        invalid(users.metadata(headers))
        invalid(users.changes(headers, startingVersion=0))


@pytest.mark.parametrize("headers", [PARQUET, DELTA, PYTHON], ids=["parquet", "delta", "python"])
def test_27_files_are_told_exactly(peer, headers):
    answer = peer.table("activities").query(headers=headers)
    found = files(answer)
    assert 0 < len(found) <= 10
    assert len({file["id"] for file in found}) == len(found)
    live = 0
    for file in found:
        assert "X-Amz-Signature=" in file["url"]
        assert file["expirationTimestamp"] > now_ms() + QUARTER_HOUR_MS
        assert int(requests.head(file["url"]).headers["Content-Length"]) == file["size"]
        assert len(requests.get(file["url"]).content) == file["size"]
        assert file["partitionValues"] == {}
        dead = file["deletionVector"]["cardinality"] if "deletionVector" in file else 0
        live += json.loads(file["stats"])["numRecords"] - dead
    assert live >= 20000
    metadata = lines(answer)[1]["metaData"]
    assert metadata["numFiles"] == len(found)
    assert metadata["size"] == sum(file["size"] for file in found)
    assert ids(peer.table("activities").query(headers=headers)) == [file["id"] for file in found]


def test_28_bodies_are_checked(users):
    post = users.peer.session.post
    whole = ids(users.query())
    assert ids(post(users.url + "/query")) == whole
    assert ids(post(users.url + "/query", data="  ", headers={"Content-Type": "application/json"})) == whole
    for body in ("{", "[]", '"text"', "null", '{"version": 1, "version": 2}', "\x00", "{'a':1}"):
        answer = post(users.url + "/query", data=body, headers={"Content-Type": "application/json"})
        refused(answer, 400, "MALFORMED_REQUEST")
    for body in (
        {"version": "one"},
        {"version": 1.5},
        {"version": True},
        {"limitHint": -1},
        {"limitHint": "many"},
        {"maxFiles": "x"},
        {"predicateHints": "a"},
        {"jsonPredicateHints": {}},
        {"includeRefreshToken": "yes"},
        {"refreshToken": 7},
        {"timestamp": 7},
        {"idempotencyKey": 7},
    ):
        invalid(users.query(body))
    assert ids(users.query({"responseFormat": "delta", "unknown": [1], "version": None})) == whole


def test_29_other_content_types(users):
    for kind in ("application/x-www-form-urlencoded", "text/plain", "application/xml"):
        answer = users.peer.session.post(users.url + "/query", data="{}", headers={"Content-Type": kind})
        assert answer.status_code in (400, 415)
        assert answer.json()["errorCode"] == "INVALID_PARAMETER_VALUE"
    with_charset = {"Content-Type": "application/json; charset=utf-8"}
    ok(users.peer.session.post(users.url + "/query", data="{}", headers=with_charset))


@pytest.mark.parametrize("headers", [PARQUET, DELTA, PYTHON], ids=["parquet", "delta", "python"])
def test_30_a_version_by_number(grown, headers):
    for number, expected in enumerate(grown.states):
        answer = grown.table.query({"version": number}, headers)
        assert version_of(answer) == number
        assert lines(answer)[1]["metaData"]["version"] == number
        found = files(answer)
        assert all(file["version"] == number and file["timestamp"] > 0 for file in found)
        assert state(answer) == expected


@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_31_a_version_by_time(grown, headers):
    for number, stamp in enumerate(grown.stamps):
        answer = grown.table.query({"timestamp": stamp}, headers)
        assert version_of(answer) == number
        assert state(answer) == grown.states[number]
    offset = datetime.datetime.strptime(grown.stamps[1], "%Y-%m-%dT%H:%M:%S.%fZ") + datetime.timedelta(hours=2)
    assert version_of(grown.table.query({"timestamp": offset.strftime("%Y-%m-%dT%H:%M:%S.%f+02:00")}, headers)) == 1
    for wrong in ("2001-01-01T00:00:00Z", "then", "2026-11-24"):
        invalid(grown.table.query({"timestamp": wrong}, headers))


def test_32_two_ways_to_name_a_version(grown):
    stamp = grown.stamps[1]
    for body in (
        {"version": 1, "timestamp": stamp},
        {"version": 1, "startingVersion": 1},
        {"timestamp": stamp, "startingVersion": 1},
        {"version": 1, "timestamp": stamp, "startingVersion": 1},
        {"endingVersion": 1},
    ):
        invalid(grown.table.query(body))


def test_33_versions_that_cannot_be_read(admin, grown, without_history):
    for body in ({"version": 0}, {"timestamp": grown.stamps[1]}, {"startingVersion": 0}):
        assert "as they are now" in invalid(without_history.query(body))
    for number in (-1, 4, 10**12):
        invalid(grown.table.query({"version": number}))
    share = admin.share()
    body = {"object": grown.plural.removesuffix("s"), "name": "t", "history_from": grown.stamps[0]}
    admin.call("POST", f"/shares/{share}/tables", body)
    _, profile = admin.recipient(shares=[share])
    table = Peer(profile, share).table("t")
    assert state(table.query({"version": 1})) == grown.states[1]
    assert state(table.query()) == grown.states[3]
    assert "1 to 3" in invalid(table.query({"version": 0}))
    invalid(table.query({"timestamp": grown.stamps[0]}))
    invalid(table.metadata(version=0))
    invalid(table.changes(startingVersion=0))
    assert version_of(table.changes(startingVersion=2)) == 2


@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_34_files_since_a_version(grown, headers):
    answer = grown.table.query({"startingVersion": 1}, headers)
    assert version_of(answer) == 1
    told = lines(answer)
    assert list(told[0]) == ["protocol"]
    metadata = [line["metaData"] for line in told if "metaData" in line]
    assert [m["version"] for m in metadata] == [1, 3]
    assert ["colour" in columns(m) for m in metadata] == [False, True]
    found = entries(answer)
    assert {kind for kind, _ in found} == {"add", "remove"}
    for _, file in found:
        assert 1 <= file["version"] <= 3 and file["timestamp"] > 0
    first = [file for kind, file in found if file["version"] == 1]
    assert by_id(first).keys() == grown.states[1].keys()
    until = entries(grown.table.query({"startingVersion": 1, "endingVersion": 1}, headers))
    assert [file["id"] for _, file in until] == [file["id"] for file in first]
    # What came and went by version 2 leads from one state to the other.
    second = [(kind, file) for kind, file in found if file["version"] == 2]
    known = {file["id"]: file for file in files(grown.table.query({"version": 1}, headers))}
    for kind, file in second:
        if kind == "remove":
            del known[file["id"]]
        else:
            known[file["id"]] = file
    assert by_id(known.values()).keys() == grown.states[2].keys()


def test_35_ranges_that_are_none(grown):
    for body in (
        {"startingVersion": 2, "endingVersion": 1},
        {"startingVersion": 4},
        {"startingVersion": 10**12},
        {"startingVersion": -1},
        {"startingVersion": "x"},
    ):
        invalid(grown.table.query(body))


def test_36_history_of_protocols(grown):
    body = {"startingVersion": 1, "includeHistoricalProtocol": True}
    assert lines(grown.table.query(body, DELTA))[0]["protocol"]["version"] == 1
    assert lines(grown.table.query(body, PARQUET))[0] == {"protocol": {"minReaderVersion": 1}}
    plain = lines(grown.table.query({"startingVersion": 1}, DELTA))[0]["protocol"]
    assert "version" not in plain
    changes = grown.table.changes(DELTA, startingVersion=1, includeHistoricalProtocol="true")
    assert lines(changes)[0]["protocol"]["version"] == 1
