#!/usr/bin/env python3
"""Runs the benchmarks of a build, one after the other: bench.py FOLDER [NAME...] [--OPTION...]

A benchmark is a program made from bench/<name>_bench.cc, or a script bench/<name>_bench.py, which finds the built
server in BOATHOUSE_BIN; the options are for the scripts. Each prints its own numbers and exits with a failure when a
budget of its is broken.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def benchmarks(folder):
    scripts = {path.stem: [ROOT / "build/venv/bin/python", path] for path in (ROOT / "bench").glob("*_bench.py")}
    programs = {path.name: [path] for path in folder.glob("*_bench") if os.access(path, os.X_OK)}
    return dict(sorted({**scripts, **programs}.items()))


def main(arguments):
    folder, *rest = arguments
    names = [word for word in rest if not word.startswith("--")]
    options = [word for word in rest if word.startswith("--")]
    known = benchmarks(Path(folder))
    unknown = [name for name in names if name not in known and f"{name}_bench" not in known]
    if unknown or not known:
        print(f"no benchmark {' '.join(unknown)}; there are: {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    broken = []
    environment = dict(os.environ, BOATHOUSE_BIN=str(ROOT / folder / "boathouse"))
    for name, command in known.items():
        if not names or name in names or name.removesuffix("_bench") in names:
            print(f"== {name}", flush=True)
            if known[name][-1].suffix == ".py":
                command = [*command, *options]
            if subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, env=environment).returncode != 0:
                broken.append(name)
    if broken:
        print(f"over budget or broken: {', '.join(broken)}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
