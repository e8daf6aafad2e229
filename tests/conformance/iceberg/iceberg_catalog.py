"""The catalog's protocol, spoken with nothing but HTTP; every answer is held against the published OpenAPI."""

import functools
import os
import re
import sys
from pathlib import Path
from urllib.parse import quote

import jsonschema
import pyarrow.fs
import pytest
import referencing
import requests
import yaml

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "conformance" / "delta_sharing"))

from live_view import Rest, differences  # noqa: E402

__all__ = ["Catalog", "Files", "Rest", "WRITES", "credential_of", "differences", "refused"]


def specification_file() -> Path | None:
    """The OpenAPI of Apache Iceberg is not ours to publish, so a lone clone goes without."""
    named = os.environ.get("BOATHOUSE_SPECS_DIR")
    file = (Path(named) if named else ROOT.parent / "shared" / "specs") / "rest-catalog-open-api.yaml"
    if file.exists():
        return file
    if named:
        pytest.fail(f"{file} is missing", pytrace=False)
    return None


def loosened(node):
    """The document as JSON Schema says it: `nullable` is a type there, and a number is both an int and a long."""
    if isinstance(node, list):
        return [loosened(item) for item in node]
    if not isinstance(node, dict):
        return node
    # Statuses are numbers to YAML.
    node = {"anyOf" if key == "oneOf" else str(key): loosened(value) for key, value in node.items()}
    if node.pop("nullable", False) and isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    return node


class Specification:
    def __init__(self, file):
        document = loosened(yaml.safe_load(file.read_text()))
        # Dates among the examples are no JSON, and examples judge nothing.
        document["components"].pop("examples", None)
        self.document = document
        resource = referencing.Resource(document, referencing.jsonschema.DRAFT202012)
        self.registry = referencing.Registry().with_resource("urn:iceberg", resource)
        self.patterns = [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"), path) for path in document["paths"]]

    def resolve(self, node):
        while "$ref" in node:
            at = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                at = at[part]
            node = at
        return node

    def check(self, answer, path):
        """The answer's status is one of the operation's, and its body is as the schema of that status says."""
        matches = [template for pattern, template in self.patterns if pattern.match(path)]
        # A literal path stands before one with parameters.
        template = min(matches, key=lambda each: each.count("{"))
        operation = self.document["paths"][template][answer.request.method.lower()]
        responses = operation["responses"]
        status = str(answer.status_code)
        key = next((each for each in (status, status[0] + "XX", status[0] + "xx") if each in responses), None)
        assert key, f"{operation['operationId']} may not answer {status}"
        content = self.resolve(responses[key]).get("content")
        if not content or answer.request.method == "HEAD":
            assert answer.content == b"", f"{operation['operationId']} {status} has no body"
            return
        assert answer.headers["Content-Type"].split(";")[0] == "application/json"
        schema = content["application/json"]["schema"]
        if answer.status_code >= 400 and "oauth" not in path:
            # A few operations lack the wrapper that their own examples have.
            schema = {"$ref": "#/components/schemas/IcebergErrorResponse"}
        schema = self.absolute(schema)
        jsonschema.Draft202012Validator(schema, registry=self.registry).validate(answer.json())

    def absolute(self, node):
        if isinstance(node, list):
            return [self.absolute(item) for item in node]
        if not isinstance(node, dict):
            return node
        return {key: ("urn:iceberg" + value if key == "$ref" else self.absolute(value)) for key, value in node.items()}


@functools.cache
def specification():
    file = specification_file()
    return Specification(file) if file else None


class Catalog:
    """A warehouse as one recipient sees it. Whatever it answers is checked."""

    def __init__(self, base, token, warehouse="boathouse"):
        self.base = base
        self.warehouse = warehouse
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def send(self, method, path, **options):
        answer = self.session.request(method, self.base + path, **options)
        if specification():
            specification().check(answer, path.split("?")[0])
        return answer

    def at(self, path):
        return f"/v1/{quote(self.warehouse, safe='')}{path}"

    def table_path(self, table, namespace="crm"):
        return self.at(f"/namespaces/{quote(namespace, safe='')}/tables/{quote(table, safe='')}")

    def get(self, path, **options):
        return self.send("GET", self.at(path), **options)

    def config(self, **params):
        return self.send("GET", "/v1/config", params=params)

    def token(self, form, **options):
        # Without the session's bearer token, as clients send it.
        answer = requests.post(self.base + "/v1/oauth/tokens", data=form, **options)
        if specification():
            specification().check(answer, "/v1/oauth/tokens")
        return answer

    def load(self, table, namespace="crm", params=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.send("GET", self.table_path(table, namespace), params=params, headers=headers)


def refused(answer, status, kind):
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["type"] == kind
    assert error["code"] == status
    assert error["message"]
    return error["message"]


def credential_of(demo):
    client_id, _, secret = demo.iceberg["credential"].partition(":")
    return client_id, secret


# (method, path below /v1/{prefix}) of everything that would write.
WRITES = [
    ("POST", "/namespaces"),
    ("DELETE", "/namespaces/crm"),
    ("POST", "/namespaces/crm/properties"),
    ("POST", "/namespaces/crm/tables"),
    ("POST", "/namespaces/crm/register"),
    ("POST", "/namespaces/crm/tables/accounts"),
    ("DELETE", "/namespaces/crm/tables/accounts"),
    ("POST", "/namespaces/crm/tables/accounts/unregister"),
    ("POST", "/tables/rename"),
    ("POST", "/transactions/commit"),
    ("POST", "/namespaces/crm/views"),
    ("POST", "/namespaces/crm/register-view"),
    ("POST", "/namespaces/crm/views/v"),
    ("DELETE", "/namespaces/crm/views/v"),
    ("POST", "/views/rename"),
]


class Files:
    """Table files read with the keys of an answer: of its `config`, or of one of its storage credentials."""

    def __init__(self, config):
        self.system = pyarrow.fs.S3FileSystem(
            access_key=config["s3.access-key-id"],
            secret_key=config["s3.secret-access-key"],
            session_token=config["s3.session-token"],
            region=config["s3.region"],
            endpoint_override=config["s3.endpoint"].split("://")[1],
            scheme=config["s3.endpoint"].split("://")[0],
        )

    def read(self, uri):
        """The bytes; OSError when they are refused."""
        assert uri.startswith("s3://")
        with self.system.open_input_file(uri.removeprefix("s3://")) as file:
            return file.read()
