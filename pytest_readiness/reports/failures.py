"""What machines are told of: the failed findings, most urgent first, each with an identity.

Bug trackers and code hosts want a file, a line and a name that is unique in the report and the
same in the next one. This is the one place that answers for all of them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING

from pytest_readiness.flip import effective
from pytest_readiness.model import Check, Finding, Location, Outcome, Proof, Waiver
from pytest_readiness.scoring import missing
from pytest_readiness.waivers import waiver_of


if TYPE_CHECKING:
    from pytest_readiness.model import AuditReport


NOWHERE = Location("readiness.yaml", 1)
"""Where a failure of the running system stands, for readers that show nothing without a file."""


@dataclass(frozen=True)
class Failure:
    """A failed finding, ready to be handed to another program."""

    check: Check
    finding: Finding
    waiver: Waiver | None
    """The waiver in use, which accepts the failure and leaves it one."""
    fingerprint: str
    """Unique in this report and stable over runs: moved lines and other words do not change it."""
    places: tuple[Location, ...]
    """Files of the repository that it is about, the first being the one to show; may be empty."""

    @property
    def message(self) -> str:
        """One line: what was seen, or that the check's sentence is not true."""
        return " ".join(self.finding.message.split()) or f"Not so: {self.check.title}"

    @property
    def accepted(self) -> str:
        """``waived until 2026-09-01 by ann: replaced in autumn``, or nothing."""
        waiver = self.waiver
        if waiver is None:
            return ""
        return f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}"


def failures(report: AuditReport) -> list[Failure]:
    """Failed findings by priority, check and subject."""
    now = datetime.fromisoformat(report.started)
    waivers: dict[str, list[Waiver]] = {}
    for waiver in report.waivers:
        waivers.setdefault(waiver.check, []).append(waiver)
    failed: dict[str, list[Finding]] = {}
    for finding in as_judged(report):
        if finding.outcome is Outcome.FAILED:
            failed.setdefault(finding.check, []).append(finding)
    made = []
    for check in sorted(report.checks, key=lambda check: (check.priority, check.id)):
        seen: Counter[str] = Counter()
        mine = waivers.get(check.id, ())
        for finding in sorted(failed.get(check.id, ()), key=lambda one: (one.subject, one.node)):
            seen[finding.subject] += 1
            made.append(
                Failure(
                    check=check,
                    finding=finding,
                    waiver=waiver_of(finding, mine, now) if mine else None,
                    fingerprint=_numbered(finding.fingerprint, seen[finding.subject]),
                    places=_places(finding),
                )
            )
    return made


def as_judged(report: AuditReport) -> list[Finding]:
    """The findings, and in their place what is worse under the flip's profile.

    What that profile mends is still a failure of what was audited; what it breaks decides on the
    verdict and must not look passed to who reads the reports.
    """
    if report.flip is None:
        return list(report.findings)
    worse = {
        (each.check, each.subject)
        for each in report.flip.findings
        if each.proof is Proof.MADE_WORSE
        or (each.after is Outcome.FAILED and each.before is not Outcome.FAILED)
    }
    audited = [each for each in report.findings if (each.check, each.subject) not in worse]
    there = [
        each
        for each in effective(report.findings, report.flip)
        if (each.check, each.subject) in worse
    ]
    return audited + there


def everything(report: AuditReport) -> list[tuple[Check, Finding]]:
    """Every finding with its check, what never reported included, by phase, check and subject."""
    found: dict[str, list[Finding]] = {}
    owed = missing(report.checks, report.planned, report.findings)
    for finding in (*as_judged(report), *owed):
        found.setdefault(finding.check, []).append(finding)
    return [
        (check, finding)
        for check in sorted(report.checks, key=lambda check: (check.phase.day, check.id))
        for finding in sorted(found.get(check.id, ()), key=lambda one: (one.subject, one.node))
    ]


def _numbered(fingerprint: str, number: int) -> str:
    """Two findings about one subject are told apart by their order."""
    return fingerprint if number == 1 else f"{fingerprint}-{number}"


def _places(finding: Finding) -> tuple[Location, ...]:
    """Files that the remarks point at; the one that says what the finding says comes first."""
    located = [
        (remark.message != finding.message, remark.location)
        for remark in finding.remarks
        if remark.location is not None and remark.location.path not in {"", "."}
    ]
    if len(located) > 1:
        located.sort(key=itemgetter(0))
    return tuple(dict.fromkeys(location for _, location in located))
