"""Servers of these tests' own: workspaces are made in them and moved aside."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scenarios"))

from workspace import Template  # noqa: E402


@pytest.fixture(scope="session")
def template():
    made = Template()
    yield made
    made.remove()


@pytest.fixture(scope="module")
def server(template):
    """A running server with an administrator, a member and a viewer, and no records."""
    with template.start() as workspace:
        yield workspace
