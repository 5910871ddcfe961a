"""Credentials in text: what is found, what only looks like one, and what a comment allows."""

from __future__ import annotations

import random

import pytest

from pytest_readiness.probes.credentials import Credential, Scanner, is_for_readers, is_for_tests
from tests import credentials
from tests.credentials import HARMLESS, LEAKS


UNKNOWN = {"Discord webhook", "Basic credentials"}
"""What the rules miss today; docs/adr/0043 names it."""


@pytest.fixture(scope="module")
def scanner() -> Scanner:
    return Scanner()


DOUBTS = {"Firebase": {"restricted"}, "request in a guide": {"named"}}
"""What the place decides: in documents it is nothing."""


def encoded(text: str) -> bytes:
    return text.encode("latin-1" if "\0" in text else "utf-8")


@pytest.mark.parametrize("name", sorted(LEAKS.keys() - UNKNOWN))
def test_a_credential_is_found(scanner: Scanner, name: str) -> None:
    path, make = LEAKS[name]
    texts = [encoded(make(random.Random(seed))) for seed in range(8)]
    found = [text for text in texts if scanner.credentials(text, path)]
    assert len(found) >= 7, [text for text in texts if text not in found]


@pytest.mark.parametrize("name", sorted(HARMLESS))
def test_what_is_none_is_not(scanner: Scanner, name: str) -> None:
    path, make = HARMLESS[name]
    for seed in range(8):
        found = scanner.credentials(encoded(make(random.Random(seed))), path)
        assert {one.sort for one in found} <= DOUBTS.get(name, set())


def test_a_credential_knows_its_place_and_hides_its_value(scanner: Scanner) -> None:
    key = credentials.github_token(random.Random(1))
    (found,) = scanner.credentials(f"import os\n\nTOKEN = '{key}'\n".encode(), "app/a.py")
    assert (found.location.path, found.location.line, found.sort) == ("app/a.py", 3, "format")
    assert found.said == f"github-pat ({key[:4]}..., sha256 {found.digest})"
    assert key[4:12] not in f"{found!r}{found}{found.said}"


def test_a_short_secret_shows_nothing_of_itself(scanner: Scanner) -> None:
    (found,) = scanner.credentials(b"redis:\n  password: Zt7pQ2wLx9Ka\n", "values.yaml")
    assert found.said == f"the value of password (sha256 {found.digest})"


@pytest.mark.parametrize(
    ("above", "beside", "allowed"),
    [
        ("", "# gitleaks:allow", True),
        ("", "# pragma: allowlist secret", True),
        ("", "// kingfisher:ignore", True),
        ("", "# trufflehog:ignore", True),
        ("# pragma: allowlist nextline secret", "", True),
        ("# pragma: allowlist secret", "", False),
        ("", "# allowed for tests", False),
    ],
)
def test_a_comment_allows(scanner: Scanner, above: str, beside: str, *, allowed: bool) -> None:
    key = credentials.stripe_key(random.Random(2))
    (found,) = scanner.credentials(f"{above}\nKEY = '{key}' {beside}\n".encode(), "a.py")
    assert found.allowed is allowed


def sorts(found: list[Credential]) -> list[str]:
    return [one.sort for one in found]


def test_a_key_of_a_test_mode_is_none(scanner: Scanner) -> None:
    key = credentials.stripe_key(random.Random(3), mode="test")
    assert not scanner.credentials(f"KEY = '{key}'".encode(), "a.py")


def test_a_key_for_browsers_is_restricted(scanner: Scanner) -> None:
    key = credentials.google_key(random.Random(3))
    assert sorts(scanner.credentials(f"KEY = '{key}'".encode(), "a.py")) == ["restricted"]


def test_the_password_of_a_local_url_is_none(scanner: Scanner) -> None:
    text = "URL=postgresql://app:kW3vT9xLq2Zr@{}:5432/app\n"
    assert not scanner.credentials(text.format("localhost").encode(), "start.sh")
    assert sorts(scanner.credentials(text.format("db.acme.io").encode(), "start.sh")) == ["url"]


@pytest.mark.parametrize(
    "line",
    [
        'SECRET_KEY = "change-me-before-production-1"',
        'token_url = "https://auth.acme.io/oauth2/v1/token"',
        'API_KEY_HEADER = "x-acme-internal-api-key-2024"',
        'client_secret = "3f2b8c1e-9d4a-4f6b-8e7c-1a2b3c4d5e6f"',
        'password = "projects/acme-4411/secrets/database-2"',
        'secret = "arn:aws:secretsmanager:eu-west-1:1:secret:a1b2c3d4e5"',
        'secret_type = "V1SecretVolumeSource"',
        'credentials_key = "google_oauth2_credentials"',
        '# api_key = "kkk9d7dh3k39sjv7aa12"',
        '"""Use it.\n\n    token = "2YotnFZFEjr1zCsicMWpAA"\n"""',
        'next_page_token = "eyJpbmRleCI6IDExMjIzfQ=="',
        'session_id = "session-4f855da00427aa11"',
        'passwords = "Your password must have 12 signs"',
        'PUBLIC_KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"',
    ],
)
def test_a_value_under_the_name_of_a_secret_may_be_none(scanner: Scanner, line: str) -> None:
    assert scanner.credentials(line.encode(), "app/settings.py") == []


@pytest.mark.parametrize(
    ("path", "tests", "readers"),
    [
        ("app/pay.py", False, False),
        ("tests/keys.py", True, False),
        ("web/src/pay.spec.ts", True, False),
        ("pkg/pay_test.go", True, False),
        ("contest/pay.py", False, False),
        ("readiness.yaml", True, False),
        ("docs/pay.md", False, True),
        (".env.example", False, True),
        (".env.production", False, False),
        ("examples/shop/pay.py", False, True),
    ],
)
def test_files_of_tests_and_for_readers(path: str, *, tests: bool, readers: bool) -> None:
    assert (is_for_tests(path), is_for_readers(path)) == (tests, readers)
