"""The change data feed as real clients read it: the Python client of today in both formats, and that of 2023."""

import json
import subprocess
from pathlib import Path

import delta_sharing
import pytest
from sharing_peer import Admin, Peer
from test_protocol_versions import Grown

ROOT = Path(__file__).resolve().parents[3]
OLD_PYTHON = ROOT / "build" / "venv-sharing-1.0" / "bin" / "python"


@pytest.fixture(scope="module")
def grown(demo):
    return Grown(Admin(demo), Peer(demo.delta_sharing_profile))


@pytest.fixture(scope="module")
def url(demo, grown):
    return f"{demo.delta_sharing_profile}#boathouse.crm.{grown.plural}"


def facts(frame):
    """What happened, without when: (type, version, name, size, colour), sorted."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return sorted(
        (
            row["_change_type"],
            int(row["_commit_version"]),
            row["name"],
            None if row["size"] is None else int(row["size"]),
            row.get("colour") or "",
        )
        for row in rows
    )


def expected(first, last):
    told = []
    if first <= 1 <= last:
        told += [("insert", 1, f"Row {n}", n, "") for n in range(30)]
    if first <= 2 <= last:
        told += [
            ("update_preimage", 2, "Row 3", 3, ""),
            ("update_postimage", 2, "Row 3", 1000, ""),
            ("delete", 2, "Row 4", 4, ""),
        ]
    if first <= 3 <= last:
        told += [("update_preimage", 3, "Row 5", 5, ""), ("update_postimage", 3, "Row 5", 5, "red")]
    return sorted(told)


@pytest.mark.parametrize("use_delta_format", [False, True])
@pytest.mark.parametrize("first, last", [(0, 3), (1, 1), (2, 2), (1, 2), (2, 3), (3, 3)])
def test_the_feed_tells_every_change(url, use_delta_format, first, last):
    frame = delta_sharing.load_table_changes_as_pandas(
        url, starting_version=first, ending_version=last, use_delta_format=use_delta_format
    )
    assert facts(frame) == expected(first, last)
    assert ("colour" in frame.columns) == (last == 3)


@pytest.mark.parametrize("use_delta_format", [False, True])
def test_the_feed_by_time(grown, url, use_delta_format):
    frame = delta_sharing.load_table_changes_as_pandas(
        url,
        starting_timestamp=grown.stamps[1],
        ending_timestamp=grown.stamps[2],
        use_delta_format=use_delta_format,
    )
    assert facts(frame) == expected(2, 2)


@pytest.mark.parametrize("use_delta_format", [None, False, True])
def test_every_version_reads_with_its_own_schema(grown, url, use_delta_format):
    for number, state in enumerate(grown.states):
        frame = delta_sharing.load_as_pandas(url, version=number, use_delta_format=use_delta_format)
        assert ("colour" in frame.columns) == (number == 3)
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        assert {row["id"]: (row["name"], row["size"], row.get("colour")) for row in rows} == state


def test_predicates_reach_the_server(url, grown):
    hint = {
        "op": "equal",
        "children": [
            {"op": "column", "name": "name", "valueType": "string"},
            {"op": "literal", "value": "Row 7", "valueType": "string"},
        ],
    }
    for use_delta_format in (None, False, True):
        frame = delta_sharing.load_as_pandas(
            url, jsonPredicateHints=json.dumps(hint), use_delta_format=use_delta_format
        )
        assert list(frame["name"]) == ["Row 7"]


def test_the_client_of_2023(grown, url):
    program = Path(__file__).with_name("old_client.py")
    done = subprocess.run([OLD_PYTHON, program, url], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["client"].startswith("1.0.")
    assert told["version"] == 3
    assert told["limited"] == 3
    rows = {row["id"]: (row["name"], row["size"], row["colour"]) for row in told["rows"]}
    assert rows == grown.states[3]
    changes = sorted(
        (row["_change_type"], row["_commit_version"], row["name"], row["size"], row["colour"] or "")
        for row in told["changes"]
    )
    assert changes == expected(0, 3)
