#!/usr/bin/env python3
"""Runs the web sources' own scripts with the fetched Node: web.py build|lint|fmt|test [ARGUMENTS]

`build` makes web/dist, and does nothing when no source changed since the last time. Packages are installed from the
lock file, and again only when that changed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE = ROOT / "build" / "deps" / "node" / "bin"

# Folders of web/ that are made, not written.
MADE = {"node_modules", "dist"}


def npm(folder, *arguments):
    environment = dict(os.environ, PATH=f"{NODE}:{os.environ['PATH']}", CI="1")
    done = subprocess.run([NODE / "npm", *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL)
    return done.returncode


def digest(paths):
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def sources(web):
    for entry in web.iterdir():
        if entry.name in MADE:
            continue
        if entry.is_dir():
            yield from (path for path in entry.rglob("*") if path.is_file())
        else:
            yield entry


def install_packages(folder):
    """Makes node_modules what the folder's lock file says."""
    lock = digest([folder / "package.json", folder / "package-lock.json"])
    stamp = folder / "node_modules" / ".installed-from"
    if stamp.exists() and stamp.read_text() == lock:
        return True
    started = time.monotonic()
    if npm(folder, "ci", "--silent", "--no-audit", "--no-fund") != 0:
        print(f"npm could not install the packages of {folder.name}/ (is the network there?)", file=sys.stderr)
        return False
    stamp.write_text(lock)
    print(f"installed the packages of {folder.relative_to(ROOT)}/ in {time.monotonic() - started:.1f} s", flush=True)
    return True


def build(web):
    now = digest(sources(web))
    stamp = ROOT / "build" / "web.stamp"
    if (web / "dist" / "index.html").exists() and stamp.exists() and stamp.read_text() == now:
        return 0
    if not install_packages(web):
        return 1
    started = time.monotonic()
    stamp.unlink(missing_ok=True)
    code = npm(web, "run", "--silent", "build")
    if code != 0:
        shutil.rmtree(web / "dist", ignore_errors=True)
        print("the web pages could not be built", file=sys.stderr)
        return code
    stamp.write_text(now)
    print(f"built the web pages in {time.monotonic() - started:.1f} s", flush=True)
    return 0


def main(arguments):
    web = ROOT / "web"
    verb, *rest = arguments or ["build"]
    if verb == "build":
        return build(web)
    if not install_packages(web):
        return 1
    return npm(web, "run", "--silent", verb, *(["--", *rest] if rest else []))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
