"""The program under test as a process: where it is, how a demo of it is waited for and stopped.

BOATHOUSE_BIN (or BOATHOUSE_BINARY) names the program; without it, the release build.
"""

import json
import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 120
STOP_SECONDS_MAX = 15


def binary() -> Path:
    named = os.environ.get("BOATHOUSE_BIN") or os.environ.get("BOATHOUSE_BINARY")
    return Path(named) if named else ROOT / "build" / "release" / "boathouse"


@dataclass
class Demo:
    """A running `boathouse demo`: what its demo.json says, as attributes too (demo.url, demo.api_token, ...)."""

    state: dict
    process: subprocess.Popen
    data: Path
    log: Path

    def __getattr__(self, name):
        try:
            return self.__dict__["state"][name]
        except KeyError:
            raise AttributeError(name) from None


def stop(process: subprocess.Popen) -> None:
    """Ends the process we started, by its pid: asks first, then insists."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for_state(process: subprocess.Popen, path: Path, log: Path) -> dict:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        if path.exists():
            # Written under another name and renamed, so that what stands there is whole.
            return json.loads(path.read_text())
        if process.poll() is not None:
            break
        time.sleep(0.05)
    pytest.fail(
        f"{binary()} demo did not start (exit code {process.poll()}):\n{log.read_text()[-4000:]}", pytrace=False
    )
