"""Events, webhooks and automations through the running server. Signatures are checked by the published library."""

import http.server
import json
import socket
import threading
import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

SECONDS_MAX = 30


class Receiver:
    """A program that takes webhooks; answers with `status`, and keeps what came."""

    def __init__(self):
        self.status = 200
        self.came = []
        self.changed = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with receiver.changed:
                    receiver.came.append((dict(self.headers.items()), body))
                    receiver.changed.notify_all()
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self, wanted):
        """All events so far, once `wanted` is true of them."""
        deadline = time.monotonic() + SECONDS_MAX
        with self.changed:
            while True:
                events = [event for _, body in self.came for event in json.loads(body)["events"]]
                if wanted(events):
                    return events
                assert self.changed.wait(deadline - time.monotonic()), events

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


def make(server, plural, **fields):
    made = server.call("admin", "POST", f"/{plural}", fields)
    assert made.status == 201, made.content
    return made.json["id"]


class Stream:
    """A client of the event stream, on a plain socket."""

    def __init__(self, server, path, token, last_event_id=None):
        host, port = server.url.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=SECONDS_MAX)
        head = f"GET /api/v1{path} HTTP/1.1\r\nHost: {host}:{port}\r\nAccept: text/event-stream\r\n"
        head += f"Authorization: Bearer {token}\r\n"
        if last_event_id is not None:
            head += f"Last-Event-ID: {last_event_id}\r\n"
        self.socket.sendall((head + "\r\n").encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self.text = b""

    def event(self):
        """The next event: (id, type, data)."""
        while True:
            while b"\n\n" not in self.text:
                size = int(self.file.readline(), 16)
                assert size > 0, "the stream ended"
                self.text += self.file.read(size)
                self.file.readline()
            piece, _, self.text = self.text.partition(b"\n\n")
            fields = dict(line.partition(": ")[::2] for line in piece.decode().split("\n") if not line.startswith(":"))
            if "data" in fields:
                return int(fields["id"]), fields["event"], json.loads(fields["data"])

    def close(self):
        self.file.close()
        self.socket.close()


def test_a_stream_tells_of_changes_as_they_are_committed(server):
    stream = Stream(server, "/events?objects=accounts", server.api_token)
    assert stream.status == 200
    assert stream.headers["content-type"] == "text/event-stream"
    make(server, "territories", name="Not asked for")
    account = make(server, "accounts", name="Streamed")
    first, kind, data = stream.event()
    assert (kind, data["object"], data["id"]) == ("record.created", "account", account)
    assert data["changes"]["name"] == [None, "Streamed"]
    stream.close()
    # What happens while nobody listens is told to who comes back.
    renamed = server.call("admin", "PATCH", f"/accounts/{account}", {"name": "Renamed"})
    assert renamed.status == 200
    again = Stream(server, "/events?objects=accounts", server.api_token, last_event_id=first)
    second, kind, data = again.event()
    assert second > first and kind == "record.updated" and data["changes"] == {"name": ["Streamed", "Renamed"]}
    again.close()


def test_pages_tell_the_same_as_the_stream(server):
    account = make(server, "accounts", name="Paged")
    after, found = "0", []
    while True:
        page = server.call("admin", "GET", f"/events?after={after}&page_size=100").json
        found += [event for event in page["events"] if event["id"] == account]
        after = page["next_after"]
        if page["at_end"]:
            break
    assert [event["type"] for event in found] == ["record.created"]
    assert server.call("admin", "GET", "/events?after=999999999").status == 400
    assert server.call("admin", "GET", "/events?after=x").status == 400
    assert server.call("admin", "GET", "/events?objects=ships").status == 400


def test_a_stream_ends_with_its_credential(server):
    made = server.call("admin", "POST", "/api-tokens", {"name": "for a stream"}).json
    stream = Stream(server, "/events", made["token"])
    make(server, "accounts", name="Seen")
    stream.event()
    assert server.call("admin", "DELETE", f"/api-tokens/{made['id']}").status == 204
    make(server, "accounts", name="Not seen")
    with pytest.raises((AssertionError, ValueError, OSError)):
        while stream.event()[2]["changes"].get("name") != [None, "Not seen"]:
            pass
        pytest.fail("told after its credential had ended")
    stream.close()


def test_webhooks_are_signed_as_the_published_library_checks(server, receiver):
    made = server.call("admin", "POST", "/webhooks", {"url": receiver.url, "objects": ["accounts"]})
    assert made.status == 201, made.content
    hook = made.json
    assert "secret" not in server.call("admin", "GET", f"/webhooks/{hook['id']}").json
    account = make(server, "accounts", name="Signed")
    receiver.events(lambda events: any(event["id"] == account for event in events))
    headers, body = receiver.came[0]
    # The library compares the time with ours, too.
    assert Webhook(hook["secret"]).verify(body, headers)["webhook_id"] == hook["id"]
    with pytest.raises(WebhookVerificationError):
        Webhook(hook["secret"]).verify(body + b" ", headers)
    assert server.call("admin", "POST", f"/webhooks/{hook['id']}/test").json == {"status": 200, "acknowledged": True}
    assert server.call("admin", "DELETE", f"/webhooks/{hook['id']}").status == 204


def test_nothing_is_lost_while_a_receiver_fails(server, receiver):
    receiver.status = 500
    hook = server.call("admin", "POST", "/webhooks", {"url": receiver.url, "objects": ["territory"]}).json
    names = [f"Lost and found {i}" for i in range(5)]
    for name in names:
        make(server, "territories", name=name)
    receiver.events(lambda events: events)
    deadline = time.monotonic() + SECONDS_MAX
    while (state := server.call("admin", "GET", f"/webhooks/{hook['id']}").json)["failed_attempts"] == 0:
        assert time.monotonic() < deadline
    assert state["last_error"] == "the receiver answered 500" and state["next_attempt_at"]
    receiver.status = 200
    # Switched off and on again it does not wait for its pause.
    for active in (False, True):
        server.call("admin", "PATCH", f"/webhooks/{hook['id']}", {"is_active": active})

    def created(events):
        return [event["changes"]["name"][1] for event in events if event["type"] == "record.created"]

    events = receiver.events(lambda events: set(created(events)) >= set(names))
    in_order = [event["sequence"] for event in events]
    assert created(events)[-5:] == names or in_order == sorted(in_order)
    server.call("admin", "DELETE", f"/webhooks/{hook['id']}")


def test_an_automation_calls_a_webhook_and_makes_an_activity(server, receiver):
    hook = server.call("admin", "POST", "/webhooks", {"url": receiver.url, "objects": ["campaign"]}).json
    definition = {
        "name": "Big account",
        "object": "account",
        "condition": "annual_revenue >= 1000000",
        "actions": [
            {"set": {"rating": "hot"}},
            {"create_activity": {"type": "call", "subject": "Welcome {{name}}", "due_in_days": 1}},
            {"call_webhook": {"webhook_id": hook["id"]}},
        ],
    }
    made = server.call("admin", "POST", "/automations", definition)
    assert made.status == 201, made.content
    account = make(server, "accounts", name="Giant", annual_revenue="2000000")
    assert server.call("admin", "GET", f"/accounts/{account}").json["rating"] == "hot"
    activities = server.call("admin", "GET", f'/activities?filter=account_id="{account}"').json["items"]
    assert [activity["subject"] for activity in activities] == ["Welcome Giant"]
    event = receiver.events(lambda events: events)[0]
    assert event["type"] == "automation.fired" and event["record"]["name"] == "Giant"
    runs = server.call("admin", "GET", f"/automation-runs?automation_id={made.json['id']}").json["items"]
    assert [(run["outcome"], run["record_id"]) for run in runs] == [("done", account)]
    history = server.call("admin", "GET", f"/accounts/{account}/history").json["items"]
    assert [entry["surface"] for entry in history] == ["automation", "rest"]
    assert server.call("admin", "DELETE", f"/automations/{made.json['id']}").status == 204
    server.call("admin", "DELETE", f"/webhooks/{hook['id']}")


@pytest.mark.parametrize("path", ["/webhooks", "/automations", "/automation-runs"])
def test_they_belong_to_administrators(server, path):
    answer = server.call("member", "GET", path)
    assert answer.status == 403 and answer.json["code"] == "forbidden"


def test_bad_definitions_name_what_is_wrong(server):
    for path, body, field in [
        ("/webhooks", {}, "/url"),
        ("/webhooks", {"url": "ftp://x"}, "/url"),
        ("/webhooks", {"url": "http://user:pass@x/"}, "/url"),
        ("/automations", {"name": "x", "object": "account", "actions": [{"fly": {}}]}, "/actions/0/fly"),
        ("/automations", {"name": "x", "object": "account", "condition": "nome = 1", "actions": []}, "/condition"),
    ]:
        answer = server.call("admin", "POST", path, body)
        assert answer.status == 400, answer.content
        assert answer.json["errors"][0]["field"] == field
    for path in ["/webhooks/none", "/automations/none"]:
        assert server.call("admin", "GET", path).status == 404
