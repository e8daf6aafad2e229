"""Checklist items 26 to 49: tables, what a load tells, entity tags, keys, metrics."""

# ruff: noqa: F811 - fixtures are imported, and named by their users

import concurrent.futures
import json
import random
import uuid

import pytest
import requests
from catalog_fixtures import accounts, catalog, recipients  # noqa: F401
from iceberg_catalog import Catalog, Files, refused

VENDED = "vended-credentials"
SIGNING = "remote-signing"
KEYS = ("s3.access-key-id", "s3.secret-access-key", "s3.session-token", "s3.session-token-expires-at-ms")


def snapshot_of(loaded):
    return loaded["metadata"]["current-snapshot-id"]


def rows_of(loaded):
    current = next(s for s in loaded["metadata"]["snapshots"] if s["snapshot-id"] == snapshot_of(loaded))
    return int(current["summary"]["total-records"])


def test_26_tables(catalog, recipients):
    names = [each["name"] for each in catalog.get("/namespaces/crm/tables").json()["identifiers"]]
    assert {"accounts", "contacts", "opportunities", "users"} <= set(names)
    with recipients.share("north") as north, recipients.recipient(shares=[north]) as other:
        other.warehouse = north
        listed = other.get("/namespaces/crm/tables").json()["identifiers"]
        assert listed == [{"namespace": ["crm"], "name": "accounts"}]


def test_27_tables_of_an_unknown_namespace(catalog):
    refused(catalog.get("/namespaces/other/tables"), 404, "NoSuchNamespaceException")
    missing = Catalog(catalog.base, catalog.session.headers["Authorization"].removeprefix("Bearer "), "nowhere")
    refused(missing.get("/namespaces/crm/tables"), 404, "NoSuchWarehouseException")


def test_28_whether_a_table_exists(catalog):
    for name, status in (("accounts", 204), ("nothing", 404)):
        answer = catalog.send("HEAD", catalog.table_path(name))
        assert (answer.status_code, answer.content) == (status, b"")


def test_29_an_unknown_table(catalog):
    assert "crm.nothing" in refused(catalog.load("nothing"), 404, "NoSuchTableException")
    refused(catalog.load("accounts", "other"), 404, "NoSuchTableException")


def test_30_metadata_tables_of_a_table_are_tables_that_are_missing(catalog):
    for name in ("snapshots", "files", "history"):
        refused(catalog.load(name, "crm\x1faccounts"), 404, "NoSuchTableException")


@pytest.mark.parametrize("name", ["a b", "a.b", "a/b", "ä–中", "a%20b", "Accounts", "account", "accounts ", "..", "."])
def test_31_names_are_taken_exactly(catalog, name):
    if name in (".", ".."):
        # No client sends a path with such a segment; HTTP libraries resolve it.
        return
    refused(catalog.load(name), 404, "NoSuchTableException")


def test_32_the_metadata_file_says_the_same(catalog):
    loaded = catalog.load("accounts").json()
    location = loaded["metadata-location"]
    assert location.startswith(loaded["metadata"]["location"] + "/metadata/")
    assert location.endswith(".metadata.json")
    assert json.loads(Files(loaded["config"]).read(location)) == loaded["metadata"]


def test_33_what_must_not_change_does_not(catalog, accounts):
    before = catalog.load("accounts").json()["metadata"]
    made = accounts.create({"name": "Came between"})
    after = catalog.load("accounts").json()["metadata"]
    accounts.delete(made["id"])
    assert before["table-uuid"] == after["table-uuid"]
    assert before["location"] == after["location"]
    for metadata in (before, after):
        assert metadata["refs"]["main"]["snapshot-id"] == metadata["current-snapshot-id"]
    assert after["last-sequence-number"] > before["last-sequence-number"]
    assert before["schemas"] == after["schemas"]


def test_34_snapshots_are_all_or_refs(catalog, accounts):
    accounts.delete(accounts.create({"name": "One more snapshot"})["id"])
    whole = catalog.load("accounts", params={"snapshots": "all"}).json()
    assert whole == catalog.load("accounts").json()
    refs = catalog.load("accounts", params={"snapshots": "refs"}).json()
    assert [s["snapshot-id"] for s in refs["metadata"]["snapshots"]] == [snapshot_of(whole)]
    assert len(whole["metadata"]["snapshots"]) >= len(refs["metadata"]["snapshots"])
    refused(catalog.load("accounts", params={"snapshots": "some"}), 400, "BadRequestException")


def test_34_a_load_does_not_grow_with_the_number_of_versions(catalog, accounts):
    made = accounts.create({"name": "Changes often"})
    sizes = []
    for number in range(60):
        accounts.update(made["id"], {"name": f"Changes often {number:03}"})
        sizes.append(len(catalog.load("accounts").content))
    accounts.delete(made["id"])
    assert max(sizes[40:]) < 1.02 * sizes[30]
    every = catalog.load("accounts", x_boathouse_snapshots="all").json()
    assert len(every["metadata"]["snapshots"]) >= 60


def test_35_entity_tags(catalog):
    answer = catalog.load("users")
    tag = answer.headers["ETag"]
    assert tag[0] == tag[-1] == '"' and "," not in tag
    assert catalog.load("users").headers["ETag"] == tag
    refs = catalog.load("users", params={"snapshots": "refs"})
    assert refs.headers["ETag"] != tag
    assert catalog.load("accounts").headers["ETag"] != tag
    assert catalog.load("users", if_none_match=tag.strip('"')).status_code == 304


def test_36_an_unchanged_table_is_confirmed_and_a_changed_one_told(catalog, accounts):
    first = catalog.load("accounts")
    again = catalog.load("accounts", if_none_match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    made = accounts.create({"name": "Unconfirmed"})
    changed = catalog.load("accounts", if_none_match=first.headers["ETag"])
    accounts.delete(made["id"])
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert snapshot_of(changed.json()) != snapshot_of(first.json())
    refs = catalog.load("accounts", params={"snapshots": "refs"}, if_none_match=changed.headers["ETag"])
    assert refs.status_code == 200


@pytest.mark.parametrize("form", ['"other", {}', "W/{}", '"a","b" , W/{}', "*"])
def test_37_entity_tags_in_every_form(catalog, form):
    tag = catalog.load("users").headers["ETag"]
    assert catalog.load("users", if_none_match=form.format(tag)).status_code == 304


@pytest.mark.parametrize("form", ['"other"', "W/", "", '"', "-", '"-1"', '"' + "9" * 40 + '"'])
def test_37_other_entity_tags_match_nothing(catalog, form):
    assert catalog.load("users", if_none_match=form).status_code == 200


def test_38_keys_that_are_about_to_end_are_renewed(catalog):
    """A tag says when the keys that came with it end. One that ends soon is not confirmed."""
    tag = catalog.load("users").headers["ETag"]
    digest, _, expiry = tag.strip('"').partition("-")
    assert catalog.load("users", if_none_match=f'"{digest}-{int(expiry) - 3600}"').status_code == 304
    assert catalog.load("users", if_none_match=f'"{digest}-{int(expiry) - 8 * 3600}"').status_code == 200


def test_39_nothing_is_ever_stale(catalog, accounts):
    seed = uuid.uuid4().int
    print("seed", seed)
    dice = random.Random(seed)
    expected, mine, tag, last = rows_of(catalog.load("accounts").json()), [], "", None
    for _ in range(1000):
        if mine and dice.random() < 0.5:
            accounts.delete(mine.pop(dice.randrange(len(mine)))["id"])
            expected -= 1
        else:
            mine.append(accounts.create({"name": f"Trial {dice.random()}"}))
            expected += 1
        answer = catalog.session.get(
            catalog.base + catalog.table_path("accounts"), headers={"If-None-Match": tag} if tag else {}
        )
        assert answer.status_code == 200
        loaded = answer.json()
        tag = answer.headers["ETag"]
        assert rows_of(loaded) == expected
        assert snapshot_of(loaded) != last
        last = snapshot_of(loaded)
    for record in mine:
        accounts.delete(record["id"])


def test_40_many_at_once_share_one_version(catalog, accounts):
    made = accounts.create({"name": "Asked for by many"})
    before = len(catalog.load("accounts", x_boathouse_snapshots="all").json()["metadata"]["snapshots"])
    accounts.update(made["id"], {"name": "Asked for by a hundred"})
    url = catalog.base + catalog.table_path("accounts")
    headers = dict(catalog.session.headers)
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: requests.get(url, headers=headers), range(100)))
    accounts.delete(made["id"])
    assert {answer.status_code for answer in answers} == {200}
    assert len({snapshot_of(answer.json()) for answer in answers}) == 1
    after = len(catalog.load("accounts", x_boathouse_snapshots="all").json()["metadata"]["snapshots"])
    assert after <= before + 2


def test_41_answers_are_compressed_and_connections_kept(catalog):
    answer = catalog.load("accounts", accept_encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.json() == catalog.load("accounts", accept_encoding="identity").json()
    assert answer.raw.version == 11 and "close" not in answer.headers.get("Connection", "").lower()
    body = json.dumps({"report-type": "scan-report"})
    answer = catalog.send(
        "POST", catalog.table_path("users") + "/metrics", data=body, headers={"Expect": "100-continue"}
    )
    assert answer.status_code == 204


def test_42_hidden_columns_are_in_no_file(recipients):
    with (
        recipients.share("masked", columns=["id", "name", "phone:sha256"], filter="name ~ 'a'") as masked,
        recipients.recipient(shares=[masked]) as reader,
    ):
        reader.warehouse = masked
        loaded = reader.load("accounts").json()
        schema = loaded["metadata"]["schemas"][-1]
        assert [field["name"] for field in schema["fields"]] == ["id", "name", "phone"]
        files = Files(loaded["config"])
        plan = reader.send("POST", reader.table_path("accounts") + "/plan", json={}).json()
        import pyarrow.parquet

        for task in plan["file-scan-tasks"]:
            content = files.read(task["data-file"]["file-path"])
            table = pyarrow.parquet.read_table(pyarrow.BufferReader(content))
            assert table.column_names == ["id", "name", "phone"]
            assert all(len(value) == 64 for value in table["phone"].to_pylist() if value)
            assert all("a" in value.lower() for value in table["name"].to_pylist())


def config_and_credentials(answer):
    loaded = answer.json()
    (credential,) = loaded["storage-credentials"]
    return loaded, loaded["config"], credential


@pytest.mark.parametrize("asked", [VENDED, None, f"{VENDED},{SIGNING}", f"{SIGNING}, {VENDED}", "unheard-of"])
def test_43_to_46_keys_stand_in_both_places(catalog, asked):
    headers = {"X-Iceberg-Access-Delegation": asked} if asked else {}
    answer = catalog.send("GET", catalog.table_path("users"), headers=headers)
    loaded, config, credential = config_and_credentials(answer)
    assert credential["prefix"] == loaded["metadata"]["location"]
    for name in KEYS:
        assert config[name] and config[name] == credential["config"][name]
    assert config["s3.path-style-access"] == "true"
    assert config["client.region"] == config["s3.region"]
    refresh = config["client.refresh-credentials-endpoint"]
    assert refresh == "v1/boathouse/namespaces/crm/tables/users/credentials"
    assert catalog.send("GET", "/" + refresh).status_code == 200
    assert "s3.remote-signing-enabled" not in config


def test_45_signing_gives_no_secret_away(catalog):
    loaded = catalog.load("users", x_iceberg_access_delegation=SIGNING).json()
    config = loaded["config"]
    assert config["s3.remote-signing-enabled"] == "true"
    assert not [name for name in KEYS if name in config]
    assert "storage-credentials" not in loaded
    assert config["signer.uri"] == catalog.base == config["s3.signer.uri"]
    endpoint = "/" + config["signer.endpoint"]
    url = config["s3.endpoint"] + "/" + loaded["metadata-location"].removeprefix("s3://")
    body = {"region": "eu-west-1", "uri": url, "method": "GET", "headers": {"Range": ["bytes=0-9"]}}
    signed = catalog.send("POST", endpoint, json=body)
    assert signed.headers["Cache-Control"].startswith("private")
    headers = {name: ",".join(values) for name, values in signed.json()["headers"].items()}
    fetched = requests.get(signed.json()["uri"], headers=headers)
    assert fetched.status_code == 200
    assert fetched.json() == loaded["metadata"]
    assert requests.get(url).status_code in (401, 403, 404)
    for change in (
        {"method": "PUT"},
        {"method": "DELETE"},
        {"uri": url.replace("/users/", "/accounts/")},
        {"uri": url.replace("/metadata/", "/metadata/../../../accounts/")},
        {"uri": "http://127.0.0.1:1/boathouse/x"},
    ):
        refused(catalog.send("POST", endpoint, json=body | change), 403, "ForbiddenException")
    for change in ({"headers": []}, {"uri": None}, {"region": 1}, {"provider": "gcs"}):
        refused(catalog.send("POST", endpoint, json=body | change), 400, "BadRequestException")


def test_47_clickhouse_is_given_no_endpoint(catalog):
    answer = catalog.load("users", user_agent="ClickHouse/26.9.2.1")
    _, config, credential = config_and_credentials(answer)
    assert "s3.endpoint" not in config and "s3.endpoint" not in credential["config"]
    assert config["s3.access-key-id"]
    assert catalog.load("users").json()["config"]["s3.endpoint"]


def test_48_keys_are_renewed(catalog):
    loaded = catalog.load("users").json()
    fresh = catalog.send("GET", catalog.table_path("users") + "/credentials").json()["storage-credentials"]
    assert [each["prefix"] for each in fresh] == [each["prefix"] for each in loaded["storage-credentials"]]
    assert json.loads(Files(fresh[0]["config"]).read(loaded["metadata-location"])) == loaded["metadata"]
    refused(catalog.send("GET", catalog.table_path("nothing") + "/credentials"), 404, "NoSuchTableException")


def test_49_metrics_are_taken_and_noted(demo, catalog):
    path = catalog.table_path("users") + "/metrics"
    report = {
        "report-type": "scan-report",
        "table-name": "crm.users",
        "snapshot-id": snapshot_of(catalog.load("users").json()),
        "filter": True,
        "schema-id": 0,
        "projected-field-ids": [1],
        "projected-field-names": ["read_by_test_49"],
        "metrics": {},
    }
    for body in (report, {"report-type": "made-up-report"}):
        assert catalog.send("POST", path, json=body).status_code == 204
    for data in ("{", "[]", "", json.dumps({"table-name": "x"})):
        refused(catalog.send("POST", path, data=data), 400, "BadRequestException")
    assert "read_by_test_49" in demo.log.read_text()
    refused(catalog.send("POST", catalog.table_path("nothing") + "/metrics", json=report), 404, "NoSuchTableException")
