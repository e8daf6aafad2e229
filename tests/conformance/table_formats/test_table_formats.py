"""What a table version is spelled as, read from a folder by readers we did not write: PyIceberg, fastavro, DuckDB,
delta-rs and its kernel. The folder is written by export_tables.cc, which makes some forty versions."""

import decimal
import json
import subprocess
import urllib.parse
from pathlib import Path

import deltalake
import duckdb
import duckdb_extension_avro
import duckdb_extension_delta
import duckdb_extension_iceberg
import fastavro
import pyarrow.parquet
import pytest
from demo_process import binary
from pyiceberg.table import StaticTable

WINDOW = 24


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    subprocess.run([binary().parent / "export_tables", str(folder)], check=True, timeout=300)
    return json.loads((folder / "expected.json").read_text())


@pytest.fixture(scope="session")
def duck():
    database = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    for module in (duckdb_extension_avro, duckdb_extension_iceberg, duckdb_extension_delta):
        database.execute(f"LOAD '{next(Path(module.__file__).parent.rglob('*.duckdb_extension'))}'")
    return database


def local(uri):
    return Path(urllib.parse.urlparse(uri).path)


def wanted(version):
    return {row[0]: (row[1], None if row[2] is None else decimal.Decimal(row[2]), row[3]) for row in version["rows"]}


def found(rows):
    """The same of an Arrow table; each id once."""
    listed = rows.to_pylist()
    out = {row["id"]: (row["name"], row["annual_revenue"], row.get("segment")) for row in listed}
    assert len(out) == len(listed)
    return out


def pick(exported, *indexes):
    return [exported["versions"][index] for index in indexes]


@pytest.mark.parametrize("layout", ["metadata_v2", "metadata_v3"])
def test_pyiceberg_reads_exactly_the_rows_of_each_version(exported, layout):
    for version in pick(exported, 0, 1, 2, 3, 4, 5, 20, -1):
        table = StaticTable.from_metadata(version[layout])
        assert table.current_snapshot().snapshot_id == version["snapshot_id"]
        assert found(table.scan().to_arrow()) == wanted(version)


@pytest.mark.parametrize("layout", ["metadata_v2", "metadata_v3"])
def test_pyiceberg_travels_in_time_and_filters(exported, layout):
    newest = exported["versions"][-1]
    table = StaticTable.from_metadata(newest[layout])
    snapshots = table.snapshots()
    assert len(snapshots) == WINDOW
    assert {s.snapshot_id for s in snapshots} == {v["snapshot_id"] for v in exported["versions"][-WINDOW:]}
    for version in pick(exported, -WINDOW, -7, -1):
        assert found(table.scan(snapshot_id=version["snapshot_id"]).to_arrow()) == wanted(version)
    rows = wanted(newest)
    some = table.scan(row_filter="name == 'Round 29'").to_arrow()
    assert found(some) == {key: row for key, row in rows.items() if row[0] == "Round 29"}
    assert some.num_rows == 1
    assert table.scan(row_filter="annual_revenue > 90000000").to_arrow().num_rows == 0
    assert len(list(table.scan(row_filter="annual_revenue > 90000000").plan_files())) == 0
    assert table.scan(row_filter="segment == 'north'").to_arrow().num_rows == 1


def test_fields_keep_their_ids_through_schema_history_and_in_the_files(exported):
    table = StaticTable.from_metadata(exported["versions"][5]["metadata_v2"])
    schemas = table.schemas()
    assert len(schemas) == 2
    ids = [{field.name: field.field_id for field in schema.fields} for _, schema in sorted(schemas.items())]
    assert set(ids[1].items()) - set(ids[0].items()) == {("segment", 1001)}
    assert min(ids[1].values()) > 0
    for task in table.scan().plan_files():
        arrow = pyarrow.parquet.read_schema(local(task.file.file_path))
        assert {f.name: int(f.metadata[b"PARQUET:field_id"]) for f in arrow} == ids[1]


@pytest.mark.parametrize("layout", ["metadata_v2", "metadata_v3"])
def test_manifests_follow_what_came_and_went(exported, layout):
    """Added, existing and deleted entries against the predecessor, with exact sizes and counts."""
    before = set()
    for index, version in enumerate(exported["versions"][:12]):
        table = StaticTable.from_metadata(version[layout])
        snapshot = table.current_snapshot()
        assert snapshot.sequence_number == index + 1
        assert snapshot.parent_snapshot_id == (exported["versions"][index - 1]["snapshot_id"] if index else None)
        live = set()
        for manifest in snapshot.manifests(table.io):
            path = local(manifest.manifest_path)
            assert manifest.manifest_length == path.stat().st_size
            entries = manifest.fetch_manifest_entry(table.io, discard_deleted=False)
            assert manifest.added_files_count == sum(e.status == 1 for e in entries)
            assert manifest.existing_files_count == sum(e.status == 0 for e in entries)
            assert manifest.deleted_files_count == sum(e.status == 2 for e in entries)
            if manifest.content == 1:
                continue
            for entry in entries:
                file = entry.data_file
                if entry.status == 2:
                    assert file.file_path in before
                    assert entry.snapshot_id == version["snapshot_id"]
                    continue
                live.add(file.file_path)
                assert (file.file_path in before) == (entry.status == 0)
                assert entry.sequence_number <= index + 1
                stored = pyarrow.parquet.read_metadata(local(file.file_path))
                assert file.file_size_in_bytes == local(file.file_path).stat().st_size
                assert file.record_count == stored.num_rows
                assert len(file.split_offsets) == stored.num_row_groups
            gone = {e.data_file.file_path for e in entries if e.status == 2}
            assert gone == before - live
        before = live


def test_avro_files_are_whole_for_a_strict_reader(exported):
    """fastavro reads each record against the schema in the file, which names every field's id."""
    for version in pick(exported, 0, 1, 3, -1):
        for layout in ("metadata_v2", "metadata_v3"):
            metadata = json.loads(local(version[layout]).read_text())
            current = next(s for s in metadata["snapshots"] if s["snapshot-id"] == metadata["current-snapshot-id"])
            with local(current["manifest-list"]).open("rb") as source:
                reader = fastavro.reader(source)
                assert all("field-id" in field for field in reader.writer_schema["fields"])
                manifests = list(reader)
            assert reader.metadata["snapshot-id"] == str(version["snapshot_id"])
            for manifest in manifests:
                with local(manifest["manifest_path"]).open("rb") as source:
                    records = list(fastavro.reader(source))
                assert len(records) == sum(manifest[f"{kind}_files_count"] for kind in ("added", "existing", "deleted"))
                for record in records:
                    # Each data file of format 3 has row ids of its own.
                    if layout == "metadata_v3" and manifest["content"] == 0:
                        assert record["data_file"]["first_row_id"] is not None
            if layout == "metadata_v3":
                ranges = sorted(
                    (r["data_file"]["first_row_id"], r["data_file"]["record_count"])
                    for m in manifests
                    if m["content"] == 0
                    for r in fastavro.reader(local(m["manifest_path"]).open("rb"))
                )
                assert all(a + n <= b for (a, n), (b, _) in zip(ranges, ranges[1:], strict=False))
                assert all(first + rows < metadata["next-row-id"] for first, rows in ranges)


@pytest.mark.parametrize("layout", ["metadata_v2", "metadata_v3"])
def test_duckdb_reads_metadata_and_travels_in_time(exported, duck, layout):
    newest = exported["versions"][-1]
    for version in pick(exported, 1, 3, 5, -1):
        rows = duck.execute(f"SELECT * FROM iceberg_scan('{local(version[layout])}')").to_arrow_table()
        assert found(rows) == wanted(version)
    older = exported["versions"][-9]
    rows = duck.execute(
        f"SELECT * FROM iceberg_scan('{local(newest[layout])}', snapshot_from_id={older['snapshot_id']})"
    ).to_arrow_table()
    assert found(rows) == wanted(older)


def test_duckdb_reads_the_table_by_its_folder(exported, duck):
    rows = duck.execute(f"SELECT * FROM iceberg_scan('{local(exported['location'])}')").to_arrow_table()
    assert found(rows) == wanted(exported["versions"][-1])


def test_delta_rs_reads_the_newest_version_and_travels_in_time(exported):
    folder = local(exported["location"])
    table = deltalake.DeltaTable(folder)
    newest = exported["versions"][-1]
    assert table.version() == newest["version"]
    assert found(table.to_pyarrow_table()) == wanted(newest)
    for version in pick(exported, -2, -10, -WINDOW):
        older = deltalake.DeltaTable(folder, version=version["version"])
        assert found(older.to_pyarrow_table()) == wanted(version)
    with pytest.raises(Exception, match="(?i)version|log"):
        deltalake.DeltaTable(folder, version=newest["version"] + 1)
    # What is no longer shown is refused, not taken for empty.
    with pytest.raises(Exception, match="(?i)version|log"):
        deltalake.DeltaTable(folder, version=2)


def test_delta_rs_goes_on_from_a_version_that_it_holds(exported):
    held = deltalake.DeltaTable(local(exported["location"]), version=exported["versions"][-6]["version"])
    held.update_incremental()
    assert found(held.to_pyarrow_table()) == wanted(exported["versions"][-1])


def test_duckdb_scans_delta_by_path_and_skips_files_by_statistics(exported, duck):
    folder = local(exported["location"])
    rows = duck.execute(f"SELECT * FROM delta_scan('{folder}')").to_arrow_table()
    assert found(rows) == wanted(exported["versions"][-1])
    count = duck.execute(f"SELECT count(*) FROM delta_scan('{folder}') WHERE name = 'Round 29'").fetchone()
    assert count == (1,)


def test_checkpoints_say_what_the_commits_say(exported):
    folder = local(exported["location"])
    hint = json.loads((folder / "_delta_log" / "_last_checkpoint").read_text())
    assert hint["version"] == exported["versions"][-1]["version"]
    path = folder / "_delta_log" / f"{hint['version']:020}.checkpoint.parquet"
    actions = pyarrow.parquet.read_table(path).to_pylist()
    assert len(actions) == hint["size"]
    assert [a["protocol"] for a in actions if a["protocol"]] == [{"minReaderVersion": 1, "minWriterVersion": 2}]
    adds = [a["add"] for a in actions if a["add"]]
    assert all((folder / add["path"]).stat().st_size == add["size"] for add in adds)
    assert sum(json.loads(add["stats"])["numRecords"] for add in adds) == len(exported["versions"][-1]["rows"])
