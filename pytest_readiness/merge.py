"""Joining the records of one audit that several machines shared: ``readiness merge``.

What is joined must be the same audit: same commit, same configuration, same catalogue. What one
machine planned and none reported stays an error, and where two machines disagree the worse counts.
Nothing here knows the disk.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_readiness import catalogue
from pytest_readiness.model import (
    Answer,
    AuditReport,
    Check,
    Finding,
    Flip,
    Flipped,
    PastRun,
    Planned,
    Provenance,
    Selection,
    TargetInfo,
)
from pytest_readiness.recompute import rejudged
from pytest_readiness.scoring import WORST_FIRST


if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence


Thing = TypeVar("Thing")

_RANK = {outcome: rank for rank, outcome in enumerate(WORST_FIRST)}

_SAME: dict[str, Callable[[AuditReport], Any]] = {
    "version of pytest-readiness": lambda report: report.tool_version,
    "repository": lambda report: report.repository,
    "commit": lambda report: report.commit,
    "profile": lambda report: report.target.profile,
    "configuration": lambda report: report.provenance.configuration,
    "policy": lambda report: report.policy,
    "owners": lambda report: report.owners,
    "waivers": lambda report: report.waivers,
    # When one ends is set by its check, and so known to the part that ran it only.
    "answers": lambda report: tuple(replace(one, expires="") for one in report.answers),
    "checks in the catalogue": lambda report: report.selection.planned,
    "pinned catalogue": lambda report: report.selection.pin,
    "findings that the whole catalogue plans": lambda report: report.selection.findings,
}
"""What the parts of one audit have in common, by the name it has in an error."""

_SOME: dict[str, Callable[[AuditReport], str]] = {
    "kind of target": lambda report: _unless(report.target.kind, "none"),
    "target": lambda report: "" if report.target.started else report.target.url,
    "build that the target runs": lambda report: report.provenance.build,
    "profile of the flip": lambda report: report.flip.profile if report.flip else "",
}
"""The same, but that a part may not know it; a target that each machine starts has its own port."""


class MergeError(ValueError):
    """Records that are no parts of one audit; a line for each difference."""


def merge(shards: Mapping[str, AuditReport]) -> AuditReport:
    """One record of several, judged anew.

    Args:
        shards: records by the name that an error calls them by; their order does not matter.

    Raises:
        MergeError: there is none, they are of different audits, or one followed conditions up.
    """
    if not shards:
        raise MergeError("there is nothing to merge")
    if problems := [*_differences(shards), *_other_checks(shards), *_follow_ups(shards)]:
        raise MergeError("\n".join(problems))
    # What is joined must not depend on the order in which a file system lists it.
    parts = [shards[name] for name in sorted(shards, key=lambda name: (shards[name].started, name))]
    last = parts[-1]
    checks = _checks(parts)
    planned = tuple(sorted(_all(part.planned for part in parts), key=_planned_order))
    if 0 < last.selection.findings < len(planned):
        raise MergeError(
            f"the catalogue plans {last.selection.findings} findings and the records together"
            f" {len(planned)}: they collected different subjects"
        )
    return rejudged(
        replace(
            last,  # waivers expire by the recorded time, and the latest part is the strictest
            catalogue_digest=catalogue.digest(checks),
            seconds=max(part.seconds for part in parts),
            target=_target(parts),
            selection=_selection(parts, checks, planned),
            checks=checks,
            planned=planned,
            findings=_findings(parts),
            phase_seconds=_phase_seconds(parts),
            interrupted=_interrupted(shards),
            answers=_answers(parts),
            leftovers=tuple(sorted(_all(part.leftovers for part in parts))),
            provenance=_provenance(parts),
            full_record=next((part.full_record for part in parts if part.full_record), ""),
            flip=_flip(parts),
            comparison=None,  # each compared its own part; `readiness diff` compares the whole
            history=tuple(
                sorted(_all(part.history for part in parts), key=lambda run: run.started)
            ),
        )
    )


# What must be the same.


def _differences(shards: Mapping[str, AuditReport]) -> Iterable[str]:
    for what, value_of in (*_SAME.items(), *_SOME.items()):
        values = [(name, value_of(report)) for name, report in shards.items()]
        known = values if what in _SAME else [pair for pair in values if pair[1]]
        for name, value in known[1:]:
            first, expected = known[0]
            if value != expected:
                one, other = _shown(what, expected, value)
                yield f"{what}: {one} in {first}, {other} in {name}"
                break


def _shown(what: str, one: Any, other: Any) -> tuple[str, str]:
    """Both values, short; of a policy only what differs."""
    if what == "policy":
        names = _differing(one, other)
        return _named(one, names), _named(other, names)
    if isinstance(one, tuple):
        return _checks_of(set(one) - set(other)), _checks_of(set(other) - set(one))
    return str(one) or "none", str(other) or "none"


def _differing(one: Any, other: Any) -> list[str]:
    """Fields of two dataclasses that are not equal."""
    names = [field.name for field in fields(one)]
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def _named(thing: Any, names: Sequence[str]) -> str:
    return ", ".join(f"{name} {getattr(thing, name)}" for name in names)


def _checks_of(things: Iterable[Any]) -> str:
    return ", ".join(sorted(f"one of {thing.check}" for thing in things)) or "none more"


def _other_checks(shards: Mapping[str, AuditReport]) -> Iterable[str]:
    known: dict[str, tuple[str, Check]] = {}
    for name, report in shards.items():
        for check in report.checks:
            first, other = known.setdefault(check.id, (name, check))
            if other != check:
                places = _differing(check, other)
                yield f"check {check.id}: {', '.join(places)} differ in {first} and {name}"


def _follow_ups(shards: Mapping[str, AuditReport]) -> Iterable[str]:
    for name, report in shards.items():
        if report.follow_up is not None:
            yield f"{name} followed up conditions, which one run does; it cannot be merged"


# How the parts are joined.


def _all(groups: Iterable[Iterable[Thing]]) -> list[Thing]:
    """Everything of all groups, once."""
    return list(dict.fromkeys(thing for group in groups for thing in group))


def _answers(parts: Sequence[AuditReport]) -> tuple[Answer, ...]:
    """Each with the first day on which a part says that it ends."""
    together = zip(*(part.answers for part in parts), strict=True)
    ends = ((same[0], sorted(one.expires for one in same if one.expires)) for same in together)
    return tuple(replace(one, expires=days[0] if days else "") for one, days in ends)


def _checks(parts: Sequence[AuditReport]) -> tuple[Check, ...]:
    by_id = {check.id: check for part in parts for check in part.checks}
    return tuple(sorted(by_id.values(), key=catalogue.order))


def _planned_order(planned: Planned) -> tuple[str, str, str]:
    return planned.node, planned.check, planned.subject


def _findings(parts: Sequence[AuditReport]) -> tuple[Finding, ...]:
    joined: dict[tuple[str, str], Finding] = {}
    for finding in (finding for part in parts for finding in part.findings):
        key = (finding.check, finding.node or finding.subject)
        joined[key] = _worse(joined[key], finding) if key in joined else finding
    return tuple(sorted(joined.values(), key=lambda one: (one.node, one.check, one.subject)))


def _worse(one: Finding, other: Finding) -> Finding:
    """Of two findings of one check on one subject the worse; flaky where they differ."""
    worse = min(one, other, key=lambda finding: (_RANK[finding.outcome], finding.message))
    differ = one.outcome is not other.outcome
    return replace(worse, flaky=one.flaky or other.flaky or differ)


def _selection(
    parts: Sequence[AuditReport], checks: Sequence[Check], planned: Sequence[Planned]
) -> Selection:
    """Everything, when the parts together planned every finding of the catalogue.

    Counting checks is not enough: ``-k`` may select some subjects of a check.
    """
    first = parts[0].selection
    whole_part = any(
        not part.selection.expression and part.selection.selected >= part.selection.planned
        for part in parts
    )
    together = len(checks) >= first.planned and 0 < first.findings <= len(planned)
    if whole_part or together:
        return Selection(
            planned=first.planned,
            selected=first.planned,
            findings=first.findings,
            pin=first.pin,
            newer=first.newer,
        )
    expressions = sorted({part.selection.expression or "a part" for part in parts})
    return Selection(
        expression=" and ".join(expressions),
        planned=first.planned,
        selected=len(checks),
        findings=first.findings,
        pin=first.pin,
        newer=first.newer,
    )


def _target(parts: Sequence[AuditReport]) -> TargetInfo:
    """The target of the first part that reached it, else that knows it."""
    targets = [part.target for part in parts]
    return max(targets, key=lambda target: (target.reached, target.kind != "none"))


def _phase_seconds(parts: Sequence[AuditReport]) -> dict[str, float]:
    names = sorted({name for part in parts for name in part.phase_seconds})
    return {
        name: round(sum(part.phase_seconds.get(name, 0.0) for part in parts), 4) for name in names
    }


def _interrupted(shards: Mapping[str, AuditReport]) -> str:
    ended = {name: report.interrupted for name, report in shards.items() if report.interrupted}
    return "; ".join(f"{name}: {reason}" for name, reason in sorted(ended.items()))


def _provenance(parts: Sequence[AuditReport]) -> Provenance:
    images: dict[str, str] = {}
    for name, digest in (pair for part in parts for pair in part.provenance.images.items()):
        if images.setdefault(name, digest) != digest:
            raise MergeError(
                f"image {name}: {images[name]} on one machine, {digest} on another; build it once"
                " and audit that"
            )
    return replace(
        parts[0].provenance,
        dirty=tuple(sorted(_all(part.provenance.dirty for part in parts))),
        build=next((part.provenance.build for part in parts if part.provenance.build), ""),
        images=dict(sorted(images.items())),
    )


def _history(parts: Sequence[AuditReport]) -> tuple[PastRun, ...]:
    runs = {(run.started, run.profile): run for part in parts for run in part.history}
    return tuple(runs[key] for key in sorted(runs))


def _flip(parts: Sequence[AuditReport]) -> Flip | None:
    flips = [part.flip for part in parts if part.flip is not None]
    if not flips:
        return None
    joined: dict[Hashable, Flipped] = {}
    for one in (one for flip in flips for one in flip.findings):
        key = (one.check, one.subject)
        pair = (joined.get(key, one), one)
        joined[key] = min(pair, key=lambda flipped: _RANK[flipped.after])
    problems = sorted({flip.problem for flip in flips if flip.problem})
    return replace(
        flips[0],
        findings=tuple(sorted(joined.values(), key=lambda one: (one.check, one.subject))),
        problem="; ".join(problems),
    )


def _unless(text: str, unknown: str) -> str:
    return "" if text == unknown else text
