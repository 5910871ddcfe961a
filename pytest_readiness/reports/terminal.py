"""The terminal summary: scorecard, verdict, what stands in the way, and where the report is.

Plain lines, so that a CI log reads as well as a screen. Lines that start in the first column are
this module's own headings; what was seen on the target is always indented.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pytest_readiness.flip import configuration_only, effective
from pytest_readiness.model import (
    Finding,
    Outcome,
    Proof,
    Reason,
    Verdict,
)
from pytest_readiness.reports import changes, prospects
from pytest_readiness.reports.page import NARROWEST
from pytest_readiness.reports.page import Page as _Page
from pytest_readiness.scoring import headline, missing, percent, readiness
from pytest_readiness.waivers import holds, use_of, waiver_of


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_readiness.model import AuditReport, Check, Condition, Flipped, Tally


LETTERS = {
    Outcome.PASSED: ".",
    Outcome.WARNED: "w",
    Outcome.FAILED: "F",
    Outcome.SKIPPED: "s",
    Outcome.NOT_APPLICABLE: "-",
    Outcome.ERROR: "E",
}
"""How live progress shows an outcome."""

HELP = {
    Reason.UNREACHABLE: "Start the target, or correct its address.",
    Reason.NO_TARGET: "Name a target in readiness.yaml.",
    Reason.NOT_OFFERED: "If the target has it, say where in readiness.yaml.",
    Reason.NO_TOOL: "The report has the command that installs it.",
    Reason.NO_CREDENTIAL: "Give test identities in readiness.yaml.",
    Reason.NO_ANSWER: "A person has to answer.",
    Reason.BLOCKED: "What has to work first did not; the report says what.",
    Reason.NOT_PERMITTED: "Authorise the host in readiness.yaml.",
    Reason.OFF: "Switch it on in readiness.yaml.",
    Reason.BUDGET: "Raise the budget of the run.",
    Reason.TIMEOUT: "Raise the timeout, or find out why it hangs.",
    None: "The report has the traceback.",
}
"""The one thing that would help, by the class of a skip; None is an error."""

_NOT_LOOKED = frozenset({Outcome.SKIPPED, Outcome.ERROR})
_LAPSED = "lapsed"
_FLIPPED, _NAMES = 8, 6  # of a flip: findings of a kind, names of variables
_BLOCKERS, _CONDITIONS, _IDS, _MESSAGE = 5, 6, 3, 160  # how much of each is shown
_SOON = 14  # days in which an answer that ends is said
_WIDE = 75  # columns of the full table
_COLORS = {
    Verdict.GO: "32",
    Verdict.CONDITIONAL_GO: "33",
    Verdict.INCOMPLETE: "33",
    Verdict.NO_GO: "31",
}


def render(
    report: AuditReport,
    *,
    width: int = 80,
    color: bool = False,
    ascii: bool = False,  # noqa: A002 - it is the word for it
    report_path: str = "readiness-report/readiness.json",
) -> list[str]:
    """Lines of the summary.

    Args:
        report: the run.
        width: columns; no line is longer, but for a path that cannot be broken.
        color: bold headings and a coloured verdict.
        ascii: nothing but ASCII, for logs that cannot show more.
        report_path: where the record was written, as the user would name it.
    """
    page = _Page(max(width, NARROWEST), ascii)
    findings = _by_check(report)
    sections = (
        _heading(page, report),
        _table(page, "By phase", _shown_parts(report, report.scorecard.by_phase)),
        _table(page, "By domain", _shown_parts(report, report.scorecard.by_domain)),
        _figures(page, report),
        _verdict(page, report),
        _blockers(page, report, findings),
        _conditions(page, report.judgement.conditions),
        _waived(page, report),
        _flip(page, report),
        _follow_up(page, report),
        prospects.section(page, report),
        _not_looked(page, report, findings),
        changes.section(page, report.comparison),
        _closing(page, report, report_path),
    )
    lines: list[str] = []
    for section in sections:
        block = list(section)
        if block and lines:
            lines.append("")
        lines += block
    return [_paint(line, report.judgement.verdict) for line in lines] if color else lines


def explain(check: Check, finding: Finding) -> str:
    """Text of one failed check for a terminal: what was seen, where, why it matters, the fix."""
    places = [
        f"  {remark.location}: {remark.message}" if remark.location else f"  {remark.message}"
        for remark in finding.remarks
        if remark.location or remark.message != finding.message
    ]
    exchanges = [
        line
        for exchange in finding.evidence[-3:]
        for line in (f"  {exchange.request} -> {exchange.response}", f"    {exchange.curl}")
        if line.strip()
    ]
    subject = f" [{finding.subject}]" if finding.subject else ""
    lines = [
        f"{check.priority} {check.id}{subject}: {finding.message}",
        *places,
        *exchanges,
        f"  why: {check.why}" if check.why else "",
        f"  fix: {check.fix}" if check.fix else "",
    ]
    return "\n".join(line for line in lines if line)


def progress(phase: str, outcomes: Sequence[Outcome], total: int, *, width: int = 80) -> str:
    """One phase while it runs: ``security      ....F.w..s  9/9``.

    Where the letters do not fit, they are counted: ``security      212. 3w 1F  216/700``.
    """
    letters = "".join(LETTERS[outcome] for outcome in outcomes)
    done = f"  {len(outcomes)}/{total}"
    if len(letters) > width - 14 - len(done):
        counts = Counter(letters)
        shown = (letter for letter in LETTERS.values() if counts[letter])
        letters = " ".join(f"{counts[letter]}{letter}" for letter in shown)
    return f"{phase:<14}{letters}{done}"


def _by_check(report: AuditReport) -> dict[str, list[Finding]]:
    owed = missing(report.checks, report.planned, report.findings)
    by_check: dict[str, list[Finding]] = defaultdict(list)
    seen = effective([*report.findings, *owed], report.flip)
    for finding in sorted(seen, key=lambda f: (f.subject, f.node)):
        by_check[finding.check].append(finding)
    return by_check


def _heading(page: _Page, report: AuditReport) -> Iterator[str]:
    what = f"{report.repository} at {report.commit[:7]}" if report.commit else report.repository
    target = report.target
    where = f", {target.url or target.kind}" if target.kind != "none" else ", no target"
    profile = f" ({target.profile})" if target.profile else ""
    yield from page.wrap(f"Readiness of {what}{where}{profile}", "")
    if scope := _scope(report):
        yield from page.wrap(scope)
    if report.interrupted:
        yield from page.wrap(
            f"Interrupted: {report.interrupted}. What had not run counts as an error."
        )


def _scope(report: AuditReport) -> str:
    """``security only, 24 of 131 checks``."""
    selection = report.selection
    if not selection.expression and selection.selected >= selection.planned:
        return ""
    words = selection.expression.removeprefix("-m ")
    name = words if words.isalnum() else selection.expression
    return f"{name or 'a part'} only, {selection.selected} of {selection.planned} checks"


def _shown_parts(report: AuditReport, parts: Mapping[str, Tally]) -> Mapping[str, Tally]:
    """All parts of a whole run, so that an empty one is seen; of a selection those it touches."""
    if not _scope(report):
        return parts
    return {name: part for name, part in parts.items() if part.counted or part.not_applicable}


def _table(page: _Page, title: str, parts: Mapping[str, Tally]) -> Iterator[str]:
    wide = page.width >= _WIDE
    heads = ("passed", "warned", "failed", "skipped", "error", "n.a.") if wide else ("   passed",)
    columns = (*heads, "readiness", "open P0")
    yield f"{title:<17}" + "".join(f" {head}" for head in columns)
    for name, part in parts.items():
        cells = zip(columns, _cells(part, wide=wide), strict=True)
        row = "".join(f" {cell:>{len(head)}}" for head, cell in cells)
        yield f"  {name:<15}{row}"


def _cells(part: Tally, *, wide: bool) -> tuple[str, ...]:
    if not part.counted and not part.not_applicable:
        return ("-",) * (8 if wide else 3)
    counts = (part.passed, part.warned, part.failed, part.skipped, part.error, part.not_applicable)
    cells = tuple(map(str, counts)) if wide else (f"{part.passed}/{part.counted}",)
    return (*cells, percent(readiness(part)), str(part.open_p0))


def _figures(page: _Page, report: AuditReport) -> Iterator[str]:
    card = report.scorecard
    seen = f"{card.total.assessed} of {card.total.counted} checks were looked at"
    yield from page.wrap(f"Readiness: {headline(card.total)}", "", "  ")
    yield from page.wrap(f"Coverage: {percent(card.coverage)} ({seen})", "", "  ")
    if card.mean_of_domains is not None:
        yield f"Mean of domains: {card.mean_of_domains} %"


def _verdict(page: _Page, report: AuditReport) -> Iterator[str]:
    judgement = report.judgement
    yield f"Verdict: {judgement.verdict}"
    for reason in judgement.reasons:
        yield from page.wrap(reason, "  ", "    ")
    if report.selection.outcome is not None:
        yield f"  The selected checks alone: {report.selection.outcome}."
    if judgement.follow_ups:
        noun = "follow-up" if judgement.follow_ups == 1 else "follow-ups"
        yield f"  {judgement.follow_ups} {noun} (P2, P3) beside it."


def _blockers(
    page: _Page, report: AuditReport, findings: Mapping[str, list[Finding]]
) -> Iterator[str]:
    ids = report.judgement.blockers
    if not ids:
        return
    yield f"Blockers ({len(ids)})"
    checks = {check.id: check for check in report.checks}
    groups = _together(report, ids, findings)
    for group in groups[:_BLOCKERS]:
        if len(group) == 1:
            yield from _blocker(page, report, checks[group[0]], findings[group[0]])
        else:
            yield from _blind_group(page, group, findings[group[0]])
    if more := sum(len(group) for group in groups[_BLOCKERS:]):
        yield f"  and {more} more in the report"


def _together(
    report: AuditReport, ids: Sequence[str], findings: Mapping[str, list[Finding]]
) -> list[list[str]]:
    """Blockers that could not look for one and the same reason, in one group each."""
    groups: dict[object, list[str]] = defaultdict(list)
    for name in ids:
        said = {(one.outcome, one.reason, one.message) for one in findings[name]}
        blind = all(one.outcome == Outcome.SKIPPED for one in findings[name])
        alike = blind and len(said) == 1 and report.judgement.verdict != Verdict.NO_GO
        groups[next(iter(said)) if alike else name].append(name)
    return list(groups.values())


def _blind_group(page: _Page, group: Sequence[str], findings: Sequence[Finding]) -> Iterator[str]:
    first = findings[0]
    message = page.cut(first.message, _MESSAGE)
    names = ", ".join(group)
    yield from page.wrap(f"P0 {names}: not looked at ({first.reason}): {message}", "  ", "     ")
    yield from page.wrap(f"help: {HELP[first.reason]}", "     ", "           ")


def _blocker(
    page: _Page, report: AuditReport, check: Check, findings: Sequence[Finding]
) -> Iterator[str]:
    now = datetime.fromisoformat(report.started)
    refused = [
        finding
        for finding in findings
        if finding.outcome == Outcome.FAILED and not waiver_of(finding, report.waivers, now)
    ]
    blind = [finding for finding in findings if finding.outcome in _NOT_LOOKED]
    shown = refused if report.judgement.verdict == Verdict.NO_GO else blind
    name = f"{check.priority} {check.id}"
    late = _lapse(report, check)
    if not shown and late:
        yield from page.wrap(f"{name}: {late}", "  ", "     ")
        yield from page.wrap(f"fix: {check.short_fix}", "     ", "          ")
        return
    if not shown:
        yield from page.wrap(f"{name}: lowered by policy without a waiver", "  ", "     ")
        return
    yield from page.wrap(f"{name}: {_seen(page, check, shown, findings)}", "  ", "     ")
    if shown is refused:
        yield from page.wrap(f"fix: {check.short_fix}", "     ", "          ")
    else:
        yield from page.wrap(f"help: {HELP[shown[0].reason]}", "     ", "           ")


def _lapse(report: AuditReport, check: Check) -> str:
    """That a condition on this check lapsed; empty when none did."""
    followed = report.follow_up.conditions if report.follow_up is not None else ()
    for each in followed:
        if each.condition.check == check.id and each.state == _LAPSED:
            return f"its condition was due {each.condition.due} and is not met"
    return ""


def _seen(page: _Page, check: Check, shown: Sequence[Finding], findings: Sequence[Finding]) -> str:
    """What was seen and where; several subjects as one: ``3 of 7 Dockerfiles, first ...``."""
    first = shown[0]
    message = page.cut(first.message or f"not so: {check.title}", _MESSAGE)
    if first.reason is not None:
        message = f"not looked at ({first.reason}): {message}"
    place = _place(first)
    looked = [finding for finding in findings if finding.outcome != Outcome.NOT_APPLICABLE]
    if len(looked) > 1:
        noun = _noun([finding.subject for finding in looked])
        place = f"{len(shown)} of {len(looked)} {noun}" + (f", first {place}" if place else "")
    return f"{place}: {message}" if place else message


def _place(finding: Finding) -> str:
    """The line that the message is about, or the subject."""
    located = [remark for remark in finding.remarks if remark.location is not None]
    about = [remark for remark in located if remark.message == finding.message]
    for remark in about or located:
        return str(remark.location)
    return finding.subject


def _noun(subjects: Sequence[str]) -> str:
    """What several subjects have in common."""
    if all("dockerfile" in subject.lower() for subject in subjects):
        return "Dockerfiles"
    if all(" /" in subject for subject in subjects):
        return "operations"
    if all("." in subject and " " not in subject for subject in subjects):
        return "files"
    return "subjects"


def _conditions(page: _Page, conditions: Sequence[Condition]) -> Iterator[str]:
    if not conditions:
        return
    yield f"Conditions ({len(conditions)})"
    by_deploying = [each for each in conditions if each.proof == Proof.CONFIGURATION_ONLY]
    others = [each for each in conditions if each.proof != Proof.CONFIGURATION_ONLY]
    if by_deploying:
        due = min(each.due for each in by_deploying)
        names = ", ".join(each.check for each in by_deploying if each.check)
        mends = f" It mends {names}." if names else ""
        start = f"  {by_deploying[0].priority or '-':<2} {due} "
        yield from page.wrap(f"{by_deploying[0].text}{mends}", start, " " * len(start))
    if not others:
        return
    owners = min(max(len(condition.owner) for condition in others), 16)
    for condition in others[:_CONDITIONS]:
        owner = page.cut(condition.owner, 16)
        about = f"{condition.check}: {condition.text}" if condition.check else condition.text
        start = f"  {condition.priority or '-':<2} {condition.due} {owner:<{owners}} "
        yield start + page.cut(about, page.width - len(start))
    if len(others) > _CONDITIONS:
        yield f"  and {len(others) - _CONDITIONS} more in the report"


def _flip(page: _Page, report: AuditReport) -> Iterator[str]:
    flip = report.flip
    if flip is None:
        return
    if flip.problem:
        yield f"Flip to {page.text(flip.profile)}: not carried out"
        yield from page.wrap(f"{flip.problem}. It proves nothing.", "  ", "    ")
        return
    yield f"Flip to {page.text(flip.profile)}"
    checks = {check.id: check for check in report.checks}
    changed = ", ".join(flip.environment[:_NAMES])
    more = len(flip.environment) - _NAMES
    if changed:
        yield from page.wrap(
            f"it changes {changed}{f' and {more} more' if more > 0 else ''}", "  ", "    "
        )
    mended = [each for each in flip.findings if each.proof == Proof.CONFIGURATION_ONLY]
    names = ", ".join(dict.fromkeys(f"{_priority(checks, each)}{each.check}" for each in mended))
    if mended:
        yield from page.wrap(f"{len(mended)} mended by configuration: {names}", "  ", "    ")
    for proof in (Proof.MADE_WORSE, Proof.STILL_FAILING):
        yield from _unmended(page, checks, [each for each in flip.findings if each.proof == proof])
    if configuration_only(report.judgement):
        yield "  Configuration only, no code change: proved for every condition."


def _unmended(page: _Page, checks: Mapping[str, Check], found: Sequence[Flipped]) -> Iterator[str]:
    """What still fails or got worse; what nobody could look at under either is only counted."""
    if not found:
        return
    seen = sorted(
        (each for each in found if not {each.before, each.after} <= _NOT_LOOKED),
        key=lambda each: (each.after != Outcome.FAILED, _priority(checks, each), each.check),
    )
    blind = len(found) - len(seen)
    unseen = f", {blind} of them not looked at under either" if blind else ""
    yield f"  {len(found)} {found[0].proof}{unseen}{':' if seen else ''}"
    for each in seen[:_FLIPPED]:
        subject = f" [{each.subject}]" if each.subject else ""
        what = f"{each.before}, then {each.after}" + (f": {each.message}" if each.message else "")
        line = f"{_priority(checks, each)}{each.check}{subject}: {what}"
        yield f"    {page.cut(line, page.width - 4)}"
    if len(seen) > _FLIPPED:
        yield f"    and {len(seen) - _FLIPPED} more in the report"


def _priority(checks: Mapping[str, Check], flipped: Flipped) -> str:
    return f"{checks[flipped.check].priority} " if flipped.check in checks else ""


def _follow_up(page: _Page, report: AuditReport) -> Iterator[str]:
    follow_up = report.follow_up
    if follow_up is None:
        return
    counts = Counter(each.state for each in follow_up.conditions)
    said = ", ".join(f"{counts[state]} {state}" for state in ("closed", "open", _LAPSED))
    commit = f" at {follow_up.commit[:7]}" if follow_up.commit else ""
    yield from page.wrap(f"Conditions of {follow_up.record}{commit}: {said}", "", "  ")
    proof = Proof.CONFIGURATION_ONLY
    mended = {each.check for each in report.judgement.conditions if each.proof == proof}
    deploying = [
        each
        for each in follow_up.conditions
        if each.state == "open"
        and each.condition.proof == proof
        and each.condition.check in mended - {""}
    ]
    if deploying:
        names = ", ".join(each.condition.check for each in deploying)
        due = min(each.condition.due for each in deploying)
        text = f"due {due}, still mended by deploying with that profile: {names}"
        yield from page.wrap(text, "  open    ", "          ")
    for each in follow_up.conditions:
        if each in deploying:
            continue
        condition = each.condition
        name = condition.check or condition.domain or "deployment"
        text = (
            condition.text if each.state == "closed" else f"due {condition.due}, {condition.text}"
        )
        start = f"  {each.state:<6}  {name}: "
        yield start + page.cut(text, max(page.width - len(start), 20))
    looked, all_checks = len(follow_up.looked), len(report.checks)
    yield from page.wrap(f"{looked} of {all_checks} checks were looked at again.", "  ", "    ")
    for sentence in follow_up.changed:
        yield from page.wrap(sentence, "  ", "    ")
    reached = follow_up.verdict == Verdict.GO
    yield "  GO is reached." if reached else f"  GO is not reached: {follow_up.verdict}."


def _waived(page: _Page, report: AuditReport) -> Iterator[str]:
    """What was accepted, by whom and until when; what ends next comes first."""
    now = datetime.fromisoformat(report.started)
    used = Counter(
        waiver for one in report.findings if (waiver := waiver_of(one, report.waivers, now))
    )
    if not used:
        return
    priorities = {check.id: check.priority for check in report.checks}
    order = sorted(used, key=lambda waiver: (waiver.expires, waiver.check, waiver.subject))
    yield f"Waived ({_counted(used.total(), 'finding')}, the next to end first)"
    accepted = [waiver.approver or waiver.owner for waiver in order]
    people = min(max(map(len, accepted)), 16)
    for waiver, who in list(zip(order, accepted, strict=True))[:_CONDITIONS]:
        about = f"{waiver.check} on {waiver.subject}" if waiver.subject else waiver.check
        many = f", {used[waiver]} findings" if used[waiver] > 1 else ""
        person = page.cut(who, 16)
        priority = priorities.get(waiver.check, "-")
        start = f"  {priority:<2} {waiver.expires} {person:<{people}} "
        yield start + page.cut(f"{about}{many}: {waiver.reason}", page.width - len(start))
    if len(order) > _CONDITIONS:
        yield f"  and {len(order) - _CONDITIONS} more in the report"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _not_looked(
    page: _Page, report: AuditReport, findings: Mapping[str, list[Finding]]
) -> Iterator[str]:
    off = {name for name, level in report.policy.levels.items() if level == "off"}
    groups: dict[Reason | None, list[str]] = defaultdict(list)
    for check in report.checks:
        blind = [finding for finding in findings[check.id] if finding.outcome in _NOT_LOOKED]
        for reason in dict.fromkeys(finding.reason for finding in blind):
            if reason != Reason.OFF or check.id not in off:
                groups[reason].append(check.id)
    if not groups:
        return
    yield f"Not looked at ({len(set().union(*groups.values()))})"
    for reason, ids in sorted(groups.items(), key=lambda group: (-len(group[1]), str(group[0]))):
        kind = reason or "error"
        yield from page.wrap(f"{len(ids)} {kind}: {_names(ids)}. {HELP[reason]}", "  ", "    ")


def _names(ids: Sequence[str]) -> str:
    more = len(ids) - _IDS
    return ", ".join(ids[:_IDS]) + (f" and {more} more" if more > 0 else "")


def _closing(page: _Page, report: AuditReport, report_path: str) -> Iterator[str]:
    policy = report.policy
    off = [
        f"{name} ({policy.off_reasons.get(name) or 'no reason given'})"
        for name, level in sorted(policy.levels.items())
        if level == "off"
    ]
    yield from _line(page, "Switched off by policy", off)
    yield from _line(page, "Expired waivers, which accept nothing", _expired(report))
    yield from _line(page, "Waived, but something else is seen now", _changed(report))
    yield from _line(page, f"Answers that end within {_SOON} days", _ending(report))
    selection = report.selection
    newer = f"Newer than the pinned catalogue {selection.pin}, not run ({len(selection.newer)})"
    yield from _line(page, newer, selection.newer)
    yield from _line(page, "Left behind on the target", report.leftovers)
    yield from page.wrap(f"Report: {report_path}", "", "  ")
    if report.confidentiality:
        yield from page.wrap(report.confidentiality, "", "  ")


def _line(page: _Page, title: str, items: Iterable[str]) -> Iterator[str]:
    if shown := ", ".join(items):
        yield from page.wrap(f"{title}: {shown}", "", "  ")


def _expired(report: AuditReport) -> list[str]:
    now = datetime.fromisoformat(report.started)
    return sorted(f"{w.check} ({w.expires})" for w in report.waivers if not holds(w, now))


def _changed(report: AuditReport) -> list[str]:
    now = datetime.fromisoformat(report.started)
    pinned = [one for one in report.waivers if one.evidence and holds(one, now)]
    changed = [
        one
        for one in pinned
        if (seen := use_of(one, report.findings)).open and one.evidence not in seen.digests
    ]
    return sorted(f"{one.check} {one.subject}".rstrip() for one in changed)


def _ending(report: AuditReport) -> list[str]:
    """Answers that count today and soon will not, the first to end first."""
    today = datetime.fromisoformat(report.started).date()
    days = [(today + timedelta(days=days)).isoformat() for days in range(_SOON + 1)]
    ending = [one for one in report.answers if one.answer == "yes" and one.expires in days]
    ending.sort(key=lambda one: (one.expires, one.check))
    return [f"{one.check} ({one.expires}, {one.by})" for one in ending]


def _paint(line: str, verdict: Verdict) -> str:
    if not line or line.startswith(" "):
        return line
    code = f"1;{_COLORS[verdict]}" if line.startswith("Verdict: ") else "1"
    return f"\x1b[{code}m{line}\x1b[0m"
