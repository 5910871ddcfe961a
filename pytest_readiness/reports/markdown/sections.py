"""Parts that several documents share, each a few blocks of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.model import Outcome, Priority, Reason
from pytest_readiness.reports.markdown.dossier import (
    BLIND,
    Entry,
    Item,
    blind_by_reason,
    decided,
)
from pytest_readiness.reports.markdown.writing import (
    bullets,
    code,
    codes,
    cut,
    heading,
    sentence,
    table,
    text,
)
from pytest_readiness.reports.terminal import HELP
from pytest_readiness.scoring import headline, percent, readiness


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_readiness.model import Condition, SignOff, Tally
    from pytest_readiness.reports.markdown.dossier import Dossier


WEAK = (
    "This document says where a system is weak. It is for those who decide on its release and"
    " those who mend it."
)

WHEN = {
    Priority.P0: "before deployment",
    Priority.P1: "in the first week",
    Priority.P2: "in the first month",
    Priority.P3: "later",
}
"""By when a defect must be mended."""

MESSAGE = 200
"""Letters of what a finding says that are shown."""

SUBJECTS = 20
"""Subjects of one P2 or P3 check that are named; of a P0 or P1 all are."""

HELPS: Mapping[Reason | None, str] = {
    **HELP,
    Reason.BLOCKED: "Mend first what it says did not work; then it can look.",
    Reason.NO_TOOL: "Install it; the finding has the command.",
    Reason.NO_ANSWER: "A person has to answer, in answers.yaml.",
    None: "Read the traceback: final-report.md quotes it, readiness.json has it all.",
}


def opening(title: str, of: Dossier) -> Iterator[str]:
    """Title, what was audited, and whatever makes the record less than it seems."""
    report = of.report
    target = report.target
    yield heading(1, f"{title}: {text(report.repository)}")
    rows = [
        ("Verdict", f"**{report.judgement.verdict}**"),
        ("Readiness", text(headline(report.scorecard.total))),
        ("Commit", code(report.commit) if report.commit else "not in a git repository"),
        ("Target", " ".join(_target(of))),
        ("Audited", f"{of.now:%Y-%m-%d %H:%M} {text(of.now.tzname() or '')}".rstrip()),
        ("Record", f"readiness.json of pytest-readiness {text(report.tool_version)}"),
    ]
    if target.profile:
        rows.insert(4, ("Profile", code(target.profile)))
    yield table(("", ""), rows)
    notes = []
    if of.partial:
        selection = report.selection
        by = f" ({code(selection.expression)})" if selection.expression else ""
        notes.append(
            f"Only a part was run{by}: {selection.selected} of {selection.planned} checks. This"
            " document speaks of those alone."
        )
    if report.interrupted:
        notes.append(f"The run ended early: {text(report.interrupted)}.")
    if report.provenance.dirty:
        notes.append(
            f"Files that differ from the commit: {len(report.provenance.dirty)}. What was audited"
            " is not the commit."
        )
    if (build := report.provenance.build) and not report.commit.startswith(build):
        notes.append(f"The target says that it was built from {code(build)}, not from the commit.")
    if report.full_record:
        notes.append(
            f"Evidence is left out of this copy; the full record is {code(report.full_record)}."
        )
    yield bullets(notes)


def closing(of: Dossier) -> str:
    """Who may read it."""
    return f"**{text(of.report.confidentiality) or 'Confidential.'}** {WEAK}"


def verdict(of: Dossier) -> Iterator[str]:
    """The verdict with its reasons, as it was judged."""
    judgement = of.report.judgement
    yield f"**{judgement.verdict}.** {decided(judgement.verdict)}"
    lines = [text(reason) for reason in judgement.reasons]
    if of.report.selection.outcome is not None:
        lines.append(f"The selected checks alone: {of.report.selection.outcome}.")
    if judgement.follow_ups:
        lines.append(f"P2 and P3 checks that did not pass: {judgement.follow_ups}.")
    yield bullets(lines)


def figures(of: Dossier) -> str:
    """Readiness and coverage, each with its parts."""
    card = of.report.scorecard
    mean = "no domain was assessed" if card.mean_of_domains is None else f"{card.mean_of_domains} %"
    rows = [
        ("Readiness", text(headline(card.total))),
        (
            "Coverage",
            (
                f"{percent(card.coverage)} ({card.total.assessed} of {card.total.counted} checks"
                " were looked at)"
            ),
        ),
        ("Mean of domains", mean),
        ("Open P0", str(card.total.open_p0)),
        ("Not applicable", f"{card.total.not_applicable} checks, not counted"),
        ("Minimum coverage by policy", f"{of.report.policy.minimum_coverage} %"),
    ]
    return table(("Figure", "Value"), rows)


def scorecard(title: str, parts: Mapping[str, Tally]) -> str:
    """One line for each phase or domain; a part without checks has no percentage."""
    heads = (
        *(title, "Passed", "Warned", "Failed", "Skipped", "Error", "N. a.", "Readiness"),
        "Open P0",
    )
    return table(heads, [(text(name), *_cells(part)) for name, part in parts.items()])


def blockers(of: Dossier) -> str:
    """Checks that make it NO-GO or INCOMPLETE, and what was seen."""
    return table(
        ("Priority", "Check", "Seen", "What to do", "Owner"),
        [
            (
                str(entry.check.priority),
                code(entry.check.id),
                summary(entry),
                mending(entry),
                text(entry.owner),
            )
            for entry in of.blockers
        ],
    )


def conditions(of: Dossier, shown: Sequence[Condition] | None = None) -> str:
    """What is demanded, of whom, by when, and the command that looks again."""
    known = of.by_id
    every = of.report.judgement.conditions if shown is None else shown
    return table(
        ("Priority", "Check", "Demand", "Owner", "Due", "Counts through", "Look again"),
        [
            (
                str(one.priority or NO_PRIORITY),
                about(one),
                sentence(one.text),
                text(one.owner),
                text(one.due),
                text(one.expires),
                code(one.verify or (known[one.check].again if one.check in known else of.audit)),
            )
            for one in every
        ],
    )


def about(condition: Condition) -> str:
    """What a condition is about: a check, a domain, or the deployment as a whole."""
    if condition.check:
        return code(condition.check)
    return f"the domain {text(condition.domain)}" if condition.domain else "the deployment"


NO_PRIORITY = "-"
"""A condition on a whole domain has no priority."""


def not_looked(of: Dossier) -> Iterator[str]:
    """What could not be judged, why, and what would help."""
    groups = blind_by_reason(of.entries)
    off = [name for name, level in sorted(of.report.policy.levels.items()) if level == "off"]
    if groups:
        yield table(
            ("Why", "Checks", "What would help"),
            [
                (
                    str(reason or "error"),
                    ", ".join(f"{entry.check.priority} {code(entry.check.id)}" for entry in group),
                    HELPS[reason],
                )
                for reason, group in groups
            ],
        )
    else:
        yield "Every check of this run could look at its subjects."
    reasons = of.report.policy.off_reasons
    yield bullets(
        f"Switched off by policy: {code(name)}, {text(reasons.get(name) or 'no reason given')}."
        for name in off
    )
    if of.partial:
        selection = of.report.selection
        yield (
            f"{max(selection.planned - selection.selected, 0)} more checks were not selected."
            f" `pytest --readiness` without a selection runs them."
        )


def sign_offs(of: Dossier, given: Sequence[SignOff]) -> str:
    """A line for each decision, and for each role whose decision is missing or does not count."""
    rows = [
        (
            text(each.role),
            text(each.by),
            text(each.on),
            f"{text(each.decision)}{_counts(each)}",
            text(each.comment),
            code(each.key) if each.key else "no key",
        )
        for each in given
    ]
    rows += [(text(role), "", "", "not signed", "", "") for role in unsigned(of, given)]
    return table(("Role", "Name", "Date", "Decision", "Comment", "Signed with"), rows)


def mending(entry: Entry) -> str:
    """The fix of what was seen; of what could not look, what would let it."""
    fix = sentence(entry.check.fix) if entry.check.fix else "No fix is recorded."
    if entry.proved:
        deploy = f"Deploy with profile {code(entry.profile)}, which was seen to mend it."
        return f"{deploy} {fix}" if entry.defects else deploy
    if entry.blind and not entry.defects:
        return helping(entry, entry.blind[0])
    if entry.lowered:
        return f"{fix} {_RAISE}" if entry.defects else _RAISE
    return fix


_RAISE = "Take its level out of `policy:` in readiness.yaml, or waive it in waivers.yaml."


def lowering(entry: Entry) -> str:
    """That the policy lowers a check without a waiver; empty where it does not."""
    if not entry.lowered:
        return ""
    return f"Policy sets it to {text(entry.lowered)}, which only a waiver may do."


def helping(entry: Entry, item: Item) -> str:
    """What would let a check look; what a person has to do before answering is its fix."""
    help_ = HELPS[item.reason]
    answering = item.reason is Reason.NO_ANSWER and entry.check.fix
    return f"{help_} {sentence(entry.check.fix)}" if answering else help_


def unsigned(of: Dossier, given: Sequence[SignOff]) -> list[str]:
    """Roles that have to decide and did not, or whose decision does not count."""
    counted = {each.role for each in given if not each.problem}
    return [role for role in of.report.sign_off.roles if role not in counted]


def summary(entry: Entry) -> str:
    """What a check saw, in one cell: the first finding, and how many more there are."""
    if entry.lowered and not entry.open:
        return lowering(entry)
    shown = entry.open or entry.items
    more = len(shown) - 1
    return said(shown[0]) + (f" (and {more} more)" if more else "")


def said(item: Item) -> str:
    """What one finding says: where, and what was seen."""
    finding = item.finding
    where = f"{code(finding.subject)}: " if finding.subject else ""
    what = text(cut(finding.message, MESSAGE)) if finding.message else str(finding.outcome)
    if finding.outcome in BLIND:
        what = f"not looked at ({finding.reason or 'error'}): {what}"
    if item.elsewhere is not None:
        there = item.elsewhere.message
        seen = text(cut(there, MESSAGE)) if there else str(item.elsewhere.after)
        what = f"under the other profile: {seen}; under this one: {what}"
    return where + what


def state(item: Item) -> str:
    """Outcome of a finding, the worse one where there are two."""
    return str(item.worst)


def places(items: Iterable[Item]) -> str:
    """Files and lines that findings point at."""
    return codes(dict.fromkeys(place for item in items for place in item.places), most=SUBJECTS)


def standing(item: Item) -> str:
    """Waiver, proof and history of a finding; empty where there is none."""
    words = []
    if item.waiver is not None:
        words.append(f"waived until {text(item.waiver.expires)} by {text(item.waiver.owner)}")
    if item.void:
        words.append(text(item.void))
    if item.flipped is not None:
        words.append(f"flip: {item.flipped.proof}")
    if item.compared is not None:
        since = f" since {text(item.compared.since[:10])}" if item.compared.since else ""
        words.append(f"{text(item.compared.change)}{since}")
    if item.finding.flaky:
        words.append("flaky")
    return ", ".join(words)


def alike(items: Sequence[Item]) -> list[tuple[Item, list[str]]]:
    """Findings that say the same of several subjects, as one."""
    groups: dict[object, tuple[Item, list[str]]] = {}
    for item in items:
        finding = item.finding
        said_of = finding.outcome, finding.reason, finding.message, bool(finding.subject)
        there = item.flipped and (item.flipped.after, item.flipped.reason, item.flipped.message)
        key = (*said_of, standing(item), there)
        _, subjects = groups.setdefault(key, (item, []))
        if finding.subject:
            subjects.append(finding.subject)
    return list(groups.values())


def due(entry: Entry) -> str:
    """``before deployment`` or a date."""
    if entry.check.priority is Priority.P0:
        return WHEN[Priority.P0]
    return text(entry.due) or WHEN[entry.check.priority]


def outcomes(entry: Entry) -> str:
    """``3 passed, 1 failed``: a check's findings by outcome."""
    counts = [
        (sum(item.finding.outcome is outcome for item in entry.items), outcome)
        for outcome in Outcome
    ]
    said_here = ", ".join(f"{count} {outcome}" for count, outcome in counts if count)
    return f"{said_here}; passed under {code(entry.profile)}" if entry.proved else said_here


def _target(of: Dossier) -> Iterator[str]:
    target = of.report.target
    if target.kind == "none":
        yield "none"
        return
    yield text(target.kind)
    if target.url:
        yield code(target.url)
    if not target.reached:
        yield "(never reached)"


def _cells(part: Tally) -> tuple[str, ...]:
    if not part.counted and not part.not_applicable:
        return ("-",) * 8
    counts = (part.passed, part.warned, part.failed, part.skipped, part.error, part.not_applicable)
    return (*map(str, counts), percent(readiness(part)), str(part.open_p0))


def _counts(each: SignOff) -> str:
    return f" (does not count: {text(each.problem)})" if each.problem else ""
