"""The bucket of the demo company, as clients of S3 see it with the keys that the catalog vends."""

from dataclasses import dataclass

import boto3
import botocore.config
import pytest
import requests

SETTINGS = {
    "signature_version": "s3v4",
    "read_timeout": 20,
    "retries": {"total_max_attempts": 1},
    "s3": {"addressing_style": "path"},
}


@dataclass
class Vended:
    """What loadTable gives a client: where the table is, and keys for it."""

    endpoint: str
    location: str
    metadata: str
    config: dict

    @property
    def bucket(self):
        return self.location.split("/")[2]

    @property
    def prefix(self):
        return self.location.split("/", 3)[3] + "/"

    @property
    def keys(self):
        return {
            "aws_access_key_id": self.config["s3.access-key-id"],
            "aws_secret_access_key": self.config["s3.secret-access-key"],
            "aws_session_token": self.config["s3.session-token"],
        }

    def client(self, **other):
        settings = {"endpoint_url": self.endpoint, "region_name": "us-east-1", **self.keys, **other}
        return boto3.client("s3", config=botocore.config.Config(**SETTINGS), **settings)


def load_table(demo, table):
    answer = requests.get(
        f"{demo.url}/iceberg/v1/boathouse/namespaces/crm/tables/{table}",
        headers={"Authorization": f"Bearer {demo.iceberg['token']}"},
        timeout=30,
    )
    answer.raise_for_status()
    body = answer.json()
    config = body["config"]
    return Vended(config["s3.endpoint"], body["metadata"]["location"], body["metadata-location"], config)


@pytest.fixture(scope="module")
def accounts(demo):
    return load_table(demo, "accounts")


@pytest.fixture(scope="module")
def contacts(demo):
    return load_table(demo, "contacts")


@pytest.fixture(scope="module")
def data_key(accounts):
    """The key of one data file, and its size."""
    listed = accounts.client().list_objects_v2(Bucket=accounts.bucket, Prefix=accounts.prefix + "data/")
    entry = listed["Contents"][0]
    return entry["Key"], entry["Size"]
