"""Checklist items 53 to 56: views, of which there are none, and scan planning on the server."""

# ruff: noqa: F811 - fixtures are imported, and named by their users

import uuid

import pytest
from catalog_fixtures import accounts, catalog  # noqa: F401
from iceberg_catalog import Files, refused


def plan(catalog, body, table="accounts"):
    return catalog.send("POST", catalog.table_path(table) + "/plan", json=body)


def test_53_there_are_no_views(catalog):
    assert catalog.get("/namespaces/crm/views").json() == {"identifiers": []}
    refused(catalog.get("/namespaces/other/views"), 404, "NoSuchNamespaceException")
    for path in ("/namespaces/crm/views/accounts", "/namespaces/other/views/v", "/namespaces/crm%1Fa/views/v"):
        refused(catalog.get(path), 404, "NoSuchViewException")
        assert catalog.send("HEAD", catalog.at(path)).status_code == 404


def test_54_a_plan_of_everything(catalog):
    done = plan(catalog, {}).json()
    assert done["status"] == "completed"
    assert "plan-tasks" not in done or done["plan-tasks"] == []
    loaded = catalog.load("accounts").json()
    current = loaded["metadata"]["current-snapshot-id"]
    snapshot = next(s for s in loaded["metadata"]["snapshots"] if s["snapshot-id"] == current)
    rows = sum(task["data-file"]["record-count"] for task in done["file-scan-tasks"])
    assert rows == int(snapshot["summary"]["total-records"]) >= 1200
    deletes = len(done.get("delete-files", []))
    for task in done["file-scan-tasks"]:
        assert all(0 <= at < deletes for at in task.get("delete-file-references", []))
        assert task["data-file"]["file-path"].startswith(loaded["metadata"]["location"] + "/data/")
    # The answer brings the keys for its files.
    files = Files(done["storage-credentials"][0]["config"])
    first = done["file-scan-tasks"][0]["data-file"]
    assert len(files.read(first["file-path"])) == first["file-size-in-bytes"]


def test_54_a_plan_of_a_snapshot(catalog, accounts):
    before = catalog.load("accounts").json()["metadata"]["current-snapshot-id"]
    made = accounts.create({"name": "Planned afterwards"})

    def rows(body):
        return sum(task["data-file"]["record-count"] for task in plan(catalog, body).json()["file-scan-tasks"])

    assert rows({}) == rows({"snapshot-id": before}) + 1
    accounts.delete(made["id"])


def test_54_filters_prune(catalog):
    none = {"type": "eq", "term": "id", "value": str(uuid.UUID(int=0))}
    assert plan(catalog, {"filter": none}).json().get("file-scan-tasks", []) == []
    every = {"type": "not-null", "term": "id"}
    assert plan(catalog, {"filter": every}).json()["file-scan-tasks"]


@pytest.mark.parametrize(
    "body",
    [
        {"filter": {"type": "eq", "term": "no_such_column", "value": 1}},
        {"filter": {"type": "conjure", "term": "id"}},
        {"select": "id"},
        {"snapshot-id": "one"},
    ],
)
def test_54_a_plan_that_makes_no_sense(catalog, body):
    refused(plan(catalog, body), 400, "BadRequestException")


def test_54_a_plan_is_of_one_snapshot_or_of_what_came_between_two(catalog):
    current = catalog.load("accounts").json()["metadata"]["current-snapshot-id"]
    both = {"snapshot-id": current, "start-snapshot-id": current, "end-snapshot-id": current}
    refused(plan(catalog, both), 400, "BadRequestException")


def test_54_what_is_not_there(catalog):
    assert plan(catalog, {"snapshot-id": 1}).status_code in (400, 404)
    refused(plan(catalog, {}, "nothing"), 404, "NoSuchTableException")
    for data in ("{", "[]", ""):
        answer = catalog.send("POST", catalog.table_path("accounts") + "/plan", data=data)
        refused(answer, 400, "BadRequestException")


def test_54_a_plan_is_fetched_again(catalog):
    made = plan(catalog, {}, "users").json()
    path = catalog.table_path("users") + "/plan/"
    again = catalog.send("GET", path + made["plan-id"]).json()
    assert again == {name: value for name, value in made.items() if name != "plan-id"}
    for wrong in (catalog.table_path("accounts") + "/plan/" + made["plan-id"], path + "made-up"):
        refused(catalog.send("GET", wrong), 404, "NoSuchPlanIdException")


def test_55_a_plan_is_cancelled(catalog):
    made = plan(catalog, {}, "users").json()
    path = catalog.table_path("users") + "/plan/" + made["plan-id"]
    for _ in range(2):
        answer = catalog.send("DELETE", path)
        assert (answer.status_code, answer.content) == (204, b"")
    refused(catalog.send("GET", path), 404, "NoSuchPlanIdException")


def test_56_an_unknown_task(catalog):
    path = catalog.table_path("users") + "/tasks"
    refused(catalog.send("POST", path, json={"plan-task": "made-up"}), 404, "NoSuchPlanTaskException")
    refused(catalog.send("POST", path, json={}), 400, "BadRequestException")
