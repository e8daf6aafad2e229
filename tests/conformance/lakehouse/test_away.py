"""A lakehouse that is gone takes its answers with it, says so in one sentence, and nothing else."""

import contextlib
import os
import signal
import subprocess
import time

import requests
from demo_process import binary, stop
from lake import AWAY, QUESTION, ask, events, own_demo, post


def wait_until_gone(pid):
    for _ in range(100):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                state = stat.read().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return  # the second: it went between the opening and the reading
        if state == "Z":
            return  # a child that nobody has waited for yet
        time.sleep(0.05)
    raise AssertionError(f"process {pid} does not end")


@contextlib.contextmanager
def lakehouse_at(demo):
    """A new lakehouse where the dead one was."""
    port = demo.lakehouse_mcp_url.rsplit(":", 1)[1].split("/")[0]
    command = [binary(), "lakehouse", "--root", demo.lakehouse_root, "--port", port]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == f"lakehouse ready at {demo.lakehouse_mcp_url}\n"
        yield
    finally:
        stop(process)
    assert process.returncode == 0


def eventually(holds):
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def crm_works(demo):
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {demo.api_token}"
    listed = session.get(f"{demo.url}/api/v1/accounts?page_size=5", timeout=30)
    assert listed.status_code == 200
    assert len(listed.json()["items"]) == 5
    made = session.post(f"{demo.url}/api/v1/accounts", json={"name": "Made while the lakehouse is away"}, timeout=30)
    assert made.status_code == 201, made.text


def test_the_lakehouse_dies_and_the_crm_does_not(tmp_path):
    with own_demo(tmp_path / "demo") as demo:
        assert ask(demo, QUESTION)["row_count"] > 0
        os.kill(demo.lakehouse_pid, signal.SIGKILL)
        wait_until_gone(demo.lakehouse_pid)
        # More often than the breaker needs to open: the words stay the same, and become quick.
        for _ in range(5):
            begin = time.monotonic()
            refused = post(demo, QUESTION)
            assert time.monotonic() - begin < 5
            assert refused.status_code == 503
            assert refused.headers["content-type"].startswith("application/problem+json")
            assert refused.json()["detail"] == AWAY
            assert refused.json()["code"] == "unavailable"
        name, problem = events(demo, QUESTION)[-1]
        assert name == "error"
        assert problem["detail"] == AWAY
        sources = requests.get(
            f"{demo.url}/api/v1/assistant/sources",
            headers={"Authorization": f"Bearer {demo.api_token}"},
            timeout=30,
        ).json()
        assert [source["status"] for source in sources["sources"]] == ["unavailable"]
        crm_works(demo)
        with lakehouse_at(demo):
            assert eventually(lambda: post(demo, QUESTION).status_code == 200)
            assert ask(demo, QUESTION)["row_count"] > 0


def test_the_lakehouse_ends_with_the_crm(tmp_path):
    with own_demo(tmp_path / "demo") as demo:
        pid = demo.lakehouse_pid
    wait_until_gone(pid)
    with own_demo(tmp_path / "killed") as demo:
        pid = demo.lakehouse_pid
        demo.process.kill()
        demo.process.wait()
        wait_until_gone(pid)
