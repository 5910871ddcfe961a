"""The conditions of an earlier record, looked at again: what is met, and whether GO is reached.

The new record is the whole of the earlier one with what was found now in the place of what was
found then, so that it can be recomputed, shown and followed like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.flip import effective, proved
from pytest_readiness.model import (
    Check,
    Condition,
    Finding,
    Flip,
    FollowedCondition,
    FollowUp,
    Outcome,
    Planned,
)
from pytest_readiness.scoring import missing


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pytest_readiness.model import AuditReport, Judgement


CLOSED, OPEN, LAPSED = "closed", "open", "lapsed"
_FINE = frozenset({Outcome.PASSED, Outcome.NOT_APPLICABLE})
_NEVER = "9999-12-31"


@dataclass(frozen=True)
class Seen:
    """What one run looked at."""

    checks: tuple[Check, ...]
    planned: tuple[Planned, ...]
    findings: tuple[Finding, ...]
    flip: Flip | None = None
    profile: str = ""
    narrowed: bool = False
    """Some subjects of its checks were left out, by ``-k`` for instance."""


def wanted(record: AuditReport) -> frozenset[str]:
    """Ids of the checks that stand between a record and GO: what its follow-up looks at again.

    These are the checks of its conditions and its blockers; for a domain under its floor, what
    did not pass there; and what only the profile of a flip mends.
    """
    conditions = record.judgement.conditions
    domains = {each.domain for each in conditions if not each.check}
    owed = missing(record.checks, record.planned, record.findings)
    seen = effective([*record.findings, *owed], record.flip)
    open_ids = {each.check for each in seen if each.outcome not in _FINE}
    mended = {check for check, _ in proved(record.flip)} if "" in domains else set()
    return frozenset(
        {each.check for each in conditions if each.check}
        | set(record.judgement.blockers)
        | {each.id for each in record.checks if each.domain in domains and each.id in open_ids}
        | mended
    )


def standing(record: AuditReport) -> tuple[Condition, ...]:
    """Conditions whose dates stay: those of the record, and those it followed and left open."""
    known = {(each.check, each.domain) for each in record.judgement.conditions}
    followed = record.follow_up.conditions if record.follow_up is not None else ()
    left = tuple(
        each.condition
        for each in followed
        if each.state != CLOSED and (each.condition.check, each.condition.domain) not in known
    )
    return (*record.judgement.conditions, *left)


def join(record: AuditReport, now: Seen) -> Seen:
    """The earlier record's findings with those found now in their place.

    A check that was looked at again counts as it is now, with the subjects it has now. What was
    seen under the profile of a flip stays until that profile is looked at again.
    """
    looked = {entry.check for entry in now.planned}
    places = {(entry.check, entry.subject) for entry in now.planned}

    def stays(each: Finding | Planned) -> bool:
        if now.narrowed:
            return (each.check, each.subject) not in places
        return each.check not in looked

    newer = {check.id: check for check in now.checks if check.id in looked}
    return replace(
        now,
        checks=tuple(newer.get(check.id, check) for check in record.checks),
        planned=(*filter(stays, record.planned), *now.planned),
        findings=(*filter(stays, record.findings), *now.findings),
        flip=_flip(record.flip, now, looked),
    )


def follow_up(
    record: AuditReport,
    now: Seen,
    joined: Seen,
    judgement: Judgement,
    *,
    at: datetime,
    changed: Iterable[str] = (),
) -> FollowUp:
    """What became of each condition.

    Args:
        record: the earlier one.
        now: what this run looked at.
        joined: both, of :func:`join`.
        judgement: over ``joined``.
        at: recorded start of this run, by which conditions lapse.
        changed: what is no longer as it was for the record, one sentence each.
    """
    origin = record.follow_up
    before = set(origin.looked) if origin is not None else set()
    owed = missing(joined.checks, joined.planned, joined.findings)
    seen = effective([*joined.findings, *owed], joined.flip)
    return FollowUp(
        record=origin.record if origin is not None else record.started,
        commit=origin.commit if origin is not None else record.commit,
        conditions=tuple(
            _followed(each, judgement, seen, at.date().isoformat()) for each in standing(record)
        ),
        verdict=judgement.verdict,
        looked=tuple(sorted(before | {entry.check for entry in now.planned})),
        changed=tuple(changed),
    )


def _flip(then: Flip | None, now: Seen, looked: set[str]) -> Flip | None:
    if then is None or (now.flip is not None and now.flip.problem):
        return now.flip
    if then.problem:
        return then
    if now.flip is None and now.profile != then.profile:
        return then
    kept = tuple(each for each in then.findings if each.check not in looked)
    if now.flip is None:
        return replace(then, findings=kept)
    return replace(now.flip, findings=(*kept, *now.flip.findings))


def _followed(
    condition: Condition, judgement: Judgement, seen: Sequence[Finding], today: str
) -> FollowedCondition:
    place = (condition.check, condition.domain)
    still = [each for each in judgement.conditions if (each.check, each.domain) == place]
    blocks = bool(condition.check) and condition.check in judgement.blockers
    if not still and not blocks:
        return FollowedCondition(condition, CLOSED)
    expires = max((each.expires for each in still), default=condition.expires) or _NEVER
    said = next(
        (
            each.message
            for each in seen
            if each.check == condition.check and each.outcome not in _FINE
        ),
        "",
    )
    return FollowedCondition(condition, LAPSED if expires < today else OPEN, said)
