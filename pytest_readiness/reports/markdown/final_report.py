"""``final-report.md``: everything that the record holds, in the order in which it is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.flip import configuration_only
from pytest_readiness.model import Priority
from pytest_readiness.outlook import outlook
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.dossier import UNASSIGNED, Dossier, Entry, Item, dossier
from pytest_readiness.reports.markdown.writing import (
    bullets,
    code,
    codes,
    cut,
    document,
    fenced,
    heading,
    prose,
    table,
    text,
)
from pytest_readiness.reports.prospects import sentences
from pytest_readiness.scoring import percent
from pytest_readiness.waivers import holds


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.model import AuditReport, Compared, Finding, SignOff, Waiver


EVIDENCE = 3
"""Exchanges of one finding that are quoted; the record has them all."""
WITH_EVIDENCE = 5
"""Findings of one check that are quoted with their evidence."""
DETAILS = 12
"""Last lines of a traceback that are quoted."""
WIDTH = 200
"""Letters of such a line that are quoted."""

_NAMED = 50  # checks that one sentence names

_CHANGES = {
    "fixed": "Resolved: open before, passed now",
    "regressed": "Regressed: passed before, open now",
    "new": "New: not there before, open now",
    "open": "Still open",
}


def render(report: AuditReport, sign_offs: tuple[SignOff, ...] = ()) -> str:
    """The whole report; the roles that have not signed are named."""
    of = dossier(report)
    return document(
        [
            *sections.opening("Final report", of),
            heading(2, "Verdict"),
            *sections.verdict(of),
            heading(2, "Figures"),
            sections.figures(of),
            heading(3, "By phase"),
            sections.scorecard("Phase", report.scorecard.by_phase),
            heading(3, "By domain"),
            sections.scorecard("Domain", report.scorecard.by_domain),
            heading(2, "Blockers"),
            sections.blockers(of) or "None.",
            heading(2, "Conditions"),
            *_conditions(of),
            heading(2, "What would change the verdict"),
            bullets(map(text, sentences(outlook(report), named=_NAMED)))
            or "Nothing has to be mended.",
            heading(2, "Findings"),
            *_findings(of),
            heading(2, "Flip to another profile"),
            *_flip(of),
            heading(2, "Beside an earlier run"),
            *_comparison(of),
            heading(2, "Conditions of an earlier record"),
            *_follow_up(of),
            heading(2, "Progress"),
            _progress(of),
            heading(2, "Waivers"),
            _waivers(of),
            heading(2, "Answers"),
            _answers(of),
            heading(2, "Sign-offs"),
            sections.sign_offs(of, sign_offs),
            heading(2, "What was not looked at"),
            *sections.not_looked(of),
            heading(2, "Left behind on the target"),
            bullets(map(text, report.leftovers)) or "Nothing that the run knows of.",
            heading(2, "Policy"),
            _policy(of),
            heading(2, "Provenance"),
            _provenance(of),
            sections.closing(of),
        ]
    )


def _conditions(of: Dossier) -> Iterator[str]:
    shown = of.report.judgement.conditions
    yield sections.conditions(of) or "None beside the blockers."
    unowned = sum(one.owner == UNASSIGNED for one in shown)
    if unowned:
        yield (
            f"Conditions that nobody owns: {unowned}. Name an owner of their domains under"
            " `owners:` in readiness.yaml; until then nobody can sign."
        )


def _findings(of: Dossier) -> Iterator[str]:
    for priority in Priority:
        entries = [entry for entry in of.entries if entry.check.priority is priority]
        yield heading(3, f"{priority}, to be mended {sections.WHEN[priority]}")
        if not entries:
            yield "No check of this priority was in the run."
        for entry in entries:
            if entry.open:
                yield from _entry(entry, every=priority in {Priority.P0, Priority.P1})
        if closed := bullets(_closed(entries)):
            yield heading(4, "Not open")
            yield closed


def _entry(entry: Entry, *, every: bool) -> Iterator[str]:
    check = entry.check
    yield heading(4, f"{code(check.id)}: {sections.outcomes(entry)}")
    yield f"Should be true: {prose(check.title)}" + (
        f" Why: {prose(check.why)}" if check.why else ""
    )
    yield bullets(_lines(entry, every=every))
    quoted = [item for item in entry.open if item.finding.evidence or _tells_more(item.finding)]
    for item in quoted[:WITH_EVIDENCE]:
        yield from _evidence(item)
    if len(quoted) > WITH_EVIDENCE:
        yield f"readiness.json has the evidence of {len(quoted) - WITH_EVIDENCE} more."


def _lines(entry: Entry, *, every: bool) -> Iterator[str | tuple[str, list[str]]]:
    check = entry.check
    for item, subjects in sections.alike(entry.open):
        words = sections.standing(item)
        note = f" ({words})" if words else ""
        if len(subjects) > 1:
            shown = codes(subjects, None if every else sections.SUBJECTS)
            message = sections.said(_without_subject(item))
            yield f"{sections.state(item)}, {len(subjects)} subjects: {message}{note}", [shown]
        else:
            yield f"{sections.state(item)}: {sections.said(item)}{note}", list(_remarks(item))
    word = f"Fix ({check.change})" if entry.defects or entry.proved else "To let it look"
    yield f"{word}: {sections.mending(entry)}"
    places = sections.places(entry.open)
    if places != "-":
        yield f"Where: {places}"
    yield f"Owner: {text(entry.owner)}; due: {sections.due(entry)}"
    yield f"Look again: {code(entry.again)}"
    if check.refs:
        yield f"References: {text(', '.join(check.refs))}"


def _without_subject(item: Item) -> Item:
    return replace(item, finding=replace(item.finding, subject=""))


def _remarks(item: Item) -> Iterator[str]:
    """What a finding says beyond its message."""
    for remark in item.finding.remarks[: sections.SUBJECTS]:
        if remark.message != item.finding.message:
            place = f"{code(remark.location)}: " if remark.location is not None else ""
            yield place + text(cut(remark.message))


def _tells_more(finding: Finding) -> bool:
    """Its details are more than the message once again."""
    return bool(finding.details) and finding.details.strip() != finding.message.strip()


def _evidence(item: Item) -> Iterator[str]:
    finding = item.finding
    of = f" on {code(finding.subject)}" if finding.subject else ""
    if finding.evidence:
        shown = finding.evidence[:EVIDENCE]
        yield f"Evidence{of}, {len(shown)} of {len(finding.evidence)} exchanges:"
        yield fenced(
            "\n\n".join(f"{each.request}\n{cut(each.response)}\n{each.curl}" for each in shown)
        )
    else:
        lines = finding.details.rstrip().splitlines()
        yield f"The end of its details{of}:"
        yield fenced("\n".join(line[:WIDTH] for line in lines[-DETAILS:]))


def _closed(entries: Iterable[Entry]) -> Iterator[str]:
    closed = [entry for entry in entries if not entry.open]
    passed = [entry for entry in closed if entry.passed]
    if passed:
        yield f"Passed ({len(passed)}): {codes(entry.check.id for entry in passed)}"
    for entry in closed:
        if not entry.passed:
            said = text(cut(entry.items[0].finding.message)) or "no reason was recorded"
            by = ", declared by a person" if entry.items[0].finding.declared else ""
            yield f"Not applicable{by}: {code(entry.check.id)}, {said}"


def _flip(of: Dossier) -> Iterator[str]:
    flip = of.report.flip
    if flip is None:
        yield (
            "No other profile was tried, so nothing is proved to be a matter of configuration"
            " alone. `pytest --readiness --readiness-flip production` tries it."
        )
        return
    if flip.problem:
        yield (
            f"The flip to {code(flip.profile)} could not be carried out: {text(flip.problem)}. It"
            " proves nothing."
        )
        return
    yield f"The target was audited again under {code(flip.profile)}."
    yield (
        table(
            ("Check", "Subject", "Before", "After", "Proof", "Seen under the other profile"),
            [
                (
                    code(each.check),
                    code(each.subject),
                    str(each.before),
                    str(each.after),
                    str(each.proof),
                    text(cut(each.message)),
                )
                for each in flip.findings
            ],
        )
        or "Every finding passed under both profiles."
    )
    if flip.environment:
        yield f"Variables that differ between the profiles: {codes(flip.environment)}."
    if configuration_only(of.report.judgement):
        yield "**Configuration only, no code change**: proved for every condition."


def _comparison(of: Dossier) -> Iterator[str]:
    comparison = of.report.comparison
    if comparison is None:
        yield (
            "This run was held beside no other. `--readiness-baseline` names the record of an"
            " earlier one."
        )
        return
    yield (
        f"The earlier run of {text(comparison.started)}"
        f"{f' at {code(comparison.commit)}' if comparison.commit else ''} was"
        f" {comparison.verdict} with {percent(comparison.readiness)}; this one is"
        f" {of.report.judgement.verdict} with {percent(of.report.scorecard.readiness)}."
    )
    for change in (*_CHANGES, *sorted({one.change for one in comparison.findings} - set(_CHANGES))):
        found = [one for one in comparison.findings if one.change == change]
        yield heading(3, f"{_CHANGES.get(change) or text(change)} ({len(found)})")
        yield _compared(found) or "None."
    yield heading(3, "Changes of the rules")
    yield bullets(map(text, comparison.rules)) or (
        "None: policy, waivers, answers and catalogue are as they were."
    )


def _compared(found: Iterable[Compared]) -> str:
    return table(
        ("Check", "Subject", "Before", "After", "Open since"),
        [
            (
                code(one.check),
                code(one.subject),
                str(one.before or "not there"),
                str(one.after or "not there"),
                text(one.since[:10]),
            )
            for one in found
        ],
    )


def _follow_up(of: Dossier) -> Iterator[str]:
    follow_up = of.report.follow_up
    if follow_up is None:
        yield (
            "None was followed. `--readiness-conditions readiness.json` looks again at exactly"
            " those of an earlier record."
        )
        return
    at = f" at {code(follow_up.commit)}" if follow_up.commit else ""
    yield (
        f"Of the record of {text(follow_up.record)}{at}, with what was found now:"
        f" {follow_up.verdict}."
    )
    yield (
        table(
            ("State", "Check", "Demand", "Owner", "Due", "Seen now"),
            [
                (
                    text(each.state),
                    sections.about(each.condition),
                    prose(each.condition.text),
                    text(each.condition.owner),
                    text(each.condition.due),
                    text(cut(each.message)),
                )
                for each in follow_up.conditions
            ],
        )
        or "That record had no conditions."
    )
    yield f"Checks looked at again: {len(follow_up.looked)} of {len(of.report.checks)}."
    yield bullets(map(text, follow_up.changed))


def _progress(of: Dossier) -> str:
    return (
        table(
            ("Run", "Commit", "Profile", "Verdict", "Readiness", "Coverage", "Open P0", "Findings"),
            [
                (
                    text(run.started[:16].replace("T", " ")),
                    code(run.commit[:12]),
                    code(run.profile),
                    str(run.verdict),
                    percent(run.readiness),
                    percent(run.coverage),
                    str(run.open_p0),
                    text(", ".join(f"{count} {name}" for name, count in run.findings.items())),
                )
                for run in of.report.history
            ],
        )
        or "No earlier run is in the history, so no progress can be shown."
    )


def _waivers(of: Dossier) -> str:
    used = {id(item.waiver) for entry in of.entries for item in entry.items if item.waiver}
    return (
        table(
            ("Check", "Subjects", "Reason", "Owner", "Approved by", "Expires", "State"),
            [
                (
                    code(waiver.check),
                    code(waiver.subject),
                    text(waiver.reason),
                    text(waiver.owner),
                    text(waiver.approver),
                    text(waiver.expires),
                    _state(of, waiver, used=id(waiver) in used),
                )
                for waiver in of.report.waivers
            ],
        )
        or "None: nothing was accepted."
    )


def _state(of: Dossier, waiver: Waiver, *, used: bool) -> str:
    if not holds(waiver, of.now):
        return f"expired on {of.now:%Y-%m-%d}, accepts nothing"
    pinned = ", only for what was seen when it was written" if waiver.evidence else ""
    return ("in use" if used else "accepts nothing of this run") + pinned


def _answers(of: Dossier) -> str:
    return (
        table(
            ("Check", "Answer", "By", "On", "Counts through", "Evidence"),
            [
                (
                    code(answer.check),
                    text(answer.answer),
                    text(answer.by),
                    text(answer.on),
                    text(answer.expires) or "as the check says",
                    code(answer.evidence) if answer.evidence else "none",
                )
                for answer in of.report.answers
            ],
        )
        or "No person answered for a check. Answers stand in answers.yaml, dated."
    )


def _policy(of: Dossier) -> str:
    policy = of.report.policy
    lines = [
        f"Failures of {policy.block} or a higher priority are NO-GO unless they are waived.",
        f"At least {policy.minimum_coverage} % of the checks must be looked at.",
        f"Each domain must reach {policy.floor} %.",
    ]
    lines += [f"{text(name)} must reach {floor} %." for name, floor in policy.floors.items()]
    lines += [
        f"{code(name)} is set to {text(level)}." for name, level in sorted(policy.levels.items())
    ]
    return bullets(lines)


def _provenance(of: Dossier) -> str:
    report = of.report
    what = report.provenance
    rows = [
        ("Tool", f"pytest-readiness {text(report.tool_version)}"),
        ("Commit", code(report.commit) if report.commit else "not in a git repository"),
        (
            "Files that differ from it",
            codes(what.dirty, most=sections.SUBJECTS) if what.dirty else "none recorded",
        ),
        ("Commit that the target names", code(what.build) if what.build else "it names none"),
        ("Configuration digest", code(what.configuration) if what.configuration else "none"),
        ("Catalogue digest", code(report.catalogue_digest)),
        ("Self-test of the tool", text(report.self_test) if report.self_test else "not stated"),
        ("Started", text(report.started)),
        ("Took", f"{report.seconds:.0f} s"),
        ("Consent", text(report.target.consent) or "none recorded"),
    ]
    rows += [(f"Configuration {code(name)}", code(digest)) for name, digest in what.files.items()]
    rows += [(f"Image {code(name)}", code(digest)) for name, digest in what.images.items()]
    if not what.images:
        rows.append(("Images", "none ran, or none is recorded"))
    return table(("What", "Value"), rows)
