"""An object store that is not ours (moto), behind a wire that a test may cut, slow down or answer on."""

import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import boto3
import requests
from demo_process import binary

BUCKET = "lake"
BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
WAIT_SECONDS_MAX = 30


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition):
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.05)


def answers(url):
    try:
        return requests.get(url, timeout=5).status_code < 500
    except requests.ConnectionError:
        return False


class Wire:
    """Carries connections to a port, as `mode` says: pass, busy (503), refuse, or torn (cut after `torn_bytes`)."""

    def __init__(self, port):
        self.target = port
        self.mode = "pass"
        self.torn_bytes = 20_000
        self.open = set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, mode):
        self.mode = mode
        for connection in list(self.open):
            self._close(connection)

    def close(self):
        self.listener.close()
        self.set("refuse")

    def _close(self, connection):
        self.open.discard(connection)
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        connection.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        if self.mode == "refuse":
            client.close()
            return
        if self.mode == "busy":
            client.recv(65536)
            client.sendall(BUSY)
            self._close(client)
            return
        upstream = socket.create_connection(("127.0.0.1", self.target))
        self.open |= {client, upstream}
        limit = self.torn_bytes if self.mode == "torn" else None
        threading.Thread(target=self._pump, args=(upstream, client, None), daemon=True).start()
        self._pump(client, upstream, limit)

    def _pump(self, source, target, limit):
        carried = 0
        try:
            while piece := source.recv(65536):
                carried += len(piece)
                if limit is not None and carried > limit:
                    break
                target.sendall(piece)
        except OSError:
            pass
        self._close(source)
        self._close(target)


class Store:
    def __init__(self, folder):
        port = free_port()
        self.log = (Path(folder) / "moto.log").open("wb")
        command = [Path(sys.executable).parent / "moto_server", "-H", "127.0.0.1", "-p", str(port)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        wait_for("the object store", lambda: answers(f"http://127.0.0.1:{port}/"))
        self.wire = Wire(port)
        self.endpoint = f"http://127.0.0.1:{self.wire.port}"
        self.direct = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
            region_name="us-east-1",
        )
        self.direct.create_bucket(Bucket=BUCKET)

    def keys(self):
        pages = self.direct.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", [])}

    def stop(self):
        self.wire.close()
        self.process.terminate()
        self.process.wait(10)
        self.log.close()


class Server:
    """`boathouse serve` over a folder that is there, with table files in the store."""

    def __init__(self, data, log, location):
        environment = dict(os.environ, AWS_ACCESS_KEY_ID="key", AWS_SECRET_ACCESS_KEY="secret")
        environment.pop("AWS_SESSION_TOKEN", None)
        self.output = log.open("wb")
        self.process = subprocess.Popen(
            [binary(), "serve", "--data", str(data), "--port", "0", "--table-files", location],
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        self.url = None

        def started():
            assert self.process.poll() is None, log.read_text()
            found = re.search(r"ready at (http://\S+)", log.read_text())
            self.url = found and found.group(1)
            return found

        wait_for("the server", started)
