#!/usr/bin/env python3
"""Runs ninja in a build folder and says how long it took: build.py FOLDER [TARGET...]"""

import os
import subprocess
import sys
import time


def main(arguments):
    folder, *targets = arguments
    started = time.monotonic()
    # Ninja's own default is two jobs more than there are cores, which is a gigabyte too much for template-heavy files.
    jobs = str(len(os.sched_getaffinity(0)))
    # Without a terminal ninja prints a line per step; the log of a build server needs only what went wrong.
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    if quiet:
        print(f"compiling {folder} with {jobs} jobs ...", flush=True)
    code = subprocess.run(["ninja", "-C", folder, "-j", jobs, *quiet, *targets], stdin=subprocess.DEVNULL).returncode
    print(f"build of {folder}: {'done' if code == 0 else 'failed'} in {time.monotonic() - started:.1f} s")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
