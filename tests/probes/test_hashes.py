"""How a stored password was made."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from pytest_readiness.probes import hashes
from pytest_readiness.probes.stored import Row


PASSWORD = "correct horse battery"  # noqa: S105 - of an account that is nowhere
BCRYPT = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"


@pytest.mark.parametrize(
    ("value", "how", "slow"),
    [
        ("$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "argon2 or scrypt", True),
        ("argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA", "argon2 or scrypt", True),
        ("scrypt:32768:8:1$salt$0123", "argon2 or scrypt", True),
        (BCRYPT, "bcrypt of cost 12", True),
        (BCRYPT.replace("$12$", "$04$"), "bcrypt of cost 4", False),
        ("bcrypt_sha256$" + BCRYPT, "bcrypt of cost 12", True),
        ("pbkdf2_sha256$870000$salt$aGFzaA=", "PBKDF2 of 870,000 rounds", True),
        ("pbkdf2:sha256:1000$salt$0123", "PBKDF2 of 1,000 rounds", False),
        ("$pbkdf2-sha512$25000$c2FsdA$aGFzaA", "PBKDF2 of 25,000 rounds", False),
        ("$6$salt$hash", "SHA-512 crypt", True),
        ("$1$salt$hash", "MD5 crypt", False),
    ],
)
def test_the_form_tells_how_it_was_made(value: str, how: str, slow: bool) -> None:
    assert hashes.form(value) == (how, slow)


@pytest.mark.parametrize(
    "value", ["", "ada", "0123", "$9$new$scheme", "0123456789abcdef" * 4, "sha256:9000:c2E:aGE"]
)
def test_an_unknown_form_tells_nothing(value: str) -> None:
    assert hashes.form(value) is None


@pytest.mark.parametrize(
    ("value", "how"),
    [
        (PASSWORD, "plain text"),
        (f"x:{PASSWORD}", "plain text"),
        (hashlib.sha512(PASSWORD.encode()).hexdigest(), "SHA512 without a salt"),
        (hashlib.sha256(PASSWORD.encode()).hexdigest().upper(), "SHA256 without a salt"),
        (
            base64.b64encode(hashlib.sha256(PASSWORD.encode()).digest()).decode(),
            "SHA256 without a salt",
        ),
    ],
)
def test_the_password_itself_shows_what_was_done_to_it(value: str, how: str) -> None:
    found = hashes.judge([Row("users", {"name": "ada", "word": value})], PASSWORD)
    assert found == hashes.Verdict("users.word", how, slow=False)


SALT = "a1b2c3"
MIXED = PASSWORD + SALT
SHA = hashlib.sha256(f"{SALT}{PASSWORD}".encode())
LDAP = base64.b64encode(hashlib.sha256(MIXED.encode()).digest() + SALT.encode()).decode()


@pytest.mark.parametrize(
    "row",
    [
        {"hash": SHA.hexdigest(), "salt": SALT},
        {"hash": f"sha256${SALT}${SHA.hexdigest()}"},
        {"hash": f"{SALT}:{base64.b64encode(SHA.digest()).decode()}"},
        {"hash": "{SSHA256}" + LDAP},
        {"hash": hmac.digest(SALT.encode(), PASSWORD.encode(), "sha256").hex(), "x": SALT},
    ],
)
def test_a_fast_hash_with_a_salt_is_proved(row: dict[str, str]) -> None:
    found = hashes.judge([Row("users", row)], PASSWORD)
    assert found == hashes.Verdict("users.hash", "SHA256 with a salt", slow=False)


def test_a_bare_digest_that_may_be_slow_is_not_judged() -> None:
    slow = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), SALT.encode(), 10)
    assert hashes.judge([Row("users", {"password": slow.hex(), "salt": SALT})], PASSWORD) is None


def test_the_hash_of_a_token_is_no_password() -> None:
    row = Row("users", {"password_reset_token": "$1$salt$hash", "password": BCRYPT})
    found = hashes.judge([row], PASSWORD)
    assert found is not None
    assert found.slow


def test_the_worst_of_several_counts() -> None:
    rows = [Row("users", {"password": BCRYPT}), Row("log", {"body": f"login {PASSWORD}"})]
    found = hashes.judge(rows, PASSWORD)
    assert found is not None
    assert found.place == "log.body"


def test_a_hash_of_something_else_is_no_password() -> None:
    assert hashes.judge([Row("users", {"etag": "0123456789abcdef" * 4})], PASSWORD) is None
