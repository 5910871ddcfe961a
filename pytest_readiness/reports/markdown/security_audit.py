"""``security-audit.md``: by area, what was attacked, what held, what did not, what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.model import Domain, Effect, Outcome, Phase, Reason
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.dossier import Dossier, Entry, dossier
from pytest_readiness.reports.markdown.writing import (
    bullets,
    code,
    codes,
    cut,
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


REQUESTS = 6
"""Different requests of one check that are named."""

_METHODS = {
    Effect.READS: "reads",
    Effect.INTRUSIVE: "attacks",
    Effect.DISRUPTIVE: "disrupts",
}


def render(report: AuditReport) -> str:
    """The security phase by area, and the security findings of other phases after it."""
    of = dossier(report)
    security = of.where(lambda check: check.phase is Phase.SECURITY)
    others = of.where(
        lambda check: check.domain is Domain.SECURITY and check.phase is not Phase.SECURITY
    )
    return document(
        [
            *sections.opening("Security audit", of),
            heading(2, "How it was judged"),
            bullets(_method(of)),
            heading(2, "Areas"),
            _overview(security) or _NONE,
            *(block for area in _areas(security) for block in _area(area, security)),
            heading(2, "Security checks of other phases"),
            _table(others) or "None was in the run.",
            heading(2, "What could not be judged"),
            *_unknown(security),
            heading(2, "What was left behind"),
            bullets(map(text, report.leftovers)) or "Nothing that the run knows of.",
            sections.closing(of),
        ]
    )


_NONE = (
    "No check of the security phase was in the run, so this document says nothing about security."
    " `pytest --readiness -m security` runs them."
)


def _method(of: Dossier) -> Iterator[str]:
    target = of.report.target
    yield (
        "A check that attacks is judged only after its control: the harmless twin of the request"
        " was accepted in the same run. Where it was not, the check is skipped as blocked."
    )
    yield f"Consent to attack: {text(target.consent) or 'none is recorded'}."
    yield (
        "The record keeps the exchanges of checks that did not pass. Those of passed checks are"
        " not kept, so their requests are not named here."
    )


def _areas(entries: Sequence[Entry]) -> list[str]:
    return sorted({entry.area for entry in entries})


def _overview(entries: Sequence[Entry]) -> str:
    rows = []
    for area in _areas(entries):
        mine = [entry for entry in entries if entry.area == area]
        rows.append(
            (
                text(area),
                str(sum(_held(entry) for entry in mine)),
                str(sum(bool(entry.defects) and not entry.proved for entry in mine)),
                str(sum(_unjudged(entry) for entry in mine)),
                str(sum(entry.proved for entry in mine)),
                str(sum(not entry.applies for entry in mine)),
            )
        )
    heads = (
        "Area",
        "Held",
        "Did not hold",
        "Could not be judged",
        "Held only under the other profile",
    )
    return table((*heads, "Not applicable"), rows)


def _held(entry: Entry) -> bool:
    return entry.outcome is Outcome.PASSED and not entry.open


def _unjudged(entry: Entry) -> bool:
    return bool(entry.blind) and not entry.defects and not entry.proved


def _area(area: str, entries: Sequence[Entry]) -> Iterator[str]:
    mine = [entry for entry in entries if entry.area == area]
    yield heading(2, f"Area: {text(area)}")
    yield _table(mine)
    for entry in mine:
        if entry.defects:
            here = " as audited" if entry.proved else ""
            yield heading(3, f"Did not hold{here}: {code(entry.check.id)}")
            yield bullets(_defect(entry))


def _table(entries: Sequence[Entry]) -> str:
    return table(
        ("Priority", "Check", "Claim", "How", "Control", "Outcome"),
        [
            (
                str(entry.check.priority),
                code(entry.check.id),
                prose(entry.check.title),
                _METHODS[entry.check.effect],
                _control(entry),
                sections.outcomes(entry),
            )
            for entry in entries
        ],
    )


def _control(entry: Entry) -> str:
    """Whether the record says that a control was not met."""
    blocked = [item for item in entry.items if item.finding.reason is Reason.BLOCKED]
    if blocked:
        return f"not met: {text(cut(blocked[0].finding.message, 120))}"
    if entry.check.effect is Effect.READS:
        return "harmless requests only"
    return "none recorded as unmet" if entry.seen else "not reached"


def _defect(entry: Entry) -> Iterator[str]:
    for item, subjects in sections.alike(entry.defects):
        words = sections.standing(item)
        of = f" on {codes(subjects)}" if len(subjects) > 1 else ""
        yield f"{sections.state(item)}{of}: {sections.said(item)}" + (
            f" ({words})" if words else ""
        )
    requests = dict.fromkeys(
        each.request for item in entry.defects for each in item.finding.evidence
    )
    if requests:
        yield f"Requests: {codes(requests, most=REQUESTS)}"
    if entry.check.why:
        yield f"Why it matters: {sentence(entry.check.why)}"
    yield f"Fix: {sections.mending(entry)}"
    yield f"Look again: {code(entry.again)}"


def _unknown(entries: Sequence[Entry]) -> Iterator[str]:
    yield (
        table(
            ("Priority", "Check", "Why", "What would help"),
            [
                (
                    str(entry.check.priority),
                    code(entry.check.id),
                    sections.said(item),
                    sections.helping(entry, item),
                )
                for entry in entries
                if not entry.proved
                for item, _ in sections.alike(entry.blind)
            ],
        )
        or (
            "Every security check of the run was judged, under one profile at least."
            if entries
            else "No security check was in the run."
        )
    )
    yield (
        "What no check of the catalogue covers was not looked at either; the catalogue is listed"
        " by `readiness list`."
    )
