"""Each defect of ``tests/target_auth.py`` shows, and the sound API does not show it."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from jose import jwt

from tests.target import chosen
from tests.target_auth import COMMON, DAY, DEFECTS, MAGIC
from tests.test_target import PASSWORD, SOUND_DAY, Visitor, ordinary_day, visit


if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


ME, ITEMS, LOGIN = "GET /api/users/me", "POST /api/items", "POST /api/auth/login"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TEXT = {"Content-Type": "text/plain"}
COOKIE = "token-in:cookie"


def in_query(visitor: Visitor) -> list[str]:
    """Parameters in which a token is taken."""
    token, names = visitor.access(), ("access_token", "api_key", "paging")
    return [name for name in names if visitor.status(ME, params={name: token}) == 200]


def doors(visitor: Visitor) -> list[str]:
    """What opens the account of somebody without a login."""
    visitor.access()
    tries: dict[str, dict[str, Any]] = {
        "header": {"headers": {"X-Test-Auth": MAGIC}},
        "cookie": {"headers": {"Cookie": f"debug_user={MAGIC}"}},
        "query": {"params": {"preview": MAGIC}},
        "token": {"headers": {"Authorization": f"Bearer {MAGIC}"}},
        "present": {"headers": {"X-Skip-Auth": "1"}},
    }
    return [name for name, more in tries.items() if visitor.status(ME, **more) == 200]


def same_site(visitor: Visitor) -> str:
    """What the cookie of the login says of other sites."""
    visitor.access()
    given = visitor.ask(LOGIN, json={"username": "ada", "password": PASSWORD})
    return given.headers["Set-Cookie"].partition("SameSite=")[2]


def content_types(visitor: Visitor) -> list[str]:
    """Content types in which an item is made."""
    token = visitor.access()
    tries = {"form": ("name=x", FORM), "text": ('{"name": "x"}', TEXT)}
    return [
        name
        for name, (data, headers) in tries.items()
        if visitor.status(ITEMS, token, data=data, headers=headers) == 201
    ]


def guarded(visitor: Visitor) -> tuple[int, int, int]:
    """An item asked for as by another site, as by nobody's page, and with an anti-forgery token."""
    cookie = f"access_token={visitor.access()}; csrf_token=t"
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    tries: list[dict[str, str]] = [foreign, {}, {"X-CSRF-Token": "t"}]
    first, second, third = (
        visitor.status(ITEMS, json={"name": "x"}, headers={**one, "Cookie": cookie})
        for one in tries
    )
    return first, second, third


def lifetimes(visitor: Visitor) -> list[int | None]:
    """Seconds that the two tokens live."""
    pair = visitor.tokens()
    found = [jwt.get_unverified_claims(pair[f"{kind}_token"]) for kind in ("access", "refresh")]
    return [one["exp"] - one["iat"] if "exp" in one else None for one in found]


def fixed(visitor: Visitor) -> list[str]:
    """Which cookies from before a login are logged in after it."""
    visitor.access()
    given = visitor.ask("GET /").headers.get("Set-Cookie", "x=").partition(";")[0]
    return [
        name
        for name, cookie in (("given", given), ("invented", "access_token=ours"))
        if visitor.ask(
            LOGIN,
            json={"username": "ada", "password": PASSWORD},
            headers={"Cookie": cookie},
        )
        and visitor.status(ME, headers={"Cookie": cookie}) == 200
    ]


def gives_a_cookie(visitor: Visitor) -> bool:
    """Whether the page sets the cookie of the login."""
    return "access_token" in visitor.ask("GET /").headers.get("Set-Cookie", "")


def passwords(visitor: Visitor) -> list[str]:
    """Which odd passwords are taken."""
    tries = {"short": "R7!abcd", "common": min(COMMON), "long": "x1" * 32}
    return [
        name
        for name, word in tries.items()
        if visitor.status("POST /api/auth/register", json={"username": name, "password": word})
        == 201
    ]


def resets(visitor: Visitor) -> list[str]:
    """Which tokens set a new password, and whether wrong ones are refused with 429 in the end."""
    visitor.access()
    new = {"password": "another long secret"}
    asked = visitor.ask("POST /api/auth/forgot-password", json={"username": "ada"})
    if asked.status_code == 404:
        return ["absent"]
    tries = {"told": asked.json().get("reset_token", "no"), "zeros": "000000", "any": "x" * 16}
    reset = "POST /api/auth/reset-password"
    taken = [
        name
        for name, token in tries.items()
        if visitor.status(reset, json={**new, "token": token}) == 204
    ]
    wrong = [visitor.status(reset, json={**new, "token": str(n)}) for n in range(15)]
    digits = ["digits"] if "6 digits" in asked.text else []
    return [*taken, *digits, *(["limited"] if 429 in wrong else [])]


CASES: list[tuple[str, tuple[str, ...], Callable[[Visitor], Any], Any, Any]] = [
    ("also-in-query", (), in_query, [], ["access_token"]),
    ("also-in-query:api_key", (), in_query, [], ["api_key"]),
    ("also-in-query:paging", (), in_query, [], []),
    *((f"backdoor:{name}", (), doors, [], [name]) for name in DEFECTS["backdoor"]),
    ("cookie-samesite", (COOKIE,), same_site, "Strict", ""),
    ("cookie-samesite:Lax", (COOKIE,), same_site, "Strict", "Lax"),
    ("cookie-samesite:None", (COOKIE,), same_site, "Strict", "None"),
    ("forgeable-change", (), content_types, [], ["form"]),
    ("forgeable-change:text", (), content_types, [], ["text"]),
    ("csrf-guard", (COOKIE,), guarded, (201, 201, 201), (403, 201, 201)),
    ("csrf-guard:fetch-metadata", (COOKIE,), guarded, (201, 201, 201), (403, 201, 201)),
    ("csrf-guard:double-submit", (COOKIE,), guarded, (201, 201, 201), (403, 403, 201)),
    ("long-lived-token", (), lifetimes, [900, DAY], [400 * DAY, DAY]),
    ("long-lived-token:refresh", (), lifetimes, [900, DAY], [900, 400 * DAY]),
    ("long-lived-token:endless", (), lifetimes, [900, DAY], [None, DAY]),
    ("session-fixation", (COOKIE,), fixed, [], ["given"]),
    ("session-fixation:invented", (COOKIE,), fixed, [], ["invented"]),
    ("session-fixation:renewed", (COOKIE,), gives_a_cookie, False, True),
    ("weak-passwords", (), passwords, ["long"], ["short", "long"]),
    ("weak-passwords:common", (), passwords, ["long"], ["common", "long"]),
    ("weak-passwords:at-most-32", (), passwords, ["long"], []),
    ("with-reset", (), resets, ["absent"], []),
    ("with-reset:any-token", (), resets, ["absent"], ["told", "zeros", "any"]),
    ("with-reset:leaked", (), resets, ["absent"], ["told"]),
    ("with-reset:fixed-code", (), resets, ["absent"], ["zeros"]),
    ("with-reset:short-code", (), resets, ["absent"], ["digits"]),
    ("with-reset:counted-code", (), resets, ["absent"], ["digits", "limited"]),
]
ELSEWHERE = {"stored-password", "slow-for-the-known"}
"""Shown below: one needs a database, the other a clock that a test does not trust."""


@pytest.mark.parametrize(("defect", "base", "look", "sound", "defective"), CASES)
def test_the_defect_shows(
    defect: str,
    base: tuple[str, ...],
    look: Callable[[Visitor], Any],
    sound: Any,
    defective: Any,
) -> None:
    with visit(*base) as visitor:
        assert look(visitor) == sound
    with visit(*base, defect) as visitor:
        assert look(visitor) == defective


@pytest.mark.parametrize("defect", [case[0] for case in CASES if not case[1]])
def test_nothing_else_goes_otherwise(defect: str) -> None:
    with visit(defect) as visitor:
        assert ordinary_day(visitor) == SOUND_DAY


@pytest.mark.parametrize("variant", DEFECTS["stored-password"])
def test_a_password_is_stored_in_the_form_of_the_variant(
    variant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/users.db")
    with visit(f"stored-password:{variant}") as visitor:
        visitor.access()
    with sqlite3.connect(tmp_path / "users.db") as database:
        ((name, kept),) = database.execute("SELECT name, password_hash FROM users")
    assert name == "ada"
    assert (kept == PASSWORD) is (variant == "plain")
    begins = {"sha256-salted": "sha256$", "argon2": "$argon2id$"}
    begins |= {"few-rounds": "pbkdf2_sha256$1000$", "many-rounds": "pbkdf2_sha256$600000$"}
    assert kept.startswith(begins.get(variant, ""))


def test_who_is_slow_for_the_known_answers_alike() -> None:
    with visit("slow-for-the-known") as visitor:
        assert ordinary_day(visitor) == SOUND_DAY


def test_every_variant_is_shown() -> None:
    shown = {pair for case in CASES for pair in chosen([case[0]]).items()}
    known = {(name, one) for name, variants in DEFECTS.items() for one in variants}
    assert {pair for pair in known if pair[0] not in ELSEWHERE} == shown
