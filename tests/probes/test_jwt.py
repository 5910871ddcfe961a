"""Tokens are read without trust, and the forged ones are what they say."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwt as jose_jwt

from pytest_readiness.probes import jwt


KEY = "a key of thirty-two characters!!"
CLAIMS = {"sub": "ann", "role": "user", "exp": 4_000_000_000}
TOKEN = jose_jwt.encode(CLAIMS, KEY, algorithm="HS256", headers={"kid": "k1"})


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def test_header_and_claims_are_read() -> None:
    token = jwt.decode(TOKEN)
    assert token.alg == "HS256"
    assert token.header["kid"] == "k1"
    assert token.claims == CLAIMS
    assert len(token.signature) == 32


@pytest.mark.parametrize(
    "text",
    [
        "",
        "opaque",
        "a.b",
        "a.b.c",
        "v4.local.AAAA",
        "eyJhbGciOiJub25lIn0.bm90IGpzb24.",
        "eyJhbGciOiJub25lIn0.WzFd.",
        "a.b.c.d.e",
        f"{TOKEN}\n",
        f"Bearer {TOKEN}",
    ],
)
def test_what_is_no_token_is_told(text: str) -> None:
    assert not jwt.looks_like_jwt(text)
    with pytest.raises(jwt.NotAToken):
        jwt.decode(text)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_an_unsigned_token_keeps_all_but_its_signature(alg: str) -> None:
    forged = jwt.decode(jwt.unsigned(TOKEN, alg))
    assert (forged.alg, forged.claims, forged.signature) == (alg, CLAIMS, b"")
    assert forged.header["kid"] == "k1"


def test_a_stripped_token_is_the_same_up_to_the_last_dot() -> None:
    forged = jwt.stripped(TOKEN)
    assert TOKEN.startswith(forged)
    assert forged.endswith(".")


def test_a_tampered_token_says_something_else_under_the_old_signature() -> None:
    forged = jwt.tampered(TOKEN, role="admin")
    assert jwt.decode(forged).claims == CLAIMS | {"role": "admin"}
    assert forged.rpartition(".")[2] == TOKEN.rpartition(".")[2]
    assert not jwt.verified(forged, KEY, "HS256")
    assert jwt.decode(jwt.tampered(TOKEN)).claims["sub"] != "ann"


def test_a_broken_signature_differs_in_one_bit() -> None:
    forged = jwt.broken_signature(TOKEN)
    assert jwt.decode(forged).claims == CLAIMS
    assert forged != TOKEN
    assert not jwt.verified(forged, KEY, "HS256")
    assert jwt.decode(jwt.broken_signature(jwt.stripped(TOKEN))).signature


def test_a_resigned_token_verifies_with_its_new_key() -> None:
    forged = jwt.resigned(TOKEN, "another", "HS384", role="admin", header={"kid": "../x"})
    assert jose_jwt.decode(forged, "another", algorithms=["HS384"])["role"] == "admin"
    assert jwt.decode(forged).header["kid"] == "../x"


def test_key_confusion_signs_with_the_public_key_as_secret(pair: tuple[str, str]) -> None:
    private, public = pair
    token = jwt.resigned(TOKEN, private, "RS256")
    assert jwt.verified(token, public, "RS256")
    confused = jwt.resigned(token, public, "HS256")
    assert jwt.decode(confused).alg == "HS256"
    assert jwt.signing_key(confused, ["x", public]) == public


def test_the_key_is_found_among_candidates() -> None:
    assert jwt.signing_key(TOKEN, ["secret", "changeme", KEY]) == KEY
    assert jwt.signing_key(TOKEN, ["secret"]) is None


def test_another_kind_of_signature_has_no_secret_to_guess(pair: tuple[str, str]) -> None:
    token = jwt.resigned(TOKEN, pair[0], "RS256")
    assert jwt.signing_key(token, [KEY]) is None


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("key", ["", "é", "x" * 64, "y" * 65, "z" * 128, "long " * 40])
def test_keys_of_any_length_are_recognised(alg: str, key: str) -> None:
    token = jwt.resigned(TOKEN, key or b"", alg)
    assert jwt.signing_key(token, ["no", key]) == key
    assert jwt.signing_key(token, ["no", f"{key}!"]) is None
