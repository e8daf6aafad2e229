"""A client that speaks the protocol by hand, an administrator who keeps shares, and tables of their own for tests."""

import itertools
import json
from pathlib import Path

import requests
from live_view import Rest

# What the released Python client sends where it leaves the format to the server.
PYTHON = {
    "User-Agent": "Delta-Sharing-Python/1.4.2",
    "delta-sharing-capabilities": "responseformat=delta,parquet;readerfeatures=deletionvectors,columnmapping,timestampntz",
}
# What the Spark connector sends.
SPARK = {
    "User-Agent": "Delta-Sharing-Spark/4.4.0",
    "delta-sharing-capabilities": "responseformat=parquet,delta;readerfeatures=deletionvectors,columnmapping",
}
DELTA = {"delta-sharing-capabilities": "responseformat=delta"}
PARQUET = {"delta-sharing-capabilities": "responseformat=parquet"}
FORMATS = {"parquet": PARQUET, "delta": DELTA}
QUARTER_HOUR_MS = 15 * 60 * 1000

_numbers = itertools.count(1)


class Admin:
    """Shares and recipients through REST."""

    def __init__(self, demo):
        self.demo = demo
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {demo.api_token}"

    def call(self, method, path, body=None, status=(200, 201, 204)):
        answer = self.session.request(method, f"{self.demo.url}/api/v1{path}", json=body)
        assert answer.status_code in status, answer.text
        return answer.json() if answer.content else None

    def recipient(self, **body):
        """A new recipient: its name and its profile."""
        name = body.setdefault("name", f"reader {next(_numbers)}")
        return name, self.call("POST", "/recipients", body)

    def share(self, **body):
        name = body.setdefault("name", f"share_{next(_numbers)}")
        self.call("POST", "/shares", body)
        return name

    def object(self, *fields):
        """A custom object with a name and these further fields; its collection."""
        name = f"probe_{next(_numbers)}"
        self.call("POST", "/objects", {"name": name, "plural": f"{name}s", "fields": list(fields)})
        return Rest(self.demo, f"{name}s")

    def column(self, rest, **field):
        """Adds a field to the object of a collection."""
        plural = rest.url.rsplit("/", 1)[1]
        self.call("POST", f"/objects/{plural.removesuffix('s')}/fields", field)


class Peer:
    """One recipient, who reads tables of one share."""

    def __init__(self, profile, share="boathouse", schema="crm"):
        self.profile = json.loads(Path(profile).read_text()) if isinstance(profile, (str, Path)) else profile
        self.endpoint = self.profile["endpoint"].rstrip("/")
        self.path = f"/shares/{share}/schemas/{schema}"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.profile['bearerToken']}"

    def get(self, path, params=None, headers=None):
        return self.session.get(self.endpoint + path, params=params, headers=headers)

    def table(self, name):
        return Table(self, f"{self.path}/tables/{name}")


class Table:
    def __init__(self, peer, path):
        self.peer = peer
        self.path = path
        self.url = peer.endpoint + path

    def get(self, what="", params=None, headers=None):
        return self.peer.session.get(self.url + what, params=params, headers=headers)

    def head(self):
        return self.peer.session.head(self.url)

    def post(self, what, body=None, headers=None):
        return self.peer.session.post(self.url + what, json={} if body is None else body, headers=headers)

    def version(self, **params):
        return int(ok(self.get("/version", params)).headers["Delta-Table-Version"])

    def metadata(self, headers=None, **params):
        return self.get("/metadata", params, headers)

    def query(self, body=None, headers=None):
        return self.post("/query", body, headers)

    def changes(self, headers=None, **params):
        return self.get("/changes", params, headers)


def ok(answer):
    assert answer.status_code == 200, answer.text
    return answer


def lines(answer):
    return [json.loads(line) for line in ok(answer).text.splitlines()]


def entries(answer):
    """Lines of files, in any format, as (kind, facts): kind is file, add, remove or cdf; facts have url, id, size, ..."""
    found = []
    for line in lines(answer):
        ((kind, facts),) = line.items()
        if kind == "file" and "deltaSingleAction" in facts:
            ((action, details),) = facts["deltaSingleAction"].items()
            snapshot = "version" not in facts
            kind = {"add": "file" if snapshot else "add", "cdc": "cdf", "remove": "remove"}[action]
            found.append((kind, details | facts | {"url": details["path"]}))
        elif kind in ("file", "add", "remove", "cdf"):
            found.append((kind, facts))
    return found


def files(answer):
    return [facts for _, facts in entries(answer)]


def ids(answer):
    return [facts["id"] for facts in files(answer)]


def end_of(answer):
    return lines(answer)[-1].get("endStreamAction")


def version_of(answer):
    return int(ok(answer).headers["Delta-Table-Version"])


def refused(answer, status, code):
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"errorCode", "message"}
    assert body["errorCode"] == code
    assert body["message"]
    return body["message"]


def invalid(answer):
    return refused(answer, 400, "INVALID_PARAMETER_VALUE")
