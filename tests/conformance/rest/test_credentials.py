"""Tokens and recipients that are made over REST work in real clients, and end at once when they are revoked."""

import json

import delta_sharing
import pytest
import requests


def test_a_token_made_over_rest_is_a_token(server):
    made = server.call("member", "POST", "/api-tokens", {"name": "export", "expires_in_days": 1})
    assert made.status == 201, made.content
    assert server.send("GET", "/me", made.json["token"]).json["user"]["role"] == "member"
    assert made.json["token"].encode() not in server.call("admin", "GET", "/api-tokens").content
    assert server.call("viewer", "DELETE", "/api-tokens/" + made.json["id"]).status == 404
    assert server.call("member", "DELETE", "/api-tokens/" + made.json["id"]).status == 204
    assert server.send("GET", "/me", made.json["token"]).status == 401


def test_a_profile_made_over_rest_is_read_by_the_delta_client(server, tmp_path):
    server.make("accounts", name="Shared Works")
    made = server.call("admin", "POST", "/recipients", {"name": "plant"})
    assert made.status == 201, made.content
    profile = tmp_path / "plant.share"
    profile.write_bytes(made.content)
    table = f"{profile}#boathouse.crm.accounts"
    assert list(delta_sharing.load_as_pandas(table)["name"]) == ["Shared Works"]
    # A recipient reads shares and nothing else.
    assert server.send("GET", "/accounts", json.loads(made.content)["bearerToken"]).status == 401
    listed = server.call("admin", "GET", "/recipients").json["items"]
    assert all("token" not in name.lower() for recipient in listed for name in recipient)
    plant = next(recipient for recipient in listed if recipient["name"] == "plant")
    assert server.call("admin", "DELETE", "/recipients/" + plant["id"]).status == 204
    with pytest.raises(requests.HTTPError, match="401"):
        delta_sharing.load_as_pandas(table)


def test_recipients_are_the_administrators(server):
    for role in ("member", "viewer"):
        assert server.call(role, "GET", "/recipients").status == 403
        assert server.call(role, "POST", "/recipients", {"name": "mine"}).status == 403
