"""Findings under two profiles: what configuration mends, what still fails, what it makes worse.

A pass proves something, and so does finding that what could not be looked at does not exist. What
was not judged under the other profile is as bad as it was, and what failed is not unsaid.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.model import Finding, Flipped, Outcome, Proof, Verdict
from pytest_readiness.scoring import WORST_FIRST


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_readiness.model import Flip, Judgement


_GOOD = frozenset({Outcome.PASSED, Outcome.NOT_APPLICABLE})
_SEEN = frozenset({Outcome.PASSED, Outcome.WARNED, Outcome.FAILED})
_FOUND_ABSENT = (Outcome.SKIPPED, Outcome.NOT_APPLICABLE)
"""It could not look as shipped, and finds nothing to judge under the other profile."""
_UNJUDGED = "it was not judged under the other profile"


def join(before: Iterable[Finding], after: Iterable[Finding]) -> tuple[Flipped, ...]:
    """Hold the findings of two runs against each other, by check and subject.

    Args:
        before: of the run as audited, with what it owes.
        after: of the run under the other profile, with what that owes.

    Returns:
        Those that are neither passed nor not applicable under one of them, sorted. A finding
        that the second run lacks is an error there; one that the first run lacks was not
        applicable.
    """
    first, second = _by_place(before), _by_place(after)
    flipped = []
    for check, subject in sorted(first.keys() | second.keys()):
        place = (check, subject)
        nothing = Finding(check, subject, Outcome.NOT_APPLICABLE)
        unjudged = Finding(check, subject, Outcome.ERROR, _UNJUDGED)
        old, new = first.get(place, nothing), second.get(place, unjudged)
        if not {old.outcome, new.outcome} <= _GOOD:
            proof = _proof(old.outcome, new.outcome)
            flipped.append(
                Flipped(
                    check, subject, old.outcome, new.outcome, proof, new.message, reason=new.reason
                )
            )
    return tuple(flipped)


def effective(findings: Sequence[Finding], flip: Flip | None) -> list[Finding]:
    """The findings with the flip's outcome where there is one: what a verdict is about.

    What was looked at under the other profile counts as it was seen there. What was not is as
    bad as it was, and was not looked at.
    """
    if flip is None or flip.problem:
        return list(findings)
    by_place = {(each.check, each.subject): each for each in flip.findings}
    found = {(finding.check, finding.subject) for finding in findings}
    new = [
        Finding(check, subject, Outcome.NOT_APPLICABLE)
        for check, subject in by_place
        if (check, subject) not in found
    ]
    return [
        counted
        for finding in (*findings, *new)
        for counted in _counted(
            finding, by_place.get((finding.check, finding.subject)), flip.profile
        )
    ]


def proved(flip: Flip | None) -> frozenset[tuple[str, str]]:
    """Check and subject of all that configuration alone was seen to mend."""
    if flip is None or flip.problem:
        return frozenset()
    return frozenset(
        (each.check, each.subject)
        for each in flip.findings
        if each.proof == Proof.CONFIGURATION_ONLY
    )


def configuration_only(judgement: Judgement) -> bool:
    """Whether nothing but configuration stands between a verdict and GO, and a flip proved it."""
    return judgement.verdict == Verdict.CONDITIONAL_GO and all(
        condition.proof == Proof.CONFIGURATION_ONLY for condition in judgement.conditions
    )


def _by_place(findings: Iterable[Finding]) -> dict[tuple[str, str], Finding]:
    places: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        place = (finding.check, finding.subject)
        known = places.setdefault(place, finding)
        if _is_worse(finding.outcome, known.outcome):
            places[place] = finding
    return places


def _proof(before: Outcome, after: Outcome) -> Proof:
    """What two outcomes show; at least one of them is no pass.

    A check that was skipped and fails now was never seen to pass, so it is not made worse.
    """
    if before in _GOOD or (before, after) == (Outcome.WARNED, Outcome.FAILED):
        return Proof.MADE_WORSE
    if after == Outcome.PASSED or (before, after) == _FOUND_ABSENT:
        return Proof.CONFIGURATION_ONLY
    return Proof.STILL_FAILING


def _counted(finding: Finding, flipped: Flipped | None, profile: str) -> tuple[Finding, ...]:
    """What one finding counts as: what was seen under the other profile, or the worse of both.

    A defect that could not be looked at there counts as both, a defect and not having looked.
    Were one of them dropped, a worse finding could give a better verdict.
    """
    if flipped is None or flipped.after == finding.outcome:
        return (finding,)
    there = replace(
        finding,
        outcome=flipped.after,
        message=f"under {profile}: {flipped.message or flipped.after}",
        reason=flipped.reason,
        remarks=(),
        evidence=(),
        details="",
        declared=False,
    )
    if flipped.after == Outcome.PASSED:
        return (replace(there, message=""),)
    if (
        flipped.after in _SEEN
        or finding.outcome in _GOOD
        or (finding.outcome, flipped.after) == _FOUND_ABSENT
    ):
        return (there,)
    if flipped.after == Outcome.NOT_APPLICABLE:
        return (finding,)
    if finding.outcome in _SEEN:
        return (finding, there)
    return (min(finding, there, key=lambda each: WORST_FIRST.index(each.outcome)),)


def _is_worse(one: Outcome, other: Outcome) -> bool:
    return WORST_FIRST.index(one) < WORST_FIRST.index(other)
