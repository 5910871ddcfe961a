"""Waivers: which finding is accepted by whom, and until when.

A waiver changes what a finding blocks, never what it is: the outcome stays as it was seen.
:func:`waiver_of` is the only place that says whether a finding is waived; verdict, exit code and
every report ask it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_readiness.model import Finding, Outcome, Priority, Waiver


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


HYGIENE = frozenset(
    {"broad-waiver", "changed-waived-finding", "expired-waiver", "long-waiver", "unused-waiver"}
)
"""Checks that judge waivers; a waiver of one of these would accept itself."""

LONGEST = {Priority.P0: 30, Priority.P1: 90, Priority.P2: 365, Priority.P3: 365}
"""Days that a waiver may still run on the day of an audit.

FedRAMP gives a high risk 30 days and a moderate one 90; PCI DSS 12.3.1 has every accepted risk
looked at again within twelve months.
"""

_OPEN = frozenset({Outcome.WARNED, Outcome.FAILED})
_NOT_LOOKED = frozenset({Outcome.SKIPPED, Outcome.ERROR})

_DIFFERS_EACH_TIME = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b",  # a UUID
        r"\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?( ?Z|[+-]\d\d:?\d\d)?)?\b",
        r"\b\d\d:\d\d(:\d\d([.,]\d+)?)?\b",
        r"\b\d+([.,]\d+)? ?(ms|µs|us|ns|s|secs?|seconds?|milliseconds?|min|minutes?|h|hours?)\b",
        r"\b(lines?|ports?|pid|process) \d+\b",
        r"(?<=[\w\])]):\d+(:\d+)?\b",  # a port after a host, a line after a path
        r"\b(?=[a-f]*\d)[0-9a-f]{8,}\b",  # an id, a digest, a commit
    )
)


def holds(waiver: Waiver, now: datetime) -> bool:
    """Whether a waiver is in force; it holds through its last day.

    A date that cannot be read excuses nothing.
    """
    try:
        return now.date() <= date.fromisoformat(waiver.expires)
    except ValueError:
        return False


def lowers(waiver: Waiver, now: datetime) -> bool:
    """Whether a waiver lets the policy lower its check.

    A level speaks for whatever a check finds, and a pinned waiver for one thing that was found.
    """
    return not waiver.evidence and holds(waiver, now)


def names(waiver: Waiver, check: str, subject: str) -> bool:
    """Whether a waiver is about a subject of a check: its glob matches, or is the subject."""
    return waiver.check == check and (
        waiver.subject == subject or fnmatchcase(subject, waiver.subject)
    )


def covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver speaks about a finding; a pinned one only about what was pinned."""
    return names(waiver, finding.check, finding.subject) and (
        not waiver.evidence or waiver.evidence == evidence_digest(finding)
    )


def waiver_of(finding: Finding, waivers: Sequence[Waiver], now: datetime) -> Waiver | None:
    """The waiver in use for a finding; the one that holds longest where several do.

    Only what was seen can be accepted: a warning or a failure, not a check that could not look.
    """
    if finding.outcome not in _OPEN:
        return None
    matching = [waiver for waiver in waivers if holds(waiver, now) and covers(waiver, finding)]
    return max(matching, key=_strength, default=None)


def _strength(waiver: Waiver) -> tuple[str, ...]:
    """Total order, so that the order of a file never shows."""
    return (
        waiver.expires,
        waiver.owner,
        waiver.reason,
        waiver.approver,
        waiver.subject,
        waiver.evidence,
    )


def evidence_digest(finding: Finding) -> str:
    """Digest of what a finding saw, ``sha256:...``: the same for the same defect in another run.

    Check, subject, outcome and everything that was said count. Line numbers, ports, times, dates,
    ids and digests do not: they differ from run to run.
    """
    said = [(remark.message, remark.location) for remark in finding.remarks]
    parts = [
        finding.check,
        finding.subject,
        str(finding.outcome),
        _lasting(finding.message),
        *(f"{place.path if place else ''}\t{_lasting(message)}" for message, place in said),
    ]
    return f"sha256:{hashlib.sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()}"


def _lasting(text: str) -> str:
    for pattern in _DIFFERS_EACH_TIME:
        text = pattern.sub("<>", text)
    return " ".join(text.split())


# What the checks of waivers ask.


@dataclass(frozen=True)
class Use:
    """What a run found where a waiver points."""

    open: tuple[Finding, ...]
    """Warned or failed, on a subject that the waiver names."""
    blind: tuple[Finding, ...]
    """Could not look, where something open may be."""
    looked: bool
    """The check reported at all."""

    @property
    def digests(self) -> frozenset[str]:
        """Evidence of the open findings."""
        return frozenset(map(evidence_digest, self.open))


def use_of(waiver: Waiver, findings: Iterable[Finding]) -> Use:
    """What a run found where a waiver points; what is owed counts as an error."""
    of_check = [finding for finding in findings if finding.check == waiver.check]
    named = [one for one in of_check if names(waiver, one.check, one.subject)]
    return Use(
        open=tuple(one for one in named if one.outcome in _OPEN),
        # A check that could not look may not even know its subjects.
        blind=tuple(one for one in named or of_check if one.outcome in _NOT_LOOKED),
        looked=bool(of_check),
    )


def days_left(waiver: Waiver, today: date) -> int:
    """Days from a day until a waiver ends, negative once it has ended.

    Raises:
        ValueError: its expiry is no date.
    """
    return (date.fromisoformat(waiver.expires) - today).days
