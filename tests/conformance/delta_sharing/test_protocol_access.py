"""Items 1 to 17 of the protocol's probes: who may ask, and what names find."""

import urllib.parse

import pytest
import requests
from sharing_peer import Admin, Peer, invalid, lines, ok, refused, version_of


@pytest.fixture(scope="module")
def admin(demo):
    return Admin(demo)


@pytest.fixture(scope="module")
def peer(demo):
    return Peer(demo.delta_sharing_profile)


@pytest.fixture(scope="module")
def users(peer):
    return peer.table("users")


def test_01_no_token(users):
    for path in ("", "/version", "/metadata"):
        answer = requests.get(users.url + path)
        refused(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_02_wrong_token(demo, users):
    for token in ("wrong", demo.api_token, "", "a b", "x" * 5000):
        answer = requests.get(users.url + "/version", headers={"Authorization": f"Bearer {token}"})
        refused(answer, 401, "UNAUTHENTICATED")
    bearer = users.peer.session.headers["Authorization"]
    assert requests.get(f"{demo.url}/api/v1/accounts", headers={"Authorization": bearer}).status_code == 401


def test_03_expired_or_revoked_token(admin):
    name, profile = admin.recipient(expires_in_days=1)
    assert "expirationTime" in profile
    gone = Peer(profile)
    ok(gone.get("/shares"))
    admin.call("POST", f"/recipients/{urllib.parse.quote(name)}/rotate", {"grace_hours": 0})
    message = refused(gone.get("/shares"), 401, "UNAUTHENTICATED")
    assert "expired" in message or "replaced" in message or "revoked" in message
    name, profile = admin.recipient()
    gone = Peer(profile)
    ok(gone.get("/shares"))
    admin.call("DELETE", f"/recipients/{urllib.parse.quote(name)}")
    refused(gone.get("/shares"), 401, "UNAUTHENTICATED")
    refused(gone.table("users").query(), 401, "UNAUTHENTICATED")


def test_04_address_outside_the_list(admin):
    _, profile = admin.recipient(addresses=["203.0.113.0/24"])
    refused(Peer(profile).get("/shares"), 403, "PERMISSION_DENIED")
    _, profile = admin.recipient(addresses=["203.0.113.0/24", "127.0.0.0/8"])
    ok(Peer(profile).get("/shares"))


def test_05_only_granted_shares(admin, peer):
    name = admin.share(comment="of the test")
    assert name not in [s["name"] for s in peer.get("/shares").json()["items"]]
    _, profile = admin.recipient(shares=[name])
    (share,) = Peer(profile).get("/shares").json()["items"]
    assert share["name"] == name and share["id"] and share["comment"] == "of the test"
    _, profile = admin.recipient(shares=[])
    assert Peer(profile).get("/shares").json() == {"items": []}


def test_06_no_results_wanted(peer):
    for path in ("/shares", "/shares/boathouse/schemas", "/shares/boathouse/all-tables", peer.path + "/tables"):
        page = ok(peer.get(path, {"maxResults": 0})).json()
        assert page["items"] == [] and page["nextPageToken"], path
        again = ok(peer.get(path, {"pageToken": page["nextPageToken"]})).json()
        assert again["items"] and "nextPageToken" not in again


def test_07_bad_number_of_results(peer):
    for wrong in (-1, 501, "abc", "", "1.5", "99999999999999999999"):
        invalid(peer.get("/shares", {"maxResults": wrong}))
        invalid(peer.get(peer.path + "/tables", {"maxResults": wrong}))


def test_08_bad_page_token(peer):
    for wrong in ("made-up", "0", "AAAA", "x" * 10_000):
        invalid(peer.get("/shares/boathouse/all-tables", {"pageToken": wrong}))


def test_09_token_of_another_list(admin, peer):
    token = peer.get("/shares/boathouse/all-tables", {"maxResults": 1}).json()["nextPageToken"]
    invalid(peer.get(peer.path + "/tables", {"pageToken": token}))
    _, profile = admin.recipient()
    invalid(Peer(profile).get("/shares/boathouse/all-tables", {"pageToken": token}))


def test_10_pages_end(peer):
    whole = ok(peer.get("/shares/boathouse/all-tables")).json()
    assert "nextPageToken" not in whole
    seen, token = [], None
    while True:
        page = ok(peer.get("/shares/boathouse/all-tables", {"maxResults": 5} | ({"pageToken": token} if token else {})))
        seen += page.json()["items"]
        token = page.json().get("nextPageToken")
        if not token:
            break
        assert all(c.isalnum() or c in "-_" for c in token), "not to be put into an address as it is"
    assert "nextPageToken" not in page.json()
    assert seen == whole["items"]


def test_11_names_in_any_case(peer):
    assert ok(peer.get("/shares/BoatHouse")).json()["share"]["name"] == "boathouse"
    assert version_of(peer.get("/shares/BOATHOUSE/schemas/CRM/tables/Users/version")) >= 0
    assert ok(peer.get("/shares/BOATHOUSE/schemas/CRM/tables/Users")).json()["name"] == "users"


def test_12_unknown_and_not_granted_look_the_same(admin, peer):
    hidden = admin.share()
    for share in ("made-up", hidden):
        for path in ("", "/schemas", "/all-tables", "/schemas/crm/tables", "/schemas/crm/tables/users/version"):
            refused(peer.get(f"/shares/{share}{path}"), 404, "RESOURCE_DOES_NOT_EXIST")
    messages = [
        refused(peer.get(f"/shares/{s}"), 404, "RESOURCE_DOES_NOT_EXIST").replace(s, "X") for s in ("made-up", hidden)
    ]
    assert messages[0] == messages[1]
    for path in ("/schemas/other/tables", "/schemas/crm/tables/user/version", "/schemas/crm/tables/nothing"):
        refused(peer.get("/shares/boathouse" + path), 404, "RESOURCE_DOES_NOT_EXIST")
    for call in ("query", "temporary-table-credentials", "queries/abc"):
        refused(peer.table("nothing").post("/" + call), 404, "RESOURCE_DOES_NOT_EXIST")
    refused(peer.get("/nothing"), 404, "RESOURCE_DOES_NOT_EXIST")


def test_13_all_tables_are_the_tables_of_all_schemas(admin, peer):
    tables = peer.get("/shares/boathouse/all-tables").json()["items"]
    by_schema = []
    for schema in peer.get("/shares/boathouse/schemas").json()["items"]:
        assert schema["share"] == "boathouse"
        by_schema += peer.get(f"/shares/boathouse/schemas/{schema['name']}/tables").json()["items"]
    assert tables == by_schema
    assert len({table["id"] for table in tables}) == len(tables) >= 20
    assert {table["shareId"] for table in tables} == {peer.get("/shares/boathouse").json()["share"]["id"]}
    assert tables == peer.get("/shares/boathouse/all-tables").json()["items"]
    share = admin.share()
    for schema, name in (("b", "one"), ("a", "two"), ("b", "three")):
        admin.call("POST", f"/shares/{share}/tables", {"object": "user", "schema": schema, "name": name})
    _, profile = admin.recipient(shares=[share])
    reader = Peer(profile)
    names = [(t["schema"], t["name"]) for t in reader.get(f"/shares/{share}/all-tables").json()["items"]]
    assert names == [("a", "two"), ("b", "one"), ("b", "three")]


def test_14_names_are_percent_encoded(admin):
    share = admin.share(name="Käufer%&+-Öst")
    admin.call("POST", f"/shares/{urllib.parse.quote(share)}/tables", {"object": "user", "name": "leute-ü"})
    _, profile = admin.recipient(shares=[share])
    peer = Peer(profile)
    quoted = urllib.parse.quote(share, safe="")
    assert ok(peer.get(f"/shares/{quoted}")).json()["share"]["name"] == share
    (table,) = ok(peer.get(f"/shares/{quoted}/all-tables")).json()["items"]
    assert (table["name"], table["share"]) == ("leute-ü", share)
    path = f"/shares/{quoted}/schemas/crm/tables/{urllib.parse.quote('leute-ü')}"
    assert ok(peer.get(path)).json()["name"] == "leute-ü"
    answer = peer.session.post(peer.endpoint + path + "/query", json={})
    assert lines(answer)[1]["metaData"]["name"] == "leute-ü"


def test_15_a_table_tells_its_formats(users):
    table = ok(users.get()).json()
    assert table["format"] == "delta,iceberg"
    for member in ("name", "schema", "share", "shareId", "id"):
        assert table[member], member
    assert "url" in table["accessModes"]


def test_16_head_and_version_agree(users):
    head, version = users.head(), users.get("/version")
    assert head.headers["Delta-Table-Version"] == version.headers["Delta-Table-Version"]
    assert (head.content, version.content) == (b"", b"")
    assert (head.status_code, version.status_code) == (200, 200)


def test_17_head_of_nothing(peer):
    head = peer.table("nothing").head()
    assert (head.status_code, head.content) == (404, b"")
