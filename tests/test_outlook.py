"""What would change the verdict, held against every possibility."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import assume, given, settings

from pytest_readiness.flip import effective
from pytest_readiness.model import (
    Finding,
    Outcome,
    Planned,
    Policy,
    Selection,
    TargetInfo,
    Verdict,
    Waiver,
)
from pytest_readiness.outlook import Outlook, Way, outlook
from pytest_readiness.scoring import missing
from tests.runs import (
    ERROR,
    FAILED,
    LIVE,
    NOT_APPLICABLE,
    PASSED,
    SKIPPED,
    WARNED,
    Run,
    check,
    finding,
    flipped,
    flips,
    run_of,
    runs,
)


GO, CONDITIONAL_GO, INCOMPLETE, NO_GO = Verdict
BEST_FIRST = tuple(Verdict)
BASE = (30, PASSED, "P0", "backend")


def mended(run: Run, ids: tuple[str, ...]) -> Run:
    """The run, whole and live, in which these checks pass."""

    def mend(one: Finding) -> Finding:
        stays = one.check not in ids or (one.outcome == NOT_APPLICABLE and not one.declared)
        return one if stays else replace(one, outcome=PASSED, declared=False, reason=None)

    owed = missing(run.checks, run.planned, run.findings)
    left = [one for one in run.findings if one.check not in ids]
    counted = effective([*run.findings, *owed], run.flip)
    flip = run.flip
    if flip is not None:
        flip = replace(flip, findings=tuple(f for f in flip.findings if f.check not in ids))
    return replace(
        run,
        flip=flip,
        findings=(*left, *(mend(one) for one in counted if one.check in ids)),
        selection=Selection(),
        target=LIVE,
        policy=replace(
            run.policy, levels={k: v for k, v in run.policy.levels.items() if k not in ids}
        ),
    )


def fewest(run: Run, goal: Verdict) -> int | None:
    """By trying every set of checks; None when none is enough."""
    ids = [each.id for each in run.checks]
    enough = BEST_FIRST[: BEST_FIRST.index(goal) + 1]
    for size in range(len(ids) + 1):
        if any(mended(run, chosen).verdict in enough for chosen in combinations(ids, size)):
            return size
    return None


@settings(max_examples=400)
@given(runs())
def test_no_smaller_set_of_checks_leads_there(run: Run) -> None:
    seen = outlook(run.report())
    for goal, way in ((CONDITIONAL_GO, seen.conditional), (GO, seen.go)):
        if way is None:
            assert BEST_FIRST.index(run.verdict) <= BEST_FIRST.index(goal)
            continue
        smallest = fewest(run, goal)
        assert way.possible == (smallest is not None)
        if way.possible:
            assert len(way.checks) == len(set(way.checks)) == smallest
            assert BEST_FIRST.index(mended(run, way.checks).verdict) <= BEST_FIRST.index(goal)


@settings(max_examples=200)
@given(flips())
def test_with_a_flip_no_smaller_set_leads_there_but_for_what_is_said_beside_it(drawn) -> None:
    run = flipped(*drawn)
    seen = outlook(run.report())
    for goal, way in ((CONDITIONAL_GO, seen.conditional), (GO, seen.go)):
        if way is None:
            continue
        smallest = fewest(run, goal)
        reached = BEST_FIRST.index(mended(run, way.checks).verdict) <= BEST_FIRST.index(goal)
        assert reached or way.also
        if smallest is not None and reached and way.possible:
            assert len(way.checks) == smallest


@settings(max_examples=300)
@given(runs())
def test_readiness_and_verdicts_are_those_of_every_way_the_unseen_can_turn_out(run: Run) -> None:
    owed = missing(run.checks, run.planned, run.findings)
    everything = (*run.findings, *owed)
    unseen = [n for n, one in enumerate(everything) if one.outcome in {SKIPPED, ERROR}]
    assume(len(unseen) <= 7)
    verdicts, figures = set(), set()
    for said in product([PASSED, FAILED], repeat=len(unseen)):
        findings = list(everything)
        for place, outcome in zip(unseen, said, strict=True):
            findings[place] = replace(findings[place], outcome=outcome, reason=None)
        might_be = replace(run, findings=tuple(findings), planned=())
        verdicts.add(might_be.verdict)
        total = might_be.card.total
        if total.counted:
            figures.add((2000 * total.passed + total.counted) // (2 * total.counted))
    seen = outlook(run.report())
    assert set(seen.verdicts) == verdicts
    assert list(seen.verdicts) == sorted(verdicts, key=BEST_FIRST.index)
    bounds = {seen.lowest, seen.highest}
    assert bounds == ({min(figures), max(figures)} if figures else {None})


@given(runs())
def test_the_order_of_findings_never_matters(run: Run) -> None:
    turned = replace(run, findings=run.findings[::-1], planned=run.planned[::-1])
    assert outlook(turned.report()) == outlook(run.report())


def of(*groups: tuple[int, Outcome, str, str], **more: object) -> Outlook:
    return outlook(run_of(*groups, **more).report())


def test_a_go_has_nothing_before_it() -> None:
    assert of(BASE) == Outlook(None, None, 1000, 1000, 0, (GO,))


def test_a_blocking_failure_stands_before_both_and_a_condition_before_go() -> None:
    seen = of(BASE, (1, FAILED, "P0", "backend"), (1, WARNED, "P1", "backend"))
    assert seen.conditional == Way(CONDITIONAL_GO, ("check-0030",))
    assert seen.go == Way(GO, ("check-0030", "check-0031"))
    assert seen.verdicts == (NO_GO,)


def test_what_coverage_lacks_is_a_choice_and_as_large_as_it_must_be() -> None:
    seen = of((6, PASSED, "P2", "backend"), (4, SKIPPED, "P2", "backend"))
    assert seen.conditional == Way(CONDITIONAL_GO, ("check-0006", "check-0007"), choice=2)
    assert (seen.lowest, seen.highest, seen.unseen) == (600, 1000, 4)
    assert seen.verdicts == (GO,)


def test_checks_that_help_a_floor_and_coverage_are_chosen_before_others() -> None:
    seen = of(
        (7, PASSED, "P2", "backend"), (2, FAILED, "P2", "llm"), (2, SKIPPED, "P2", "llm"),
        (1, SKIPPED, "P2", "backend"),
    )  # fmt: skip
    assert seen.go == Way(GO, ("check-0009", "check-0010"), choice=2)


def test_what_no_check_can_mend_is_said_beside_it() -> None:
    seen = of(BASE, target=TargetInfo())
    assert seen.go == Way(GO, also=("No live target was audited.",))
    assert seen.verdicts == (INCOMPLETE,)


def test_where_nothing_can_be_assessed_no_check_is_named() -> None:
    seen = of((2, NOT_APPLICABLE, "P2", "backend"))
    assert seen.go == Way(GO, also=("Nothing was assessed.",), possible=False)
    assert (seen.lowest, seen.highest) == (None, None)


def test_one_check_at_least_has_to_be_looked_at_whatever_coverage_is_asked_for() -> None:
    nothing = Policy(minimum_coverage=0, floor=0)
    seen = of((3, SKIPPED, "P2", "backend"), policy=nothing)
    assert seen.conditional == Way(CONDITIONAL_GO, ("check-0000",), choice=1)


def test_where_all_was_declared_away_one_declaration_has_to_go() -> None:
    declared = finding("odd", NOT_APPLICABLE, declared=True)
    run = Run(checks=(check("odd", "P0"),), findings=(declared,))
    assert outlook(run.report()).conditional == Way(CONDITIONAL_GO, ("odd",), choice=1)


def test_a_check_that_policy_lowers_has_to_be_judged_as_it_is() -> None:
    seen = of(BASE, policy=Policy(levels={"check-0003": "warn"}))
    assert seen.conditional == Way(CONDITIONAL_GO, ("check-0003",))


def test_what_was_never_reported_has_to_report() -> None:
    run = run_of(BASE, (1, PASSED, "P1", "backend"))
    lost = replace(run, planned=(*run.planned, Planned("lost.py::x[b]", "check-0030", "b")))
    assert outlook(lost.report()).conditional == Way(CONDITIONAL_GO, ("check-0030",))


@pytest.mark.parametrize(
    ("expires", "verdicts"), [("2026-03-31", (GO, CONDITIONAL_GO)), ("2026-01-01", (GO, NO_GO))]
)
def test_a_waiver_in_force_takes_the_risk_out_of_the_unseen(
    expires: str, verdicts: tuple[Verdict, ...]
) -> None:
    run = replace(
        run_of(BASE),
        checks=(*run_of(BASE).checks, check("odd", "P0")),
        waivers=(Waiver("odd", "*", "known", "ann", expires),),
    )
    run = replace(run, findings=(*run.findings, finding("odd", SKIPPED)))
    assert outlook(run.report()).verdicts == verdicts
