"""Questions over REST against the demo's lakehouse: in one piece and as events."""

import json

import pytest
import requests

QUESTION = "gross margin by account for the Cleveland territory"


@pytest.fixture(scope="module")
def ask(demo):
    def send(question, accept, **more):
        return requests.post(
            demo.url + "/api/v1/assistant/questions",
            json={"question": question, **more},
            headers={"Authorization": f"Bearer {demo.viewer_api_token}", "Accept": accept},
            timeout=60,
            stream=True,
        )

    return send


def events(response):
    """(name, data) of each server-sent event."""
    name = ""
    for line in response.iter_lines(decode_unicode=True):
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_an_answer_in_one_piece_says_where_it_comes_from(ask):
    response = ask(QUESTION, "application/json")
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["question"] == QUESTION
    assert "Cleveland" in answer["answer"]
    assert answer["sql"].lstrip().upper().startswith(("SELECT", "WITH"))
    assert answer["source"]
    assert answer["row_count"] == len(answer["rows"]) > 0
    assert {len(row) for row in answer["rows"]} == {len(answer["columns"])}
    money = [i for i, column in enumerate(answer["columns"]) if column["type"] == "money"]
    assert money
    assert all(isinstance(row[i], str) for row in answer["rows"] for i in money)


def test_the_same_answer_as_events(ask):
    whole = ask(QUESTION, "application/json").json()
    response = ask(QUESTION, "text/event-stream")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/event-stream")
    response.encoding = "utf-8"
    seen = list(events(response))
    names = [name for name, _ in seen]
    assert names[:2] == ["plan", "columns"]
    assert names[-1] == "done"
    assert set(names[2:-1]) == {"rows"}
    assert seen[0][1]["sql"] == whole["sql"]
    assert seen[1][1]["columns"] == whole["columns"]
    assert [row for name, data in seen if name == "rows" for row in data["rows"]] == whole["rows"]
    assert seen[-1][1]["row_count"] == whole["row_count"]


def test_what_is_not_understood_is_said(ask):
    response = ask("zorble the frob", "application/json")
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "zorble" in response.json()["detail"]
    (name, data), *rest = events(ask("zorble the frob", "text/event-stream"))
    assert (name, data["status"], rest) == ("error", 400, [])


def test_one_can_see_what_can_be_asked(demo, ask):
    response = requests.get(
        demo.url + "/api/v1/assistant/sources",
        headers={"Authorization": f"Bearer {demo.viewer_api_token}"},
        timeout=60,
    )
    described = response.json()
    assert described["sources"] and described["metrics"] and described["dimensions"] and described["examples"]
    for example in described["examples"]:
        assert ask(example, "application/json").status_code == 200, example
