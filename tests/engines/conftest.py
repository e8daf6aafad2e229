"""Engines that are too big for every run: ./do engines. The program under test is the demo company."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ROOT / "build" / "engines"
sys.path[:0] = [str(ROOT / "tests" / "conformance" / name) for name in ("", "iceberg", "delta_sharing")]

spec = importlib.util.spec_from_file_location("demo_company", ROOT / "tests" / "conformance" / "conftest.py")
company = importlib.util.module_from_spec(spec)
sys.modules["demo_company"] = company
spec.loader.exec_module(company)
demo = company.demo


def java_home(version):
    """A Java of that version, as JAVA_HOME_<version> or among those that are installed."""
    named = os.environ.get(f"JAVA_HOME_{version}")
    places = [Path(named)] if named else sorted(Path("/usr/lib/jvm").glob(f"*{version}*"))
    for place in places:
        if (place / "bin" / "java").exists():
            return place
    return None


@pytest.fixture(scope="session")
def java17():
    found = java_home(17)
    if found is None:
        pytest.skip("Java 17 is not installed; JAVA_HOME_17 may name it")
    return found


@pytest.fixture(scope="session")
def java25():
    found = java_home(25)
    if found is None:
        pytest.skip("Java 25 is not installed; JAVA_HOME_25 may name it")
    return found


@pytest.fixture(scope="session")
def go_reader():
    program = ROOT / "build" / "go-reader" / "go_reader"
    if not program.exists() and shutil.which("go") is None:
        pytest.skip("Go is not installed")
    assert program.exists(), "run tools/fetch_dependencies.py go-reader"
    return program
