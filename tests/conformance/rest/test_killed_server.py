"""A server killed while 64 clients write: what it acknowledged is there, and what it did not is there whole or not at all."""

import http.client
import json
import shutil
import threading
from urllib.parse import urlsplit

from workspace import Server

WRITERS = 64
KILLS = 3
ACKNOWLEDGED_BEFORE_KILL = 600


class Writer(threading.Thread):
    """Creates a contact, changes it, creates the next ... until the connection breaks. Knows what was acknowledged."""

    def __init__(self, server, token, name, acknowledged):
        super().__init__(daemon=True)
        self.address = urlsplit(server.url).netloc
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.called = name
        self.acknowledged = acknowledged  # a semaphore, released once an answer
        self.sent = {}  # external id -> the titles sent, in order
        self.kept = {}  # external id -> (id, the last title acknowledged)
        self.wrong = []

    def run(self):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            for number in range(1_000_000):
                self.write(connection, f"{self.called}-{number}")
        except (OSError, http.client.HTTPException):
            pass  # killed

    def write(self, connection, external_id):
        body = {"external_id": external_id, "last_name": "Written", "title": "0"}
        self.sent[external_id] = ["0"]
        record = self.call(connection, "POST", "/api/v1/contacts", body, 201)
        self.kept[external_id] = (record["id"], "0")
        self.acknowledged.release()
        self.sent[external_id].append("1")
        self.call(connection, "PATCH", f"/api/v1/contacts/{record['id']}", {"title": "1"}, 200)
        self.kept[external_id] = (record["id"], "1")
        self.acknowledged.release()

    def call(self, connection, method, path, body, status):
        connection.request(method, path, json.dumps(body), self.headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != status:
            self.wrong.append((answer.status, content))
        return json.loads(content)


def write_until_killed(server, token, name):
    acknowledged = threading.Semaphore(0)
    writers = [Writer(server, token, f"{name}-{number}", acknowledged) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for _ in range(ACKNOWLEDGED_BEFORE_KILL):
        assert acknowledged.acquire(timeout=60)
    server.process.kill()
    server.process.wait()
    for writer in writers:
        writer.join(60)
        assert not writer.wrong
    return writers


def contacts(server, token):
    """All that are there, by external id; in pages, with the total checked."""
    found, page = [], ""
    while True:
        answer = server.send("GET", f"/contacts?page_size=1000&include_total=true&page_token={page}", token).json
        found += answer["items"]
        page = answer.get("next_page_token")
        if not page:
            break
    assert len(found) == answer["total_size"]
    by_external_id = {item["external_id"]: item for item in found}
    assert len(by_external_id) == len(found)
    return by_external_id


def check_whole(server, token, stored, writers):
    """Each record that is there was sent, as one of the versions sent, with as much history as versions."""
    sent = {external_id: titles for writer in writers for external_id, titles in writer.sent.items()}
    assert stored.keys() <= sent.keys()
    for external_id, item in stored.items():
        assert item["title"] in sent[external_id]
        assert item["version"] == int(item["title"]) + 1
    for item in list(stored.values())[::97]:
        history = server.send("GET", f"/contacts/{item['id']}/history", token).json["items"]
        assert len(history) == item["version"]


def test_a_killed_server_has_all_it_acknowledged(template):
    workspace = template.start()
    token, writers = template.api_token, []
    for kill in range(KILLS):
        server = workspace if kill == 0 else Server(workspace.data)
        writers += write_until_killed(server, token, f"k{kill}")
        with Server(workspace.data) as server:
            stored = contacts(server, token)
            check_whole(server, token, stored, writers)
            for writer in writers:
                for external_id, (id, title) in writer.kept.items():
                    item = stored[external_id]
                    assert item["id"] == id
                    assert int(item["title"]) >= int(title)
            # Search knows them too.
            hits = server.send("GET", "/search?q=written&objects=contact&page_size=1000", token).json["items"]
            assert len(hits) == min(1000, len(stored))


def test_a_log_torn_by_a_power_cut_opens_as_a_whole_prefix(template):
    workspace = template.start()
    token = template.api_token
    writers = write_until_killed(workspace, token, "torn")
    log = next(workspace.data.rglob("records.sqlite-wal"))
    whole = log.stat().st_size
    assert whole > 0
    last = None
    for kept in (whole - 1, whole * 3 // 4, whole // 2, whole // 5):
        copy = workspace.data.parent / f"{workspace.data.name}-torn-{kept}"
        shutil.copytree(workspace.data, copy, ignore=shutil.ignore_patterns("lock", "*-shm"))
        with next(copy.rglob("records.sqlite-wal")).open("r+b") as file:
            file.truncate(kept)
        with Server(copy) as server:
            stored = contacts(server, token)
            check_whole(server, token, stored, writers)
            made = server.send("POST", "/contacts", token, {"last_name": "After"})
            assert made.status == 201
        assert last is None or stored.keys() <= last
        last = stored.keys()
        shutil.rmtree(copy)
