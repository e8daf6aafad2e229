"""Lakehouses that are not ours: the same questions, the same rows, whatever shape their server gives them."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
from demo_process import ROOT, binary, stop
from lake import QUESTION, ask, by_hand, post
from test_questions import MARGIN_BY_ACCOUNT

HERE = Path(__file__).parent
START_SECONDS_MAX = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running(command, log):
    environment = os.environ | {"PYTHONPATH": f"{HERE}{os.pathsep}{HERE.parent}"}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
        )
    try:
        yield process
    finally:
        stop(process)


def wait_for(probe, log):
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        found = probe()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not ready:\n{log.read_text()[-3000:]}")


def accepts(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture(params=["databricks", "snowflake", "objects"])
def foreign(request, demo, tmp_path):
    """A CRM of its own that asks a lakehouse of the given kind, over the demo's files."""
    port = free_port()
    warehouse_log, crm_log = tmp_path / "warehouse.log", tmp_path / "crm.log"
    model = ROOT / "tests" / "golden" / "semantic.json"
    warehouse = [sys.executable, HERE / "foreign.py", request.param, demo.lakehouse_root, port]
    crm = [binary(), "serve", "--data", tmp_path / "data", "--port", "0"]
    crm += ["--lakehouse-mcp", f"http://127.0.0.1:{port}/mcp", "--lakehouse-model", model]
    with running(warehouse, warehouse_log), running(crm, crm_log):
        wait_for(lambda: accepts(port), warehouse_log)
        link = wait_for(lambda: re.search(r"(http://\S+)/setup\?token=(\S+)", crm_log.read_text()), crm_log)
        url, token = link.groups()
        account = {"workspace": "W", "name": "N", "email": "n@example.com", "password": "a long enough password"}
        made = requests.post(f"{url}/api/v1/setup", json={"token": token} | account, timeout=30)
        assert made.status_code < 300, made.text
        yield SimpleNamespace(
            url=url, api_token=made.json()["token"], lakehouse_root=demo.lakehouse_root, flavour=request.param
        )


def test_the_rows_are_those_of_the_files(foreign):
    assert ask(foreign, QUESTION)["rows"] == by_hand(foreign.lakehouse_root, MARGIN_BY_ACCOUNT)
    months = ask(foreign, "revenue by month in 2025")["rows"]
    assert months == by_hand(
        foreign.lakehouse_root,
        "SELECT strftime(order_date, '%Y-%m'), SUM(revenue) FROM analytics.order_margin "
        "WHERE year(order_date) = 2025 GROUP BY 1 ORDER BY 1",
    )
    days = ask(foreign, "last order date by territory")["rows"]
    assert sorted(days) == sorted(
        by_hand(
            foreign.lakehouse_root,
            "SELECT territory, MAX(order_date) FILTER (WHERE NOT is_return) FROM analytics.order_margin "
            "JOIN analytics.accounts_dim USING (account_number) GROUP BY 1",
        )
    )
    assert post(foreign, "revenue by flurb").status_code == 400
