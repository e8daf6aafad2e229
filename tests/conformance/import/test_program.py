"""The program itself: first start, restarts, crashes, second starts, and the demo twice in a row."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
from program import EMAIL, PASSWORD, STOP_SECONDS_MAX, binary, call, running_server, start


def run(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)


def test_help_version_and_limits():
    assert run("--version").stdout.startswith("boathouse ")
    assert "one-time link" in run("serve", "--help").stdout
    overview = run()
    assert overview.returncode == 2 and "demo" in overview.stderr
    limits = run("--print-limits").stdout
    assert "body_bytes_max" in limits and "csv_bytes_max" in limits


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["sevre"], 'no verb "sevre"'),
        (["serve"], "--data DIR is missing"),
        (["serve", "--data"], "--data needs a value"),
        (["serve", "--data", "x", "--prot", "1"], "no option --prot"),
        (["serve", "--data", "x", "--data", "y"], "--data stands twice"),
        (["recipient", "create", "--data", "x", "--url", "u", "--out", "o"], "NAME is missing"),
    ],
)
def test_a_wrong_command_line_is_explained(arguments, message):
    result = run(*arguments)
    assert result.returncode == 2
    assert message in result.stderr and "usage:" in result.stderr


def test_a_port_out_of_range_is_refused(tmp_path):
    result = run("serve", "--data", tmp_path / "d", "--port", "70000")
    assert result.returncode == 1 and "0 to 65535" in result.stderr


def test_a_public_url_must_be_one(tmp_path):
    result = run("serve", "--data", tmp_path / "d", "--port", "0", "--public-url", "crm.example.com")
    assert result.returncode == 1 and "http://" in result.stderr


def test_set_up_link_works_once(tmp_path):
    server = start(tmp_path / "data")
    try:
        assert call("GET", f"{server.url}/api/v1/setup") == (200, {"needed": True})
        body = {"token": "wrong", "workspace": "W", "name": "N", "email": EMAIL, "password": PASSWORD}
        assert call("POST", f"{server.url}/api/v1/setup", body=body)[0] == 401
        server.set_up()
        assert call("GET", f"{server.url}/api/v1/setup") == (200, {"needed": False})
        again = {**body, "token": server.setup_token}
        assert call("POST", f"{server.url}/api/v1/setup", body=again)[0] in (401, 409)
        assert server.get("me")["user"]["email"] == EMAIL
    finally:
        assert server.stop() == 0


def test_later_starts_print_the_address_only_and_sessions_live_on(tmp_path):
    data = tmp_path / "data"
    with running_server(data) as server:
        token = server.token
    again = start(data)
    try:
        assert again.setup_token == ""
        again.token = token
        assert again.get("me")["user"]["email"] == EMAIL
    finally:
        assert again.stop() == 0


def test_a_set_up_link_that_was_not_used_is_replaced(tmp_path):
    first = start(tmp_path / "data")
    first.stop()
    second = start(tmp_path / "data")
    try:
        assert second.setup_token and second.setup_token != first.setup_token
        body = {"token": first.setup_token, "workspace": "W", "name": "N", "email": EMAIL, "password": PASSWORD}
        assert call("POST", f"{second.url}/api/v1/setup", body=body)[0] == 401
    finally:
        second.stop()


def test_secrets_are_the_owners_only(tmp_path):
    data = tmp_path / "data"
    with running_server(data):
        assert oct((data / "server.json").stat().st_mode & 0o777) == "0o600"
        assert oct(data.stat().st_mode & 0o777) == "0o700"


def test_a_second_server_on_the_same_folder_is_refused(tmp_path):
    data = tmp_path / "data"
    with running_server(data) as server:
        second = run("serve", "--data", data, "--port", "0")
        assert second.returncode == 1
        assert f"in use by another boathouse process (pid {server.pid})" in second.stderr
        assert server.get("me")


def test_a_port_in_use_is_told(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--data", tmp_path / "data", "--port", port)
    assert result.returncode == 1
    assert str(port) in result.stderr and "listens there already" in result.stderr


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_cleanly(tmp_path, end):
    server = start(tmp_path / "data")
    server.process.send_signal(end)
    assert server.process.wait(STOP_SECONDS_MAX) == 0


def test_what_was_acknowledged_survives_a_kill(tmp_path):
    data = tmp_path / "data"
    server = start(data)
    server.set_up()
    acknowledged = []
    for number in range(60):
        status, body = call("POST", f"{server.url}/api/v1/accounts", server.token, {"name": f"Account {number}"})
        assert status == 201
        acknowledged.append(body["id"])
        if number == 40:
            # In the middle of the work, not at a quiet moment.
            writer = subprocess.Popen(
                [
                    "curl",
                    "-s",
                    "-o",
                    "/dev/null",
                    "-X",
                    "POST",
                    "-H",
                    f"Authorization: Bearer {server.token}",
                    "-H",
                    "Content-Type: application/json",
                    "-d",
                    '{"name":"Unacknowledged"}',
                    f"{server.url}/api/v1/accounts",
                ]
            )
            os.kill(server.pid, signal.SIGKILL)
            server.process.wait()
            writer.wait()
            break
    token = server.token
    with running_server(data) as again:
        again.token = token
        there = {account["id"] for account in again.all("accounts")}
        assert set(acknowledged) <= there
        assert len(there) <= len(acknowledged) + 1


def test_users_tokens_and_recipients_from_the_command_line(tmp_path):
    data = tmp_path / "data"
    with running_server(data):
        pass
    secret = tmp_path / "password"
    secret.write_text("another long password\n")
    added = run(
        "user", "add", "--data", data, "--email", "Rep@Example.com", "--name", "Rita Rep", "--password-file", secret
    )
    assert added.returncode == 0, added.stderr
    twice = run("user", "add", "--data", data, "--email", "rep@example.com", "--name", "Rita Rep")
    assert twice.returncode == 1 and "email" in twice.stderr
    short = run(
        "user", "set-password", "--data", data, "--email", "rep@example.com", "--password-file", "-", input="short\n"
    )
    assert short.returncode == 1 and "10" in short.stderr
    token = run("token", "create", "--data", data, "--email", "rep@example.com").stdout.strip()
    made = run("user", "set-password", "--data", data, "--email", "rep@example.com").stdout.split()[1]
    profile = tmp_path / "profile.share"
    shared = run(
        "recipient",
        "create",
        "Partner",
        "--data",
        data,
        "--url",
        "https://crm.example.com/",
        "--out",
        profile,
        "--days",
        "30",
    )
    assert shared.returncode == 0, shared.stderr
    written = json.loads(profile.read_text())
    assert written["shareCredentialsVersion"] == 1
    assert written["endpoint"] == "https://crm.example.com/delta-sharing/"
    assert written["bearerToken"] and written["expirationTime"]

    with running_server(data) as server:
        assert call("GET", f"{server.url}/api/v1/me", token)[1]["user"]["name"] == "Rita Rep"
        body = {"email": "rep@example.com", "password": made}
        assert call("POST", f"{server.url}/api/v1/auth/sign-in", body=body)[0] == 200
        # A recipient is no user.
        assert call("GET", f"{server.url}/api/v1/me", written["bearerToken"])[0] == 401


def test_tokens_and_recipients_are_listed_and_revoked(tmp_path):
    data = tmp_path / "data"
    with running_server(data):
        pass
    kept = run("token", "create", "--data", data, "--email", EMAIL, "--name", "kept").stdout.strip()
    lost = run("token", "create", "--data", data, "--email", EMAIL, "--name", "lost\tlaptop").stdout.strip()
    profile = tmp_path / "partner.share"
    where = ["--data", data, "--url", "https://crm.example.com", "--out", profile]
    assert run("recipient", "create", "Partner", *where, "--days", "30").returncode == 0

    tokens = [line.split("\t") for line in run("token", "list", "--data", data).stdout.splitlines()]
    assert [(name, email, ends, scopes, used) for _, name, email, _, ends, scopes, used in tokens] == [
        ("kept", EMAIL, "never", "admin", "never"),
        ("lost laptop", EMAIL, "never", "admin", "never"),
    ]
    [[recipient, name, made, ends]] = [
        line.split("\t") for line in run("recipient", "list", "--data", data).stdout.splitlines()
    ]
    assert name == "Partner" and made < ends != "never"

    revoked = run("token", "revoke", tokens[1][0], "--data", data)
    assert (revoked.returncode, revoked.stdout) == (0, f"revoked {tokens[1][0]}\n")
    again = run("token", "revoke", tokens[1][0], "--data", data)
    assert again.returncode == 1 and "no" in again.stderr
    # The two kinds are apart: a recipient is no API token.
    assert run("token", "revoke", recipient, "--data", data).returncode == 1

    shares = "delta-sharing/shares"
    partner = json.loads(profile.read_text())["bearerToken"]
    with running_server(data) as server:
        assert call("GET", f"{server.url}/api/v1/me", kept)[0] == 200
        assert call("GET", f"{server.url}/api/v1/me", lost)[0] == 401
        assert call("GET", f"{server.url}/{shares}", partner)[0] == 200
    assert run("recipient", "revoke", recipient, "--data", data).returncode == 0
    assert run("recipient", "list", "--data", data).stdout == ""
    with running_server(data) as server:
        assert call("GET", f"{server.url}/{shares}", partner)[0] in (401, 403)


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def start_demo(data: Path) -> tuple[subprocess.Popen, dict]:
    with (data.parent / "demo.log").open("ab") as log:
        process = subprocess.Popen(
            [binary(), "demo", "--data", str(data), "--port", "0"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if (data / "demo.json").exists():
            state = json.loads((data / "demo.json").read_text())
            if state["pid"] == process.pid:
                return process, state
        time.sleep(0.05)
    raise AssertionError((data.parent / "demo.log").read_text()[-2000:])


def ask(url: str, token: str):
    body = {"question": "What is the lifetime gross margin by account for the Cleveland territory?"}
    return call("POST", f"{url}/api/v1/assistant/questions", token, body)


def wait_gone(pid: int) -> bool:
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while time.monotonic() < deadline:
        if not alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_the_demo_twice_in_a_row(tmp_path):
    data = tmp_path / "demo"
    process, first = start_demo(data)
    expected = {
        "url",
        "email",
        "password",
        "api_token",
        "viewer_api_token",
        "mcp_url",
        "delta_sharing_profile",
        "lakehouse_mcp_url",
        "lakehouse_root",
        "lakehouse_pid",
        "pid",
    }
    assert expected <= first.keys()
    assert oct((data / "demo.json").stat().st_mode & 0o777) == "0o600"
    profile = json.loads(Path(first["delta_sharing_profile"]).read_text())
    assert profile["endpoint"].startswith(first["url"])

    def total(state, plural):
        url = f"{state['url']}/api/v1/{plural}?page_size=1&include_total=true"
        return call("GET", url, state["api_token"])[1]["total_size"]

    sizes = {"accounts": 2000, "contacts": 6000, "leads": 500, "opportunities": 3000, "activities": 20000}
    assert {plural: total(first, plural) for plural in sizes} == sizes
    body = {"email": first["email"], "password": first["password"]}
    assert call("POST", f"{first['url']}/api/v1/auth/sign-in", body=body)[0] == 200
    status, _ = call("POST", f"{first['url']}/api/v1/accounts", first["viewer_api_token"], {"name": "No"})
    assert status == 403
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS_MAX) == 0
    assert wait_gone(first["lakehouse_pid"])
    assert not (data / "demo.json").exists()

    process, second = start_demo(data)
    try:
        for key in ("email", "password", "api_token", "viewer_api_token"):
            assert second[key] == first[key]
        assert total(second, "accounts") == 2000
        assert ask(second["url"], second["api_token"])[0] == 200
        with running_server(tmp_path / "other", "--lakehouse-mcp", second["lakehouse_mcp_url"]) as other:
            status, answer = ask(other.url, other.token)
            assert status == 200 and answer["row_count"] > 50
        # The lakehouse may die; the CRM goes on and says so.
        os.kill(second["lakehouse_pid"], signal.SIGKILL)
        assert wait_gone(second["lakehouse_pid"])
        assert total(second, "accounts") == 2000
        status, problem = ask(second["url"], second["api_token"])
        assert (status, problem["detail"]) == (503, "the lakehouse is currently unavailable")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS_MAX) == 0


def test_a_killed_demo_takes_its_lakehouse_along_and_starts_again(tmp_path):
    data = tmp_path / "demo"
    process, state = start_demo(data)
    process.kill()
    process.wait()
    assert wait_gone(state["lakehouse_pid"])
    process, again = start_demo(data)
    try:
        assert again["api_token"] == state["api_token"]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS_MAX) == 0


def test_a_demo_that_was_cut_short_is_made_anew(tmp_path):
    data = tmp_path / "demo"
    with (tmp_path / "cut.log").open("wb") as log:
        process = subprocess.Popen([binary(), "demo", "--data", str(data), "--port", "0"], stdout=log, stderr=log)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and "contacts" not in (tmp_path / "cut.log").read_text():
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert (data / "demo.creating").exists()
    process, state = start_demo(data)
    try:
        url = f"{state['url']}/api/v1/accounts?page_size=1&include_total=true"
        assert call("GET", url, state["api_token"])[1]["total_size"] == 2000
        assert not (data / "demo.creating").exists()
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS_MAX) == 0


def test_the_demo_leaves_a_real_workspace_alone(tmp_path):
    data = tmp_path / "data"
    with running_server(data):
        pass
    result = run("demo", "--data", data, "--port", "0")
    assert result.returncode == 1
    assert "not a demo" in result.stderr
    with running_server(data) as server:
        assert server.setup_token == ""
