"""Many workspaces in one server: made and moved aside while it runs, and nothing crosses between them."""

import http.cookies
import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from workspace import PASSWORD, Answer, binary

NOTICED_SECONDS_MAX = 20


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *unused):
        return None


OPENER = urllib.request.build_opener(NoRedirects)


def boathouse(server, *arguments, code=0):
    done = subprocess.run(
        [binary(), *arguments, "--data", str(server.data)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def send(server, method, path, token=None, body=None, headers=()):
    """One request to exactly that path; redirects are not followed."""
    headers = dict(headers)
    if token:
        headers["Authorization"] = "Bearer " + token
    if body is not None:
        body = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(server.url + path, body, headers, method=method)
    try:
        with OPENER.open(request, timeout=30) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class Other:
    """A workspace beside main, set up over the server that runs."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        printed = boathouse(server, "workspace", "create", name, "--url", server.url)
        link = re.search(r"(\S+)/setup\?token=(\S+)", printed)
        assert link[1] == f"{server.url}/w/{name}"
        request = {"token": link[2], "workspace": name, "name": "Admin", "email": "ada@acme.test", "password": PASSWORD}
        answer = self.call("POST", "/setup", body=request, token="")
        assert answer.status == 200, answer.content
        self.token = answer.json["token"]

    def call(self, method, path, body=None, token=None, headers=()):
        token = self.token if token is None else token
        return send(self.server, method, f"/w/{self.name}/api/v1{path}", token, body, headers)


@pytest.fixture(scope="module")
def acme(server):
    return Other(server, "acme")


@pytest.fixture(scope="module")
def globex(server):
    return Other(server, "globex")


def test_listing(server, acme, globex):
    lines = boathouse(server, "workspace", "list").splitlines()
    assert lines == ["acme\t/w/acme/", "globex\t/w/globex/", "main\t/"]
    assert "already" in boathouse(server, "workspace", "create", "acme", code=1)
    assert "main" in boathouse(server, "workspace", "remove", "main", code=1)


def test_records_and_ids_stay_apart(server, acme, globex):
    record = acme.call("POST", "/accounts", {"name": "Only here"})
    assert record.status == 201
    ident = record.json["id"]
    assert record.headers["Location"] == f"/w/acme/api/v1/accounts/{ident}"
    assert acme.call("GET", f"/accounts/{ident}").status == 200
    assert globex.call("GET", f"/accounts/{ident}").status == 404
    assert server.call("admin", "GET", f"/accounts/{ident}").status == 404
    wrong = globex.call("POST", "/contacts", {"last_name": "Roe", "account_id": ident})
    assert wrong.status == 400
    assert wrong.json["errors"][0]["code"] == "not_found"
    assert globex.call("GET", "/accounts").json["items"] == []
    assert globex.call("GET", "/search?q=Only").json["items"] == []


def test_tokens_of_another_workspace_are_refused(server, acme, globex):
    assert acme.call("GET", "/me", token=globex.token).status == 401
    assert acme.call("GET", "/me", token=server.tokens["admin"]).status == 401
    assert server.send("GET", "/me", acme.token).status == 401
    made = acme.call("POST", "/api-tokens", {"name": "t"}).json["token"]
    assert acme.call("GET", "/me", token=made).status == 200
    assert globex.call("GET", "/me", token=made).status == 401
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    assert send(server, "POST", "/w/globex/mcp", made, ping, accept).status == 401
    assert send(server, "GET", "/w/globex/delta-sharing/shares", made).status in (401, 403)


def test_sessions_stay_in_their_path(server, acme, globex):
    answer = acme.call("POST", "/auth/sign-in", {"email": "ada@acme.test", "password": PASSWORD}, token="")
    assert answer.status == 200
    cookie = http.cookies.SimpleCookie(answer.headers["Set-Cookie"])["boathouse_session"]
    assert cookie["path"] == "/w/acme/"
    as_cookie = {"Cookie": f"boathouse_session={cookie.value}"}
    assert acme.call("GET", "/me", token="", headers=as_cookie).status == 200
    assert globex.call("GET", "/me", token="", headers=as_cookie).status == 401
    assert server.send("GET", "/me", headers=as_cookie).status == 401


def test_page_tokens_are_the_workspaces_own(server, acme, globex):
    for workspace in (acme, globex):
        for number in range(3):
            workspace.call("POST", "/products", {"name": f"Product {number}"})
    token = acme.call("GET", "/products?page_size=1").json["next_page_token"]
    assert acme.call("GET", f"/products?page_size=1&page_token={token}").status == 200
    refused = globex.call("GET", f"/products?page_size=1&page_token={token}")
    assert refused.status == 400
    assert refused.json["errors"][0]["field"] == "page_token"


def test_signed_urls_are_the_workspaces_own(server, acme, globex):
    acme.call("POST", "/accounts", {"name": "Published"})
    made = acme.call("POST", "/recipients", {"name": "notebook"})
    assert made.status == 201, made.content
    profile = made.json
    assert profile["endpoint"] == f"{server.url}/w/acme/delta-sharing/"
    query = send(
        server,
        "POST",
        "/w/acme/delta-sharing/shares/boathouse/schemas/crm/tables/accounts/query",
        profile["bearerToken"],
        {},
    )
    assert query.status == 200, query.content
    files = [json.loads(line)["file"] for line in query.content.splitlines() if b'"file"' in line]
    url = urlsplit(files[0]["url"])
    assert url.path.startswith("/w/acme/")
    signed = url.path + "?" + url.query
    assert send(server, "GET", signed).status == 200
    assert send(server, "GET", signed.replace("/w/acme/", "/w/globex/")).status in (401, 403, 404)
    assert send(server, "GET", signed.removeprefix("/w/acme")).status in (401, 403, 404)
    shares = "/w/globex/delta-sharing/shares"
    assert send(server, "GET", shares, profile["bearerToken"]).status in (401, 403)


def test_page_and_description(server, acme):
    page = send(server, "GET", "/w/acme/")
    assert page.status in (200, 404)  # 404: built without its pages
    assert page.headers["Content-Type"].startswith("text/html")
    assert send(server, "GET", "/w/acme").headers["Location"] == "/w/acme/"
    described = acme.call("GET", "/openapi.json").json
    assert described["servers"] == [{"url": "/w/acme/api/v1"}]
    assert send(server, "GET", "/w/nobody/api/v1/me").status == 404
    assert send(server, "GET", "/w/main/api/v1/me").status == 404
    assert send(server, "GET", "/w/../api/v1/me").status in (400, 404)


def wait_for(condition):
    deadline = time.monotonic() + NOTICED_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_removal_closes_it_and_the_name_is_free(server):
    first = Other(server, "shortlived")
    record = first.call("POST", "/accounts", {"name": "Gone"}).json["id"]
    boathouse(server, "workspace", "remove", "shortlived")
    assert first.call("GET", f"/accounts/{record}").status == 404
    wait_for(lambda: "workspace_closed" in server.log.read_text())
    second = Other(server, "shortlived")
    assert second.call("GET", "/me", token=first.token).status == 401
    assert second.call("GET", f"/accounts/{record}").status == 404
    assert list(server.data.glob("workspaces/.removed-shortlived*/records.sqlite"))


def test_workspaces_are_served_again_after_a_restart(template):
    with template.start() as server:
        other = Other(server, "kept")
        record = other.call("POST", "/accounts", {"name": "Kept"}).json["id"]
    from workspace import Server

    with Server(server.data) as again:
        other.server = again
        assert other.call("GET", f"/accounts/{record}").json["name"] == "Kept"
