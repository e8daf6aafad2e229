"""Many clients at once: nothing is lost, nothing is taken twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

CLIENTS = 8


def at_once(count, work):
    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(work, range(count)))


def change(server, path, body, headers, client):
    return server.call("admin", "PATCH", path, {**body, "billing_city": f"by {client}"}, headers)


def test_of_many_who_saw_the_same_version_exactly_one_wins(server):
    record = server.make("accounts", name="Contested")
    path = f"/accounts/{record['id']}"
    for version in range(1, 11):
        body, seen = {"industry": f"of version {version}"}, {"If-Match": f'"{version}"'}
        answers = at_once(CLIENTS, partial(change, server, path, body, seen))
        assert Counter(answer.status for answer in answers) == {200: 1, 412: CLIENTS - 1}
        winner = next(answer for answer in answers if answer.status == 200)
        now = server.call("admin", "GET", path)
        assert now.json == winner.json
        assert now.headers["ETag"] == f'"{version + 1}"'


def test_a_lost_race_is_retried_until_every_change_is_in(server):
    """What a careful client does: read, change, write under If-Match, again when it was stale."""
    record = server.make("opportunities", name="Counter", probability=0)
    path = f"/opportunities/{record['id']}"

    def add_one(_):
        while True:
            now = server.call("admin", "GET", path)
            body = {"probability": now.json["probability"] + 1}
            answer = server.call("admin", "PATCH", path, body, {"If-Match": now.headers["ETag"]})
            if answer.status == 200:
                return
            assert answer.status == 412

    at_once(40, add_one)
    now = server.call("admin", "GET", path)
    assert now.json["probability"] == 40
    assert now.json["version"] == 41
    assert len(server.call("admin", "GET", path + "/history?page_size=100").json["items"]) == 41


def test_a_unique_name_is_given_once(server):
    answers = at_once(16, lambda i: server.call("admin", "POST", "/territories", {"name": "Only one"}))
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 15}
    assert len(server.call("admin", "GET", "/territories?q=only").json["items"]) == 1


def test_nothing_that_was_acknowledged_is_lost(server):
    answers = at_once(200, lambda i: server.call("admin", "POST", "/contacts", {"last_name": f"Kept {i}"}))
    assert {answer.status for answer in answers} == {201}
    listed = []
    query = "/contacts?page_size=37&order_by=created_at"
    page = server.call("admin", "GET", query).json
    while True:
        listed += [record["id"] for record in page["items"]]
        if "next_page_token" not in page:
            break
        page = server.call("admin", "GET", f"{query}&page_token={page['next_page_token']}").json
    assert sorted(listed) == sorted(answer.json["id"] for answer in answers)


def test_readers_see_whole_batches_only(server):
    def work(i):
        if i % 2 == 0:
            items = [{"name": f"Batch {i}-{j}", "family": f"B{i}"} for j in range(20)]
            return server.call("admin", "POST", "/products:batchCreate", {"items": items}).status
        counts = Counter(
            record["family"] for record in server.call("admin", "GET", "/products?page_size=1000").json["items"]
        )
        return all(count == 20 for count in counts.values())

    results = at_once(40, work)
    assert set(results[::2]) == {201}
    assert all(results[1::2])
