#!/usr/bin/env python3
"""Runs every kind of test on the release build, says how long each took, and sums them in one closing line.

    lint          formats and house rules, one per check
    unit          ctest: the doctest programs beside the code, and tests of the tools
    web           the web sources' own unit tests
    conformance   tests/conformance: clients we did not write, against the built program
    browser       tests/browser: the pages in Chromium

The last line is "N passed, N failed", with ", N skipped" behind it when tests were left out. The exit code is 0 only
when nothing failed and something passed.
"""

import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from pathlib import Path

import lint

import web

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
RESULTS = ROOT / "build" / "test"
NODE = ROOT / "build" / "deps" / "node" / "bin"
VENV = ROOT / "build" / "venv" / "bin"

DOCTEST_SUMMARY = re.compile(r"test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed")

# The whole of a step may take this long; a test that hangs must not hold a build server.
STEP_SECONDS_MAX = 1800


def environment():
    """What tests may rely on: where the program is, the fetched Node first, no colours."""
    return dict(
        os.environ,
        BOATHOUSE_BIN=str(BUILD / "boathouse"),
        PATH=f"{NODE}:{os.environ['PATH']}",
        PYTHONDONTWRITEBYTECODE="1",
        NO_COLOR="1",
        CI="1",
    )


def run(command, folder=ROOT):
    """Runs to the end with its output shown; returns the exit code."""
    try:
        return subprocess.run(
            command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL, timeout=STEP_SECONDS_MAX
        ).returncode
    except subprocess.TimeoutExpired:
        print(f"{command[0]} did not end within {STEP_SECONDS_MAX} s", flush=True)
        return 1


def count(report, code):
    """Passed, failed and skipped cases of a JUnit report. A program that failed without a report is one failure."""
    if not report.exists():
        return (0, 1, 0) if code != 0 else (0, 0, 0)
    passed = failed = skipped = 0
    for case in xml.parse(report).getroot().iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
        elif case.find("skipped") is not None:
            skipped += 1
        else:
            passed += 1
    return passed, failed if failed or code == 0 else 1, skipped


def count_unit(report, code):
    """As count, but with the cases inside each doctest program, which ctest takes for one test."""
    if not report.exists():
        return (0, 1, 0) if code != 0 else (0, 0, 0)
    passed = failed = 0
    for case in xml.parse(report).getroot().iter("testcase"):
        summary = DOCTEST_SUMMARY.search(case.findtext("system-out") or "")
        good = case.get("status") == "run"
        passed += int(summary.group(2)) if summary else int(good)
        failed += int(summary.group(3)) if summary else 0
        if not good and not (summary and int(summary.group(3))):
            failed += 1
    return passed, failed, 0


def unit():
    report = RESULTS / "unit.xml"
    command = ["ctest", "--test-dir", BUILD, "--output-on-failure", "--no-tests=ignore", "-j", "2"]
    # ctest cuts output by default, and the summary that is counted stands at its end.
    command += ["--test-output-size-passed", "200000", "--test-output-size-failed", "200000"]
    code = run([*command, "--output-junit", report])
    return count_unit(report, code)


def web_units():
    if not (ROOT / "web" / "package.json").exists():
        return 0, 0, 0
    report = RESULTS / "web.xml"
    reporters = ["--reporter=default", "--reporter=junit", f"--outputFile.junit={report}"]
    return count(report, run([sys.executable, "tools/web.py", "test", *reporters]))


def conformance():
    if not (ROOT / "tests" / "conformance").is_dir():
        return 0, 0, 0
    report = RESULTS / "conformance.xml"
    command = [VENV / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--durations=5"]
    return count(report, run([*command, f"--junitxml={report}", "tests/conformance"]))


def browser():
    folder = ROOT / "tests" / "browser"
    specs = sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*.test.*js") if "node_modules" not in str(path)
    )
    if not specs:
        return 0, 0, 0
    if (folder / "package.json").exists() and not web.install_packages(folder):
        return 0, 1, 0
    report = RESULTS / "browser.xml"
    command = [NODE / "node", "--test", "--test-concurrency=1", "--test-reporter=spec"]
    command += ["--test-reporter-destination=stdout", "--test-reporter=junit", f"--test-reporter-destination={report}"]
    return count(report, run([*command, *specs], folder))


def checks():
    return *lint.lint(), 0


STEPS = {"lint": checks, "unit": unit, "web": web_units, "conformance": conformance, "browser": browser}


def main():
    RESULTS.mkdir(parents=True, exist_ok=True)
    for stale in RESULTS.glob("*.xml"):
        stale.unlink()
    lines = []
    passed = failed = skipped = 0
    for name, step in STEPS.items():
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        good, bad, left_out = step()
        lines.append(
            f"{name:<12} {good:5d} passed {bad:4d} failed {left_out:4d} skipped {time.monotonic() - started:7.1f} s"
        )
        print(lines[-1], flush=True)
        passed += good
        failed += bad
        skipped += left_out
    total = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    print("\n" + "\n".join(lines) + f"\n\n{total}", flush=True)
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
