"""Readiness and coverage: how many checks passed, of how many that count.

Checks are counted, not findings, so that 700 operations do not outweigh one login. All
arithmetic is done in integers and fractions; a percentage is tenths of a per cent (719 is
71.9 %), rounded half up. Nothing here knows pytest, the clock or the disk.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING

from pytest_readiness.model import (
    Check,
    Domain,
    Finding,
    Outcome,
    Phase,
    Planned,
    Priority,
    Scorecard,
    Tally,
)


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


WORST_FIRST = (
    Outcome.FAILED,
    Outcome.ERROR,
    Outcome.SKIPPED,
    Outcome.WARNED,
    Outcome.PASSED,
    Outcome.NOT_APPLICABLE,
)
"""The first of these that any finding of a check has is the outcome of the check."""

_RANK = {outcome: rank for rank, outcome in enumerate(WORST_FIRST)}


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Outcome of a check from those of its findings; not applicable only when all are."""
    return min(outcomes, key=_RANK.__getitem__)


def missing(
    checks: Sequence[Check], planned: Sequence[Planned], findings: Sequence[Finding]
) -> list[Finding]:
    """Findings that the run owes, as errors: a check that never reported is not a pass.

    Owed is a finding for every plan, and one for every check of the run that was neither
    planned nor reported.
    """
    reported = (
        {(finding.check, finding.node or finding.subject) for finding in findings}
        if planned
        else set()
    )
    unreported = [
        Finding(
            check=plan.check,
            subject=plan.subject,
            node=plan.node,
            outcome=Outcome.ERROR,
            message="planned and never reported",
        )
        for plan in planned
        if (plan.check, plan.node or plan.subject) not in reported
    ]
    heard_of = {finding.check for finding in findings} | {plan.check for plan in planned}
    unplanned = [
        Finding(
            check=check.id,
            subject="",
            outcome=Outcome.ERROR,
            message="neither planned nor reported",
        )
        for check in checks
        if check.id not in heard_of
    ]
    return unreported + unplanned


def outcomes(
    checks: Sequence[Check], planned: Sequence[Planned], findings: Sequence[Finding]
) -> dict[str, Outcome]:
    """Outcome of each check by its id, in the order of the checks."""
    seen: dict[str, set[Outcome]] = defaultdict(set)
    for finding in findings:
        seen[finding.check].add(finding.outcome)
    for finding in missing(checks, planned, findings):
        seen[finding.check].add(finding.outcome)
    return {check.id: worst(seen[check.id]) for check in checks}


def scorecard(
    checks: Sequence[Check], planned: Sequence[Planned], findings: Sequence[Finding]
) -> Scorecard:
    """Readiness in all, by phase and by domain.

    Args:
        checks: the checks that this run set out to judge; deselected ones are not among them.
        planned: the findings that it set out to make; what was never reported is an error.
        findings: what was reported, in any order.
    """
    by_check = outcomes(checks, planned, findings)
    total = tally(checks, by_check)
    by_domain = {
        str(domain): tally([check for check in checks if check.domain == domain], by_check)
        for domain in Domain
    }
    return Scorecard(
        total=total,
        readiness=readiness(total),
        coverage=tenths(total.assessed, total.counted),
        by_phase={
            str(phase): tally([check for check in checks if check.phase == phase], by_check)
            for phase in Phase
        },
        by_domain=by_domain,
        mean_of_domains=mean_percent(
            Fraction(part.passed, part.counted) for part in by_domain.values() if part.counted
        )
        if total.assessed
        else None,
    )


def tally(checks: Sequence[Check], by_check: Mapping[str, Outcome]) -> Tally:
    """Count checks by their outcome."""
    counts = Counter(by_check[check.id] for check in checks)
    return Tally(
        passed=counts[Outcome.PASSED],
        warned=counts[Outcome.WARNED],
        failed=counts[Outcome.FAILED],
        skipped=counts[Outcome.SKIPPED],
        error=counts[Outcome.ERROR],
        not_applicable=counts[Outcome.NOT_APPLICABLE],
        open_p0=sum(
            check.priority == Priority.P0 and by_check[check.id] == Outcome.FAILED
            for check in checks
        ),
    )


def readiness(part: Tally) -> int | None:
    """Passed of counted, in tenths of a per cent; None where nothing was assessed."""
    return tenths(part.passed, part.counted) if part.assessed else None


def tenths(part: int, whole: int) -> int:
    """Tenths of a per cent, half up; nothing of nothing is 0."""
    return (2000 * part + whole) // (2 * whole) if whole else 0


def mean_percent(parts: Iterable[Fraction]) -> int | None:
    """Mean of fractions in whole per cent, rounded half up, and only after the mean.

    ``round`` would give 94 for a mean of 94.5: it rounds halves to the even neighbour.
    """
    known = list(parts)
    if not known:
        return None
    return floor(100 * sum(known, Fraction()) / len(known) + Fraction(1, 2))


def percent(part: int | None) -> str:
    """``71.9 %`` for 719, ``-`` for None."""
    return "-" if part is None else f"{part // 10}.{part % 10} %"


def headline(part: Tally) -> str:
    """The percentage with its parts: a figure alone hides what was not looked at."""
    parts = [f"{part.passed} of {part.counted} checks passed"] + [
        f"{count} {word}"
        for count, word in (
            (part.warned, "warned"),
            (part.failed, "failed"),
            (part.skipped, "skipped"),
            (part.error, "in error"),
        )
        if count
    ]
    figure = readiness(part)
    shown = "no percentage, nothing was assessed" if figure is None else percent(figure)
    return f"{shown} ({', '.join(parts)})"
