"""What would change the verdict: the fewest checks to mend, and what the unseen could still say.

Computed from a record whenever it is shown, never stored. The rules are not written a second
time: the verdict is asked about runs that might be, a dozen times at most and about a digest of the
findings, so that ten thousand of them cost little.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.flip import effective
from pytest_readiness.model import Outcome, Planned, Selection, TargetInfo, Verdict
from pytest_readiness.recompute import judgement_of
from pytest_readiness.scoring import missing, tenths, worst
from pytest_readiness.waivers import evidence_digest, names, waiver_of


if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from pytest_readiness.model import AuditReport, Finding, Flip, Flipped, Judgement


_OPEN = frozenset({Outcome.WARNED, Outcome.FAILED, Outcome.SKIPPED, Outcome.ERROR})
_NOT_LOOKED = frozenset({Outcome.SKIPPED, Outcome.ERROR})
_BEST_FIRST = tuple(Verdict)


@dataclass(frozen=True)
class Way:
    """The fewest checks whose mending leads to a verdict."""

    verdict: Verdict
    """The verdict that it leads to, or to a better one."""
    checks: tuple[str, ...] = ()
    """Ids, the highest priority first. A mended check passes wherever it does not now, without
    the waiver, the declaration or the lower level of the policy that stood in for that."""
    choice: int = 0
    """How many of them, the last ones, could be others: a percentage lacks so many."""
    also: tuple[str, ...] = ()
    """What no check can mend, such as a live target: sentences of the verdict."""
    possible: bool = True
    """False when mending every check would not be enough; then none is named."""


@dataclass(frozen=True)
class Outlook:
    """What would change the verdict of a run."""

    conditional: Way | None
    """To CONDITIONAL GO; None when the verdict is that or better."""
    go: Way | None
    """To GO; None when that is the verdict."""
    lowest: int | None
    """Readiness in tenths of a per cent if everything not looked at failed; None without checks."""
    highest: int | None
    """The same if everything not looked at passed."""
    unseen: int
    """Checks that could not look at one subject or more."""
    verdicts: tuple[Verdict, ...]
    """Verdicts that are possible if everything not looked at passed or failed, best first."""


def outlook(report: AuditReport) -> Outlook:
    """Say what would change the verdict of a run.

    The sets of checks are the smallest there are. What blocks, and for GO what is a condition,
    cannot be left out. For the floors of domains and for coverage exactly as many are added as
    the percentages lack: domains share no check, and within a domain those are taken first that
    help with coverage too.
    """
    run = _Run(report)
    verdict = report.judgement.verdict
    barred = verdict in {Verdict.INCOMPLETE, Verdict.NO_GO}
    lowest, highest = (
        _readiness(run.outcomes(run.unseen, partial(_seen, outcome=outcome)))
        for outcome in (Outcome.FAILED, Outcome.PASSED)
    )
    return Outlook(
        conditional=_way(run, Verdict.CONDITIONAL_GO) if barred else None,
        go=_way(run, Verdict.GO) if verdict != Verdict.GO else None,
        lowest=lowest,
        highest=highest,
        unseen=len(run.unseen),
        verdicts=_possible(run),
    )


class _Run:
    """A record, and verdicts over findings that might be."""

    def __init__(self, report: AuditReport) -> None:
        self.report = report
        self.now = datetime.fromisoformat(report.started)
        self.checks = {check.id: check for check in report.checks}
        self._raw = _digest(report, report.findings)
        self._owed = _digest(report, missing(report.checks, report.planned, report.findings))
        self._flip = _flip_of(report.flip, (*self._raw, *self._owed))
        self.counted = effective((*self._raw, *self._owed), self._flip)
        """What the verdict counts: with a flip's outcome where there is one."""
        self._by_check: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.counted:
            self._by_check[finding.check].append(finding)
        self.unseen = {
            one.check for one in self.counted if one.outcome in _NOT_LOOKED
        } & self.checks.keys()
        self._outcomes = {
            name: worst(one.outcome for one in self._by_check[name]) for name in self.checks
        }
        self._mendable = {one.check for one in self.counted if _mended(one) is not one}
        self._mendable |= report.policy.levels.keys()
        if self._flip is not None:
            self._mendable |= {one.check for one in self._flip.findings}
        self._known: dict[tuple[frozenset[str], bool], Judgement] = {
            (frozenset(), False): report.judgement
        }

    def judged(self, change: Callable[[Finding], Finding]) -> Judgement:
        """Verdict over changed findings, of which none is owed any more."""
        findings = tuple(map(change, self.counted))
        flip = self.report.flip and replace(self.report.flip, findings=())
        return judgement_of(replace(self.report, planned=(), findings=findings, flip=flip))

    def with_mended(self, ids: Collection[str], *, whole: bool = True) -> Judgement:
        """Verdict when these checks pass; asked for once each.

        ``whole``: as if all of it had run, to its end, on a live target.
        """
        mended = frozenset(self._mendable.intersection(ids))
        if (mended, whole) not in self._known:
            self._known[mended, whole] = judgement_of(self._what_if(mended, whole=whole))
        return self._known[mended, whole]

    def _what_if(self, ids: Collection[str], *, whole: bool) -> AuditReport:
        report, flip = self.report, self._flip
        findings = [one for one in self._raw if one.check not in ids]
        findings += [_mended(one) for one in self.counted if one.check in ids]
        owed = [one for one in self._owed if one.check not in ids]
        levels = {name: how for name, how in report.policy.levels.items() if name not in ids}
        if flip is not None:
            left = tuple(one for one in flip.findings if one.check not in ids)
            flip = replace(flip, findings=left)
        might_be = replace(
            report,
            planned=tuple(Planned(one.node, one.check, one.subject) for one in owed),
            findings=tuple(findings),
            policy=replace(report.policy, levels=levels),
            flip=report.flip if flip is None else flip,
        )
        if not whole:
            return might_be
        return replace(
            might_be,
            planned=tuple(one for one in might_be.planned if one.check in self.checks),
            findings=tuple(one for one in findings if one.check in self.checks),
            flip=flip,
            selection=Selection(),
            target=TargetInfo(kind="url", reached=True),
            interrupted="",
        )

    def mendable(self, ids: Iterable[str]) -> list[str]:
        """Those that do not pass everywhere as they are."""
        return [name for name in ids if name in self._mendable]

    def outcomes(
        self, changed: Collection[str], change: Callable[[Finding], Finding]
    ) -> dict[str, Outcome]:
        """Outcome of each check when the findings of some change."""
        return self._outcomes | {
            name: worst(change(one).outcome for one in self._by_check[name]) for name in changed
        }


def _flip_of(flip: Flip | None, digest: Collection[Finding]) -> Flip | None:
    """The flip with what it says of the digest's findings, None when there was none."""
    if flip is None or flip.problem:
        return None
    kept = {(one.check, one.subject) for one in digest}
    return replace(
        flip,
        findings=tuple(
            one
            for one in flip.findings
            if (one.check, one.subject) in kept or one.before == Outcome.NOT_APPLICABLE
        ),
    )


def _digest(report: AuditReport, findings: Iterable[Finding]) -> list[Finding]:
    """One finding of each kind that the rules can tell apart.

    For them a finding is a check, an outcome, whether it was declared, what a flip says of it and
    the waivers about it; where one of these is pinned, also what was seen.
    """
    waivers = defaultdict(list)
    for waiver in report.waivers:
        waivers[waiver.check].append(waiver)
    flipped = {} if report.flip is None else _by_place(report.flip)
    kinds: dict[object, Finding] = {}
    for one in findings:
        mine = [each for each in waivers.get(one.check, ()) if names(each, one.check, one.subject)]
        seen = evidence_digest(one) if any(each.evidence for each in mine) else ""
        there = flipped.get((one.check, one.subject))
        proof = there and (there.before, there.after, there.proof)
        kind = (one.check, one.outcome, one.declared, proof, seen, tuple(mine))
        kinds.setdefault(kind, one)
    return list(kinds.values())


def _by_place(flip: Flip) -> dict[tuple[str, str], Flipped]:
    return {(one.check, one.subject): one for one in flip.findings}


def _mended(one: Finding) -> Finding:
    stands_in = one.outcome == Outcome.NOT_APPLICABLE and one.declared
    return _as(one, Outcome.PASSED) if one.outcome in _OPEN or stands_in else one


def _seen(one: Finding, outcome: Outcome) -> Finding:
    """With this outcome, where it was not looked at."""
    return _as(one, outcome) if one.outcome in _NOT_LOOKED else one


def _as(one: Finding, outcome: Outcome) -> Finding:
    return replace(one, outcome=outcome, reason=None, declared=False)


# The fewest checks to mend.


def _way(run: _Run, goal: Verdict) -> Way:
    also: tuple[str, ...] = ()
    best = run.with_mended(run.checks, whole=False)
    if best.verdict == Verdict.INCOMPLETE:
        also = best.reasons
        if run.with_mended(run.checks).verdict == Verdict.INCOMPLETE:
            return Way(goal, also=also, possible=False)
    needed = _needed(run, goal)
    chosen = _chosen(run, goal, needed)
    ending = run.with_mended({*needed, *chosen})
    if _BEST_FIRST.index(ending.verdict) > _BEST_FIRST.index(goal):
        also = (*also, *ending.reasons)
    return Way(
        goal,
        checks=(*_urgent_first(run, needed), *_urgent_first(run, chosen)),
        choice=len(chosen),
        also=also,
    )


def _needed(run: _Run, goal: Verdict) -> set[str]:
    """Checks that are named by the verdict, and by the next one once they are mended, and so on.

    Each bars the goal by itself, so none can be left out.
    """
    needed: set[str] = set()
    while True:
        judgement = run.with_mended(needed)
        named = set(judgement.blockers)
        if goal == Verdict.GO:
            named |= {condition.check for condition in judgement.conditions if condition.check}
        if named <= needed:
            return needed
        needed |= named


def _chosen(run: _Run, goal: Verdict, needed: Collection[str]) -> set[str]:
    """As many more as coverage and, for GO, the floors of domains lack."""
    policy = run.report.policy
    outcomes = run.outcomes(needed, _mended)
    counted = [name for name in run.checks if outcomes[name] != Outcome.NOT_APPLICABLE]
    unseen = [name for name in counted if name in run.unseen and name not in needed]
    chosen: set[str] = set()
    if goal == Verdict.GO:
        by_domain = defaultdict(list)
        for name in counted:
            by_domain[str(run.checks[name].domain)].append(name)
        for domain, members in by_domain.items():
            failing = [name for name in members if outcomes[name] != Outcome.PASSED]
            floor = policy.floors.get(domain, policy.floor)
            lack = _share(floor, len(members)) - (len(members) - len(failing))
            helping = [name for name in _urgent_first(run, failing) if name in unseen]
            rest = [name for name in _urgent_first(run, failing) if name not in unseen]
            chosen |= set([*helping, *rest][: max(0, lack)])
    left = [name for name in _urgent_first(run, unseen) if name not in chosen]
    if not counted:  # only what was declared away could still be looked at
        left = _urgent_first(run, run.mendable(outcomes))[:1]
        return chosen | set(left)
    # One at least: without a single check looked at in full no percentage is enough.
    asked = max(1, _share(policy.minimum_coverage, len(counted)))
    lack = asked - (len(counted) - len(left))
    return chosen | set(left[: max(0, lack)])


def _share(percentage: int, whole: int) -> int:
    """Fewest of so many that make up the percentage."""
    return -(-percentage * whole // 100)


def _urgent_first(run: _Run, ids: Iterable[str]) -> list[str]:
    return sorted(ids, key=lambda name: (run.checks[name].priority, name))


# What the unseen could still say.


def _readiness(outcomes: dict[str, Outcome]) -> int | None:
    counted = [outcome for outcome in outcomes.values() if outcome != Outcome.NOT_APPLICABLE]
    return tenths(counted.count(Outcome.PASSED), len(counted)) if counted else None


def _possible(run: _Run) -> tuple[Verdict, ...]:
    """Verdicts over every way in which the unseen could pass or fail.

    A worse finding never gives a better verdict, so three ways show all: everything passes,
    everything fails, and everything fails that does not bar by itself.
    """

    def harmless(one: Finding) -> Finding:
        if one.outcome not in _NOT_LOOKED:
            return one
        failed, check = _as(one, Outcome.FAILED), run.checks.get(one.check)
        blocks = check is not None and check.priority <= run.report.policy.block
        waived = waiver_of(failed, run.report.waivers, run.now) is not None
        return failed if waived or not blocks else _as(one, Outcome.PASSED)

    if not run.unseen:
        return (run.report.judgement.verdict,)
    found = {
        run.judged(partial(_seen, outcome=Outcome.PASSED)).verdict,
        run.judged(harmless).verdict,
        run.judged(partial(_seen, outcome=Outcome.FAILED)).verdict,
    }
    if Verdict.GO in found and run.with_mended(run.unseen, whole=False).verdict != Verdict.GO:
        # What passes under the profile of a flip alone is a condition.
        found = {Verdict.CONDITIONAL_GO} | found - {Verdict.GO}
    return tuple(verdict for verdict in _BEST_FIRST if verdict in found)
