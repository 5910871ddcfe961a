"""Env files are read as python-dotenv reads them, and secrets are judged by facts."""

from __future__ import annotations

import io
import secrets

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.probes import env


def values(text: str) -> dict[str, str | None]:
    return {name: one.value for name, one in env.parse(text, ".env").effective.items()}


def test_a_variable_knows_its_line_behind_comments_and_empty_lines():
    found = env.parse('\n# one\n\nA=1\n\nB="x\ny"\nC=3\n', ".env")
    assert [str(one.location) for one in found.variables] == [".env:4", ".env:6", ".env:8"]


def test_quotes_export_and_interpolation_are_those_of_python_dotenv():
    text = "export A='x y' # c\nB=\"${A}\\n\"\nC=${A}/${B:-z}\nD\nE=${NOWHERE_AT_ALL:-d}\n"
    assert values(text) == dict(dotenv_values(stream=io.StringIO(text)))


def test_the_environment_of_this_machine_never_flows_in(monkeypatch):
    monkeypatch.setenv("FROM_OUTSIDE", "leaked")
    assert values("A=${FROM_OUTSIDE}\n") == {"A": ""}


@pytest.mark.parametrize(
    ("line", "injected"),
    [
        ("S=${JWT_SECRET}", True),
        ("S=${S}", True),
        ("S=${A_B}${C}", True),
        ("S=${JWT_SECRET:-}", True),
        ("S=$JWT_SECRET", True),
        ("S=${JWT_SECRET:?not set}", True),
        ("S=op://vault/api/key", True),
        ("S=${JWT_SECRET:-changeme}", False),
        ("S=${HERE}", False),
        ("S=prefix-${JWT_SECRET}", False),
        ("S=abc", False),
        ("S=", False),
        ("S", False),
    ],
)
def test_only_a_bare_reference_to_the_outside_is_injected(line, injected):
    assert env.parse(f"HERE=x\n{line}\n", ".env").get("S").injected is injected


def test_references_name_what_the_file_lacks():
    url = env.parse("HOST=db\nURL=pg://${USER_}:${PW}@${HOST}/x\n", ".env").get("URL")
    assert (url.references, url.value) == (("USER_", "PW"), "pg://:@db/x")


def test_duplicates_and_invalid_statements_are_listed():
    found = env.parse("A=1\nthis is = no line\nA=2\n", ".env")
    assert [one.location.line for one in found.duplicates] == [1]
    assert [one.location.line for one in found.invalid] == [2]
    assert found.get("A").value == "2"


def test_a_value_never_shows_in_a_repr():
    found = env.parse("JWT_SECRET=hunter2hunter2\n", ".env")
    assert "hunter2" not in repr(found)
    assert "***" in repr(found)


@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "change-me-in-production",
        "your-api-key-here",
        "<from vault>",
        "[GENERATE_SECURE]",
        "sk-your-openai-key",
        "xxxxxxxx",
        "xxx",
        "AKIAIOSFODNN7EXAMPLE",
        "secret",
        "password123",
        "dev-secret-key",
        "mysupersecretkey",
        "test",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "1234567890",
        "0123456789abcdef0123456789abcdef",
        "sk-1234567890abcdef",
        "{{ jwt_secret }}",
        "%SECRET%",
        "dev-jwt-secret-not-for-production",
        "postgres",
        "TODO",
        "replace_with_real",
        "qwerty",
        "...",
    ],
)
def test_a_value_anybody_could_guess_is_a_placeholder(value):
    assert env.is_placeholder(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "c29tZXRoaW5nIHJhbmRvbQ7Zk",
        "9f86d081884c7d659a2feaa0c55ad015",
        "correct horse battery staple",
        "8391027465018273",
        "hv7-Kd_2mPq9",
    ],
)
def test_a_value_of_its_own_is_no_placeholder(value):
    assert not env.is_placeholder(value)


@given(st.binary(min_size=32, max_size=32).filter(lambda raw: len(set(raw)) > 16))
def test_random_hexadecimal_is_no_placeholder(raw):
    assert not env.is_placeholder(raw.hex())


def test_entropy_is_in_bits_per_character():
    assert env.entropy("") == env.entropy("aaaa") == 0
    assert env.entropy("abcd") == 2
    assert env.entropy(secrets.token_urlsafe(64)) > 4.5


def test_the_password_of_a_url():
    assert env.password_in_url("postgresql://app:p%40ss@db:5432/x") == "p@ss"
    assert env.password_in_url("redis://cache:6379/0") is None
    assert env.password_in_url("http://[broken") is None


@given(st.text(alphabet=st.sampled_from("AB=${}:-'\"\\ #\n\r\texport?")) | st.text())
def test_any_text_is_read_and_gives_python_dotenv_its_values(text):
    found = env.parse(text, ".env")
    last = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(1 <= one.location.line <= last for one in (*found.variables, *found.invalid))
    for one in found.variables:
        env.is_placeholder(one.value or "")
        env.password_in_url(one.value or "")
