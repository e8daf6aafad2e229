#!/usr/bin/env python3
"""Checks formats and house rules; with --fix, formats instead: lint.py [--fix]

Prints one line per check, and what a failed one said.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STYLE = ROOT / "build" / "style" / "bin"
CPP_FOLDERS = ("src", "tests", "bench")
PYTHON_FOLDERS = ("tools", "tests", "bench")


def found(folders, *suffixes):
    files = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and "node_modules" not in path.parts:
                files.append(str(path.relative_to(ROOT)))
    return files


def existing(folders):
    return [folder for folder in folders if (ROOT / folder).is_dir()]


def halves(files):
    """One share per core: clang-format itself runs on one."""
    cores = len(os.sched_getaffinity(0))
    return [share for share in (files[start::cores] for start in range(cores)) if share]


def checks(fix):
    """(name, commands) pairs; the commands of one check run at the same time."""
    cpp = found(CPP_FOLDERS, ".cc", ".h")
    cmake = ["CMakeLists.txt", *found(("cmake",), ".cmake"), *[str(p.relative_to(ROOT)) for p in cmake_lists()]]
    python = existing(PYTHON_FOLDERS)
    clang_format = [STYLE / "clang-format", *(["-i"] if fix else ["--dry-run", "-Werror", "--ferror-limit=3"])]
    gersemi = [STYLE / "gersemi", "--line-length=120", "--indent=2", "--no-warn-about-unknown-commands"]
    list_of_checks = [
        ("format of C++ (clang-format)", [[*clang_format, *share] for share in halves(cpp)]),
        ("format of CMake (gersemi)", [[*gersemi, "-i" if fix else "--check", *cmake]]),
        ("format of Python (ruff)", [[STYLE / "ruff", "format", *([] if fix else ["--check"]), *python]]),
        ("lint of Python (ruff)", [[STYLE / "ruff", "check", *(["--fix"] if fix else []), *python]]),
    ]
    if (ROOT / "web" / "package.json").exists():
        verb = "fmt" if fix else "lint"
        list_of_checks.append(("format and lint of the web sources", [[sys.executable, "tools/web.py", verb]]))
    if not fix:
        list_of_checks.append(("laws of the tree (tools/tidy.py)", [[sys.executable, "tools/tidy.py"]]))
    return list_of_checks


def cmake_lists():
    return [path for folder in ("tests", "bench") for path in sorted((ROOT / folder).rglob("CMakeLists.txt"))]


def run_check(name, commands):
    started = time.monotonic()
    running = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for command in commands
    ]
    said = [process.communicate()[0] for process in running]
    good = all(process.returncode == 0 for process in running)
    print(f"{'ok  ' if good else 'FAIL'} {name} {time.monotonic() - started:.1f} s", flush=True)
    if not good:
        print("\n".join(text.rstrip()[-6000:] for text in said if text.strip()), flush=True)
    return good


def lint(fix=False):
    """Runs all checks; returns how many passed and how many failed."""
    results = [run_check(name, commands) for name, commands in checks(fix)]
    return results.count(True), results.count(False)


def main(arguments):
    _, failed = lint(fix="--fix" in arguments)
    if failed:
        print(f"{failed} checks failed; ./do fmt repairs formats")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
