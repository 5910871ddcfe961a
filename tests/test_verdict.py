from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pytest_readiness.flip import configuration_only
from pytest_readiness.model import (
    Condition,
    Flip,
    Outcome,
    Planned,
    Policy,
    Priority,
    Provenance,
    Reason,
    Selection,
    TargetInfo,
    Verdict,
    Waiver,
)
from pytest_readiness.verdict import combine, exit_code, is_other_build, judge, of_origin
from pytest_readiness.waivers import holds
from tests.runs import (
    ERROR,
    FAILED,
    LIVE,
    NOT_APPLICABLE,
    NOW,
    P0,
    PASSED,
    SKIPPED,
    WARNED,
    WORSE,
    Run,
    check,
    finding,
    flipped,
    flips,
    run_of,
    runs,
    runs_and_worse,
)


GO, CONDITIONAL_GO, INCOMPLETE, NO_GO = Verdict
BEST_FIRST = [GO, CONDITIONAL_GO, INCOMPLETE, NO_GO]

BASE = (30, PASSED, "P0", "backend")


FOLLOW = "pytest --readiness --readiness-conditions readiness-report/readiness.json"


def waiver(name, subject="*", expires="2026-03-31"):
    return Waiver(name, subject, "known and small", "ann", expires)


def one(outcome, priority, *, subject="", **more):
    """Thirty P0 checks passed, and one check more."""
    base = run_of(BASE)
    return replace(
        base,
        checks=(*base.checks, check("odd-one", priority)),
        findings=(*base.findings, finding("odd-one", outcome, subject)),
        **more,
    )


# The figures of the design.


def test_69_18_9_with_a_warned_p1_and_no_skipped_p0_is_a_conditional_go():
    run = run_of(
        (69, PASSED, "P0", "backend"), (18, WARNED, "P1", "backend"), (9, SKIPPED, "P2", "backend")
    )
    assert run.card.readiness == 719
    assert run.verdict == CONDITIONAL_GO


def test_1000_p0_passed_and_one_p0_failed_is_no_go():
    run = run_of((1000, PASSED, "P0", "backend"), (1, FAILED, "P0", "security"))
    assert run.judgement.reasons == ("1 P0 check failed without a waiver: check-1000.",)
    assert run.judgement.blockers == ("check-1000",)
    assert run.verdict == NO_GO


@pytest.mark.parametrize("outcome", [SKIPPED, ERROR, NOT_APPLICABLE])
@pytest.mark.parametrize("priority", ["P0", "P3"])
def test_only_skips_only_errors_only_not_applicable_are_incomplete(outcome, priority):
    run = run_of((5, outcome, priority, "backend"))
    assert run.verdict == INCOMPLETE
    assert "Nothing was assessed." in run.judgement.reasons


def test_nothing_is_incomplete():
    assert Run().verdict == INCOMPLETE


def test_no_target_is_incomplete():
    run = run_of(BASE, target=TargetInfo())
    assert run.judgement.reasons == ("No live target was audited.",)
    assert run.verdict == INCOMPLETE


def test_a_target_that_was_never_reached_is_incomplete():
    run = run_of(BASE, target=replace(LIVE, reached=False))
    assert run.judgement.reasons == ("The target http://127.0.0.1:8000 was never reached.",)
    assert run.verdict == INCOMPLETE


def test_a_waived_p0_is_a_conditional_go_and_never_a_go():
    assert one(FAILED, "P0").verdict == NO_GO
    run = one(FAILED, "P0", waivers=(waiver("odd-one"),))
    assert run.verdict == CONDITIONAL_GO
    assert run.judgement.reasons == ("1 P0 check did not pass and a waiver accepts that: odd-one.",)
    assert run.card.total.failed == run.card.total.open_p0 == 1


def test_every_p2_failed_is_a_conditional_go_by_the_domain_floor():
    run = run_of(
        BASE, (5, PASSED, "P1", "backend"), (5, FAILED, "P2", "llm"), owners=(("llm", "mia"),)
    )
    assert run.verdict == CONDITIONAL_GO
    assert run.judgement.reasons == ("Domain llm is at 0.0 %, under its floor of 50 %.",)
    assert run.judgement.conditions == (
        Condition(
            "",
            "Bring llm from 0.0 % to its floor of 50 %.",
            None,
            "mia",
            "2026-03-31",
            domain="llm",
            verify=f"{FOLLOW} -m \"readiness(domain='llm')\"",
            expires="2026-04-07",
        ),
    )
    assert run.judgement.follow_ups == 5


def test_everything_passed_but_one_waived_p3_is_a_go():
    run = one(FAILED, "P3", waivers=(waiver("odd-one"),))
    assert run.verdict == GO
    assert run.judgement.follow_ups == 1


# Rule 1.


def test_policy_can_block_on_p1():
    assert one(FAILED, "P1").verdict == CONDITIONAL_GO
    run = one(FAILED, "P1", policy=Policy(block=Priority.P1))
    assert run.verdict == NO_GO
    assert run.judgement.reasons == (
        "1 P1 check failed without a waiver, and policy blocks on P1: odd-one.",
    )


def test_a_raised_bar_still_blocks_on_what_lies_above_it():
    run = run_of(
        BASE,
        (1, FAILED, "P0", "backend"),
        (1, FAILED, "P1", "backend"),
        policy=Policy(block=Priority.P1),
    )
    assert run.judgement.blockers == ("check-0030", "check-0031")
    assert run.judgement.reasons == (
        "1 P0 check failed without a waiver: check-0030.",
        "1 P1 check failed without a waiver, and policy blocks on P1: check-0031.",
    )


@pytest.mark.parametrize(
    ("expires", "verdict"), [("2026-03-01", CONDITIONAL_GO), ("2026-02-28", NO_GO), ("soon", NO_GO)]
)
def test_a_waiver_holds_through_its_last_day(expires, verdict):
    assert one(FAILED, "P0", waivers=(waiver("odd-one", expires=expires),)).verdict == verdict


def test_a_waiver_ends_by_the_date_of_the_run_where_the_run_was():
    late = datetime.fromisoformat("2026-03-31T23:30:00-08:00")
    assert late.astimezone(UTC).day == 1
    assert holds(waiver("odd-one"), late)


@pytest.mark.parametrize(
    ("glob", "verdict"),
    [
        ("GET /users/*", CONDITIONAL_GO),
        ("GET /users/[id]", CONDITIONAL_GO),  # a subject may look like a glob
        ("get *", NO_GO),
        ("POST *", NO_GO),
        ("", NO_GO),
    ],
)
def test_a_waiver_covers_the_subjects_that_its_glob_matches(glob, verdict):
    run = one(FAILED, "P0", subject="GET /users/[id]", waivers=(waiver("odd-one", glob),))
    assert run.verdict == verdict


def test_a_waiver_for_one_subject_leaves_the_others():
    run = one(FAILED, "P0", subject="a", waivers=(waiver("odd-one", "a"),))
    both = replace(run, findings=(*run.findings, finding("odd-one", FAILED, "b")))
    assert (run.verdict, both.verdict) == (CONDITIONAL_GO, NO_GO)


# Rule 2.


@pytest.mark.parametrize("outcome", [SKIPPED, ERROR])
def test_a_p0_that_could_not_look_is_incomplete_and_no_waiver_changes_that(outcome):
    for waivers in ((), (waiver("odd-one"),)):
        run = one(outcome, "P0", waivers=waivers)
        assert run.verdict == INCOMPLETE
        assert run.judgement.reasons == ("1 P0 check could not be judged in full: odd-one.",)
        assert run.judgement.blockers == ("odd-one",)


def test_a_waived_failure_does_not_hide_that_a_p0_could_not_look_elsewhere():
    run = one(FAILED, "P0", subject="a", waivers=(waiver("odd-one"),))
    blind = replace(run, findings=(*run.findings, finding("odd-one", SKIPPED, "b")))
    assert blind.verdict == INCOMPLETE


def test_a_narrowed_run_is_incomplete_whatever_it_found():
    run = run_of(BASE, selection=Selection("-m security", planned=131, selected=30))
    assert run.verdict == INCOMPLETE
    assert run.judgement.reasons == ("Only a part was run (-m security): 30 of 131 checks.",)


def test_coverage_under_the_minimum_is_incomplete():
    enough = run_of((80, PASSED, "P1", "backend"), (20, SKIPPED, "P2", "backend"))
    short = run_of((79, PASSED, "P1", "backend"), (21, SKIPPED, "P2", "backend"))
    assert enough.verdict == GO
    assert short.verdict == INCOMPLETE
    assert short.judgement.reasons == (
        "79 of 100 checks were looked at in full (79.0 %); policy asks for 80 %.",
    )


def test_coverage_is_not_rounded_up_to_the_minimum():
    run = run_of((7999, PASSED, "P2", "backend"), (2001, SKIPPED, "P2", "backend"))
    assert run.card.coverage == 800
    assert run.verdict == INCOMPLETE


def test_a_planned_finding_that_is_missing_is_incomplete():
    run = run_of((99, PASSED, "P2", "backend"))
    lost = Planned("test.py::check-0000[b]", "check-0000", "b")
    run = replace(run, planned=(*run.planned, lost))
    assert run.verdict == INCOMPLETE
    assert run.judgement.reasons == ("1 check never reported a planned finding: check-0000.",)


def test_a_finding_of_an_unknown_check_is_incomplete():
    run = run_of(BASE)
    assert replace(run, findings=(*run.findings, finding("stray", FAILED))).verdict == INCOMPLETE


@pytest.mark.parametrize("level", ["off", "warn"])
def test_policy_lowers_a_p0_or_p1_only_with_a_waiver(level):
    policy = Policy(levels={"odd-one": level})
    assert one(PASSED, "P2", policy=policy).verdict == GO
    assert one(PASSED, "P1", policy=policy).verdict == INCOMPLETE
    assert one(PASSED, "P1", policy=policy, waivers=(waiver("odd-one"),)).verdict == GO
    old = waiver("odd-one", expires="2026-01-01")
    assert one(PASSED, "P1", policy=policy, waivers=(old,)).verdict == INCOMPLETE


# Rule 3.


@pytest.mark.parametrize("outcome", [WARNED, FAILED, SKIPPED, ERROR])
def test_a_p1_that_did_not_pass_is_a_condition(outcome):
    run = one(outcome, "P1")
    assert run.verdict == CONDITIONAL_GO
    assert run.judgement.reasons == ("1 P1 check did not pass: odd-one.",)
    [condition] = run.judgement.conditions
    assert (condition.check, condition.owner, condition.due) == (
        "odd-one",
        "unassigned",
        "2026-03-08",
    )


def test_a_warned_p0_is_a_condition_due_before_deployment():
    run = one(WARNED, "P0", owners=(("backend", "bea"),))
    assert run.judgement.conditions == (
        Condition(
            "odd-one",
            "Mend odd-one.",
            P0,
            "bea",
            "2026-03-01",
            domain="backend",
            verify=f"{FOLLOW} -m \"readiness(id='odd-one')\"",
            expires="2026-03-08",
        ),
    )


def test_a_skipped_p1_demands_that_one_can_look():
    base = run_of(BASE)
    skipped = finding("odd-one", SKIPPED, reason=Reason.NO_TOOL)
    run = replace(
        base, checks=(*base.checks, check("odd-one", "P1")), findings=(*base.findings, skipped)
    )
    [condition] = run.judgement.conditions
    assert condition.text == "Let it look (no-tool): odd-one is absent."


def test_a_waived_condition_names_the_waiver():
    [condition] = one(FAILED, "P0", waivers=(waiver("odd-one"),)).judgement.conditions
    assert condition.text == "Mend odd-one. (waived until 2026-03-31 by ann)"


@pytest.mark.parametrize(
    ("priority", "declared", "verdict"),
    [
        ("P0", True, CONDITIONAL_GO),
        ("P1", True, CONDITIONAL_GO),
        ("P2", True, GO),
        ("P0", False, GO),
    ],
)
def test_a_declared_not_applicable_is_a_condition_on_p0_and_p1(priority, declared, verdict):
    base = run_of(BASE)
    said = finding("odd-one", NOT_APPLICABLE, declared=declared, message="no browser")
    run = replace(
        base, checks=(*base.checks, check("odd-one", priority)), findings=(*base.findings, said)
    )
    assert run.verdict == verdict
    if verdict == CONDITIONAL_GO:
        [condition] = run.judgement.conditions
        assert condition.text == "Confirm that it does not apply: no browser"


def test_a_domain_has_a_floor_of_its_own():
    groups = ((3, PASSED, "P2", "llm"), (1, FAILED, "P2", "llm"))
    assert run_of(*groups).verdict == GO
    run = run_of(*groups, policy=Policy(floors={"llm": 76}))
    assert run.judgement.reasons == ("Domain llm is at 75.0 %, under its floor of 76 %.",)


def test_a_domain_that_nobody_could_look_at_is_under_its_floor():
    run = run_of(BASE, (1, SKIPPED, "P2", "llm"))
    assert run.verdict == CONDITIONAL_GO


def test_conditions_are_listed_beside_the_blockers_too():
    run = run_of(BASE, (1, FAILED, "P0", "backend"), (1, WARNED, "P1", "backend"))
    assert run.judgement.blockers == ("check-0030",)
    assert [condition.check for condition in run.judgement.conditions] == ["check-0031"]


# Rule 4.


def test_a_go_counts_its_follow_ups():
    run = run_of(BASE, (2, WARNED, "P2", "backend"), (1, FAILED, "P3", "backend"))
    assert run.verdict == GO
    assert run.judgement.follow_ups == 3
    assert run.judgement.reasons == ("All P0 and P1 checks passed; coverage is 100.0 %.",)
    assert run.judgement.conditions == ()


# Properties.


SPLIT = Run(
    checks=(check("a", "P1"), check("b", "P2")),
    findings=(finding("a", PASSED, "x"), finding("a", SKIPPED, "y"), finding("b", PASSED)),
)
"""One check sees one subject and not the other: a failure makes it assessed."""

BLIND = replace(
    SPLIT,
    checks=SPLIT.checks[:1],
    findings=SPLIT.findings[:2],
    policy=Policy(minimum_coverage=0, floor=0),
)
"""The same without any check that saw everything, under a policy that asks for nothing."""


@settings(max_examples=500)
@given(runs_and_worse())
@example((BLIND, replace(BLIND, findings=(finding("a", FAILED, "x"), *BLIND.findings[1:]))))
@example((SPLIT, replace(SPLIT, findings=(finding("a", FAILED, "x"), *SPLIT.findings[1:]))))
def test_a_worse_finding_never_gives_a_better_verdict(pair):
    run, worse = pair
    assert BEST_FIRST.index(worse.verdict) >= BEST_FIRST.index(run.verdict)
    assert BEST_FIRST.index(worse.selected_outcome) >= BEST_FIRST.index(run.selected_outcome)


@given(runs(), st.randoms())
def test_the_order_of_findings_and_checks_never_matters(run, random):
    def shuffle(items):
        return tuple(random.sample(items, len(items)))

    shuffled = replace(
        run,
        checks=shuffle(run.checks),
        findings=shuffle(run.findings),
        planned=shuffle(run.planned),
        waivers=shuffle(run.waivers),
    )
    assert shuffled.judgement == run.judgement


@given(runs())
def test_an_open_unwaived_p0_is_always_no_go(run):
    for failed in run.findings:
        priority = next(item.priority for item in run.checks if item.id == failed.check)
        if failed.outcome == FAILED and priority == P0 and not run.waivers:
            assert run.verdict == NO_GO


@given(runs())
def test_a_go_has_looked_at_every_p0_and_leaves_no_condition(run):
    if run.verdict == GO:
        assert run.target.reached
        assert run.card.readiness is not None
        assert run.judgement.conditions == run.judgement.blockers == ()
        urgent = {item.id for item in run.checks if item.priority <= Priority.P1}
        seen = {item.outcome for item in run.findings if item.check in urgent}
        assert seen <= {PASSED, NOT_APPLICABLE}


@given(runs())
def test_a_verdict_always_has_a_reason(run):
    assert run.judgement.reasons
    if run.verdict == CONDITIONAL_GO:
        assert run.judgement.conditions


@given(runs())
def test_without_waivers_no_verdict_is_better(run):
    bare = replace(run, waivers=())
    assert BEST_FIRST.index(bare.verdict) >= BEST_FIRST.index(run.verdict)


# The flip.


def odd(before, after, priority="P0"):
    """Thirty P0 checks passed under both profiles, and one check more with two outcomes."""
    return flipped(one(before, priority), {("odd-one", ""): after})


@pytest.mark.parametrize(
    ("before", "after", "priority", "verdict"),
    [
        (FAILED, PASSED, "P0", CONDITIONAL_GO),
        (SKIPPED, PASSED, "P0", CONDITIONAL_GO),
        (ERROR, PASSED, "P0", CONDITIONAL_GO),
        (WARNED, PASSED, "P1", CONDITIONAL_GO),
        (FAILED, WARNED, "P0", CONDITIONAL_GO),
        (FAILED, FAILED, "P0", NO_GO),
        (SKIPPED, FAILED, "P0", NO_GO),
        (PASSED, FAILED, "P0", NO_GO),
        (NOT_APPLICABLE, FAILED, "P0", NO_GO),
        (PASSED, FAILED, "P1", CONDITIONAL_GO),
        (FAILED, SKIPPED, "P0", NO_GO),
        (FAILED, ERROR, "P0", NO_GO),
        (FAILED, NOT_APPLICABLE, "P0", NO_GO),
        (PASSED, SKIPPED, "P0", INCOMPLETE),
        (WARNED, SKIPPED, "P0", INCOMPLETE),
        (SKIPPED, SKIPPED, "P0", INCOMPLETE),
        (PASSED, NOT_APPLICABLE, "P0", GO),
        (FAILED, PASSED, "P2", GO),
        (PASSED, PASSED, "P0", GO),
    ],
)
def test_the_verdict_is_about_what_the_flip_has_seen(before, after, priority, verdict):
    assert odd(before, after, priority).verdict == verdict


def test_what_configuration_mends_is_a_condition_that_names_variables_and_no_values():
    run = odd(FAILED, PASSED)
    run = replace(run, flip=replace(run.flip, environment=("AUTH_ENABLED", "JWT_SECRET")))
    [condition] = run.judgement.conditions
    assert condition.text == (
        "Deploy with profile production (it changes AUTH_ENABLED, JWT_SECRET)."
    )
    assert condition.verify == (
        "pytest --readiness --readiness-conditions readiness-report/readiness.json"
        " --readiness-profile production -m \"readiness(id='odd-one')\""
    )
    assert run.judgement.reasons == ("1 P0 check passed only under profile production: odd-one.",)
    assert run.judgement.blockers == ()
    assert configuration_only(run.judgement)


def test_the_percentage_is_that_of_the_audited_configuration():
    run = odd(FAILED, PASSED)
    assert run.report().scorecard == replace(run, flip=None).report().scorecard


def test_configuration_only_is_said_when_it_holds_for_every_condition():
    base = one(FAILED, "P0")
    more = replace(
        base,
        checks=(*base.checks, check("warned", "P1")),
        findings=(*base.findings, finding("warned", WARNED)),
    )
    run = flipped(more, {("odd-one", ""): PASSED})
    assert run.verdict == CONDITIONAL_GO
    assert not configuration_only(run.judgement)
    assert not configuration_only(one(WARNED, "P0").judgement)
    assert not configuration_only(run_of(BASE).judgement)


def test_a_check_mended_on_one_subject_and_failing_on_another_still_fails():
    base = one(FAILED, "P0", subject="a")
    run = replace(base, findings=(*base.findings, finding("odd-one", FAILED, "b")))
    assert flipped(run, {("odd-one", "a"): PASSED}).verdict == NO_GO
    both = flipped(run, {("odd-one", "a"): PASSED, ("odd-one", "b"): WARNED})
    texts = [condition.text for condition in both.judgement.conditions]
    assert texts == ["Mend odd-one.", "Deploy with profile production."]


def test_coverage_that_only_the_other_profile_reaches_is_a_condition():
    run = run_of((30, PASSED, "P0", "backend"), (20, SKIPPED, "P2", "backend"))
    assert run.verdict == INCOMPLETE
    again = flipped(
        run, {(each.check, ""): PASSED for each in run.findings if each.outcome == SKIPPED}
    )
    assert again.verdict == CONDITIONAL_GO
    assert again.judgement.reasons[0].startswith("As shipped it is INCOMPLETE: 30 of 50 checks")
    assert [each.text for each in again.judgement.conditions] == ["Deploy with profile production."]


def test_a_flip_that_was_not_carried_out_proves_nothing_and_leaves_no_go_or_incomplete():
    failed = one(FAILED, "P0", flip=Flip("production", LIVE, problem="it crashed"))
    assert failed.verdict == NO_GO
    fine = run_of(BASE, flip=Flip("production", LIVE, problem="it crashed"))
    assert fine.verdict == fine.selected_outcome == INCOMPLETE
    assert fine.judgement.reasons == ("The flip to production was not carried out: it crashed.",)


def test_a_target_that_only_starts_under_the_other_profile_was_reached_there():
    run = replace(odd(FAILED, PASSED), target=TargetInfo("command"))
    assert replace(run, flip=None).verdict == NO_GO
    assert run.verdict == CONDITIONAL_GO
    assert replace(run, flip=replace(run.flip, target=TargetInfo("command"))).verdict == INCOMPLETE


@given(flips())
def test_a_flip_makes_no_verdict_go_that_is_not(pair):
    run, after = pair
    if flipped(run, after).verdict == GO:
        assert run.verdict == GO


@given(flips())
def test_a_flip_that_finds_the_same_changes_nothing(pair):
    run, _ = pair
    same = flipped(run, {}, target=run.target)
    assert same.verdict == run.verdict
    assert same.judgement.blockers == run.judgement.blockers


@settings(max_examples=500)
@given(flips(), st.data())
def test_a_worse_outcome_under_the_other_profile_never_gives_a_better_verdict(pair, data):
    run, after = pair
    before = {(each.check, each.subject): each.outcome for each in run.findings}
    # What did not apply and passes there is not counted: its warning would be, as looked at.
    places = [
        place
        for place in before
        if before[place] != NOT_APPLICABLE and after.get(place, before[place]) in WORSE
    ]
    assume(places)
    place = data.draw(st.sampled_from(places))
    worse = data.draw(st.sampled_from(WORSE[after.get(place, before[place])]))
    one, other = flipped(run, after), flipped(run, after | {place: worse})
    assert BEST_FIRST.index(other.verdict) >= BEST_FIRST.index(one.verdict)
    assert BEST_FIRST.index(other.selected_outcome) >= BEST_FIRST.index(one.selected_outcome)


@settings(max_examples=500)
@given(runs_and_worse(), st.data())
def test_a_worse_finding_is_not_better_with_a_flip_either(pair, data):
    run, worse = pair
    places = sorted({(each.check, each.subject) for each in run.findings})
    after = {place: data.draw(st.sampled_from([*Outcome, PASSED, SKIPPED])) for place in places}
    one, other = flipped(run, after), flipped(worse, after)
    assert BEST_FIRST.index(other.verdict) >= BEST_FIRST.index(one.verdict)


@given(flips())
def test_a_p0_that_fails_under_the_other_profile_is_no_go(pair):
    run, after = pair
    run = replace(flipped(run, after), waivers=())
    priorities = {item.id: item.priority for item in run.checks}
    for each in run.flip.findings:
        if each.after == FAILED and priorities[each.check] == P0:
            assert run.verdict == NO_GO


# Conditions of an earlier record.


def promised(name, due, expires, domain="backend"):
    return Condition(name, "Mend it.", P0, "ann", due, domain=domain, expires=expires)


def test_what_is_demanded_still_keeps_its_dates():
    run = one(WARNED, "P1", standing=(promised("odd-one", "2026-02-20", "2026-03-05"),))
    [condition] = run.judgement.conditions
    assert (condition.due, condition.expires) == ("2026-02-20", "2026-03-05")
    assert run.verdict == CONDITIONAL_GO


@pytest.mark.parametrize(
    ("expires", "verdict"), [("2026-03-01", CONDITIONAL_GO), ("2026-02-28", NO_GO)]
)
def test_a_condition_lapses_after_its_last_day(expires, verdict):
    run = one(WARNED, "P1", standing=(promised("odd-one", "2026-02-20", expires),))
    assert run.verdict == verdict
    assert run.selected_outcome == verdict


def test_a_lapsed_condition_is_a_blocker_and_says_when_it_was_due():
    run = one(WARNED, "P1", standing=(promised("odd-one", "2026-02-20", "2026-02-27"),))
    assert run.judgement.blockers == ("odd-one",)
    assert run.judgement.reasons == (
        "The condition on odd-one lapsed: it was due 2026-02-20 and is not met.",
    )
    assert run.judgement.conditions == ()


def test_a_condition_that_is_met_does_not_lapse():
    run = one(PASSED, "P1", standing=(promised("odd-one", "2026-02-20", "2026-02-27"),))
    assert run.verdict == GO


def test_a_domain_still_under_its_floor_lapses_too():
    run = run_of(
        BASE, (5, FAILED, "P2", "llm"), standing=(promised("", "2026-02-20", "2026-02-27", "llm"),)
    )
    assert run.verdict == NO_GO
    assert run.judgement.reasons[0].startswith("The condition on llm lapsed")


def test_a_waiver_in_force_keeps_a_condition_from_lapsing():
    late = promised("odd-one", "2026-02-20", "2026-02-27")
    run = one(WARNED, "P1", standing=(late,), waivers=(waiver("odd-one"),))
    assert run.verdict == CONDITIONAL_GO
    assert run.judgement.conditions[0].expires == "2026-03-31"


# Exit codes.


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (run_of(BASE), 0),
        (one(FAILED, "P0"), 10),
        (one(WARNED, "P1"), 11),
        (one(SKIPPED, "P0"), 12),
    ],
    ids=str,
)
def test_the_verdict_has_an_exit_code(run, code):
    assert exit_code(run.judgement, run.selection, collected=31) == code


def test_a_conditional_go_can_be_accepted():
    run = one(WARNED, "P1")
    assert exit_code(run.judgement, run.selection, collected=31, accept_conditional=True) == 0
    for other in (one(FAILED, "P0"), one(SKIPPED, "P0")):
        judgement = other.judgement
        assert exit_code(judgement, run.selection, collected=31, accept_conditional=True) >= 10


def test_nothing_collected_is_5():
    assert exit_code(Run().judgement, Selection(), collected=0) == 5


@pytest.mark.parametrize(
    ("outcome", "priority", "code"),
    [
        (FAILED, "P0", 10),
        (SKIPPED, "P0", 12),
        (ERROR, "P0", 12),
        (WARNED, "P0", 11),
        (FAILED, "P1", 11),
        (SKIPPED, "P1", 11),
        (FAILED, "P3", 0),
        (PASSED, "P0", 0),
    ],
)
def test_a_selection_exits_by_its_own_checks(outcome, priority, code):
    run = one(outcome, priority, target=TargetInfo())
    selection = Selection("-m security", 131, 31, outcome=run.selected_outcome)
    run = replace(run, selection=selection)
    assert run.verdict in {INCOMPLETE, NO_GO}
    assert exit_code(run.judgement, selection, collected=31) == code


def test_a_selection_that_assessed_too_little_is_12():
    for run in (run_of((3, SKIPPED, "P2", "llm")), run_of(BASE, (20, SKIPPED, "P2", "backend"))):
        selection = Selection("-k llm", 131, 3, outcome=run.selected_outcome)
        assert exit_code(run.judgement, selection, collected=3) == 12


@pytest.mark.parametrize(
    ("pytest_status", "verdict_code", "code"),
    [
        (0, 0, 0),
        (0, 10, 10),
        (0, 11, 11),
        (0, 12, 12),
        (1, 0, 1),  # an unmarked test failed
        (1, 10, 10),
        (1, 11, 1),
        (1, 12, 1),
        (2, 10, 2),  # interrupted
        (3, 10, 3),  # internal error
        (4, 0, 4),  # usage
        (5, 12, 5),  # nothing collected
        (77, 0, 77),  # another plugin
        (77, 10, 10),
        (0, 5, 5),
    ],
)
def test_pytest_keeps_its_own_status(pytest_status, verdict_code, code):
    assert combine(pytest_status, verdict_code) == code


def test_owners_are_asked_by_domain():
    run = one(WARNED, "P1")
    judgement = judge(
        run.checks,
        (),
        run.findings,
        policy=run.policy,
        selection=run.selection,
        target=LIVE,
        waivers=(),
        owners={"backend": "bea", "llm": "mia"},
        now=NOW,
    )
    assert [condition.owner for condition in judgement.conditions] == ["bea"]


COMMIT = "4c1f0e6a9b2d7f8091a2b3c4d5e6f708192a3b4c"
OWNERS = {"infrastructure": "ops@example.com"}


def origin(run, **seen):
    provenance = Provenance(**seen)
    return of_origin(run.judgement, provenance, COMMIT, checks=run.checks, owners=OWNERS, now=NOW)


def test_a_dirty_tree_is_said_and_decides_nothing():
    said = origin(run_of(BASE), dirty=("a.py", "b.py"), build=COMMIT[:7])
    assert said.verdict == GO
    assert said.reasons[-1] == (
        "What was audited is not a commit: 2 files differ from commit 4c1f0e6a9b2d: a.py, b.py."
    )


@pytest.mark.parametrize(
    ("build", "other"),
    [
        ("", False),
        (COMMIT, False),
        (COMMIT[:7].upper(), False),
        ("4c1f0e7", True),
        (COMMIT[:-1] + "d", True),
    ],
)
def test_a_build_is_compared_as_far_as_it_is_reported(build, other):
    assert is_other_build(build, COMMIT) is other
    assert is_other_build(build, "") is False


def test_another_build_than_the_commit_never_gives_plain_go():
    judged = origin(run_of(BASE), build="0123456789ab")
    assert judged.verdict == CONDITIONAL_GO
    assert (
        "the target says that it is 0123456789ab, the files are 4c1f0e6a9b2d" in judged.reasons[1]
    )
    [condition] = judged.conditions
    assert (condition.owner, condition.due) == ("ops@example.com", "2026-03-01")
    assert (condition.expires, condition.check) == ("2026-03-08", "")


def test_the_check_that_starts_the_target_asks_again_and_dates_stay():
    run = replace(run_of(BASE), checks=(check("unreachable-target", "P0"),))
    earlier = Condition(
        "unreachable-target", "", P0, "ops", "2026-02-20", domain="build", expires="2026-02-27"
    )
    [condition] = of_origin(
        run_of(BASE).judgement,
        Provenance(build="0123456"),
        COMMIT,
        checks=run.checks,
        owners={},
        now=NOW,
        standing=[earlier],
    ).conditions
    assert (condition.check, condition.owner) == ("unreachable-target", "unassigned")
    assert (condition.due, condition.expires) == ("2026-02-20", "2026-02-27")
    assert condition.verify.endswith("-m \"readiness(id='unreachable-target')\"")


@given(runs(), st.sampled_from(["", COMMIT, "0123456"]), st.sampled_from([(), ("a.py",)]))
def test_what_was_audited_never_makes_a_verdict_better(run, build, dirty):
    judged = origin(run, build=build, dirty=dirty)
    assert BEST_FIRST.index(judged.verdict) >= BEST_FIRST.index(run.verdict)
    assert (judged.verdict == run.verdict) or (run.verdict == GO and build == "0123456")
