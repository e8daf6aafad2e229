"""The program under test, started once for all conformance tests: clients we did not write, against the real binary."""

import subprocess

import pytest
from demo_process import Demo, binary, stop, wait_for_state


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo company with its lakehouse, on a free port of the loopback, in a folder of its own."""
    program = binary()
    if not program.exists():
        pytest.fail(f"{program} is missing: build it first (./do build)", pytrace=False)
    data = tmp_path_factory.mktemp("demo")
    log = data.parent / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program, "demo", "--data", str(data), "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Demo(wait_for_state(process, data / "demo.json", log), process, data, log)
    finally:
        stop(process)
