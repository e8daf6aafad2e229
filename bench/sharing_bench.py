#!/usr/bin/env python3
"""What readers of live tables wait for, through the server and real clients: sharing_bench.py [--rows=N] [--seconds=N]

A share with one table of contacts, 13 columns, is read by the Delta Sharing client, PyIceberg and plain HTTP; what a client
loads is compared with pyarrow reading the same files from the local disk in the same run. Exits with a failure when a
figure misses its target.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import boto3
import crm_data
import delta_sharing
import pyarrow.parquet
from botocore.config import Config
from crm_bench import Report
from crm_sides import PLACE, ROOT, Boathouse
from pyiceberg.catalog import load_catalog

COLUMNS = [*crm_data.FIELDS, "name", "created_at", "updated_at", "version"]  # and id
PREFIX = "/delta-sharing/shares/bench/schemas/crm/tables/contacts"


class Reader:
    """The share as one recipient reads it."""

    def __init__(self, side, folder):
        self.url = f"http://127.0.0.1:{side.port}"
        profile = folder / "bench.share"
        side.verb("share", "create", "bench", "--data", side.folder)
        columns = ",".join(COLUMNS)
        side.verb("share", "publish", "bench", "contact", "--data", side.folder, "--columns", columns)
        made = ["recipient", "create", "Bench", "--share", "bench", "--url", self.url, "--out", profile]
        side.verb(*made, "--data", side.folder)
        self.token = json.loads(profile.read_text())["bearerToken"]
        self.table = f"{profile}#bench.crm.contacts"

    def ask(self, path, body=None):
        request = urllib.request.Request(self.url + path, body and json.dumps(body).encode())
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=600) as answer:
            return answer.read()

    def files(self):
        lines = [json.loads(line) for line in self.ask(PREFIX + "/query", {}).splitlines()]
        return [line["file"] for line in lines if "file" in line]

    def catalog(self):
        return load_catalog("bench", type="rest", uri=f"{self.url}/iceberg", token=self.token, warehouse="bench")

    def wrk(self, path, seconds, clients, body=None):
        """Requests a second, p50 and p99 in milliseconds."""
        targets = PLACE / "sharing.targets"
        targets.write_text(path + "\n")
        environment = dict(os.environ, BENCH_TARGETS=str(targets), BENCH_TOKEN=self.token)
        if body is not None:
            environment |= {"BENCH_BODY": json.dumps(body), "BENCH_METHOD": "POST"}
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout=30s", "-s", ROOT / "bench/requests.lua"]
        output = subprocess.run(
            [*command, self.url], env=environment, capture_output=True, text=True, check=True
        ).stdout
        rate, p50, p99, refused, broken = map(
            float, next(line for line in output.splitlines() if line.startswith("RESULT ")).split()[1:]
        )
        if refused or broken:
            raise SystemExit(f"{refused:.0f} answers were errors, {broken:.0f} did not come: {path}")
        return rate, p50 / 1000, p99 / 1000


def seconds_of(work, times=3):
    taken = []
    for _ in range(times):
        begin = time.monotonic()
        work()
        taken.append(time.monotonic() - begin)
    return statistics.median(taken)


def measure_requests(report, reader, seconds):
    load = "/iceberg/v1/{}/namespaces/crm/tables/contacts"
    config = json.loads(reader.ask("/iceberg/v1/config?warehouse=bench"))
    load = load.format(config["overrides"]["prefix"])
    rate, p50, p99 = reader.wrk(PREFIX + "/query", seconds, 16, {})
    report.add("Delta query, unchanged, 16 clients", f"p50 {p50:.2f} ms, {rate:,.0f}/s", "5,000/s", rate >= 5000)
    rate, p50, p99 = reader.wrk(PREFIX + "/query", seconds, 1, {})
    report.add("Delta query, unchanged, 1 client", f"p50 {p50:.2f} ms, p99 {p99:.2f} ms", "p50 < 1 ms", p50 < 1)
    rate, p50, p99 = reader.wrk(load, seconds, 16)
    figures = f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, {rate:,.0f}/s"
    report.add("Iceberg loadTable, unchanged, 16 clients", figures, "p50 < 1 ms, p99 < 5 ms", p50 < 1 and p99 < 5)
    return load


def measure_changes(report, side, reader, load):
    """One record changed, then the next read."""
    ids = [item["id"] for item in side.call("GET", f"{side.collection}?page_size=50")["items"]]

    def after_change(read, target, what):
        taken = []
        for id in ids[:20]:
            side.call("PATCH", f"{side.collection}/{id}", {"title": f"Buyer {time.monotonic_ns()}"})
            begin = time.monotonic()
            read()
            taken.append((time.monotonic() - begin) * 1000)
        p50 = statistics.median(taken)
        report.add(what, f"p50 {p50:.1f} ms", f"< {target} ms", p50 < target)

    after_change(lambda: reader.ask(PREFIX + "/query", {}), 15, "Delta query after one change")
    after_change(lambda: reader.ask(load), 25, "Iceberg loadTable after one change")


def measure_loads(report, reader, folder, rows):
    local = folder / "local"
    local.mkdir()
    for place, file in enumerate(reader.files()):
        urllib.request.urlretrieve(file["url"], local / f"{place}.parquet")
    paths = sorted(local.iterdir())
    floor = seconds_of(lambda: pyarrow.parquet.ParquetDataset(paths).read().to_pandas())
    ours = seconds_of(lambda: delta_sharing.load_as_pandas(reader.table))
    figures = f"{ours / floor:.2f}x: {ours:.2f} s to {floor:.2f} s of pyarrow on local files"
    report.add(f"load_as_pandas of {rows:,} rows", figures, "<= 1.2x", ours <= 1.2 * floor)
    floor = seconds_of(lambda: pyarrow.parquet.ParquetDataset(paths).read())
    catalog = reader.catalog()
    ours = seconds_of(lambda: catalog.load_table("crm.contacts").scan().to_arrow())
    figures = f"{ours / floor:.2f}x: {ours:.2f} s to {floor:.2f} s of pyarrow on local files"
    report.add(f"PyIceberg scan of {rows:,} rows", figures, "<= 1.3x", ours <= 1.3 * floor)
    few = json.dumps(
        {
            "op": "lessThan",
            "children": [
                {"op": "column", "name": "external_id", "valueType": "string"},
                {"op": "literal", "value": "X-00001000", "valueType": "string"},
            ],
        }
    )
    taken = seconds_of(lambda: delta_sharing.load_as_pandas(reader.table, jsonPredicateHints=few), 5) * 1000
    report.add("load_as_pandas of 1,000 of them by a predicate", f"p50 {taken:.0f} ms", "< 60 ms", taken < 60)


def measure_bytes(report, reader):
    table = reader.catalog().load_table("crm.contacts")
    keys = table.io.properties
    client = boto3.client(
        "s3",
        endpoint_url=keys["s3.endpoint"],
        region_name=keys.get("s3.region", "us-east-1"),
        aws_access_key_id=keys["s3.access-key-id"],
        aws_secret_access_key=keys["s3.secret-access-key"],
        aws_session_token=keys["s3.session-token"],
        config=Config(signature_version="s3v4"),
    )
    largest = max((task.file for task in table.scan().plan_files()), key=lambda file: file.file_size_in_bytes)
    bucket, key = largest.file_path.removeprefix("s3://").split("/", 1)
    url = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
    command = ["curl", "-sf", "-o", "/dev/null", "-w", "%{speed_download}", url]
    speeds = [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(9)]
    gigabytes = statistics.median(speeds) / 1e9
    report.add("bytes of a file from the S3 endpoint", f"{gigabytes:.1f} GB/s", ">= 1 GB/s", gigabytes >= 1)


def measure_crowd(report, side, reader, seconds):
    """64 readers during 500 writes a second."""
    stop, written, failed = threading.Event(), [], []
    ids = [item["id"] for item in side.call("GET", f"{side.collection}?page_size=500")["items"]]

    def write(place):
        number = 0
        while not stop.is_set():
            begin = time.monotonic()
            try:
                side.call("PATCH", f"{side.collection}/{ids[(place + 8 * number) % len(ids)]}", {"title": f"T {begin}"})
                written.append(begin)
            except OSError as error:
                failed.append(error)
            number += 1
            stop.wait(max(0, 8 / 500 - (time.monotonic() - begin)))

    writers = [threading.Thread(target=write, args=(place,)) for place in range(8)]
    for writer in writers:
        writer.start()
    begin = time.monotonic()
    rate, p50, p99 = reader.wrk(PREFIX + "/query", seconds, 64, {})
    writes = len(written) / (time.monotonic() - begin)
    stop.set()
    for writer in writers:
        writer.join()
    figures = f"p50 {p50:.1f} ms, p99 {p99:.0f} ms, {rate:,.0f}/s beside {writes:,.0f} writes/s, {len(failed)} failed"
    report.add("Delta query, 64 readers during writes", figures, "p99 < 100 ms", p99 < 100 and not failed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--crowd-seconds", type=int, default=60)
    options = parser.parse_args()
    report = Report()
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PLACE) as name:
        folder = Path(name)
        side = Boathouse(folder / "ours")
        side.make()
        csv_file = folder / "contacts.csv"
        crm_data.write_csv(csv_file, options.rows)
        side.fill(csv_file)
        side.stop()
        reader = Reader(side, folder)
        try:
            side.start()
            begin = time.monotonic()
            reader.ask(PREFIX + "/query", {})
            report.add("first publication, through a query", f"{time.monotonic() - begin:.1f} s")
            load = measure_requests(report, reader, options.seconds)
            measure_loads(report, reader, folder, options.rows)
            measure_bytes(report, reader)
            measure_changes(report, side, reader, load)
            measure_crowd(report, side, reader, options.crowd_seconds)
        finally:
            side.stop()
    print(report.table())
    if report.missed:
        print(f"missed: {'; '.join(report.missed)}")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
