"""Checklist items 50 to 52: whatever writes is refused, and nothing changes."""

# ruff: noqa: F811 - fixtures are imported, and named by their users

import uuid

import pytest
from catalog_fixtures import catalog  # noqa: F401
from iceberg_catalog import WRITES, refused

BODIES = [{}, {"namespace": ["crm"], "name": "accounts", "requirements": [], "updates": []}]


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_50_writes_are_refused_with_the_way_to_write(catalog, method, path):
    before = catalog.load("users").json()["metadata-location"]
    for body in BODIES:
        message = refused(catalog.send(method, catalog.at(path), json=body), 403, "ForbiddenException")
        assert "/api/v1" in message
    assert catalog.load("users").json()["metadata-location"] == before


def test_50_purging_is_refused_as_well(catalog):
    path = catalog.table_path("accounts") + "?purgeRequested=true"
    refused(catalog.send("DELETE", path), 403, "ForbiddenException")


def test_51_reading_goes_on(catalog):
    for method, path in WRITES:
        catalog.send(method, catalog.at(path), json={})
        assert catalog.send("HEAD", catalog.table_path("accounts")).status_code == 204
    assert catalog.load("accounts").status_code == 200


def test_52_idempotency_keys_change_nothing(catalog):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    for _ in range(2):
        answer = catalog.send("POST", catalog.at("/namespaces"), json={"namespace": ["n"]}, headers=headers)
        refused(answer, 403, "ForbiddenException")
    plan = catalog.send("POST", catalog.table_path("users") + "/plan", json={}, headers=headers)
    assert plan.status_code == 200
    assert "idempotency-key-lifetime" not in catalog.config().json()
