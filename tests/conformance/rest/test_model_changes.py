"""An administrator adds an object and a field over REST; each surface has them at the next request, as real clients see."""

import asyncio
import json

import delta_sharing
import httpx2
import pytest
from mcp.client.streamable_http import streamable_http_client
from openapi_spec_validator import OpenAPIV31SpecValidator

from mcp import Client

MACHINE = {
    "name": "machine",
    "plural": "machines",
    "fields": [
        {"name": "account_id", "type": "relation", "relation": {"object": "account"}},
        {"name": "price", "type": "money"},
        {"name": "serial_number", "type": "text", "unique": True, "searchable": True},
    ],
}
SEGMENT = {"name": "segment", "type": "select", "options": ["gold", "silver"], "searchable": True}
# An object may be called like something that the API's own description already has.
AWKWARD = [("session", "sessions"), ("problem", "sources"), ("account_page", "account_pages")]


@pytest.fixture(scope="module")
def changed(server):
    """The server after the changes, with a record from before and one from after."""
    server.before = server.make("accounts", name="Older Works")
    # Tables and tools are read once before, so that nothing kept from then may answer later.
    assert list(frame(server, "accounts")["name"]) == ["Older Works"]
    assert "create_machine" not in tools(server)
    added = server.call("admin", "POST", "/objects", MACHINE)
    assert added.status == 201, added.content
    assert added.headers["Location"] == "/api/v1/objects/machine"
    added = server.call("admin", "POST", "/objects/account/fields", SEGMENT)
    assert added.status == 201, added.content
    server.after = server.make("accounts", name="Newer Works", segment="gold")
    server.machine = server.make(
        "machines", name="Press 4", price="1200.5", serial_number="SN-77", account_id=server.after["id"]
    )
    return server


def frame(server, table):
    return delta_sharing.load_as_pandas(f"{server.profile_path}#boathouse.crm.{table}")


def with_mcp(server, steps):
    async def main():
        headers = {"Authorization": f"Bearer {server.api_token}"}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=30) as http,
            Client(streamable_http_client(server.url + "/mcp", http_client=http)) as client,
        ):
            return await steps(client)

    return asyncio.run(main())


def tools(server):
    async def steps(client):
        known, page = {}, await client.list_tools()
        while True:
            known |= {tool.name: tool for tool in page.tools}
            if not page.next_cursor:
                return known
            page = await client.list_tools(cursor=page.next_cursor)

    return with_mcp(server, steps)


def test_rest_has_them(changed):
    record = changed.call("member", "GET", "/machines/" + changed.machine["id"])
    assert record.json["price"] == "1200.50"
    changed_by_member = changed.call("member", "PATCH", "/machines/" + changed.machine["id"], {"price": "1300"})
    assert changed_by_member.json["version"] == 2
    history = changed.call("viewer", "GET", f"/machines/{changed.machine['id']}/history").json["items"]
    assert [entry["op"] for entry in history] == ["update", "create"]
    assert changed.call("admin", "GET", "/accounts/" + changed.before["id"]).json["segment"] is None
    gold = changed.call("admin", "GET", "/accounts?filter=segment%20%3D%20gold").json["items"]
    assert [account["name"] for account in gold] == ["Newer Works"]


def test_search_finds_them(changed):
    found = changed.call("viewer", "GET", "/search?q=SN-77").json["items"]
    assert [(hit["object"], hit["id"]) for hit in found] == [("machine", changed.machine["id"])]
    found = changed.call("viewer", "GET", "/search?q=gold&objects=account").json["items"]
    assert [hit["title"] for hit in found] == ["Newer Works"]


def test_an_entity_tag_from_before_the_field_is_no_longer_fresh(changed):
    path = "/accounts/" + changed.before["id"]
    now = changed.call("admin", "GET", path, headers={"If-None-Match": '"1"'})
    assert now.status == 200
    assert now.json["version"] == 1
    assert changed.call("admin", "GET", path, headers={"If-None-Match": now.headers["ETag"]}).status == 304


def test_openapi_has_them_for_those_who_are_signed_in(changed):
    stranger = changed.call(None, "GET", "/openapi.json")
    member = changed.call("member", "GET", "/openapi.json").json
    assert list(OpenAPIV31SpecValidator(member).iter_errors()) == []
    assert "segment" in member["components"]["schemas"]["AccountCreate"]["properties"]
    assert "/machines/{id}" in member["paths"]
    assert stranger.status == 200
    assert "/machines" not in stranger.json["paths"]
    assert "segment" not in stranger.json["components"]["schemas"]["AccountCreate"]["properties"]


def test_an_import_fills_them(changed):
    csv = "No,Name\nSN-1,Lathe\nSN-2,Mill\n"
    columns = {"No": "serial_number", "Name": "name"}
    mapping = {"key": "serial_number", "columns": columns}
    request = {"object": "machine", "mapping": mapping, "csv": csv}
    report = changed.call("member", "POST", "/imports", request)
    assert report.status == 200, report.content
    assert report.json["created"] == 2
    again = changed.call("member", "POST", "/imports", request)
    assert again.json["unchanged"] == 2


def test_the_mcp_client_has_tools_for_them(changed):
    known = tools(changed)
    assert {"create_machine", "update_machine"} <= set(known)
    assert "segment" in json.dumps(known["create_account"].input_schema)

    async def steps(client):
        # The client itself checks what comes back against the tool's outputSchema.
        made = await client.call_tool("create_machine", {"name": "Grinder", "price": "9.5"})
        assert not made.is_error, made.content
        old = await client.call_tool("get_account", {"id": changed.before["id"]})
        assert not old.is_error, old.content
        return made.structured_content, old.structured_content

    made, old = with_mcp(changed, steps)
    record = made.get("record", made)
    assert changed.call("admin", "GET", "/machines/" + record["id"]).json["price"] == "9.50"
    assert old.get("record", old)["segment"] is None


def test_the_delta_client_reads_a_new_table_and_a_new_column(changed):
    accounts = frame(changed, "accounts").set_index("name")["segment"]
    assert accounts["Newer Works"] == "gold"
    assert accounts.isna()["Older Works"]
    machines = frame(changed, "machines")
    over_rest = changed.call("admin", "GET", "/machines?page_size=1000").json["items"]
    assert sorted(machines["id"].astype(str)) == sorted(machine["id"] for machine in over_rest)
    shared = delta_sharing.SharingClient(str(changed.profile_path)).list_all_tables()
    assert "machines" in {table.name for table in shared}


def test_nothing_is_required_of_records_that_lack_it(changed):
    field = {"name": "plant_code", "type": "text", "required": True}
    refused = changed.call("admin", "POST", "/objects/account/fields", field)
    assert refused.status == 409
    assert refused.json["errors"][0]["field"] == "/required"
    # There are no territories yet.
    assert changed.call("admin", "POST", "/objects/territory/fields", field).status == 201
    refused = changed.call("member", "POST", "/territories", {"name": "Without"})
    assert (refused.status, refused.json["errors"][0]["field"]) == (400, "/plant_code")
    changed.make("territories", name="With", plant_code="OH-1")
    assert list(frame(changed, "territories")["plant_code"]) == ["OH-1"]


def test_new_labels_are_told_and_names_stay(changed):
    answer = changed.call("admin", "PATCH", "/objects/machine", {"label": "Asset", "label_plural": "Assets"})
    assert (answer.json["label"], answer.json["name"]) == ("Asset", "machine")
    answer = changed.call("admin", "PATCH", "/objects/machine/fields/price", {"label": "List price"})
    assert answer.json["label"] == "List price"
    told = changed.call("viewer", "GET", "/objects/machine").json
    assert told["label_plural"] == "Assets"
    assert {field["name"]: field["label"] for field in told["fields"]}["price"] == "List price"


def test_names_of_our_own_schemas_may_be_used(changed):
    for name, plural in AWKWARD:
        assert changed.call("admin", "POST", "/objects", {"name": name, "plural": plural}).status == 201
        changed.make(plural, name="Taken")
    document = changed.call("admin", "GET", "/openapi.json").json
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    assert "token" in document["components"]["schemas"]["Session"]["properties"]


def test_only_administrators_change_the_model(changed):
    for role in ("member", "viewer"):
        assert changed.call(role, "POST", "/objects", {"name": "x", "plural": "xs"}).status == 403
        assert changed.call(role, "POST", "/objects/account/fields", {"name": "x", "type": "text"}).status == 403
        assert changed.call(role, "PATCH", "/objects/account", {"label": "X"}).status == 403
        assert changed.call(role, "PATCH", "/objects/account/fields/name", {"label": "X"}).status == 403


# What schemathesis is kept from (schemathesis.toml): path, body, the status and the pointer that come back.
BAD = [
    ("/objects", [], 400, ""),
    ("/objects", {}, 400, "/name"),
    ("/objects", {"name": "A b", "plural": "abs"}, 400, "/name"),
    ("/objects", {"name": "a" * 41, "plural": "abs"}, 400, "/name"),
    ("/objects", {"name": "x", "plural": 7}, 400, "/plural"),
    ("/objects", {"name": "x", "plural": "x"}, 400, "/plural"),
    ("/objects", {"name": "x", "plural": "recipients"}, 400, "/plural"),
    ("/objects", {"name": "x", "plural": "accounts"}, 409, "/plural"),
    ("/objects", {"name": "x", "plural": "xs", "label": "l" * 81}, 400, "/label"),
    ("/objects", {"name": "x", "plural": "xs", "fields": {}}, 400, "/fields"),
    ("/objects", {"name": "x", "plural": "xs", "fields": [7]}, 400, "/fields/0"),
    ("/objects", {"name": "x", "plural": "xs", "fields": [{"name": "serial", "type": "id"}]}, 400, "/fields/0/type"),
    ("/objects", {"name": "x", "plural": "xs", "fields": [{"name": "name", "type": "date"}]}, 400, "/fields"),
    ("/objects/account/fields", None, 400, ""),
    ("/objects/account/fields", {"name": "x"}, 400, "/type"),
    ("/objects/account/fields", {"name": "x", "type": "text", "colour": 1}, 400, "/colour"),
    ("/objects/account/fields", {"name": "x", "type": "text", "unique": "yes"}, 400, "/unique"),
    ("/objects/account/fields", {"name": "x", "type": "text", "max_length": 256}, 400, "/max_length"),
    ("/objects/account/fields", {"name": "x", "type": "text", "max_length": "9"}, 400, "/max_length"),
    ("/objects/account/fields", {"name": "x", "type": "integer", "minimum": 2, "maximum": 1}, 400, "/minimum"),
    ("/objects/account/fields", {"name": "x", "type": "integer", "default": "many"}, 400, "/default"),
    ("/objects/account/fields", {"name": "x", "type": "select"}, 400, "/options"),
    ("/objects/account/fields", {"name": "x", "type": "select", "options": [None]}, 400, "/options/0"),
    ("/objects/account/fields", {"name": "x", "type": "select", "options": ["a", "a"]}, 400, "/options/1/value"),
    ("/objects/account/fields", {"name": "x", "type": "relation"}, 400, "/relation/object"),
    ("/objects/account/fields", {"name": "name", "type": "text"}, 409, "/name"),
]


@pytest.mark.parametrize(("path", "body", "status", "pointer"), BAD)
def test_a_wrong_definition_is_refused_with_its_place(server, path, body, status, pointer):
    before = server.call("admin", "GET", "/objects").json
    answer = server.call("admin", "POST", path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    assert answer.status == status, answer.content
    assert answer.json["errors"][0]["field"].startswith(pointer)
    assert server.call("admin", "GET", "/objects").json == before


COMPUTED = [
    {"name": "finishes", "type": "multi_select", "options": ["raw", "zinc", "paint"], "searchable": True},
    {"name": "list_price", "type": "money", "currency": "eur"},
    {"name": "net_price", "type": "money", "formula": "round(list_price * 0.9, 2)", "indexed": True},
]


@pytest.fixture(scope="module")
def computed(server):
    definition = {"name": "casting", "plural": "castings", "fields": COMPUTED}
    added = server.call("admin", "POST", "/objects", definition)
    assert added.status == 201, added.content
    server.casting = server.make("castings", name="Flange", list_price="19.99", finishes=["zinc", "raw"])
    return server


def test_several_values_and_formulas_are_in_rest_search_and_history(computed):
    path = "/castings/" + computed.casting["id"]
    record = computed.call("member", "GET", path).json
    assert (record["finishes"], record["net_price"]) == (["raw", "zinc"], "17.99")
    fields = {field["name"]: field for field in computed.call("member", "GET", "/objects/casting").json["fields"]}
    assert fields["list_price"]["currency"] == "EUR"
    assert fields["net_price"]["read_only"] is True
    found = computed.call("viewer", "GET", "/search?q=zinc&objects=casting").json["items"]
    assert [hit["id"] for hit in found] == [record["id"]]
    assert computed.call("member", "PATCH", path, {"finishes": ["paint"], "list_price": "10"}).status == 200
    newest = computed.call("viewer", "GET", path + "/history").json["items"][0]
    assert newest["changes"]["finishes"] == {"from": ["raw", "zinc"], "to": ["paint"]}
    assert newest["changes"]["net_price"] == {"from": "17.99", "to": "9.00"}
    assert computed.call("member", "PATCH", path, {"net_price": "1"}).status == 400
    assert computed.call("member", "PATCH", path, {"finishes": "paint"}).status == 400


def test_several_values_and_formulas_are_in_imports_tools_and_tables(computed):
    csv = "Name,Finish,Price\nElbow,zinc;raw,100\nTee,wood,1\n"
    columns = {"Name": "name", "Finish": "finishes", "Price": "list_price"}
    request = {"object": "casting", "mapping": {"key": "name", "columns": columns}, "csv": csv}
    report = computed.call("member", "POST", "/imports", request).json
    assert (report["created"], report["rejected"]) == (1, 1)

    async def steps(client):
        made = await client.call_tool("create_casting", {"name": "Cap", "finishes": ["raw"], "list_price": "2"})
        assert not made.is_error, made.content
        return made.structured_content

    made = with_mcp(computed, steps)
    record = made.get("record", made)
    assert (record["finishes"], record["net_price"]) == (["raw"], "1.80")
    table = frame(computed, "castings").set_index("name")
    assert table["finishes"]["Elbow"] == "raw;zinc"
    assert str(table["net_price"]["Elbow"]) == "90.0000"
    schemas = computed.call("member", "GET", "/openapi.json").json["components"]["schemas"]
    create = schemas["Custom_castingCreate"]["properties"]
    assert create["finishes"]["items"]["enum"] == ["raw", "zinc", "paint"]
    assert "net_price" not in create


def test_a_model_outlives_its_server(changed):
    import workspace

    changed.stop()
    with workspace.Server(changed.data) as again:
        answer = again.send("GET", "/machines/" + changed.machine["id"], changed.api_token)
        assert answer.json["serial_number"] == "SN-77"
