"""Trino 476, a server of one's own on a free port, on the catalog."""

import os
import re
import socket
import subprocess
import time
from urllib.parse import urlsplit

import pytest
import trino
from conftest import ENGINES
from live_view import Rest
from random_writes import check_while_writing

COLUMNS = ("id", "name", "description", "version")
START_SECONDS_MAX = 240


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configure(folder, demo, port):
    about = demo.iceberg
    etc = folder / "etc"
    (etc / "catalog").mkdir(parents=True)
    (etc / "config.properties").write_text(
        f"coordinator=true\nnode-scheduler.include-coordinator=true\nhttp-server.http.port={port}\n"
        f"discovery.uri=http://127.0.0.1:{port}\n"
    )
    (etc / "jvm.config").write_text(
        "-Xmx2G\n-XX:+UseG1GC\n--add-opens=java.base/java.nio=ALL-UNNAMED\n--sun-misc-unsafe-memory-access=allow\n"
    )
    (etc / "log.properties").write_text("io.trino=INFO\n")
    (etc / "catalog" / "crm.properties").write_text(
        f"""connector.name=iceberg
iceberg.catalog.type=rest
iceberg.rest-catalog.uri={about["uri"]}
iceberg.rest-catalog.warehouse={about["warehouse"]}
iceberg.rest-catalog.security=OAUTH2
iceberg.rest-catalog.oauth2.credential={about["credential"]}
iceberg.rest-catalog.oauth2.server-uri={about["uri"]}/v1/oauth/tokens
iceberg.rest-catalog.vended-credentials-enabled=true
fs.native-s3.enabled=true
s3.endpoint={"{0.scheme}://{0.netloc}".format(urlsplit(demo.url))}
s3.path-style-access=true
s3.region=us-east-1
"""
    )
    return etc


@pytest.fixture(scope="module")
def connection(demo, java25, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trino")
    port = free_port()
    etc = configure(folder, demo, port)
    # As its launcher does, without Python 2 and without a daemon.
    options = [line for line in (etc / "jvm.config").read_text().splitlines() if line]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                java25 / "bin" / "java",
                "-cp",
                str(ENGINES / "trino" / "lib" / "*"),
                *options,
                f"-Dnode.data-dir={folder / 'data'}",
                "-Dnode.environment=test",
                "-Dnode.id=one",
                f"-Dconfig={etc / 'config.properties'}",
                "-Dlog.enable-console=true",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djdk.attach.allowAttachSelf=true",
                f"-Dlog.levels-file={etc / 'log.properties'}",
                f"-Dcatalog.config-dir={etc / 'catalog'}",
                "io.trino.server.TrinoServer",
            ],
            cwd=ENGINES / "trino",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(os.environ, JAVA_HOME=str(java25)),
        )
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not re.search(r"SERVER STARTED", log.read_text(errors="replace")):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")[-4000:]
            time.sleep(0.1)
        yield trino.dbapi.connect(host="127.0.0.1", port=port, user="tests", catalog="crm", schema="crm")
    finally:
        process.terminate()
        process.wait(60)


def query(connection, text):
    cursor = connection.cursor()
    cursor.execute(text)
    return cursor.fetchall()


def read(connection, *names):
    rows = query(connection, f"SELECT {', '.join(names)} FROM accounts")
    return {row[0]: tuple(None if value is None else str(value) for value in row) for row in rows}


def test_tables_are_listed(connection):
    assert ["accounts"] in query(connection, "SHOW TABLES")


def test_while_records_are_written(demo, connection):
    check_while_writing(demo, lambda *names: read(connection, *names), COLUMNS)


def test_time_travel(demo, connection):
    rest = Rest(demo, "accounts")
    made = rest.create({"name": "Now"})
    count = query(connection, "SELECT count(*) FROM accounts")[0][0]
    newest = 'SELECT snapshot_id FROM "accounts$refs"'
    snapshot = query(connection, newest)[0][0]
    assert query(connection, 'SELECT count(*) FROM "accounts$snapshots"')[0][0] >= 1
    rest.delete(made["id"])
    assert query(connection, "SELECT count(*) FROM accounts")[0][0] == count - 1
    assert query(connection, f"SELECT count(*) FROM accounts FOR VERSION AS OF {snapshot}")[0][0] == count


def test_writing_is_refused(demo, connection):
    rest = Rest(demo, "users")
    before = rest.rows()
    for statement in ("DELETE FROM users", "DROP TABLE users", "CREATE TABLE other (a INTEGER)", "CREATE SCHEMA other"):
        with pytest.raises(trino.exceptions.TrinoQueryError):
            query(connection, statement)
    assert rest.rows() == before
