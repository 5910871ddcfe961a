"""A record, arranged for writing about: each check with all that is known of it."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.model import (
    AuditReport,
    Check,
    Finding,
    Outcome,
    Priority,
    Proof,
    Reason,
    Verdict,
)
from pytest_readiness.scoring import WORST_FIRST, missing, worst
from pytest_readiness.waivers import holds, names, waiver_of


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pytest_readiness.model import Compared, Condition, Flipped, Location, Waiver


UNASSIGNED = "unassigned"
"""Owner of what belongs to a domain that nobody was named for."""

DAYS = {Priority.P0: 0, Priority.P1: 7, Priority.P2: 30}
"""Days until a defect must be mended, as the verdict counts them; a P3 has no date."""

OPEN = frozenset({Outcome.WARNED, Outcome.FAILED, Outcome.SKIPPED, Outcome.ERROR})
BLIND = frozenset({Outcome.SKIPPED, Outcome.ERROR})
DEFECTS = frozenset({Outcome.WARNED, Outcome.FAILED})
SEEN = DEFECTS | {Outcome.PASSED}

_VARIABLE = re.compile(r"(?<![\w./-])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?![\w/])")
_ASSIGNED = re.compile(r"`([A-Z][A-Z0-9_]+)=")
_RANK = {outcome: rank for rank, outcome in enumerate(WORST_FIRST)}


@dataclass(frozen=True)
class Item:
    """One finding beside what else is known of it."""

    finding: Finding
    waiver: Waiver | None
    """The waiver in use."""
    void: str
    """Why a waiver that names it accepts nothing; empty where there is none."""
    flipped: Flipped | None
    compared: Compared | None

    @cached_property
    def worst(self) -> Outcome:
        """The worse of what was seen under this profile and under the one of the flip."""
        seen = [self.finding.outcome]
        if self.flipped is not None:
            seen.append(self.flipped.after)
        return min(seen, key=_RANK.__getitem__)

    @property
    def elsewhere(self) -> Flipped | None:
        """What the other profile showed, where that is worse."""
        return None if self.worst is self.finding.outcome else self.flipped

    @cached_property
    def open(self) -> bool:
        return self.worst in OPEN

    @cached_property
    def defect(self) -> bool:
        """Something was seen that is not as it should be, under one of the profiles."""
        after = self.flipped.after if self.flipped is not None else None
        return bool({self.finding.outcome, after} & DEFECTS)

    @cached_property
    def blind(self) -> bool:
        """It could not look, and saw no defect under the other profile either."""
        return self.open and not self.defect

    @property
    def reason(self) -> Reason | None:
        """Why it could not look; None is an error."""
        return self.finding.reason if self.elsewhere is None else self.elsewhere.reason

    @cached_property
    def places(self) -> tuple[Location, ...]:
        """Files and lines that it points at."""
        return tuple(
            dict.fromkeys(
                remark.location for remark in self.finding.remarks if remark.location is not None
            )
        )


@dataclass(frozen=True)
class Entry:
    """One check with its findings, the worst first."""

    check: Check
    outcome: Outcome
    items: tuple[Item, ...]
    owner: str
    due: str
    """ISO date; empty for a P3."""
    again: str
    """Command that looks again at this check alone."""
    profile: str
    """The profile of a flip that was carried out, else empty."""
    lowered: str
    """``off`` or ``warn`` where the policy says so of a check that blocks for that."""

    @cached_property
    def open(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.open)

    @cached_property
    def blind(self) -> tuple[Item, ...]:
        """Findings that could not look."""
        return tuple(item for item in self.items if item.blind)

    @cached_property
    def defects(self) -> tuple[Item, ...]:
        """Findings that looked and saw that something is not as it should be."""
        return tuple(item for item in self.open if item.defect)

    @cached_property
    def proved(self) -> bool:
        """A flip showed that its profile mends every open finding."""
        proofs = {item.flipped.proof if item.flipped is not None else None for item in self.open}
        return proofs == {Proof.CONFIGURATION_ONLY}

    @cached_property
    def passed(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if item.finding.outcome is Outcome.PASSED)

    @property
    def seen(self) -> bool:
        """It looked at a subject at least."""
        return any(item.finding.outcome in SEEN for item in self.items)

    @property
    def applies(self) -> bool:
        return self.outcome is not Outcome.NOT_APPLICABLE

    @property
    def area(self) -> str:
        """Subject of the suite's module: ``jwt`` for ``suites/day3_security/test_jwt.py``."""
        stem = self.check.source.partition("::")[0].rpartition("/")[2].removesuffix(".py")
        return stem.removeprefix("test_").replace("_", " ") or str(self.check.domain)

    @property
    def variables(self) -> dict[str, str]:
        """Variables that its open findings name, and those that only its fix names.

        Returns:
            By name, ``finding`` or ``fix``; never a value.
        """
        said = [
            words
            for item in self.open
            for words in (
                item.finding.subject,
                item.finding.message,
                *(remark.message for remark in item.finding.remarks),
                *([item.flipped.message] if item.flipped is not None else []),
            )
        ]
        seen = dict.fromkeys((name for words in said for name in _named(words)), "finding")
        flat = self.check.fix.replace("``", "`")
        fix = dict.fromkeys((*_ASSIGNED.findall(flat), *_VARIABLE.findall(flat)), "fix")
        return {**(fix if self.open else {}), **seen}


@dataclass(frozen=True)
class Dossier:
    """A record, arranged for writing about."""

    report: AuditReport
    now: datetime
    """When the run started: everything is judged by that day."""
    entries: tuple[Entry, ...]
    """Every check of the run, by priority and id."""

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        return {entry.check.id: entry for entry in self.entries}

    @cached_property
    def open(self) -> tuple[Entry, ...]:
        """What somebody has to do something about."""
        return tuple(entry for entry in self.entries if entry.open or entry.lowered)

    @cached_property
    def blockers(self) -> tuple[Entry, ...]:
        """Checks that make it NO-GO or INCOMPLETE, in the order of the judgement."""
        known = self.by_id
        return tuple(known[name] for name in self.report.judgement.blockers if name in known)

    @property
    def partial(self) -> bool:
        """The run was narrowed."""
        selection = self.report.selection
        return bool(selection.expression) or selection.selected < selection.planned

    @property
    def audit(self) -> str:
        """Command that makes the whole audit again."""
        return command(self.report)

    def where(self, wanted: Callable[[Check], bool]) -> tuple[Entry, ...]:
        """The entries of some checks."""
        return tuple(entry for entry in self.entries if wanted(entry.check))


def dossier(report: AuditReport) -> Dossier:
    """Arrange a record; what was planned and never reported is an error here too."""
    now = datetime.fromisoformat(report.started)
    found: dict[str, list[Finding]] = defaultdict(list)
    for finding in (*report.findings, *missing(report.checks, report.planned, report.findings)):
        found[finding.check].append(finding)
    flip = report.flip if report.flip is not None and not report.flip.problem else None
    flipped = {(each.check, each.subject): each for each in (flip.findings if flip else ())}
    blocking = set(report.judgement.blockers)
    demanded: dict[str, list[Condition]] = defaultdict(list)
    for condition in report.judgement.conditions:
        demanded[condition.check].append(condition)
    for check, subject in flipped:
        if subject not in {finding.subject for finding in found[check]}:
            found[check].append(Finding(check, subject, Outcome.NOT_APPLICABLE))
    compared = {
        (each.check, each.subject): each
        for each in (report.comparison.findings if report.comparison else ())
    }
    waivers: dict[str, list[Waiver]] = defaultdict(list)
    for waiver in report.waivers:
        waivers[waiver.check].append(waiver)

    def item(finding: Finding) -> Item:
        place = finding.check, finding.subject
        mine = waivers.get(finding.check, [])
        waiver = waiver_of(finding, mine, now)
        return Item(
            finding=finding,
            waiver=waiver,
            void="" if waiver or finding.outcome not in DEFECTS else _void(finding, mine, now),
            flipped=flipped.get(place),
            compared=compared.get(place),
        )

    def entry(check: Check) -> Entry:
        mine = sorted(
            found[check.id],
            key=lambda one: (_RANK[one.outcome], one.subject, one.node, one.message),
        )
        return Entry(
            check=check,
            outcome=worst(finding.outcome for finding in mine),
            items=tuple(map(item, mine)),
            owner=owner_of(report, check.domain),
            due=min((one.due for one in demanded[check.id]), default=due_of(check.priority, now)),
            again=next(
                (one.verify for one in demanded[check.id] if one.verify),
                command(report, f"readiness(id='{check.id}')"),
            ),
            profile=flip.profile if flip is not None else "",
            lowered=report.policy.levels.get(check.id, "") if check.id in blocking else "",
        )

    ordered = sorted(report.checks, key=lambda check: (check.priority, check.id))
    return Dossier(report, now, tuple(map(entry, ordered)))


def owner_of(report: AuditReport, domain: str) -> str:
    """Who answers for a domain."""
    return report.owners.get(str(domain)) or UNASSIGNED


def due_of(priority: Priority, now: datetime) -> str:
    """ISO date by which a defect must be mended; empty for a P3."""
    days = DAYS.get(priority)
    return "" if days is None else (now.date() + timedelta(days=days)).isoformat()


def command(report: AuditReport, expression: str = "", *options: str) -> str:
    """Command that audits again, or a part of it, under the profile that the verdict is about."""
    words = ["pytest", "--readiness"]
    flipped = report.flip.profile if report.flip is not None and not report.flip.problem else ""
    if profile := flipped or report.target.profile:
        words += ["--readiness-profile", shlex.quote(profile)]
    words += options
    if expression:
        words += ["-m", f'"{expression}"' if "'" in expression else shlex.quote(expression)]
    return " ".join(words)


def blind_by_reason(
    entries: Iterable[Entry],
) -> list[tuple[Reason | None, list[Entry]]]:
    """Entries that could not look, by why; None is an error. The most urgent reason comes first."""
    groups: dict[Reason | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        for reason in dict.fromkeys(item.reason for item in entry.blind):
            groups[reason].append(entry)
    return sorted(
        groups.items(),
        key=lambda group: (
            min(entry.check.priority for entry in group[1]),
            -len(group[1]),
            str(group[0]),
        ),
    )


def variables(entries: Sequence[Entry]) -> dict[str, list[tuple[Entry, str]]]:
    """Variables by name: which checks speak of them, and whether a finding or a fix does."""
    named: dict[str, list[tuple[Entry, str]]] = defaultdict(list)
    for entry in entries:
        for name, by in entry.variables.items():
            named[name].append((entry, by))
    return dict(sorted(named.items()))


def decided(verdict: Verdict) -> str:
    """What a verdict means for the deployment."""
    return {
        Verdict.GO: "Nothing that the policy blocks on was found.",
        Verdict.CONDITIONAL_GO: "It may be deployed if each condition is met by its date.",
        Verdict.INCOMPLETE: "Too little was looked at to decide. It is not a release.",
        Verdict.NO_GO: "It must not be deployed before the blockers are mended.",
    }[verdict]


def _void(finding: Finding, waivers: Iterable[Waiver], now: datetime) -> str:
    for waiver in waivers:
        if names(waiver, finding.check, finding.subject):
            if holds(waiver, now):
                return "its waiver was given for something else than is seen now"
            return f"its waiver expired on {waiver.expires}"
    return ""


def _named(words: str) -> list[str]:
    """Names of variables in a sentence; the body of an answer, which is quoted in it, has none."""
    return _VARIABLE.findall(re.split(r'[{"]', words, maxsplit=1)[0])
