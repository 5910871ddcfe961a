"""What changed since an earlier run, as a terminal shows it."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.comparison import compare
from pytest_readiness.model import Policy, Waiver
from pytest_readiness.reports.changes import render, section
from pytest_readiness.reports.page import Page
from pytest_readiness.reports.terminal import render as terminal
from tests.runs import FAILED, PASSED, SKIPPED, WARNED, Run, check, finding, runs


def pair() -> tuple[Run, Run]:
    names = ("auth-disabled", "root-container", "weak-tls", "old", "gone", "same")
    checks = tuple(check(name, "P0" if name == "auth-disabled" else "P2") for name in names)
    before = Run(
        checks=checks,
        findings=(
            finding("auth-disabled", PASSED),
            finding("weak-tls", WARNED, "GET /"),
            finding("old", FAILED, "a"),
            finding("gone", SKIPPED),
            finding("same", FAILED),
        ),
    )
    after = Run(
        checks=checks,
        findings=(
            finding("auth-disabled", FAILED),
            finding("root-container", FAILED, "a/Dockerfile"),
            finding("root-container", FAILED, "b/Dockerfile"),
            finding("weak-tls", FAILED, "GET /"),
            finding("old", PASSED, "a"),
            finding("same", FAILED),
        ),
        policy=Policy(minimum_coverage=60),
        waivers=(Waiver("same", "*", "known", "ann", "2026-03-31"),),
    )
    return before, after


def reports():
    before, after = pair()
    # A check that has no finding counts as an error; here it is simply not there.
    before = replace(before, checks=tuple(c for c in before.checks if c.id != "root-container"))
    after = replace(after, checks=tuple(c for c in after.checks if c.id != "gone"))
    return before.report(started="2026-02-01T12:00:00+00:00", commit="abcdef012"), after.report()


SHORT = """\
Since 2026-02-01 12:00 at abcdef0: CONDITIONAL GO, 20.0 %
  2 new, 1 regressed, 1 fixed, 3 still open, 1 of these made worse, 1 not looked
    at now
  new: root-container (2)
  regressed: auth-disabled
  made worse: weak-tls
  Policy: minimum coverage 60 %, was 80 %.
  Waiver added: same, by ann until 2026-03-31.
  Checks added (1): root-container.
  and 1 more changed rule in the report"""

FULL = """\
shop, 2026-02-01 12:00 at abcdef0: CONDITIONAL GO, 20.0 %
  then 2026-03-01 12:00 at 1a2b3c4: NO-GO, 20.0 %
  2 new, 1 regressed, 1 fixed, 3 still open, 1 of these made worse, 1 not looked
  at now

New (2)
  root-container [a/Dockerfile]: not there -> failed
  root-container [b/Dockerfile]: not there -> failed

Regressed (1)
  auth-disabled: passed -> failed

Made worse (1)
  weak-tls [GET /]: warned -> failed

Fixed (1)
  old [a]: failed -> passed

Changed rules (4)
  Policy: minimum coverage 60 %, was 80 %.
  Waiver added: same, by ann until 2026-03-31.
  Checks added (1): root-container.
  Checks removed (1): gone."""


def test_in_short() -> None:
    before, after = reports()
    assert list(section(Page(80, ascii=False), compare(before, after))) == SHORT.splitlines()


def test_in_full() -> None:
    before, after = reports()
    assert render(before, after, compare(before, after)) == FULL.splitlines()


def test_the_summary_of_a_run_has_it() -> None:
    before, after = reports()
    lines = terminal(replace(after, comparison=compare(before, after)))
    assert SHORT in "\n".join(lines)
    assert "Since" not in "\n".join(terminal(after))


@given(runs(), runs(), st.integers(50, 200), st.booleans())
def test_lines_fit_and_ascii_is_ascii(first: Run, second: Run, width: int, ascii_: bool) -> None:
    before, after = first.report(), second.report()
    lines = render(before, after, compare(before, after), width=width, ascii=ascii_)
    assert all(len(line) <= width for line in lines)
    assert not ascii_ or "\n".join(lines).isascii()


def test_a_hostile_subject_cannot_move_the_cursor() -> None:
    checks, subject = (check("it"),), "\x1b[2Jpassed é"
    before = Run(checks=checks, findings=(finding("it", PASSED, subject),)).report()
    after = Run(checks=checks, findings=(finding("it", FAILED, subject),)).report()
    text = "\n".join(render(before, after, compare(before, after), ascii=True))
    assert "\x1b" not in text
    assert text.isascii()
