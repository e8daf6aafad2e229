"""The published tables as the real Python client reads them: always what REST says, without waiting."""

import random

import delta_sharing
import pytest
from live_view import Rest, differences, frame_rows

ROUNDS = 200
SEED = 20261124


@pytest.fixture(scope="module")
def client(demo):
    return delta_sharing.SharingClient(demo.delta_sharing_profile)


def url(demo, table):
    return f"{demo.delta_sharing_profile}#boathouse.crm.{table}"


def test_every_object_is_a_table(demo, client):
    names = sorted(f"{t.share}.{t.schema}.{t.name}" for t in client.list_all_tables())
    objects = Rest(demo, "accounts").session.get(f"{demo.url}/api/v1/objects").json()["objects"]
    assert names == sorted(f"boathouse.crm.{model['plural']}" for model in objects)
    assert len(names) >= 24
    assert [share.name for share in client.list_shares()] == ["boathouse"]


@pytest.mark.parametrize("use_delta_format", [None, True, False])
def test_every_table_is_what_rest_says(demo, client, use_delta_format):
    for table in client.list_all_tables():
        rest = Rest(demo, table.name)
        frame = delta_sharing.load_as_pandas(url(demo, table.name), use_delta_format=use_delta_format)
        assert differences(frame_rows(frame, rest), rest.rows()) == [], table.name


def edit(rest, expected, rng, number):
    """One random edit through REST; `expected` follows from what REST answers."""
    kind = rng.choice(["create", "update", "update", "delete"])
    if kind == "create":
        record = rest.create(
            {"name": f"Round {number}", "annual_revenue": f"{number}.5", "number_of_employees": number}
        )
        expected[record["id"]] = rest.row(record)
    elif kind == "update":
        record = rest.update(rng.choice(list(expected)), {"description": f"seen in round {number}", "rating": "hot"})
        expected[record["id"]] = rest.row(record)
    else:
        # A record that others refer to may not go; those made here are free.
        own = [row_id for row_id, row in expected.items() if row[rest.names.index("name")].startswith("Round ")]
        if own:
            gone = rng.choice(own)
            rest.delete(gone)
            del expected[gone]


def test_no_read_is_ever_stale(demo):
    """Write, read at once, two hundred times in a row: no sleep, no retry, every row equal every time."""
    rng = random.Random(SEED)
    rest = Rest(demo, "accounts")
    expected = rest.rows()
    assert len(expected) >= 2000
    for number in range(ROUNDS):
        for _ in range(rng.choice([1, 1, 1, 5])):
            edit(rest, expected, rng, number)
        read = frame_rows(delta_sharing.load_as_pandas(url(demo, "accounts")), rest)
        assert differences(read, expected) == [], f"round {number}, seed {SEED}"
        if number % 20 == 0:
            assert differences(rest.rows(), expected) == []


def test_a_limit_is_kept(demo):
    assert len(delta_sharing.load_as_pandas(url(demo, "activities"), limit=7)) == 7
    assert len(delta_sharing.load_as_pandas(url(demo, "activities"), limit=0)) == 0


def test_an_old_version_is_still_there(demo):
    rest = Rest(demo, "territories")
    before = delta_sharing.get_table_version(url(demo, "territories"))
    was = rest.rows()
    record = rest.create({"name": "A territory of tomorrow"})
    assert delta_sharing.get_table_version(url(demo, "territories")) == before + 1
    for use_delta_format in (True, False):
        old = delta_sharing.load_as_pandas(url(demo, "territories"), version=before, use_delta_format=use_delta_format)
        assert differences(frame_rows(old, rest), was) == []
    rest.delete(record["id"])
    now = delta_sharing.load_as_pandas(url(demo, "territories"))
    assert differences(frame_rows(now, rest), was) == []


def test_the_schema_is_told(demo):
    metadata = delta_sharing.get_table_metadata(url(demo, "opportunities"))
    assert '"decimal(18,4)"' in metadata.schema_string
    assert metadata.partition_columns == []
