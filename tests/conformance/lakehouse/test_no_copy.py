"""What the lakehouse answers is nowhere on the CRM's disk: a name that only the lakehouse knows is asked for, seen,
and then searched for in every file the CRM has.
"""

import gzip
import json
import zlib
from pathlib import Path

import duckdb
import requests
from lake import ask, events, own_demo

SENTINEL = "Zzyxquartz Sentinel Foundry"
AMOUNT = "73104682.91"


def append_row(table: Path, select: str):
    """Commits one more file to a Delta table, as any writer of the lakehouse would."""
    version = len(list((table / "_delta_log").glob("*.json")))
    name = f"appended-{version}.parquet"
    duckdb.connect().execute(f"COPY ({select}) TO '{table / name}' (FORMAT parquet)")
    action = {
        "add": {
            "path": name,
            "partitionValues": {},
            "size": (table / name).stat().st_size,
            "modificationTime": 0,
            "dataChange": True,
        }
    }
    (table / "_delta_log" / f"{version:020}.json").write_text(json.dumps(action) + "\n")


def put_sentinel(root):
    tables = Path(root) / "tables" / "analytics"
    append_row(
        tables / "accounts_dim",
        f"SELECT 'A-999999' AS account_number, '{SENTINEL}' AS account_name, 'Cleveland' AS territory, "
        "'metals' AS industry, 'Cleveland' AS city, 'OH' AS state",
    )
    append_row(
        tables / "order_margin",
        "SELECT 'SO-999999/1' AS line_id, 'SO-999999' AS order_number, DATE '2025-05-05' AS order_date, "
        "'A-999999' AS account_number, 'BRG-100' AS product_code, false AS is_return, 1::BIGINT AS quantity, "
        f"{AMOUNT}::DECIMAL(18,2) AS revenue, 0::DECIMAL(18,2) AS cost, {AMOUNT}::DECIMAL(18,2) AS gross_margin",
    )


def inflated(data: bytes):
    """What can be read of every gzip or zlib stream that begins anywhere in `data`.

    Two bytes make a beginning, so a big file has hundreds by chance: each is fed piece by piece, and nearly all
    end at their first piece.
    """
    piece = 1 << 16
    view = memoryview(data)
    for magic in (b"\x1f\x8b\x08", b"\x78\x9c"):
        at = data.find(magic)
        while at >= 0:
            stream = zlib.decompressobj(wbits=47)
            content = bytearray()
            try:
                for start in range(at, len(view), piece):
                    content += stream.decompress(view[start : start + piece])
                    if stream.eof:
                        break
            except zlib.error:
                pass  # no stream, or a damaged one: what was read of it still counts
            if content:
                yield bytes(content)
            at = data.find(magic, at + 1)


def parquet_rows(path: Path) -> bytes:
    return repr(duckdb.connect().execute(f"SELECT * FROM read_parquet('{path}')").fetchall()).encode()


def files_with(folder: Path, outside: Path, needles):
    found = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_relative_to(outside):
            continue
        data = path.read_bytes()
        contents = [data, *inflated(data)]
        if path.suffix == ".parquet" and data[:4] == b"PAR1":
            contents.append(parquet_rows(path))
        if any(needle in content for needle in needles for content in contents):
            found.append(path)
    return found


def test_the_search_finds_what_is_hidden(tmp_path):
    """The proof below is only worth what its search can see."""
    (tmp_path / "plain").write_bytes(b"..." + SENTINEL.encode())
    (tmp_path / "gzip").write_bytes(b"head" + gzip.compress(SENTINEL.encode()))
    (tmp_path / "zlib").write_bytes(zlib.compress(SENTINEL.encode()) + b"tail")
    duckdb.connect().execute(
        f"COPY (SELECT '{SENTINEL}' AS a) TO '{tmp_path}/f.parquet' (FORMAT parquet, COMPRESSION zstd)"
    )
    (tmp_path / "other").write_bytes(b"nothing")
    found = files_with(tmp_path, tmp_path / "none", [SENTINEL.encode()])
    assert [path.name for path in found] == ["f.parquet", "gzip", "plain", "zlib"]


def test_no_row_of_the_lakehouse_is_kept(tmp_path):
    with own_demo(tmp_path / "demo") as demo:
        before = ask(demo, "top 3 accounts by revenue", conversation_id="c")
        assert SENTINEL not in json.dumps(before)
        put_sentinel(demo.lakehouse_root)
        # Live: the commit shows in the very next answer, in every form an answer has.
        for question in ("top 3 accounts by revenue", "gross margin by account for the Cleveland territory"):
            assert ask(demo, question, conversation_id="c")["rows"][0] == [SENTINEL, "A-999999", AMOUNT]
        streamed = [
            row for name, data in events(demo, "top 3 accounts by revenue") if name == "rows" for row in data["rows"]
        ]
        assert streamed[0] == [SENTINEL, "A-999999", AMOUNT]
        # Something is written meanwhile, so that the CRM's files are not just untouched.
        made = requests.post(
            f"{demo.url}/api/v1/accounts",
            json={"name": "Kept Account Marker"},
            headers={"Authorization": f"Bearer {demo.api_token}"},
            timeout=30,
        )
        assert made.status_code == 201
        needles = [SENTINEL.encode(), b"Zzyxquartz", AMOUNT.encode(), AMOUNT.replace(".", "").encode()]
        lakehouse = Path(demo.lakehouse_root)
        assert files_with(demo.data, lakehouse, needles) == []
        assert files_with(demo.data, lakehouse, [b"Kept Account Marker"])
        log = demo.log.read_bytes()
        assert not any(needle in log for needle in needles)
    # Nor does anything come out when the server ends.
    assert files_with(tmp_path / "demo", lakehouse, needles) == []
    assert not any(needle in (tmp_path / "demo.log").read_bytes() for needle in needles)
