"""The official Python client against our MCP server, in the handshake era and in the stateless one."""

import asyncio
import contextlib
import itertools
import json
import uuid

import httpx2
import jsonschema
import pytest
from mcp.client.streamable_http import streamable_http_client

from mcp import Client, MCPError

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
# The client's mode, and the revision that must come of it.
ERAS = [("legacy", LEGACY), (MODERN, MODERN), ("auto", MODERN)]
# Those that are written field by field; what the CRM decides itself in a record stands in DECIDED.
OBJECTS = ["account", "contact", "lead", "opportunity", "product", "activity", "territory", "user"]

serial = itertools.count(1)


@contextlib.asynccontextmanager
async def connected(demo, mode="auto", token=None):
    headers = {"Authorization": f"Bearer {token or demo.api_token}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(demo.mcp_url, http_client=http), mode=mode) as client,
    ):
        yield client


def run(demo, steps, mode="auto", token=None):
    """Runs `await steps(client)` on a connection of its own and returns what it returned."""

    async def main():
        # A failure is carried out of the connection by hand: its task groups would wrap it several times over.
        async with connected(demo, mode, token) as client:
            try:
                return await steps(client), None
            except Exception as failure:
                return None, failure

    result, failure = asyncio.run(main())
    if failure is not None:
        raise failure
    return result


async def call(client, tool, **arguments):
    """The structured content of a call that succeeds. The client itself checks it against the outputSchema."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refusal(client, tool, **arguments):
    """The message of a call that fails."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result.structured_content
    assert result.structured_content is None
    return result.content[0].text


async def describe(client, name):
    return await call(client, "describe_object", object=name)


async def a_value(client, field):
    """Something that fits the field, different at each call."""
    number = next(serial)
    match field["type"]:
        case "text" | "long_text":
            return f"{field['label']} {number} {uuid.uuid4().hex[:8]}"
        case "integer":
            return number % 100 + 1
        case "decimal" | "money":
            return f"{number}.50"
        case "boolean":
            return number % 2 == 0
        case "date":
            return "2026-11-24"
        case "datetime":
            return "2026-11-24T10:00:00.000000Z"
        case "select":
            return field["options"][number % len(field["options"])]
        case "multi_select":
            return [f"Tag {uuid.uuid4().hex[:8]}"]
        case "email":
            return f"someone.{uuid.uuid4().hex[:8]}@example.com"
        case "phone":
            return f"+1 216 555 {number:04}"
        case "url":
            return f"https://example.com/{number}"
        case "relation":
            target = await describe(client, field["relation_object"])
            page = await call(client, f"list_{target['plural']}", page_size=1, fields=["id"])
            return page["items"][0]["id"] if page["items"] else None
    raise AssertionError(f"a field type without a value: {field['type']}")


DECIDED = {"role", "stage", "pipeline_id", "currency", "price_list_id", "related_object", "related_id", "status"}


async def all_values(client, described):
    values = {
        field["name"]: await a_value(client, field)
        for field in described["fields"]
        if not field["read_only"] and field["name"] not in DECIDED
    }
    return {name: value for name, value in values.items() if value is not None}


@pytest.mark.parametrize(("mode", "version"), ERAS)
def test_connects(demo, mode, version):
    async def steps(client):
        assert client.protocol_version == version
        if mode != MODERN:  # a pinned client asks for nothing when it connects
            assert client.server_capabilities.tools is not None
            assert client.server_capabilities.resources is not None
            assert client.server_capabilities.prompts is None
            assert client.server_info.name == "boathouse"
            assert "CRM" in client.instructions
        return await call(client, "whoami")

    me = run(demo, steps, mode)
    assert me["user"]["email"] == demo.email
    assert me["user"]["role"] == "admin"


@pytest.mark.parametrize(("mode", "version"), ERAS)
def test_every_object_has_its_tools_with_valid_schemas(demo, mode, version):
    async def steps(client):
        tools = []
        cursor = None
        while True:
            page = await client.list_tools(cursor=cursor)
            tools += page.tools
            cursor = page.next_cursor
            if cursor is None:
                return tools

    tools = {tool.name: tool for tool in run(demo, steps, mode)}
    for tool in tools.values():
        assert tool.description
        jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tool.input_schema["type"] == "object"

    async def names(client):
        objects = (await call(client, "list_objects"))["objects"]
        return {each["name"]: each["tools"] for each in objects}

    told = run(demo, names, mode)
    assert set(OBJECTS) <= set(told)
    for name, its_tools in told.items():
        assert f"get_{name}" in its_tools and f"create_{name}" in its_tools and f"update_{name}" in its_tools
        assert set(its_tools) <= set(tools)
        assert tools[f"get_{name}"].annotations.read_only_hint is True
        assert tools[f"create_{name}"].annotations.read_only_hint is False


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize(("mode", "version"), ERAS[:2])
def test_records_live_through_their_tools(demo, mode, version, name):
    async def steps(client):
        described = await describe(client, name)
        plural = described["plural"]
        values = await all_values(client, described)
        created = (await call(client, f"create_{name}", **values))["record"]
        assert created["version"] == 1
        for field, value in values.items():
            assert created[field] == value, field

        got = await call(client, f"get_{name}", id=created["id"])
        assert got["record"] == created
        for field in described["fields"]:
            if field["type"] == "relation" and got["record"][field["name"]] is not None:
                assert got["related"][got["record"][field["name"]]]["object"] == field["relation_object"]

        changeable = next(f for f in described["fields"] if f["name"] in values and f["type"] == "text")
        new_value = await a_value(client, changeable)
        change = {changeable["name"]: new_value}
        updated = (await call(client, f"update_{name}", id=created["id"], expected_version=1, **change))["record"]
        assert updated[changeable["name"]] == new_value
        assert updated["version"] == 2
        stale = await refusal(client, f"update_{name}", id=created["id"], expected_version=1, **change)
        assert "conflict" in stale and "version 2" in stale

        by_id = await call(client, f"list_{plural}", filter=f'id = "{created["id"]}"', include_total=True)
        assert by_id["items"] == [updated]
        assert by_id["total_size"] == 1
        title = updated[described["title_field"]]
        found = await call(client, f"search_{plural}", query=title, fields=["id"])
        assert created["id"] in [item["id"] for item in found["items"]]
        hits = (await call(client, "search", query=title, objects=[name]))["items"]
        assert {"object": name, "id": created["id"], "title": title} in [
            {key: hit[key] for key in ("object", "id", "title")} for hit in hits
        ]

    run(demo, steps, mode)


@pytest.mark.parametrize("name", OBJECTS)
def test_pages_hold_the_same_records_as_rest(demo, name):
    async def steps(client):
        plural = (await describe(client, name))["plural"]
        seen = {}
        token = None
        for _ in range(40):
            more = {"page_token": token} if token else {}
            page = await call(client, f"list_{plural}", order_by="created_at", page_size=100, **more)
            for item in page["items"]:
                assert item["id"] not in seen
                seen[item["id"]] = item
            token = page.get("next_page_token")
            if token is None:
                break
        return plural, seen, token is None

    plural, seen, whole = run(demo, steps)
    assert seen
    url = f"{demo.url}/api/v1/{plural}"
    headers = {"Authorization": f"Bearer {demo.api_token}"}
    params = {"order_by": "created_at", "page_size": 1000}
    checked = 0
    with httpx2.Client(headers=headers, timeout=30) as http:
        while checked < len(seen):
            page = http.get(url, params=params).raise_for_status().json()
            for item in page["items"][: len(seen) - checked]:
                assert seen[item["id"]] == item
                checked += 1
            if "next_page_token" not in page:
                break
            params["page_token"] = page["next_page_token"]
        else:
            page = {}
    assert checked == len(seen)
    if whole:
        assert "next_page_token" not in page


def test_wrong_arguments_are_told(demo):
    async def steps(client):
        assert "/name [required]" in await refusal(client, "create_account")
        assert "/name [wrong_type]" in await refusal(client, "create_account", name=7)
        assert "/nmae [unknown_field]" in await refusal(client, "create_account", name="x", nmae="y")
        assert "/type [not_an_option]" in await refusal(client, "create_account", name="x", type="friend")
        assert "/annual_revenue" in await refusal(client, "create_account", name="x", annual_revenue="plenty")
        assert "/number_of_employees" in await refusal(client, "create_account", name="x", number_of_employees=-1)
        assert "/close_date" in await refusal(client, "create_opportunity", name="x", close_date="2026-02-30")
        assert "/email" in await refusal(client, "create_contact", last_name="x", email="nowhere")
        assert "/account_id" in await refusal(client, "create_contact", last_name="x", account_id=str(uuid.uuid4()))
        assert "/created_at" in await refusal(client, "create_account", name="x", created_at="2026-01-01T00:00:00Z")
        assert "/name" in await refusal(client, "create_account", name="x" * 100_000)
        assert "not_found" in await refusal(client, "get_account", id=str(uuid.uuid4()))
        assert "/id" in await refusal(client, "get_account", id="Acme")
        assert "filter" in await refusal(client, "list_accounts", filter="name = = 3")
        assert "nmae" in await refusal(client, "list_accounts", filter='nmae = "x"')
        assert "/page_size" in await refusal(client, "list_accounts", page_size=100_000)
        assert "page_token" in await refusal(client, "list_accounts", page_token="forged")
        with pytest.raises(MCPError) as unknown:
            await client.call_tool("drop_tables", {})
        assert unknown.value.error.code == -32602

    run(demo, steps)


@pytest.mark.parametrize(("mode", "version"), ERAS[:2])
def test_a_viewer_reads_and_does_not_write(demo, mode, version):
    async def steps(client):
        me = await call(client, "whoami")
        assert me["user"]["role"] == "viewer"
        page = await call(client, "list_accounts", page_size=1)
        account = page["items"][0]
        assert "forbidden" in await refusal(client, "create_account", name="Not mine")
        assert "forbidden" in await refusal(client, "update_account", id=account["id"], name="Not mine")
        assert (await call(client, "get_account", id=account["id"]))["record"] == account

    run(demo, steps, mode, demo.viewer_api_token)


def test_a_bad_token_is_refused(demo):
    for token in ["wrong", demo.api_token[:-1]]:
        with pytest.raises(BaseException, match="401|nauthorized|unhandled"):
            run(demo, lambda client: client.list_tools(), token=token)


@pytest.mark.parametrize(("mode", "version"), ERAS[:2])
def test_resources_describe_the_model(demo, mode, version):
    async def steps(client):
        resources = (await client.list_resources()).resources
        objects = (await call(client, "list_objects"))["objects"]
        assert len(resources) == len(objects) + 1
        for resource in resources:
            contents = (await client.read_resource(resource.uri)).contents
            assert contents[0].mime_type == "application/json"
            assert json.loads(contents[0].text)
        assert (await client.list_resource_templates()).resource_templates == []
        with pytest.raises(MCPError) as missing:
            await client.read_resource("boathouse://model/car")
        assert missing.value.error.code == (-32002 if mode == "legacy" else -32602)

    run(demo, steps, mode)


def test_a_write_is_seen_at_once_from_another_connection(demo):
    async def steps(writer):
        async with connected(demo, MODERN) as reader:
            for _ in range(5):
                name = f"Seen at once {uuid.uuid4().hex}"
                created = (await call(writer, "create_account", name=name))["record"]
                page = await call(reader, "list_accounts", filter=f'name = "{name}"')
                assert [item["id"] for item in page["items"]] == [created["id"]]

    run(demo, steps, "legacy")


def test_many_calls_at_once(demo):
    async def steps(client):
        pages = await asyncio.gather(*[call(client, "list_accounts", page_size=5) for _ in range(40)])
        assert all(page == pages[0] for page in pages)

    for mode in ("legacy", MODERN):
        run(demo, steps, mode)


def test_the_lakehouse_answers_and_its_sql_says_the_same(demo):
    async def steps(client):
        told = await call(client, "describe_lakehouse")
        assert told["metrics"] and told["dimensions"]
        question = "What is the lifetime gross margin by account for the Cleveland territory?"
        answer = await call(client, "ask_lakehouse", question=question, max_rows=1000)
        assert answer["question"] == question
        assert answer["row_count"] == len(answer["rows"]) > 0
        assert all(len(row) == len(answer["columns"]) for row in answer["rows"])
        assert not answer["truncated"]
        few = await call(client, "ask_lakehouse", question=question, max_rows=2)
        assert few["rows"] == answer["rows"][:2]
        assert few["row_count"] == answer["row_count"]
        assert few["truncated"] is True
        confused = await refusal(client, "ask_lakehouse", question="How tall is the moon?")
        assert "invalid" in confused
        return answer

    answer = run(demo, steps)

    async def directly():
        async with Client(streamable_http_client(demo.lakehouse_mcp_url)) as lakehouse:
            return await call(lakehouse, "execute_sql_read_only", query=answer["sql"])

    table = asyncio.run(directly())
    assert table["rows"] == answer["rows"]
    # The accounts named are those of the CRM, by their numbers.
    numbers = [column["name"] for column in answer["columns"]].index("account_number")

    async def known(client):
        condition = f'account_number = "{answer["rows"][0][numbers]}"'
        return (await call(client, "list_accounts", filter=condition))["items"]

    assert len(run(demo, known)) == 1


@pytest.mark.parametrize(("mode", "version"), ERAS)
def test_the_lakehouse_speaks_to_the_official_client_too(demo, mode, version):
    async def main():
        async with Client(streamable_http_client(demo.lakehouse_mcp_url), mode=mode) as lakehouse:
            assert lakehouse.protocol_version == version
            tools = {tool.name for tool in (await lakehouse.list_tools()).tools}
            assert "execute_sql_read_only" in tools
            table = await call(lakehouse, "execute_sql_read_only", query="SELECT 1 AS one, 'x' AS word")
            assert table["rows"] == [[1, "x"]]
            refused = await lakehouse.call_tool("execute_sql_read_only", {"query": "DROP TABLE x"})
            assert refused.is_error

    asyncio.run(main())
