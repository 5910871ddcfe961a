"""How a stored password was made, by what it looks like."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.probes.stored import Row


_FEWEST_ROUNDS: Final = 100_000
"""Of PBKDF2, below which nobody's current advice goes (OWASP asks for 210,000 and more)."""
_LEAST_COST: Final = 10
"""Of bcrypt (OWASP Password Storage Cheat Sheet)."""
_SLOW: Final = re.compile(
    r"\$argon2(?:i|d|id)\$|argon2\$|\$scrypt\$|scrypt:|scrypt\$|\$7\$|\$y\$|\$gy\$|\{ARGON2"
)
_BCRYPT: Final = re.compile(r"(?:bcrypt(?:_sha256)?\$+|\{CRYPT\})?\$2[abxy]?\$(\d\d)\$[./\w]{53}")
_PBKDF2: Final = re.compile(r"[$]?pbkdf2[-_:]?(?:hmac[:_-])?\w*[$:]+(?:i=)?(\d+)", re.IGNORECASE)
_CRYPT: Final = re.compile(r"\$(1|5|6|apr1)\$")
_PASSWORD: Final = re.compile(r"pass|pwd|hash|secret|credential|digest", re.IGNORECASE)
_SOMETHING_ELSE: Final = re.compile(r"reset|token|hint|changed|expire|api|otp|totp", re.IGNORECASE)
_FAST: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
_PARTS: Final = re.compile(r"[$:{}|.]+")
_MOST_SALTS: Final = 40


@dataclass(frozen=True)
class Verdict:
    """One stored password."""

    place: str
    """Table and column: ``users.password``."""
    how: str
    """``bcrypt of cost 12``, ``SHA-256 without a salt``, ``plain text``."""
    slow: bool
    """Made by a function that is slow on purpose, with enough rounds."""


def judge(rows: Iterable[Row], password: str) -> Verdict | None:
    """The worst that is found in the rows of an account; None where nothing is a password.

    Args:
        rows: of the account, in whatever tables.
        password: of the account.
    """
    found = [one for row in rows for one in _judged(row, password)]
    return min(found, key=lambda one: one.slow, default=None)


def _judged(row: Row, password: str) -> Iterator[Verdict]:
    salts = [part for value in row.values.values() for part in _salts(value)][:_MOST_SALTS]
    for column, value in row.values.items():
        place = f"{row.table}.{column}"
        if password in value:
            yield Verdict(place, "plain text", slow=False)
        elif (how := _fast(value, password.encode(), salts)) is not None:
            yield Verdict(place, how, slow=False)
        elif _holds_passwords(column) and (known := form(value)) is not None:
            yield Verdict(place, *known)


def _holds_passwords(column: str) -> bool:
    return bool(_PASSWORD.search(column)) and not _SOMETHING_ELSE.search(column)


def _salts(value: str) -> Iterator[bytes]:
    """What a salt may be: a whole value, or a part of one, as it stands and decoded."""
    for part in dict.fromkeys((value, *_PARTS.split(value))):
        if 0 < len(part) <= 128:  # noqa: PLR2004 - longer is no salt
            yield part.encode()
            yield from _decoded(part)


def _fast(value: str, password: bytes, salts: Iterable[bytes]) -> str | None:
    """The fast hash of the password that a value is or has in it; None where none was found.

    It is computed, not guessed by its length: what looks like SHA-256 may be PBKDF2.
    """
    there = {found for part in (value, *_PARTS.split(value)) for found in _decoded(part)}
    there = {one for one in there if len(one) >= hashlib.md5(usedforsecurity=False).digest_size}
    if not there:
        return None
    for name in _FAST:
        digest = getattr(hashlib, name)
        size = digest().digest_size
        starts = {one[:size]: one[size:] for one in there}  # LDAP puts the salt behind
        if digest(password).digest() in starts:
            return f"{name.upper()} without a salt"
        for salt in {*salts, *starts.values()} - {b""}:
            ways = digest(salt + password), digest(password + salt), hmac.new(salt, password, name)
            if any(one.digest() in starts for one in ways):
                return f"{name.upper()} with a salt"
    return None


def form(value: str) -> tuple[str, bool] | None:
    """What a stored password was made with, and whether that is slow enough.

    None where the form is not known, a bare digest for instance: that tells nothing.
    """
    if _SLOW.match(value):
        return "argon2 or scrypt", True
    if match := _BCRYPT.fullmatch(value):
        cost = int(match[1])
        return f"bcrypt of cost {cost}", cost >= _LEAST_COST
    if match := _PBKDF2.match(value):
        rounds = int(match[1])
        return f"PBKDF2 of {rounds:,} rounds", rounds >= _FEWEST_ROUNDS
    if match := _CRYPT.match(value):
        name = {"5": "SHA-256", "6": "SHA-512"}.get(match[1], "MD5")
        return f"{name} crypt", name != "MD5"
    return None


def _decoded(part: str) -> Iterator[bytes]:
    """Hexadecimal digits and base64 as bytes; nothing where it is neither."""
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(part)
    with contextlib.suppress(ValueError):
        yield base64.b64decode(part + "=" * (-len(part) % 4), validate=True)
