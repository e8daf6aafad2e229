"""Checklist items 17 to 25: namespaces and their lists."""

# ruff: noqa: F811 - fixtures are imported, and named by their users

import pytest
from catalog_fixtures import catalog  # noqa: F401
from iceberg_catalog import refused


def test_17_namespaces(catalog):
    assert catalog.get("/namespaces").json() == {"namespaces": [["crm"]]}


def pages(catalog, path, member, size):
    items, token, seen = [], "", 0
    while True:
        answer = catalog.get(path, params={"pageToken": token, "pageSize": size})
        page = answer.json()
        assert len(page[member]) <= size
        items += page[member]
        seen += 1
        token = page.get("next-page-token")
        if not token:
            return items, seen


def test_18_lists_come_in_pages(catalog):
    assert pages(catalog, "/namespaces", "namespaces", 1) == ([["crm"]], 1)
    whole = catalog.get("/namespaces/crm/tables").json()["identifiers"]
    items, count = pages(catalog, "/namespaces/crm/tables", "identifiers", 1)
    assert items == whole and count == len(whole)
    assert len({item["name"] for item in items}) == len(items)
    assert catalog.get("/namespaces/crm/tables", params={"pageToken": ""}).json()["identifiers"] == whole


def test_19_page_tokens_are_checked(catalog):
    first = catalog.get("/namespaces/crm/tables", params={"pageToken": "", "pageSize": 1}).json()
    for path, token in (("/namespaces/crm/tables", "made-up"), ("/namespaces", first["next-page-token"])):
        refused(catalog.get(path, params={"pageToken": token}), 400, "BadRequestException")
    for size in ("0", "-1", "many"):
        refused(catalog.get("/namespaces", params={"pageToken": "", "pageSize": size}), 400, "BadRequestException")


def test_20_an_empty_parent_is_the_top(catalog):
    assert catalog.get("/namespaces?parent=").json()["namespaces"] == [["crm"]]


def test_21_an_unknown_parent(catalog):
    refused(catalog.get("/namespaces?parent=unknown"), 404, "NoSuchNamespaceException")


def test_22_levels_of_a_parent_are_told_apart(catalog):
    assert "a.b" in refused(catalog.get("/namespaces?parent=a%1Fb"), 404, "NoSuchNamespaceException")
    assert "crm.b" in refused(catalog.get("/namespaces/crm%1Fb"), 404, "NoSuchNamespaceException")


def test_23_below_a_namespace_there_is_none(catalog):
    assert catalog.get("/namespaces?parent=crm").json()["namespaces"] == []


def test_24_a_namespace(catalog):
    assert catalog.get("/namespaces/crm").json()["namespace"] == ["crm"]
    assert isinstance(catalog.get("/namespaces/crm").json()["properties"], dict)
    refused(catalog.get("/namespaces/CRM"), 404, "NoSuchNamespaceException")


@pytest.mark.parametrize(("name", "status"), [("crm", 204), ("other", 404)])
def test_25_whether_a_namespace_exists(catalog, name, status):
    answer = catalog.send("HEAD", catalog.at(f"/namespaces/{name}"))
    assert (answer.status_code, answer.content) == (status, b"")
    # The connection goes on.
    assert catalog.get("/namespaces").status_code == 200
