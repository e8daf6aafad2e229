"""Backups of a server at work: what is restored is the same, row by row of every table, and serves."""

import json
import sqlite3
import subprocess
import threading
from pathlib import Path

from workspace import Server, binary


def run(*arguments, code=0):
    done = subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def rows(path: Path) -> dict:
    """Every row of every table, the shadow tables of full-text search included."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        # Virtual tables are seen through their shadow tables.
        names = [
            name
            for (name, sql) in connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            if sql and not sql.upper().startswith("CREATE VIRTUAL")
        ]
        read = {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}
        # When a token was last used is noted a moment after its request, which may be after the backup.
        read["document"] = [row for row in read["document"] if row[0] != "auth.token_use"]
        return read
    finally:
        connection.close()


def fill(server, count):
    for number in range(count):
        server.make("accounts", name=f"Company {number}", tags=["a", "b"])
    account = server.make("accounts", name="Changed")
    server.call("admin", "PATCH", f"/accounts/{account['id']}", {"name": "Changed again"})
    server.call("admin", "DELETE", f"/accounts/{account['id']}")


def test_every_row_of_every_table_is_restored(template, tmp_path):
    with template.start() as server:
        fill(server, 200)
        archive = tmp_path / "backup.tar"
        assert "main" in run("backup", "--data", str(server.data), "--to", str(archive))
        assert archive.stat().st_mode & 0o077 == 0
        before = rows(server.data / "workspaces" / "main" / "records.sqlite")
    restored = tmp_path / "restored"
    run("restore", "--from", str(archive), "--data", str(restored))
    after = rows(restored / "workspaces" / "main" / "records.sqlite")
    assert len(before["r_account"]) == 200
    assert before.keys() == after.keys()
    for table, content in before.items():
        assert after[table] == content, table
    assert (restored / "server.json").read_text() == (server.data / "server.json").read_text()
    # Tokens, searches and new records: it is a whole server.
    with Server(restored) as again:
        found = again.send("GET", "/accounts?filter=name%3D%22Company%207%22", template.tokens["admin"])
        assert [item["name"] for item in found.json["items"]] == ["Company 7"]
        assert again.send("GET", "/search?q=Company", template.tokens["member"]).json["items"]
        assert again.send("POST", "/accounts", template.tokens["admin"], {"name": "New"}).status == 201


def test_a_backup_under_load_is_a_prefix(template, tmp_path):
    with template.start() as server:
        stop = threading.Event()
        acknowledged = []

        def write():
            number = 0
            while not stop.is_set():
                answer = server.call("admin", "POST", "/contacts", {"last_name": f"Written {number}"})
                assert answer.status == 201
                acknowledged.append(answer.json["id"])
                number += 1

        writers = [threading.Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        archives = []
        try:
            for number in range(3):
                known = set(acknowledged)
                archive = tmp_path / f"live-{number}.tar"
                run("backup", "--data", str(server.data), "--to", str(archive))
                archives.append((archive, known))
        finally:
            stop.set()
            for writer in writers:
                writer.join()
    for archive, known in archives:
        restored = tmp_path / archive.stem
        run("restore", "--from", str(archive), "--data", str(restored))
        content = rows(restored / "workspaces" / "main" / "records.sqlite")
        sequences = [row[0] for row in content["change"]]
        assert sorted(sequences) == list(range(1, len(sequences) + 1))
        columns = sqlite3.connect(restored / "workspaces" / "main" / "records.sqlite").execute(
            'SELECT lower(hex("id")) FROM "r_contact"'
        )
        there = {row[0] for row in columns}
        # Every write that was acknowledged before the backup began is in it.
        assert {ident.replace("-", "") for ident in known} <= there
        creates = [json.loads(row[7]) for row in content["change"] if row[6] == 1]
        assert sum("last_name" in changes for changes in creates) == len(there)


def test_nothing_is_overwritten(template, tmp_path):
    with template.start() as server:
        archive = tmp_path / "backup.tar"
        run("backup", "--data", str(server.data), "--to", str(archive))
        assert "exists" in run("backup", "--data", str(server.data), "--to", str(archive), code=1)
        assert "not empty" in run("restore", "--from", str(archive), "--data", str(server.data), code=1)
    damaged = tmp_path / "damaged.tar"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    assert "damaged.tar" in run("restore", "--from", str(damaged), "--data", str(tmp_path / "x"), code=1)
    assert not (tmp_path / "x").exists()
