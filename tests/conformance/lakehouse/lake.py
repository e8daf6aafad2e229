"""The demo's mart seen beside our own code: its files by the real DuckDB, its answers through the CRM's door."""

import contextlib
import json
import subprocess
from pathlib import Path

import duckdb
import requests
from demo_process import Demo, binary, stop, wait_for_state

QUESTION = "What is the lifetime gross margin by account for the Cleveland territory?"
AWAY = "the lakehouse is currently unavailable"


@contextlib.contextmanager
def own_demo(data: Path):
    """A demo that a test may break: started for it alone."""
    log = data.parent / f"{data.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [binary(), "demo", "--data", str(data), "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Demo(wait_for_state(process, data / "demo.json", log), process, data, log)
    finally:
        stop(process)


def live_files(table: Path) -> list[str]:
    """The Parquet files of a Delta table's newest version, by its log."""
    files = {}
    for commit in sorted((table / "_delta_log").glob("*.json")):
        for line in commit.read_text().splitlines():
            action = json.loads(line)
            if "add" in action:
                files[action["add"]["path"]] = None
            if "remove" in action:
                files.pop(action["remove"]["path"], None)
    return [str(table / path) for path in files]


def mart(root) -> duckdb.DuckDBPyConnection:
    """The mart's tables as views of their files, in a DuckDB that knows nothing of the lakehouse process."""
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA analytics")
    for table in sorted((Path(root) / "tables" / "analytics").iterdir()):
        files = ", ".join(f"'{file}'" for file in live_files(table))
        connection.execute(f"CREATE VIEW analytics.{table.name} AS SELECT * FROM read_parquet([{files}])")
    return connection


def cell(value):
    """A value of DuckDB's Python client as our JSON writes it."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)


def by_hand(root, sql):
    return [[cell(value) for value in row] for row in mart(root).execute(sql).fetchall()]


def post(demo, question, accept="application/json", **more):
    return requests.post(
        f"{demo.url}/api/v1/assistant/questions",
        json={"question": question} | more,
        headers={"Authorization": f"Bearer {demo.api_token}", "Accept": accept},
        timeout=60,
    )


def ask(demo, question, **more):
    """The whole answer as one JSON body."""
    answer = post(demo, question, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def events(demo, question):
    """The answer as (event, data) pairs, in the order they came."""
    answer = post(demo, question, accept="text/event-stream")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line and not line.startswith(":"))
        if "event" in fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found
