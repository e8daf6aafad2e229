"""What clients get wrong, by accident or on purpose: always a 4xx problem that names it, never a 500, nothing lost."""

import http.client
import json
from urllib.parse import quote, urlsplit

import pytest

NOBODY = "01900000-0000-7000-8000-000000000000"


def problem(answer, status):
    """The problem document of an answer that must have that status."""
    assert answer.status == status, answer.content[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json
    assert body["status"] == status
    assert body["title"] and body["detail"] and body["code"]
    return body


def first_error(answer, status=400):
    error = problem(answer, status)["errors"][0]
    return error["field"], error["code"]


@pytest.fixture(scope="module", autouse=True)
def witness(server):
    """A record that must stand unchanged after everything these tests do."""
    made = server.make("opportunities", name="Witness", amount="4821.00", probability=40, close_date="2026-12-31")
    yield made
    assert server.call("admin", "GET", f"/opportunities/{made['id']}").json == made


WRONG_VALUES = [
    ("accounts", {"name": 7}, "/name", "wrong_type"),
    ("accounts", {"name": ["a"]}, "/name", "wrong_type"),
    ("accounts", {"name": {"a": 1}}, "/name", "wrong_type"),
    ("accounts", {"name": True}, "/name", "wrong_type"),
    ("accounts", {"name": None}, "/name", "required"),
    ("accounts", {"name": "   "}, "/name", "required"),
    ("accounts", {"name": "x" * 256}, "/name", "too_long"),
    ("accounts", {"name": "ä" * 256}, "/name", "too_long"),
    ("accounts", {"name": "a\0b"}, "/name", "wrong_format"),
    ("accounts", {"name": "two\nlines"}, "/name", "wrong_format"),
    ("accounts", {"name": "A", "description": "x" * 32_001}, "/description", "too_long"),
    ("accounts", {"name": "A", "type": "friend"}, "/type", "not_an_option"),
    ("accounts", {"name": "A", "type": 1}, "/type", "wrong_type"),
    ("accounts", {"name": "A", "annual_revenue": "much"}, "/annual_revenue", "wrong_format"),
    ("accounts", {"name": "A", "annual_revenue": "1.00001"}, "/annual_revenue", "wrong_format"),
    ("accounts", {"name": "A", "annual_revenue": 1e15}, "/annual_revenue", "wrong_format"),
    ("accounts", {"name": "A", "annual_revenue": "1e999999999"}, "/annual_revenue", "wrong_format"),
    ("accounts", {"name": "A", "annual_revenue": True}, "/annual_revenue", "wrong_type"),
    ("accounts", {"name": "A", "annual_revenue": "NaN"}, "/annual_revenue", "wrong_format"),
    ("accounts", {"name": "A", "number_of_employees": "7"}, "/number_of_employees", "wrong_type"),
    ("accounts", {"name": "A", "number_of_employees": 1.5}, "/number_of_employees", "wrong_type"),
    ("accounts", {"name": "A", "number_of_employees": -1}, "/number_of_employees", "out_of_range"),
    ("accounts", {"name": "A", "number_of_employees": 10**30}, "/number_of_employees", "wrong_type"),
    ("accounts", {"name": "A", "website": "ftp://x"}, "/website", "wrong_format"),
    ("accounts", {"name": "A", "website": "javascript:alert(1)"}, "/website", "wrong_format"),
    ("accounts", {"name": "A", "parent_id": "x"}, "/parent_id", "wrong_format"),
    ("accounts", {"name": "A", "parent_id": 3}, "/parent_id", "wrong_type"),
    ("accounts", {"name": "A", "parent_id": NOBODY}, "/parent_id", "not_found"),
    ("accounts", {"name": "A", "nam": "B"}, "/nam", "unknown_field"),
    ("accounts", {"name": "A", "id": NOBODY}, "/id", "read_only"),
    ("accounts", {"name": "A", "version": 9}, "/version", "read_only"),
    ("contacts", {"last_name": "A", "name": "B"}, "/name", "read_only"),
    ("contacts", {"last_name": "A", "email": "nowhere"}, "/email", "wrong_format"),
    ("contacts", {"last_name": "A", "do_not_call": "yes"}, "/do_not_call", "wrong_type"),
    ("contacts", {"last_name": "A", "do_not_call": 1}, "/do_not_call", "wrong_type"),
    ("opportunities", {"name": "A", "close_date": "2026-02-30"}, "/close_date", "wrong_format"),
    ("opportunities", {"name": "A", "close_date": "31.12.2026"}, "/close_date", "wrong_format"),
    ("opportunities", {"name": "A", "close_date": 20261231}, "/close_date", "wrong_type"),
    ("opportunities", {"name": "A", "probability": 101}, "/probability", "out_of_range"),
    ("activities", {"subject": "A", "due_at": "tomorrow"}, "/due_at", "wrong_format"),
    ("activities", {"subject": "A", "due_at": "2026-12-01T25:00:00Z"}, "/due_at", "wrong_format"),
    ("activities", {"subject": "A", "due_at": "2026-12-01 10:00"}, "/due_at", "wrong_format"),
]


@pytest.mark.parametrize(("collection", "fields", "field", "code"), WRONG_VALUES)
def test_wrong_values_are_named(server, collection, fields, field, code):
    before = server.call("admin", "GET", f"/{collection}?include_total=true").json["total_size"]
    assert first_error(server.call("admin", "POST", f"/{collection}", fields)) == (field, code)
    batch = {"items": [fields]}
    assert first_error(server.call("admin", "POST", f"/{collection}:batchCreate", batch)) == ("/items/0" + field, code)
    assert server.call("admin", "GET", f"/{collection}?include_total=true").json["total_size"] == before


def test_all_wrong_fields_are_told_at_once(server):
    fields = {"nam": 1, "type": "friend", "annual_revenue": "much"}
    errors = problem(server.call("admin", "POST", "/accounts", fields), 400)["errors"]
    assert {error["field"] for error in errors} == {"/nam", "/type", "/annual_revenue", "/name"}
    assert 'did you mean "name"' in next(error["detail"] for error in errors if error["field"] == "/nam")


BROKEN_JSON = [
    b"",
    b"{",
    b'{"name":"A"',
    b'{"name":"A"}}',
    b'{"name":"A","name":"B"}',
    b'{"name":"A\xff"}',
    b'{"name":"\\ud800"}',
    b"{'name':'A'}",
    b'{"name":"A",}',
    b'{"annual_revenue":NaN,"name":"A"}',
    b'{"annual_revenue":01,"name":"A"}',
    b"\xef\xbb\xbf",
    b"\x00",
    b"[" * 10_000,
    b'{"name":' * 5_000,
]


@pytest.mark.parametrize("body", BROKEN_JSON, ids=lambda body: repr(body[:24]))
def test_broken_json_is_refused(server, body):
    headers = {"Content-Type": "application/json"}
    for path in ("/accounts", "/accounts:batchCreate", "/auth/sign-in", "/setup", "/imports", "/assistant/questions"):
        problem(server.call("admin", "POST", path, body, headers), 400)


@pytest.mark.parametrize("body", [b"null", b"[]", b"7", b'"text"', b"true"])
def test_json_that_is_no_object_is_refused(server, witness, body):
    headers = {"Content-Type": "application/json"}
    for path in ("/accounts", "/accounts:batchCreate", "/auth/sign-in", "/setup", "/imports", "/assistant/questions"):
        assert first_error(server.call("admin", "POST", path, body, headers))[1] in ("wrong_type", "required")
    answer = server.call("admin", "PATCH", f"/opportunities/{witness['id']}", body, headers)
    assert first_error(answer)[1] == "wrong_type"


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "json"])
def test_other_media_types_are_refused(server, witness, content_type):
    headers = {"Content-Type": content_type}
    problem(server.call("admin", "POST", "/accounts", b'{"name":"A"}', headers), 415)
    answer = server.call("admin", "PATCH", f"/opportunities/{witness['id']}", b'{"name":"A"}', headers)
    problem(answer, 415)
    assert "merge-patch+json" in answer.headers["Accept-Patch"]


def test_bodies_over_the_limit_are_refused(server):
    small = {"Content-Type": "application/json"}
    problem(server.call(None, "POST", "/auth/sign-in", b" " * (64 * 1024 + 1), small), 413)
    # Told from the length alone: the body is never sent.
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.putrequest("POST", "/api/v1/accounts")
    connection.putheader("Authorization", "Bearer " + server.tokens["admin"])
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", str(16 * 1024 * 1024 + 1))
    connection.endheaders()
    response = connection.getresponse()
    body = json.loads(response.read())
    assert (response.status, body["code"]) == (413, "too_large")
    connection.close()


def test_a_batch_has_an_upper_limit(server):
    items = [{"name": f"T{i}"} for i in range(1001)]
    assert first_error(server.call("admin", "POST", "/territories:batchCreate", {"items": items})) == (
        "/items",
        "out_of_range",
    )
    assert server.call("admin", "GET", "/territories?include_total=true").json["total_size"] == 0


@pytest.mark.parametrize(
    "token",
    ["x", "bh_", "bh_" + "A" * 43, "bhs_" + "A" * 43, "a" * 4000, "é".encode().decode("latin-1"), "' OR 1=1 --"],
)
def test_garbage_tokens_are_refused(server, token):
    for method, path in (("GET", "/me"), ("GET", "/accounts"), ("POST", "/auth/sign-out"), ("GET", "/objects")):
        answer = server.send(method, path, token)
        assert problem(answer, 401)["code"] == "unauthenticated"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_tokens_of_share_recipients_open_nothing_here(server):
    recipient = json.loads(server.profile_path.read_text())["bearerToken"]
    problem(server.send("GET", "/accounts", recipient), 401)


def test_wrong_passwords_are_refused_alike(server):
    answers = [
        server.send("POST", "/auth/sign-in", body={"email": email, "password": "not the right one"})
        for email in ("ada@acme.test", "nobody@acme.test")
    ]
    for answer in answers:
        assert problem(answer, 401)["code"] == "unauthenticated"
    assert answers[0].json == answers[1].json


@pytest.mark.parametrize("token", ["x", "AAAA", "A" * 5000, "../..", "%00", "é", "eyJhIjoxfQ"])
def test_page_tokens_must_come_from_their_list(server, token):
    for path in ("/accounts", "/products"):
        answer = server.call("admin", "GET", f"{path}?page_token={quote(token, safe='%')}")
        assert problem(answer, 400)["detail"]


def test_a_page_token_fits_one_list_only(server):
    for i in range(3):
        server.make("products", name=f"Page {i}", family="Paging")
    page = server.call("admin", "GET", "/products?page_size=1&order_by=name").json
    token = page["next_page_token"]
    for query in (
        "page_size=1",
        "page_size=1&order_by=name%20desc",
        "page_size=1&order_by=name&filter=family%3APaging",
        "page_size=1&order_by=name&q=page",
    ):
        answer = server.call("admin", "GET", f"/products?{query}&page_token={token}")
        assert first_error(answer) == ("page_token", "invalid_page_token")
    assert server.call("admin", "GET", f"/accounts?order_by=name&page_token={token}").status == 400
    changed = ("A" if token[0] != "A" else "B") + token[1:]
    assert server.call("admin", "GET", f"/products?order_by=name&page_token={changed}").status == 400
    assert server.call("admin", "GET", f"/products?page_size=2&order_by=name&page_token={token}").status == 200


BAD_FILTERS = [
    ("name =", "character 7"),
    ('nam = "A"', 'did you mean "name"'),
    ('name = "A', "character 8"),
    ("(name = A", "expected )"),
    ("name = A)", "character 9"),
    ("name ! A", "character 6"),
    ("name = A AND", "character 13"),
    ("OR name = A", "character 1"),
    ("amount > much", "character 10"),
    ("amount > null", "null"),
    ("type > renewal", "order"),
    ("type = gone", "character 8"),
    ("close_date = 2026-13-01", "character 14"),
    ("account_id = 7", "character 14"),
    ("probability = 1.5", "character 15"),
    ("name = A, amount = 1", "comma"),
    ("NOT", "character 4"),
    ("(" * 10_000, "deep"),
    ("(" * 7000 + "name = A" + ")" * 7000, "deep"),
    ("NOT (" * 3000, "deep"),
    ("name = A " * 1000, "500 terms"),
    ("x" * 16385, "16384"),
]


@pytest.mark.parametrize(("text", "said"), BAD_FILTERS, ids=lambda text: text[:24])
def test_bad_filters_are_told_where(server, text, said):
    answer = server.call("admin", "GET", "/opportunities?filter=" + quote(text, safe="()"))
    body = problem(answer, 400)
    assert body["errors"][0]["field"] == "filter"
    assert said in body["detail"], body["detail"]


@pytest.mark.parametrize(
    "text", ['name = "Rob\'); DROP TABLE x;--"', 'name = "%"', 'name:"_"', 'name = "*"', "-name = A"]
)
def test_odd_filters_are_only_odd(server, text):
    answer = server.call("admin", "GET", "/opportunities?filter=" + quote(text, safe="()"))
    assert answer.status == 200, answer.content


@pytest.mark.parametrize("order", ["colour", "name up", "name,", ",", "name, name", "name desc desc", "x" * 1001])
def test_bad_orders_are_told(server, order):
    answer = server.call("admin", "GET", "/accounts?order_by=" + quote(order))
    assert first_error(answer)[0] == "order_by"


@pytest.mark.parametrize(
    "record", ["x", "1", "null", NOBODY[:-1], NOBODY + "0", "%2E%2E", "..%2f..%2fetc", "é", "a%00"]
)
def test_malformed_ids_name_no_record(server, record):
    path = f"/accounts/{quote(record, safe='%')}"
    for method, body in (("GET", None), ("PATCH", {"name": "A"}), ("DELETE", None)):
        answer = server.call("admin", method, path, body)
        # A NUL is refused before any route is looked for.
        assert answer.status == (400 if "%00" in record else 404), answer.content
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_stale_and_malformed_entity_tags(server, witness):
    path = f"/opportunities/{witness['id']}"
    for tag, status in (('"0"', 412), ('"2"', 412), ('W/"1"', 412), ('"abc"', 412), ("1", 400), ('"1', 400), ("", 400)):
        for method, body in (("PATCH", {"name": "Other"}), ("DELETE", None)):
            problem(server.call("admin", method, path, body, {"If-Match": tag}), status)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/accounts"),
        ("DELETE", "/accounts"),
        ("POST", "/me"),
        ("PUT", "/accounts/" + NOBODY),
        ("PUT", "/imports"),
    ],
)
def test_wrong_methods_name_the_right_ones(server, method, path):
    answer = server.call("admin", method, path, {} if method in ("PUT", "POST") else None)
    problem(answer, 405)
    assert answer.headers["Allow"]


def test_unknown_parameters_are_refused_with_the_known_ones(server):
    for path in ("/accounts?fields=name", "/me?x=1", "/objects?x=1", "/search?q=a&limit=3", "/setup?x"):
        body = problem(server.call("admin", "GET", path), 400)
        assert body["errors"][0]["code"] == "unknown_parameter"
    assert "order_by" in problem(server.call("admin", "GET", "/accounts?sort=name"), 400)["detail"]


def test_the_log_keeps_no_secret(server):
    """Whatever was sent above, tokens, passwords and records are not in the log."""
    log = server.log.read_text()
    for secret in (*server.tokens.values(), server.api_token, "not the right one", "Witness"):
        assert secret not in log
    assert '"status":500' not in log
