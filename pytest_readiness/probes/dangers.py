"""Calls in Python sources that Bandit knows to be dangerous, by what they are dangerous for.

Bandit says where they are; whether somebody from outside reaches them is for others to say.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


KINDS: Final = {
    "B102": "run as code",
    "B307": "run as code",
    "B301": "unpickled",
    "B302": "unpickled",
    "B614": "unpickled",
    "B506": "loaded as YAML with objects",
    "B602": "given to a shell",
    "B605": "given to a shell",
    "B323": "unverified",
    "B501": "unverified",
    "B324": "weak hash",
}
"""By Bandit's number: what happens to the argument, or what is wrong with the call."""


@dataclass(frozen=True, slots=True)
class Danger:
    """One dangerous call."""

    kind: str
    location: Location
    column: int
    """As ``ast`` counts it."""


def find(root: Path, paths: Sequence[str]) -> tuple[Danger, ...]:
    """Look for dangerous calls; ``# nosec`` hides none, as a waiver has an owner and a date.

    Args:
        root: of the repository.
        paths: of Python sources, relative to it; those that cannot be parsed have none.
    """
    with _quiet(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd escapes in somebody's strings, old calls in Bandit
        from bandit.core import config, manager

        profile = {"include": sorted(KINDS), "exclude": []}
        run = manager.BanditManager(
            config.BanditConfig(), "file", profile=profile, quiet=True, ignore_nosec=True
        )
        run.files_list = [str(root / path) for path in sorted(paths)]
        run.run_tests()
    names = {str(root / path): path for path in paths}
    found = {
        Danger(KINDS[one.test_id], Location(names[one.fname], one.lineno), one.col_offset)
        for one in run.get_issue_list("LOW", "LOW")
        if one.fname in names
    }
    return tuple(sorted(found, key=lambda one: (one.location.path, one.location.line or 0)))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Bandit from telling of formats of reports that nobody asks for."""
    loggers = [logging.getLogger(name) for name in ("bandit", "stevedore")]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
