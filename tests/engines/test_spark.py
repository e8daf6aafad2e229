"""Spark 4.1 with Iceberg 1.12: planning by itself, planning by the server, signed requests; files of Delta Sharing."""

import os

import delta_sharing
import pytest
import requests
from conftest import ENGINES
from live_view import Rest
from random_writes import check_while_writing

COLUMNS = ("id", "name", "description", "version")
CATALOGS = {
    "classic": {},
    "planned": {"scan-planning-mode": "server"},
    "signed": {"header.X-Iceberg-Access-Delegation": "remote-signing"},
    "cached": {"cache-enabled": "true"},
}


@pytest.fixture(scope="module")
def spark(demo, java17):
    os.environ["JAVA_HOME"] = str(java17)
    from pyspark.sql import SparkSession

    jars = ",".join(sorted(str(jar) for jar in (ENGINES / "jars").glob("*.jar")))
    extensions = (
        "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions,io.delta.sql.DeltaSparkSessionExtension"
    )
    builder = (
        SparkSession.builder.master("local[2]")
        .config("spark.jars", jars)
        .config("spark.driver.extraClassPath", jars.replace(",", ":"))
        .config("spark.sql.extensions", extensions)
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
    )
    about = demo.iceberg
    for name, properties in CATALOGS.items():
        catalog = {
            "type": "rest",
            "uri": about["uri"],
            "warehouse": about["warehouse"],
            "credential": about["credential"],
            "cache-enabled": "false",
        } | properties
        builder = builder.config(f"spark.sql.catalog.{name}", "org.apache.iceberg.spark.SparkCatalog")
        for key, value in catalog.items():
            builder = builder.config(f"spark.sql.catalog.{name}.{key}", value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def rows(frame):
    return {row[0]: tuple(None if value is None else str(value) for value in row) for row in frame.collect()}


@pytest.mark.parametrize("catalog", ["classic", "planned", "signed"])
def test_while_records_are_written(demo, spark, catalog):
    check_while_writing(
        demo, lambda *names: rows(spark.sql(f"SELECT {', '.join(names)} FROM {catalog}.crm.accounts")), COLUMNS
    )


def test_time_travel_and_changes(demo, spark):
    rest = Rest(demo, "accounts")
    made = rest.create({"name": "Now"})
    newest = "SELECT snapshot_id FROM classic.crm.accounts.snapshots ORDER BY committed_at DESC, snapshot_id LIMIT 1"
    count = spark.sql("SELECT count(*) FROM classic.crm.accounts").collect()[0][0]
    current = spark.sql("SELECT snapshot_id FROM classic.crm.accounts.refs").collect()[0][0]
    assert current == spark.sql(newest).collect()[0][0]
    rest.delete(made["id"])
    assert spark.sql("SELECT count(*) FROM classic.crm.accounts").collect()[0][0] == count - 1
    then = spark.sql(f"SELECT count(*) FROM classic.crm.accounts VERSION AS OF {current}").collect()[0][0]
    assert then == count
    assert spark.sql("SELECT sum(record_count) FROM classic.crm.accounts.files").collect()[0][0] == count - 1


def test_filters_and_joins(demo, spark):
    rest = Rest(demo, "accounts")
    expected = sum(1 for row in rest.rows().values() if "C" <= row[rest.names.index("name")] < "D")
    for catalog in ("classic", "planned"):
        query = f"SELECT count(*) FROM {catalog}.crm.accounts WHERE name >= 'C' AND name < 'D'"
        assert spark.sql(query).collect()[0][0] == expected
        joined = f"""SELECT count(*) FROM {catalog}.crm.opportunities o JOIN {catalog}.crm.accounts a
            ON o.account_id = a.id"""
        assert spark.sql(joined).collect()[0][0] > 0


def test_writing_is_refused(demo, spark):
    rest = Rest(demo, "users")
    before = rest.rows()
    for statement in (
        "INSERT INTO classic.crm.users SELECT * FROM classic.crm.users",
        "DELETE FROM classic.crm.users",
        "DROP TABLE classic.crm.users",
        "CREATE TABLE classic.crm.other (a INT)",
        "CREATE NAMESPACE classic.other",
    ):
        with pytest.raises(Exception):  # noqa: B017 - whatever Spark makes of it
            spark.sql(statement).collect()
    assert rest.rows() == before


def test_files_of_delta_sharing(demo, spark):
    """Spark reads the very files that a share's URLs name."""
    client = delta_sharing.SharingClient(demo.delta_sharing_profile)
    assert "accounts" in {table.name for table in client.list_all_tables()}
    profile = delta_sharing.protocol.DeltaSharingProfile.read_from_file(demo.delta_sharing_profile)
    answer = requests.post(
        f"{profile.endpoint}/shares/boathouse/schemas/crm/tables/accounts/query",
        headers={"Authorization": f"Bearer {profile.bearer_token}"},
        json={},
    )
    import json

    names = []
    for line in answer.text.splitlines():
        file = json.loads(line).get("file")
        if file:
            spark.sparkContext.addFile(file["url"])
            names.append(file["url"].split("?")[0].rsplit("/", 1)[1])
    from pyspark import SparkFiles

    frame = spark.read.parquet(*["file://" + SparkFiles.get(name) for name in names])
    rest = Rest(demo, "accounts")
    assert set(rows(frame.select("id"))) == set(rest.rows())
