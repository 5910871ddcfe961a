"""Recorded runs to judge: written by hand, or drawn by hypothesis."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st

from pytest_readiness.flip import join
from pytest_readiness.model import (
    SCHEMA_VERSION,
    AuditReport,
    Change,
    Check,
    Condition,
    Domain,
    Finding,
    Flip,
    Outcome,
    Phase,
    Planned,
    Policy,
    Priority,
    Reason,
    Selection,
    TargetInfo,
    Waiver,
)
from pytest_readiness.scoring import missing, scorecard
from pytest_readiness.verdict import is_partial, judge, selected_outcome
from pytest_readiness.waivers import evidence_digest


if TYPE_CHECKING:
    from pytest_readiness.model import Judgement, Scorecard, Verdict


settings.register_profile("pure", deadline=None)  # a busy machine is no defect
settings.load_profile("pure")

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LIVE = TargetInfo(kind="url", url="http://127.0.0.1:8000", reached=True)
PASSED, WARNED, FAILED, SKIPPED, NOT_APPLICABLE, ERROR = Outcome
P0, P1, P2, P3 = Priority


def check(name: str, priority: str = "P2", domain: str = "backend", **more: Any) -> Check:
    values: dict[str, Any] = {
        "title": f"{name} is absent.",
        "why": "It hurts.",
        "fix": f"Mend {name}. Then look again.",
        "phase": Phase.SECURITY,
        "change": Change.CODE,
    } | more
    return Check(id=name, priority=Priority(priority), domain=Domain(domain), **values)


def finding(name: str, outcome: Outcome, subject: str = "", **more: Any) -> Finding:
    return Finding(
        check=name, subject=subject, outcome=outcome, node=f"test.py::{name}[{subject}]", **more
    )


@dataclass(frozen=True)
class Run:
    """What a verdict is made from."""

    checks: tuple[Check, ...] = ()
    findings: tuple[Finding, ...] = ()
    planned: tuple[Planned, ...] = ()
    policy: Policy = field(default_factory=Policy)
    selection: Selection = field(default_factory=Selection)
    target: TargetInfo = LIVE
    waivers: tuple[Waiver, ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    flip: Flip | None = None
    standing: tuple[Condition, ...] = ()

    @property
    def card(self) -> Scorecard:
        return scorecard(self.checks, self.planned, self.findings)

    @property
    def judgement(self) -> Judgement:
        return self.judgement_at(NOW)

    def judgement_at(self, now: datetime) -> Judgement:
        return judge(
            self.checks,
            self.planned,
            self.findings,
            policy=self.policy,
            selection=self.selection,
            target=self.target,
            waivers=self.waivers,
            owners=dict(self.owners),
            now=now,
            flip=self.flip,
            standing=self.standing,
        )

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def selected_outcome(self) -> Verdict:
        return selected_outcome(
            self.checks,
            self.planned,
            self.findings,
            policy=self.policy,
            waivers=self.waivers,
            owners=dict(self.owners),
            now=NOW,
            flip=self.flip,
            standing=self.standing,
        )

    def report(self, **more: Any) -> AuditReport:
        """The record of this run."""
        run = self
        if is_partial(self.selection):
            run = replace(self, selection=replace(self.selection, outcome=self.selected_outcome))
        values: dict[str, Any] = {
            "schema_version": SCHEMA_VERSION,
            "tool_version": "0.1.0",
            "catalogue_digest": "sha256:0",
            "started": NOW.isoformat(),
            "seconds": 12.5,
            "repository": "shop",
            "commit": "1a2b3c4d5e6f",
            "phase_seconds": {"security": 12.5},
            "flip": run.flip,
        } | more
        return AuditReport(
            target=run.target,
            policy=run.policy,
            selection=run.selection,
            owners=dict(run.owners),
            checks=run.checks,
            planned=run.planned,
            findings=run.findings,
            waivers=run.waivers,
            scorecard=run.card,
            judgement=run.judgement,
            **values,
        )


def run_of(*groups: tuple[int, Outcome, str, str], **more: Any) -> Run:
    """``run_of((69, PASSED, "P0", "backend"), ...)``: so many checks, one finding each."""
    checks, findings = [], []
    for number, outcome, priority, domain in groups:
        for _ in range(number):
            name = f"check-{len(checks):04}"
            checks.append(check(name, priority, domain))
            findings.append(finding(name, outcome))
    planned = tuple(Planned(item.node, item.check, item.subject) for item in findings)
    return Run(checks=tuple(checks), findings=tuple(findings), planned=planned, **more)


WORSE = {PASSED: (WARNED, FAILED, SKIPPED, ERROR), WARNED: (FAILED,)}
"""The stated order, one step or more down; whatever is not in it is unordered."""


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Small runs, so that a single finding is often the one that decides."""
    checks, findings, planned = [], [], []
    for number in range(draw(st.integers(0, 6))):
        name = f"check-{number}"
        domain = draw(st.sampled_from(["backend", "security"]))
        checks.append(check(name, draw(st.sampled_from(Priority)), domain))
        for subject in draw(st.lists(st.sampled_from(["", "a", "b"]), unique=True, max_size=3)):
            outcome = draw(st.sampled_from([*Outcome, PASSED, PASSED, PASSED]))
            said = finding(
                name,
                outcome,
                subject,
                reason=draw(st.sampled_from(Reason)) if outcome == SKIPPED else None,
                declared=outcome == NOT_APPLICABLE and draw(st.booleans()),
            )
            planned.append(Planned(said.node, name, subject))
            if draw(st.integers(0, 9)):
                findings.append(said)
    return Run(
        checks=tuple(checks),
        findings=tuple(draw(st.permutations(findings))),
        planned=tuple(planned),
        policy=Policy(
            block=draw(st.sampled_from(Priority)),
            minimum_coverage=draw(st.sampled_from([0, 50, 80, 100])),
            floor=draw(st.sampled_from([0, 50, 100])),
            floors=draw(st.sampled_from([{}, {"backend": 70}])),
            levels=draw(st.sampled_from([{}, {}, {"check-0": "off"}, {"check-1": "warn"}])),
        ),
        selection=draw(
            st.sampled_from([Selection(), Selection(), Selection("-m security", 131, 24)])
        ),
        target=draw(st.sampled_from([LIVE, LIVE, LIVE, TargetInfo()])),
        waivers=tuple(draw(st.lists(waivers(), max_size=3))),
    )


@st.composite
def waivers(draw: st.DrawFn) -> Waiver:
    name = f"check-{draw(st.integers(0, 5))}"
    pinned = finding(name, draw(st.sampled_from([WARNED, FAILED])), "a")
    return Waiver(
        check=name,
        subject=draw(st.sampled_from(["*", "a", "[ab]"])),
        reason="known",
        owner="ann",
        expires=draw(st.sampled_from(["2026-02-28", "2026-03-01", "2030-01-01"])),
        evidence=draw(st.sampled_from(["", "", evidence_digest(pinned)])),
    )


@st.composite
def runs_and_worse(draw: st.DrawFn) -> tuple[Run, Run]:
    """A run, and the same run with one finding worse."""
    run = draw(runs().filter(lambda run: any(item.outcome in WORSE for item in run.findings)))
    places = [place for place, item in enumerate(run.findings) if item.outcome in WORSE]
    place = draw(st.sampled_from(places))
    old = run.findings[place]
    new = replace(old, outcome=draw(st.sampled_from(WORSE[old.outcome])))
    changed = (*run.findings[:place], new, *run.findings[place + 1 :])
    return run, replace(run, findings=changed)


PRODUCTION = TargetInfo(
    kind="command", url="http://127.0.0.1:8001", profile="production", reached=True
)


def flipped(run: Run, after: dict[tuple[str, str], Outcome], **more: Any) -> Run:
    """The run with a flip to production, in which these differ, by check and subject."""
    before = [*run.findings, *missing(run.checks, run.planned, run.findings)]
    again = [
        finding(each.check, after.get((each.check, each.subject), each.outcome), each.subject)
        for each in before
    ]
    values: dict[str, Any] = {"target": PRODUCTION} | more
    return replace(run, flip=Flip("production", findings=join(before, again), **values))


@st.composite
def flips(draw: st.DrawFn) -> tuple[Run, dict[tuple[str, str], Outcome]]:
    """A run, and an outcome under another profile for some of what it found."""
    run = draw(runs())
    places = [(each.check, each.subject) for each in run.findings]
    some = draw(st.lists(st.sampled_from(places), unique=True)) if places else []
    return run, {place: draw(st.sampled_from([*Outcome, PASSED, PASSED])) for place in some}
