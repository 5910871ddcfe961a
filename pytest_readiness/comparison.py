"""Two runs side by side: what is new, mended, broken again or still open, and by which rules.

Findings are matched by their fingerprint (check and subject), so that moved lines and other words
change nothing. Pure: nothing here knows pytest, the clock or the disk.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.flip import effective
from pytest_readiness.model import Compared, Comparison, Outcome
from pytest_readiness.scoring import WORST_FIRST, missing


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_readiness.model import Answer, AuditReport, Check, Finding, Policy, Waiver


NEW, REGRESSED, OPEN, FIXED = "new", "regressed", "open", "fixed"
"""What a finding can have become, in the order in which it is told."""

OPEN_OUTCOMES = frozenset({Outcome.WARNED, Outcome.FAILED, Outcome.SKIPPED, Outcome.ERROR})
_SEEN_BAD = frozenset({Outcome.WARNED, Outcome.FAILED})
_ORDER = (NEW, REGRESSED, OPEN, FIXED)
_RANK = {outcome: rank for rank, outcome in enumerate(WORST_FIRST)}
_NAMED = 8  # ids that one sentence names


def compare(
    before: AuditReport, after: AuditReport, since: Mapping[str, str] | None = None
) -> Comparison:
    """What became of each finding of an earlier run, and which rules changed in between.

    - *new*: it did not pass now, and nobody had judged it before: not in the earlier run at all,
      or only as a check that could not look, where now a defect is seen.
    - *regressed*: it passed before, or did not apply, and is open now.
    - *open*: open in both. ``after`` is None where this run did not look at it: what nobody
      looked at is never fixed.
    - *fixed*: open before; passed or does not apply now.

    Args:
        before: the earlier run.
        after: the later one.
        since: when each open finding was first seen open, ISO 8601 by fingerprint, where the
            history knows. Without it the earlier record's own comparison is asked.
    """
    since = since or {}
    told = {} if before.comparison is None else _told(before.comparison)
    old, new = by_fingerprint(before), by_fingerprint(after)
    found = (
        _compared(fingerprint, old.get(fingerprint), new.get(fingerprint))
        for fingerprint in old.keys() | new.keys()
    )
    return Comparison(
        started=before.started,
        commit=before.commit,
        verdict=before.judgement.verdict,
        readiness=before.scorecard.readiness,
        findings=tuple(
            sorted(
                (_dated(one, before, after, since, told) for one in found if one is not None),
                key=lambda one: (_ORDER.index(one.change), one.check, one.subject),
            )
        ),
        rules=tuple(rule_changes(before, after)),
    )


def got_worse(one: Compared) -> bool:
    """Whether a finding is new, regressed, or failed where it only warned before."""
    return one.change in {NEW, REGRESSED} or (
        one.change == OPEN and one.before == Outcome.WARNED and one.after == Outcome.FAILED
    )


def open_since(report: AuditReport, earlier: Mapping[str, str]) -> dict[str, str]:
    """When each finding that is open now was first seen so, ISO 8601 by fingerprint.

    Args:
        report: the run; where it was compared with an earlier one, that comparison knows.
        earlier: the same of the run before it.
    """
    known = dict(earlier)
    if report.comparison is not None:
        known = _told(report.comparison) | known
    return {
        fingerprint: known.get(fingerprint, report.started)
        for fingerprint, finding in sorted(by_fingerprint(report).items())
        if finding.outcome in OPEN_OUTCOMES
    }


def by_fingerprint(report: AuditReport) -> dict[str, Finding]:
    """The worst finding of each fingerprint, as the verdict counts them.

    What was planned and never reported is an error, and a flip's outcome counts where there is one.
    """
    owed = missing(report.checks, report.planned, report.findings)
    worst: dict[str, Finding] = {}
    for finding in effective([*report.findings, *owed], report.flip):
        known = worst.setdefault(finding.fingerprint, finding)
        if _RANK[finding.outcome] < _RANK[known.outcome]:
            worst[finding.fingerprint] = finding
    return worst


def _compared(fingerprint: str, old: Finding | None, new: Finding | None) -> Compared | None:
    """None for what was not open in either run."""
    before = None if old is None else old.outcome
    after = None if new is None else new.outcome
    change = _change(before, after)
    named = new or old
    if not change or named is None:
        return None
    return Compared(fingerprint, named.check, named.subject, change, before, after)


def _change(before: Outcome | None, after: Outcome | None) -> str:
    """Empty for what was not open in either run."""
    was_open = before in OPEN_OUTCOMES
    if after not in OPEN_OUTCOMES:
        if not was_open:
            return ""
        return OPEN if after is None else FIXED
    if was_open:
        unseen_before = before not in _SEEN_BAD and after in _SEEN_BAD
        return NEW if unseen_before else OPEN
    return NEW if before is None else REGRESSED


def _told(comparison: Comparison) -> dict[str, str]:
    return {one.fingerprint: one.since for one in comparison.findings if one.since}


def _dated(
    one: Compared,
    before: AuditReport,
    after: AuditReport,
    since: Mapping[str, str],
    told: Mapping[str, str],
) -> Compared:
    if one.change in {NEW, REGRESSED}:
        return replace(one, since=since.get(one.fingerprint, after.started))
    earlier = told.get(one.fingerprint, before.started)
    return replace(one, since=since.get(one.fingerprint, earlier))


# Rules: what else may have changed the verdict.


def rule_changes(before: AuditReport, after: AuditReport) -> Iterator[str]:
    """Changes of what a run is judged by, one sentence each; none when all is as it was."""
    if before.interrupted:
        yield f"The earlier run ended early: {before.interrupted}."
    yield from _policy(before.policy, after.policy)
    yield from _waivers(before.waivers, after.waivers)
    yield from _answers(before.answers, after.answers)
    yield from _catalogue(before, after)
    yield from _surroundings(before, after)


def _policy(before: Policy, after: Policy) -> Iterator[str]:
    for words, old, new in (
        ("blocks on", before.block, after.block),
        ("minimum coverage", f"{before.minimum_coverage} %", f"{after.minimum_coverage} %"),
        ("floor of a domain", f"{before.floor} %", f"{after.floor} %"),
    ):
        if old != new:
            yield f"Policy: {words} {new}, was {old}."
    for domain in sorted(before.floors.keys() | after.floors.keys()):
        old_floor = before.floors.get(domain, before.floor)
        new_floor = after.floors.get(domain, after.floor)
        own = domain in before.floors or domain in after.floors
        if own and old_floor != new_floor:
            yield f"Policy: floor of {domain} {new_floor} %, was {old_floor} %."
    for check in sorted(before.levels.keys() | after.levels.keys()):
        old_level, new_level = before.levels.get(check, "fail"), after.levels.get(check, "fail")
        if old_level != new_level:
            yield f"Policy: level of {check} {new_level}, was {old_level}."


def _waivers(before: Sequence[Waiver], after: Sequence[Waiver]) -> Iterator[str]:
    old = {(waiver.check, waiver.subject): waiver for waiver in before}
    new = {(waiver.check, waiver.subject): waiver for waiver in after}
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        name = f"{key[0]} on {key[1]}" if key[1] not in {"", "*"} else key[0]
        if was is None and now is not None:
            yield f"Waiver added: {name}, by {now.owner} until {now.expires}."
        elif now is None and was is not None:
            yield f"Waiver removed: {name}, was by {was.owner} until {was.expires}."
        elif was is not None and now is not None and was != now:
            yield _waiver_change(name, was, now)


def _waiver_change(name: str, was: Waiver, now: Waiver) -> str:
    if was.expires != now.expires:
        word = "extended" if now.expires > was.expires else "shortened"
        return f"Waiver {word}: {name}, until {now.expires}, was {was.expires}."
    changed = [
        field
        for field in ("reason", "owner", "approver", "evidence")
        if getattr(was, field) != getattr(now, field)
    ]
    return f"Waiver changed: {name}, its {' and '.join(changed)}."


def _answers(before: Sequence[Answer], after: Sequence[Answer]) -> Iterator[str]:
    old = {answer.check: answer for answer in before}
    new = {answer.check: answer for answer in after}
    for check in sorted(old.keys() | new.keys()):
        was, now = old.get(check), new.get(check)
        if now is None and was is not None:
            yield f"Answer removed: {check}, was {was.answer} by {was.by} on {was.on}."
        elif was is None and now is not None:
            yield f"Answer added: {check}, {now.answer} by {now.by} on {now.on}."
        elif was is not None and now is not None and was != now:
            yield (
                f"Answer changed: {check}, {now.answer} by {now.by} on {now.on},"
                f" was {was.answer} by {was.by} on {was.on}."
            )


def _catalogue(before: AuditReport, after: AuditReport) -> Iterator[str]:
    """What a selection left out is no change of the catalogue."""
    old = {check.id: check for check in before.checks}
    new = {check.id: check for check in after.checks}
    both = [name for name in new if name in old]
    told = [
        *_listed("Checks added", _absent(new, old) if not before.selection.expression else []),
        *_listed("Checks removed", _absent(old, new) if not after.selection.expression else []),
        *(
            f"Priority of {name}: {new[name].priority}, was {old[name].priority}."
            for name in sorted(both)
            if new[name].priority != old[name].priority
        ),
        *_listed(
            "Checks that ask something else",
            [name for name in both if new[name].title != old[name].title],
        ),
    ]
    yield from told
    partial = before.selection.expression or after.selection.expression
    if not told and not partial and before.catalogue_digest != after.catalogue_digest:
        yield f"Catalogue: {after.catalogue_digest}, was {before.catalogue_digest}."


def _absent(these: Mapping[str, Check], those: Mapping[str, Check]) -> list[str]:
    return [name for name in these if name not in those]


def _listed(words: str, ids: Sequence[str]) -> Iterator[str]:
    if ids:
        names, more = sorted(ids)[:_NAMED], len(ids) - _NAMED
        rest = f" and {more} more" if more > 0 else ""
        yield f"{words} ({len(ids)}): {', '.join(names)}{rest}."


def _surroundings(before: AuditReport, after: AuditReport) -> Iterator[str]:
    for words, old, new in (
        ("Version of pytest-readiness", before.tool_version, after.tool_version),
        ("Pinned catalogue", before.selection.pin, after.selection.pin),
        ("Selection", before.selection.expression, after.selection.expression),
        ("Profile", before.target.profile, after.target.profile),
        ("Target", _target(before), _target(after)),
        ("Flip", _flip(before), _flip(after)),
        ("Configuration", before.provenance.configuration, after.provenance.configuration),
    ):
        # An older record says nothing of its configuration, which is not a change.
        if old != new and (words != "Configuration" or (old and new)):
            yield f"{words}: {new or 'none'}, was {old or 'none'}."


def _flip(report: AuditReport) -> str:
    return report.flip.profile if report.flip is not None else ""


def _target(report: AuditReport) -> str:
    """What was started here has a port that differs in each run."""
    target = report.target
    return target.kind if target.started or not target.url else f"{target.kind} {target.url}"
