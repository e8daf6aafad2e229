"""Questions asked of the CRM give exactly what hand-written SQL finds in the lakehouse's files."""

import pytest
import requests
from lake import QUESTION, ask, by_hand, events, post

MARGIN_BY_ACCOUNT = """
    SELECT a.account_name, a.account_number, SUM(m.gross_margin) AS margin
    FROM analytics.order_margin m JOIN analytics.accounts_dim a USING (account_number)
    WHERE a.territory = 'Cleveland'
    GROUP BY ALL ORDER BY margin DESC, a.account_name, a.account_number"""

# Questions and the SQL a person would write for them.
PAIRS = [
    (
        "revenue by month in 2025",
        "SELECT strftime(order_date, '%Y-%m'), SUM(revenue) FROM analytics.order_margin "
        "WHERE year(order_date) = 2025 GROUP BY 1 ORDER BY 1",
    ),
    (
        "top 7 products by units",
        "SELECT product, product_code, SUM(quantity) AS n FROM analytics.order_margin "
        "JOIN analytics.products_dim USING (product_code) GROUP BY ALL ORDER BY n DESC, 1 LIMIT 7",
    ),
    (
        "gross margin % by product family",
        "SELECT product_family, CAST(ROUND(100 * SUM(gross_margin) / SUM(revenue), 2) AS DECIMAL(9,2)) AS p "
        "FROM analytics.order_margin JOIN analytics.products_dim USING (product_code) GROUP BY 1 ORDER BY p DESC, 1",
    ),
    (
        "orders and revenue by territory excluding Cleveland",
        "SELECT territory, COUNT(DISTINCT order_number) FILTER (WHERE NOT is_return) AS n, SUM(revenue) "
        "FROM analytics.order_margin JOIN analytics.accounts_dim USING (account_number) "
        "WHERE territory <> 'Cleveland' GROUP BY 1 ORDER BY n DESC, 1",
    ),
    (
        "accounts with more than 5 orders in 2025",
        "SELECT account_name, account_number, COUNT(DISTINCT order_number) FILTER (WHERE NOT is_return) AS n "
        "FROM analytics.order_margin JOIN analytics.accounts_dim USING (account_number) "
        "WHERE year(order_date) = 2025 GROUP BY ALL HAVING n > 5 ORDER BY n DESC, 1, 2",
    ),
    (
        "bottom 3 industries by revenue between 2024-07-01 and 2025-06-30",
        "SELECT industry, SUM(revenue) AS r FROM analytics.order_margin "
        "JOIN analytics.accounts_dim USING (account_number) "
        "WHERE order_date BETWEEN '2024-07-01' AND '2025-06-30' GROUP BY 1 ORDER BY r, 1 LIMIT 3",
    ),
    ("total revenue", "SELECT SUM(revenue) FROM analytics.order_margin"),
    (
        "revenue by quarter since 2025",
        "SELECT year(order_date) || '-Q' || quarter(order_date), SUM(revenue) FROM analytics.order_margin "
        "WHERE order_date >= '2025-01-01' GROUP BY 1 ORDER BY 1",
    ),
]


def test_the_question_of_the_mission(demo):
    answer = ask(demo, QUESTION)
    expected = by_hand(demo.lakehouse_root, MARGIN_BY_ACCOUNT)
    assert len(expected) > 20
    assert [column["name"] for column in answer["columns"]] == ["account", "account_number", "gross_margin"]
    assert answer["rows"] == expected
    assert answer["row_count"] == len(expected)
    assert answer["truncated"] is False
    assert answer["source"] == "lakehouse"
    assert answer["answer"] == f"Gross margin by account for territory Cleveland, all time: {len(expected)} accounts."
    assert "'Cleveland'" in answer["sql"]


def test_the_same_as_a_stream(demo):
    found = events(demo, QUESTION)
    assert [name for name, _ in found][:2] == ["plan", "columns"]
    assert found[-1][0] == "done"
    rows = [row for name, data in found if name == "rows" for row in data["rows"]]
    assert rows == by_hand(demo.lakehouse_root, MARGIN_BY_ACCOUNT)
    assert found[0][1]["metric"] == "gross_margin"
    assert found[0][1]["dimensions"] == ["account"]
    assert found[0][1]["filters"][0]["values"] == ["Cleveland"]
    assert found[-1][1]["row_count"] == len(rows)


@pytest.mark.parametrize(("question", "sql"), PAIRS)
def test_answers_equal_hand_written_sql(demo, question, sql):
    expected = by_hand(demo.lakehouse_root, sql)
    assert expected
    assert ask(demo, question)["rows"] == expected


def test_every_row_leads_to_an_account_of_the_crm(demo):
    answer = ask(demo, "top 3 accounts by gross margin")
    for name, number, _ in answer["rows"]:
        found = requests.get(
            f"{demo.url}/api/v1/accounts",
            params={"filter": f'account_number = "{number}"'},
            headers={"Authorization": f"Bearer {demo.api_token}"},
            timeout=30,
        ).json()["items"]
        assert [account["name"] for account in found] == [name]


def test_a_question_goes_on_from_the_one_before(demo):
    ask(demo, "revenue by account for Cleveland in 2025", conversation_id="going-on")
    answer = ask(demo, "and what about 2024?", conversation_id="going-on")
    assert answer["answer"].startswith("Revenue by account for territory Cleveland (also a city), 2024: ")


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("gross margin growth by account", "growth"),
        ("gross margin for the Clevland territory", "Clevland"),
        ("drop table orders", "drop"),
        ("hello", "which figure"),
    ],
)
def test_what_is_not_understood_is_said(demo, question, word):
    for accept in ("application/json", "text/event-stream"):
        refused = post(demo, question, accept=accept)
        if accept == "application/json":
            assert refused.status_code == 400
            problem = refused.json()
            assert refused.headers["content-type"].startswith("application/problem+json")
        else:
            name, problem = events(demo, question)[-1]
            assert name == "error"
        assert problem["code"] == "invalid"
        assert word in problem["detail"]
        assert problem["errors"][0]["field"] == "/question"


def test_what_can_be_asked_is_listed(demo):
    listed = requests.get(
        f"{demo.url}/api/v1/assistant/sources", headers={"Authorization": f"Bearer {demo.api_token}"}, timeout=30
    ).json()
    assert listed["sources"] == [{"name": "lakehouse", "kind": "lakehouse", "status": "available"}]
    assert {"gross_margin", "revenue", "orders"} <= {metric["name"] for metric in listed["metrics"]}
    assert {"account", "territory", "product_family"} <= {dimension["name"] for dimension in listed["dimensions"]}
    for example in listed["examples"]:
        assert ask(demo, example)["row_count"] > 0


def test_a_stranger_gets_no_answer(demo):
    refused = requests.post(f"{demo.url}/api/v1/assistant/questions", json={"question": QUESTION}, timeout=30)
    assert refused.status_code == 401
