"""Whether a record says what its own findings say.

A percentage that cannot be recomputed from what was recorded is only a claim.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_readiness.model import Selection, TargetInfo
from pytest_readiness.scoring import scorecard
from pytest_readiness.verdict import (
    is_partial,
    judge,
    of_origin,
    outcome_of_origin,
    selected_outcome,
)


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import AuditReport, Condition, Judgement, Verdict


def recompute(report: AuditReport) -> list[str]:
    """Differences between what a record claims and what follows from its findings.

    Waivers expire and conditions are due by the recorded time of the run, so a record gives the
    same answer years later.

    Returns:
        One line for each difference, ``scorecard.readiness: recorded 960, recomputed 719``;
        none when all is equal. Percentages are tenths of a per cent.
    """
    try:
        now = datetime.fromisoformat(report.started)
    except ValueError:
        return [f"started: {report.started!r} is not an ISO 8601 time, so nothing can be judged"]
    card = scorecard(report.checks, report.planned, report.findings)
    standing = _standing(report)
    judgement = _judgement(report, now, standing)
    outcome = _outcome(report, now, standing)
    followed = report.follow_up.verdict if report.follow_up is not None else judgement.verdict
    return [
        *_differences("scorecard", report.scorecard, card),
        *_differences("judgement", report.judgement, judgement),
        *_differences("follow_up.verdict", followed, judgement.verdict),
        *_differences("selection.outcome", report.selection.outcome, outcome),
    ]


def rejudged(report: AuditReport) -> AuditReport:
    """The record with score and verdict as they follow from its findings.

    Raises:
        ValueError: ``started`` is not an ISO 8601 time.
    """
    card = scorecard(report.checks, report.planned, report.findings)
    return judged(replace(report, scorecard=card), _standing(report))


def judged(report: AuditReport, standing: tuple[Condition, ...]) -> AuditReport:
    """The record with the verdict that follows from its findings; its figures stay.

    Args:
        report: the record.
        standing: conditions of an earlier record that are followed up, with the dates promised.

    Raises:
        ValueError: ``started`` is not an ISO 8601 time.
    """
    now = datetime.fromisoformat(report.started)
    outcome = _outcome(report, now, standing)
    report = replace(report, selection=replace(report.selection, outcome=outcome))
    return replace(report, judgement=_judgement(report, now, standing))


def judgement_of(report: AuditReport) -> Judgement:
    """Verdict as it follows from the findings of a record, without its figures.

    Raises:
        ValueError: ``started`` is not an ISO 8601 time.
    """
    return _judgement(report, datetime.fromisoformat(report.started), _standing(report))


def selected_judgement(report: AuditReport) -> Judgement:
    """The same over the selected checks alone, by which a part of an audit exits."""
    if not is_partial(report.selection):
        return judgement_of(report)
    live = TargetInfo(kind="url", reached=True)
    return judgement_of(replace(report, selection=Selection(), target=live))


def _judgement(report: AuditReport, now: datetime, standing: tuple[Condition, ...]) -> Judgement:
    judgement = judge(
        report.checks,
        report.planned,
        report.findings,
        policy=report.policy,
        selection=report.selection,
        target=report.target,
        waivers=report.waivers,
        owners=report.owners,
        now=now,
        interrupted=report.interrupted,
        flip=report.flip,
        standing=standing,
    )
    return of_origin(
        judgement,
        report.provenance,
        report.commit,
        checks=report.checks,
        owners=report.owners,
        now=now,
        standing=standing,
    )


def _outcome(report: AuditReport, now: datetime, standing: tuple[Condition, ...]) -> Verdict | None:
    if not is_partial(report.selection):
        return None
    outcome = selected_outcome(
        report.checks,
        report.planned,
        report.findings,
        policy=report.policy,
        waivers=report.waivers,
        owners=report.owners,
        now=now,
        interrupted=report.interrupted,
        flip=report.flip,
        standing=standing,
    )
    return outcome_of_origin(outcome, report.provenance, report.commit)


def _standing(report: AuditReport) -> tuple[Condition, ...]:
    if report.follow_up is None:
        return ()
    return tuple(each.condition for each in report.follow_up.conditions)


def _differences(place: str, recorded: Any, recomputed: Any) -> Iterator[str]:
    if recorded == recomputed:
        return
    if type(recorded) is type(recomputed) and is_dataclass(recorded):
        for field in fields(recorded):
            old, new = getattr(recorded, field.name), getattr(recomputed, field.name)
            yield from _differences(f"{place}.{field.name}", old, new)
    elif isinstance(recorded, dict) and isinstance(recomputed, dict):
        for key in sorted(recorded.keys() | recomputed.keys()):
            yield from _differences(f"{place}.{key}", recorded.get(key), recomputed.get(key))
    else:
        yield f"{place}: recorded {_shown(recorded)}, recomputed {_shown(recomputed)}"


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return "; ".join(_shown(item) for item in value) or "nothing"
    return "nothing" if value is None else str(value)
