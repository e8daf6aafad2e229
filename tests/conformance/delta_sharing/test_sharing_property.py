"""Random writes to three objects while readers read: every read is the store at one commit, and none is stale.

The writer keeps, for each object, its states in the order of their commits, and which of them was acknowledged when.
A read that began after a state was acknowledged must give that state or a later one, whole.
"""

import random
import threading
from dataclasses import dataclass, field

import delta_sharing
import pytest
from live_view import Rest
from read_rows import all_rows, by_id
from sharing_peer import DELTA, PARQUET, PYTHON, Admin, Peer, files, version_of

SEED = 20261124
WRITES = 240
READERS = 3


@dataclass
class History:
    """The states of one object, as id -> (name, size)."""

    rest: Rest
    states: list = field(default_factory=lambda: [{}])
    acknowledged: int = 0  # index of the newest state whose write was answered

    def write(self, rng, number):
        now = dict(self.states[-1])
        kind = rng.choice(["create", "create", "update", "update", "delete"]) if now else "create"
        if kind == "create":
            # The id comes with the answer, so a reader may see the row before its state is known: the name tells.
            self.states.append(now | {f"new {number}": (f"Row {number}", number)})
            record = self.rest.create({"name": f"Row {number}", "size": number})
            self.states[-1] = now | {record["id"]: (f"Row {number}", number)}
        else:
            key = rng.choice(list(now))
            if kind == "update":
                self.states.append(now | {key: (now[key][0], number)})
                self.rest.update(key, {"size": number})
            else:
                self.states.append({k: v for k, v in now.items() if k != key})
                self.rest.delete(key)
        self.acknowledged = len(self.states) - 1

    def find(self, rows, since):
        """The index of the state that these rows are, from `since` on; states compare by what their rows say."""
        seen = sorted(rows.values())
        for index in range(since, len(self.states)):
            if sorted(self.states[index].values()) == seen:
                return index
        return None


def pairs(rows):
    return {key: (row["name"], int(row["size"])) for key, row in rows.items()}


class Reader(threading.Thread):
    def __init__(self, histories, demo, seed, stop):
        super().__init__()
        self.histories, self.demo, self.stop = histories, demo, stop
        self.rng = random.Random(seed)
        self.reads, self.failure = 0, None

    def run(self):
        peer = Peer(self.demo.delta_sharing_profile)
        try:
            while not self.stop.is_set() or self.reads < 5:
                plural = self.rng.choice(list(self.histories))
                self.read(peer, plural, self.rng.choice(["parquet", "delta", "marked", "client"]))
                self.reads += 1
        except BaseException as error:  # told by the test, in its own thread
            self.failure = error

    def read(self, peer, plural, how):
        history = self.histories[plural]
        since = history.acknowledged
        if how == "client":
            frame = delta_sharing.load_as_pandas(f"{self.demo.delta_sharing_profile}#boathouse.crm.{plural}")
            rows = {row["id"]: row for row in frame.to_dict("records")}
            assert len(rows) == len(frame)
        else:
            table = peer.table(plural)
            answer = table.query(headers={"parquet": PARQUET, "delta": DELTA, "marked": PYTHON}[how])
            rows = by_id(files(answer))
            # The same version by number, in another rendering, is the same rows.
            again = table.query({"version": version_of(answer)}, self.rng.choice([PARQUET, DELTA, PYTHON]))
            assert pairs(by_id(files(again))) == pairs(rows), f"{plural} {how}"
        found = history.find(pairs(rows), since)
        assert found is not None, f"{how} read of {plural} is no state from {since} on: {len(rows)} rows, seed {SEED}"


@pytest.mark.parametrize("round", range(2))
def test_every_read_is_one_commit_and_none_is_stale(demo, round):
    rng = random.Random(SEED + round)
    admin = Admin(demo)
    histories = {}
    for _ in range(3):
        rest = admin.object({"name": "size", "type": "integer"})
        histories[rest.url.rsplit("/", 1)[1]] = History(rest)
    stop = threading.Event()
    readers = [Reader(histories, demo, SEED + round * 100 + number, stop) for number in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for number in range(WRITES):
            histories[rng.choice(list(histories))].write(rng, number)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    for reader in readers:
        if reader.failure:
            raise reader.failure
        assert reader.reads >= 5
    # Every version that is kept is a state, in the order of commits; and the feed leads from each to the next.
    for plural, history in histories.items():
        table = Peer(demo.delta_sharing_profile).table(plural)
        newest = table.version()
        at, known = 0, {}
        for version in range(newest + 1):
            rows = pairs(by_id(files(table.query({"version": version}, rng.choice([PARQUET, DELTA, PYTHON])))))
            found = history.find(rows, at)
            assert found is not None, f"version {version} of {plural}"
            at = found
            for change in changes(table, version, rng.choice([PARQUET, DELTA])):
                kind, key, value = change
                if kind in ("delete", "update_preimage"):
                    assert known.pop(key) == value, f"version {version} of {plural}"
                else:
                    assert key not in known
                    known[key] = value
            assert known == rows, f"version {version} of {plural}, seed {SEED}"
        assert at == len(history.states) - 1 or known == history.states[-1]


def changes(table, version, headers):
    """The changes of one version, those that take away first."""
    answer = table.changes(headers, startingVersion=version, endingVersion=version)
    told = [
        (row.get("_change_type", "insert"), row["id"], (row["name"], int(row["size"])))
        for row in all_rows(files(answer))
    ]
    return sorted(told, key=lambda change: change[0] not in ("delete", "update_preimage"))
