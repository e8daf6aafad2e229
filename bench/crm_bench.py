#!/usr/bin/env python3
"""What the CRM does a second, beside PocketBase with the same contacts: crm_bench.py [--rows=N] [--rows-big=N] [--rounds=N] [--seconds=N]
    [--case=WORD] [--write]

Both servers run; the cases go back and forth between them, and what counts is the median of the ratios. `--rows=20000
--seconds=2 --rounds=1` takes a minute. `--rows-big=10000000` measures lists, search, start and memory at that size too, alone. Exits
with a failure when a figure misses its target.
"""

import argparse
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

import crm_data
from crm_sides import PLACE, Boathouse, PocketBase

FILE_ROWS = 2_000_000  # as many as an import takes
RESULTS = Path(__file__).resolve().parent / "results/crm.md"


class Report:
    """Lines of a table: what, the figures, the target, and whether it is met."""

    def __init__(self):
        self.lines = []
        self.missed = []

    def add(self, what, figures, target="", met=True):
        if not met:
            self.missed.append(what)
        self.lines.append((what, figures, target, ("yes" if met else "**no**") if target else ""))
        print(f"{what:<58} {figures:<70} {target} {'' if met else 'MISSED'}", flush=True)

    def table(self):
        rows = "".join(f"| {' | '.join(line)} |\n" for line in self.lines)
        return f"| what | measured | target | met |\n|---|---|---|---|\n{rows}"


def compare(report, options, what, run_ours, run_theirs, factor, tails=False):
    """Alternates; the median of the ratios decides. `tails`: p99 must not be worse either."""
    ratios, ours, theirs = [], [], []
    for _ in range(options.rounds):
        ours.append(run_ours())
        theirs.append(run_theirs())
        ratios.append(ours[-1][0] / theirs[-1][0])
    ratio = statistics.median(ratios)
    rate, p99 = (statistics.median(run[i] for run in ours) for i in (0, 2))
    rate_theirs, p99_theirs = (statistics.median(run[i] for run in theirs) for i in (0, 2))
    figures = f"{ratio:.1f}x: {rate:,.0f}/s (p99 {p99:.1f} ms) to {rate_theirs:,.0f}/s (p99 {p99_theirs:.1f} ms)"
    met = ratio >= factor and (not tails or p99 <= p99_theirs)
    report.add(what, figures, f">= {factor}x" + (", p99 not worse" if tails else ""), met)


def measure_import(report, options, csv_file, folder, rows):
    """Ours with history and search against sqlite3 .import into a bare table with the same indexes."""
    ours = Boathouse(folder / "ours")
    ours.make()
    rate = rows / ours.fill(csv_file)
    megabytes = ours.memory("VmHWM")
    if shutil.which("sqlite3"):
        # The same columns that a record has, ids and derived name made beforehand.
        bare = folder / "bare.csv"
        with bare.open("w") as file:
            for number, row in enumerate(crm_data.contacts(rows)):
                id = f"0199{number:08x}-0000-7000-8000-{number * 7919 % 2**48:012x}"
                file.write(",".join([id, *row, f"{row[1]} {row[2]}", "", "", ""]) + "\n")
        columns = ["id TEXT NOT NULL UNIQUE", *crm_data.FIELDS, "name", "account_id", "reports_to_id", "owner_id"]
        script = [f"CREATE TABLE contacts ({', '.join(columns)});", *(f"{index};" for index in PocketBase.INDEXES)]
        script += [".mode csv", f".import {bare} contacts"]
        begin = time.monotonic()
        subprocess.run(["sqlite3", folder / "bare.db"], input="\n".join(script), text=True, check=True)
        bare_rate = rows / (time.monotonic() - begin)
        for path in (bare, folder / "bare.db"):
            path.unlink()
        figures = f"{rate / bare_rate:.2f}x: {rate:,.0f} rows/s to {bare_rate:,.0f} rows/s"
        report.add(f"import of {rows:,} rows, to sqlite3 .import", figures, ">= 0.5x", rate >= bare_rate / 2)
    else:
        report.add(f"import of {rows:,} rows", f"{rate:,.0f} rows/s (no sqlite3 here to compare with)")
    report.add("memory of the server that imports, at most", f"{megabytes:.0f} MB", "< 200 MB", megabytes < 200)
    return ours


def measure_alone(report, options, side, rows, before=None):
    """What has a target of its own. Returns p99 by case; `before` are those of the smaller table."""
    p99 = {}
    search = [f"/api/v1/search?objects=contact&page_size=20&q={name.lower()}" for name in crm_data.LAST[::40]]
    two = [
        f"/api/v1/search?objects=contact&page_size=20&q={urllib.parse.quote(f'{a} {b}')}"
        for a, b in zip(crm_data.FIRST[::8], crm_data.LAST[::80], strict=True)
    ]
    sorted_by = [f"{side.collection}?page_size=50&order_by={order}" for order in ("name", "last_name%20desc", "email")]
    cases = [
        ("list of a city by name", side.list_targets()),
        ("list by an indexed field", sorted_by),
        ("search of a last name", search),
        ("search of two words", two),
    ]
    for what, targets in cases:
        # A client alone, so that what is measured is the server and not the queue before it.
        rate, p50, tail = side.wrk(targets, options.seconds, 1)
        p99[what] = p50
        report.add(f"{what}, {rows:,} rows", f"p50 {p50:.2f} ms, p99 {tail:.2f} ms", "p99 < 20 ms", tail < 20)
        if before:
            growth = p50 / max(before[what], 0.01)
            report.add(f"{what}, growth of p50", f"{growth:.2f}x", "< 1.5x", growth < 1.5)
    limit = 5 if rows <= 100_000 else 20
    totals = [f"{side.collection}?page_size=50&include_total=true&order_by=name"] + side.list_targets(
        "&include_total=true"
    )[:1]
    for what, target in zip(("all", "a city"), totals, strict=True):
        _, p50, _ = side.wrk([target], options.seconds, 1)
        report.add(f"list with total, {what}, {rows:,} rows", f"p50 {p50:.2f} ms", f"< {limit} ms", p50 < limit)
    return p99


def measure_export(report, side, rows):
    first, rate = side.export()
    report.add(f"export of {rows:,} rows to CSV, first bytes", f"{first:.0f} ms", "< 100 ms", first < 100)
    report.add(f"export of {rows:,} rows to CSV", f"{rate:,.0f} rows/s", ">= 200,000 rows/s", rate >= 200_000)


def measure_start(report, side, rows):
    """Leaves the server running."""
    side.wait_until_idle()
    report.add(f"memory after the import and the first publication, {rows:,} rows", f"{side.memory():.0f} MB")
    seconds = statistics.median(restart(side) for _ in range(5))
    report.add(f"start with {rows:,} rows", f"{seconds * 1000:.0f} ms", "< 300 ms", seconds < 0.3)
    side.wait_until_idle()
    megabytes = side.memory()
    report.add(f"memory of the idle server, {rows:,} rows", f"{megabytes:.0f} MB", "< 60 MB", megabytes < 60)


def restart(side):
    side.stop()
    return side.start()


def run(report, options, folder):
    csv_file = folder / "contacts.csv"
    crm_data.write_csv(csv_file, options.rows)
    ours = measure_import(report, options, csv_file, folder, options.rows)
    sides = [ours]
    try:
        measure_start(report, ours, options.rows)
        ours.read_ids()
        p50 = measure_alone(report, options, ours, options.rows)
        measure_export(report, ours, options.rows)
        if PocketBase.build() is None:
            report.add("PocketBase", "not built: there is no Go here")
        else:
            theirs = PocketBase(folder / "theirs")
            sides.append(theirs)
            theirs.fill(csv_file)
            theirs.start()
            compare_all(report, options, ours, theirs)
    finally:
        for side in sides:
            side.stop()
    return p50


def compare_all(report, options, ours, theirs):
    def both(what, run, factor, tails=False):
        if not options.cases or any(case in what for case in options.cases):
            compare(report, options, what, lambda: run(ours), lambda: run(theirs), factor, tails)

    seconds = options.seconds
    title = {"title": "Buyer @N@"}
    both("get by id, 64 clients", lambda side: side.wrk(side.get_targets(), seconds, 64), 3)
    both("list of 50, filter and sort, 16 clients", lambda side: side.wrk(side.list_targets(), seconds, 16), 10)
    both("patch, 64 clients", lambda side: side.wrk(side.get_targets(), seconds, 64, "PATCH", title), 2, tails=True)
    both("create, 1 client", lambda side: side.wrk([side.collection], seconds, 1, "POST", side.contact()), 0)
    both("create, 64 clients", lambda side: side.wrk([side.collection], seconds, 64, "POST", side.contact()), 3)


def run_big(report, options, folder, before):
    csv_file = folder / "contacts.csv"
    big = Boathouse(folder / "big")
    try:
        big.make()
        took = 0
        for first in range(0, options.rows_big, FILE_ROWS):
            crm_data.write_csv(csv_file, min(FILE_ROWS, options.rows_big - first), first)
            took += big.fill(csv_file)
        csv_file.unlink()
        figures = f"{options.rows_big / took:,.0f} rows/s, {big.memory('VmHWM'):.0f} MB"
        report.add(f"import of {options.rows_big:,} rows, {FILE_ROWS:,} a file", figures)
        measure_start(report, big, options.rows_big)
        measure_alone(report, options, big, options.rows_big, before)
    finally:
        big.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rows-big", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help=f"record the result in {RESULTS.name}")
    parser.add_argument("--case", action="append", dest="cases", help="only comparisons with this word in their names")
    options = parser.parse_args()
    report = Report()
    PLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=PLACE) as folder:
        before = run(report, options, Path(folder))
        if options.rows_big:
            run_big(report, options, Path(folder), before)
    if options.write:
        head = f"# crm_bench\n\n`./do bench crm {' '.join(sys.argv[1:])}` on {platform.machine()}, {time.strftime('%Y-%m-%d')}.\n\n"
        RESULTS.write_text(head + report.table())
    if report.missed:
        print(f"missed: {'; '.join(report.missed)}")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
