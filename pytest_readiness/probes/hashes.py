"""How a stored password was made, by what it looks like."""

from __future__ import annotations

import base64
import hashlib
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
_PREFIXED: Final = re.compile(
    r"(md5|sha1|sha224|sha256|sha384|sha512|\{s?sha\d*\}|\{s?md5\})[$:]?", re.IGNORECASE
)
_DIGESTS: Final = {
    32: "MD5",
    40: "SHA-1",
    56: "SHA-224",
    64: "SHA-256",
    96: "SHA-384",
    128: "SHA-512",
}
_PASSWORD: Final = re.compile(r"pass|pwd|hash|secret|credential", re.IGNORECASE)
_FAST: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


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
    plain = {
        digest(password.encode()).hexdigest(): name
        for name in _FAST
        for digest in [getattr(hashlib, name)]
    }
    for column, value in row.values.items():
        place = f"{row.table}.{column}"
        if password in value:
            yield Verdict(place, "plain text", slow=False)
        elif (name := plain.get(value.lower()) or plain.get(_hex(value))) is not None:
            yield Verdict(place, f"{name.upper()} without a salt", slow=False)
        elif _PASSWORD.search(column) and (known := form(value)) is not None:
            yield Verdict(place, *known)


def form(value: str) -> tuple[str, bool] | None:
    """What a stored password was made with, and whether that is slow enough.

    None where the form is not known: that tells nothing.
    """
    if _SLOW.match(value):
        return "argon2 or scrypt", True
    if match := _BCRYPT.fullmatch(value):
        cost = int(match[1])
        return f"bcrypt of cost {cost}", cost >= _LEAST_COST
    if match := _PBKDF2.match(value):
        rounds = int(match[1])
        return f"PBKDF2 of {rounds:,} rounds", rounds >= _FEWEST_ROUNDS
    return _fast(value)


def _fast(value: str) -> tuple[str, bool] | None:
    """Hashes that are fast, and crypt of the SHA-2 family, which is not."""
    if match := _CRYPT.match(value):
        name = {"5": "SHA-256", "6": "SHA-512"}.get(match[1], "MD5")
        return f"{name} crypt", name != "MD5"
    if _PREFIXED.match(value):
        return "a fast hash with a salt", False
    if re.fullmatch(r"[0-9a-fA-F]+", value) and len(value) in _DIGESTS:
        return f"{_DIGESTS[len(value)]}, by its length", False
    return None


def _hex(value: str) -> str:
    """Base64 as hexadecimal digits; empty where it is none."""
    try:
        return base64.b64decode(value, validate=True).hex()
    except ValueError:
        return ""
