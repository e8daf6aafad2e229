"""The protocol's letter: what each endpoint answers, and how it refuses."""

import datetime
import json

import pytest
import requests
from live_view import Rest, Share, files, lines, now_ms

SCHEMA = "/shares/boathouse/schemas/crm"
QUARTER_HOUR_MS = 15 * 60 * 1000


@pytest.fixture(scope="module")
def share(demo):
    return Share(demo)


def refused(answer, status, code):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["errorCode"] == code
    assert body["message"]
    return body["message"]


def invalid(answer):
    return refused(answer, 400, "INVALID_PARAMETER_VALUE")


def test_only_a_recipients_token_opens(demo, share):
    url = share.endpoint + "/shares"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {demo.api_token}"}):
        answer = requests.get(url, headers=headers)
        refused(answer, 401, "UNAUTHENTICATED")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    # And a recipient's token opens nothing else.
    bearer = {"Authorization": share.session.headers["Authorization"]}
    assert requests.get(f"{demo.url}/api/v1/accounts", headers=bearer).status_code == 401
    assert requests.post(demo.mcp_url, headers=bearer, json={}).status_code == 401


def test_names_are_found_in_any_case_and_missing_ones_are_not(share):
    assert share.get("/shares/BoatHouse").json()["share"]["name"] == "boathouse"
    assert share.get("/shares/boathouse/schemas/CRM/tables/Accounts/version").status_code == 200
    for path in (
        "/shares/other",
        "/shares/other/schemas",
        "/shares/boathouse/schemas/other/tables",
        SCHEMA + "/tables/account/version",
        SCHEMA + "/tables/nothing/metadata",
        "/nothing",
    ):
        refused(share.get(path), 404, "RESOURCE_DOES_NOT_EXIST")
    head = share.session.head(share.endpoint + SCHEMA + "/tables/nothing")
    assert (head.status_code, head.content) == (404, b"")


def test_lists_come_in_pages(share):
    whole = share.get("/shares/boathouse/all-tables").json()
    assert "nextPageToken" not in whole
    names, token = [], None
    while True:
        params = {"maxResults": 3} | ({"pageToken": token} if token else {})
        page = share.get("/shares/boathouse/all-tables", params=params).json()
        assert len(page["items"]) <= 3
        names += [item["name"] for item in page["items"]]
        token = page.get("nextPageToken")
        if not token:
            break
        invalid(share.get(SCHEMA + "/tables", params={"pageToken": token}))
    assert names == [item["name"] for item in whole["items"]]
    assert names == [item["name"] for item in share.get(SCHEMA + "/tables").json()["items"]]
    nothing = share.get("/shares", params={"maxResults": 0}).json()
    assert nothing["items"] == [] and nothing["nextPageToken"]
    for wrong in (-1, 501, "abc"):
        invalid(share.get("/shares", params={"maxResults": wrong}))
    invalid(share.get("/shares", params={"pageToken": "made-up"}))
    ids = {item["id"] for item in whole["items"]}
    assert len(ids) == len(names)
    assert ids == {item["id"] for item in share.get("/shares/boathouse/all-tables").json()["items"]}


def test_a_table_has_a_version(share):
    table = SCHEMA + "/tables/users"
    version = share.get(table + "/version")
    assert version.content == b""
    head = share.session.head(share.endpoint + table)
    assert head.headers["Delta-Table-Version"] == version.headers["Delta-Table-Version"]
    assert share.get(table).json()["format"] == "delta"
    first = share.get(table + "/version", params={"startingTimestamp": "2001-01-01T00:00:00Z"})
    assert first.headers["Delta-Table-Version"] == "0"
    invalid(share.get(table + "/version", params={"startingTimestamp": "2101-01-01T00:00:00Z"}))
    invalid(share.get(table + "/version", params={"startingTimestamp": "yesterday"}))


CAPABILITIES = {
    None: "parquet",
    "responseformat=parquet": "parquet",
    "ResponseFormat=Delta": "delta",
    "readerfeatures=deletionvectors,columnmapping; responseformat=delta": "delta",
    "responseformat=parquet,delta": "parquet",
    "responseformat=delta,parquet;readerfeatures=deletionvectors": "parquet",
    "responseformat=avro,delta": "delta",
}


@pytest.mark.parametrize("asked", CAPABILITIES)
def test_the_client_gets_a_format_it_reads(share, asked):
    headers = {"delta_sharing_capabilities": asked} if asked else {}
    answer = share.query("users", **headers)
    metadata = share.get(SCHEMA + "/tables/users/metadata", headers={"delta-sharing-capabilities": asked or ""})
    for got in (answer, metadata):
        assert got.headers["Delta-Sharing-Capabilities"] == f"responseformat={CAPABILITIES[asked]}"
        assert got.headers["Content-Type"].startswith("application/x-ndjson")
    protocol, described, *rest = lines(answer)
    assert [protocol, described] == lines(metadata)
    if CAPABILITIES[asked] == "delta":
        assert protocol == {"protocol": {"deltaProtocol": {"minReaderVersion": 1, "minWriterVersion": 2}}}
        details = described["metaData"]["deltaMetadata"]
        urls = [line["file"]["deltaSingleAction"]["add"]["path"] for line in rest]
    else:
        assert protocol == {"protocol": {"minReaderVersion": 1}}
        details = described["metaData"]
        urls = [line["file"]["url"] for line in rest]
    assert [f["name"] for f in json.loads(details["schemaString"])["fields"]][:2] == ["id", "version"]
    assert urls and all("X-Amz-Signature=" in url for url in urls)


def test_the_python_client_is_given_delta(share):
    answer = share.query(
        "users", delta_sharing_capabilities="responseformat=delta,parquet", user_agent="Delta-Sharing-Python/1.4.2"
    )
    assert answer.headers["Delta-Sharing-Capabilities"] == "responseformat=delta"
    invalid(share.query("users", delta_sharing_capabilities="responseformat=avro"))


def test_files_are_described_exactly(share):
    answer = share.query("activities")
    found = files(answer)
    assert len({file["id"] for file in found}) == len(found) <= 10
    rows = 0
    for file in found:
        assert file["partitionValues"] == {}
        assert file["expirationTimestamp"] > now_ms() + QUARTER_HOUR_MS
        assert len(requests.get(file["url"]).content) == file["size"]
        rows += json.loads(file["stats"])["numRecords"]
    described = next(line["metaData"] for line in lines(answer) if "metaData" in line)
    assert described["numFiles"] == len(found)
    assert described["size"] == sum(file["size"] for file in found)
    assert rows >= 20000
    # The same content keeps its ids.
    assert [file["id"] for file in files(share.query("activities"))] == [file["id"] for file in found]


def test_bodies_are_checked(share):
    url = f"{share.endpoint}{SCHEMA}/tables/users/query"
    post = share.session.post
    assert post(url).status_code == 200
    for body in ("{", "[]", '"text"', '{"version": 1, "version": 2}'):
        assert post(url, data=body, headers={"Content-Type": "application/json"}).status_code == 400
    assert post(url, data="a=1", headers={"Content-Type": "application/x-www-form-urlencoded"}).status_code == 400
    for body in (
        {"version": "one"},
        {"version": -1},
        {"version": 1.5},
        {"limitHint": -1},
        {"maxFiles": 0},
        {"predicateHints": "a"},
        {"jsonPredicateHints": {}},
        {"version": 0, "timestamp": "2026-01-01T00:00:00Z"},
        {"timestamp": "then"},
        {"timestamp": "2001-01-01T00:00:00Z"},
        {"version": 999999},
        {"refreshToken": "made-up"},
        {"pageToken": "made-up", "maxFiles": 1},
    ):
        invalid(share.query("users", body))
    refused(share.query("users", {"startingVersion": 0}), 400, "NOT_IMPLEMENTED")
    assert share.query("users", {"responseFormat": "delta", "unknown": [1]}).status_code == 200


def test_hints_never_fail(share):
    whole = [file["id"] for file in files(share.query("users"))]
    for body in (
        {"predicateHints": ["name = 'x'", "not sql at all (", "string"]},
        {"predicateHints": ["x" * 1_000_000]},
        {"jsonPredicateHints": "not json"},
        {"jsonPredicateHints": '{"op":"equal","children":[]}', "limitHint": 1},
    ):
        assert [file["id"] for file in files(share.query("users", body))] == whole
    assert files(share.query("users", {"limitHint": 0})) == []
    assert len(files(share.query("users", {"limitHint": 1}))) == 1


def end_of(answer):
    return lines(answer)[-1].get("endStreamAction")


def test_the_end_is_told_only_when_asked_for(share):
    assert end_of(share.query("users")) is None
    asked = share.query("users", delta_sharing_capabilities="responseformat=parquet;includeendstreamaction=true")
    assert "includeendstreamaction=true" in asked.headers["Delta-Sharing-Capabilities"]
    assert end_of(asked)["minUrlExpirationTimestamp"] > now_ms() + QUARTER_HOUR_MS
    assert "refreshToken" not in end_of(asked)


def test_a_refresh_token_pins_what_was_read(demo, share):
    first = share.query("territories", {"includeRefreshToken": True})
    token = end_of(first)["refreshToken"]
    rest = Rest(demo, "territories")
    record = rest.create({"name": "Made after the token"})
    again = share.query("territories", {"refreshToken": token, "includeRefreshToken": True})
    assert again.headers["Delta-Table-Version"] == first.headers["Delta-Table-Version"]
    assert [file["id"] for file in files(again)] == [file["id"] for file in files(first)]
    newest = share.query("territories")
    assert int(newest.headers["Delta-Table-Version"]) > int(first.headers["Delta-Table-Version"])
    invalid(share.query("users", {"refreshToken": token}))
    invalid(share.query("territories", {"refreshToken": token, "version": 0}))
    rest.delete(record["id"])


def test_pages_of_files_are_one_version(demo, share):
    rest = Rest(demo, "activities")
    record = rest.create({"type": "note", "subject": "So that there are two files"})
    whole = share.query("activities")
    ids = [file["id"] for file in files(whole)]
    assert len(ids) >= 2
    seen, body, heads = [], {"maxFiles": 1}, set()
    while True:
        page = share.query("activities", body)
        heads.add((page.headers["Delta-Table-Version"], "\n".join(page.text.splitlines()[:2])))
        assert len(files(page)) == 1
        seen += [file["id"] for file in files(page)]
        token = end_of(page).get("nextPageToken")
        if not token:
            break
        rest.update(record["id"], {"subject": f"Changed between pages {len(seen)}"})
        invalid(share.query("activities", {"maxFiles": 1, "pageToken": token, "limitHint": 5}))
        invalid(share.query("accounts", {"maxFiles": 1, "pageToken": token}))
        body = {"maxFiles": 1, "pageToken": token}
    assert seen == ids
    assert len(heads) == 1
    rest.delete(record["id"])


def test_time_travel(demo, share):
    rest = Rest(demo, "products")
    first = share.query("products")
    version = int(first.headers["Delta-Table-Version"])
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    record = rest.create({"name": "A product of later"})
    assert int(share.query("products").headers["Delta-Table-Version"]) == version + 1
    pinned = share.query("products", {"version": version})
    assert pinned.headers["Delta-Table-Version"] == str(version)
    assert all(file["version"] == version and file["timestamp"] > 0 for file in files(pinned))
    assert share.query("products", {"timestamp": stamp}).headers["Delta-Table-Version"] == str(version)
    metadata = share.get(SCHEMA + "/tables/products/metadata", params={"version": version})
    assert lines(metadata)[1]["metaData"]["version"] == version
    for params in ({"version": version, "timestamp": stamp}, {"version": -1}, {"version": 99999}, {"version": "x"}):
        invalid(share.get(SCHEMA + "/tables/products/metadata", params=params))
    rest.delete(record["id"])


def test_file_ids_follow_the_scheme_that_was_asked_for(share):
    plain = share.query("users")
    assert "fileidhash" not in plain.headers
    parquet, delta = share.query("users", fileidhash="Parquet"), share.query("users", fileidhash="delta")
    assert parquet.headers["fileidhash"] == "parquet"
    assert delta.headers["fileidhash"] == "delta"
    assert files(parquet)[0]["id"] == files(plain)[0]["id"] != files(delta)[0]["id"]
    for wrong in ("md5", ""):
        invalid(share.query("users", fileidhash=wrong))


def test_what_is_not_offered_says_so(share):
    table = SCHEMA + "/tables/users"
    refused(share.get(table + "/changes", params={"startingVersion": 0}), 400, "NOT_IMPLEMENTED")
    post = share.session.post
    refused(post(share.endpoint + table + "/temporary-table-credentials", json={}), 400, "NOT_IMPLEMENTED")
    refused(post(share.endpoint + table + "/queries/abc", json={}), 404, "RESOURCE_DOES_NOT_EXIST")
    assert post(share.endpoint + table + "/metadata").status_code == 405
