"""``deployment-runbook.md``: the checklist, what to change, the steps, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.model import Outcome, Priority, Verdict
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.configuration_report import changes, proof
from pytest_readiness.reports.markdown.dossier import Dossier, Entry, dossier
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

    from pytest_readiness.model import AuditReport, SignOff


STEPS = (
    ("Environment", ("environment", "configuration")),
    ("Images", ("images", "files")),
    ("Services and manifests", ("compose", "manifests")),
    ("Database migrations", ("migrations",)),
    ("Start, and see that it is well", ("health", "contract", "journey")),
    ("Metrics and alerts", ("metrics", "alerts")),
)
"""Steps of a deployment, and the areas of the suites that speak about each."""

BACK = ("migrations", "answers")
"""Areas that speak about the way back."""


def render(report: AuditReport, sign_offs: tuple[SignOff, ...] = ()) -> str:
    """The runbook, as far as the record carries it; what it does not know it leaves to write in."""
    of = dossier(report)
    return document(
        [
            *sections.opening("Deployment runbook", of),
            *_gate(of),
            heading(2, "Before deployment"),
            *_checklist(of),
            heading(2, "Changes of the environment"),
            *changes(of, of.entries),
            heading(3, "Is configuration enough"),
            *proof(of),
            heading(2, "Steps"),
            (
                "The record holds what was checked, not the commands of the deployment. Write them"
                " in from the team's own guide."
            ),
            *(
                block
                for number, (title, areas) in enumerate(STEPS, 1)
                for block in _step(of, number, title, areas)
            ),
            heading(2, "Rollback"),
            *_rollback(of),
            heading(2, "Go or no-go"),
            _decision(of),
            sections.sign_offs(of, sign_offs),
            sections.closing(of),
        ]
    )


def _gate(of: Dossier) -> Iterator[str]:
    verdict = of.report.judgement.verdict
    if verdict in {Verdict.NO_GO, Verdict.INCOMPLETE}:
        yield f"**Do not deploy on this record: it is {verdict}.**"
    yield from sections.verdict(of)


def _checklist(of: Dossier) -> Iterator[str]:
    first = [entry for entry in of.open if entry.check.priority is Priority.P0]
    others = [entry for entry in of.blockers if entry not in first]
    week = [
        entry for entry in of.open if entry.check.priority is Priority.P1 and entry not in others
    ]
    yield heading(3, "Must be done first")
    yield tasks(_task(entry) for entry in (*first, *others)) or "No blocker and no open P0."
    yield heading(3, "Must have an owner and a date")
    floors = [
        f"{prose(one.text)} Owner: {text(one.owner)}; due: {text(one.due)}"
        for one in of.report.judgement.conditions
        if not one.check
    ]
    yield tasks([*(_task(entry) for entry in week), *floors]) or "No open P1."
    yield heading(3, "In any case")
    yield tasks(
        [
            f"The commit to deploy is {code(of.report.commit)}"
            if of.report.commit
            else "The commit to deploy is known; this record names none",
            "No file differs from it" if not of.report.provenance.dirty else _dirty(of),
            f"The audit was made again after the last change: {code(of.audit)}",
        ]
    )


def _dirty(of: Dossier) -> str:
    files = of.report.provenance.dirty
    return f"These files differ from it no longer: {codes(files, most=sections.SUBJECTS)}"


def _task(entry: Entry) -> tuple[str, list[str]]:
    lines = []
    for item, subjects in sections.alike(entry.open):
        also = f"; the same on {codes(subjects[1:])}" if subjects[1:] else ""
        words = sections.standing(item)
        note = f" ({words})" if words else ""
        lines.append(f"{sections.state(item)}: {sections.said(item)}{also}{note}")
    if entry.lowered:
        lines.append(sections.lowering(entry))
    word = "Fix" if entry.defects or entry.proved or not entry.open else "To let it look"
    lines.append(f"{word}: {sections.mending(entry)}")
    lines.append(f"Look again: {code(entry.again)}")
    title = f"{entry.check.priority} {code(entry.check.id)}: {prose(entry.check.title)}"
    return f"{title} Owner: {text(entry.owner)}", lines


def _step(of: Dossier, number: int, title: str, areas: Sequence[str]) -> Iterator[str]:
    entries = [entry for entry in of.entries if entry.area in areas]
    yield heading(3, f"{number}. {title}")
    if not any(entry.applies for entry in entries):
        yield _UNKNOWN
    yield _held(entries)
    yield tasks(["Command: ______________________", "Done by, at: ______________________"])


_UNKNOWN = "The audit knows nothing about this step: no check about it applied in this run."


def _held(entries: Sequence[Entry]) -> str:
    return table(
        ("Check", "Outcome", "What should hold", "Looked at"),
        [
            (
                f"{entry.check.priority} {code(entry.check.id)}",
                sections.outcomes(entry),
                prose(entry.check.title),
                _subjects(entry),
            )
            for entry in entries
            if entry.applies
        ],
    )


def _subjects(entry: Entry) -> str:
    named = [
        item.finding.subject
        for item in entry.items
        if item.finding.subject and item.finding.outcome is not Outcome.NOT_APPLICABLE
    ]
    return codes(named, most=sections.SUBJECTS) if named else "the target"


def _rollback(of: Dossier) -> Iterator[str]:
    entries = [entry for entry in of.entries if entry.area in BACK and entry.applies]
    shown = [entry for entry in entries if entry.area == "migrations"]
    if not shown:
        yield (
            "Nothing is proved about going back: no rehearsal of migrations applied in this run."
        )
    for entry in shown:
        if entry.outcome is Outcome.PASSED:
            yield f"Rehearsed in this run, on an empty database: {prose(entry.check.title)}"
        else:
            yield (
                f"Not proved: {prose(entry.check.title)} {code(entry.check.id)}:"
                f" {sections.summary(entry)}."
            )
    yield (
        "A rehearsal on an empty database says nothing about how long a step takes on production's"
        " data, or whether rows survive it."
    )
    yield _held([entry for entry in entries if entry.area != "migrations"])
    yield tasks(
        [
            f"The last deployed version is known: {_last(of)}",
            "Command to go back: ______________________",
            "Who decides to go back, and by what sign: ______________________",
        ]
    )


def _last(of: Dossier) -> str:
    return (
        f"the target says it was built from {code(of.report.provenance.build)}"
        if of.report.provenance.build
        else "______________________"
    )


def _decision(of: Dossier) -> str:
    judgement = of.report.judgement
    return bullets(
        [
            f"Verdict of the record: **{judgement.verdict}**",
            f"Blockers: {codes(judgement.blockers) if judgement.blockers else 'none'}",
            f"Conditions: {len(judgement.conditions)}",
        ]
    )
