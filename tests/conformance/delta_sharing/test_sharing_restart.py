"""Killed in the middle of things: versions, URLs and old reads go on as if nothing had happened."""

import json
import signal
import socket
import subprocess
import time
from types import SimpleNamespace

import pytest
import requests
from demo_process import binary, stop
from live_view import Rest, Share, files

ROUNDS = 8
START_SECONDS_MAX = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server of our own, on a folder and a port that stay the same."""

    def __init__(self, folder):
        self.data = folder / "data"
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process = None
        self.start()  # makes the folder
        stop(self.process)
        email = ["--email", "ada@example.com"]
        self.verb("user", "add", *email, "--name", "Ada", "--role", "admin")
        self.api_token = self.verb("token", "create", *email).strip()
        self.delta_sharing_profile = folder / "reader.share"
        self.verb("recipient", "create", "reader", "--url", self.url, "--out", str(self.delta_sharing_profile))

    def verb(self, *arguments):
        done = subprocess.run([binary(), *arguments, "--data", self.data], capture_output=True, text=True, check=True)
        return done.stdout

    def start(self):
        port = self.url.rsplit(":", 1)[1]
        command = [binary(), "serve", "--data", self.data, "--port", port]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            try:
                requests.get(self.url + "/api/v1/setup")
                return
            except requests.ConnectionError:
                assert self.process.poll() is None, "the server went away"
                time.sleep(0.02)
        pytest.fail("the server did not start")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    server.start()
    yield server
    stop(server.process)


def state(share):
    answer = share.query("products")
    found = files(answer)
    contents = {file["id"]: requests.get(file["url"]).content for file in found}
    return SimpleNamespace(version=int(answer.headers["Delta-Table-Version"]), files=found, contents=contents)


def test_a_killed_server_goes_on_where_it_was(server):
    table = "/shares/boathouse/schemas/crm/tables/products"
    seen, history_ids = [], set()
    for number in range(ROUNDS):
        rest, share = Rest(server, "products"), Share(server)
        if number == 0:
            rest.session.post(f"{rest.url}:batchCreate", json={"items": [{"name": f"P{i}"} for i in range(900)]})
        rest.create({"name": f"Read before the kill {number}"})
        seen.append(state(share))
        table_id = next(
            t["id"] for t in share.get("/shares/boathouse/all-tables").json()["items"] if t["name"] == "products"
        )
        # The same history goes on: a table that started anew would have another id here.
        history_ids.add(json.loads(share.get(table + "/metadata").text.splitlines()[1])["metaData"]["id"])
        assert len(history_ids) == 1
        record = rest.create({"name": f"Acknowledged, then killed {number}"})
        server.kill()
        server.start()

        rest, share = Rest(server, "products"), Share(server)
        now = state(share)
        assert now.version == seen[-1].version + 1
        names = {row[rest.names.index("name")] for row in rest.rows().values()}
        assert record["name"] in names
        stats = [json.loads(file["stats"]) for file in now.files]
        assert sum(s["numRecords"] for s in stats) == len(names) == 900 + 2 * (number + 1)
        assert max(s["maxValues"]["id"] for s in stats) == record["id"]
        seen.append(now)
        tables = share.get("/shares/boathouse/all-tables").json()["items"]
        assert table_id in [t["id"] for t in tables]

        # URLs that were handed out before the kill, and versions read by number, give the same bytes.
        for old in seen:
            for file in old.files:
                assert requests.get(file["url"]).content == old.contents[file["id"]]
        first = share.query("products", {"version": seen[0].version})
        assert {file["id"] for file in files(first)} == set(seen[0].contents)


def test_tables_are_made_before_anybody_asks(server):
    rest = Rest(server, "products")
    rest.create({"name": "Here before the start"})
    log = server.data / "workspaces" / "main" / "tables" / "product" / "versions.log"
    assert not log.exists()
    stop(server.process)
    server.start()
    deadline = time.monotonic() + START_SECONDS_MAX
    while not log.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # Whoever comes while that goes on waits for it, and has the record.
    assert len(state(Share(server)).files) == 1
