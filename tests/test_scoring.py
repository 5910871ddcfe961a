from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import Outcome, Planned, Tally
from pytest_readiness.scoring import (
    headline,
    mean_percent,
    percent,
    readiness,
    scorecard,
    tenths,
    worst,
)
from tests.runs import (
    ERROR,
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    SKIPPED,
    WARNED,
    Run,
    check,
    finding,
    run_of,
    runs,
    runs_and_worse,
)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([FAILED, ERROR, SKIPPED, WARNED, PASSED, NOT_APPLICABLE], FAILED),
        ([ERROR, SKIPPED, WARNED, PASSED, NOT_APPLICABLE], ERROR),
        ([SKIPPED, WARNED, PASSED, NOT_APPLICABLE], SKIPPED),
        ([WARNED, PASSED, NOT_APPLICABLE], WARNED),
        ([PASSED, NOT_APPLICABLE], PASSED),
        ([NOT_APPLICABLE, NOT_APPLICABLE], NOT_APPLICABLE),
    ],
)
def test_the_worst_finding_is_the_outcome_of_the_check(seen, expected):
    assert {worst(order) for order in permutations(seen)} == {expected}


def test_69_passed_18_warned_and_9_skipped_are_71_9_per_cent():
    run = run_of(
        (69, PASSED, "P0", "backend"), (18, WARNED, "P1", "backend"), (9, SKIPPED, "P2", "testing")
    )
    assert run.card.readiness == 719
    assert headline(run.card.total) == "71.9 % (69 of 96 checks passed, 18 warned, 9 skipped)"
    assert percent(run.card.coverage) == "90.6 %"


def test_19_passed_6_warned_and_3_skipped_are_67_9_per_cent():
    part = Tally(passed=19, warned=6, skipped=3)
    assert headline(part) == "67.9 % (19 of 28 checks passed, 6 warned, 3 skipped)"


def test_eight_domains_with_a_mean_of_95_5_show_96():
    shares = [98, 97, 96, 95, 94, 93, 95, 96]
    assert sum(shares) / 8 == 95.5
    assert mean_percent(Fraction(share, 100) for share in shares) == 96


def test_a_mean_of_94_5_shows_95_where_the_builtin_round_says_94():
    assert round(94.5) == 94
    assert mean_percent([Fraction(94, 100), Fraction(95, 100)]) == 95


def test_the_mean_is_taken_before_rounding():
    # 66.666... and 66.333...: their tenths would average to 66.5 and show 67; the truth is 66.49...
    assert mean_percent([Fraction(2, 3), Fraction(6633, 10000)]) == 66
    assert mean_percent([Fraction(1, 3), Fraction(2, 3)]) == 50


def test_the_scorecard_has_the_mean_of_its_domains():
    run = run_of((9, PASSED, "P2", "backend"), (1, PASSED, "P2", "llm"), (1, FAILED, "P2", "llm"))
    assert run.card.readiness == 909
    assert run.card.mean_of_domains == 75


def test_a_domain_that_nobody_could_look_at_counts_as_nothing_in_the_mean():
    run = run_of((1, PASSED, "P2", "backend"), (1, SKIPPED, "P2", "llm"))
    assert readiness(run.card.by_domain["llm"]) is None
    assert run.card.mean_of_domains == 50


def test_a_domain_without_counted_checks_is_left_out_of_the_mean():
    run = run_of((1, PASSED, "P2", "backend"), (1, NOT_APPLICABLE, "P2", "llm"))
    assert run.card.mean_of_domains == 100
    assert percent(readiness(run.card.by_domain["llm"])) == "-"
    assert percent(readiness(run.card.by_domain["frontend"])) == "-"


@pytest.mark.parametrize("outcome", [SKIPPED, ERROR, NOT_APPLICABLE])
def test_nothing_assessed_has_no_percentage(outcome):
    card = run_of((3, outcome, "P2", "backend")).card
    assert card.readiness is None
    assert card.mean_of_domains is None
    assert card.coverage == 0


def test_nothing_at_all_has_no_percentage():
    card = scorecard([], [], [])
    assert (card.readiness, card.coverage, card.mean_of_domains) == (None, 0, None)
    assert headline(card.total) == "no percentage, nothing was assessed (0 of 0 checks passed)"


def test_many_operations_do_not_outweigh_one_login():
    operations = [finding("slow-operation", FAILED, f"GET /{number}") for number in range(700)]
    run = Run((check("slow-operation"), check("login")), (*operations, finding("login", PASSED)))
    assert run.card.readiness == 500


def test_a_plan_that_never_reported_is_an_error():
    run = Run(
        checks=(check("jwt-alg-none"),),
        findings=(finding("jwt-alg-none", PASSED, "none"),),
        planned=tuple(
            Planned(f"test.py::jwt-alg-none[{alg}]", "jwt-alg-none", alg)
            for alg in ("none", "nOnE")
        ),
    )
    assert run.card.total == Tally(error=1)
    assert replace(run, planned=run.planned[:1]).card.total == Tally(passed=1)


def test_a_check_that_was_neither_planned_nor_reported_is_an_error():
    assert Run(checks=(check("lost"),)).card.total == Tally(error=1)


def test_an_open_p0_is_one_that_failed():
    run = run_of((2, FAILED, "P0", "llm"), (1, WARNED, "P0", "llm"), (1, FAILED, "P1", "llm"))
    assert run.card.by_domain["llm"].open_p0 == 2
    assert run.card.by_phase["security"].open_p0 == 2
    assert run.card.by_phase["deployment"].open_p0 == 0


def test_failures_and_errors_are_named_beside_the_percentage():
    part = Tally(passed=1, failed=2, error=3, not_applicable=4)
    assert headline(part) == "16.7 % (1 of 6 checks passed, 2 failed, 3 in error)"


@pytest.mark.parametrize(
    ("passed", "counted", "shown"),
    [(1, 3, "33.3 %"), (2, 3, "66.7 %"), (1, 16, "6.3 %"), (1, 1, "100.0 %"), (0, 7, "0.0 %")],
)
def test_percentages_are_rounded_half_up(passed, counted, shown):
    assert percent(tenths(passed, counted)) == shown


def test_one_failure_in_2000_shows_100_0_per_cent_and_says_so_beside_it():
    part = Tally(passed=1999, failed=1)
    assert headline(part) == "100.0 % (1999 of 2000 checks passed, 1 failed)"


@given(runs_and_worse())
def test_a_worse_finding_never_gives_a_better_readiness(pair):
    run, worse = pair
    # No percentage is no better and no worse than 0.0 %: either way nothing passed.
    assert (worse.card.readiness or 0) <= (run.card.readiness or 0)
    assert (worse.card.mean_of_domains or 0) <= (run.card.mean_of_domains or 0)


@given(runs(), st.randoms())
def test_the_order_of_findings_never_matters(run, random):
    shuffled = random.sample(run.findings, len(run.findings))
    assert scorecard(run.checks, run.planned, shuffled) == run.card


@given(runs())
def test_every_check_is_counted_once(run):
    total = run.card.total
    assert total.counted + total.not_applicable == len(run.checks)
    for parts in (run.card.by_phase.values(), run.card.by_domain.values()):
        for name in ("counted", "assessed", "passed", "open_p0", *map(_field, Outcome)):
            assert sum(getattr(part, name) for part in parts) == getattr(total, name)


def _field(outcome):
    return outcome.value.replace(" ", "_")
