"""Apache Iceberg's Go library on the catalog (go_reader/)."""

import json
import subprocess

from random_writes import check_while_writing

COLUMNS = ("id", "name", "description", "version")
NULL = "(null)"


def test_while_records_are_written(demo, go_reader):
    about = demo.iceberg
    reader = subprocess.Popen(
        [go_reader, about["uri"], about["warehouse"], about["credential"]],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def read(*names):
        reader.stdin.write(" ".join(("crm.accounts", *names)) + "\n")
        reader.stdin.flush()
        line = reader.stdout.readline()
        assert line, reader.stderr.read()
        return {row[0]: tuple(None if value == NULL else value for value in row) for row in json.loads(line)}

    try:
        check_while_writing(demo, read, COLUMNS)
    finally:
        reader.stdin.close()
        reader.wait(30)
