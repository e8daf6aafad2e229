"""Items 55 to 60 of the protocol's probes: the files themselves, keys for folders, encodings, and freshness."""

import threading

import pytest
import requests
from live_view import Rest
from read_rows import by_id
from sharing_peer import (
    DELTA,
    FORMATS,
    PARQUET,
    PYTHON,
    Admin,
    Peer,
    entries,
    files,
    ids,
    invalid,
    lines,
    ok,
    version_of,
)


@pytest.fixture(scope="module")
def admin(demo):
    return Admin(demo)


@pytest.fixture(scope="module")
def peer(demo):
    return Peer(demo.delta_sharing_profile)


@pytest.mark.parametrize("headers", [PARQUET, DELTA, PYTHON], ids=["parquet", "delta", "python"])
def test_55_a_file_by_its_address(peer, headers):
    file = max(files(peer.table("activities").query(headers=headers)), key=lambda f: f["size"])
    url, size = file["url"], file["size"]
    whole = requests.get(url)
    assert (whole.status_code, len(whole.content)) == (200, size)
    head = requests.head(url)
    assert (head.status_code, int(head.headers["Content-Length"]), head.content) == (200, size, b"")
    assert head.headers["ETag"] == whole.headers["ETag"]
    parts = {"0-3": (0, 4), "1000-1999": (1000, 1000), "-8": (size - 8, 8), f"{size - 8}-": (size - 8, 8)}
    for asked, (offset, length) in parts.items():
        part = requests.get(url, headers={"Range": f"bytes={asked}"})
        assert part.status_code == 206
        assert part.content == whole.content[offset : offset + length]
        assert part.headers["ETag"] == whole.headers["ETag"]
    assert requests.get(url, headers={"Range": f"bytes={size}-"}).status_code == 416
    last = "0" if url[-1] != "0" else "1"
    other = files(peer.table("users").query(headers=headers))[0]["url"]
    for wrong in (url[:-1] + last, url.split("?")[0], url.split("?")[0] + "?" + other.split("?")[1]):
        assert requests.get(wrong).status_code == 403
    assert requests.get(url.replace("exp=1", "exp=9")).status_code == 403


def test_55_an_address_ends_with_its_recipient(admin):
    name, profile = admin.recipient()
    file = files(Peer(profile).table("users").query())[0]
    assert requests.get(file["url"]).status_code == 200
    admin.call("DELETE", f"/recipients/{name}")
    assert requests.get(file["url"]).status_code == 403


@pytest.mark.parametrize("headers", [PARQUET, PYTHON], ids=["parquet", "python"])
def test_56_an_old_file_stays(admin, peer, headers):
    rest = admin.object()
    table = peer.table(rest.url.rsplit("/", 1)[1])
    record = rest.create({"name": "Soon renamed"})
    (old,) = files(table.query(headers=headers))
    before = requests.get(old["url"]).content
    for number in range(40):
        rest.update(record["id"], {"name": f"Renamed {number}"})
        table.query(headers=headers)
    assert requests.get(old["url"]).content == before


def test_57_keys_for_the_folder(peer):
    table = peer.table("users")
    described = ok(table.get()).json()
    if "dir" not in described["accessModes"]:
        answer = table.post("/temporary-table-credentials")
        assert (answer.status_code, answer.json()["errorCode"]) == (400, "NOT_IMPLEMENTED")
        return
    location = described["location"]
    credentials = ok(table.post("/temporary-table-credentials")).json()["credentials"]
    assert credentials["location"] == location
    assert credentials["awsTempCredentials"].keys() == {"accessKeyId", "secretAccessKey", "sessionToken"}
    assert credentials["expirationTime"] > 1_700_000_000_000
    ok(table.post("/temporary-table-credentials", {"location": location + "/data"}))
    for wrong in ("s3://elsewhere/x", location + "-other", location + "/../x", "file:///etc"):
        invalid(table.post("/temporary-table-credentials", {"location": wrong}))
    invalid(table.post("/temporary-table-credentials", {"location": 7}))
    assert lines(table.query())[1]["metaData"]["location"] == location


def test_57_a_delta_reader_reads_the_folder(admin, peer):
    """The keys, used as a client in `dir` mode does: the table's Delta log, then its files, and no other table's."""
    import deltalake

    rest = admin.object({"name": "size", "type": "integer"})
    table = peer.table(rest.url.rsplit("/", 1)[1])
    records = [rest.create({"name": f"Row {n}", "size": n}) for n in range(5)]
    rest.delete(records[0]["id"])
    credentials = ok(table.post("/temporary-table-credentials")).json()["credentials"]
    keys = credentials["awsTempCredentials"]
    options = {
        "AWS_ACCESS_KEY_ID": keys["accessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["secretAccessKey"],
        "AWS_SESSION_TOKEN": keys["sessionToken"],
        "AWS_ENDPOINT_URL": credentials["endpoint"],
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
    }
    read = deltalake.DeltaTable(credentials["location"], storage_options=options).to_pyarrow_table()
    assert sorted(read["size"].to_pylist()) == [1, 2, 3, 4]
    other = ok(peer.table("users").get()).json()["location"]
    with pytest.raises(Exception, match="(?i)denied|403|forbidden|permission"):
        deltalake.DeltaTable(other, storage_options=options).to_pyarrow_table()


def test_58_gzip_and_chunks(peer):
    url = peer.table("activities").url + "/query"
    session = peer.session
    zipped = session.post(url, json={}, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["Content-Encoding"] == "gzip"
    plain = session.post(url, json={}, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert len(lines(zipped)) == len(lines(plain)) > 2
    chunked = session.post(url, data=iter([b'{"max', b'Files":1}']), headers={"Content-Type": "application/json"})
    assert len(files(chunked)) == 1


@pytest.mark.parametrize("headers", [PARQUET, DELTA, PYTHON], ids=["parquet", "delta", "python"])
def test_59_what_was_acknowledged_is_read(admin, peer, headers):
    rest = admin.object()
    table = peer.table(rest.url.rsplit("/", 1)[1])
    expected = {}
    for number in range(25):
        before = table.version()
        record = rest.create({"name": f"Row {number}"})
        expected[record["id"]] = record["name"]
        if number % 4 == 3:
            gone = next(iter(expected))
            rest.delete(gone)
            del expected[gone]
        call = ("version", "head", "metadata", "query", "changes")[number % 5]
        if call == "version":
            assert table.version() == before + 1
        elif call == "head":
            assert version_of(table.head()) == before + 1
        elif call == "metadata":
            assert version_of(table.metadata(headers)) == before + 1
        elif call == "changes":
            changed = by_id([file for _, file in entries(table.changes(headers, startingVersion=before + 1))])
            assert changed[record["id"]]["name"] == record["name"]
        answer = table.query(headers=headers)
        assert version_of(answer) == before + 1
        assert {key: row["name"] for key, row in by_id(files(answer)).items()} == expected


@pytest.mark.parametrize("headers", FORMATS.values(), ids=FORMATS)
def test_60_one_version_while_others_write(demo, admin, peer, headers):
    rest = admin.object({"name": "size", "type": "integer"})
    plural = rest.url.rsplit("/", 1)[1]
    table = peer.table(plural)
    records = [rest.create({"name": f"Row {n}", "size": 0}) for n in range(20)]
    stop = threading.Event()

    def write():
        writer = Rest(demo, plural)
        number = 0
        while not stop.is_set():
            number += 1
            writer.update(records[number % 20]["id"], {"size": number})

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        last = 0
        for _ in range(40):
            answer = table.query(headers=headers)
            version = version_of(answer)
            assert version >= last
            last = version
            rows = by_id(files(answer))
            assert len(rows) == 20
            # The same version, asked for by number, is the same files: nothing of another one slipped in.
            pinned = table.query({"version": version}, headers)
            assert ids(pinned) == ids(answer)
            assert version_of(pinned) == lines(pinned)[1]["metaData"]["version"] == version
            assert {file["version"] for file in files(pinned)} == {version}
    finally:
        stop.set()
        for thread in threads:
            thread.join()
