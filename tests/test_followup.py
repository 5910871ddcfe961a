"""An earlier record with what was found now in the place of what was found then."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_readiness.followup import Seen, follow_up, join, standing, wanted
from pytest_readiness.model import (
    Flip,
    FollowedCondition,
    FollowUp,
    Planned,
    TargetInfo,
    Verdict,
)
from tests.runs import (
    ERROR,
    FAILED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    PRODUCTION,
    SKIPPED,
    WARNED,
    WORSE,
    check,
    finding,
    flipped,
    run_of,
    runs,
)


GO, CONDITIONAL_GO, INCOMPLETE, NO_GO = Verdict
BEST_FIRST = [GO, CONDITIONAL_GO, INCOMPLETE, NO_GO]


def run_with(*more):
    """Thirty P0 checks passed, and these: id, outcome, priority, subject."""
    base = run_of((30, PASSED, "P0", "backend"))
    findings = tuple(finding(name, outcome, subject) for name, outcome, _, subject in more)
    checks = {name: check(name, priority) for name, _, priority, _ in more}
    planned = tuple(Planned(each.node, each.check, each.subject) for each in findings)
    return replace(
        base,
        checks=(*base.checks, *checks.values()),
        findings=(*base.findings, *findings),
        planned=(*base.planned, *planned),
    )


def now(record, *findings, **more):
    """These were found when the record was followed."""
    looked = {each.check for each in findings}
    return Seen(
        checks=tuple(each for each in record.checks if each.id in looked),
        planned=tuple(Planned(each.node, each.check, each.subject) for each in findings),
        findings=tuple(findings),
        **more,
    )


def joined_run(run, seen):
    """What a verdict is made from, of the joined findings."""
    joined = join(run.report(), seen)
    return replace(
        run,
        checks=joined.checks,
        planned=joined.planned,
        findings=joined.findings,
        flip=joined.flip,
        standing=standing(run.report()),
    )


def followed(run, seen, at=NOW, record=None):
    record = record or run.report()
    after = joined_run(run, seen)
    return follow_up(record, seen, join(record, seen), after.judgement, at=at)


# What is looked at again.


def test_conditions_and_blockers_are_looked_at_again_and_nothing_else():
    run = run_with(("odd", WARNED, "P1", ""), ("bad", FAILED, "P0", ""), ("low", FAILED, "P3", ""))
    assert wanted(run.report()) == {"odd", "bad"}


def test_of_a_domain_under_its_floor_what_did_not_pass_is_looked_at_again():
    run = run_of((30, PASSED, "P0", "backend"), (1, PASSED, "P2", "llm"), (2, SKIPPED, "P2", "llm"))
    assert wanted(run.report()) == {"check-0031", "check-0032"}


def test_a_go_leaves_nothing_to_look_at():
    assert wanted(run_of((30, PASSED, "P0", "backend")).report()) == frozenset()


def test_what_is_made_worse_or_mended_by_a_profile_is_looked_at_again():
    run = flipped(
        run_with(("odd", FAILED, "P1", ""), ("login", PASSED, "P0", "")),
        {("odd", ""): PASSED, ("login", ""): FAILED},
    )
    assert wanted(run.report()) == {"odd", "login"}


def test_where_only_the_coverage_is_mended_all_that_is_mended_is_looked_at_again():
    run = run_of((3, PASSED, "P0", "backend"), (2, SKIPPED, "P2", "backend"))
    again = flipped(run, {("check-0003", ""): PASSED, ("check-0004", ""): PASSED})
    assert again.verdict == CONDITIONAL_GO
    assert wanted(again.report()) == {"check-0003", "check-0004"}


# What is joined.


def test_what_passes_now_is_closed_and_go_is_reached():
    run = run_with(("odd", WARNED, "P1", ""))
    seen = now(run.report(), finding("odd", PASSED))
    result = followed(run, seen)
    assert [(each.condition.check, each.state) for each in result.conditions] == [("odd", "closed")]
    assert result.verdict == GO
    assert result.looked == ("odd",)
    assert (result.record, result.commit) == (NOW.isoformat(), "1a2b3c4d5e6f")


@pytest.mark.parametrize(
    ("day", "state", "verdict"),
    [(1, "open", CONDITIONAL_GO), (15, "open", CONDITIONAL_GO), (16, "lapsed", NO_GO)],
)
def test_what_does_not_pass_is_open_until_it_expires_and_lapsed_then(day, state, verdict):
    """A P1 of 1 March is due on the 8th and counts through the 15th."""
    run = run_with(("odd", WARNED, "P1", ""))
    at = datetime(2026, 3, day, tzinfo=UTC)
    seen = now(run.report(), finding("odd", WARNED, message="still so"))
    after = joined_run(run, seen)
    judgement = after.judgement_at(at)
    result = follow_up(run.report(), seen, join(run.report(), seen), judgement, at=at)
    assert [(each.state, each.message) for each in result.conditions] == [(state, "still so")]
    assert result.verdict == verdict


def test_a_check_counts_with_the_subjects_it_has_now():
    run = run_with(("odd", WARNED, "P1", "a"), ("odd", PASSED, "P1", "b"))
    joined = join(run.report(), now(run.report(), finding("odd", PASSED, "b")))
    assert [each.subject for each in joined.findings if each.check == "odd"] == ["b"]


def test_subjects_that_k_leaves_out_stay_as_they_were():
    run = run_with(("odd", WARNED, "P1", "a"), ("odd", WARNED, "P1", "b"))
    seen = now(run.report(), finding("odd", PASSED, "b"), narrowed=True)
    joined = join(run.report(), seen)
    outcomes = {each.subject: each.outcome for each in joined.findings if each.check == "odd"}
    assert outcomes == {"a": WARNED, "b": PASSED}
    assert followed(run, seen).verdict == CONDITIONAL_GO


def test_what_was_planned_now_and_never_reported_is_an_error():
    run = run_with(("odd", WARNED, "P0", ""))
    seen = replace(now(run.report(), finding("odd", PASSED)), findings=())
    assert joined_run(run, seen).card.total.error == 1
    assert followed(run, seen).verdict == INCOMPLETE


def test_a_domain_is_closed_when_it_reaches_its_floor():
    run = run_of((30, PASSED, "P0", "backend"), (2, FAILED, "P2", "llm"))
    seen = now(run.report(), finding("check-0030", PASSED))
    assert followed(run, seen).verdict == GO
    assert [each.state for each in followed(run, seen).conditions] == ["closed"]


def test_dates_are_carried_from_follow_up_to_follow_up():
    run = run_with(("odd", WARNED, "P1", ""))
    first = run.report()
    [promised] = first.judgement.conditions
    # In between it could not be looked at at all, and stood among the blockers.
    later = replace(
        first,
        judgement=replace(first.judgement, conditions=(), blockers=("odd",)),
        follow_up=FollowUp(
            first.started, "c0ffee", (FollowedCondition(promised, "open"),), INCOMPLETE, ("other",)
        ),
        started="2026-03-10T12:00:00+00:00",
        commit="deadbeef",
    )
    assert standing(later) == (promised,)
    seen = now(later, finding("odd", WARNED))
    result = follow_up(later, seen, join(later, seen), first.judgement, at=NOW)
    assert (result.record, result.commit) == (first.started, "c0ffee")
    assert result.looked == ("odd", "other")


def test_what_was_closed_before_is_not_followed_again():
    run = run_with(("odd", WARNED, "P1", ""))
    [promised] = run.report().judgement.conditions
    closed = FollowUp(NOW.isoformat(), "", (FollowedCondition(promised, "closed"),), GO)
    fine = run_of((30, PASSED, "P0", "backend")).report(follow_up=closed)
    assert standing(fine) == ()


# With a flip.


MENDED = flipped(run_with(("odd", FAILED, "P0", "")), {("odd", ""): PASSED})
BROKEN = flipped(run_with(("odd", PASSED, "P0", "")), {("odd", ""): FAILED})


@pytest.mark.parametrize("run", [MENDED, BROKEN], ids=["mended", "made worse"])
def test_what_was_seen_under_a_profile_is_not_refuted_without_it(run):
    seen = now(run.report(), finding("odd", PASSED), profile="as-shipped")
    assert join(run.report(), seen).flip == run.flip
    assert followed(run, seen).verdict == run.verdict


@pytest.mark.parametrize("run", [MENDED, BROKEN], ids=["mended", "made worse"])
def test_a_pass_under_that_profile_closes_it(run):
    seen = now(run.report(), finding("odd", PASSED), profile="production")
    assert followed(run, seen).verdict == GO


def test_a_second_flip_takes_the_place_of_the_first_where_it_looked():
    run = flipped(
        run_with(("odd", PASSED, "P0", ""), ("late", FAILED, "P2", "")),
        {("odd", ""): FAILED, ("late", ""): PASSED},
    )
    again = Flip("production", PRODUCTION)
    seen = now(run.report(), finding("odd", PASSED), flip=again, profile="as-shipped")
    joined = join(run.report(), seen)
    assert [each.check for each in joined.flip.findings] == ["late"]
    assert followed(run, seen).verdict == GO


def test_a_flip_that_failed_then_or_now_leaves_it_incomplete():
    run = run_with(("odd", WARNED, "P1", ""))
    failed = replace(run, flip=Flip("production", TargetInfo(), problem="it crashed"))
    seen = now(failed.report(), finding("odd", PASSED))
    assert followed(failed, seen).verdict == INCOMPLETE
    tried = now(run.report(), finding("odd", PASSED), flip=failed.flip)
    assert followed(run, tried).verdict == INCOMPLETE


# Properties.


@given(runs())
def test_nothing_looked_at_changes_nothing(run):
    joined = joined_run(run, Seen((), (), ()))
    assert joined.judgement == run.judgement


@given(runs(), st.data())
def test_it_is_the_verdict_of_a_whole_run_that_found_the_same(run, data):
    record = run.report()
    looked = sorted(wanted(record))
    found = {
        each.node: replace(each, outcome=data.draw(st.sampled_from([PASSED, WARNED, FAILED])))
        for each in run.findings
        if each.check in looked
    }
    whole = replace(run, findings=tuple(found.get(each.node, each) for each in run.findings))
    seen = Seen(
        checks=tuple(each for each in run.checks if each.id in looked),
        planned=tuple(each for each in run.planned if each.check in looked),
        findings=tuple(found.values()),
    )
    assert joined_run(run, seen).verdict == whole.verdict


some = st.tuples(st.sampled_from([WARNED, FAILED, SKIPPED, ERROR, PASSED]), st.just("P1"))
more = st.tuples(st.sampled_from([WARNED, FAILED, NOT_APPLICABLE]), st.sampled_from(["P2", "P3"]))


@given(some.filter(lambda each: each[0] != PASSED), st.lists(some | more, max_size=6))
def test_when_all_that_is_looked_at_again_passes_a_conditional_go_is_a_go(first, others):
    listed = enumerate([first, *others])
    run = run_with(*((f"odd-{n}", outcome, priority, "") for n, (outcome, priority) in listed))
    assert run.verdict == CONDITIONAL_GO
    record = run.report()
    passed = [
        finding(each.check, PASSED, each.subject)
        for each in (*run.planned,)
        if each.check in wanted(record)
    ]
    result = followed(run, now(record, *passed))
    assert result.verdict == GO
    assert {each.state for each in result.conditions} == {"closed"}


@given(runs(), st.data())
def test_a_worse_finding_now_never_gives_a_better_verdict(run, data):
    record = run.report()
    again = [
        finding(each.check, data.draw(st.sampled_from([*WORSE])), each.subject)
        for each in run.planned
        if each.check in wanted(record)
    ]
    assume(again)
    place = data.draw(st.integers(0, len(again) - 1))
    worse = data.draw(st.sampled_from(WORSE[again[place].outcome]))
    lower = [*again]
    lower[place] = replace(again[place], outcome=worse)
    one, other = followed(run, now(record, *again)), followed(run, now(record, *lower))
    assert BEST_FIRST.index(other.verdict) >= BEST_FIRST.index(one.verdict)
