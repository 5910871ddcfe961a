import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_readiness.model import Location, Reason, Remark, SelfTest, Waiver
from pytest_readiness.reports.github import (
    ANNOTATIONS,
    SUMMARY_LIMIT,
    commands,
    fitting,
    render,
)
from tests.reports.saying import HOSTILE, hostile, number, reports
from tests.runs import FAILED, PASSED, SKIPPED, check, finding, run_of


GITHUB = MarkdownIt("gfm-like", {"html": True})
COMMAND = re.compile(r"::(error|warning|notice) ([a-z]+=[^:,\r\n]*)(,[a-z]+=[^:,\r\n]*)*::[^\r\n]+")


def of(*findings, **more):
    names = dict.fromkeys(one.check for one in findings)
    checks = more.pop("checks", tuple(check(name, "P0") for name in names))
    return replace(run_of(), checks=checks, findings=findings, **more).report()


def failing(priority: str, count: int):
    checks = (check("door", priority),)
    return of(*(finding("door", FAILED, str(n)) for n in range(count)), checks=checks)


def test_the_summary_says_what_a_release_manager_asks_first():
    remark = Remark("200 without a token", Location("api/me.py", 4))
    report = of(
        finding("door", FAILED, "GET /me", message="200 without a token", remarks=(remark,)),
        finding("gate", SKIPPED, message="no login", reason=Reason.NO_CREDENTIAL),
        finding("roof", PASSED),
    )
    lines = render(report).splitlines()
    assert lines[0].endswith("Readiness of `shop`: NO-GO")
    assert "**33.3 % (1 of 3 checks passed, 1 failed, 1 skipped)**, coverage 66.7 %." in lines
    assert "| P0 | `door` | `api/me.py:4` | `200 without a token` | Mend door. |" in lines
    assert "| no-credential | 1 | `gate` |" in lines


def test_conditions_are_listed():
    run = run_of((9, PASSED, "P0", "backend"), (1, FAILED, "P1", "backend"))
    text = render(replace(run, owners=(("backend", "bea"),)).report())
    assert "## Conditions (1)" in text
    assert "| P1 | 2026-03-08 | bea | `check-0009` | Mend check-0009. |" in text


def test_the_tool_states_its_own_detection_power():
    report = replace(of(finding("door", PASSED)), self_test=SelfTest(49, 163, 195))
    said = "49 checks, 163 good and 195 bad specimens judged right in its own tests"
    assert said in render(report)
    assert "specimens" not in render(replace(report, self_test=None))


@pytest.mark.parametrize(
    ("fix", "shown"),
    [
        ("Set `a|b: [*]` in it", "Set `a\N{BROKEN BAR}b: [*]` in it"),
        ("Set *this* | <b>that</b>", r"Set \*this\* \| &lt;b>that&lt;/b>"),
        ("Set `this", "Set 'this"),
    ],
)
def test_a_fix_shows_its_code_and_no_other_markup(fix, shown):
    report = of(finding("door", FAILED, message="open"), checks=(check("door", fix=fix),))
    [row] = [line for line in render(report).splitlines() if line.startswith("| P2")]
    assert row == f"| P2 | `door` |  | `open` | {shown} |"


def inline(text: str) -> set[str]:
    return {
        token.type for block in GITHUB.parse(text) for token in (block, *(block.children or ()))
    }


@given(reports())
def test_nothing_that_was_seen_becomes_markup(report):
    kinds = inline(render(report))
    assert not kinds & {"html_block", "html_inline", "link_open", "image", "em_open", "fence"}


@pytest.mark.parametrize("text", [HOSTILE, "www.evil.example", "a|b|c", "`x`", "\\|", "# x"])
def test_a_row_stays_a_row(text):
    report = of(finding("door", FAILED, text, message=text))
    rows = [block for block in GITHUB.parse(render(report)) if block.type == "td_open"]
    plain = of(finding("door", FAILED, "x", message="x"))
    assert len(rows) == len(
        [block for block in GITHUB.parse(render(plain)) if block.type == "td_open"]
    )
    assert "link_open" not in inline(render(report))


def test_a_summary_of_ten_thousand_failures_is_far_below_the_limit():
    long = [finding("door", FAILED, f"{n}{'x' * 500}", message="y" * 500) for n in range(10_000)]
    text = render(of(*long))
    assert len(text.encode()) < SUMMARY_LIMIT / 10
    assert "and 9950 more in the report" in text


@given(st.text(max_size=200), st.integers(0, 300))
def test_a_cut_summary_fits(text, room):
    text = text.encode("utf-8", "replace").decode()
    cut = fitting(text, room)
    assert len(cut.encode()) <= room
    assert cut == text or not cut or cut.endswith("Cut here: the whole is in `summary.md`.\n")


def test_an_annotation_points_at_file_and_line():
    remark = Remark("ends as root", Location("docker,file:1", 9))
    [line] = commands(
        of(finding("root", FAILED, "api", message="100 % root\nreally", remarks=(remark,)))
    )
    assert line == (
        "::error file=docker%2Cfile%3A1,line=9,title=P0 root [api]"
        "::100 %25 root really%0AFix: Mend root."
    )


def test_a_failure_of_the_running_system_has_no_file():
    [line] = commands(of(finding("door", FAILED, message="200")))
    assert line == "::error title=P0 door::200%0AFix: Mend door."


@pytest.mark.parametrize(
    ("priority", "level"), [("P0", "error"), ("P1", "error"), ("P2", "warning"), ("P3", "notice")]
)
def test_the_level_follows_the_priority(priority, level):
    [line] = commands(failing(priority, 1))
    assert line.startswith(f"::{level} ")


def test_a_waived_failure_is_a_notice():
    waiver = Waiver("door", "*", "gone in May", "ann", "2026-05-01")
    [line] = commands(of(finding("door", FAILED, message="200"), waivers=(waiver,)))
    assert line.startswith("::notice title=P0 door::200 (waived until 2026-05-01 by ann")


@pytest.mark.parametrize("priority", ["P0", "P2", "P3"])
def test_what_github_would_drop_is_counted(priority):
    lines = commands(failing(priority, 25))
    shown = len(lines) - 1
    assert shown <= ANNOTATIONS
    assert lines[-1] == f"::notice title=readiness::{25 - shown} more failures are in the summary"
    assert (
        max(
            sum(line.startswith(f"::{level} ") for line in lines)
            for level in (
                "error",
                "warning",
                "notice",
            )
        )
        <= ANNOTATIONS
    )


@given(reports())
def test_every_annotation_is_one_command(report):
    lines = commands(report)
    assert len(lines) == number(report, FAILED)
    for line in lines:
        assert COMMAND.fullmatch(line)


def test_what_the_target_said_is_no_command():
    [line] = commands(hostile())
    assert line.count("\n") == 0
    assert line.startswith("::error title=P0 failing")


def test_who_may_read_it_is_said_and_a_copy_says_that_it_is_one():
    report = of(finding("door", PASSED))
    shared = replace(report, confidentiality="Only for *Ann*", full_record="sha256:77")
    *_, copy, _, line = render(shared).splitlines()
    assert copy == "Evidence is left out of this copy; the full record is sha256:77."
    assert line == r"Only for \*Ann\*"
    assert "left out" not in render(report)
