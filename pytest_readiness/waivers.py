"""Waivers: which finding is accepted by whom, and until when.

A waiver changes what a finding blocks, never what it is: the outcome stays as it was seen.
"""

from __future__ import annotations

from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_readiness.model import Finding, Outcome, Waiver


if TYPE_CHECKING:
    from collections.abc import Sequence


def holds(waiver: Waiver, now: datetime) -> bool:
    """Whether a waiver is in force; it holds through its last day.

    A date that cannot be read excuses nothing.
    """
    try:
        return now.date() <= date.fromisoformat(waiver.expires)
    except ValueError:
        return False


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver speaks about a finding: same check, and a subject that its glob matches."""
    return waiver.check == finding.check and (
        waiver.subject == finding.subject or fnmatchcase(finding.subject, waiver.subject)
    )


def waiver_of(finding: Finding, waivers: Sequence[Waiver], now: datetime) -> Waiver | None:
    """The waiver in use for a finding; the one that holds longest where several do.

    Only what was seen can be accepted: a warning or a failure, not a check that could not look.
    """
    if finding.outcome not in {Outcome.WARNED, Outcome.FAILED}:
        return None
    matching = [waiver for waiver in waivers if covers(waiver, finding) and holds(waiver, now)]
    return max(
        matching, key=lambda waiver: (waiver.expires, waiver.owner, waiver.reason), default=None
    )
