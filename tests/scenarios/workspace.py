"""A Boathouse server of one's own for a test: a new workspace with an administrator, a member and a viewer.

Setting one up takes a second or two (passwords are hashed slowly on purpose), so that a Template is made once and
each Workspace starts from a copy of it: same people, no records.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a long password of a test"
PEOPLE = {"admin": "ada@acme.test", "member": "mia@acme.test", "viewer": "vic@acme.test"}
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 15


def binary() -> str:
    named = os.environ.get("BOATHOUSE_BIN") or os.environ.get("BOATHOUSE_BINARY")
    program = Path(named) if named else ROOT / "build" / "release" / "boathouse"
    if not program.exists():
        raise FileNotFoundError(f"{program} is missing: build it first (./do build)")
    return str(program)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    """What the server said: status, headers (names without case) and the body, read when it is JSON."""

    def __init__(self, status, headers, content):
        self.status = status
        self.headers = headers
        self.content = content

    @property
    def json(self):
        return json.loads(self.content)


class Server:
    """A running `boathouse serve` over a data folder. Stop it, or use it in a with statement."""

    def __init__(self, data: Path):
        self.data = data
        self.log = data.parent / (data.name + ".log")
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [binary(), "serve", "--data", str(data), "--port", str(port)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait(port)

    def _wait(self, port):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"boathouse serve did not start:\n{self.log.read_text()[-4000:]}")

    def stop(self):
        """Ends the process we started, by its pid: asks first, then insists."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()

    def send(self, method, path, token=None, body=None, headers=()) -> Answer:
        """One request to /api/v1 + path. A body that is no bytes is sent as JSON."""
        headers = dict(headers)
        if token:
            headers["Authorization"] = "Bearer " + token
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.url + "/api/v1" + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, response.headers, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())


class Template:
    """A data folder that is set up and has nobody's records, the tokens of its people and a sharing profile."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="boathouse-test-"))
        self.data = self.folder / "template"
        with Server(self.data) as server:
            self._set_up(server)
        for role in ("member", "viewer"):
            options = ["--email", PEOPLE[role], "--name", role.capitalize(), "--role", role, "--password-file", "-"]
            self._run("user", "add", *options, text=PASSWORD + "\n")
        # A session ends when somebody signs out with it; this token stays.
        self.api_token = self._run("token", "create", "--email", PEOPLE["admin"]).split()[-1]
        profile = self.folder / "template.share"
        self._run("recipient", "create", "tests", "--url", "http://127.0.0.1:1", "--out", str(profile))
        self.profile = json.loads(profile.read_text())
        with Server(self.data) as server:
            self.tokens = {role: self._sign_in(server, email) for role, email in PEOPLE.items()}
        self._copies = 0

    def _run(self, *arguments, text=None):
        done = subprocess.run(
            [binary(), *arguments, "--data", str(self.data)], input=text, capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise RuntimeError(f"boathouse {' '.join(arguments[:2])} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _set_up(self, server):
        deadline = time.monotonic() + START_SECONDS_MAX
        while not (link := re.search(r"/setup\?token=(\S+)", server.log.read_text())):
            if time.monotonic() > deadline:
                raise RuntimeError(f"no set-up link was printed:\n{server.log.read_text()}")
            time.sleep(0.01)
        request = {"token": link[1], "workspace": "Acme", "name": "Admin", "email": PEOPLE["admin"]}
        answer = server.send("POST", "/setup", body={**request, "password": PASSWORD})
        if answer.status != 200:
            raise RuntimeError(f"set-up failed: {answer.content}")

    def _sign_in(self, server, email):
        answer = server.send("POST", "/auth/sign-in", body={"email": email, "password": PASSWORD})
        if answer.status != 200:
            raise RuntimeError(f"sign-in failed: {answer.content}")
        return answer.json["token"]

    def start(self) -> "Workspace":
        self._copies += 1
        data = self.folder / f"workspace-{self._copies}"
        shutil.copytree(self.data, data, ignore=shutil.ignore_patterns("lock"))
        return Workspace(self, data)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Workspace(Server):
    """A server over a copy of the template."""

    def __init__(self, template: Template, data: Path):
        super().__init__(data)
        self.tokens = template.tokens
        self.api_token = template.api_token
        self.profile_path = data.parent / (data.name + ".share")
        endpoint = self.url + "/delta-sharing"
        self.profile_path.write_text(json.dumps({**template.profile, "endpoint": endpoint}))

    def call(self, role, method, path, body=None, headers=()) -> Answer:
        """A request as the administrator, the member, the viewer, or nobody (None)."""
        return self.send(method, path, self.tokens[role] if role else None, body, headers)

    def make(self, collection, **fields) -> dict:
        """A new record, as the administrator."""
        answer = self.call("admin", "POST", "/" + collection, fields)
        if answer.status != 201:
            raise AssertionError(f"POST /{collection}: {answer.status} {answer.content}")
        return answer.json
