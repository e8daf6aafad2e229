"""The API's own description, judged by tools we did not write."""

import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = Path(__file__).resolve().parent
SECONDS_MAX = 240
EVERY_TYPE = {
    "text": {"searchable": True},
    "long_text": {"max_length": 500},
    "integer": {"minimum": -3, "maximum": 3000},
    "decimal": {},
    "money": {},
    "boolean": {"default": True},
    "date": {},
    "datetime": {},
    "select": {"options": ["low", {"value": "high", "label": "Very high"}], "default": "low"},
    "multi_select": {"options": ["one", "two"], "default": ["two"]},
    "email": {"unique": True},
    "phone": {},
    "url": {},
    "relation": {"relation": {"object": "gadget"}},
}


@pytest.fixture(scope="module")
def document(server):
    answer = server.call(None, "GET", "/openapi.json")
    assert answer.status == 200
    return answer.json


def test_the_description_is_valid_openapi_3_1(document):
    assert document["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def test_examples_fit_their_schemas(document):
    schemas = document["components"]["schemas"]
    checked = 0
    for name, schema in schemas.items():
        for example in schema.get("examples", []):
            whole = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            jsonschema.Draft202012Validator(whole).validate(example)
            checked += 1
    assert checked >= 8


def test_examples_can_be_created(server, document):
    for name, schema in document["components"]["schemas"].items():
        if not name.endswith("Create"):
            continue
        for example in schema.get("examples", []):  # parts of other records have none
            collection = next(
                path
                for path, item in document["paths"].items()
                if item.get("post", {}).get("operationId") == f"create{name.removesuffix('Create')}"
            )
            answer = server.call("admin", "POST", collection, example)
            assert answer.status == 201, answer.content


def run_schemathesis(server, folder, *options):
    """Thousands of right and wrong requests; every answer must be one that the description allows."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            "--config-file",
            str(HERE / "schemathesis.toml"),
            "run",
            server.url + "/api/v1/openapi.json",
            "--header",
            f"Authorization: Bearer {server.api_token}",
            *options,
        ],
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "schemathesis_checks", "NO_COLOR": "1", "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
    )
    shortened = re.sub(r".{2000}.+", lambda line: line[0][:2000] + " ...", done.stdout)
    assert done.returncode == 0, shortened[-20000:] + done.stderr[-2000:]
    # A run in which every request was turned away at the door would prove nothing.
    assert (match := re.search(r"(\d+) generated", done.stdout)), shortened[-2000:]
    assert server.send("GET", "/me", server.api_token).status == 200
    return int(match[1])


def test_schemathesis_finds_nothing(server, tmp_path):
    assert run_schemathesis(server, tmp_path) > 3000


def test_schemathesis_finds_nothing_about_a_custom_object(server, tmp_path):
    """An object with a field of every type is described as well as ours are."""
    fields = [{"name": f"a_{kind}", "type": kind, **details} for kind, details in EVERY_TYPE.items()]
    fields.append({"name": "must", "type": "text", "required": True, "max_length": 20})
    # With the token that the run before called with: it may have ended the administrator's session.
    gadget = {"name": "gadget", "plural": "gadgets", "fields": fields}
    made = server.send("POST", "/objects", server.api_token, gadget)
    assert made.status == 201, made.content
    assert run_schemathesis(server, tmp_path, "--include-path-regex", "^/gadgets") > 300
