"""Items 47 to 54 of the protocol's probes: the change data feed, deletion vectors and columns of stable names."""

import json

import pytest
from read_rows import all_rows, dead_positions
from sharing_peer import (
    DELTA,
    FORMATS,
    PYTHON,
    Admin,
    Peer,
    end_of,
    entries,
    files,
    invalid,
    lines,
    version_of,
)
from test_protocol_versions import Grown, columns


@pytest.fixture(scope="module")
def admin(demo):
    return Admin(demo)


@pytest.fixture(scope="module")
def peer(demo):
    return Peer(demo.delta_sharing_profile)


@pytest.fixture(scope="module")
def grown(admin, peer):
    return Grown(admin, peer)


def test_47_ends_of_a_range(grown):
    table, stamps = grown.table, grown.stamps
    for params in (
        {},
        {"endingVersion": 1},
        {"startingVersion": 0, "startingTimestamp": stamps[0]},
        {"startingVersion": 0, "endingVersion": 1, "endingTimestamp": stamps[1]},
        {"startingVersion": 4},
        {"startingVersion": 2, "endingVersion": 1},
        {"startingVersion": "abc"},
        {"startingVersion": -1},
        {"startingVersion": 0, "endingVersion": "x"},
        {"startingTimestamp": "then"},
        {"startingTimestamp": "2101-01-01T00:00:00Z"},
        {"startingTimestamp": stamps[2], "endingTimestamp": stamps[1]},
        {"startingVersion": 0, "endingTimestamp": "2001-01-01T00:00:00Z"},
        {"startingVersion": 0, "maxFiles": 0},
    ):
        invalid(table.changes(**params))
    clamped = table.changes(startingVersion=3, endingVersion=10**6)
    assert {file["version"] for file in files(clamped)} == {3}
    # A start is rounded up, an end down.
    by_time = table.changes(startingTimestamp=stamps[0], endingTimestamp=stamps[2])
    assert version_of(by_time) == 1
    assert {file["version"] for file in files(by_time)} == {1, 2}
    assert version_of(table.changes(startingTimestamp="2001-01-01T00:00:00Z")) == 0
    # What Spark sends beside.
    assert version_of(table.changes(startingVersion=0, readChangeFeed="true")) == 0


def test_48_no_history_no_feed(admin, grown):
    share = admin.share(with_history=False)
    admin.call("POST", f"/shares/{share}/tables", {"object": grown.plural.removesuffix("s"), "name": "t"})
    _, profile = admin.recipient(shares=[share])
    assert "as they are now" in invalid(Peer(profile, share).table("t").changes(startingVersion=0))


@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_49_what_the_feed_tells(grown, headers):
    answer = grown.table.changes(headers, startingVersion=0)
    assert version_of(answer) == 0
    found = entries(answer)
    assert [(kind, file["version"]) for kind, file in found] == [("add", 1), ("cdf", 2), ("cdf", 3)]
    times = [file["timestamp"] for _, file in found]
    assert times == sorted(times) and times[0] > 1_700_000_000_000
    inserted = all_rows([found[0][1]])
    assert {row["id"]: (row["name"], row["size"], None) for row in inserted} == grown.states[1]
    assert "_change_type" not in inserted[0]
    updated, deleted, coloured = (grown.records[n]["id"] for n in (3, 4, 5))
    second = {(row["id"], row["_change_type"]): row for row in all_rows([found[1][1]])}
    assert second.keys() == {
        (updated, "update_preimage"),
        (updated, "update_postimage"),
        (deleted, "delete"),
    }
    assert second[updated, "update_preimage"]["size"] == 3
    assert second[updated, "update_postimage"]["size"] == 1000
    assert second[deleted, "delete"]["name"] == "Row 4"
    third = {row["_change_type"]: row for row in all_rows([found[2][1]])}
    assert third.keys() == {"update_preimage", "update_postimage"}
    assert third["update_postimage"]["colour"] == "red"
    assert third["update_preimage"].get("colour") is None
    assert {row["id"] for row in third.values()} == {coloured}
    # Readers add these themselves, and some refuse files that have them.
    for _, file in found:
        assert not {"_commit_version", "_commit_timestamp"} & set(all_rows([file])[0])


@pytest.mark.parametrize("flag", ["true", "True"])
@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_50_history_of_the_schema(grown, headers, flag):
    told = lines(grown.table.changes(headers, startingVersion=1, includeHistoricalMetadata=flag))
    metadata = [line["metaData"] for line in told if "metaData" in line]
    assert [m["version"] for m in metadata] == [1, 3]
    assert ["colour" in columns(m) for m in metadata] == [False, True]
    # Otherwise one schema that knows every column of the range.
    for until, known in ((2, False), (3, True)):
        told = lines(grown.table.changes(headers, startingVersion=1, endingVersion=until))
        (metadata,) = [line["metaData"] for line in told if "metaData" in line]
        assert metadata["version"] == 1
        assert ("colour" in columns(metadata)) == known
    invalid(grown.table.changes(headers, startingVersion=1, includeHistoricalMetadata="maybe"))


def test_51_delta_lines_have_versions(grown):
    told = lines(grown.table.changes(DELTA, startingVersion=0, includeHistoricalMetadata="true"))
    assert list(told[0]["protocol"]) == ["deltaProtocol"]
    for line in told[1:]:
        ((kind, facts),) = line.items()
        assert facts["version"] in range(4), kind
        if kind == "file":
            assert facts["timestamp"] > 0
            ((action, details),) = facts["deltaSingleAction"].items()
            assert details["path"].startswith("http")
            assert details["dataChange"] == (action != "cdc")
    metadata = told[1]["metaData"]["deltaMetadata"]
    assert metadata["configuration"]["delta.enableChangeDataFeed"] == "true"
    # The answer to a client that reads deletion vectors is of plain files, so none comes and goes in a version.
    since = entries(grown.table.query({"startingVersion": 2, "endingVersion": 2}, PYTHON))
    assert not any("deletionVector" in file for _, file in since)
    assert {kind for kind, _ in since} == {"add", "remove"}


@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_52_pages_of_the_feed(grown, headers):
    params = {"startingVersion": 0, "endingVersion": 3, "includeHistoricalMetadata": "true"}
    whole = grown.table.changes(headers, **params)
    seen, token, heads = [], None, set()
    while True:
        page = grown.table.changes(headers, **params, maxFiles=1, **({"pageToken": token} if token else {}))
        heads.add((version_of(page), "\n".join(page.text.splitlines()[:2])))
        seen += [line for line in lines(page)[2:] if "endStreamAction" not in line]
        token = end_of(page).get("nextPageToken")
        if token is None:
            break
        assert all(c.isalnum() or c in "-_" for c in token)
        invalid(grown.table.changes(headers, startingVersion=1, maxFiles=1, pageToken=token))
        invalid(grown.table.query({"maxFiles": 1, "pageToken": token}, headers))
    assert len(heads) == 1

    def facts(line):
        ((kind, told),) = line.items()
        return kind, told["version"], told.get("id")

    assert [facts(line) for line in seen] == [facts(line) for line in lines(whole)[2:]]


def test_53_deletion_vectors(admin, peer):
    rest = admin.object({"name": "size", "type": "integer"})
    table = peer.table(rest.url.rsplit("/", 1)[1])
    records = [rest.create({"name": f"Row {number}", "size": number}) for number in range(40)]
    table.version()
    for number in (3, 5, 8):
        rest.update(records[number]["id"], {"size": 1000 + number})
    rest.delete(records[13]["id"])
    answer = table.query(headers=PYTHON)
    protocol, metadata = lines(answer)[:2]
    delta = protocol["protocol"]["deltaProtocol"]
    assert (delta["minReaderVersion"], delta["minWriterVersion"]) == (3, 7)
    assert delta["readerFeatures"] == delta["writerFeatures"] == ["deletionVectors"]
    assert metadata["metaData"]["deltaMetadata"]["configuration"] == {"delta.enableDeletionVectors": "true"}
    found = files(answer)
    marked = [file for file in found if "deletionVector" in file]
    assert marked
    dead = 0
    for file in found:
        stats = json.loads(file["stats"])
        if file in marked:
            positions = dead_positions(file["deletionVector"])
            assert max(positions) < stats["numRecords"]
            assert stats["tightBounds"] is False
            dead += len(positions)
        else:
            assert "tightBounds" not in stats
    assert dead == 4
    rows = {row["id"]: row["size"] for row in all_rows(found)}
    expected = {record["id"]: number for number, record in enumerate(records) if number != 13}
    for number in (3, 5, 8):
        expected[records[number]["id"]] = 1000 + number
    assert rows == expected
    # The same rows in files without dead ones, under ids of their own.
    plain = files(table.query(headers=DELTA))
    assert {row["id"]: row["size"] for row in all_rows(plain)} == expected
    assert {file["id"] for file in plain}.isdisjoint({file["id"] for file in marked})


def test_54_columns_have_one_name(grown):
    """No column is ever renamed or dropped, so there is no mapping: names of schema, statistics and files are one."""
    for headers in (DELTA, PYTHON):
        told = lines(grown.table.query(headers=headers))
        metadata = told[1]["metaData"]["deltaMetadata"]
        fields = json.loads(metadata["schemaString"])["fields"]
        names = [field["name"] for field in fields]
        assert "delta.columnMapping.mode" not in metadata["configuration"]
        assert not any(key.startswith("delta.columnMapping") for field in fields for key in field["metadata"])
        for file in files(grown.table.query(headers=headers)):
            stats = json.loads(file["stats"])
            assert set(stats["minValues"]) <= set(names)
            assert set(stats["nullCount"]) <= set(names)
            assert set(all_rows([file])[0]) <= set(names)
            assert file["partitionValues"] == {}
