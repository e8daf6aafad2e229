#!/usr/bin/env python3
"""Runs every fuzz target of a build for some seconds: fuzz.py FOLDER SECONDS

Starts each from tests/fuzz/seeds/<target>, which is committed and never written; what the fuzzer finds interesting goes
to <FOLDER>/corpus/<target>, and an input that failed to <FOLDER>/failed. Turn such an input into a unit test.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INPUT_SECONDS_MAX = 10
MEMORY_MEGABYTES_MAX = 2048


def fuzz(program, folder, seconds):
    corpus = folder / "corpus" / program.name
    failed = folder / "failed"
    for path in (corpus, failed):
        path.mkdir(parents=True, exist_ok=True)
    seeds = ROOT / "tests" / "fuzz" / "seeds" / program.name
    command = [program, f"-max_total_time={seconds}", f"-timeout={INPUT_SECONDS_MAX}"]
    command += [f"-rss_limit_mb={MEMORY_MEGABYTES_MAX}", f"-artifact_prefix={failed}/{program.name}-"]
    command += ["-print_final_stats=1", corpus, *([seeds] if seeds.is_dir() else [])]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    runs = next((line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "0")
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {program.name}: {runs} inputs in {seconds} s", flush=True)
    if done.returncode != 0:
        print("\n".join(done.stderr.splitlines()[-40:]), flush=True)
    return done.returncode == 0


def main(arguments):
    folder, seconds = Path(arguments[0]), int(arguments[1])
    programs = [path for path in sorted(folder.glob("*_fuzz")) if os.access(path, os.X_OK)]
    if not programs:
        print("there are no fuzz targets in tests/fuzz")
        return 1
    failed = [program.name for program in programs if not fuzz(program, folder, seconds)]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
