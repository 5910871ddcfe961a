"""What ``tests/target.py`` does about sessions, passwords, resets and back doors.

Sound and unsound, each behind a switch of its own; without one nothing here changes anything.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sqlite3
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit


if TYPE_CHECKING:
    from collections.abc import Mapping


DEFECTS: dict[str, tuple[str, ...]] = {
    "also-in-query": ("access_token", "api_key", "paging"),  # the last is a trap
    "backdoor": ("header", "cookie", "query", "token", "present"),
    "cookie-samesite": ("absent", "Lax", "None"),
    "csrf-guard": ("origin", "fetch-metadata", "double-submit"),  # a trap
    "forgeable-change": ("form", "text"),
    "long-lived-token": ("access", "refresh", "endless"),
    "session-fixation": ("given", "invented", "renewed"),  # the last is a trap
    "slow-for-the-known": ("",),
    "stored-password": ("plain", "md5", "sha256-salted", "few-rounds", "argon2", "many-rounds"),
    "weak-passwords": ("short", "common", "at-most-32"),
    "with-reset": ("sound", "any-token", "leaked", "fixed-code", "short-code", "counted-code"),
}
COMMON = frozenset({"12345678", "123456789", "password", "password1", "p@ssw0rd", "iloveyou"})
DAY = 24 * 3600
MAGIC = "open-sesame-4471"
OURS = ("same-origin", "none", "")


# --- tokens


def lifetime(defects: Mapping[str, str], kind: str, seconds: int) -> int:
    """How long a token of this kind lives; 0 for ever."""
    variant = defects.get("long-lived-token")
    if variant == "endless" and kind == "access":
        return 0
    return 400 * DAY if variant == kind else seconds


def other_token(call: Any, token: str) -> str:
    """The token where a request does not carry it in its usual place."""
    name = call.defects.get("also-in-query")
    if not token and name not in (None, "paging"):
        token = call.query.get(name, "")
    return call.server.aliases.get(token, token)


def is_let_in(call: Any) -> bool:
    """Whether a back door opens."""
    match call.defects.get("backdoor"):
        case "header":
            return call.headers.get("X-Test-Auth") == MAGIC
        case "cookie":
            return call.cookie("debug_user") == MAGIC
        case "query":
            return call.query.get("preview") == MAGIC
        case "token":
            return call.headers.get("Authorization") == f"Bearer {MAGIC}"
        case "present":
            return bool(call.headers.get("X-Skip-Auth"))
    return False


# --- sessions in cookies


def samesite(defects: Mapping[str, str], cookie: str) -> str:
    """The cookie of the login with another SameSite, or none."""
    match defects.get("cookie-samesite"):
        case None:
            return cookie
        case "absent":
            return cookie.replace("; SameSite=Strict", "")
        case other:
            return cookie.replace("SameSite=Strict", f"SameSite={other}")


def before_login(call: Any) -> str:
    """The session cookie that a page gives, where it gives one."""
    if call.defects.get("session-fixation") in (None, "invented"):
        return ""
    given = secrets.token_urlsafe(32)
    call.server.given.add(given)
    return f"access_token={given}; Path=/; Secure; HttpOnly; SameSite=Strict"


def keep_session(call: Any, token: str) -> None:
    """Log the session in that the request came with, as careless systems do."""
    variant, carried = call.defects.get("session-fixation"), call.cookie("access_token")
    if (variant == "given" and carried in call.server.given) or (variant == "invented" and carried):
        call.server.aliases[carried] = token


def forged(call: Any) -> str:
    """Why a change is refused as one that another site sent; empty where it is not."""
    if call.method in ("GET", "HEAD", "OPTIONS") or not call.path.startswith("/api/items"):
        return ""
    match call.defects.get("csrf-guard"):
        case "origin":
            origin = call.headers.get("Origin") or call.server.url
            return "" if origin == call.server.url else "a foreign origin"
        case "fetch-metadata":
            return "" if (call.headers.get("Sec-Fetch-Site") or "") in OURS else "a foreign site"
        case "double-submit":
            sent = call.headers.get("X-CSRF-Token")
            return "" if sent and sent == call.cookie("csrf_token") else "no anti-forgery token"
    return ""


def reads_anything(call: Any) -> bool:
    """Read a body of whatever type into ``call.body``, where items are made so."""
    kind = (call.headers.get("Content-Type") or "").partition(";")[0]
    variant = call.defects.get("forgeable-change")
    if variant is None or (call.method, call.path) != ("POST", "/api/items"):
        return False
    if variant == "form" and kind == "application/x-www-form-urlencoded":
        call.body = dict(parse_qsl(call.raw.decode()))
        return True
    if variant == "text":
        call.body = json.loads(call.raw)
        return True
    return False


# --- passwords


def refused_password(defects: Mapping[str, str], password: str) -> str:
    """Why a password is not taken; empty when it is."""
    variant = defects.get("weak-passwords")
    if variant != "common" and password.lower() in COMMON:
        return "it is one of the most common ones"
    if variant == "at-most-32" and len(password) > 32:
        return "at most 32 characters"
    return ""


def wrong_fields(defects: Mapping[str, str], wrong: list[str]) -> list[str]:
    """What is wrong with a registration, where no length is asked for."""
    if defects.get("weak-passwords") == "short":
        return [one for one in wrong if not one.startswith("body.password")]
    return wrong


def store(defects: Mapping[str, str], username: str, password: str) -> None:
    """Write an account into the database of the environment, in the form of the variant."""
    url, variant = os.environ.get("DATABASE_URL", ""), defects.get("stored-password")
    if not url or variant is None:
        return
    salt = secrets.token_hex(8)
    plain = password.encode()
    rounds = {"few-rounds": 1000, "many-rounds": 600_000}.get(variant, 0)
    digest = hashlib.pbkdf2_hmac("sha256", plain, salt.encode(), 1).hex()
    kept = {
        "plain": password,
        "md5": hashlib.md5(plain).hexdigest(),  # noqa: S324 - the defect is just that
        "sha256-salted": f"sha256${salt}${hashlib.sha256(salt.encode() + plain).hexdigest()}",
        "argon2": f"$argon2id$v=19$m=65536,t=3,p=4${salt}${digest}",
    }.get(variant, f"pbkdf2_sha256${rounds}${salt}${digest}")
    path = urlsplit(url).path.removeprefix("/")
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE IF NOT EXISTS users (name TEXT, password_hash TEXT)")
        database.execute("INSERT INTO users VALUES (?, ?)", (username, kept))


def forgot(call: Any) -> dict[str, Any]:
    """Draw a token for an account, and say no more than that it is on its way."""
    variant = call.defects["with-reset"]
    token = secrets.token_hex(16)
    if variant in ("short-code", "counted-code"):
        token = str(secrets.randbelow(10**6)).zfill(6)
    if variant == "fixed-code":
        token = "000000"  # noqa: S105
    call.server.resets[token] = call.body["username"]
    call.server.last_asked = call.body["username"]
    said = {"message": "If there is such an account, a message is on its way."}
    if variant in ("short-code", "counted-code"):
        said["message"] = "If there is such an account, a code of 6 digits is on its way."
    return {**said, "reset_token": token} if variant == "leaked" else said


def reset_for(call: Any) -> str | None:
    """The account whose password may be replaced; None where the token is none of ours."""
    variant = call.defects["with-reset"]
    if variant == "any-token":
        return call.server.last_asked
    return call.server.resets.pop(call.body["token"], None)
