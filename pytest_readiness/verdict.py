"""GO, CONDITIONAL GO, INCOMPLETE or NO-GO, and the exit code that says so.

Four rules are asked in order and the first that speaks decides. Rules look at findings, not at
the percentage: no average hides a P0. Nothing here knows pytest, the clock or the disk; time is
the recorded time of the run.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pytest_readiness.flip import effective, proved
from pytest_readiness.model import (
    Check,
    Condition,
    Finding,
    Judgement,
    Outcome,
    Policy,
    Priority,
    Proof,
    Scorecard,
    Selection,
    TargetInfo,
    Verdict,
)
from pytest_readiness.scoring import missing, percent, scorecard, tenths, worst
from pytest_readiness.waivers import lowers, waiver_of


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from pytest_readiness.model import Flip, Planned, Provenance, Waiver


UNASSIGNED = "unassigned"
"""Owner of a condition whose domain has none; it blocks signing."""

DAYS = {Priority.P0: 0, Priority.P1: 7, Priority.P2: 30, Priority.P3: 30}
"""Days from the run until a condition is due; P0 is due before deployment."""

GRACE_DAYS = 7
"""Days from the day a condition is due until it lapses."""

NOTHING_COLLECTED = 5
"""Pytest's own code for a run without tests."""

EXIT_CODES = {
    Verdict.GO: 0,
    Verdict.NO_GO: 10,
    Verdict.CONDITIONAL_GO: 11,
    Verdict.INCOMPLETE: 12,
}

_TESTS_FAILED = 1
_PYTEST_KEEPS = frozenset({2, 3, 4, NOTHING_COLLECTED})  # interrupted, internal, usage, no tests

_OPEN = frozenset({Outcome.WARNED, Outcome.FAILED, Outcome.SKIPPED, Outcome.ERROR})
_SEEN = frozenset({Outcome.WARNED, Outcome.FAILED})
_NOT_LOOKED = frozenset({Outcome.SKIPPED, Outcome.ERROR})
_URGENT = frozenset({Priority.P0, Priority.P1})
_LATER = frozenset({Priority.P2, Priority.P3})
_RECORD = "readiness-report/readiness.json"  # where a record is unless an option says otherwise
_NAMED = 5  # ids that one sentence names


@dataclass(frozen=True)
class _Judged:
    """A check with all that is known about it."""

    check: Check
    outcome: Outcome
    findings: tuple[Finding, ...]
    """What was reported, and an error for whatever was planned and was not."""
    waivers: tuple[Waiver | None, ...]
    """The waiver in use for each finding."""
    mended: bool = False
    """On a subject it passes only under the profile of the flip."""

    @property
    def refused(self) -> bool:
        """It failed on a subject, and nobody accepted that."""
        return any(
            finding.outcome == Outcome.FAILED and waiver is None
            for finding, waiver in zip(self.findings, self.waivers, strict=True)
        )

    @property
    def unseen(self) -> bool:
        """It could not look at a subject; a failure on another one does not change that."""
        return any(finding.outcome in _NOT_LOOKED for finding in self.findings)

    @property
    def open(self) -> bool:
        """It did not pass, waived or not."""
        return self.outcome in _OPEN

    @property
    def waived(self) -> bool:
        return any(self.waivers)

    @property
    def unpassed(self) -> bool:
        """It did not pass on a subject that no waiver covers."""
        return any(
            finding.outcome in _OPEN and waiver is None
            for finding, waiver in zip(self.findings, self.waivers, strict=True)
        )

    @property
    def unaccepted(self) -> bool:
        """A defect was seen on a subject that no waiver covers."""
        return any(
            finding.outcome in _SEEN and waiver is None
            for finding, waiver in zip(self.findings, self.waivers, strict=True)
        )

    @property
    def declared(self) -> tuple[Finding, ...]:
        """Findings that a person, not the check, called not applicable."""
        return tuple(
            finding
            for finding in self.findings
            if finding.outcome == Outcome.NOT_APPLICABLE and finding.declared
        )


_Gap = tuple[str, list[_Judged]]
"""Why a run is INCOMPLETE: a sentence, and the checks it is about."""


def judge(
    checks: Sequence[Check],
    planned: Sequence[Planned],
    findings: Sequence[Finding],
    *,
    policy: Policy,
    selection: Selection,
    target: TargetInfo,
    waivers: Sequence[Waiver],
    owners: Mapping[str, str],
    now: datetime,
    interrupted: str = "",
    flip: Flip | None = None,
    standing: Sequence[Condition] = (),
) -> Judgement:
    """Verdict with its reasons, blockers and conditions.

    Args:
        checks: the checks that this run set out to judge; deselected ones are not among them.
        planned: the findings that it set out to make.
        findings: what was reported, in any order.
        policy: what blocks, how much must be looked at, how low a domain may be.
        selection: what the run was narrowed to.
        target: what was audited.
        waivers: accepted findings; expired ones accept nothing.
        owners: person or team by domain.
        now: recorded time of the run, by which waivers expire and conditions are due.
        interrupted: why the run ended early, empty when it did not.
        flip: what was seen under another profile; its outcome counts where there is one.
        standing: conditions of an earlier record that this one follows. Their dates stay, and
            what they demand still and is past its expiry is NO-GO.
    """
    owed = missing(checks, planned, findings)
    seen = effective([*findings, *owed], flip)
    judged = _judged(checks, seen, waivers, now, proved(flip))
    card = scorecard(checks, (), seen)
    low = _low_domains(card, policy)
    terms = _Terms(owners, now, standing, flip, target)
    demanded = [
        *_conditions(judged, terms),
        *(_domain_condition(domain, terms) for domain in low),
    ]
    lapsed = [condition for condition in demanded if condition.expires < now.date().isoformat()]

    refused = [item for item in judged if item.refused and item.check.priority <= policy.block]
    gaps = [
        *_gaps_of_run(selection, _reached(target, flip), interrupted),
        *_gaps_of_flip(flip),
        *_gaps_of_checks(judged, {finding.check for finding in owed}),
        *_gaps_of_record(checks, planned, findings),
        *_gaps_of_policy(judged, policy, [w.check for w in waivers if lowers(w, now)]),
        *_gaps_of_coverage(judged, card, policy),
    ]
    reservations = [
        *_reservations(judged, terms.profile),
        *(_below(domain, terms.profile) for domain in low),
    ]
    if terms.profile and not (refused or lapsed or gaps or reservations):
        as_shipped = judge(
            checks,
            planned,
            findings,
            policy=policy,
            selection=selection,
            target=target,
            waivers=waivers,
            owners=owners,
            now=now,
            interrupted=interrupted,
        )
        if as_shipped.verdict != Verdict.GO:
            reservations = [
                f"As shipped it is {as_shipped.verdict}: {reason}" for reason in as_shipped.reasons
            ]
            demanded = [_deployment(terms)]

    named: list[_Judged] = []
    if refused or lapsed:
        ids = {condition.check for condition in lapsed} | {item.check.id for item in refused}
        verdict, reasons = Verdict.NO_GO, [*_refusals(refused), *_lapses(lapsed)]
        named = [item for item in judged if item.check.id in ids]
    elif gaps:
        verdict, reasons = Verdict.INCOMPLETE, [sentence for sentence, _ in gaps]
        about = {item.check.id for _, items in gaps for item in items}
        named = [item for item in judged if item.check.id in about]
    elif reservations:
        verdict, reasons = Verdict.CONDITIONAL_GO, reservations
    else:
        verdict = Verdict.GO
        reasons = [f"All P0 and P1 checks passed; coverage is {percent(card.coverage)}."]
    blockers = tuple(item.check.id for item in named)
    blocking = set(blockers)
    return Judgement(
        verdict=verdict,
        reasons=tuple(reasons),
        blockers=blockers,
        conditions=tuple(each for each in demanded if each.check not in blocking),
        follow_ups=sum(item.open and item.check.priority in _LATER for item in judged),
    )


def selected_outcome(
    checks: Sequence[Check],
    planned: Sequence[Planned],
    findings: Sequence[Finding],
    *,
    policy: Policy,
    waivers: Sequence[Waiver],
    owners: Mapping[str, str],
    now: datetime,
    interrupted: str = "",
    flip: Flip | None = None,
    standing: Sequence[Condition] = (),
) -> Verdict:
    """Verdict over the selected checks alone, for ``Selection.outcome``.

    The same rules, but that a part was selected and whether a target was up are not held
    against it: ``-m deployment`` may need none.
    """
    return judge(
        checks,
        planned,
        findings,
        policy=policy,
        selection=Selection(),
        target=TargetInfo(kind="url", reached=True),
        waivers=waivers,
        owners=owners,
        now=now,
        interrupted=interrupted,
        flip=flip,
        standing=standing,
    ).verdict


def is_partial(selection: Selection) -> bool:
    """Whether the run was narrowed, by an expression or in effect."""
    return bool(selection.expression) or selection.selected < selection.planned


def exit_code(
    judgement: Judgement,
    selection: Selection,
    *,
    collected: int,
    accept_conditional: bool = False,
    nothing_new: bool = False,
) -> int:
    """Exit code of the verdict: 0, 10, 11 or 12; 5 when no check was collected.

    A selection exits by the verdict over its own checks. Its record still says INCOMPLETE.
    ``nothing_new`` makes any verdict 0 but INCOMPLETE: all that is open was open before.
    """
    if not collected:
        return NOTHING_COLLECTED
    verdict = judgement.verdict
    if is_partial(selection) and selection.outcome is not None:
        verdict = selection.outcome
    if accept_conditional and verdict == Verdict.CONDITIONAL_GO:
        return 0
    if nothing_new and verdict != Verdict.INCOMPLETE:
        return 0
    return EXIT_CODES[verdict]


def combine(pytest_status: int, verdict_code: int) -> int:
    """Exit code of the whole run.

    Args:
        pytest_status: pytest's status without our own checks' failures: 0 when only checks
            failed, 1 when an unmarked test failed or another plugin said so.
        verdict_code: what :func:`exit_code` gave.

    Returns:
        Pytest's own 2 to 5 (interrupted, internal error, usage, nothing collected) always stay;
        any other status but 0 stays unless the verdict is NO-GO.
    """
    if pytest_status in _PYTEST_KEEPS:
        return pytest_status
    if pytest_status and verdict_code != EXIT_CODES[Verdict.NO_GO]:
        return pytest_status
    return verdict_code


def _judged(
    checks: Sequence[Check],
    findings: Sequence[Finding],
    waivers: Sequence[Waiver],
    now: datetime,
    mended: AbstractSet[tuple[str, str]],
) -> list[_Judged]:
    """The checks by priority and id, so that no order of a run shows in what is said."""
    by_check: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_check[finding.check].append(finding)
    by_waiver: dict[str, list[Waiver]] = defaultdict(list)
    for waiver in waivers:
        by_waiver[waiver.check].append(waiver)
    judged = []
    for check in sorted(checks, key=lambda check: (check.priority, check.id)):
        mine = sorted(by_check[check.id], key=lambda f: (f.subject, f.node, f.outcome, f.message))
        judged.append(
            _Judged(
                check=check,
                outcome=worst(finding.outcome for finding in mine),
                findings=tuple(mine),
                waivers=tuple(waiver_of(finding, by_waiver[check.id], now) for finding in mine),
                mended=any((finding.check, finding.subject) in mended for finding in mine),
            )
        )
    return judged


# Rule 1: an unwaived failure of a blocking priority is NO-GO.


def _refusals(refused: Sequence[_Judged]) -> list[str]:
    reasons = []
    for priority in Priority:
        mine = [item for item in refused if item.check.priority == priority]
        if mine:
            bar = "" if priority == Priority.P0 else f", and policy blocks on {priority}"
            reasons.append(f"{_count(mine, priority)} failed without a waiver{bar}: {_ids(mine)}.")
    return reasons


def _lapses(lapsed: Sequence[Condition]) -> Iterable[str]:
    for condition in lapsed:
        name = condition.check or condition.domain or "deployment"
        yield f"The condition on {name} lapsed: it was due {condition.due} and is not met."


# Rule 2: what was not looked at makes the run INCOMPLETE.


def _gaps_of_run(selection: Selection, target: TargetInfo, interrupted: str) -> Iterable[_Gap]:
    if interrupted:
        yield f"The run ended early: {interrupted}.", []
    if is_partial(selection):
        by = f" ({selection.expression})" if selection.expression else ""
        yield f"Only a part was run{by}: {selection.selected} of {selection.planned} checks.", []
    if target.kind == "none":
        yield "No live target was audited.", []
    elif not target.reached:
        yield f"The target {target.url or target.kind} was never reached.", []


def _gaps_of_flip(flip: Flip | None) -> Iterable[_Gap]:
    """Who asks for a proof and does not get it must not read a GO."""
    if flip is not None and flip.problem:
        yield f"The flip to {flip.profile} was not carried out: {flip.problem}.", []


def _reached(target: TargetInfo, flip: Flip | None) -> TargetInfo:
    """The target that was looked at: the other profile's where only that one starts."""
    if flip is None or flip.problem or target.reached or not flip.target.reached:
        return target
    return flip.target


def _gaps_of_checks(judged: Sequence[_Judged], owed: AbstractSet[str]) -> Iterable[_Gap]:
    unseen = [item for item in judged if item.unseen and item.check.priority == Priority.P0]
    silent = [item for item in judged if item.check.id in owed]
    if unseen:
        yield f"{_count(unseen, 'P0')} could not be judged in full: {_ids(unseen)}.", unseen
    if silent:
        yield f"{_count(silent)} never reported a planned finding: {_ids(silent)}.", silent


def _gaps_of_record(
    checks: Sequence[Check], planned: Sequence[Planned], findings: Sequence[Finding]
) -> Iterable[_Gap]:
    named = {plan.check for plan in planned} | {finding.check for finding in findings}
    if unknown := sorted(named - {check.id for check in checks}):
        yield f"Findings name checks that this run does not have: {_names(unknown)}.", []


def _gaps_of_policy(
    judged: Sequence[_Judged], policy: Policy, accepted: Sequence[str]
) -> Iterable[_Gap]:
    """Say that a level hides what nobody accepted.

    A level speaks for a whole check, a waiver for the subjects that it names: one subject that is
    waived must not lower the others.
    """
    lowered = [
        item
        for item in judged
        if item.check.priority in _URGENT
        and policy.levels.get(item.check.id) in {"off", "warn"}
        and (item.check.id not in accepted or item.unaccepted)
    ]
    if lowered:
        which = _count(lowered, "P0 or P1")
        yield f"Policy lowers {which}, which only a waiver may do: {_ids(lowered)}.", lowered


def _gaps_of_coverage(judged: Sequence[_Judged], card: Scorecard, policy: Policy) -> Iterable[_Gap]:
    """Say that too little was looked at.

    The bar counts checks that were looked at on *every* subject. A check that failed on one and
    could not look at another is assessed, and so part of the coverage that is shown; if it
    cleared this bar too, turning a pass into a failure could lift INCOMPLETE to CONDITIONAL GO.
    """
    counted = [item for item in judged if item.outcome != Outcome.NOT_APPLICABLE]
    seen = sum(not item.unseen for item in counted)
    if not card.total.assessed:
        yield "Nothing was assessed.", []
    elif not seen:
        yield "No check was looked at in full.", []
    elif 100 * seen < policy.minimum_coverage * len(counted):
        share = percent(tenths(seen, len(counted)))
        yield (
            (
                f"{seen} of {len(counted)} checks were looked at in full ({share}); "
                f"policy asks for {policy.minimum_coverage} %."
            ),
            [],
        )


# Rule 3: what is left open on a P0 or P1, or in a domain, makes it CONDITIONAL GO.


def _reservations(judged: Sequence[_Judged], profile: str) -> Iterable[str]:
    for priority in sorted(_URGENT):
        mine = [item for item in judged if item.check.priority == priority]
        for found, words in (
            ([item for item in mine if item.unpassed], "did not pass"),
            ([item for item in mine if item.waived], "did not pass and a waiver accepts that"),
            ([item for item in mine if item.mended], f"passed only under profile {profile}"),
            ([item for item in mine if item.declared], "declared not applicable by a person"),
        ):
            if found:
                yield f"{_count(found, priority)} {words}: {_ids(found)}."


@dataclass(frozen=True)
class _LowDomain:
    """A domain under its floor."""

    name: str
    share: str
    floor: int


def _low_domains(card: Scorecard, policy: Policy) -> list[_LowDomain]:
    """Domains under their floor.

    A domain that nobody could look at counts as 0 here. Were it left out for having no
    percentage, its last pass turning into a skip would lift it over the floor.
    """
    return [
        _LowDomain(name, percent(tenths(part.passed, part.counted)), floor)
        for name, part in card.by_domain.items()
        if 100 * part.passed < (floor := policy.floors.get(name, policy.floor)) * part.counted
    ]


def _below(domain: _LowDomain, profile: str) -> str:
    where = f" with profile {profile}" if profile else ""
    return f"Domain {domain.name} is at {domain.share}{where}, under its floor of {domain.floor} %."


# Conditions: what is demanded beside the blockers, of whom, and by when.


@dataclass(frozen=True)
class _Terms:
    """What conditions are made from, beside what was found."""

    owners: Mapping[str, str]
    now: datetime
    standing: Sequence[Condition]
    flip: Flip | None
    target: TargetInfo

    @property
    def profile(self) -> str:
        """The profile of a flip that was carried out, else empty."""
        return self.flip.profile if self.flip is not None and not self.flip.problem else ""

    def condition(
        self, check: Check | None, text: str, domain: str, *, until: str = "", mended: bool = False
    ) -> Condition:
        """A condition with its dates: those it had when it was first demanded."""
        name = check.id if check is not None else ""
        priority = check.priority if check is not None else None
        due = self.now.date() + timedelta(days=DAYS[priority or Priority.P2])
        expires = due + timedelta(days=GRACE_DAYS)
        same = [each for each in self.standing if (each.check, each.domain) == (name, domain)]
        return Condition(
            check=name,
            text=text,
            priority=priority,
            owner=self.owners.get(domain) or UNASSIGNED,
            due=min([due.isoformat(), *(each.due for each in same)]),
            domain=domain,
            verify=self._command(name, domain),
            expires=max(
                min([expires.isoformat(), *(each.expires for each in same if each.expires)]), until
            ),
            proof=Proof.CONFIGURATION_ONLY if mended else None,
        )

    def _command(self, check: str, domain: str) -> str:
        profile = self.profile or self.target.profile
        words = ["pytest --readiness", f"--readiness-conditions {_RECORD}"]
        if profile:
            words.append(f"--readiness-profile {profile}")
        if check or domain:
            what = f"id='{check}'" if check else f"domain='{domain}'"
            words.append(f'-m "readiness({what})"')
        return " ".join(words)


def _conditions(judged: Sequence[_Judged], terms: _Terms) -> Iterable[Condition]:
    for item in judged:
        check = item.check
        if check.priority not in _URGENT:
            continue
        if item.open:
            until = _accepted_until(item)
            yield terms.condition(check, _demand(item), str(check.domain), until=until)
        if item.mended:
            yield terms.condition(check, _deploy(terms), str(check.domain), mended=True)
        for finding in item.declared:
            text = f"Confirm that it does not apply: {finding.message}"
            yield terms.condition(check, text, str(check.domain))


def _domain_condition(domain: _LowDomain, terms: _Terms) -> Condition:
    text = f"Bring {domain.name} from {domain.share} to its floor of {domain.floor} %."
    return terms.condition(None, text, domain.name)


def _deployment(terms: _Terms) -> Condition:
    """What is demanded where no single P0 or P1 is mended, but a floor or the coverage is."""
    return terms.condition(None, _deploy(terms), "", mended=True)


def _deploy(terms: _Terms) -> str:
    changed = terms.flip.environment if terms.flip is not None else ()
    names = f" (it changes {_names(changed)})" if changed else ""
    return f"Deploy with profile {terms.profile}{names}."


def _accepted_until(item: _Judged) -> str:
    """Last day on which waivers accept all that is open; empty when something is not accepted."""
    if item.unpassed:
        return ""
    return min((waiver.expires for waiver in item.waivers if waiver is not None), default="")


def _demand(item: _Judged) -> str:
    if item.outcome in _NOT_LOOKED:
        classes = sorted({finding.reason for finding in item.findings if finding.reason})
        return f"Let it look ({', '.join(classes) or 'error'}): {item.check.title}"
    mend = item.check.short_fix or item.check.title
    terms = sorted({f"until {w.expires} by {w.owner}" for w in item.waivers if w is not None})
    return f"{mend} (waived {', '.join(terms)})" if terms else mend


def _count(judged: Sequence[_Judged], kind: str = "") -> str:
    words = f"{kind} check" if kind else "check"
    return f"{len(judged)} {words}" if len(judged) == 1 else f"{len(judged)} {words}s"


def _ids(judged: Sequence[_Judged]) -> str:
    return _names([item.check.id for item in judged])


def _names(ids: Sequence[str]) -> str:
    named, more = ids[:_NAMED], len(ids) - _NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


# What was audited: one commit, and nothing beside it.

_STARTS = "unreachable-target"
_BUILD = "build"  # in the place of a domain: no domain under its floor is meant


def of_origin(
    judgement: Judgement,
    provenance: Provenance,
    commit: str,
    *,
    checks: Iterable[Check],
    owners: Mapping[str, str],
    now: datetime,
    standing: Iterable[Condition] = (),
) -> Judgement:
    """The same judgement, with what is to be said of the tree and of the build that ran.

    A dirty tree is said and changes nothing: a check of its own judges it. A running build that
    is not the commit under audit turns GO into CONDITIONAL GO, since files of one version and
    answers of another were judged.

    Args:
        judgement: by the findings.
        provenance: what was seen of tree and build.
        commit: the commit under audit, empty when there is none.
        checks: of this run; the one that starts the target also asks again what it was built from.
        owners: person or team by domain.
        now: recorded time of the run.
        standing: conditions of an earlier record, whose dates stay.
    """
    reasons = [*_dirty(provenance.dirty, commit)]
    if not is_other_build(provenance.build, commit):
        return replace(judgement, reasons=(*judgement.reasons, *reasons)) if reasons else judgement
    other = f"the target says that it is {provenance.build[:12]}, the files are {commit[:12]}"
    asks_again = _STARTS if any(check.id == _STARTS for check in checks) else ""
    same = [each for each in standing if (each.check, each.domain) == (asks_again, _BUILD)]
    due, expires = now.date(), now.date() + timedelta(days=GRACE_DAYS)
    words = f" -m \"readiness(id='{_STARTS}')\"" if asks_again else ""
    condition = Condition(
        check=asks_again,
        text=f"Audit the build that goes live: {other}.",
        priority=Priority.P0,
        owner=owners.get("infrastructure") or UNASSIGNED,
        due=min([due.isoformat(), *(each.due for each in same)]),
        domain=_BUILD,
        verify=f"pytest --readiness --readiness-conditions {_RECORD}{words}",
        expires=min([expires.isoformat(), *(each.expires for each in same if each.expires)]),
    )
    return replace(
        judgement,
        verdict=outcome_of_origin(judgement.verdict, provenance, commit),
        reasons=(
            *judgement.reasons,
            f"What runs is not the commit under audit: {other}.",
            *reasons,
        ),
        conditions=(*judgement.conditions, condition),
    )


def outcome_of_origin(verdict: Verdict, provenance: Provenance, commit: str) -> Verdict:
    """The verdict, which is not GO where another build ran than the commit under audit."""
    if verdict == Verdict.GO and is_other_build(provenance.build, commit):
        return Verdict.CONDITIONAL_GO
    return verdict


def is_other_build(build: str, commit: str) -> bool:
    """Whether a reported commit, short or whole, is another one than the commit under audit."""
    first, second = sorted((build.lower(), commit.lower()), key=len)
    return bool(first) and not second.startswith(first)


def _dirty(files: Sequence[str], commit: str) -> Iterable[str]:
    if files:
        count = "1 file differs" if len(files) == 1 else f"{len(files)} files differ"
        base = f"commit {commit[:12]}" if commit else "any commit"
        yield f"What was audited is not a commit: {count} from {base}: {_names(files)}."
