"""The files behind the URLs: plain Parquet for every reader, in any byte range, for nobody without a signature."""

import io
import re
from pathlib import Path

import duckdb
import duckdb_extension_httpfs
import fsspec
import pyarrow.parquet
import pytest
import requests
from live_view import Rest, Share, files


@pytest.fixture(scope="module")
def share(demo):
    return Share(demo)


@pytest.fixture(scope="module")
def file(share):
    return max(files(share.query("activities")), key=lambda f: f["size"])


@pytest.fixture(scope="module")
def content(file):
    return requests.get(file["url"]).content


def test_a_file_is_plain_parquet(demo, share, content):
    metadata = pyarrow.parquet.ParquetFile(io.BytesIO(content))
    assert b"ARROW:schema" not in (metadata.metadata.metadata or {})
    assert metadata.metadata.created_by.startswith("boathouse version ")
    schema = metadata.schema
    ids = [int(field.metadata[b"PARQUET:field_id"]) for field in metadata.schema_arrow]
    assert ids[:6] == [1, 2, 3, 4, 5, 6] and len(set(ids)) == len(ids)
    assert all(schema.column(i).max_definition_level == 1 for i in range(len(ids)))
    assert not any(schema.column(i).physical_type == "INT96" for i in range(len(ids)))


def test_duckdb_reads_the_urls(demo, share):
    extension = next(Path(duckdb_extension_httpfs.__file__).parent.rglob("httpfs.duckdb_extension"))
    database = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    database.execute(f"LOAD '{extension}'")
    rest = Rest(demo, "opportunities")
    record = rest.create({"name": "Written just now", "amount": "1234.5", "stage": "won"})
    urls = [f["url"] for f in files(share.query("opportunities"))]
    relation = database.sql("SELECT count(*), count(DISTINCT id), sum(amount) FROM read_parquet(?)", params=[urls])
    count, ids, total = relation.fetchone()
    rows = rest.rows()
    amount = rest.names.index("amount")
    assert count == ids == len(rows)
    assert total == sum(row[amount] for row in rows.values() if row[amount] is not None)
    query = "SELECT name, amount, created_at FROM read_parquet(?) WHERE id = ?"
    (name, value, _), *others = database.execute(query, [urls, record["id"]]).fetchall()
    assert (name, str(value), others) == ("Written just now", "1234.5000", [])
    rest.delete(record["id"])


def test_arrow_reads_over_http_by_ranges(demo, share):
    rest = Rest(demo, "contacts")
    total = 0
    for file in files(share.query("contacts")):
        with fsspec.filesystem("http").open(file["url"], block_size=65536) as remote:
            table = pyarrow.parquet.read_table(remote, columns=["id", "email"])
        total += table.num_rows
    assert total == len(rest.rows())


def ranges(size):
    return {
        "bytes=0-3": (0, 4),
        "bytes=100-": (100, size - 100),
        f"bytes={size - 8}-{size - 1}": (size - 8, 8),
        "bytes=-8": (size - 8, 8),
        f"bytes={size - 4}-{size + 1000}": (size - 4, 4),
        f"bytes=-{size + 1000}": (0, size),
        "bytes=200000-500000": (200000, 300001),
        "BYTES=1-1": (1, 1),
    }


def test_any_range_is_the_bytes_of_the_file(file, content):
    assert len(content) == file["size"] > 500001
    for header, (offset, length) in ranges(len(content)).items():
        answer = requests.get(file["url"], headers={"Range": header})
        assert answer.status_code == 206, header
        assert answer.content == content[offset : offset + length], header
        assert answer.headers["Content-Range"] == f"bytes {offset}-{offset + length - 1}/{len(content)}"
        assert int(answer.headers["Content-Length"]) == length
    for header in (f"bytes={len(content)}-", "bytes=-0", f"bytes={len(content) + 5}-{len(content) + 9}"):
        answer = requests.get(file["url"], headers={"Range": header})
        assert answer.status_code == 416
        assert answer.headers["Content-Range"] == f"bytes */{len(content)}"
    for header in ("bytes=5-2", "bytes=a-b", "bytes=", "lines=1-2", "bytes=0-1,4-5", "bytes=--5"):
        answer = requests.get(file["url"], headers={"Range": header})
        assert (answer.status_code, len(answer.content)) == (200, len(content)), header


def test_head_and_tags(file, content):
    head = requests.head(file["url"])
    assert head.status_code == 200
    assert int(head.headers["Content-Length"]) == len(content)
    assert head.headers["Accept-Ranges"] == "bytes"
    tag = head.headers["ETag"]
    assert requests.get(file["url"], headers={"If-None-Match": tag}).status_code == 304
    part = {"Range": "bytes=0-9"}
    assert requests.get(file["url"], headers=part | {"If-Range": tag}).status_code == 206
    assert requests.get(file["url"], headers=part | {"If-Range": '"other"'}).status_code == 200


def test_only_our_signature_opens_a_file(demo, share, file):
    url = file["url"]
    path, query = url.split("?")
    other = files(share.query("users"))[0]["url"]
    forged = [
        path,
        path + "?X-Amz-Signature=" + "0" * 64,
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace("exp=", "exp=9"),
        re.sub("to=[^&]+", "to=other", url),
        path + "?" + other.split("?")[1],
        other.split("?")[0] + "?" + query,
        url.replace("/activities/", "/users/"),
        url + "0",
    ]
    for wrong in forged:
        assert requests.get(wrong).status_code == 403, wrong
        assert requests.get(wrong, headers={"Authorization": f"Bearer {demo.api_token}"}).status_code == 403
    assert requests.get(url).status_code == 200
    assert requests.put(url, data=b"x").status_code == 405


def test_an_old_url_keeps_its_content(demo, share):
    rest = Rest(demo, "territories")
    record = rest.create({"name": "Soon renamed"})
    old = files(share.query("territories"))[0]
    before = requests.get(old["url"]).content
    for number in range(20):
        rest.update(record["id"], {"name": f"Renamed {number}"})
        assert files(share.query("territories"))[0]["id"] != old["id"]
    assert requests.get(old["url"]).content == before
    rest.delete(record["id"])
