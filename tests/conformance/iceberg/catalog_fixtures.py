"""The catalog of the demo company, the records behind it, and recipients and shares made for a test."""

import contextlib
import uuid

import pytest
import requests
from iceberg_catalog import Catalog, Rest


@pytest.fixture(scope="module")
def catalog(demo):
    return Catalog(demo.iceberg["uri"], demo.iceberg["token"], demo.iceberg["warehouse"])


@pytest.fixture(scope="module")
def accounts(demo):
    return Rest(demo, "accounts")


class Recipients:
    """Shares and recipients that live for one test, made as an administrator makes them."""

    def __init__(self, demo):
        self.demo = demo
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {demo.api_token}"

    def post(self, path, body):
        answer = self.session.post(f"{self.demo.url}/api/v1{path}", json=body)
        assert answer.status_code == 201, answer.text
        return answer

    def delete(self, path):
        answer = self.session.delete(f"{self.demo.url}/api/v1{path}")
        assert answer.status_code == 204, answer.text

    @contextlib.contextmanager
    def share(self, name, **table):
        """A share with one table, accounts."""
        name = f"{name}_{uuid.uuid4().hex[:8]}"
        path = "/shares/" + self.post("/shares", {"name": name}).json()["id"]
        self.post(f"{path}/tables", {"object": "account", "name": "accounts"} | table)
        try:
            yield name
        finally:
            self.delete(path)

    @contextlib.contextmanager
    def recipient(self, shares):
        """The catalog as a new recipient sees it, who is revoked at the end."""
        made = self.post("/recipients", {"name": f"Recipient {uuid.uuid4().hex[:8]}", "shares": shares})
        try:
            yield Catalog(self.demo.iceberg["uri"], made.json()["bearerToken"])
        finally:
            self.delete(made.headers["Location"].removeprefix("/api/v1"))


@pytest.fixture(scope="module")
def recipients(demo):
    return Recipients(demo)
