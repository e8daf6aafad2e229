"""The two sides of crm_bench.py: Boathouse and PocketBase, each a server with the same contacts, asked by the same client.

PocketBase is built by its own documented command into build/bench, outside of what is committed. It answers without
credentials (public rules), which spares it work that Boathouse does; it commits with synchronous=NORMAL, Boathouse with FULL.
"""

import http.client
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import crm_data

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "build/bench"
BOATHOUSE = Path(os.environ.get("BOATHOUSE_BIN", ROOT / "build/release/boathouse"))
POCKETBASE_MODULE = "github.com/pocketbase/pocketbase/examples/base@latest"
QUIET_SECONDS = 20
IDS = 20_000  # so many records are asked for, at random


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Side:
    """A server process and how it is asked. Subclasses: fill(), command(), and the targets."""

    name = ""
    token = None

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port()
        self.process = None
        self.created = 0

    def start(self):
        """Starts the server; the seconds until it answered."""
        log = (self.folder.parent / f"{self.folder.name}.log").open("wb")
        begin = time.monotonic()
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self.health}", timeout=5).read()
                return time.monotonic() - begin
            except OSError:
                if self.process.poll() is not None or time.monotonic() - begin > 120:
                    raise SystemExit(f"{self.name} does not start; see {log.name}") from None
                time.sleep(0.002)

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            self.process = None

    def memory(self, line="VmRSS"):
        """Megabytes, from the kernel's account of the process."""
        for row in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if row.startswith(line + ":"):
                return int(row.split()[1]) / 1024
        return 0

    def wait_until_idle(self):
        """Until it used no processor for a while: what it does after a start, and what it lets go of, is done then."""
        stat, used, quiet = Path(f"/proc/{self.process.pid}/stat"), 0, 0
        while quiet < QUIET_SECONDS:
            time.sleep(1)
            now = sum(map(int, stat.read_text().rsplit(")", 1)[1].split()[11:13]))
            quiet = quiet + 1 if now - used <= 1 else 0
            used = now

    def call(self, method, target, body=None, token=None):
        headers = {"Content-Type": "application/json"}
        if token or self.token:
            headers["Authorization"] = f"Bearer {token or self.token}"
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{target}",
            json.dumps(body).encode() if body is not None else None,
            headers,
            method=method,
        )
        with urllib.request.urlopen(request, timeout=600) as answer:
            return json.load(answer)

    def wrk(self, targets, seconds, clients, method="GET", body=None):
        """Requests a second, p50 and p99 in milliseconds. Fails when an answer was not a success."""
        listed = self.folder.parent / f"{self.folder.name}.targets"
        listed.write_text("\n".join(targets) + "\n")
        environment = dict(os.environ, BENCH_TARGETS=str(listed), BENCH_METHOD=method)
        if body is not None:
            # Numbers that no earlier run of this server used.
            self.created += 1
            environment |= {"BENCH_BODY": json.dumps(body), "BENCH_FIRST": str(self.created * 1_000_000_000)}
            words = self.folder.parent / "words"
            words.write_text("\n".join(crm_data.LAST) + "\n")
            environment["BENCH_WORDS"] = str(words)
        if self.token:
            environment["BENCH_TOKEN"] = self.token
        command = [
            "wrk",
            "-t1",
            f"-c{clients}",
            f"-d{seconds}s",
            "--timeout=30s",
            "-s",
            str(ROOT / "bench/requests.lua"),
        ]
        output = subprocess.run(
            [*command, f"http://127.0.0.1:{self.port}"], env=environment, capture_output=True, text=True, check=True
        ).stdout
        result = next(line for line in output.splitlines() if line.startswith("RESULT "))
        rate, p50, p99, refused, broken = (float(word) for word in result.split()[1:])
        if refused or broken:
            raise SystemExit(
                f"{self.name} answered {refused:.0f} requests with errors, {broken:.0f} not at all: {targets[0]}"
            )
        return rate, p50 / 1000, p99 / 1000


class Boathouse(Side):
    name = "Boathouse"
    health = "/api/v1/setup"
    collection = "/api/v1/contacts"

    def command(self):
        return [BOATHOUSE, "serve", "--data", self.folder, "--port", str(self.port)]

    def verb(self, *words):
        return subprocess.run([BOATHOUSE, *map(str, words)], check=True, capture_output=True, text=True).stdout

    def make(self):
        """A new workspace with an administrator's token; leaves the server running."""
        self.start()  # makes the folder
        self.stop()
        self.verb(
            "user", "add", "--data", self.folder, "--email", "bench@example.com", "--name", "Bench", "--role", "admin"
        )
        self.token = self.verb("token", "create", "--data", self.folder, "--email", "bench@example.com").strip()
        self.start()

    def fill(self, csv_file):
        """Imports the file through the running server, in the background; the seconds from the upload's begin to its end."""
        begin = time.monotonic()
        job = self.upload("/api/v1/imports?background=true", csv_file)
        while True:
            state = self.call("GET", f"/api/v1/imports/{job['id']}")
            if state["state"] not in ("waiting", "checking", "running"):
                break
            time.sleep(0.1)
        if state["state"] != "done" or state["created"] != state["rows_total"]:
            raise SystemExit(f"the import ended so: {state}")
        return time.monotonic() - begin

    def upload(self, target, csv_file):
        """The file and its mapping as a form, sent in pieces: the client holds no more of it than the server."""
        edge = "bench-edge"
        head = (
            f'--{edge}\r\nContent-Disposition: form-data; name="mapping"\r\n\r\n{json.dumps(crm_data.MAPPING)}\r\n'
            f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="contacts.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        ).encode()
        tail = f"\r\n--{edge}--\r\n".encode()

        def pieces():
            yield head
            with csv_file.open("rb") as file:
                while piece := file.read(1 << 20):
                    yield piece
            yield tail

        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": f"multipart/form-data; boundary={edge}",
            "Content-Length": str(len(head) + csv_file.stat().st_size + len(tail)),
        }
        connection.request("POST", target, pieces(), headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 202:
            raise SystemExit(f"the upload was answered with {answer.status}: {content[:500]}")
        return json.loads(content)

    def export(self):
        """All contacts as CSV: milliseconds to the first bytes, and rows a second."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        begin = time.monotonic()
        connection.request("GET", self.collection + ":export", headers={"Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        piece = answer.read1(1 << 16)
        first = time.monotonic() - begin
        rows = 0
        while piece:
            rows += piece.count(b"\n")
            piece = answer.read1(1 << 20)
        if answer.status != 200:
            raise SystemExit(f"the export was answered with {answer.status}")
        return first * 1000, (rows - 1) / (time.monotonic() - begin)

    def read_ids(self):
        # In any order of the file: the name's. Pages of 1,000.
        self.ids, page = [], ""
        while len(self.ids) < IDS:
            answer = self.call("GET", f"{self.collection}?order_by=phone&page_size=1000&page_token={page}")
            self.ids += [item["id"] for item in answer["items"]]
            page = urllib.parse.quote(answer.get("next_page_token", ""))
            if not page:
                break

    def get_targets(self):
        return [f"{self.collection}/{id}" for id in self.ids]

    def list_targets(self, extra=""):
        quote = urllib.parse.quote
        return [
            f"{self.collection}?order_by=name&page_size=50{extra}&filter=" + quote(f'mailing_city = "{city}"')
            for city in crm_data.CITY
        ]

    def contact(self):
        return body_of_contact()


class PocketBase(Side):
    name = "PocketBase"
    health = "/api/health"
    collection = "/api/collections/contacts/records"

    # The columns of the indexes that Boathouse has.
    INDEXES = [
        "CREATE UNIQUE INDEX c1 ON contacts (external_id) WHERE external_id != ''",
        "CREATE INDEX c2 ON contacts (last_name COLLATE NOCASE, id)",
        "CREATE INDEX c3 ON contacts (name COLLATE NOCASE, id)",
        "CREATE INDEX c4 ON contacts (email COLLATE NOCASE, id)",
        "CREATE INDEX c5 ON contacts (mailing_city, id)",
        "CREATE INDEX c6 ON contacts (account_id, id)",
        "CREATE INDEX c7 ON contacts (reports_to_id, id)",
        "CREATE INDEX c8 ON contacts (owner_id, id)",
    ]

    @staticmethod
    def build():
        """The program, built once; None when there is no Go here."""
        program = PLACE / "base"
        go = shutil.which("go") or ("/usr/local/go/bin/go" if Path("/usr/local/go/bin/go").exists() else None)
        if program.exists() or go is None:
            return program if program.exists() else None
        PLACE.mkdir(parents=True, exist_ok=True)
        environment = dict(os.environ, GOTOOLCHAIN="go1.27.3", GOBIN=str(PLACE), GOPATH=str(PLACE / "go"))
        environment["GOCACHE"] = str(PLACE / "go-cache")
        subprocess.run([go, "install", POCKETBASE_MODULE], env=environment, check=True)
        return program

    def version(self):
        found = (
            subprocess.run(["go", "version", "-m", PLACE / "base"], capture_output=True, text=True).stdout
            if shutil.which("go")
            else ""
        )
        dependency = [line.split()[2] for line in found.splitlines() if line.strip().startswith("mod\t")]
        return dependency[0] if dependency else ""

    def command(self):
        return [PLACE / "base", "serve", "--http", f"127.0.0.1:{self.port}", "--dir", self.folder]

    def fill(self, csv_file):
        """Makes the collection through the API and puts the rows into its table, as PocketBase itself writes them."""
        subprocess.run(
            [PLACE / "base", "superuser", "upsert", "bench@example.com", "bench-password", "--dir", self.folder],
            check=True,
            capture_output=True,
        )
        self.start()
        token = self.call(
            "POST",
            "/api/collections/_superusers/auth-with-password",
            {"identity": "bench@example.com", "password": "bench-password"},
        )["token"]
        texts = [*crm_data.FIELDS, "name", "account_id", "reports_to_id", "owner_id"]
        self.call(
            "POST",
            "/api/collections",
            {
                "name": "contacts",
                "type": "base",
                "fields": [{"name": name, "type": "text"} for name in texts]
                + [
                    {"name": "created", "type": "autodate", "onCreate": True},
                    {"name": "updated", "type": "autodate", "onCreate": True, "onUpdate": True},
                ],
                "indexes": self.INDEXES,
                **dict.fromkeys(("listRule", "viewRule", "createRule", "updateRule", "deleteRule"), ""),
            },
            token,
        )
        self.stop()
        chosen = random.Random(5)
        letters = "abcdefghijklmnopqrstuvwxyz0123456789"
        rows = sum(1 for _ in csv_file.open()) - 1
        every = max(1, rows // IDS)
        self.ids = []

        def lines():
            for number, row in enumerate(crm_data.contacts(rows)):
                id = "".join(chosen.choices(letters, k=15))
                if number % every == 0 and len(self.ids) < IDS:
                    self.ids.append(id)
                stamp = "2026-11-24 10:00:00.000Z"
                yield (id, *row, f"{row[1]} {row[2]}", "", "", "", stamp, stamp)

        with sqlite3.connect(self.folder / "data.db", isolation_level=None) as database:
            database.execute("PRAGMA cache_size = -262144")
            database.execute("BEGIN")
            columns = ", ".join(["id", *texts, "created", "updated"])
            marks = ", ".join("?" * (len(texts) + 3))
            database.executemany(f"INSERT INTO contacts ({columns}) VALUES ({marks})", lines())
            database.execute("COMMIT")
        database.close()

    def read_ids(self):
        pass

    def get_targets(self):
        return [f"{self.collection}/{id}" for id in self.ids]

    def list_targets(self, extra=""):
        quote = urllib.parse.quote
        # Without the total, which PocketBase would count for each page.
        return [
            f"{self.collection}?sort=name&perPage=50{extra or '&skipTotal=1'}&filter=" + quote(f"mailing_city='{city}'")
            for city in crm_data.CITY
        ]

    def contact(self):
        return body_of_contact() | {"name": "Jo @W@"}


def body_of_contact():
    return {
        "external_id": "N-@N@",
        "first_name": "Jo",
        "last_name": "@W@",
        "title": "Buyer",
        "email": "jo.@W@.@N@@example.com",
        "phone": "+1 @P@",
        "mailing_city": crm_data.CITY[7],
        "mailing_country": "US",
    }
