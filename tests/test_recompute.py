from dataclasses import replace

import pytest
from hypothesis import given

from pytest_readiness.model import (
    Condition,
    FollowedCondition,
    FollowUp,
    Outcome,
    Planned,
    Policy,
    Priority,
    Provenance,
    Selection,
    Tally,
    TargetInfo,
    Verdict,
    Waiver,
)
from pytest_readiness.recompute import recompute
from pytest_readiness.reports.json import parse, render
from tests.runs import FAILED, PASSED, SKIPPED, WARNED, flipped, run_of, runs


@pytest.fixture
def report():
    return run_of(
        (8, PASSED, "P0", "security"),
        (4, PASSED, "P1", "backend"),
        (1, WARNED, "P1", "backend"),
        (1, SKIPPED, "P2", "backend"),
        (1, FAILED, "P3", "backend"),
    ).report()


@given(runs())
def test_a_record_that_was_written_and_read_says_what_its_findings_say(run):
    assert recompute(parse(render(run.report()))) == []


def test_what_ran_is_part_of_what_is_computed_again(report):
    hidden = replace(report, provenance=Provenance(build="0123456"))
    assert [line.partition(":")[0] for line in recompute(hidden)] == [
        "judgement.reasons",
        "judgement.conditions",
    ]


def test_a_polished_percentage_is_found_out(report):
    polished = replace(report, scorecard=replace(report.scorecard, readiness=960))
    assert recompute(polished) == ["scorecard.readiness: recorded 960, recomputed 800"]


def test_a_polished_part_is_found_out(report):
    card = report.scorecard
    domains = card.by_domain | {"security": Tally(passed=9)}
    assert recompute(replace(report, scorecard=replace(card, by_domain=domains))) == [
        "scorecard.by_domain.security.passed: recorded 9, recomputed 8"
    ]


def test_a_polished_verdict_is_found_out(report):
    polished = replace(report, judgement=replace(report.judgement, verdict=Verdict.GO))
    assert recompute(polished) == ["judgement.verdict: recorded GO, recomputed CONDITIONAL GO"]


@pytest.mark.parametrize("place", range(15))
@pytest.mark.parametrize("outcome", Outcome)
def test_no_outcome_can_be_changed_unseen(report, place, outcome):
    old = report.findings[place]
    new = replace(old, outcome=outcome)
    findings = (*report.findings[:place], new, *report.findings[place + 1 :])
    assert bool(recompute(replace(report, findings=findings))) == (outcome != old.outcome)


def test_no_finding_can_be_dropped_unseen(report):
    assert recompute(replace(report, findings=report.findings[1:]))


def test_no_finding_can_be_dropped_together_with_its_plan(report):
    assert recompute(replace(report, findings=report.findings[1:], planned=report.planned[1:]))


def test_no_check_can_be_dropped_with_all_its_traces(report):
    gone = replace(
        report,
        checks=report.checks[1:],
        findings=report.findings[1:],
        planned=report.planned[1:],
    )
    assert recompute(gone)


def test_a_lengthened_plan_is_found_out(report):
    assert recompute(replace(report, planned=(*report.planned, Planned("x", "check-0000", ""))))


def test_a_shortened_plan_is_found_out_where_something_never_reported():
    run = run_of((9, PASSED, "P2", "backend"))
    lost = Planned("test.py::check-0000[b]", "check-0000", "b")
    report = replace(run, planned=(*run.planned, lost)).report()
    assert recompute(report) == []
    assert recompute(replace(report, planned=report.planned[:-1]))


@pytest.mark.parametrize(
    "policy",
    [
        Policy(floor=90),
        Policy(minimum_coverage=99),
        Policy(floors={"backend": 60}),
        Policy(levels={"check-0000": "off"}),
        Policy(block=Priority.P3),
    ],
    ids=["floor", "coverage", "floors", "levels", "block"],
)
def test_another_policy_is_found_out(report, policy):
    assert recompute(replace(report, policy=policy))


def test_a_waiver_that_was_added_later_is_found_out(report):
    waiver = Waiver("check-0012", "*", "fine", "ann", "2030-01-01")
    assert recompute(replace(report, waivers=(waiver,)))


@pytest.mark.parametrize(
    "change",
    [
        {"target": TargetInfo()},
        {"owners": {"backend": "bea"}},
        {"started": "2026-04-01T12:00:00+00:00"},
        {"selection": Selection("-m security", 131, 15)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_circumstances_are_found_out(report, change):
    assert recompute(replace(report, **change))


def test_the_outcome_of_a_selection_is_recomputed():
    report = run_of(
        (3, PASSED, "P0", "llm"), selection=Selection("-m llm", planned=131, selected=3)
    ).report()
    assert report.selection.outcome == Verdict.GO
    assert recompute(report) == []
    claimed = replace(report, selection=replace(report.selection, outcome=None))
    assert recompute(claimed) == ["selection.outcome: recorded nothing, recomputed GO"]


def test_a_selection_that_was_wiped_is_found_out():
    report = run_of((3, PASSED, "P0", "llm"), selection=Selection("-m llm", 131, 3)).report()
    assert recompute(replace(report, selection=Selection()))


def test_expiry_is_judged_at_the_recorded_time():
    waiver = Waiver("check-0000", "*", "fine", "ann", "2026-03-01")
    report = run_of((1, FAILED, "P0", "llm"), (9, PASSED, "P0", "llm"), waivers=(waiver,)).report()
    assert report.judgement.verdict == Verdict.CONDITIONAL_GO
    assert recompute(report) == []


def test_a_record_without_a_time_cannot_be_judged(report):
    assert recompute(replace(report, started="yesterday")) == [
        "started: 'yesterday' is not an ISO 8601 time, so nothing can be judged"
    ]


def test_what_a_flip_claims_is_recomputed_and_a_changed_one_found_out():
    run = run_of((9, PASSED, "P0", "llm"), (1, FAILED, "P0", "llm"))
    report = flipped(run, {("check-0009", ""): PASSED}).report()
    assert report.judgement.verdict == Verdict.CONDITIONAL_GO
    assert recompute(report) == []
    assert recompute(replace(report, flip=None))
    assert recompute(replace(report, flip=replace(report.flip, findings=())))


def test_a_lapsed_condition_is_recomputed_by_what_was_followed():
    promised = Condition(
        "check-0009", "", None, "", "2026-02-01", domain="llm", expires="2026-02-08"
    )
    run = run_of((9, PASSED, "P0", "llm"), (1, WARNED, "P1", "llm"), standing=(promised,))
    follow_up = FollowUp("", "", (FollowedCondition(promised, "lapsed"),), Verdict.NO_GO)
    report = run.report(follow_up=follow_up)
    assert report.judgement.verdict == Verdict.NO_GO
    assert recompute(report) == []
    assert recompute(replace(report, follow_up=None))
    claimed = replace(report, follow_up=replace(follow_up, verdict=Verdict.GO))
    assert recompute(claimed) == ["follow_up.verdict: recorded GO, recomputed NO-GO"]
