import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest

from tests.conftest import ACCESS_SECRET, REFRESH_SECRET, bearer, register


PROTECTED = "/api/users/me"


def forged(tokens, key=ACCESS_SECRET, algorithm="HS256", **changes):
    """Sign the claims of a real token again, with changes."""
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return {"access_token": jwt.encode(claims, key, algorithm)}


def test_the_twin_of_every_forgery_is_accepted(client):
    tokens = register(client)
    assert client.get(PROTECTED, headers=bearer(forged(tokens))).status_code == 200


def test_unsigned_tokens_are_refused(client):
    unsigned = forged(register(client), key=None, algorithm="none")
    assert client.get(PROTECTED, headers=bearer(unsigned)).status_code == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": datetime.now(UTC) - timedelta(minutes=1)},
        {"exp": None},
        {"iss": "somebody-else"},
        {"aud": "another-api"},
        {"typ": "refresh"},
        {"sid": str(uuid.uuid4())},
        {"sub": "not-an-id"},
        {"jti": None},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_tokens_with_a_wrong_claim_are_refused(client, changes):
    tokens = forged(register(client), **changes)
    assert client.get(PROTECTED, headers=bearer(tokens)).status_code == 401


def test_tokens_signed_with_another_key_or_algorithm_are_refused(client):
    tokens = register(client)
    for wrong in (
        forged(tokens, key=REFRESH_SECRET),
        forged(tokens, key="x" * 64, algorithm="HS512"),
        forged(tokens, key=ACCESS_SECRET * 2, algorithm="HS384"),
        {"access_token": tokens["access_token"][:-4] + "AAAA"},
        {"access_token": tokens["refresh_token"]},
    ):
        assert client.get(PROTECTED, headers=bearer(wrong)).status_code == 401
    swapped = {"refresh_token": tokens["access_token"]}
    assert client.post("/api/auth/refresh", json=swapped).status_code == 401


def test_an_api_key_is_shown_once_and_opens_the_api(client):
    owner = bearer(register(client))
    created = client.post("/api/api-keys", json={"name": "ci"}, headers=owner)
    assert created.status_code == 201
    key = created.json()["key"]
    listed = client.get("/api/api-keys", headers=owner)
    assert key not in listed.text
    assert listed.json()["items"][0]["prefix"] == key[:12]
    assert client.get(PROTECTED, headers={"X-API-Key": key}).status_code == 200
    minted = client.post("/api/api-keys", json={"name": "x"}, headers={"X-API-Key": key})
    assert minted.status_code == 403

    path = f"/api/api-keys/{created.json()['id']}"
    assert client.delete(path, headers=owner).status_code == 204
    assert client.get(PROTECTED, headers={"X-API-Key": key}).status_code == 401


def test_an_api_key_of_somebody_else_does_not_exist(client):
    owner, other = bearer(register(client)), bearer(register(client, "eve@example.com"))
    key = client.post("/api/api-keys", json={"name": "ci"}, headers=owner).json()
    path = f"/api/api-keys/{key['id']}"
    assert client.get(path, headers=owner).status_code == 200
    assert client.get(path, headers=other).status_code == 404
    assert client.delete(path, headers=other).status_code == 404
    assert client.get("/api/api-keys", headers=other).json()["total"] == 0


def test_without_authentication_everyone_is_the_developer(make_client):
    client = make_client(enable_auth=False)
    assert client.get(PROTECTED).json()["email"] == "developer@localhost"
    assert client.get(PROTECTED, headers=bearer(register(client))).json()["role"] == "user"
