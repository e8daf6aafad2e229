"""`boathouse import` and `boathouse export` as people call them: into a folder, through a server, cut off and called again."""

import json
import os
import signal
import subprocess
import time

import pyarrow.parquet
import pytest
from program import binary, running_server
from test_import_jobs import CONTACTS, contacts

BIG = 40_000
FILLED = {**CONTACTS, "columns": {**CONTACTS["columns"], "note": "description"}}


def big_file(path):
    """More than is imported at once."""
    lines = contacts(BIG).splitlines(keepends=True)
    note = b"," + b"n" * 180 + b"\r\n"
    path.write_bytes(lines[0][:-2] + b",note\r\n" + b"".join(line[:-2] + note for line in lines[1:]))
    assert path.stat().st_size > 8 << 20
    return path


def run(*arguments, **options):
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


@pytest.fixture()
def mapping(tmp_path):
    path = tmp_path / "mapping.json"
    path.write_text(json.dumps(FILLED))
    return path


def test_a_big_import_that_was_killed_goes_on_when_it_is_called_again(tmp_path, mapping):
    data = tmp_path / "data"
    file = big_file(tmp_path / "contacts.csv")
    command = ["import", "--data", data, "--create-workspace", "--mapping", mapping, "--file", file]
    records = data / "workspaces/main/records.sqlite"
    with (tmp_path / "first.log").open("w") as log:
        first = subprocess.Popen([binary(), *map(str, command)], stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        size = 0
        # The kill comes while it writes: the log of the database has grown.
        while first.poll() is None and size < 4 << 20 and time.monotonic() < deadline:
            size = sum(path.stat().st_size for path in data.glob("workspaces/main/records.sqlite*"))
            time.sleep(0.01)
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert records.exists()
    again = run(*command, "--rejected", tmp_path / "rejected.csv")
    assert again.returncode == 0, again.stderr
    assert "contacts.csv" in again.stdout and str(BIG) in again.stdout
    exported = tmp_path / "contacts.parquet"
    result = run("export", "contacts", "--data", data, "--to", exported, "--fields", "external_id,version")
    assert result.returncode == 0 and f"{BIG} contacts written" in result.stderr, result.stderr
    table = pyarrow.parquet.read_table(exported)
    assert table.num_rows == BIG and set(table["version"].to_pylist()) == {1}
    assert set(table["external_id"].to_pylist()) == {f"x{i}" for i in range(BIG)}
    finished = run(*command)
    assert finished.returncode == 0 and str(BIG) in finished.stdout


def test_import_and_export_through_a_server(tmp_path, mapping):
    small = tmp_path / "small.csv"
    small.write_bytes("id;first;last;mail;note\r\n1;Zo\u00eb;M\u00fcller;;\r\nbad;Ann;;;\r\n".encode("utf-16"))
    with running_server(tmp_path / "data") as server:
        through = ["--url", server.url, "--token", server.token]
        rejected = tmp_path / "rejected.csv"
        result = run("import", *through, "--mapping", mapping, "--file", small, "--rejected", rejected)
        assert result.returncode == 0, result.stderr
        assert rejected.read_text().startswith("id;first;last;mail;note;line;reason")
        big = run("import", *through, "--mapping", mapping, "--file", big_file(tmp_path / "big.csv"))
        assert big.returncode == 0 and str(BIG) in big.stdout, big.stderr
        assert server.count("contacts") == BIG + 1
        [job] = server.get("imports")["items"]
        assert job["state"] == "done"
        resumed = run("import", *through, "--resume", job["id"])
        assert resumed.returncode == 0, resumed.stderr

        to = tmp_path / "out.csv"
        wanted = ["--filter", 'external_id = "1"', "--fields", "first_name, last_name", "--to", to]
        result = run("export", "contacts", *through, *wanted)
        assert result.returncode == 0, result.stderr
        assert to.read_text(encoding="utf-8") == "first_name,last_name\nZo\u00eb,M\u00fcller\n"
        wrong = run("export", "contacts", *through, "--fields", "nope", "--to", tmp_path / "wrong.csv")
        assert wrong.returncode == 1 and "nope" in wrong.stderr
        assert not os.path.exists(tmp_path / "wrong.csv") and not os.path.exists(tmp_path / "wrong.csv.new")


def test_what_is_wrong_with_the_command_is_said(tmp_path, mapping):
    assert "mapping" in run("import", "--data", tmp_path).stderr
    assert "--file" in run("import", "--data", tmp_path, "--mapping", mapping, "--create-workspace").stderr
    assert "id" in run("import", "--data", tmp_path, "--create-workspace", "--resume", "x").stderr
    assert "no workspace" in run("export", "accounts", "--data", tmp_path / "no", "--to", "-").stderr
    assert "csv or parquet" in run("export", "accounts", "--data", tmp_path, "--to", "x", "--format", "xml").stderr
    assert run("export", "--data", tmp_path, "--to", "x").returncode == 2
