"""What holds for every request: headers, limits, errors, logs, metrics."""

import json
import logging

import pytest
from fastapi.testclient import TestClient
from orchestrator.app import create_app
from orchestrator.logs import JsonFormatter

from tests.conftest import PASSWORD, register


def test_errors_have_one_shape(client):
    answers = [
        client.get("/api/nothing"),
        client.get("/api/users/me"),
        client.patch("/api/users/me"),
        client.post("/api/auth/login", json={}),
        client.post("/api/auth/login", content=b"{", headers={"Content-Type": "application/json"}),
        client.post("/api/auth/login", content=b"a=b", headers={"Content-Type": "text/plain"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 401, 405, 422, 422, 415]
    for answer in answers:
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert set(problem) == {"type", "title", "status", "detail", "request_id", "errors"}
        assert problem["status"] == answer.status_code
        assert problem["request_id"] == answer.headers["x-request-id"]


def test_an_unexpected_error_shows_no_trace(client, monkeypatch):
    def explode(*_arguments):
        raise RuntimeError("the inside")

    monkeypatch.setattr(client.app.state.services.accounts, "register", explode)
    account = {"email": "ada@example.com", "password": PASSWORD}
    answer = client.post(
        "/api/auth/register", json=account, headers={"Origin": "https://app.example"}
    )
    assert answer.status_code == 500
    assert "inside" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "https://app.example"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_database_that_is_away_gives_503(make_client, tmp_path):
    client = make_client()
    for file in tmp_path.glob("test.sqlite3*"):
        file.unlink()
    client.app.state.services.database.close()
    (tmp_path / "test.sqlite3").mkdir()
    account = {"email": "ada@example.com", "password": PASSWORD}
    login = client.post("/api/auth/login", json=account)
    assert (login.status_code, login.headers["retry-after"]) == (503, "5")
    assert client.get("/api/health/ready").status_code == 503
    assert client.get("/api/health").json()["status"] == "down"
    assert client.get("/api/health/live").status_code == 200


def test_large_bodies_are_refused_with_and_without_their_length(client):
    large = b'{"email": "' + b"a" * 300_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    counted = client.post("/api/auth/login", content=large, headers=headers)
    streamed = client.post("/api/auth/login", content=iter([large]), headers=headers)
    assert (counted.status_code, streamed.status_code) == (413, 413)
    assert streamed.headers["content-type"] == "application/problem+json"


def test_a_request_id_comes_back_unless_it_could_harm_the_log(client):
    given = client.get("/api/version", headers={"X-Request-ID": "trace-1.2_3"})
    assert given.headers["x-request-id"] == "trace-1.2_3"
    harmful = client.get("/api/version", headers={"X-Request-ID": 'a"} {"b'})
    assert len(harmful.headers["x-request-id"]) == 36


def test_log_lines_are_json_and_hold_no_secrets(make_live, capsys):
    client = make_live(enable_auth=True)
    tokens = register(client)
    capsys.readouterr()
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "X-Request-ID": "seen-1"}
    client.post("/api/analyze?q=s3cret", json={"prompt": "canary-prompt"}, headers=headers)
    output = capsys.readouterr().out
    for secret in ("canary-prompt", "s3cret", tokens["access_token"], "test-key", PASSWORD):
        assert secret not in output
    [line] = [json.loads(line) for line in output.splitlines()]
    assert line["timestamp"].endswith("Z")
    assert line["duration_ms"] > 0
    assert {
        "level": "INFO",
        "logger": "orchestrator.middleware",
        "message": "request",
        "request_id": "seen-1",
        "method": "POST",
        "path": "/api/analyze",
        "status": 200,
    }.items() <= line.items()


def test_a_line_break_cannot_forge_a_log_line():
    record = logging.LogRecord("x", logging.INFO, "", 0, 'one\n{"forged": 1}', None, None)
    assert "\n" not in JsonFormatter().format(record)


def test_requests_over_the_limit_wait(make_client):
    client = make_client(rate_limit_enabled=True, rate_limit_per_minute=3)
    answers = [
        client.get("/api/version", headers={"X-Forwarded-For": f"203.0.113.{i}"}) for i in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert 55 <= int(answers[3].headers["retry-after"]) <= 60
    assert answers[3].headers["content-type"] == "application/problem+json"
    assert client.get("/api/health/live").status_code == 200


@pytest.mark.parametrize(
    ("trusted", "forwarded", "client"),
    [
        ("", "203.0.113.9", "10.0.0.7"),
        ("10.0.0.0/8", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "198.51.100.1, 203.0.113.9, 10.0.0.8", "203.0.113.9"),
        ("10.0.0.0/8", "", "10.0.0.7"),
    ],
)
def test_only_trusted_proxies_may_name_the_client(
    make_settings, capsys, trusted, forwarded, client
):
    app = create_app(make_settings(trusted_proxies=trusted))
    caller = TestClient(app, client=("10.0.0.7", 50_000))
    caller.get("/api/version", headers={"X-Forwarded-For": forwarded})
    assert json.loads(capsys.readouterr().out)["client"] == client


def test_logins_are_limited_per_account_and_success_starts_over(make_client):
    client = make_client(rate_limit_enabled=True, login_attempts_per_account=3)
    right = {"email": "ada@example.com", "password": PASSWORD}
    wrong = right | {"password": "not the password"}
    client.post("/api/auth/register", json=right)
    attempts = [wrong, wrong, right, wrong, wrong, wrong, right]
    answers = [client.post("/api/auth/login", json=attempt) for attempt in attempts]
    assert [a.status_code for a in answers] == [401, 401, 200, 401, 401, 401, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    other = client.post("/api/auth/login", json=wrong | {"email": "eve@example.com"})
    assert other.status_code == 401


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://app.example", True),
        ("https://evil.example", False),
        ("https://app.example.evil.example", False),
        ("http://app.example", False),
        ("null", False),
    ],
)
def test_only_listed_origins_are_allowed(client, origin, allowed):
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (
        client.options("/api/analyze", headers=preflight),
        client.get("/api/version", headers={"Origin": origin}),
    ):
        assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)
        assert "access-control-allow-credentials" not in answer.headers
        assert "Origin" in answer.headers["vary"]


def test_answers_carry_security_headers(client):
    for path in ("/api/version", "/api/nothing", "/"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert "strict-transport-security" not in headers
    assert client.get("/api/users/me").headers["cache-control"] == "no-store"


def test_the_page_and_its_files_are_served_without_inline_code(client):
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "<style" not in page.text
    assert "onclick" not in page.text
    for path in ("/static/app.js", "/static/style.css", "/static/icon.svg"):
        assert path in page.text
        assert client.get(path).status_code == 200


def test_metrics_count_by_template(client):
    def scrape():
        lines = client.get("/metrics").text.splitlines()
        return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))

    template = 'http_requests_total{method="GET",path="/api/api-keys/{key_id}",status="401"}'
    before = float(scrape().get(template, 0))
    for number in range(3):
        client.get(f"/api/api-keys/00000000-0000-0000-0000-00000000000{number}")
        client.get(f"/random/{number}")
    after = scrape()
    assert float(after[template]) == before + 3
    assert not any("/random/" in name for name in after)


def test_health_names_its_components(client):
    health = client.get("/api/health").json()
    assert health["status"] == "ok"
    assert {name: part["status"] for name, part in health["components"].items()} == {
        "database": "up",
        "cache": "up",
        "providers": "mock",
    }
    assert client.get("/api/health/ready").json() == {"status": "ok"}
