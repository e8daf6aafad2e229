"""Many requests of every kind, good and bad: each gets the protocol's own answer, never a fault of the server."""

import http.client
import json
import random
import threading
import urllib.parse

from live_view import Rest
from read_rows import by_id
from sharing_peer import DELTA, PARQUET, PYTHON, Admin, Peer, files, ok

SEED = 20261124
PAGES = 10_000
READERS = 16
WRITES = 300


def test_ten_thousand_pages(demo):
    """Pages of lists and of files, with good tokens, torn ones and strangers'."""
    peer = Peer(demo.delta_sharing_profile)
    rng = random.Random(SEED)
    at = urllib.parse.urlsplit(peer.endpoint)
    connection = http.client.HTTPConnection(at.hostname, at.port)
    bearer = {"Authorization": peer.session.headers["Authorization"], "Content-Type": "application/json"}
    lists = ["/shares/boathouse/all-tables", peer.path + "/tables", "/shares"]
    seen, tokens = {}, ["made-up"]
    for _ in range(PAGES):
        token = rng.choice(tokens)
        if rng.random() < 0.2:
            token = token[: rng.randrange(len(token) + 1)] + rng.choice(["", "A", "-", "%00", "é"])
        quoted = urllib.parse.quote(token)
        if rng.random() < 0.5:
            path, method, body = f"{rng.choice(lists)}?maxResults={rng.randrange(4)}&pageToken={quoted}", "GET", None
        else:
            method, path = "POST", f"{peer.path}/tables/{rng.choice(['users', 'activities'])}/query"
            body = json.dumps({"maxFiles": rng.randrange(3), "pageToken": token})
        if rng.random() < 0.3:
            path, body = path.split("?")[0] + ("?maxResults=1" if method == "GET" else ""), body and '{"maxFiles":1}'
        connection.request(method, at.path + path, body, bearer)
        answer = connection.getresponse()
        text = answer.read().decode()
        seen[answer.status] = seen.get(answer.status, 0) + 1
        assert answer.status in (200, 400), f"{answer.status} {path} {text[:200]}"
        last = json.loads(text.strip().splitlines()[-1])
        if answer.status == 400:
            assert last["errorCode"] == "INVALID_PARAMETER_VALUE"
        else:
            found = last.get("nextPageToken") or last.get("endStreamAction", {}).get("nextPageToken")
            if found and len(tokens) < 200:
                tokens.append(found)
    assert seen[200] > PAGES / 5 and seen[400] > PAGES / 5


def test_many_readers_while_records_are_written(demo):
    """No error, and no read older than what was acknowledged before it began: a counter in a record only grows."""
    rest = Admin(demo).object({"name": "size", "type": "integer"})
    plural = rest.url.rsplit("/", 1)[1]
    records = [rest.create({"name": f"Row {n}", "size": 0})["id"] for n in range(50)]
    done, failures, acknowledged = threading.Event(), [], [0]

    def read(number):
        table = Peer(demo.delta_sharing_profile).table(plural)
        rng = random.Random(SEED + number)
        try:
            while not done.is_set():
                least = acknowledged[0]
                rows = by_id(files(ok(table.query(headers=rng.choice([PARQUET, DELTA, PYTHON])))))
                assert rows.keys() == set(records)
                assert max(row["size"] for row in rows.values()) >= least
        except BaseException as error:
            failures.append(error)

    readers = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for reader in readers:
        reader.start()
    writer = Rest(demo, plural)
    for number in range(1, WRITES + 1):
        writer.update(records[number % 50], {"size": number})
        acknowledged[0] = number
    done.set()
    for reader in readers:
        reader.join()
    if failures:
        raise failures[0]
