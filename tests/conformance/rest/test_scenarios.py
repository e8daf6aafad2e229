"""The scenarios of tests/scenarios, each on an empty workspace of its own."""

from pathlib import Path

import pytest
from language import ScenarioError, follow, holds, read_scenario
from run import run_scenario

SCENARIOS = sorted((Path(__file__).resolve().parents[2] / "scenarios").rglob("*.scn"))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_scenario(path, template):
    try:
        run_scenario(path, template)
    except ScenarioError as error:
        pytest.fail(str(error), pytrace=False)


def test_there_are_scenarios():
    assert len(SCENARIOS) >= 10


def write(tmp_path, text):
    path = tmp_path / "made.scn"
    path.write_text(text, encoding="utf-8")
    return path


def test_steps_are_read_as_they_are_meant(tmp_path):
    text = """# A comment.
as member
POST /leads with If-Match: "1"; X-A: b
  {"last_name": "A -> B", "tags": ["a, b"]}
  -> 201 $lead=id, name="A, B", header.ETag~1, no next_page_token
GET /leads ? filter: name = "x & y" AND stage = won & page_size: 2 -> 200
read delta crm.leads where id=$lead -> nothing
read delta crm.leads -> 2 rows
"""
    role, post, get, gone, rows = read_scenario(write(tmp_path, text))
    assert role.role == "member"
    assert (post.method, post.path, post.body) == ("POST", "/leads", '{"last_name": "A -> B", "tags": ["a, b"]}')
    assert post.headers == [("If-Match", '"1"'), ("X-A", "b")]
    assert post.captures == [("lead", "id")]
    assert post.checks == [("name", "=", '"A, B"'), ("header.ETag", "~", "1"), ("next_page_token", "absent", "")]
    assert get.query == [("filter", 'name = "x & y" AND stage = won'), ("page_size", "2")]
    assert (gone.table, gone.where, gone.outcome) == ("crm.leads", ("id", "$lead"), "nothing")
    assert rows.outcome == "2"


@pytest.mark.parametrize(
    "text",
    [
        "  indented",
        "as somebody",
        "GET /a",
        "FETCH /a -> 200",
        "GET /a -> fine",
        "GET /a ? b -> 200",
        "GET /a -> 200 what",
    ],
)
def test_a_step_that_cannot_be_read_is_named(tmp_path, text):
    with pytest.raises(ScenarioError, match="made.scn:1"):
        read_scenario(write(tmp_path, text))


def test_a_step_that_goes_wrong_fails_the_scenario(tmp_path, template):
    for text in (
        "as admin\nGET /accounts -> 404\n",
        "as admin\nGET /accounts -> 200 items.count=1\n",
        "as admin\nGET /accounts -> 200 colour=red\n",
        "as admin\nGET /accounts -> 200 no items\n",
        "as admin\nGET /accounts/$missing -> 200\n",
        "read delta crm.users -> nothing\n",
    ):
        with pytest.raises(ScenarioError, match="made.scn"):
            run_scenario(write(tmp_path, text), template)


def test_expectations_are_compared_by_their_kind():
    assert holds("7", "=", '"7"')
    assert not holds(7, "=", '"7"')
    assert holds(7, "=", "7")
    assert holds(True, "=", "true")
    assert holds(None, "=", "null")
    assert holds(["a", "b"], "=", '["a", "b"]')
    assert holds("abc", "~", "b")
    assert not holds("abc", "!=", "abc")
    assert follow({"items": [{"a": {"b": 1}}, {"a": {"b": 2}}]}, "items.*.a.b") == [1, 2]
