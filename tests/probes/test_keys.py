"""Public keys are found in what systems publish, and take the forms of a careless secret."""

from __future__ import annotations

import json

import pytest

from pytest_readiness.probes import jwt, keys


TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI3In0.c2ln"  # noqa: S105 - of nobody


@pytest.fixture(scope="module")
def pair() -> keys.Pair:
    return keys.new_pair()


def test_a_pair_of_ours_verifies_by_each_of_its_forms(pair: keys.Pair) -> None:
    token = jwt.resigned(TOKEN, pair.private, "RS256")
    documents = (json.dumps({"keys": [pair.jwk]}), json.dumps(pair.jwk), pair.certificate)
    documents += (json.dumps({"key": pair.certificate}), keys.pem_of(pair.x5c[0]))
    for document in documents:
        found = keys.public_keys_in(document)
        assert len(found) == 1
        assert jwt.verified(token, found[0], "RS256")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"keys": 5}',
        '{"keys": [{"kty": "RSA"}, {"kty": "oct", "k": "c2ln"}, 5]}',
        "-----BEGIN CERTIFICATE-----\n" + "A" * 80 + "\n-----END CERTIFICATE-----",
    ],
)
def test_what_holds_no_public_key_gives_none(text: str) -> None:
    assert keys.public_keys_in(text) == []


def test_a_public_key_is_a_secret_in_text_and_in_bytes(pair: keys.Pair) -> None:
    public = keys.public_half(pair.private, "RS256")
    secrets = keys.as_secrets(public)
    assert public.encode() in secrets
    assert len({*secrets}) == 5
    assert any(b"RSA PUBLIC KEY" in secret for secret in secrets)


@pytest.mark.parametrize("text", ["", "secret", "-----BEGIN PRIVATE KEY-----"])
def test_what_is_no_private_key_has_no_public_half(text: str) -> None:
    assert keys.public_half(text, "RS256") == ""
