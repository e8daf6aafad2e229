"""Random writes through REST, and what every reader must see after each of them."""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "delta_sharing"))

from live_view import Rest, differences  # noqa: E402

WRITES = 200
READ_EVERY = 4


class RandomWrites:
    """Creates, changes and deletes accounts, knowing all the time what there is."""

    def __init__(self, demo):
        self.rest = Rest(demo, "accounts")
        self.expected = self.rest.rows()
        self.mine = []
        self.seed = time.time_ns()
        self.dice = random.Random(self.seed)

    def step(self):
        choice = self.dice.random()
        name = f"Written at random {self.dice.randrange(10**9)}"
        if choice < 0.4 or not self.mine:
            record = self.rest.create({"name": name})
            self.mine.append(record["id"])
        elif choice < 0.55:
            gone = self.mine.pop(self.dice.randrange(len(self.mine)))
            self.rest.delete(gone)
            del self.expected[gone]
            return
        elif choice < 0.8:
            record = self.rest.update(self.dice.choice(self.mine), {"name": name})
        else:
            # One that stands in the middle of an old file.
            chosen = self.dice.choice(sorted(self.expected))
            record = self.rest.update(chosen, {"description": name})
        self.expected[record["id"]] = self.rest.row(record)

    def undo(self):
        for record_id in self.mine:
            self.rest.delete(record_id)
            del self.expected[record_id]
        self.mine = []

    def columns(self, *names):
        """The expected rows of some columns, by id, as texts: what engines of all kinds can be compared by."""
        places = [self.rest.names.index(name) for name in names]
        return {
            row[0]: tuple(None if row[place] is None else str(row[place]) for place in places)
            for row in self.expected.values()
        }


def check_while_writing(demo, read, columns=None):
    """200 random writes; after every few of them `read` gives the rows by id, equal to what was written."""
    writes = RandomWrites(demo)
    try:
        for number in range(1, WRITES + 1):
            writes.step()
            if number % READ_EVERY == 0:
                expected = writes.columns(*columns) if columns else writes.expected
                found = read(*columns) if columns else read()
                wrong = differences(found, expected)
                assert not wrong, f"seed {writes.seed}, write {number}: {wrong}"
        assert writes.rest.rows() == writes.expected
    finally:
        writes.undo()
