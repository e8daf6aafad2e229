"""Checklist items 1 to 16: configuration, tokens, and who is let in."""

# ruff: noqa: F811 - fixtures are imported, and named by their users

import json
import re
import statistics
import time

import pytest
import requests
from catalog_fixtures import catalog, recipients  # noqa: F401
from iceberg_catalog import Catalog, Files, credential_of, refused

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture(scope="module")
def nobody(demo):
    return Catalog(demo.iceberg["uri"], None)


def test_01_configuration_wants_a_token(nobody):
    answer = nobody.config()
    refused(answer, 401, "NotAuthorizedException")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_02_configuration_of_a_known_warehouse(catalog):
    answer = catalog.config(warehouse="boathouse")
    assert answer.status_code == 200
    assert answer.json()["overrides"] == {"prefix": "boathouse"}
    assert answer.json()["defaults"] == {}
    assert not [e for e in answer.json()["endpoints"] if e.startswith("POST /v1/{prefix}/namespaces ")]
    writing = {"POST /v1/{prefix}/namespaces", "DELETE /v1/{prefix}/namespaces/{namespace}/tables/{table}"}
    assert not writing & set(answer.json()["endpoints"])


def test_03_an_unknown_warehouse(catalog):
    assert "nowhere" in refused(catalog.config(warehouse="nowhere"), 404, "NoSuchWarehouseException")


def test_04_without_a_warehouse_the_only_one_is_taken_and_several_must_be_named(demo, catalog, recipients):
    assert catalog.config().json()["overrides"] == {"prefix": "boathouse"}
    with recipients.share("east") as east, recipients.recipient(shares=["boathouse", east]) as both:
        message = refused(both.config(), 400, "BadRequestException")
        assert "boathouse" in message and east in message
        assert both.config(warehouse=east).json()["overrides"] == {"prefix": east}
    with recipients.recipient(shares=[]) as none:
        refused(none.config(), 404, "NoSuchWarehouseException")


def test_05_endpoints_are_well_formed_and_complete(catalog):
    endpoints = catalog.config().json()["endpoints"]
    table = "/v1/{prefix}/namespaces/{namespace}/tables/{table}"
    view = "/v1/{prefix}/namespaces/{namespace}/views/{view}"
    for endpoint in endpoints:
        assert re.fullmatch(r"(GET|HEAD|POST|DELETE) /v1/\{prefix\}(/[a-z-]+|/\{[a-z-]+\})+", endpoint), endpoint
    assert {
        "HEAD /v1/{prefix}/namespaces/{namespace}",
        f"HEAD {table}",
        f"GET {table}/credentials",
        f"POST {table}/metrics",
        f"POST {table}/sign",
        f"POST {table}/plan",
        f"GET {table}/plan/{{plan-id}}",
        f"DELETE {table}/plan/{{plan-id}}",
        f"POST {table}/tasks",
        f"GET {view}",
        f"HEAD {view}",
    } <= set(endpoints)


def test_06_unusual_addresses_are_served_or_a_clean_404(demo, catalog):
    headers = catalog.session.headers
    for path in ("/v1/v1/config", "/v1/v1/boathouse/namespaces"):
        assert requests.get(demo.iceberg["uri"] + path, headers=headers).status_code == 200
    for path in ("//v1/config", "/v1/config/", "/v1/boat%2Fhouse/namespaces", "/v2/config", "/"):
        answer = requests.get(demo.iceberg["uri"] + path, headers=headers)
        assert answer.status_code in (200, 404), path
        assert "error" in answer.json() or "defaults" in answer.json()


def check_token(demo, answer):
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] > 60
    assert body["issued_token_type"] == ACCESS_TOKEN
    assert answer.headers["Cache-Control"] == "no-store"
    opened = Catalog(demo.iceberg["uri"], body["access_token"])
    assert opened.config().status_code == 200
    return body["access_token"]


def test_07_credentials_in_the_form(demo, nobody):
    client_id, secret = credential_of(demo)
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": "catalog"}
    check_token(demo, nobody.token(form))
    # A token stands for itself where a client knows only `credential`.
    check_token(demo, nobody.token({"grant_type": "client_credentials", "client_secret": demo.iceberg["token"]}))


def test_08_credentials_as_basic(demo, nobody):
    check_token(demo, nobody.token({"grant_type": "client_credentials"}, auth=credential_of(demo)))


@pytest.mark.parametrize("scope", ["catalog", "sign", "PRINCIPAL_ROLE:ALL", "anything at all", ""])
def test_09_scopes_are_taken_as_they_come(demo, nobody, scope):
    form = {"grant_type": "client_credentials", "scope": scope}
    check_token(demo, nobody.token(form, auth=credential_of(demo)))


def test_10_a_wrong_secret(demo, nobody):
    client_id, _ = credential_of(demo)
    for auth in ((client_id, "wrong"), ("nobody", "wrong"), (client_id, "")):
        answer = nobody.token({"grant_type": "client_credentials"}, auth=auth)
        assert answer.status_code == 401
        assert answer.json()["error"] == "invalid_client"
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    answer = nobody.token({"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_11_a_wrong_grant(demo, nobody):
    answer = nobody.token({"grant_type": "password"}, auth=credential_of(demo))
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    for form in ({}, "grant_type=%zz", {"grant_type": EXCHANGE}):
        answer = nobody.token(form)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_12_a_token_is_exchanged_for_a_newer_one(demo, nobody):
    form = {"grant_type": EXCHANGE, "subject_token_type": ACCESS_TOKEN}
    for subject in (
        demo.iceberg["token"],
        check_token(demo, nobody.token({"grant_type": "client_credentials"}, auth=credential_of(demo))),
    ):
        check_token(demo, nobody.token(form | {"subject_token": subject}))
    # How Java's client renews one that has expired.
    check_token(demo, nobody.token(form | {"subject_token": "expired"}, auth=credential_of(demo)))
    answer = nobody.token(form | {"subject_token": "garbled"})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_13_tokens_are_cheap(demo):
    session = requests.Session()
    times = []
    for _ in range(100):
        started = time.perf_counter()
        answer = session.post(
            demo.iceberg["uri"] + "/v1/oauth/tokens",
            data={"grant_type": "client_credentials"},
            auth=credential_of(demo),
        )
        times.append(time.perf_counter() - started)
        assert answer.status_code == 200
    # The client's own work is most of it; a hash made slow on purpose would be far above.
    assert statistics.median(times) < 0.01


@pytest.mark.parametrize("token", ["garbled", "a" * 200, "a.b.c", "%00"])
def test_14_a_token_that_is_none(demo, token):
    bad = Catalog(demo.iceberg["uri"], token)
    refused(bad.config(), 401, "NotAuthorizedException")
    refused(bad.load("accounts"), 401, "NotAuthorizedException")
    # A user's token is no recipient's.
    user = Catalog(demo.iceberg["uri"], demo.api_token)
    refused(user.config(), 401, "NotAuthorizedException")


def test_15_what_is_not_granted_is_not_there(catalog, recipients):
    with recipients.share("west") as west, recipients.recipient(shares=[west]) as other:
        secret = Catalog(catalog.base, catalog.session.headers["Authorization"].removeprefix("Bearer "), west)
        missing = Catalog(catalog.base, catalog.session.headers["Authorization"].removeprefix("Bearer "), "missing")
        told = refused(secret.get("/namespaces"), 404, "NoSuchWarehouseException")
        assert told.replace(west, "missing") == refused(missing.get("/namespaces"), 404, "NoSuchWarehouseException")
        told = refused(secret.load("accounts"), 404, "NoSuchTableException")
        assert told == refused(missing.load("accounts"), 404, "NoSuchTableException")
        other.warehouse = "boathouse"
        refused(other.load("accounts"), 404, "NoSuchTableException")


def test_16_a_revoked_recipient_is_out_at_once_with_its_keys(recipients):
    with recipients.recipient(shares=["boathouse"]) as gone:
        loaded = gone.load("users").json()
        files = Files(loaded["config"])
        assert json.loads(files.read(loaded["metadata-location"])) == loaded["metadata"]
    refused(gone.config(warehouse="boathouse"), 401, "NotAuthorizedException")
    with pytest.raises(OSError, match="(?i)denied|403|forbidden"):
        files.read(loaded["metadata-location"])
