"""Two recipients of two shares: neither ever sees the other's columns or rows, in any call or format, nor in any byte."""

import hashlib
import io
import json

import delta_sharing
import pyarrow.parquet
import pytest
import requests
from read_rows import all_rows, by_id
from sharing_peer import DELTA, FORMATS, PARQUET, PYTHON, Admin, Peer, files, invalid, lines, refused, version_of
from test_protocol_versions import columns

SECRET = "a remark that nobody outside may read"


class Published:
    """Records of two regions. `north` is shown with masks and without the remark, `south` with a remark and two columns."""

    def __init__(self, demo):
        admin = self.admin = Admin(demo)
        self.rest = admin.object(
            {"name": "region", "type": "text"},
            {"name": "email", "type": "text"},
            {"name": "phone", "type": "text"},
            {"name": "remark", "type": "text"},
            {"name": "price", "type": "money"},
        )
        self.records = [
            self.rest.create(
                {
                    "name": f"Row {number}",
                    "region": ("north", "south")[number % 2],
                    "email": f"row{number}@example.com",
                    "phone": f"+49 170 {number:07}",
                    "remark": f"{SECRET} {number}",
                    "price": f"{number}.5",
                }
            )
            for number in range(40)
        ]
        name = self.rest.url.rsplit("/", 1)[1].removesuffix("s")
        self.peers = {}
        self.profiles = {}
        for region, chosen in (
            ("north", ["name", "email:sha256", "phone:truncate:4", "price"]),
            ("south", ["name", "remark"]),
        ):
            share = admin.share()
            body = {"object": name, "name": "t", "columns": chosen, "filter": f'region = "{region}"'}
            admin.call("POST", f"/shares/{share}/tables", body)
            self.profiles[region] = admin.recipient(shares=[share])[1]
            self.peers[region] = Peer(self.profiles[region], share)

    def table(self, region):
        return self.peers[region].table("t")


@pytest.fixture(scope="module")
def published(demo):
    return Published(demo)


STYLES = [PARQUET, DELTA, PYTHON]


def contents(answer):
    return [requests.get(file["url"]).content for file in files(answer)]


@pytest.mark.parametrize("headers", STYLES, ids=["parquet", "delta", "python"])
def test_columns_are_chosen_and_masked(published, headers):
    north = published.table("north").query(headers=headers)
    metadata = lines(north)[1]["metaData"]
    assert columns(metadata) == ["id", "name", "email", "phone", "price"]
    rows = by_id(files(north))
    assert len(rows) == 20
    for number in range(0, 40, 2):
        row = rows[published.records[number]["id"]]
        assert row["name"] == f"Row {number}"
        assert row["email"] == hashlib.sha256(f"row{number}@example.com".encode()).hexdigest()
        assert row["phone"] == "+49 "
        assert float(row["price"]) == number + 0.5
    south = published.table("south").query(headers=headers)
    assert columns(lines(south)[1]["metaData"]) == ["id", "name", "remark"]
    assert by_id(files(south)).keys() == {record["id"] for record in published.records[1::2]}


@pytest.mark.parametrize("headers", STYLES, ids=["parquet", "delta", "python"])
def test_what_is_hidden_is_in_no_byte(published, headers):
    table = published.table("north")
    answers = [table.query(headers=headers), table.metadata(headers), table.changes(headers, startingVersion=0)]
    hint = {"op": "isNull", "children": [{"op": "column", "name": "remark", "valueType": "string"}]}
    answers.append(table.query({"jsonPredicateHints": json.dumps(hint), "limitHint": 5}, headers))
    for answer in answers:
        for text in (SECRET, "example.com", "remark", "region", 'Row 1"', "170 00"):
            assert text not in answer.text
        for content in contents(answer):
            read = pyarrow.parquet.read_table(io.BytesIO(content))
            assert not {"remark", "region"} & set(read.column_names)
            assert not {record["id"] for record in published.records[1::2]} & set(read["id"].to_pylist())
            for text in (SECRET, "@example.com", "+49 170"):
                assert text.encode() not in content


@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_a_record_comes_and_goes_with_the_filter(published, headers):
    north, south = published.table("north"), published.table("south")
    moved = published.records[2]["id"]
    before = north.version(), south.version()
    published.rest.update(moved, {"region": "south"})
    assert moved not in by_id(files(north.query(headers=headers)))
    assert moved in by_id(files(south.query(headers=headers)))
    (gone,) = all_rows(files(north.changes(headers, startingVersion=before[0] + 1)))
    assert (gone["id"], gone["_change_type"]) == (moved, "delete")
    (came,) = all_rows(files(south.changes(headers, startingVersion=before[1] + 1)))
    assert came["id"] == moved and came.get("_change_type", "insert") == "insert"
    # A change that this reader does not see is no change to it.
    hidden = north.version()
    published.rest.update(published.records[4]["id"], {"remark": f"{SECRET} again {hidden}"})
    if north.version() > hidden:
        assert all_rows(files(north.changes(headers, startingVersion=hidden + 1))) == []
    published.rest.update(moved, {"region": "north"})
    assert moved in by_id(files(north.query(headers=headers)))


def test_the_python_client_reads_what_it_was_given(published, tmp_path):
    for region, expected in (("north", 20), ("south", 20)):
        profile = tmp_path / f"{region}.share"
        profile.write_text(json.dumps(published.profiles[region]))
        (table,) = delta_sharing.SharingClient(str(profile)).list_all_tables()
        for use_delta_format in (None, True, False):
            url = f"{profile}#{table.share}.{table.schema}.{table.name}"
            frame = delta_sharing.load_as_pandas(url, use_delta_format=use_delta_format)
            assert len(frame) == expected
            assert ("remark" in frame.columns) == (region == "south")


def test_the_other_share_is_not_there(published):
    north, south = published.peers["north"], published.peers["south"]
    for path in ("", "/version", "/metadata", "/changes?startingVersion=0"):
        refused(north.get(south.path + "/tables/t" + path), 404, "RESOURCE_DOES_NOT_EXIST")
    refused(north.get("/shares/boathouse"), 404, "RESOURCE_DOES_NOT_EXIST")
    token = lines(south.table("t").query({"includeRefreshToken": True}))[-1]["endStreamAction"]["refreshToken"]
    invalid(north.table("t").query({"refreshToken": token}))


def test_a_changed_definition_starts_anew(published):
    admin = published.admin
    share = admin.share()
    name = published.rest.url.rsplit("/", 1)[1].removesuffix("s")
    admin.call("POST", f"/shares/{share}/tables", {"object": name, "name": "t", "columns": ["name", "remark"]})
    table = Peer(admin.recipient(shares=[share])[1], share).table("t")
    first = table.query()
    assert "remark" in columns(lines(first)[1]["metaData"])
    admin.call("PATCH", f"/shares/{share}/tables/t", {"columns": ["name"]})
    now = table.query()
    assert columns(lines(now)[1]["metaData"]) == ["id", "name"]
    assert lines(now)[1]["metaData"]["id"] != lines(first)[1]["metaData"]["id"]
    assert "remark" not in columns(lines(table.query({"version": version_of(now)}))[1]["metaData"])
    for file in files(first):
        assert requests.get(file["url"]).status_code in (403, 404)
    admin.call("DELETE", f"/shares/{share}/tables/t")
    refused(table.query(), 404, "RESOURCE_DOES_NOT_EXIST")
    for file in files(now):
        assert requests.get(file["url"]).status_code in (403, 404)
