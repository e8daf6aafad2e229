"""The rows behind an answer, as a reader gets them that does what the protocol says: files, less their deletion vectors."""

import io
import struct

import pyarrow.parquet
import requests

Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
MAGIC = 1681511377


def z85(text):
    out = b""
    for at in range(0, len(text), 5):
        value = 0
        for character in text[at : at + 5]:
            value = value * 85 + Z85.index(character)
        out += struct.pack(">I", value)
    return out


def containers(data, at, high):
    """The positions of one standard 32-bit Roaring bitmap, and where it ends."""
    (cookie,) = struct.unpack_from("<I", data, at)
    assert cookie == 12346, "a bitmap with run containers, which not every reader knows"
    (count,) = struct.unpack_from("<I", data, at + 4)
    heads = [struct.unpack_from("<HH", data, at + 8 + 4 * i) for i in range(count)]
    at += 8 + 8 * count  # keys and counts, then offsets
    found = []
    for key, less_one in heads:
        base = high << 32 | key << 16
        if less_one + 1 <= 4096:
            found += [base | low for low in struct.unpack_from(f"<{less_one + 1}H", data, at)]
            at += 2 * (less_one + 1)
        else:
            bits = data[at : at + 8192]
            found += [base | i for i in range(65536) if bits[i >> 3] >> (i & 7) & 1]
            at += 8192
    return found, at


def dead_positions(vector):
    """What an inline deletion vector says, checked against its own sums."""
    assert vector["storageType"] == "i" and "offset" not in vector
    data = z85(vector["pathOrInlineDv"])
    assert 0 <= len(data) - vector["sizeInBytes"] < 4
    magic, buckets = struct.unpack_from("<IQ", data)
    assert magic == MAGIC
    at, positions = 12, []
    for _ in range(buckets):
        (high,) = struct.unpack_from("<I", data, at)
        found, at = containers(data, at + 4, high)
        positions += found
    assert at == vector["sizeInBytes"]
    assert len(positions) == vector["cardinality"] == len(set(positions))
    return positions


def rows(file):
    """The live rows of a file's line, as dictionaries."""
    content = requests.get(file["url"]).content
    assert len(content) == file["size"]
    table = pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist()
    vector = file.get("deletionVector")
    dead = set(dead_positions(vector)) if vector else set()
    return [row for number, row in enumerate(table) if number not in dead]


def all_rows(files):
    return [row for file in files for row in rows(file)]


def by_id(files):
    found = all_rows(files)
    known = {row["id"]: row for row in found}
    assert len(known) == len(found), "an id stands twice"
    return known
