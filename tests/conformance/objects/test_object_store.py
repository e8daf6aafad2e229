"""Table files in an object store: what is answered is there, and what the store does harms no reader."""

import io
import json
import subprocess

import boto3
import botocore.exceptions
import pyarrow.parquet
import pyiceberg.catalog.rest
import pytest
import requests
from demo_process import binary, stop, wait_for_state
from object_store import BUCKET, Server, Store, wait_for
from test_s3_engines import record_ids


class Crm:
    """The CRM beside its object store, as its own API and as readers see it."""

    def __init__(self, server, store, state):
        self.url = server.url
        self.store = store
        self.api_token = state["api_token"]
        self.token = state["iceberg"]["token"]

    def create(self, name):
        answer = requests.post(
            f"{self.url}/api/v1/accounts",
            json={"name": name},
            headers={"Authorization": f"Bearer {self.api_token}"},
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json()["id"]

    def urls(self):
        """What Delta Sharing names as the files of accounts."""
        answer = requests.post(
            f"{self.url}/delta-sharing/shares/boathouse/schemas/crm/tables/accounts/query",
            json={},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
        )
        answer.raise_for_status()
        return [line["file"]["url"] for line in map(json.loads, answer.text.splitlines()) if "file" in line]

    def read(self, urls):
        found = []
        for url in urls:
            got = requests.get(url, timeout=30)
            got.raise_for_status()
            found += pyarrow.parquet.read_table(io.BytesIO(got.content), columns=["id"])["id"].to_pylist()
        assert len(found) == len(set(found))
        return set(found)

    def load(self, **headers):
        return requests.get(
            f"{self.url}/iceberg/v1/boathouse/namespaces/crm/tables/accounts",
            headers={"Authorization": f"Bearer {self.token}", **headers},
            timeout=60,
        )

    def scan(self, **properties):
        catalog = pyiceberg.catalog.rest.RestCatalog(
            "crm", uri=f"{self.url}/iceberg", token=self.token, warehouse="boathouse", **properties
        )
        return set(catalog.load_table("crm.accounts").scan(selected_fields=("id",)).to_arrow()["id"].to_pylist())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The demo company's data, with no server over it."""
    data = tmp_path_factory.mktemp("stored") / "data"
    log = data.parent / "demo.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [binary(), "demo", "--data", str(data), "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    state = wait_for_state(process, data / "demo.json", log)
    stop(process)
    return data, state


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = Store(tmp_path_factory.mktemp("store"))
    yield made
    made.stop()


@pytest.fixture
def crm(folder, store, request, tmp_path):
    data, state = folder
    store.wire.set("pass")
    role = getattr(request, "param", "")
    server = Server(data, tmp_path / "serve.log", f"s3://{BUCKET}/crm?endpoint={store.endpoint}{role}")
    yield Crm(server, store, state)
    stop(server.process)
    server.output.close()


def test_delta_sharing_names_copies_that_are_there(crm):
    urls = crm.urls()
    assert urls and all(url.startswith(f"{crm.store.endpoint}/{BUCKET}/crm/boathouse/accounts/") for url in urls)
    assert all("X-Amz-Signature=" in url for url in urls)
    made = crm.create("In the lake")
    ids = crm.read(crm.urls())
    assert made in ids
    assert ids == record_ids(crm, "accounts")
    # What was named stays readable when there is a newer version.
    assert crm.read(urls) == ids - {made}


def test_iceberg_sends_clients_to_the_store(crm):
    made = crm.create("Iceberg in the lake")
    body = crm.load().json()
    assert body["metadata"]["location"].startswith(f"s3://{BUCKET}/crm/boathouse/accounts/")
    assert body["config"]["s3.endpoint"] == crm.store.endpoint
    # No role is configured: nothing that the server has is handed out.
    assert "s3.access-key-id" not in body["config"]
    assert "storage-credentials" not in body
    assert "secret" not in json.dumps(body["config"])
    ids = crm.scan(**{"s3.access-key-id": "mine", "s3.secret-access-key": "own"})
    assert made in ids
    assert ids == record_ids(crm, "accounts")


@pytest.mark.parametrize("crm", ["&role=arn:aws:iam::123456789012:role/reader"], indirect=True)
def test_keys_of_a_role_are_vended(crm):
    made = crm.create("With keys of a role")
    body = crm.load(**{"X-Iceberg-Access-Delegation": "vended-credentials"}).json()
    config = body["storage-credentials"][0]["config"]
    assert config["s3.access-key-id"].startswith("ASIA")
    assert config["s3.session-token"]
    assert config["s3.secret-access-key"] != "secret"
    assert made in crm.scan()


@pytest.mark.parametrize("trouble", ["busy", "refuse", "torn"])
def test_a_store_in_trouble_loses_nothing(crm, trouble):
    before = crm.store.keys()
    crm.store.wire.torn_bytes = 2_000
    crm.store.wire.set(trouble)
    made = crm.create(f"While the store is {trouble}")
    # This server has every file, so that readers of Delta Sharing are served by it.
    urls = crm.urls()
    assert any(url.startswith(crm.url) for url in urls)
    # Iceberg's readers are told to come again; they are never shown half a version.
    refused = crm.load()
    assert refused.status_code == 503, refused.text[:300]
    assert refused.json()["error"]["type"]
    own = [url for url in urls if url.startswith(crm.url)]
    assert made in crm.read(own)
    crm.store.wire.set("pass")
    wait_for("the repair", lambda: crm.load().status_code == 200)
    ids = crm.scan(**{"s3.access-key-id": "mine", "s3.secret-access-key": "own"})
    assert ids == record_ids(crm, "accounts")
    assert made in crm.read(crm.urls())
    # Whole objects only, and those that were there are as they were.
    after = crm.store.keys()
    assert before.items() <= after.items()


def test_a_restarted_server_finds_its_copies(folder, store, tmp_path):
    data, state = folder
    store.wire.set("pass")
    location = f"s3://{BUCKET}/crm?endpoint={store.endpoint}"
    named = []
    for turn in range(2):
        server = Server(data, tmp_path / f"{turn}.log", location)
        named.append({url.split("?")[0] for url in Crm(server, store, state).urls()})
        stop(server.process)
        server.output.close()
    assert named[0] == named[1]


def verb(data, *words):
    done = subprocess.run(
        [binary(), *words, "--data", str(data)], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


def test_lasting_keys_read_what_their_recipient_may(folder, store, tmp_path):
    data, state = folder
    name = verb(data, "recipient", "list").split("\t")[1]
    lines = verb(data, "recipient", "keys", name, "--days", "2").splitlines()
    keys = {line[:19].strip(): line[19:].strip() for line in lines}
    store.wire.set("pass")
    server = Server(data, tmp_path / "serve.log", f"s3://{BUCKET}/crm?endpoint={store.endpoint}")
    try:
        client = boto3.client(
            "s3",
            endpoint_url=server.url,
            region_name="us-east-1",
            aws_access_key_id=keys["access key id"],
            aws_secret_access_key=keys["secret access key"],
        )
        top = client.list_objects_v2(Bucket="boathouse", Delimiter="/")
        tables = [each["Prefix"] for each in top["CommonPrefixes"]]
        assert "accounts/" in tables
        assert len(tables) > 10
        listed = client.list_objects_v2(Bucket="boathouse", Prefix="contacts/")["Contents"]
        data_key = next(entry["Key"] for entry in listed if "/data/" in entry["Key"])
        assert client.get_object(Bucket="boathouse", Key=data_key)["Body"].read(4) == b"PAR1"
    finally:
        stop(server.process)
        server.output.close()


def test_each_workspace_is_a_bucket(folder, store, tmp_path):
    data, state = folder
    verb(data, "workspace", "create", "acme")
    profile = tmp_path / "acme.share"
    verb(data, "recipient", "create", "bi", "--workspace", "acme", "--url", "http://h", "--out", str(profile))
    lines = verb(data, "recipient", "keys", "bi", "--workspace", "acme").splitlines()
    keys = [line[19:].strip() for line in lines]
    store.wire.set("pass")
    server = Server(data, tmp_path / "serve.log", f"s3://{BUCKET}/crm?endpoint={store.endpoint}")
    try:

        def client(key, secret):
            return boto3.client(
                "s3",
                endpoint_url=server.url,
                region_name="us-east-1",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
            )

        acme = client(*keys[:2])
        listed = acme.list_objects_v2(Bucket="acme", Prefix="users/")
        assert listed["Name"] == "acme"
        # Keys of one workspace mean nothing in another, and there is no third.
        for bucket, code in (("boathouse", "InvalidAccessKeyId"), ("nobody", "NoSuchBucket")):
            with pytest.raises(botocore.exceptions.ClientError, match=code):
                acme.list_objects_v2(Bucket=bucket)
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDenied"):
            acme.put_object(Bucket="acme", Key="users/x", Body=b"x")
    finally:
        stop(server.process)
        server.output.close()


@pytest.mark.parametrize("location", ["lake", "s3://", "s3://lake/p?endpoint=ftp://h", "s3://lake/p?colour=red"])
def test_a_place_that_is_none_is_said_at_the_start(folder, location):
    data, _ = folder
    refused = subprocess.run(
        [binary(), "serve", "--data", str(data), "--port", "0", "--table-files", location],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode != 0
    assert "s3://bucket/prefix" in refused.stderr
