"""Signing in through a provider that we did not write: the whole dance of redirects, by a client that keeps cookies."""

import html
import http.cookiejar
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path.insert(0, str(ROOT / "tools"))
sys.path.insert(0, str(ROOT / "tests" / "scenarios"))

from workspace import Template  # noqa: E402

import web  # noqa: E402

CLIENTS = {
    "rs256": ("boathouse", 'a secret: with "signs" & spaces'),
    "es256": ("boathouse-es256", "another secret"),
}


class Browser:
    """Follows redirects by hand, keeps cookies, sends forms: as much of a browser as signing in needs."""

    def __init__(self):
        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *unused):
                return None

        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(
            Stay, urllib.request.HTTPCookieProcessor(self.jar), urllib.request.ProxyHandler({})
        )

    def open(self, url, form=None):
        data = None if form is None else urllib.parse.urlencode(form).encode()
        try:
            response = self.opener.open(urllib.request.Request(url, data), timeout=30)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            location = response.headers.get("Location")
            text = response.read().decode()
        return response.status, location and urllib.parse.urljoin(url, location), text

    def walk(self, url, until, form=None):
        """Goes where it is sent until a URL begins with `until`, which it does not open."""
        for _ in range(20):
            status, location, text = self.open(url, form)
            form = None
            if not location:
                return url, text
            assert status in (302, 303)
            url = location
            if url.startswith(until):
                return url, ""
        raise AssertionError("redirected without end")

    def cookie(self, name):
        return next((cookie.value for cookie in self.jar if cookie.name == name and cookie.value), None)


@pytest.fixture(scope="module")
def setting():
    """A server and a provider that know each other."""
    assert web.install_packages(HERE)
    template = Template()
    with template.start() as server:
        callbacks = [f"{server.url}/api/v1/auth/oidc/{name}/callback" for name in CLIENTS]
        environment = dict(os.environ, NODE_NO_WARNINGS="1")
        process = subprocess.Popen(
            [web.NODE / "node", "provider.mjs", *callbacks],
            cwd=HERE,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            issuer = json.loads(process.stdout.readline())["issuer"]
            for name, (client_id, secret) in CLIENTS.items():
                provider = {"name": name, "label": "Test ID", "issuer": issuer, "client_id": client_id}
                answer = server.send(
                    "POST", "/auth/providers", server.tokens["admin"], {**provider, "client_secret": secret}
                )
                assert answer.status == 201, answer.content
                assert answer.json["redirect_uri"] in callbacks
                assert secret not in answer.content.decode()
            server.issuer = issuer
            yield server
        finally:
            process.terminate()
            process.wait(15)
            template.remove()


def go_to_callback(server, provider, who, browser=None):
    """Signs in at the provider; the URL of our callback that it sends the browser to, not opened yet."""
    browser = browser or Browser()
    callback = f"{server.url}/api/v1/auth/oidc/{provider}/callback"
    url, page = browser.walk(f"{server.url}/api/v1/auth/oidc/{provider}/start?return_to=/accounts%3Fq%3Dx", callback)
    for _ in range(4):
        if url.startswith(callback):
            return browser, url
        # The provider's own forms: one asks for a name, one for consent.
        action = html.unescape(re.search(r'action="([^"]+)"', page)[1])
        form = dict(re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page))
        if 'name="login"' in page:
            form |= {"login": who, "password": "anything"}
        url, page = browser.walk(urllib.parse.urljoin(url, action), callback, form)
    raise AssertionError(f"no way back from the provider:\n{page[:2000]}")


def me(server, browser):
    answer = server.send(
        "GET", "/me", headers={"Cookie": "boathouse_session=" + (browser.cookie("boathouse_session") or "")}
    )
    return answer.json["user"]["email"] if answer.status == 200 else answer.status


@pytest.mark.parametrize("provider", CLIENTS)
def test_a_user_signs_in_through_the_provider(setting, provider):
    browser, callback = go_to_callback(setting, provider, "mia")
    status, location, _ = browser.open(callback)
    assert (status, location) == (302, setting.url + "/accounts?q=x")
    assert me(setting, browser) == "mia@acme.test"
    token = browser.cookie("boathouse_session")
    sessions = setting.send("GET", "/auth/sessions", token).json["items"]
    assert [s["method"] for s in sessions if s["current"]] == ["oidc:" + provider]
    # Signing out ends our session.
    assert setting.send("POST", "/auth/sign-out", token).status == 204
    assert me(setting, browser) == 401


def test_the_same_answer_does_not_sign_in_twice(setting):
    browser, callback = go_to_callback(setting, "rs256", "mia")
    flow = browser.cookie("boathouse_oidc")
    assert browser.open(callback)[1] == setting.url + "/accounts?q=x"
    # With the cookie that was taken away put back: as whoever copied both would send it.
    request = urllib.request.Request(callback, headers={"Cookie": "boathouse_oidc=" + flow})
    with pytest.raises(urllib.error.HTTPError) as refused:
        Browser().opener.open(request)
    with refused.value as answer:
        assert answer.headers["Location"] == "/sign-in?provider_error=expired"
        assert not any("boathouse_session" in cookie for cookie in answer.headers.get_all("Set-Cookie"))


def test_an_answer_is_for_the_browser_that_asked(setting):
    victim = Browser()
    _, callback = go_to_callback(setting, "rs256", "mia")
    assert victim.open(callback)[1].endswith("/sign-in?provider_error=expired")
    assert me(setting, victim) == 401


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"state": "made-up"}, "expired"),
        ({"code": "made-up"}, "provider"),
        ({"iss": "https://evil.example"}, "token"),
        ({"iss": None}, "token"),  # the provider says it always sends it
        ({"code": None, "error": "access_denied"}, "denied"),
    ],
)
def test_an_answer_that_was_changed_is_refused(setting, change, error):
    browser, callback = go_to_callback(setting, "rs256", "mia")
    url, _, query = callback.partition("?")
    parameters = dict(urllib.parse.parse_qsl(query)) | change
    query = urllib.parse.urlencode({k: v for k, v in parameters.items() if v is not None})
    assert browser.open(f"{url}?{query}")[1] == f"{setting.url}/sign-in?provider_error={error}"
    assert me(setting, browser) == 401


def test_who_is_nobody_here_or_not_vouched_for_stays_out(setting):
    for who, error in [("stranger", "no_user"), ("unverified-mia", "email")]:
        browser, callback = go_to_callback(setting, "rs256", who)
        assert browser.open(callback)[1] == f"{setting.url}/sign-in?provider_error={error}"
        assert me(setting, browser) == 401


def test_new_people_of_the_right_domain_become_users(setting):
    admin = setting.tokens["admin"]
    change = {"new_user_role": "viewer", "email_domains": ["Other.test"]}
    assert setting.send("PATCH", "/auth/providers/rs256", admin, change).status == 200
    browser, callback = go_to_callback(setting, "rs256", "newcomer")
    assert browser.open(callback)[1].endswith("provider_error=domain")
    assert setting.send("PATCH", "/auth/providers/rs256", admin, {"email_domains": ["acme.test"]}).status == 200
    browser, callback = go_to_callback(setting, "rs256", "newcomer")
    assert browser.open(callback)[1] == setting.url + "/accounts?q=x"
    assert me(setting, browser) == "newcomer@acme.test"
    user = setting.send("GET", "/me", browser.cookie("boathouse_session")).json["user"]
    assert (user["name"], user["role"]) == ("newcomer", "viewer")
    # Deactivated, the provider's word is worth nothing.
    assert setting.send("PATCH", f"/users/{user['id']}", admin, {"is_active": False}).status == 200
    browser, callback = go_to_callback(setting, "rs256", "newcomer")
    assert browser.open(callback)[1].endswith("provider_error=inactive")


def test_a_wrong_client_secret_is_the_providers_refusal(setting):
    admin = setting.tokens["admin"]
    assert setting.send("PATCH", "/auth/providers/es256", admin, {"client_secret": "wrong"}).status == 200
    browser, callback = go_to_callback(setting, "es256", "mia")
    assert browser.open(callback)[1].endswith("provider_error=provider")
    right = {"client_secret": CLIENTS["es256"][1]}
    assert setting.send("PATCH", "/auth/providers/es256", admin, right).status == 200
    browser, callback = go_to_callback(setting, "es256", "mia")
    assert browser.open(callback)[1].endswith("/accounts?q=x")


def test_the_audit_log_tells_of_it_and_the_server_log_has_no_secret(setting):
    entries = setting.send("GET", "/audit?kind=sign_in&page_size=200", setting.tokens["admin"]).json["items"]
    through = [e for e in entries if (e["subject"] or "").startswith("oidc:")]
    assert {e["outcome"] for e in through} == {"ok", "failed"}
    assert all(e["address"] == "127.0.0.1" for e in through)
    log = setting.log.read_text()
    for _, secret in CLIENTS.values():
        assert secret not in log
    assert "code=" not in log and "id_token" not in log


def test_the_way_in_is_public_and_tells_no_more_than_it_must(setting):
    methods = setting.send("GET", "/auth/methods").json
    assert methods["providers"] == [
        {"name": name, "label": "Test ID", "url": f"/api/v1/auth/oidc/{name}/start"} for name in sorted(CLIENTS)
    ]
    status, location, _ = Browser().open(setting.url + methods["providers"][0]["url"] + "?return_to=//evil.example")
    assert status == 302 and location.startswith(setting.issuer + "/auth?")
    query = dict(urllib.parse.parse_qsl(location.partition("?")[2]))
    assert query["code_challenge_method"] == "S256" and len(query["state"]) >= 43 and len(query["nonce"]) >= 43
