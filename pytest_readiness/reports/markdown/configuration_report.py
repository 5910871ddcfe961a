"""``configuration-report.md``: which variables and files must change; names, never values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.flip import configuration_only
from pytest_readiness.model import Change, Proof
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.dossier import Dossier, Entry, dossier, variables
from pytest_readiness.reports.markdown.writing import (
    bullets,
    code,
    codes,
    document,
    heading,
    prose,
    sentence,
    table,
    text,
)


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.model import AuditReport


AREAS = frozenset({"environment", "configuration"})
"""Areas of the suites that read environments, whatever kind of change mends them."""


def render(report: AuditReport) -> str:
    """Checks of configuration, the variables they name, and what a flip proved."""
    of = dossier(report)
    entries = configuring(of)
    return document(
        [
            *sections.opening("Configuration report", of),
            heading(2, "What was audited as"),
            *_profile(of),
            heading(2, "Variables to change"),
            *changes(of, entries),
            heading(2, "What is configured wrongly"),
            _defects(entries) or _none(entries),
            heading(2, "What could not be looked at"),
            _blind(entries) or _none(entries),
            heading(2, "What is configured well"),
            _well(entries) or "No check of configuration passed.",
            heading(2, "Is configuration enough"),
            *proof(of),
            sections.closing(of),
        ]
    )


def configuring(of: Dossier) -> tuple[Entry, ...]:
    """Checks that configuration mends, or that read an environment."""
    return tuple(
        entry for entry in of.entries if entry.check.change is Change.CONFIG or entry.area in AREAS
    )


def changes(of: Dossier, entries: Sequence[Entry]) -> Iterator[str]:
    """Variables that open checks name, what each says must be done, and what a flip changed."""
    named = variables(entries)
    flip = of.report.flip
    if flip is not None and not flip.problem and flip.environment:
        yield (
            f"The flip to {code(flip.profile)} changed these, and was judged with them:"
            f" {codes(flip.environment)}."
        )
    yield (
        table(
            ("Variable", "Priority", "Check", "Named by", "What to do", "Owner"),
            [
                (
                    code(name),
                    str(entry.check.priority),
                    code(entry.check.id),
                    f"its {by}",
                    sentence(entry.check.fix),
                    text(entry.owner),
                )
                for name, mentions in named.items()
                for entry, by in mentions
            ],
        )
        or "No open finding and no fix of one names a variable."
    )
    if named:
        yield (
            "Only names are recorded, never values. A variable that only a fix names is how such"
            " a setting is often called; the system may call it otherwise."
        )


def proof(of: Dossier) -> Iterator[str]:
    """What a flip proved: nothing is called a matter of configuration without one."""
    flip = of.report.flip
    if flip is None:
        yield (
            "Not proved: the target was not started under another profile."
            " `pytest --readiness --readiness-flip production` does that."
        )
        return
    if flip.problem:
        yield f"Not proved: the flip to {code(flip.profile)} failed: {text(flip.problem)}."
        return
    found = flip.findings
    rows = [
        (str(proof), str(len(mine)), codes(dict.fromkeys(each.check for each in mine)))
        for proof in Proof
        if (mine := [each for each in found if each.proof is proof])
    ]
    yield f"The target was audited again under {code(flip.profile)}."
    yield table(("Proof", "Findings", "Checks"), rows) or "All passed under both profiles."
    if configuration_only(of.report.judgement):
        yield "**Configuration only, no code change**: proved for every condition."
    rest = [entry.check.id for entry in of.open if not entry.proved]
    yield (
        f"Configuration alone does not mend everything. Still open: {codes(rest)}."
        if rest
        else "For every open finding it is proved that configuration alone mends it."
    )


def _profile(of: Dossier) -> Iterator[str]:
    target = of.report.target
    digest = of.report.provenance.configuration
    yield bullets(
        [
            f"Profile: {code(target.profile) if target.profile else 'none was named'}",
            "Started by this run" if target.started else "Not started by this run",
            f"Configuration digest: {code(digest) if digest else 'none is recorded'}",
        ]
    )


def _defects(entries: Sequence[Entry]) -> str:
    return table(
        ("Priority", "Check", "Seen", "Where", "Owner"),
        [
            (
                str(entry.check.priority),
                code(entry.check.id),
                sections.said(item) + (f" ({words})" if (words := sections.standing(item)) else ""),
                sections.places([item]),
                text(entry.owner),
            )
            for entry in entries
            for item in entry.defects
        ],
    )


def _blind(entries: Sequence[Entry]) -> str:
    return table(
        ("Priority", "Check", "Why", "What would help"),
        [
            (
                str(entry.check.priority),
                code(entry.check.id),
                sections.said(item),
                sections.helping(entry, item),
            )
            for entry in entries
            for item, _ in sections.alike(entry.blind)
        ],
    )


def _none(entries: Sequence[Entry]) -> str:
    return "None found." if entries else f"No check of configuration was in the run. {_MORE}"


_MORE = "`pytest --readiness` without a selection runs them."


def _well(entries: Sequence[Entry]) -> str:
    return table(
        ("Check", "What holds", "Looked at"),
        [
            (
                code(entry.check.id),
                prose(entry.check.title),
                _subjects(entry),
            )
            for entry in entries
            if entry.passed and not entry.open
        ],
    )


def _subjects(entry: Entry) -> str:
    named = [item.finding.subject for item in entry.passed if item.finding.subject]
    return codes(named, most=sections.SUBJECTS) if named else "the target"
