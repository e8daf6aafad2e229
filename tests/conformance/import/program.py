"""Starts the real binary for the tests of this folder and speaks REST to it, with the standard library only."""

import contextlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 15
EMAIL = "admin@example.com"
PASSWORD = "a long enough password"


def binary() -> Path:
    named = os.environ.get("BOATHOUSE_BIN") or os.environ.get("BOATHOUSE_BINARY")
    return Path(named) if named else ROOT / "build" / "release" / "boathouse"


def call(method: str, url: str, token: str = "", body=None):
    """(status, JSON body or None)."""
    request = urllib.request.Request(url, method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    data = None
    if body is not None:
        request.add_header("Content-Type", "application/json")
        data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, data, timeout=60) as response:
            status, text = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    return status, json.loads(text) if text else None


@dataclass
class Server:
    """A running `boathouse serve`, with an administrator's token once it is set up."""

    process: subprocess.Popen
    data: Path
    url: str
    setup_token: str
    token: str = ""

    @property
    def pid(self) -> int:
        return self.process.pid

    def get(self, path: str, **query):
        status, body = call("GET", f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}", self.token)
        assert status == 200, body
        return body

    def all(self, plural: str, **query) -> list[dict]:
        items, page = [], self.get(plural, page_size=1000, **query)
        while True:
            items += page["items"]
            if not page.get("next_page_token"):
                return items
            page = self.get(plural, page_size=1000, page_token=page["next_page_token"], **query)

    def count(self, plural: str, filter: str = "") -> int:
        return self.get(plural, page_size=1, include_total="true", filter=filter)["total_size"]

    def set_up(self) -> None:
        status, body = call(
            "POST",
            f"{self.url}/api/v1/setup",
            body={
                "token": self.setup_token,
                "workspace": "Test",
                "name": "Ada Admin",
                "email": EMAIL,
                "password": PASSWORD,
            },
        )
        assert status in (200, 201), body
        self.token = body["token"]

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode


def start(data: Path, *arguments: str) -> Server:
    """Starts `boathouse serve` on a free port and waits for its address."""
    data.parent.mkdir(parents=True, exist_ok=True)
    log = data.parent / f"{data.name}.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [binary(), "serve", "--data", str(data), "--port", "0", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    deadline = time.monotonic() + START_SECONDS_MAX
    for line in process.stdout:
        link = re.search(r"(http://\S+?)/setup\?token=(\S+)", line)
        if link:
            return Server(process, data, link.group(1), link.group(2))
        ready = re.search(r"ready at (http://\S+)", line)
        if ready:
            return Server(process, data, ready.group(1), "")
        if time.monotonic() > deadline:
            break
    process.kill()
    process.wait()
    raise AssertionError(f"the server did not start:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def running_server(data: Path, *arguments: str):
    """A server that is set up and signed in to, stopped at the end."""
    server = start(data, *arguments)
    try:
        if server.setup_token:
            server.set_up()
        yield server
    finally:
        server.stop()
