"""``executive-summary.md``: one page for whoever decides."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.flip import configuration_only
from pytest_readiness.model import Verdict
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.dossier import (
    Dossier,
    Entry,
    blind_by_reason,
    decided,
    dossier,
)
from pytest_readiness.reports.markdown.writing import (
    bullets,
    code,
    codes,
    cut,
    document,
    heading,
    sentence,
    table,
    text,
)
from pytest_readiness.scoring import percent, readiness


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.model import AuditReport, Condition, SignOff


SHOWN = 5
"""Blockers and conditions that the page names; the final report has all."""

_DECISION = {
    Verdict.GO: "Release, or give a reason not to.",
    Verdict.CONDITIONAL_GO: "Release under the conditions, their owners and dates, or wait.",
    Verdict.INCOMPLETE: "None yet: let the audit look at what is named below, then decide.",
    Verdict.NO_GO: "None: the blockers come first. Then audit again.",
}


def render(report: AuditReport, sign_offs: tuple[SignOff, ...] = ()) -> str:
    """One page; who signed is one line of it."""
    of = dossier(report)
    return document(
        [
            *sections.opening("Executive summary", of),
            *_reasons(of),
            heading(2, "Decision to take"),
            _DECISION[report.judgement.verdict],
            heading(2, f"Blockers ({len(report.judgement.blockers)})"),
            *_blockers(of),
            heading(2, f"Conditions ({len(report.judgement.conditions)})"),
            *_conditions(of),
            heading(2, "Where it stands"),
            _domains(of),
            _not_looked(of),
            _configuration(of),
            heading(2, "Sign-offs"),
            _signed(of, sign_offs),
            sections.closing(of),
        ]
    )


def _reasons(of: Dossier) -> Iterator[str]:
    verdict = of.report.judgement.verdict
    yield f"**{verdict}.** {decided(verdict)}"
    reasons = [text(cut(reason)) for reason in of.report.judgement.reasons]
    more = len(reasons) - SHOWN
    yield bullets(
        [*reasons[:SHOWN], *([f"{more} more reasons in final-report.md."] if more > 0 else [])]
    )


def _blockers(of: Dossier) -> Iterator[str]:
    shown = of.blockers[:SHOWN]
    yield (
        bullets(
            f"{entry.check.priority} {code(entry.check.id)}: {text(cut(_plain(entry), 120))}"
            f" Owner: {text(entry.owner)}."
            for entry in shown
        )
        or "None."
    )
    if len(of.blockers) > SHOWN:
        yield f"{len(of.blockers) - SHOWN} more in remediation-plan.md."


def _plain(entry: Entry) -> str:
    """What the first open finding says, or that the check's sentence is not shown to be true."""
    if entry.lowered and not entry.open:
        return sections.lowering(entry)
    shown = entry.open or entry.items
    message = shown[0].finding.message
    return f"{message.rstrip('.')}." if message else f"Not shown: {entry.check.title}"


def _conditions(of: Dossier) -> Iterator[str]:
    every = of.report.judgement.conditions
    alike: dict[str, list[Condition]] = defaultdict(list)
    for one in every:
        alike[one.text].append(one)
    groups = list(alike.values())
    yield bullets(map(_condition, groups[:SHOWN])) or "None beside the blockers."
    if more := sum(len(group) for group in groups[SHOWN:]):
        last = max(one.due for one in every)
        yield f"{more} more in final-report.md; the last is due {text(last)}."


def _condition(group: Sequence[Condition]) -> str:
    """A demand, and the checks that it is made for where there are several."""
    owners = ", ".join(text(name) for name in dict.fromkeys(one.owner for one in group))
    first = group[0]
    verb = "It mends" if first.proof is not None else "Demanded for"
    checks = f" {verb} {len(group)} checks." if len(group) > 1 else ""
    return f"{text(first.due)}, {owners}: {sentence(cut(first.text, 200))}{checks}"


def _domains(of: Dossier) -> str:
    parts = of.report.scorecard.by_domain
    known = {name: part for name, part in parts.items() if part.counted}
    none = [name for name in parts if name not in known]
    rows = [
        (
            text(name),
            percent(readiness(part)),
            f"{part.passed} of {part.counted}",
            str(part.open_p0),
        )
        for name, part in known.items()
    ]
    if none:
        rows.append((text(", ".join(none)), "-", "no check counted", "-"))
    return table(("Domain", "Readiness", "Checks passed", "Open P0"), rows)


def _not_looked(of: Dossier) -> str:
    total = of.report.scorecard.total
    groups = blind_by_reason(of.entries)
    if not groups:
        return f"All {total.counted} checks could look at their subjects."
    why = "; ".join(
        f"{reason or 'error'}: {codes((one.check.id for one in group), most=2)}"
        for reason, group in groups[:3]
    )
    return f"Not looked at: {total.skipped + total.error} of {total.counted} checks ({why})."


def _configuration(of: Dossier) -> str:
    """Say that configuration is enough only where a flip proved it."""
    flip = of.report.flip
    if flip is None or flip.problem:
        return (
            "Whether configuration alone would mend it was not proved: no flip to another profile"
            " was carried out."
        )
    if configuration_only(of.report.judgement):
        return (
            f"Configuration only, no code change: under {code(flip.profile)} that is proved for"
            " every condition."
        )
    mended = [entry.check.id for entry in of.open if entry.proved]
    rest = [entry.check.id for entry in of.open if not entry.proved]
    return (
        f"Under {code(flip.profile)}, configuration alone mends {codes(mended, most=SHOWN)};"
        f" it does not mend {codes(rest, most=SHOWN)}."
    )


def _signed(of: Dossier, given: tuple[SignOff, ...]) -> str:
    counted = [each for each in given if not each.problem]
    void = [each for each in given if each.problem]
    missing = [text(role) for role in sections.unsigned(of, given)]
    said = [
        f"{text(each.role)}: {text(each.decision)} by {text(each.by)}, {text(each.on)}"
        for each in counted
    ]
    said += [f"{text(each.role)}: does not count, {text(each.problem)}" for each in void]
    said += [f"Not signed: {', '.join(missing)}"] if missing else []
    return bullets(said)
