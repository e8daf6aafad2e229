"""Who was granted the newest version alone cannot read older ones through names of files that it guesses."""

import json
import sys
import uuid
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "iceberg"))

from catalog_fixtures import Recipients  # noqa: E402
from iceberg_catalog import Catalog, Files, Rest  # noqa: E402


@pytest.fixture
def reader(demo):
    """Makes the catalog of a new recipient of accounts, with or without history."""
    recipients = Recipients(demo)

    def make(with_history):
        name = f"past_{uuid.uuid4().hex[:8]}"
        share = recipients.post("/shares", {"name": name, "with_history": with_history}).json()
        recipients.post(f"/shares/{share['id']}/tables", {"object": "account", "name": "accounts"})
        made = recipients.post("/recipients", {"name": name, "shares": [name]}).json()
        return Catalog(demo.iceberg["uri"], made["bearerToken"], name)

    return make


def test_only_history_that_was_granted_is_found_by_name(demo, reader):
    records = Rest(demo, "accounts")
    for _ in range(3):  # versions, each made by a load
        records.create({"name": f"Company {uuid.uuid4().hex}"})
        reader(True).load("accounts")
    with_history, alone = reader(True).load("accounts").json(), reader(False).load("accounts").json()
    assert len(alone["metadata"]["snapshots"]) == 1
    snapshots = with_history["metadata"]["snapshots"]
    assert len(snapshots) > 2
    root = with_history["metadata"]["location"]
    assert alone["metadata"]["location"] == root
    older = int(snapshots[-3]["summary"]["boathouse.table-version"])
    newest = older + 2
    guessed = [
        with_history["metadata-location"],
        snapshots[-1]["manifest-list"],
        snapshots[-3]["manifest-list"],
        f"{root}/metadata/{newest:05}-m0-v2.avro",
    ]
    sees_all, sees_one = Files(with_history["config"]), Files(alone["config"])
    for uri in guessed:
        assert sees_all.read(uri)
        with pytest.raises(OSError):
            sees_one.read(uri)
    # What it may see is all there.
    assert json.loads(sees_one.read(alone["metadata-location"])) == alone["metadata"]
    assert sees_one.read(alone["metadata"]["snapshots"][0]["manifest-list"]).startswith(b"Obj\x01")
    assert json.loads(sees_one.read(f"{root}/_delta_log/_last_checkpoint"))["version"] == newest
    commit = sees_one.read(f"{root}/_delta_log/{newest:020}.json").decode()
    assert '"remove"' not in commit
    assert '"remove"' in sees_all.read(f"{root}/_delta_log/{newest:020}.json").decode()
