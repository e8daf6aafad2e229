"""Nothing that a role denies comes out anywhere: every route is walked as a restricted user, and every byte of every
answer is searched for what that user must not see."""

import datetime
import json
import re
import threading
import urllib.parse
import urllib.request
import uuid

import pytest

# In fields that the role denies, of records that the user may read.
FIELD = "zqfieldzq"
# In every text of records that the user may not read.
RECORD = "zqrecordzq"
REVENUE = "735119246.55"
SECRETS = [FIELD, RECORD, REVENUE, "735119246"]
# The beginnings of the secrets, for searches: an answer may repeat what it was asked.
PREFIXES = ["zqfi", "zqre"]

ROLE = {
    "name": "rep",
    "objects": {
        "*": {"read": "own", "create": True, "update": "own", "delete": "own", "export": True, "share": True},
        "account": {"fields": {"annual_revenue": "none", "website": "none", "billing_city": "none"}},
        "contact": {"fields": {"first_name": "none", "description": "none", "title": "read"}},
        "opportunity": {"fields": {"amount": "none", "description": "none"}},
        "lead": {"read": "none"},
    },
}
# Objects whose records belong to nobody, so that everybody reads them.
REFERENCE = {
    "product", "price_list", "price_list_entry", "pipeline", "stage", "territory", "territory_rule", "tag", "team",
    "queue", "user",
}  # fmt: skip
METHODS = {"get", "post", "patch", "put", "delete"}
# What does not end by itself, or ends the session of this test.
SKIPPED = {"/auth/sign-out", "/auth/sessions"}


def denied(object_name, field):
    return ROLE["objects"].get(object_name, {}).get("fields", {}).get(field) == "none"


def value_for(field, word):
    """A value of the field that can be found again; None where its type holds no words."""
    if field["type"] in ("text", "long_text"):
        return f"{word} {field['name']}"
    if field["type"] == "email":
        return f"{word}{uuid.uuid4().hex[:8]}@example.com"
    if field["type"] == "url":
        return f"https://{word}.example.com/"
    if field["type"] == "money":
        return REVENUE
    return None


class Walk:
    """A workspace with records of the restricted user and of others, and what the user was answered."""

    def __init__(self, server):
        self.server = server
        self.objects = {each["name"]: each for each in self.call("GET", "/objects", admin=True).json["objects"]}
        made = self.call("POST", "/roles", ROLE, admin=True)
        assert made.status == 201, made.content
        self.user = server.make("users", name="Rep", email="rep@acme.test", role="rep")["id"]
        token = self.call("POST", "/api-tokens", {"name": "walk", "user_id": self.user}, admin=True)
        assert token.status == 201, token.content
        self.token = token.json["token"]
        self.own = {}
        self.others = {}
        for kind, owner, word in ((self.own, self.user, FIELD), (self.others, None, RECORD)):
            for name in self.objects:
                if name not in REFERENCE:
                    record = self.make(name, owner, word)
                    if record:
                        kind[name] = record

    def call(self, method, path, body=None, admin=False):
        token = self.server.api_token if admin else self.token
        return self.server.send(method, path, token, body)

    def make(self, name, owner, word):
        """A record with the word in every text; the user's own have it only in denied fields."""
        fields = {}
        known = self.own if owner else self.others
        for field in self.objects[name]["fields"]:
            if field["read_only"] or field["name"] in (
                "related_object",
                "related_id",
                "stage",
                "content_type",
                "currency",
            ):
                continue
            if field["type"] == "relation":
                target = field["relation"]["object"]
                if field["name"] == "owner_id":
                    if owner:
                        fields["owner_id"] = owner
                elif target in known and target != name:
                    fields[field["name"]] = known[target]["id"]
                continue
            if owner and not denied(name, field["name"]):
                if field["required"] and field["type"] in ("text", "long_text"):
                    fields[field["name"]] = f"Own {name}"
                continue
            value = value_for(field, word)
            if value is not None and field["name"] != "currency_code":
                fields[field["name"]] = value
        answer = self.call("POST", "/" + self.objects[name]["plural"], fields, admin=True)
        for _ in range(8):
            if answer.status == 201:
                return answer.json
            # Fields with a format of their own, or that only the server makes up.
            wrong = [error["field"].strip("/") for error in answer.json.get("errors", [])]
            if not any(field in fields for field in wrong):
                return None
            for field in wrong:
                fields.pop(field, None)
            answer = self.call("POST", "/" + self.objects[name]["plural"], fields, admin=True)
        return None

    def told(self, answer, what):
        """What the answer tells that it must not."""
        text = answer.content.decode("utf-8", "replace").lower()
        found = [f"{what} tells {secret}: {answer.status} {text[:500]}" for secret in SECRETS if secret in text]
        return found + ([f"{what}: {answer.status} {text[:300]}"] if answer.status >= 500 else [])

    def check(self, answer, what):
        assert self.told(answer, what) == []


@pytest.fixture(scope="module")
def walk(server):
    return Walk(server)


def test_there_is_something_to_hide(walk):
    assert {"account", "contact", "opportunity", "activity", "case", "quote"} <= set(walk.others)
    assert {"account", "contact", "opportunity"} <= set(walk.own)
    seen = walk.call("GET", f"/accounts/{walk.own['account']['id']}", admin=True).content.decode()
    assert FIELD in seen and REVENUE in seen
    assert RECORD in walk.call("GET", "/leads", admin=True).content.decode()


def filters(found):
    """Filters and orders that ask after every field, and behind every relation."""
    relations = [field["name"] for field in found["fields"] if field["type"] == "relation"]
    for field in found["fields"]:
        name = field["name"]
        for prefix in PREFIXES:
            yield f'{name}:"{prefix}"'
            yield f'{name} = "{prefix}*"'
        yield f"{name} != null"
        yield f"{name}.name != null"
    for relation in relations:
        for field in ("name", "annual_revenue", "description"):
            yield f'{relation.removesuffix("_id")}.{field}:"zq" OR {relation}.{field} > 1'


def queries(walk, path):
    """Query strings that ask for as much as one can."""
    plural, _, rest = path.strip("/").replace(":", "/:").partition("/")
    found = next((each for each in walk.objects.values() if each["plural"] == plural), None)
    yield ""
    if path == "/search":
        yield from (f"?page_size=100&q={prefix}" for prefix in PREFIXES)
    if path == "/events":
        yield "?after=0&page_size=1000"
    if found is None:
        return
    names = [field["name"] for field in found["fields"]]
    relations = [field["name"] for field in found["fields"] if field["type"] == "relation"]
    if rest == "{id}":
        yield "?expand=" + ",".join(relations)
        yield "?as_of=" + datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    elif rest == ":export":
        yield "?relations=title&format=csv"
        yield from ("?fields=" + name for name in names)
        yield from ("?filter=" + urllib.parse.quote(text) for text in filters(found))
    elif rest == "groups":
        for name in names:
            yield f"?group_by={name}&aggregate=count,max({name})"
            yield f"?group_by=version&aggregate=count,max({name}),sum({name})"
        for relation in relations:
            yield f"?group_by={relation}.name"
            yield f"?group_by={relation}.annual_revenue"
    elif rest == "":
        yield "?include_total=true&page_size=1000&expand=" + ",".join(relations)
        for prefix in PREFIXES:
            yield "?include_total=true&q=" + prefix
        yield from ("?filter=" + urllib.parse.quote(text) for text in filters(found))
        yield from (f"?order_by={name}%20desc" for name in names)
        yield from (f"?order_by={relation}.name,{relation}" for relation in relations)


def body_for(operation, walk, path, target):
    """Something to send: enough for the route to be entered."""
    if not operation.get("requestBody", {}).get("content", {}):
        return None
    if path.endswith("/merge"):
        return {"from": [record["id"] for record in walk.others.values() if record["id"] != target][0]}
    if "batch" in path.lower():
        return {"items": [{"name": "x"}]}
    if path.endswith("/{id}") or path.endswith(("/convert", "/accept", "/quote", "/restore", "/undo")):
        return {}
    return {"name": "Walked", "subject": "Walked", "last_name": "Walked"}


def test_every_route_keeps_what_is_denied(walk):
    document = walk.call("GET", "/openapi.json", admin=True).json
    ids = [record["id"] for kind in (walk.others, walk.own) for record in kind.values()]
    asked = 0
    told = []
    for path, item in document["paths"].items():
        if path in SKIPPED or path.startswith("/auth/") or path.startswith("/setup"):
            continue
        for method in METHODS & set(item):
            plural = path.split("/")[1].split(":")[0]
            of_path = [k[n]["id"] for k in (walk.others, walk.own) for n in k if walk.objects[n]["plural"] == plural]
            names = list(walk.objects) if "{name}" in path or "{object}" in path else ["x"]
            targets = (of_path or ids[:2]) if "{id}" in path else [None]
            # What belongs to the user is changed last, so that there is something to read before.
            if method == "delete":
                targets = [target for target in targets if target not in {r["id"] for r in walk.own.values()}]
            for target in targets:
                for name in names:
                    where = path.replace("{id}", target or "").replace("{name}", name).replace("{object}", name)
                    where = re.sub(r"\{[^}]*\}", "3", where)
                    for query in queries(walk, path) if method == "get" else [""]:
                        body = body_for(item[method], walk, path, target)
                        answer = walk.call(method.upper(), where + query, body)
                        told += walk.told(answer, f"{method.upper()} {where}{query}")
                        asked += 1
    assert told == []
    assert asked > 4000


def test_search_finds_nothing_through_what_is_denied(walk):
    for prefix in [*PREFIXES, FIELD, RECORD]:
        answer = walk.call("GET", f"/search?q={prefix}&page_size=100")
        assert answer.json["items"] == [], answer.content
        for each in walk.objects.values():
            answer = walk.call("GET", f"/{each['plural']}?q={prefix}&include_total=true")
            if answer.status == 200:
                assert answer.json["items"] == [] and answer.json["total_size"] == 0, answer.content
    assert walk.call("GET", "/search?q=own&page_size=100").json["items"]


def test_a_denied_field_is_absent_and_not_null(walk):
    account = walk.call("GET", f"/accounts/{walk.own['account']['id']}").json
    assert not {"annual_revenue", "website", "billing_city"} & set(account)
    document = json.dumps(walk.call("GET", "/openapi.json").json)
    described = walk.call("GET", "/objects/account").json
    assert "annual_revenue" not in {field["name"] for field in described["fields"]}
    schema = walk.call("GET", "/openapi.json").json["components"]["schemas"]
    for name in ("Account", "AccountCreate", "AccountPatch"):
        assert "annual_revenue" not in schema[name]["properties"]
    assert "Lead" not in schema and '"/leads"' not in document
    # The name is made of a field that is denied.
    assert "name" not in walk.call("GET", f"/contacts/{walk.own['contact']['id']}").json


def test_the_description_is_whole_for_every_role(walk):
    document = walk.call("GET", "/openapi.json").json

    def references(node):
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in set(references(document)):
        at = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in at, f"{reference} leads nowhere"
            at = at[part]


def test_history_has_no_denied_field(walk):
    account = walk.own["account"]["id"]
    walk.call("PATCH", f"/accounts/{account}", {"website": f"https://{FIELD}2.example.com/"}, admin=True)
    history = walk.call("GET", f"/accounts/{account}/history")
    assert history.status == 200
    walk.check(history, "history")
    for entry in history.json["items"]:
        assert not {"annual_revenue", "website", "billing_city"} & set(entry["changes"])


class McpSession:
    """The server's tools, as the restricted user."""

    def __init__(self, walk):
        self.walk = walk
        self.session = None
        params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "walk", "version": "0"}}
        self.ask("initialize", params)

    def ask(self, method, params):
        headers = {
            "Authorization": f"Bearer {self.walk.token}",
            "Accept": "application/json, text/event-stream",
            "Content-Type": "application/json",
        }
        if self.session:
            headers["MCP-Session-Id"] = self.session
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(self.walk.server.url + "/mcp", body, headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            self.session = self.session or response.headers["MCP-Session-Id"]
            return json.loads(response.read())

    def everything(self, kind):
        """All pages of a list."""
        items, params = [], {}
        while True:
            page = self.ask(f"{kind}/list", params)["result"]
            items += page[kind]
            if not page.get("nextCursor"):
                return items
            params = {"cursor": page["nextCursor"]}

    def told(self, method, params):
        answer = json.dumps(self.ask(method, params)).lower()
        return [f"{method} {params} tells {secret}: {answer[:500]}" for secret in SECRETS if secret in answer]


def arguments_for(walk, tool):
    """Calls of a tool that ask for as much as one can."""
    verb, _, rest = tool["name"].partition("_")
    properties = tool["inputSchema"].get("properties", {})
    if tool["name"] == "search":
        yield from ({"query": prefix, "limit": 100} for prefix in PREFIXES)
    elif tool["name"] == "get_history":
        for name in walk.objects:
            for kind in (walk.own, walk.others):
                if name in kind:
                    yield {"object": name, "id": kind[name]["id"]}
    elif "object" in properties and verb == "describe":
        yield from ({"object": name} for name in walk.objects)
    elif verb in ("list", "search"):
        yield {"query": PREFIXES[0], "include_total": True} if verb == "search" else {}
        if "include_related" in properties:
            yield {"page_size": 100, "include_related": True, "include_total": True}
            for field in walk.objects.get(rest, {"fields": []})["fields"] or []:
                yield {"filter": f'{field["name"]}:"zq"', "order_by": field["name"]}
    elif verb in ("get", "update"):
        for kind in (walk.own, walk.others):
            if rest in kind:
                yield {"id": kind[rest]["id"]}
    else:
        yield {}


def test_no_tool_tells_what_is_denied(walk):
    session = McpSession(walk)
    tools = session.everything("tools")
    names = {tool["name"] for tool in tools}
    assert "list_accounts" in names and not any("lead" in name for name in names)
    account = next(tool for tool in tools if tool["name"] == "create_account")
    assert "annual_revenue" not in account["inputSchema"]["properties"]
    told = []
    calls = 0
    for tool in tools:
        for arguments in arguments_for(walk, tool):
            told += session.told("tools/call", {"name": tool["name"], "arguments": arguments})
            calls += 1
    resources = session.everything("resources")
    for resource in resources:
        text = json.dumps(session.ask("resources/read", {"uri": resource["uri"]}))
        assert "annual_revenue" not in text or "lead" in resource["uri"], resource
    assert not any("lead" in resource["uri"] for resource in resources)
    assert told == []
    assert calls > 150


def test_an_import_reports_nothing_of_others(walk):
    other = walk.others["account"]
    walk.call("PATCH", f"/accounts/{other['id']}", {"external_id": "X-1"}, admin=True)
    mapping = {"key": "external_id", "columns": {"Id": "external_id", "Name": "name"}}
    answer = walk.call(
        "POST", "/imports?dry_run=true", {"object": "account", "mapping": mapping, "csv": "Id,Name\nX-1,A\n"}
    )
    walk.check(answer, "import")
    assert answer.json["updated"] == 0
    mapping["columns"]["Revenue"] = "annual_revenue"
    answer = walk.call("POST", "/imports", {"object": "account", "mapping": mapping, "csv": "Id,Name,Revenue\nY,A,1\n"})
    assert answer.status == 400 and "annual_revenue" in answer.json["detail"]
    still = walk.call("GET", f"/accounts/{other['id']}", admin=True).json
    assert still["name"].startswith(RECORD)


def test_a_changed_role_counts_from_the_next_request_on(walk):
    """While others read, a field is denied and given back; whoever asks after the answer sees it so."""
    stop = threading.Event()
    failures = []
    account = walk.own["account"]["id"]

    def read():
        while not stop.is_set():
            answer = walk.call("GET", f"/accounts/{account}")
            if answer.status != 200 or answer.json["id"] != account or answer.json["name"] != "Own account":
                failures.append(answer.content)
            answer = walk.call("GET", '/accounts?order_by=name&filter=name%3A"own"')
            if answer.status != 200 or len(answer.json["items"]) != 1:
                failures.append(answer.content)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(30):
            access = "none" if turn % 2 else "write"
            patch = {"objects": {"account": {"fields": {"phone": access}}}}
            assert walk.call("PATCH", "/roles/rep", patch, admin=True).status == 200
            seen = walk.call("GET", f"/accounts/{account}").json
            assert ("phone" in seen) == (access == "write")
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert failures == []
