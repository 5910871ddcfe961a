"""Which commit a running system says it was built from, read from an answer it gave."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_COMMIT = re.compile(r"[0-9a-f]{7,40}|[0-9a-f]{64}", re.IGNORECASE)
_NAMES = frozenset(
    {
        "build",
        "buildcommit",
        "buildrevision",
        "buildsha",
        "commit",
        "commithash",
        "commitid",
        "commitsha",
        "gitcommit",
        "gitcommitsha",
        "githash",
        "gitrevision",
        "gitsha",
        "revision",
        "sha",
        "sourcecommit",
        "vcsref",
        "vcsrevision",
    }
)
"""Names under which systems report it, without case, hyphens, underscores and a leading x."""
_BELOW = frozenset({"id", "full", "hash", "sha"})
"""Names under ``commit``, as Spring Boot writes them."""
_DEPTH = 4
_LONGEST = 65_536
"""Characters of a body that is looked at."""


def reported_commit(headers: Mapping[str, str], body: str) -> str:
    """Commit named by a header or by a JSON body; empty when none is.

    Only a value that can be one counts: 7 to 40 hexadecimal digits, or 64, and not digits alone
    where it is short, which may be the number of a build.
    """
    for name, value in headers.items():
        if _plain(name) in _NAMES and (found := _as_commit(value)):
            return found
    try:
        data = json.loads(body) if len(body) <= _LONGEST else None
    except (ValueError, RecursionError):
        return ""
    return next(_in(data, named=False, depth=_DEPTH), "")


def _in(data: Any, *, named: bool, depth: int) -> Iterator[str]:
    if isinstance(data, str):
        if named and (found := _as_commit(data)):
            yield found
    elif isinstance(data, dict) and depth:
        for name, value in data.items():
            plain = _plain(str(name))
            yield from _in(
                value, named=plain in _NAMES or (named and plain in _BELOW), depth=depth - 1
            )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower().removeprefix("x-"))


def _as_commit(value: str) -> str:
    value = value.strip()
    if not _COMMIT.fullmatch(value) or (value.isdigit() and len(value) < 40):  # noqa: PLR2004
        return ""
    return value.lower()
