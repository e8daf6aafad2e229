"""The catalog of the demo company, and the records behind it."""

import pytest
from iceberg_catalog import Catalog, Rest


@pytest.fixture(scope="module")
def catalog(demo):
    return Catalog(demo.iceberg["uri"], demo.iceberg["token"], demo.iceberg["warehouse"])


@pytest.fixture(scope="module")
def accounts(demo):
    return Rest(demo, "accounts")
