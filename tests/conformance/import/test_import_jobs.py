"""Imports in the background: progress, cancelling, kills in the middle, uploads of any size."""

import csv
import http.client
import io
import json
import os
import signal
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
from program import call, running_server, start

CONTACTS = {
    "object": "contact",
    "key": "external_id",
    "columns": {"id": "external_id", "first": "first_name", "last": "last_name", "mail": "email"},
}
DEADLINE_SECONDS = 120


def contacts(count: int, first: int = 0) -> bytes:
    rows = [b"id,first,last,mail\r\n"]
    rows += [b"x%d,Ann,Number %d,ann.%d@example.com\r\n" % (i, i, i) for i in range(first, first + count)]
    return b"".join(rows)


def form(mapping: dict, content: bytes, name: str = "contacts.csv") -> tuple[bytes, str]:
    boundary = "----boathouse-test"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="mapping"\r\n\r\n{json.dumps(mapping)}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()
    return body + content + f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def send(server, mapping: dict, content: bytes, query: str = "background=true", name: str = "contacts.csv"):
    """(status, JSON, headers) of an import as a form."""
    body, content_type = form(mapping, content, name)
    request = urllib.request.Request(f"{server.url}/api/v1/imports?{query}", body, method="POST")
    request.add_header("Authorization", f"Bearer {server.token}")
    request.add_header("Content-Type", content_type)
    try:
        with urllib.request.urlopen(request, timeout=120) as response:
            return response.status, json.loads(response.read()), response.headers
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read()), error.headers


def wait(server, identity: str, until=lambda job: job["state"] in ("done", "failed", "cancelled")) -> dict:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while True:
        job = server.get(f"imports/{identity}")
        if until(job):
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.02)


def rejected(server, identity: str) -> list[list[str]]:
    request = urllib.request.Request(f"{server.url}/api/v1/imports/{identity}/rejected")
    request.add_header("Authorization", f"Bearer {server.token}")
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.headers["Content-Disposition"].startswith("attachment; filename=")
        return list(csv.reader(io.TextIOWrapper(response, "utf-8", newline="")))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running_server(tmp_path_factory.mktemp("jobs") / "data") as running:
        yield running


def test_an_import_is_answered_with_where_it_is(server):
    status, job, headers = send(server, CONTACTS, contacts(20, 1_000_000) + b"x1000000,Ann,Twice,\r\nbad,Ann,,\r\n")
    assert status == 202 and job["state"] in ("waiting", "checking", "running", "done")
    assert headers["Location"] == f"/api/v1/imports/{job['id']}"
    job = wait(server, job["id"])
    assert job["state"] == "done"
    assert (job["created"], job["rejected"], job["rows_total"], job["rows_read"]) == (20, 2, 22, 22)
    assert (job["format"], job["encoding"], job["file"]) == ("csv", "utf-8", "contacts.csv")
    assert job["bytes_read"] == job["bytes_total"] > 0
    header, *rows = rejected(server, job["id"])
    assert header == ["id", "first", "last", "mail", "line", "reason"]
    assert [row[4] for row in rows] == ["22", "23"]
    assert "stands in line 2 already" in rows[0][5] and "last_name is required" in rows[1][5]
    assert job["id"] in [each["id"] for each in server.get("imports")["items"]]
    assert call("DELETE", f"{server.url}/api/v1/imports/{job['id']}", server.token)[0] == 204
    assert call("GET", f"{server.url}/api/v1/imports/{job['id']}", server.token)[0] == 404


def test_a_big_file_is_imported_in_the_background_by_itself(server):
    small_status, small, _ = send(server, CONTACTS, contacts(5, 2_000_000), query="")
    assert small_status == 200 and small["created"] == 5
    big = b"id,first,last,mail\r\n" + b"".join(b"y%d,Ann,%s,\r\n" % (i, b"n" * 200) for i in range(45_000))
    status, job, _ = send(server, {**CONTACTS, "columns": CONTACTS["columns"]}, big, query="dry_run=true")
    assert len(big) > 8 << 20 and status == 202 and job["dry_run"]
    assert call("POST", f"{server.url}/api/v1/imports/{job['id']}:cancel", server.token)[0] in (200, 409)


def test_what_is_wrong_with_mapping_or_header_is_told_at_once(server):
    status, problem, _ = send(server, {**CONTACTS, "key": "nope"}, contacts(1))
    assert status == 400 and problem["errors"][0]["field"] == "/mapping/key"
    status, problem, _ = send(server, CONTACTS, b"id,first\r\n1,2\r\n")
    assert status == 400 and "no column" in problem["errors"][0]["detail"]


@pytest.mark.parametrize(
    "damage, place",
    [
        (b'x9999999,Ann,"torn\r\n', "line 22, column 3"),
        (b"x9999999,Ann", "line 22, column 2"),
        (b"x9999999,An\x00n,Nul,\r\n", "line 22, column 2"),
        (b"id,first,last,mail\r\n", "line 22: the header"),
        (b"x9999998,M\xc3\xbcller,ok,\r\nx9999999,M\xfcller,ok,\r\n", "line 23, column 2"),
    ],
)
def test_a_damaged_file_changes_nothing_and_names_the_place(server, damage, place):
    before = server.count("contacts")
    for query in ("background=true", "background=false"):
        status, answer, _ = send(server, CONTACTS, contacts(20, 3_000_000) + damage, query)
        if status == 202:
            job = wait(server, answer["id"])
            assert job["state"] == "failed"
            detail = job["error"]["detail"]
        else:
            assert status == 400
            detail = answer["detail"]
        assert place in detail, detail
    assert server.count("contacts") == before


def test_encodings_are_found_out(server):
    text = "id;first;last;mail\r\ne%d;Zo\u00eb;M\u00fcller;\r\n"
    for number, encoding in enumerate(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1252"]):
        status, report, _ = send(server, CONTACTS, (text % number).encode(encoding), query="background=false")
        assert status == 200 and report["created"] == 1, report
        [contact] = server.all("contacts", filter=f'external_id = "e{number}"')
        assert (contact["first_name"], contact["last_name"]) == ("Zo\u00eb", "M\u00fcller")


def test_an_upload_that_is_too_large_is_refused_before_it_is_sent(server):
    memory = int(open(f"/proc/{server.pid}/statm").read().split()[1]) * 4096
    host = urllib.parse.urlparse(server.url)
    connection = http.client.HTTPConnection(host.hostname, host.port, timeout=30)
    connection.putrequest("POST", "/api/v1/imports")
    connection.putheader("Authorization", f"Bearer {server.token}")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(2 << 30))
    connection.endheaders()
    response = connection.getresponse()
    problem = json.loads(response.read())
    assert response.status == 413 and str((1 << 30) + (2 << 20)) in problem["detail"]
    assert int(open(f"/proc/{server.pid}/statm").read().split()[1]) * 4096 < memory + (32 << 20)
    connection.close()


def test_a_stranger_cannot_fill_the_disk(server):
    host = urllib.parse.urlparse(server.url)
    connection = http.client.HTTPConnection(host.hostname, host.port, timeout=30)
    connection.putrequest("POST", "/api/v1/imports")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(500 << 20))
    connection.endheaders()
    assert connection.getresponse().status == 401
    connection.close()


def test_an_import_is_cancelled_and_goes_on(server):
    before = server.count("contacts")
    _, job, _ = send(server, CONTACTS, contacts(40_000, 5_000_000))
    wait(server, job["id"], lambda now: now["created"] > 0 or now["state"] == "done")
    status, cancelled = call("POST", f"{server.url}/api/v1/imports/{job['id']}:cancel", server.token)
    assert status == 200 and cancelled["state"] == "cancelled", cancelled
    assert server.count("contacts") == before + cancelled["created"] < before + 40_000
    status, _ = call("POST", f"{server.url}/api/v1/imports/{job['id']}:resume", server.token)
    assert status == 200
    done = wait(server, job["id"])
    assert (done["state"], done["created"], done["unchanged"]) == ("done", 40_000, 0)
    assert server.count("contacts") == before + 40_000


def test_a_killed_server_goes_on_without_losing_or_repeating_a_row(tmp_path):
    data = tmp_path / "data"
    count = 30_000
    bad = b"".join(b"bad%d,Ann,,\r\n" % i for i in range(1000))
    server = start(data)
    server.set_up()
    token = server.token
    _, job, _ = send(server, CONTACTS, contacts(count) + bad)
    kills = 0
    for rows in (1, 9000, 18_000, 29_000):
        now = wait(server, job["id"], lambda each, rows=rows: each["rows_read"] >= rows and each["state"] != "checking")
        if now["state"] == "done":
            break
        os.kill(server.pid, signal.SIGKILL)
        server.process.wait()
        kills += 1
        server = start(data)
        server.token = token
    try:
        done = wait(server, job["id"])
        assert kills >= 2
        assert (done["state"], done["created"], done["unchanged"], done["rejected"]) == ("done", count, 0, 1000)
        assert server.count("contacts") == count
        assert server.count("contacts", "version > 1") == 0
        rows = rejected(server, job["id"])
        assert len(rows) == 1001 and len({row[0] for row in rows}) == 1001
        keys = {contact["external_id"] for contact in server.all("contacts")}
        assert keys == {f"x{i}" for i in range(count)}
    finally:
        server.stop()
