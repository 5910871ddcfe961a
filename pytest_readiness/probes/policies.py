"""What headers order browsers and caches to do: HSTS, framing, referrers, caching, cookies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


REFERRER_POLICIES = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "origin",
        "origin-when-cross-origin",
        "same-origin",
        "strict-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    }
)


@dataclass(frozen=True)
class Hsts:
    """Strict-Transport-Security, as RFC 6797 has it read."""

    seconds: int
    """For how long; 0 ends it."""
    subdomains: bool


def hsts(values: Sequence[str]) -> Hsts | None:
    """The policy that a browser takes from these headers; None where it takes none.

    Only the first header counts, and one with a directive twice or without ``max-age`` does not.
    """
    if not values:
        return None
    parts = [part.strip() for part in values[0].split(";") if part.strip()]
    pairs = [part.partition("=") for part in parts]
    named = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    age = named.get("max-age", "")
    if len(named) != len(parts) or not re.fullmatch(r"[0-9]+", age):
        return None
    return Hsts(int(age), "includesubdomains" in named)


def frame_options(values: Iterable[str]) -> str:
    """What X-Frame-Options orders: ``deny``, ``sameorigin``, or empty where browsers ignore it.

    Several values that differ, one of them known, deny (HTML Standard).
    """
    told = {one.strip().lower() for value in values for one in value.split(",") if one.strip()}
    if len(told) > 1 and told & {"deny", "sameorigin", "allowall"}:
        return "deny"
    return next(iter(told & {"deny", "sameorigin"}), "") if len(told) == 1 else ""


def referrer_policy(values: Iterable[str]) -> str:
    """The policy that counts, which is the last known one; empty without any."""
    told = [one.strip().lower() for value in values for one in value.split(",")]
    return next((one for one in reversed(told) if one in REFERRER_POLICIES), "")


@dataclass(frozen=True)
class Caching:
    """Who may keep an answer, by Cache-Control and the headers that it replaced (RFC 9111)."""

    directives: Mapping[str, str] = field(default_factory=dict)
    """Values by the directive's name in lower case."""
    expires_later: bool = False
    """The Expires header names a time to come."""
    no_cache_by_pragma: bool = False

    @property
    def silent(self) -> bool:
        """Nothing is said."""
        return not (self.directives or self.expires_later or self.no_cache_by_pragma)

    @property
    def kept_by_nobody(self) -> bool:
        """``no-store``."""
        return "no-store" in self.directives

    @property
    def shared(self) -> bool:
        """A cache between server and browser is invited to keep it and give it to others."""
        if self.kept_by_nobody or "private" in self.directives or "no-cache" in self.directives:
            return False
        fresh = self._seconds("s-maxage") if "s-maxage" in self.directives else self._fresh()
        return "public" in self.directives or fresh > 0

    @property
    def shown(self) -> str:
        """As it may be quoted."""
        return ", ".join(f"{k}={v}" if v else k for k, v in self.directives.items())

    def _fresh(self) -> int:
        if "max-age" in self.directives:
            return self._seconds("max-age")
        return int(self.expires_later)

    def _seconds(self, name: str) -> int:
        value = self.directives[name]
        return int(value) if re.fullmatch(r"[0-9]+", value) else 0


def caching(control: Iterable[str], expires: str = "", pragma: str = "") -> Caching:
    """Read the headers that say who may keep an answer.

    Args:
        control: values of Cache-Control.
        expires: value of Expires.
        pragma: value of Pragma.
    """
    pairs = [part.partition("=") for value in control for part in value.split(",")]
    found = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
    found.pop("", None)
    later = _moment(expires)
    return Caching(
        found,
        expires_later=later is not None and later > datetime.now(UTC),
        no_cache_by_pragma="no-cache" in pragma.lower() and not found,
    )


@dataclass(frozen=True)
class Cookie:
    """A cookie as a Set-Cookie header gives it; the value shows itself only by name."""

    name: str
    value: str = field(repr=False)
    secure: bool
    http_only: bool
    same_site: str
    """``strict``, ``lax``, ``none``, or empty."""
    removed: bool
    """The header takes the cookie away."""


def cookie(header: str) -> Cookie | None:
    """Read one Set-Cookie header as browsers do (RFC 6265 5.2); None where it sets none."""
    first, *rest = header.split(";")
    name, equals, value = first.partition("=")
    if not equals or not name.strip():
        return None
    pairs = [part.partition("=") for part in rest]
    told = {key.strip().lower(): text.strip() for key, _, text in pairs}
    expires = _moment(told.get("expires", ""))
    ended = expires is not None and expires <= datetime.now(UTC)
    if re.fullmatch(r"-?[0-9]+", told.get("max-age", "")):
        ended = int(told["max-age"]) <= 0
    same_site = told.get("samesite", "").lower()
    return Cookie(
        name=name.strip(),
        value=value.strip().strip('"'),
        secure="secure" in told,
        http_only="httponly" in told,
        same_site=same_site if same_site in {"strict", "lax", "none"} else "",
        removed=ended,
    )


def _moment(text: str) -> datetime | None:
    """A time of HTTP; None where it is none."""
    try:
        found = parsedate_to_datetime(text.replace("-", " ")) if text else None
    except (ValueError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found
