"""``risk-assessment.md``: technical, security, operational and business risks of what is open."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from pytest_readiness.model import Domain, Outcome, Phase, Priority
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.dossier import Dossier, Entry, Item, dossier
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

    from pytest_readiness.model import AuditReport, Check


KINDS = ("technical", "security", "operational", "business")


class Level(IntEnum):
    """How heavy a risk weighs."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        return self.name.lower()


_KIND_OF = {
    Domain.SECURITY: "security",
    Domain.INFRASTRUCTURE: "operational",
    Domain.MONITORING: "operational",
    Domain.PERFORMANCE: "operational",
    Domain.COMPLIANCE: "business",
    Domain.BACKEND: "technical",
    Domain.FRONTEND: "technical",
    Domain.TESTING: "technical",
    Domain.LLM: "technical",
}

_IMPACT = {
    Priority.P0: Level.CRITICAL,
    Priority.P1: Level.HIGH,
    Priority.P2: Level.MEDIUM,
    Priority.P3: Level.LOW,
}

_LIKELIHOOD = {
    Outcome.FAILED: "seen",
    Outcome.WARNED: "possible",
    Outcome.SKIPPED: "unknown",
    Outcome.ERROR: "unknown",
}

_RULE = (
    (
        "Kind: the domain decides. Security is security; infrastructure, monitoring and"
        " performance are operational; compliance is business; the others are technical. A P0 of"
        " the functionality phase is business unless it is security: users cannot do what they"
        " came for."
    ),
    (
        "Likelihood: the outcome decides. Failed was seen in this run; warned is possible; skipped"
        " and error are unknown, because nobody could look."
    ),
    "Impact: the priority decides. P0 is critical, P1 high, P2 medium, P3 low.",
    (
        "Level: the impact, one step lower where the likelihood is possible. Unknown lowers"
        " nothing: what was not looked at is not safe."
    ),
    "A waiver lowers nothing. It says who carries the risk, and until when.",
    "Where a flip showed another outcome, the worse one of both profiles counts.",
)


@dataclass(frozen=True)
class Risk:
    """One finding, or several alike of one check, as a risk."""

    entry: Entry
    item: Item
    subjects: tuple[str, ...]
    kind: str
    likelihood: str
    impact: Level
    level: Level


def render(report: AuditReport) -> str:
    """Risks of the open findings by kind, and the rule by which they were weighed."""
    of = dossier(report)
    found = risks(of)
    return document(
        [
            *sections.opening("Risk assessment", of),
            heading(2, "Rule"),
            (
                "Each risk stands on a finding of the record. It is weighed by this rule, and by"
                " nobody's opinion:"
            ),
            bullets(_RULE),
            heading(2, "Overview"),
            _overview(of, found),
            *(block for kind in KINDS for block in _part(of, kind, found)),
            heading(2, "Accepted risks"),
            *_accepted(of, found),
            heading(2, "Risks that this audit cannot see"),
            *sections.not_looked(of),
            sections.closing(of),
        ]
    )


def risks(of: Dossier) -> list[Risk]:
    """Every open finding as a risk, the heaviest first."""
    found = [
        _risk(entry, item, tuple(subjects))
        for entry in of.open
        for item, subjects in sections.alike(entry.open)
    ]
    return sorted(found, key=lambda risk: -risk.level)


def kind_of(check: Check) -> str:
    """technical, security, operational or business."""
    kind = _KIND_OF[check.domain]
    urgent = check.phase is Phase.FUNCTIONALITY and check.priority is Priority.P0
    return "business" if urgent and kind != "security" else kind


def _risk(entry: Entry, item: Item, subjects: tuple[str, ...]) -> Risk:
    impact = _IMPACT[entry.check.priority]
    outcome = item.worst
    lower = outcome is Outcome.WARNED and impact > Level.LOW
    return Risk(
        entry=entry,
        item=item,
        subjects=subjects,
        kind=kind_of(entry.check),
        likelihood=_LIKELIHOOD[outcome],
        impact=impact,
        level=Level(impact - 1) if lower else impact,
    )


def _overview(of: Dossier, found: Sequence[Risk]) -> str:
    rows = []
    for kind in KINDS:
        mine = [risk for risk in found if risk.kind == kind]
        rows.append(
            (
                sentence(kind),
                _worst(of, kind, mine),
                *(str(sum(risk.level is level for risk in mine)) for level in reversed(Level)),
                str(sum(risk.likelihood == "unknown" for risk in mine)),
                str(sum(risk.item.waiver is not None for risk in mine)),
            )
        )
    heads = ("Kind", "Level", *(sentence(str(level)) for level in reversed(Level)))
    return table((*heads, "Of these unknown", "Of these waived"), rows)


def _worst(of: Dossier, kind: str, mine: Sequence[Risk]) -> str:
    if mine:
        return f"**{max(risk.level for risk in mine)}**"
    looked = [entry for entry in of.entries if kind_of(entry.check) == kind and entry.seen]
    return f"none found by {len(looked)} checks" if looked else "not assessed"


def _part(of: Dossier, kind: str, found: Sequence[Risk]) -> Iterator[str]:
    yield heading(2, f"{sentence(kind)} risks")
    mine = [risk for risk in found if risk.kind == kind]
    looked = [entry.check.id for entry in of.entries if kind_of(entry.check) == kind and entry.seen]
    if not mine and not looked:
        yield f"Not assessed: no check of this kind looked at anything. {_MORE}"
    elif not mine:
        yield f"None found by {codes(looked)}."
    yield table(
        ("Level", "Risk", "Seen", "Likelihood", "Impact", "Mitigation", "Owner", "Due"),
        [
            (
                str(risk.level),
                f"{code(risk.entry.check.id)}: {sentence(risk.entry.check.why)}",
                _seen(risk),
                risk.likelihood,
                str(risk.impact),
                _mitigation(risk),
                text(risk.entry.owner),
                sections.due(risk.entry),
            )
            for risk in mine
        ],
    )


_MORE = "`pytest --readiness` without a selection runs all checks."


def _seen(risk: Risk) -> str:
    more = risk.subjects[1:]
    words = sections.standing(risk.item)
    also = f"; the same on {codes(more)}" if more else ""
    return sections.said(risk.item) + also + (f" ({words})" if words else "")


def _mitigation(risk: Risk) -> str:
    if risk.likelihood == "unknown":
        return sections.helping(risk.entry, risk.item)
    return sections.mending(risk.entry)


def _accepted(of: Dossier, found: Sequence[Risk]) -> Iterator[str]:
    waived = [
        (entry, item) for entry in of.entries for item in entry.items if item.waiver is not None
    ]
    levels = {risk.entry.check.id: risk.level for risk in reversed(found)}
    yield (
        table(
            ("Level", "Check", "Subject", "Why it was accepted", "Owner", "Approved by", "Until"),
            [
                (
                    str(levels.get(entry.check.id, "")),
                    code(entry.check.id),
                    code(item.finding.subject),
                    text(item.waiver.reason),
                    text(item.waiver.owner),
                    text(item.waiver.approver) if item.waiver.approver else "nobody else",
                    text(item.waiver.expires),
                )
                for entry, item in waived
                if item.waiver is not None
            ],
        )
        or "Nobody accepted a risk: no waiver is in use."
    )
    declared = [
        f"{code(entry.check.id)}: {prose(item.finding.message)}"
        for entry in of.entries
        for item in entry.items
        if item.finding.declared
    ]
    if declared:
        yield "Declared not applicable by a person, which nobody verified:"
        yield bullets(declared)
