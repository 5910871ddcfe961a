import json
import statistics
import time

import pytest

from tests.conftest import PASSWORD, bearer, register


def test_a_user_registers_logs_in_and_sees_their_account(client):
    created = client.post(
        "/api/auth/register", json={"email": "Ada@Example.com", "password": PASSWORD}
    )
    assert created.status_code == 201
    assert "password" not in created.text
    tokens = client.post(
        "/api/auth/login", json={"email": "ada@example.com", "password": PASSWORD}
    ).json()
    assert tokens["token_type"] == "bearer"  # noqa: S105
    me = client.get("/api/users/me", headers=bearer(tokens))
    assert me.json() == created.json() | {"email": "ada@example.com", "role": "user"}


def test_an_address_is_registered_once(client):
    register(client)
    again = client.post(
        "/api/auth/register", json={"email": "ADA@example.com", "password": PASSWORD}
    )
    assert again.status_code == 409


@pytest.mark.parametrize("password", ["Ab3$xyz", "password1", "Passw0rd123!", "aaaaaaaaaa"])
def test_short_and_common_passwords_are_refused(client, password):
    answer = client.post(
        "/api/auth/register", json={"email": "ada@example.com", "password": password}
    )
    assert answer.status_code == 422
    assert password not in answer.text


def test_long_passwords_are_allowed(client):
    account = {"email": "ada@example.com", "password": "a1 " * 21 + "x"}
    assert client.post("/api/auth/register", json=account).status_code == 201


def test_a_role_cannot_be_set_by_registering_with_it(client):
    account = {"email": "eve@example.com", "password": PASSWORD, "role": "admin"}
    assert client.post("/api/auth/register", json=account).status_code == 422


def test_unknown_user_and_wrong_password_look_and_take_the_same(client):
    register(client)

    def attempt(email):
        started = time.perf_counter()
        answer = client.post(
            "/api/auth/login", json={"email": email, "password": "not the password"}
        )
        return time.perf_counter() - started, answer

    attempt("warm-up@example.com")
    known = [attempt("ada@example.com") for _ in range(5)]
    unknown = [attempt("nobody@example.com") for _ in range(5)]
    bodies = {
        json.dumps({k: v for k, v in answer.json().items() if k != "request_id"})
        for _, answer in known + unknown
    }
    assert len(bodies) == 1
    assert {answer.status_code for _, answer in known + unknown} == {401}
    ratio = statistics.median(t for t, _ in known) / statistics.median(t for t, _ in unknown)
    assert 1 / 3 < ratio < 3


def test_logging_out_ends_access_and_refresh(client):
    tokens = register(client)
    assert client.post("/api/auth/logout", headers=bearer(tokens)).status_code == 204
    assert client.get("/api/users/me", headers=bearer(tokens)).status_code == 401
    refreshed = client.post("/api/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 401


def test_a_refresh_token_works_once_and_its_replay_ends_the_session(client):
    first = register(client)
    spent = {"refresh_token": first["refresh_token"]}
    second = client.post("/api/auth/refresh", json=spent).json()
    assert client.get("/api/users/me", headers=bearer(second)).status_code == 200
    assert client.post("/api/auth/refresh", json=spent).status_code == 401
    assert client.get("/api/users/me", headers=bearer(second)).status_code == 401
    newest = {"refresh_token": second["refresh_token"]}
    assert client.post("/api/auth/refresh", json=newest).status_code == 401


def test_a_password_is_reset_by_a_token_that_works_once(capsys, make_client):
    client = make_client()
    tokens = register(client)
    capsys.readouterr()
    known = client.post("/api/auth/reset-password", json={"email": "ada@example.com"})
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    unknown = client.post("/api/auth/reset-password", json={"email": "nobody@example.com"})
    assert known.status_code == unknown.status_code == 202
    assert known.json() == unknown.json()
    [token] = [line["reset_token"] for line in logged if "reset_token" in line]

    confirmation = {"token": token, "password": "a new battery staple"}
    confirm = "/api/auth/reset-password/confirm"
    assert client.post(confirm, json=confirmation).status_code == 204
    assert client.post(confirm, json=confirmation).status_code == 400
    assert client.get("/api/users/me", headers=bearer(tokens)).status_code == 401
    account = {"email": "ada@example.com", "password": "a new battery staple"}
    assert client.post("/api/auth/login", json=account).status_code == 200


def test_a_deleted_account_is_gone(client):
    tokens = register(client)
    assert client.delete("/api/users/me", headers=bearer(tokens)).status_code == 204
    assert client.get("/api/users/me", headers=bearer(tokens)).status_code == 401
    account = {"email": "ada@example.com", "password": PASSWORD}
    assert client.post("/api/auth/login", json=account).status_code == 401


def test_the_first_administrator_comes_from_the_environment(make_client):
    client = make_client(admin_email="Root@example.com")
    admin = register(client, "root@example.com")
    user = register(client)
    listed = client.get("/api/admin/users?limit=1", headers=bearer(admin)).json()
    assert listed["total"] == 2
    assert [item["role"] for item in listed["items"]] == ["admin"]
    assert client.get("/api/admin/users", headers=bearer(user)).status_code == 403
    assert client.get("/api/admin/users?limit=1000", headers=bearer(admin)).status_code == 422
