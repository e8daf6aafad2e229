"""What the CRM does by itself with deals, quotes, leads, cases and files, and what it says to what is wrong."""

import hashlib
import http.client
import json
from urllib.parse import urlsplit

import pytest
import requests

NOBODY = "01900000-0000-7000-8000-000000000000"
MEBIBYTE = 1 << 20


def made(answer, status=200):
    assert answer.status == status, answer.content[:800]
    return answer.json


def refused(answer, status):
    assert answer.status == status, answer.content[:800]
    assert answer.headers["Content-Type"] == "application/problem+json"
    errors = answer.json.get("errors", [])
    return (errors[0]["field"], errors[0]["code"]) if errors else answer.json["detail"]


@pytest.fixture
def lead(server):
    return server.make("leads", last_name="Jansen", company="Erie Bearings", email="m@erie.example")["id"]


def test_a_lead_is_converted_once(server, lead):
    done = made(server.call("member", "POST", f"/leads/{lead}/convert", {"opportunity": {"amount": "900"}}))
    assert server.call("member", "GET", f"/accounts/{done['account_id']}").json["name"] == "Erie Bearings"
    assert server.call("member", "GET", f"/opportunities/{done['opportunity_id']}").json["amount"] == "900.00"
    again = server.call("member", "POST", f"/leads/{lead}/convert", {})
    assert refused(again, 409) == ("/account_id", "already_converted")
    assert again.json["errors"][0]["detail"] == done["account_id"]
    assert refused(server.call("member", "PATCH", f"/leads/{lead}", {"title": "Buyer"}), 409)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ([], "", "wrong_type"),
        ({"shoe": 1}, "/shoe", "unknown_field"),
        ({"account": 7}, "/account", "wrong_type"),
        ({"account_id": NOBODY}, "/account_id", "not_found"),
        ({"account_id": "x"}, "/account_id", "wrong_format"),
        ({"account_id": NOBODY, "account": {}}, "/account", "too_many"),
        ({"contact": {"email": "none"}}, "/contact/email", "wrong_format"),
        ({"opportunity": {"stage": "dreaming"}}, "/opportunity/stage", "not_an_option"),
        ({"owner_id": NOBODY}, "/owner_id", "not_found"),
    ],
)
def test_a_conversion_that_is_wrong_makes_nothing(server, lead, body, field, code):
    before = server.call("admin", "GET", "/accounts?include_total=true").json["total_size"]
    assert refused(server.call("member", "POST", f"/leads/{lead}/convert", body), 400) == (field, code)
    assert server.call("admin", "GET", "/accounts?include_total=true").json["total_size"] == before
    assert server.call("admin", "GET", f"/leads/{lead}").json["version"] == 1


def test_conversions_need_permission_and_a_lead(server, lead):
    assert server.call("viewer", "POST", f"/leads/{lead}/convert", {}).status == 403
    assert server.call(None, "POST", f"/leads/{lead}/convert", {}).status == 401
    assert server.call("member", "POST", f"/leads/{NOBODY}/convert", {}).status == 404
    assert server.call("member", "POST", "/leads/x/convert", {}).status == 404
    assert server.call("member", "GET", f"/leads/{lead}/convert").status == 405


def test_stages_in_use_stay(server):
    deal = server.make("opportunities", name="Press", stage="Negotiation")
    assert (deal["stage"], deal["probability"], deal["forecast_category"]) == ("negotiation", 75, "commit")
    stage = f"/stages/{deal['stage_id']}"
    assert "1 opportunity is in this stage" in refused(server.call("admin", "DELETE", stage), 409)
    assert refused(server.call("admin", "PATCH", stage, {"key": "talks"}), 400) == ("/key", "in_use")
    assert refused(server.call("admin", "DELETE", f"/pipelines/{deal['pipeline_id']}"), 409)
    answer = server.call("member", "PATCH", f"/opportunities/{deal['id']}", {"stage": "maybe"})
    assert refused(answer, 400) == ("/stage", "not_an_option")
    assert "prospecting" in answer.json["detail"]


def test_a_quote_and_its_deal(server):
    product = server.make("products", name="Bearing 6204", list_price="8.90")["id"]
    deal = server.make("opportunities", name="Spares")["id"]
    line = server.make("opportunity_lines", opportunity_id=deal, product_id=product, quantity="10")
    assert (line["unit_price"], line["total_price"]) == ("8.90", "89.00")
    assert refused(server.call("member", "PATCH", f"/opportunities/{deal}", {"amount": "1"}), 400) == (
        "/amount",
        "computed",
    )
    quote = server.call("member", "POST", f"/opportunities/{deal}/quote", {"discount": "10"})
    assert made(quote, 201)["grand_total"] == "80.10"
    assert quote.headers["Location"] == "/api/v1/quotes/" + quote.json["id"]
    path = "/quotes/" + quote.json["id"]
    assert refused(server.call("member", "POST", path + "/sync"), 409)
    assert refused(server.call("member", "POST", path + "/accept", {"sync": "yes"}), 400) == ("/sync", "wrong_type")
    assert made(server.call("member", "POST", path + "/accept", {"sync": True}))["status"] == "accepted"
    assert server.call("member", "GET", f"/opportunities/{deal}").json["amount"] == "80.10"
    lines = server.call("member", "GET", f"/quote_lines?filter=quote_id%3D%22{quote.json['id']}%22").json["items"]
    assert refused(server.call("member", "PATCH", f"/quote_lines/{lines[0]['id']}", {"quantity": "1"}), 409)
    assert refused(server.call("member", "DELETE", f"/quote_lines/{lines[0]['id']}"), 409)
    assert made(server.call("member", "POST", path + "/sync"))["id"] == deal
    assert server.call("viewer", "POST", f"/opportunities/{deal}/quote", {}).status == 403
    assert server.call("member", "POST", f"/opportunities/{NOBODY}/quote", {}).status == 404
    answer = server.call("member", "POST", f"/opportunities/{deal}/quote", {"opportunity_id": deal})
    assert refused(answer, 400) == ("/opportunity_id", "unknown_field")


def test_territories_are_assigned_on_demand(server):
    ohio = server.make("territories", name="Ohio North")["id"]
    account = server.make("accounts", name="Akron Works", billing_state="OH")["id"]
    answer = server.call(
        "admin", "POST", "/territory_rules", {"territory_id": ohio, "filter": "billing_stat = OH", "object": "account"}
    )
    assert refused(answer, 400) == ("/filter", "wrong_format")
    server.make("territory_rules", territory_id=ohio, filter='billing_state = "OH"', object="account")
    assert set(made(server.call("admin", "POST", "/territories/assign", {}))["changed"]) == {"account", "lead"}
    assert server.call("admin", "GET", f"/accounts/{account}").json["territory_id"] == ohio
    assert made(server.call("admin", "POST", "/territories/assign", {"object": "account"}))["changed"] == {"account": 0}
    assert refused(server.call("admin", "POST", "/territories/assign", {"object": "case"}), 400) == (
        "/object",
        "not_an_option",
    )
    assert server.call("viewer", "POST", "/territories/assign", {}).status == 403


def test_a_hierarchy_has_two_directions(server):
    root = server.make("accounts", name="Holding")["id"]
    plant = server.make("accounts", name="Plant", parent_id=root)["id"]
    server.make("accounts", name="Line 1", parent_id=plant)
    tree = made(server.call("viewer", "GET", f"/accounts/{plant}/hierarchy"))
    assert [above["title"] for above in tree["ancestors"]] == ["Holding"]
    assert [child["title"] for child in tree["record"]["children"]] == ["Line 1"]
    assert refused(server.call("admin", "PATCH", f"/accounts/{root}", {"parent_id": plant}), 400) == (
        "/parent_id",
        "cycle",
    )
    assert server.call("viewer", "GET", f"/accounts/{NOBODY}/hierarchy").status == 404
    assert server.call("viewer", "GET", f"/products/{NOBODY}/hierarchy").status == 404


class Files:
    def __init__(self, server, role="member"):
        self.url = server.url + "/api/v1/attachments"
        self.headers = {"Authorization": "Bearer " + server.tokens[role]}

    def send(self, content, name="a.bin", kind="application/octet-stream", **fields):
        return requests.post(self.url, files={"file": (name, content, kind)}, data=fields, headers=self.headers)

    def read(self, attachment, **headers):
        return requests.get(f"{self.url}/{attachment}/content", headers={**self.headers, **headers})


@pytest.fixture
def files(server):
    return Files(server)


def test_a_file_comes_back_as_it_was_sent(server, files):
    account = server.make("accounts", name="Press & Tool")["id"]
    content = bytes(range(256)) * 4096
    sent = files.send(content, "größe.bin", related_object="account", related_id=account, description="A drawing")
    assert sent.status_code == 201, sent.text
    record = sent.json()
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert (record["size_bytes"], record["name"]) == (len(content), "größe.bin")
    got = files.read(record["id"])
    assert got.content == content
    assert got.headers["ETag"] == f'"{record["sha256"]}"'
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert "filename*=UTF-8''gr%C3%B6%C3%9Fe.bin" in got.headers["Content-Disposition"]
    assert files.read(record["id"], **{"If-None-Match": got.headers["ETag"]}).status_code == 304
    part = files.read(record["id"], Range="bytes=1000-1999")
    assert (part.status_code, part.content) == (206, content[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(content)}"
    assert files.read(record["id"], Range="bytes=-10").content == content[-10:]
    beyond = files.read(record["id"], Range=f"bytes={len(content)}-")
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(content)}")
    # Who may not read the record may not read the file.
    assert requests.get(f"{files.url}/{record['id']}/content").status_code == 401
    assert server.call("member", "DELETE", f"/accounts/{account}").status == 204
    assert files.read(record["id"]).status_code == 404


def test_a_page_is_saved_and_never_shown(files):
    sent = files.send(b"<script>alert(1)</script>", 'x".html', "text/html").json()
    got = files.read(sent["id"])
    assert got.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"


def test_the_same_bytes_lie_there_once(server, files):
    for name in ("one.txt", "two.txt"):
        assert files.send(b"the same bytes", name).status_code == 201
    digest = hashlib.sha256(b"the same bytes").hexdigest()
    folder = server.data / "workspaces" / "main" / "files" / digest[:2]
    assert [path.name for path in folder.iterdir()] == [digest[2:]]


def test_files_have_a_limit(files):
    assert files.send(b"x" * (25 * MEBIBYTE)).status_code == 201
    over = files.send(b"x" * (25 * MEBIBYTE + 1))
    assert over.status_code == 413
    assert str(25 * MEBIBYTE) in over.json()["detail"]


def test_two_gigabytes_are_refused_before_they_come(server):
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
    connection.putrequest("POST", "/api/v1/attachments")
    connection.putheader("Authorization", "Bearer " + server.tokens["member"])
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(2 << 30))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["detail"]
    connection.close()


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"shoe": "1"}, "/shoe", "unknown_field"),
        ({"sha256": "1"}, "/sha256", "read_only"),
        ({"content_type": "text/html"}, "/content_type", "read_only"),
        ({"related_object": "account"}, "/related_id", "required"),
        ({"related_object": "account", "related_id": NOBODY}, "/related_id", "not_found"),
        ({"related_object": "shoe", "related_id": NOBODY}, "/related_id", "not_found"),
        ({"related_object": "account", "related_id": "7"}, "/related_id", "wrong_format"),
        ({"description": "x" * 256}, "/description", "too_long"),
    ],
)
def test_fields_of_a_file_are_checked(files, fields, field, code):
    answer = files.send(b"x", **fields)
    assert answer.status_code == 400, answer.text
    assert (answer.json()["errors"][0]["field"], answer.json()["errors"][0]["code"]) == (field, code)


def test_what_is_no_form_with_a_file_is_refused(server, files):
    assert requests.post(files.url, json={"name": "x"}, headers=files.headers).status_code == 415
    nothing = requests.post(files.url, files={"other": ("a", b"x")}, headers=files.headers)
    assert nothing.status_code == 400
    torn = {"Content-Type": "multipart/form-data; boundary=b"}
    assert server.call("member", "POST", "/attachments", b"--b\r\ntorn", torn).status == 400
    two = requests.post(files.url, files=[("file", ("a", b"x")), ("file", ("b", b"y"))], headers=files.headers)
    assert two.json()["errors"][0]["code"] == "too_many"
    assert Files(server, "viewer").send(b"x").status_code == 403
    # The other verbs of the collection are there.
    assert server.call("viewer", "GET", "/attachments").status == 200
    assert server.call("admin", "POST", "/attachments:batchCreate", {"items": [{"name": "x"}]}).status == 400


def test_cases_members_and_related_records_are_checked(server):
    case = server.make("cases", subject="Noise")
    assert case["case_number"] == "C-000001"
    assert server.make("cases", subject="Leak")["case_number"] == "C-000002"
    fair = server.make("campaigns", name="Fair")["id"]
    contact = server.make("contacts", last_name="Roe")["id"]
    assert refused(server.call("member", "POST", "/campaign_members", {"campaign_id": fair}), 400) == (
        "/contact_id",
        "required",
    )
    member = {"campaign_id": fair, "contact_id": contact}
    assert server.call("member", "POST", "/campaign_members", member).status == 201
    assert refused(server.call("member", "POST", "/campaign_members", member), 409) == ("/contact_id", "duplicate")
    answer = server.call("member", "POST", "/activities", {"subject": "X", "related_object": "case"})
    assert refused(answer, 400) == ("/related_id", "required")
