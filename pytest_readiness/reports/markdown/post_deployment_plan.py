"""``post-deployment-plan.md``: what to verify, what is watched, and which dates are coming."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pytest_readiness.model import Domain, Phase, Priority
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.dossier import Dossier, Entry, command, dossier
from pytest_readiness.reports.markdown.writing import (
    bullets,
    code,
    codes,
    document,
    heading,
    prose,
    table,
    tasks,
    text,
)


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.model import AuditReport


_LIVE = (Phase.FUNCTIONALITY, Phase.SECURITY)
"""Phases that say most about a system that is up."""

_WATCHING = (Domain.MONITORING, Domain.PERFORMANCE)


def render(report: AuditReport) -> str:
    """Verification commands, monitoring as far as it was checked, and a calendar."""
    of = dossier(report)
    return document(
        [
            *sections.opening("Post-deployment plan", of),
            heading(2, "Verify"),
            *_verify(of),
            heading(2, "First hour"),
            tasks(_hour(of)),
            heading(2, "First day"),
            tasks(_day(of)),
            heading(2, "First week"),
            tasks(_week(of)),
            heading(2, "What is watched"),
            *_watched(of),
            heading(2, "Calendar"),
            _calendar(of),
            sections.closing(of),
        ]
    )


def _verify(of: Dossier) -> Iterator[str]:
    yield (
        "`URL` is the address of the deployed system. A target that the audit did not start is"
        " only read; attacks need `authorized:` with its host in readiness.yaml."
    )
    yield table(
        ("Phase", "Passed in this run", "Command"),
        [
            (
                str(phase),
                f"{part.passed} of {part.counted}" if part.counted else "no check counted",
                code(_live(of, str(phase))),
            )
            for phase, part in (
                (phase, of.report.scorecard.by_phase[str(phase)])
                for phase in Phase
                if str(phase) in of.report.scorecard.by_phase
            )
        ],
    )
    yield f"All of it: {code(_live(of))}. The conditions alone: {code(_conditions(of))}."


def _live(of: Dossier, expression: str = "") -> str:
    """The command for the deployed system, whose profile is its own."""
    elsewhere = replace(of.report, target=replace(of.report.target, profile=""), flip=None)
    return command(elsewhere, expression, "--readiness-target", "URL")


def _conditions(of: Dossier) -> str:
    return command(of.report, "", "--readiness-conditions", "readiness-report/readiness.json")


def _hour(of: Dossier) -> Iterator[str]:
    for phase in _LIVE:
        yield f"Run the {phase} phase: {code(_live(of, str(phase)))}"
    health = [entry for entry in of.entries if entry.area == "health" and entry.applies]
    if not health:
        yield "Nothing about the system's health was checked; ask its health endpoint by hand"
    for entry in health:
        yield f"{prose(entry.check.title)} In this run: {sections.outcomes(entry)}"
    for entry in of.open:
        if entry.check.priority is Priority.P0:
            again = _live(of, f"readiness(id='{entry.check.id}')")
            yield f"Look again at {code(entry.check.id)}: {code(again)}"


def _day(of: Dossier) -> Iterator[str]:
    yield f"Audit the whole of it: {code(_live(of))}"
    unwatched = [entry.check.id for entry in _watching(of) if entry.open]
    if unwatched:
        yield f"Watch by hand what is not shown to be watched: {codes(unwatched)}"
    leftovers = of.report.leftovers
    if leftovers:
        yield f"Remove what the audit left behind: {codes(leftovers)}"
    if not unwatched:
        yield "Read the dashboards and the alerts that fired" if _watching(of) else _BY_HAND


_BY_HAND = "Watch errors and latency by hand: no check of monitoring was in the run"


def _week(of: Dossier) -> Iterator[str]:
    week = (of.now.date() + timedelta(days=7)).isoformat()
    due = [one for one in of.report.judgement.conditions if one.due <= week]
    for one in due:
        yield f"Met by {text(one.due)}, on {sections.about(one)}. Owner: {text(one.owner)}"
    for entry in of.open:
        if entry.check.priority is Priority.P1 and entry.check.id not in {one.check for one in due}:
            yield f"{code(entry.check.id)} is mended. Owner: {text(entry.owner)}"
    yield f"Look again at the conditions: {code(_conditions(of))}"


def _watching(of: Dossier) -> tuple[Entry, ...]:
    return tuple(
        entry for entry in of.where(lambda check: check.domain in _WATCHING) if entry.applies
    )


def _watched(of: Dossier) -> Iterator[str]:
    entries = _watching(of)
    yield heading(3, "Shown in this run")
    yield _table([entry for entry in entries if not entry.open]) or (
        "Nothing: no check of monitoring or performance passed."
    )
    yield heading(3, "Not shown")
    yield _table([entry for entry in entries if entry.open]) or (
        "Nothing that a check of this run asks for."
        if entries
        else (
            "Nobody looked: no check of monitoring or performance applied. They need rule files, a"
            " metrics endpoint and service level objectives, named in readiness.yaml."
        )
    )


def _table(entries: Sequence[Entry]) -> str:
    return table(
        ("Priority", "Check", "What should hold", "In this run", "Seen"),
        [
            (
                str(entry.check.priority),
                code(entry.check.id),
                prose(entry.check.title),
                sections.outcomes(entry),
                sections.summary(entry) if entry.open else _subjects(entry),
            )
            for entry in entries
        ],
    )


def _subjects(entry: Entry) -> str:
    named = [item.finding.subject for item in entry.passed if item.finding.subject]
    return codes(named, most=sections.SUBJECTS) if named else "the target"


def _calendar(of: Dossier) -> str:
    dates: dict[str, list[str]] = defaultdict(list)
    for one in of.report.judgement.conditions:
        name = f"on {code(one.check)} is due" if one.check else f"is due: {prose(one.text)}"
        dates[one.due].append(f"condition {name} ({text(one.owner)})")
        if one.expires:
            dates[one.expires].append(f"last day of the condition on {sections.about(one)}")
    known = {one.check for one in of.report.judgement.conditions}
    for entry in of.open:
        if entry.due and entry.check.id not in known:
            name = f"{entry.check.priority} {code(entry.check.id)}"
            dates[entry.due].append(f"{name} is due ({text(entry.owner)})")
    for waiver in of.report.waivers:
        dates[waiver.expires].append(
            f"waiver of {code(waiver.check)} expires ({text(waiver.owner)})"
        )
    for answer in of.report.answers:
        if answer.expires:
            dates[answer.expires].append(
                f"answer to {code(answer.check)} expires ({text(answer.by)})"
            )
    return table(
        ("Date", "What"),
        [(text(date), "; ".join(events)) for date, events in sorted(dates.items())],
    ) or bullets(["No condition, waiver or answer has a date."])
