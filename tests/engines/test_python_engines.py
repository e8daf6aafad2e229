"""Daft and Polars, which plan with PyIceberg and read with file systems of their own."""

import daft
import polars
import pytest
from pyiceberg.catalog import load_catalog
from random_writes import check_while_writing

COLUMNS = ("id", "name", "description", "version")


@pytest.fixture(scope="module")
def catalog(demo):
    about = demo.iceberg
    return load_catalog(
        "crm", type="rest", uri=about["uri"], warehouse=about["warehouse"], credential=about["credential"]
    )


def rows(columns):
    return {row[0]: tuple(None if value is None else str(value) for value in row) for row in zip(*columns, strict=True)}


def test_daft_while_records_are_written(demo, catalog):
    def read(*names):
        found = daft.read_iceberg(catalog.load_table("crm.accounts")).select(*names).to_pydict()
        return rows(found[name] for name in names)

    check_while_writing(demo, read, COLUMNS)


def test_polars_while_records_are_written(demo, catalog):
    def read(*names):
        table = catalog.load_table("crm.accounts")
        # It takes no endpoint from the table.
        options = {name: value for name, value in table.io.properties.items() if name.startswith("s3.")}
        found = polars.scan_iceberg(table, storage_options=options).select(names).collect()
        return rows(found[name].to_list() for name in names)

    check_while_writing(demo, read, COLUMNS)
