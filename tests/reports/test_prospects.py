"""What would change the verdict, as the terminal says it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import TargetInfo
from pytest_readiness.reports.page import Page
from pytest_readiness.reports.prospects import section
from tests.runs import FAILED, NOT_APPLICABLE, PASSED, SKIPPED, WARNED, Run, check, run_of, runs


BASE = (30, PASSED, "P0", "backend")


def said(run: Run, width: int = 80) -> list[str]:
    return list(section(Page(width, ascii=False), run.report()))


def test_a_go_that_looked_at_everything_has_no_section() -> None:
    assert said(run_of(BASE)) == []


def test_a_go_with_something_unseen_says_what_that_could_change() -> None:
    assert said(run_of(BASE, (1, SKIPPED, "P3", "backend"))) == [
        "What would change the verdict",
        "  Whatever the check not looked at in full would say: readiness 96.8 % to 100.0",
        "    %, GO.",
    ]


def test_both_verdicts_are_named_where_they_need_different_checks() -> None:
    run = run_of(BASE, (1, FAILED, "P0", "backend"), (1, WARNED, "P1", "backend"))
    assert said(run) == [
        "What would change the verdict",
        "  CONDITIONAL GO: mend 1 check: check-0030.",
        "  GO: mend 2 checks: check-0030, check-0031.",
    ]


def test_both_verdicts_share_a_line_where_they_need_the_same() -> None:
    assert said(run_of(BASE, (1, FAILED, "P0", "backend")))[1:] == [
        "  CONDITIONAL GO and GO: mend 1 check: check-0030.",
    ]


def test_what_a_percentage_lacks_is_a_choice() -> None:
    run = run_of((6, PASSED, "P2", "backend"), (4, SKIPPED, "P2", "backend"))
    assert said(run)[1:3] == [
        "  CONDITIONAL GO and GO: mend 2 checks: check-0006, check-0007 (or 2 others like",
        "    them).",
    ]


def test_what_no_check_can_mend_is_quoted_from_the_verdict() -> None:
    assert said(run_of(BASE, target=TargetInfo()))[1:] == [
        "  CONDITIONAL GO and GO: no check has to be mended.",
        "  No check can mend this: No live target was audited.",
    ]


def test_out_of_reach() -> None:
    assert said(run_of((2, NOT_APPLICABLE, "P2", "backend")))[1:] == [
        "  CONDITIONAL GO and GO: out of reach, whatever is mended.",
        "  No check can mend this: Nothing was assessed.",
    ]


@given(runs(), st.integers(50, 200))
def test_it_is_short_and_fits(run: Run, width: int) -> None:
    lines = said(run, width)
    assert all(len(line) <= width for line in lines)
    assert width < 80 or sum(not line.startswith("    ") for line in lines) <= 5


def test_a_hostile_id_cannot_move_the_cursor() -> None:
    run = run_of(BASE)
    run = replace(run, checks=(*run.checks, check("bad\x1b[2Jid", "P0")))
    assert not any("\x1b" in line for line in said(run))
