"""What no well-behaved client sends: bytes on the wire of our MCP endpoint, and what must come back."""

import httpx
import pytest

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@pytest.fixture(scope="module")
def post(demo):
    headers = {
        "Authorization": f"Bearer {demo.api_token}",
        "Accept": "application/json, text/event-stream",
        "Content-Type": "application/json",
    }
    with httpx.Client(headers=headers, timeout=30) as http:

        def send(body, **extra):
            named = {name.replace("_", "-"): value for name, value in extra.items()}
            if isinstance(body, (bytes, str)):
                return http.post(demo.mcp_url, content=body, headers=named)
            return http.post(demo.mcp_url, json=body, headers=named)

        yield send


@pytest.fixture
def session(post):
    params = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "wire", "version": "0"}}
    answer = post({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params})
    assert answer.status_code == 200
    assert answer.json()["result"]["protocolVersion"] == "2025-06-18"
    return answer.headers["mcp-session-id"]


def code(answer):
    return answer.json()["error"]["code"]


def test_a_session_is_needed_and_ends(demo, post, session):
    assert post(PING).status_code == 400
    assert post(PING, MCP_Session_Id="0" * 32).status_code == 404
    assert post(PING, MCP_Session_Id=session).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    note = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    accepted = post(note, MCP_Session_Id=session)
    assert (accepted.status_code, accepted.content) == (202, b"")
    headers = {"Authorization": f"Bearer {demo.api_token}", "MCP-Session-Id": session}
    assert httpx.delete(demo.mcp_url, headers=headers).status_code == 204
    assert httpx.delete(demo.mcp_url, headers=headers).status_code == 404
    assert post(PING, MCP_Session_Id=session).status_code == 404


def test_a_session_belongs_to_its_user(demo, post, session):
    assert post(PING, MCP_Session_Id=session).status_code == 200
    other = f"Bearer {demo.viewer_api_token}"
    assert post(PING, MCP_Session_Id=session, Authorization=other).status_code == 404


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", -32700),
        (b"{", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 10_000, -32700),
        ([PING], -32600),
        ([], -32600),
        ("7", -32600),
        ({"id": 1, "method": "ping"}, -32600),
        ({**PING, "jsonrpc": "1.0"}, -32600),
        ({**PING, "id": None}, -32600),
        ({**PING, "id": 1.5}, -32600),
        ({**PING, "id": {}}, -32600),
        ({**PING, "method": None}, -32600),
        ({**PING, "params": [1]}, -32602),
    ],
)
def test_malformed_messages(post, session, body, expected):
    answer = post(body, MCP_Session_Id=session)
    assert answer.status_code == 400
    assert code(answer) == expected
    assert answer.json()["id"] in (None, 1)


def test_ids_are_echoed_as_they_came(post, session):
    for literal in ["0", "-1", "9007199254740993", "123456789012345678901234567890", '"x"', '""', '"1"']:
        answer = post(f'{{"jsonrpc":"2.0","id":{literal},"method":"ping"}}', MCP_Session_Id=session)
        assert answer.text == f'{{"jsonrpc":"2.0","id":{literal},"result":{{}}}}'


def test_origins_media_types_and_methods(demo, post, session):
    for origin, status in [
        ("http://localhost:6274", 200),
        (demo.url, 200),
        ("http://evil.example", 403),
        ("null", 403),
    ]:
        assert post(PING, MCP_Session_Id=session, Origin=origin).status_code == status, origin
    assert post(PING, MCP_Session_Id=session, Accept="text/html").status_code == 406
    assert post(PING, MCP_Session_Id=session, Content_Type="text/plain").status_code == 415
    headers = {"Authorization": f"Bearer {demo.api_token}"}
    got = httpx.get(demo.mcp_url, headers=headers)
    assert got.status_code == 405
    assert "POST" in got.headers["allow"]
    anonymous = httpx.post(demo.mcp_url, json=PING)
    assert anonymous.status_code == 401
    assert anonymous.headers["www-authenticate"].startswith("Bearer")


def test_a_body_beyond_the_limit_is_refused(demo, post, session):
    try:
        answer = post(b'{"jsonrpc":"2.0","id":"' + b"x" * (5 << 20) + b'"}', MCP_Session_Id=session)
    except httpx.TransportError:
        return  # the answer may be lost when the connection is closed on a body still under way
    assert answer.status_code == 413


def modern(method, params=None, version="2026-07-28"):
    meta = {
        "io.modelcontextprotocol/protocolVersion": version,
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return {"jsonrpc": "2.0", "id": 5, "method": method, "params": {**(params or {}), "_meta": meta}}


def test_the_stateless_revision_checks_its_headers(post):
    version = {"MCP_Protocol_Version": "2026-07-28"}
    discover = modern("server/discover")
    good = post(discover, **version, Mcp_Method="server/discover")
    assert good.status_code == 200
    assert "mcp-session-id" not in good.headers
    result = good.json()["result"]
    assert result["resultType"] == "complete"
    assert "2026-07-28" in result["supportedVersions"]
    assert result["cacheScope"] in ("public", "private")

    def refused(answer, expected, status=400):
        assert (answer.status_code, code(answer), answer.json()["id"]) == (status, expected, 5)

    refused(post(discover, **version), -32020)
    refused(post(discover, Mcp_Method="server/discover"), -32020)
    refused(post(discover, **version, Mcp_Method="SERVER/DISCOVER"), -32020)
    whoami = modern("tools/call", {"name": "whoami", "arguments": {}})
    assert post(whoami, **version, Mcp_Method="tools/call", Mcp_Name="=?base64?d2hvYW1p?=").status_code == 200
    refused(post(whoami, **version, Mcp_Method="tools/call"), -32020)
    refused(post(whoami, **version, Mcp_Method="tools/call", Mcp_Name="search"), -32020)
    unknown = post(
        modern("server/discover", version="2031-01-01"), MCP_Protocol_Version="2031-01-01", Mcp_Method="server/discover"
    )
    refused(unknown, -32022)
    assert unknown.json()["error"]["data"]["requested"] == "2031-01-01"
    for gone in ["ping", "initialize", "logging/setLevel", "prompts/list", "nothing/like/it"]:
        refused(post(modern(gone), **version, Mcp_Method=gone), -32601, 404)
    no_meta = {"jsonrpc": "2.0", "id": 5, "method": "tools/list"}
    refused(post(no_meta, **version, Mcp_Method="tools/list"), -32602)


def test_progress_makes_a_stream(post):
    call = modern("tools/call", {"name": "whoami", "arguments": {}})
    call["params"]["_meta"]["progressToken"] = "p"
    headers = {"MCP_Protocol_Version": "2026-07-28", "Mcp_Method": "tools/call", "Mcp_Name": "whoami"}
    answer = post(call, **headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert '"resultType":"complete"' in answer.text
    plain = post(call, **headers, Accept="application/json")
    assert plain.headers["content-type"] == "application/json"
