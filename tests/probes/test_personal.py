"""Personal data in the claims of a token."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_readiness.probes.personal import personal_claims


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"email": "ada@example.org"}, "email (an e-mail address)"),
        ({"sub": "ada@example.org"}, "sub (an e-mail address)"),
        ({"upn": ["ada@example.org"]}, "upn (an e-mail address)"),
        ({"user": {"phone_number": "+44 20 7946 0018"}}, "user.phone_number (a phone number)"),
        ({"given_name": "Ada"}, "given_name (a name)"),
        ({"name": "Ada Lovelace"}, "name (a name)"),
        (
            {"https://acme.io/birthdate": "1815-12-10"},
            "https://acme.io/birthdate (a date of birth)",
        ),
        ({"address": {"locality": "London"}}, "address (a postal address)"),
    ],
)
def test_who_somebody_is_is_told(claims: dict[str, Any], told: str) -> None:
    assert personal_claims({"iss": "https://a.example", **claims}) == (told,)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "7f1c", "iat": 1_800_000_000, "roles": ["admin"], "scope": "items:read"},
        {"email_verified": True},
        {"email": ""},
        {"name": "ada"},
        {"preferred_username": "ada"},
        {"client": {"name": "shop"}},
        {"sub": "robot@acme.iam.gserviceaccount.com"},
        {"azp": "4f@clients"},
        {"sub": "+442079"},
    ],
)
def test_what_is_needed_is_not(claims: dict[str, Any]) -> None:
    assert personal_claims(claims) == ()
