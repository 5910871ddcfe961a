"""What a rate limit says of itself in the headers of an answer."""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Mapping


_DELTA: Final = re.compile(r"\d{1,12}(\.\d+)?")
_IN_ONE: Final = re.compile(r"(?:^|[;,\s])(?:reset|t)=(\d{1,9})")
_SINCE_1970: Final = 1_000_000_000
"""A reset above this is a moment, one below it a number of seconds: both are in use."""


_LIMIT: Final = re.compile(r"(?:^|[;,\s])(?:limit|q)=(\d{1,9})")


def named(headers: Mapping[str, str]) -> int | None:
    """How many requests a window an answer says are allowed; None when it does not say.

    ``RateLimit-Limit`` and ``X-RateLimit-Limit`` count first, then ``RateLimit-Policy`` and
    ``RateLimit`` in their drafts. Of several limits the smallest counts.
    """
    for name in ("RateLimit-Limit", "X-RateLimit-Limit", "X-Rate-Limit-Limit"):
        numbers = re.findall(r"(?:^|,)\s*(\d{1,9})", headers.get(name, ""))
        if numbers:
            return min(map(int, numbers))
    for name in ("RateLimit-Policy", "RateLimit"):
        told = headers.get(name, "")
        numbers = _LIMIT.findall(told) or re.findall(r"(?:^|,)\s*(\d{1,9})\s*;", told)
        if numbers:
            return min(map(int, numbers))
    return None


_EXEMPT: Final = re.compile(
    r"^/?$|/(health\w*|live|livez|ready|readyz|readiness|ping|status|metrics|openapi[^/]*|docs"
    r"|redoc|favicon[^/]*|static|assets|\.well-known)(/|$)",
    re.IGNORECASE,
)


def is_exempt(path: str) -> bool:
    """Whether limits commonly leave a path alone: health, metrics, documents, static files."""
    return _EXEMPT.search(path) is not None


def seconds_to_wait(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds after which the server wants to be asked again; None when it does not say.

    ``Retry-After`` counts first, as seconds or as a date; then ``RateLimit-Reset`` and
    ``X-RateLimit-Reset``, as seconds or as seconds since 1970; then ``RateLimit`` in either of
    its drafts.

    Args:
        headers: of the answer.
        now: seconds since 1970.
    """
    told = headers.get("Retry-After", "").strip()
    if told:
        return _seconds(told, now) if _DELTA.fullmatch(told) else _until(told, now)
    for name in ("RateLimit-Reset", "X-RateLimit-Reset", "X-Rate-Limit-Reset"):
        told = headers.get(name, "").strip()
        if _DELTA.fullmatch(told):
            return _seconds(told, now)
    found = _IN_ONE.search(headers.get("RateLimit", ""))
    return float(found[1]) if found else None


def _seconds(told: str, now: float) -> float:
    number = float(told)
    return max(0.0, number - now) if number > _SINCE_1970 else number


def _until(date: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return max(0.0, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now)
