"""No secret survives, and what is no secret stays readable."""

# ruff: noqa: E501 - tables of cases are read best with one case a line

from __future__ import annotations

import base64
import copy
import html
import json
import pickle
import re
import shlex
import subprocess
import sys
import threading
from reprlib import Repr
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_readiness.redaction import MASK, Redactor, Secret, is_secret_name


odd_secrets = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=6, max_size=40),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=60),
    st.text("'\"\\/$`<>&%+ {}[]\t", min_size=6, max_size=20),
    st.lists(st.text("abcXYZ019+/=-_ ", min_size=6, max_size=30), min_size=2, max_size=4).map(
        "\n".join
    ),
).filter(lambda value: value.strip() == value and "*" not in value and len(set(value)) > 3)

around = st.sampled_from(
    [
        "",
        "before ",
        "GET /path?",
        "id=17&x=",
        '{"a": "',
        "E   assert 'x' == '",
        "[info] ",
        "é…",
        "a",
    ]
)


def lower_hex(value: str) -> str:
    return re.sub("%..", lambda match: match[0].lower(), quote(value, safe=""))


FORMS = {
    "raw": lambda value: value,
    "quote": lambda value: quote(value, safe=""),
    "quote with slashes": quote,
    "quote in lower hex": lower_hex,
    "quote_plus": quote_plus,
    "json": json.dumps,
    "json in unicode": lambda value: json.dumps(value, ensure_ascii=False),
    "json in json": lambda value: json.dumps(json.dumps({"body": value})),
    "repr": repr,
    "repr in a repr": lambda value: repr(repr(value)),
    "repr of bytes": lambda value: repr(value.encode()),
    "repr in a dict": lambda value: repr({"it's": f'"{value}'}),
    "html": html.escape,
    "shell": lambda value: shlex.join(["curl", "-d", value]),
    "mojibake": lambda value: value.encode().decode("latin-1"),
    "hex": lambda value: value.encode().hex(),
}


@pytest.mark.parametrize("form", FORMS)
@given(secret=odd_secrets, before=around, after=around)
@settings(max_examples=400, deadline=None)
def test_no_form_of_a_secret_survives(form: str, secret: str, before: str, after: str) -> None:
    planted = FORMS[form](secret)

    shown = Redactor([secret]).text(f"{before}{planted}{after}")

    assert MASK in shown
    for line in secret.splitlines():
        if len(line.strip()) >= 6:
            assert FORMS[form](line.strip()).strip("'\"") not in shown.replace(MASK, "\0")


@given(
    secret=odd_secrets,
    before=st.binary(max_size=9),
    after=st.binary(max_size=9),
    safe=st.booleans(),
)
@settings(max_examples=2000, deadline=None)
def test_a_secret_inside_base64_does_not_survive(
    secret: str, before: bytes, after: bytes, safe: bool
) -> None:
    encode = base64.urlsafe_b64encode if safe else base64.b64encode
    planted = encode(before + secret.encode() + after).decode()

    shown = Redactor([secret]).text(f"Basic {planted}")

    assert MASK in shown
    assert len(shown) <= len(f"Basic {planted}") - len(secret) + len(MASK) + 2


@given(secret=odd_secrets.filter(lambda value: len(value) >= 30), size=st.integers(20, 29))
@settings(max_examples=1000, deadline=None)
def test_what_a_shortened_repr_leaves_does_not_survive(secret: str, size: int) -> None:
    shortener = Repr()
    shortener.maxstring = size
    planted = shortener.repr(secret)
    head, _, tail = planted.strip("'\"").partition("...")

    shown = Redactor([secret]).text(f"E   AssertionError: assert {planted} == 'x'")

    for piece in (head, tail):
        if "\n" not in secret and len(piece) >= 8:
            assert piece not in shown


@given(
    secret=st.text("abcdefghijkXYZ0123456789-_", min_size=20, max_size=60),
    cut=st.integers(8, 19),
    sign=st.sampled_from("-+"),
)
@settings(max_examples=1000, deadline=None)
def test_what_a_diff_cuts_off_does_not_survive(secret: str, cut: int, sign: str) -> None:
    """Pytest skips equal beginnings and ends, and says so on a line of its own."""
    redactor = Redactor([secret])

    for piece in (secret[:cut], secret[-cut:]):
        edge = f"{piece} and so on" if secret.endswith(piece) else f"so much for {piece}"
        assert piece not in redactor.text(f"Skipping 90 characters\nE         {sign} {edge}\nE  x")


@given(secrets=st.lists(odd_secrets, min_size=2, max_size=6), text=st.text(max_size=50))
@settings(max_examples=500, deadline=None)
def test_many_secrets_in_one_text_do_not_survive(secrets: list[str], text: str) -> None:
    shown = Redactor(secrets).text(text + text.join(secrets) + "".join(secrets))

    for secret in secrets:
        assert secret not in shown.split(MASK)


@given(text=st.text(max_size=200), secret=odd_secrets)
@settings(max_examples=300, deadline=None)
def test_redacting_twice_changes_nothing(text: str, secret: str) -> None:
    redactor = Redactor([secret])
    once = redactor.text(text + secret)

    assert redactor.text(once) == once


@given(body=st.binary(max_size=300), kind=st.sampled_from(["", "application/json", "text/html"]))
@settings(max_examples=300, deadline=None)
def test_any_body_can_be_shown(body: bytes, kind: str) -> None:
    assert isinstance(Redactor(["s3cret-value"]).body(body, kind), str)


def test_a_secret_is_known_from_the_moment_it_is_added() -> None:
    redactor = Redactor()
    assert redactor.text("issued-7f3a") == "issued-7f3a"

    redactor.add(Secret("issued-7f3a"))

    assert redactor.text("issued-7f3a") == MASK


def test_five_characters_are_too_few_to_take_out() -> None:
    assert Redactor(["admin"]).text("the admin page") == "the admin page"


def test_overlapping_secrets_leave_nothing_between() -> None:
    assert Redactor(["abcdefgh", "efghijkl"]).text("x abcdefghijkl y") == f"x {MASK} y"


@pytest.mark.parametrize(
    ("leaking", "shown"),
    [
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("Proxy-Authorization: Basic abc", "Proxy-Authorization: Basic ***"),
        ("X-Forwarded-Authorization: Basic abc", "X-Forwarded-Authorization: Basic ***"),
        ("HTTP_AUTHORIZATION=Basic abc", "HTTP_AUTHORIZATION=Basic ***"),
        (
            "curl -H 'Authorization: Token abc' http://x",
            "curl -H 'Authorization: Token ***' http://x",
        ),
        ('{"Authorization": "Basic dXNlcjpwdw=="}', '{"Authorization": "Basic ***"}'),
        ("Set-Cookie: sid=abc; Path=/; HttpOnly", "Set-Cookie: sid=***; Path=/; HttpOnly"),
        ("Cookie: a=b; c=d", "Cookie: a=***; c=***"),
        ("JWT_SECRET=change-me", "JWT_SECRET=***"),
        ("DB_PASSWORD='a b'", "DB_PASSWORD='***'"),
        ("{'password': 'x\\'y'}", "{'password': '***'}"),
        (
            '{"body": "{\\"refreshToken\\": \\"abc\\"}"}',
            '{"body": "{\\"refreshToken\\": \\"***\\"}"}',
        ),
        ("api_key: 'abc'", "api_key: '***'"),
        ("password: hunter2\n", "password: ***\n"),
        ("postgres://app:pw@db:5432/x", "postgres://***@db:5432/x"),
        ("redis://:p/w@cache/0", "redis://***@cache/0"),
        ("https://token@git.example/x", "https://***@git.example/x"),
        ("got eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. back", "got *** back"),
        ("got eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln back", "got *** back"),
        ("key sk-proj-abc123def456ghi789 x", "key *** x"),
        ("ghp_" + "a1B2" * 9, MASK),
        ("AKIA" + "ABCD1234EFGH5678", MASK),
        ("AIza" + "a1B2c3D" * 5, MASK),
        ("xoxb-1234567890-abcdef", MASK),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- x", "*** x"),
        ("-----BEGIN PRIVATE KEY-----\n" + "A1b2" * 16 + "\nA1b2", "***\nA1b2"),
    ],
)
def test_names_and_shapes_give_a_secret_away(leaking: str, shown: str) -> None:
    assert Redactor().text(leaking) == shown


@pytest.mark.parametrize(
    "harmless",
    [
        "the token is expired; a token: it was missing",
        "Unsigned tokens are rejected, and so is a secret of six letters.",
        "the secret of a good API: documentation1 and tests",
        '"max_tokens": 256, "prompt_tokens": 12, "token_type": "bearer"',
        "ACCESS_TOKEN_EXPIRE_MINUTES=30 PASSWORD_MIN_LENGTH=12",
        "login(username=username, password=password)",
        "response = protected.get(token=tokens.unsigned(alg))",
        "JWT_SECRET=${JWT_SECRET}",
        "curl -H 'Authorization: Bearer $TOKEN' http://127.0.0.1/",
        '{"password": "{password}", "token": null}',
        "http://localhost:8000/@x https://host.example/a/@scope/p@1.0",
        "keyJoiner.prototype, task-sk-learn-contrib-thing, risk-assessment-of-2026-plans",
        "/objects/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "550e8400-e29b-41d4-a716-446655440000",
        "tests/test_tokens.py::test_unsigned_tokens_are_rejected[none]",
        "secretName: db-credentials",
        "P0 broken-object-authorization: GET /api/items/{item_id} serves a stranger",
        "mailto ana@example.com",
    ],
)
def test_what_is_no_secret_stays_readable(harmless: str) -> None:
    assert Redactor(["another-s3cret"]).text(harmless) == harmless


def test_headers_keep_what_helps() -> None:
    shown = Redactor(["s3cret-value"]).headers(
        {
            "Authorization": "Bearer abc",
            "Cookie": "a=b; c=d",
            "Set-Cookie": "sid=1; Path=/, t=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
            "X-Api-Key": "k",
            "X-Echo": "it was s3cret-value",
            "Accept": "*/*",
        }
    )

    assert shown == {
        "Authorization": "Bearer ***",
        "Cookie": "a=***; c=***",
        "Set-Cookie": "sid=***; Path=/, t=***; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
        "X-Api-Key": "***",
        "X-Echo": "it was ***",
        "Accept": "*/*",
    }


def test_a_url_keeps_harmless_parameters() -> None:
    url = "https://u:p@host/x?access_token=1&page=2&q=a#id_token=3"

    assert Redactor().url(url) == "https://***@host/x?access_token=***&page=2&q=a#id_token=***"


@pytest.mark.parametrize(
    ("body", "kind", "shown"),
    [
        (b'{"a":[{"password":12345}],"max_tokens":3}', "application/json", '{"a": [{"password": "***"}], "max_tokens": 3}'),
        (b'{"max_tokens":3}', "application/json", '{"max_tokens":3}'),
        (b"password=a&b=c", "application/x-www-form-urlencoded", "password=***&b=c"),
        (b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nabc\r\n--x--', "multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n***\r\n--x--'),
        (b"\x89PNG\0", "image/png", "<5 bytes of image/png>"),
        ("naïve s3cret-välue".encode("latin-1"), "text/plain; charset=latin-1", "naïve ***"),
    ],
)  # fmt: skip
def test_a_body_is_read_by_its_content_type(body: bytes, kind: str, shown: str) -> None:
    assert Redactor(["s3cret-välue"]).body(body, kind) == shown


@pytest.mark.parametrize("padding", [1990, 65_530, 65_536 * 4 - 6])
def test_a_long_body_is_cut_after_it_was_redacted(padding: int) -> None:
    secret = "s3cret-value-that-is-long"  # noqa: S105 - planted
    body = "x" * padding + secret + "y" * 100_000

    shown = Redactor([secret]).body(body.encode(), "text/plain", limit=70_000)

    assert "s3cret-" not in shown
    assert len(shown) < 70_050


@pytest.mark.parametrize(
    "name",
    [
        "X-Api-Key",
        "JWT_SECRET",
        "refreshToken",
        "password",
        "PASSWD",
        "OPENAI_API_KEY",
        "DB_PASSWORD",
        "SECRET_KEY_BASE",
        "AWS_SECRET_ACCESS_KEY",
        "GH_TOKEN",
        "jwtSecret",
        "SMTP_PASS",
        "API_KEY_V2",
        "REDIS_PASSWORD_2",
        "SIGNING_KEY",
        "Authorization",
        "Cookie",
        "session_id",
        "csrftoken",
        "clientsecret",
        "client_assertion",
        "otp",
        "token_value",
        "pwd",
    ],
)
def test_a_name_that_says_secret(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "token_type",
        "tokenizer",
        "tokenUrl",
        "monkey",
        "ACCESS_TOKEN_EXPIRE_MINUTES",
        "PASSWORD_MIN_LENGTH",
        "JWT_PUBLIC_KEY",
        "DB_PASSWORD_FILE",
        "MAX_TOKENS",
        "PWD",
        "OLDPWD",
        "AWS_ACCESS_KEY_ID",
        "KEYCLOAK_HOST",
        "JWT_ALGORITHM",
        "MONKEY",
        "key",
        "sort_key",
        "compass",
        "password_changed_at",
        "SECRETS_DIR",
        "SESSION_COOKIE_SECURE",
        "",
    ],
)
def test_a_name_that_only_sounds_like_it(name: str) -> None:
    assert not is_secret_name(name)


def test_a_secret_shows_itself_only_when_asked() -> None:
    secret = Secret("s3cret")

    assert f"{secret} {secret!r} {secret!s:>5} {[secret]}" == "*** ***   *** [***]"
    assert secret.reveal() == "s3cret"


def test_a_secret_is_not_written_by_accident() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret("s3cret"))
    with pytest.raises(TypeError):
        json.dumps(Secret("s3cret"))


def test_secrets_are_compared_by_value() -> None:
    assert Secret("a") == copy.deepcopy(Secret("a")) != Secret("b")
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret("a") != "a"
    assert not Secret("")


def test_redaction_needs_the_standard_library_only() -> None:
    script = "import sys, pytest_readiness.redaction; print(*sys.modules)"

    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert not {"pydantic", "yaml", "requests"} & set(loaded.stdout.split())


def test_words_after_an_ellipsis_and_a_blank_are_not_its_piece() -> None:
    redactor = Redactor(["change-me-refresh-secret-for-development"])
    assert redactor.text("ana@... refresh-token-as-access") == "ana@... refresh-token-as-access"
    assert "refresh-" not in redactor.text("'...refresh-secret-for' == ''")


def test_values_that_other_threads_learn_are_taken_out_from_then_on() -> None:
    redactor = Redactor()
    told: list[str] = []

    def learn() -> None:
        for number in range(400):
            value = f"learned-{number:04}-value"
            redactor.add(value)
            told.append(value)

    thread = threading.Thread(target=learn)
    thread.start()
    while thread.is_alive():
        known = told[-40:]
        masked = redactor.text(" ".join(known))
        assert not [value for value in known if value in masked]
    thread.join()
