"""What recipients read is what was published to them: columns, masks and rows, through the real client, until it is taken."""

import base64
import hashlib
import json
from urllib.parse import urlsplit

import delta_sharing
import pytest
import requests

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
def two_shares(server):
    """Two shares of contacts: the one has the people of Ohio without their telephones, the other those of Texas with masks."""
    accounts = {}
    for name in ("Ohio", "Texas"):
        territory = server.make("territories", name=name)["id"]
        accounts[name] = server.make("accounts", name=name, territory_id=territory)["id"]
    for number in range(6):
        server.make(
            "contacts",
            first_name="Pat",
            last_name=f"Ohioan {number}" if number % 2 else f"Texan {number}",
            email=f"pat{number}@example.com",
            phone=f"+1 216 555 010{number}",
            account_id=accounts["Ohio" if number % 2 else "Texas"],
        )
    publish(server, "ohio", "Ohio", ["last_name", "email"])
    publish(server, "texas", "Texas", ["last_name", "email:sha256", "phone:truncate:4"])
    return accounts


def publish(server, share, territory, columns):
    assert server.call("admin", "POST", "/shares", {"name": share}).status == 201
    made = server.call(
        "admin",
        "POST",
        f"/shares/{share}/tables",
        {
            "object": "contact",
            "name": "people",
            "columns": columns,
            "filter": f'account.territory.name = "{territory}"',
        },
    )
    assert made.status == 201, made.content
    assert made.json["problem"] is None


def recipient(server, name, **wish):
    made = server.call("admin", "POST", "/recipients", {"name": name, **wish})
    assert made.status == 201, made.content
    return made.json


def profile_file(tmp_path, name, profile):
    path = tmp_path / f"{name}.share"
    path.write_text(json.dumps(profile))
    return path


def shared(profile, path, method="GET", **options):
    """Asks the Delta Sharing endpoint with the profile's token."""
    headers = {"Authorization": "Bearer " + profile["bearerToken"]}
    return requests.request(method, profile["endpoint"] + path, headers=headers, timeout=30, **options)


def test_two_recipients_of_two_shares_never_see_each_others_columns_or_rows(server, two_shares, tmp_path):
    ohio = recipient(server, "ohio reader", shares=["ohio"])
    texas = recipient(server, "texas reader", shares=["texas"])
    rows = {
        name: delta_sharing.load_as_pandas(f"{profile_file(tmp_path, name, profile)}#{name}.crm.people")
        for name, profile in (("ohio", ohio), ("texas", texas))
    }
    assert sorted(rows["ohio"]["last_name"]) == ["Ohioan 1", "Ohioan 3", "Ohioan 5"]
    assert list(rows["ohio"].columns) == ["id", "last_name", "email"]
    assert sorted(rows["texas"]["last_name"]) == ["Texan 0", "Texan 2", "Texan 4"]
    assert list(rows["texas"].columns) == ["id", "last_name", "email", "phone"]
    digests = {hashlib.sha256(f"pat{number}@example.com".encode()).hexdigest() for number in (0, 2, 4)}
    assert set(rows["texas"]["email"]) == digests
    assert all(len(phone) == 4 for phone in rows["texas"]["phone"])
    assert not set(rows["ohio"]["id"]) & set(rows["texas"]["id"])
    # Neither sees the other's share, nor that it is there.
    assert [item["name"] for item in shared(ohio, "shares").json()["items"]] == ["ohio"]
    for path in ("shares/texas", "shares/texas/schemas/crm/tables/people/version", "shares/boathouse"):
        gone = shared(ohio, path)
        missing = shared(ohio, path.replace("texas", "nowhere").replace("boathouse", "nowhere"))
        assert gone.status_code == missing.status_code == 404
        assert gone.json()["errorCode"] == missing.json()["errorCode"] == "RESOURCE_DOES_NOT_EXIST"


def test_the_iceberg_catalog_shows_the_same_and_no_more(server, two_shares):
    ohio = recipient(server, "iceberg reader", shares=["ohio"])
    headers = {"Authorization": "Bearer " + ohio["bearerToken"]}

    def ask(path, **query):
        return requests.get(f"{ohio['icebergEndpoint']}/v1/{path}", params=query, headers=headers, timeout=30)

    prefix = ask("config", warehouse="ohio").json()["overrides"]["prefix"]
    listed = ask(f"{prefix}/namespaces/crm/tables").json()["identifiers"]
    assert [table["name"] for table in listed] == ["people"]
    metadata = ask(f"{prefix}/namespaces/crm/tables/people").json()["metadata"]
    assert [field["name"] for field in metadata["schemas"][-1]["fields"]] == ["id", "last_name", "email"]
    assert metadata["format-version"] == 2
    assert ask("config", warehouse="texas").status_code == 404
    assert ask(prefix.replace("ohio", "texas") + "/namespaces/crm/tables/people").status_code == 404


def test_what_a_table_does_not_show_is_in_none_of_its_bytes(server, two_shares):
    texas = recipient(server, "byte reader", shares=["texas"])
    answer = shared(texas, "shares/texas/schemas/crm/tables/people/query", "POST", json={})
    urls = [json.loads(line)["file"]["url"] for line in answer.text.splitlines() if '"file"' in line]
    assert urls
    content = b"".join(requests.get(url, timeout=30).content for url in urls)
    assert content[:4] == b"PAR1"
    assert b"Ohioan" not in content
    assert b"example.com" not in content


def test_a_row_that_no_longer_meets_the_filter_is_gone_from_the_next_read(server, two_shares, tmp_path):
    texas = profile_file(tmp_path, "live", recipient(server, "live reader", shares=["texas"]))
    names = lambda: set(delta_sharing.load_as_pandas(f"{texas}#texas.crm.people")["last_name"])  # noqa: E731
    before = names()
    mover = server.make("contacts", last_name="Mover", account_id=two_shares["Texas"])["id"]
    assert names() == before | {"Mover"}
    moved = server.call("admin", "PATCH", f"/contacts/{mover}", {"account_id": two_shares["Ohio"]})
    assert moved.status == 200
    assert names() == before
    server.call("admin", "PATCH", f"/contacts/{mover}", {"account_id": two_shares["Texas"]})
    assert names() == before | {"Mover"}
    assert server.call("admin", "DELETE", f"/contacts/{mover}").status == 204
    assert names() == before


def test_a_change_of_columns_counts_at_once_and_ends_the_old_history(server, two_shares):
    publish(server, "narrowed", "Ohio", ["last_name", "email"])
    reader = recipient(server, "narrow reader", shares=["narrowed"])
    table = "shares/narrowed/schemas/crm/tables/people"
    wide = shared(reader, table + "/query", "POST", json={})
    url = next(json.loads(line)["file"]["url"] for line in wide.text.splitlines() if '"file"' in line)
    assert requests.get(url, timeout=30).status_code == 200
    changed = server.call("admin", "PATCH", "/shares/narrowed/tables/people", {"columns": ["last_name"]})
    assert changed.status == 200, changed.content
    narrow = shared(reader, table + "/metadata").text
    assert "last_name" in narrow
    assert "email" not in narrow
    assert requests.get(url, timeout=30).status_code in (403, 404)


def test_revocation_and_a_grant_that_is_taken_end_files_too(server, two_shares):
    reader = recipient(server, "leaver", shares=["ohio"])
    query = "shares/ohio/schemas/crm/tables/people/query"
    answer = shared(reader, query, "POST", json={})
    url = next(json.loads(line)["file"]["url"] for line in answer.text.splitlines() if '"file"' in line)
    assert requests.get(url, timeout=30).status_code == 200
    assert server.call("admin", "DELETE", "/shares/ohio/recipients/leaver").status == 204
    assert requests.get(url, timeout=30).status_code == 403
    assert shared(reader, query, "POST", json={}).status_code == 404
    assert server.call("admin", "PUT", "/shares/ohio/recipients/leaver").status == 204
    assert requests.get(url, timeout=30).status_code == 200
    assert server.call("admin", "DELETE", "/recipients/leaver").status == 204
    assert requests.get(url, timeout=30).status_code == 403
    refused = shared(reader, "shares")
    assert refused.status_code == 401
    assert "revoked" in refused.json()["message"]


def test_an_activation_link_is_used_up_by_its_button_and_not_by_looking(server):
    made = recipient(server, "linked", deliver="link", shares=["boathouse"])
    link = made["activation_url"]
    for _ in range(2):
        page = requests.get(link, headers={"Accept": "text/html"}, timeout=30)
        assert page.status_code == 200
        assert "linked" in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
    handed = requests.post(link, timeout=30)
    assert handed.status_code == 200
    assert handed.headers["content-disposition"] == 'attachment; filename="linked.share"'
    assert shared(handed.json(), "shares").status_code == 200
    assert requests.post(link, timeout=30).status_code == 404
    assert requests.get(link, headers={"Accept": "text/html"}, timeout=30).status_code == 404


def test_the_client_reads_with_client_credentials(server, tmp_path):
    profile = recipient(server, "oauth reader", authentication="oauth")
    assert profile["shareCredentialsVersion"] == 2
    client = delta_sharing.SharingClient(str(profile_file(tmp_path, "oauth", profile)))
    assert "boathouse" in [share.name for share in client.list_shares()]
    assert "accounts" in [table.name for table in client.list_all_tables()]


def test_the_token_endpoint_answers_as_rfc_6749_says(server):
    profile = recipient(server, "token asker", authentication="oauth")
    url, pair = profile["tokenEndpoint"], (profile["clientId"], profile["clientSecret"])
    by_basic = requests.post(url, data=GRANT, auth=pair, timeout=30)
    by_form = requests.post(
        url, data={**GRANT, "client_id": pair[0], "client_secret": pair[1], "scope": "anything at all"}, timeout=30
    )
    for answer in (by_basic, by_form):
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["token_type"] == "Bearer"
        assert 0 < answer.json()["expires_in"] <= 3600
    reads = {"Authorization": "Bearer " + by_basic.json()["access_token"]}
    assert requests.get(profile["endpoint"] + "shares", headers=reads, timeout=30).status_code == 200
    for data, auth, status, error in (
        (GRANT, (pair[0], "wrong"), 401, "invalid_client"),
        (GRANT, None, 401, "invalid_client"),
        ({"grant_type": "password"}, pair, 400, "unsupported_grant_type"),
        ({}, pair, 400, "invalid_request"),
    ):
        refused = requests.post(url, data=data or "x=1", auth=auth, timeout=30, headers=form())
        assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert server.call("admin", "DELETE", "/recipients/token asker".replace(" ", "%20")).status == 204
    assert requests.get(profile["endpoint"] + "shares", headers=reads, timeout=30).status_code == 401


def form():
    return {"Content-Type": "application/x-www-form-urlencoded"}


def test_rotation_lets_the_old_token_work_for_the_grace(server):
    old = recipient(server, "rotating")
    new = server.call("admin", "POST", "/recipients/rotating/rotate", {"grace_hours": 1}).json
    assert shared(old, "shares").status_code == shared(new, "shares").status_code == 200
    last = server.call("admin", "POST", "/recipients/rotating/rotate", {"grace_hours": 0}).json
    for profile, status in ((old, 401), (new, 401), (last, 200)):
        assert shared(profile, "shares").status_code == status


def test_addresses_that_are_not_on_the_list_are_refused(server):
    near = recipient(server, "near", addresses=["127.0.0.0/8", "::1"])
    assert shared(near, "shares").status_code == 200
    assert server.call("admin", "PATCH", "/recipients/near", {"addresses": ["203.0.113.0/24"]}).status == 200
    refused = shared(near, "shares")
    assert refused.status_code == 403
    assert "address" in refused.json()["message"]
    noted = server.call("admin", "GET", "/audit?kind=recipient_refused").json["items"]
    assert noted[0]["subject"] == "recipient near"


def test_every_request_has_a_row_and_counts_in_the_day(server, two_shares):
    reader = recipient(server, "counted", shares=["ohio"])
    who = server.call("admin", "GET", "/recipients/counted").json["id"]
    answer = shared(reader, "shares/ohio/schemas/crm/tables/people/query", "POST", json={})
    url = next(json.loads(line)["file"]["url"] for line in answer.text.splitlines() if '"file"' in line)
    sent = len(requests.get(url, timeout=30).content)
    shared(reader, "shares/ohio/schemas/crm/tables/missing/version")
    rows = server.call("admin", "GET", f"/sharing/requests?recipient={who}").json["items"]
    assert [row["what"] for row in rows].count("query") == 1
    query = next(row for row in rows if row["what"] == "query")
    assert (query["share"], query["schema"], query["table"]) == ("ohio", "crm", "people")
    assert query["recipient_name"] == "counted"
    assert query["rows"] == 3
    assert query["files"] >= 1
    assert query["bytes"] >= sent
    assert query["address"] == "127.0.0.1"
    assert any(row["status"] == 404 for row in rows)
    assert any(row["what"] == "file" and row["bytes"] == sent for row in rows)
    day = server.call("admin", "GET", f"/sharing/usage?recipient={who}").json["items"][0]
    assert day["requests"] == len(rows)
    assert day["rows"] == 3
    assert day["bytes_sent"] == sent
    assert day["refused"] == 1


def test_who_may_not_share_an_object_publishes_nothing_of_it(server):
    assert server.call("viewer", "GET", "/shares").status == 403
    assert server.call("viewer", "POST", "/shares", {"name": "mine"}).status == 403
    assert server.call("member", "POST", "/shares", {"name": "members"}).status == 201
    assert server.call("member", "POST", "/shares/members/tables", {"object": "account"}).status == 201
    # Publishing is not granting.
    recipient(server, "nobody's", shares=[])
    assert server.call("member", "PUT", "/shares/members/recipients/nobody%27s").status == 403
    assert server.call("viewer", "GET", "/shares/members").status == 404


def test_secrets_are_told_once(server):
    profile = recipient(server, "secretive")
    token = profile["bearerToken"]
    for path in ("/recipients", "/recipients/secretive", "/audit", "/shares"):
        assert token.encode() not in server.call("admin", "GET", path).content
    assert base64.b64encode(token.encode()) not in server.call("admin", "GET", "/recipients").content
    assert urlsplit(profile["icebergEndpoint"]).path == "/iceberg"
