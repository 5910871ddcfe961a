"""Reading an earlier run, and whether something is new since then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given

from pytest_readiness.baseline import (
    BaselineError,
    held_against,
    is_of,
    nothing_new,
    of_one_repository,
    read,
)
from pytest_readiness.comparison import compare
from pytest_readiness.model import Planned, Selection, TargetInfo, Verdict, Waiver
from pytest_readiness.reports.json import render
from pytest_readiness.verdict import exit_code
from tests.runs import (
    ERROR,
    FAILED,
    PASSED,
    SKIPPED,
    WARNED,
    Run,
    check,
    finding,
    flipped,
    run_of,
    runs,
)


if TYPE_CHECKING:
    from pathlib import Path

    from pytest_readiness.model import AuditReport, Outcome


BASE = (30, PASSED, "P0", "backend")


def written(folder: Path, name: str, report: AuditReport) -> Path:
    path = folder / name
    path.write_text(render(report), encoding="utf-8")
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    report = run_of(BASE).report()
    path = written(tmp_path, "any name.json", report)
    assert read(path) == report


def test_of_a_folder_the_record_that_started_last_is_read_whatever_files_say(
    tmp_path: Path,
) -> None:
    run = run_of(BASE)
    written(tmp_path, "readiness.json", run.report(started="2026-02-01T00:30:00+01:00"))
    late = run.report(started="2026-01-31T23:45:00+00:00")
    written(tmp_path, "readiness-older.json", late)
    assert read(tmp_path) == late


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "readiness.json",
            "{}",
            "tool_version: Field required|schema_version: Field required",
        ),
        ("readiness.json", "\udcff".encode("utf-8", "surrogateescape"), "utf-8|Invalid JSON"),
        ("other.json", "{}", r"holds no readiness\*\.json; give a readiness\.json"),
    ],
)
def test_a_folder_without_a_readable_record_is_refused(
    tmp_path: Path, name: str, text: str | bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BaselineError, match=message):
        read(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match=r"No such file or directory; give the readiness\.json"):
        read(tmp_path / "readiness.json")


def test_a_record_without_a_start_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "readiness.json", run_of(BASE).report(started="yesterday"))
    with pytest.raises(BaselineError, match="Invalid isoformat string: 'yesterday'; give the"):
        read(path)


def test_a_record_of_another_repository_is_refused() -> None:
    with pytest.raises(BaselineError, match="about the repository 'shop', and this is 'bank'"):
        is_of(run_of(BASE).report(), "bank", lambda _: False)


def test_the_same_repository_may_be_called_otherwise_elsewhere() -> None:
    report = run_of(BASE).report()
    is_of(report, "shop", lambda _: False)
    is_of(report, "shop-worktree", lambda commit: commit == report.commit)
    with pytest.raises(BaselineError):
        is_of(replace(report, commit=""), "shop-worktree", lambda _: True)


def test_two_records_must_be_of_one_repository() -> None:
    report = run_of(BASE).report()
    of_one_repository(report, replace(report, commit="another"))
    of_one_repository(report, replace(report, repository="shop-worktree"))
    with pytest.raises(BaselineError):
        of_one_repository(report, replace(report, repository="bank", commit="another"))


# Whether something is new.


def since(before: Run, after: Run) -> AuditReport:
    report = after.report()
    return replace(report, comparison=compare(before.report(), report))


def one(outcome: Outcome, priority: str, **more: object) -> Run:
    base = run_of(BASE)
    return replace(
        base,
        checks=(*base.checks, check("odd", priority)),
        findings=(*base.findings, finding("odd", outcome)),
        **more,
    )


@pytest.mark.parametrize(
    ("before", "after", "priority", "new"),
    [
        (PASSED, PASSED, "P0", False),
        (PASSED, FAILED, "P0", True),
        (PASSED, WARNED, "P3", True),
        (WARNED, FAILED, "P2", True),
        (SKIPPED, FAILED, "P1", True),
        (PASSED, SKIPPED, "P0", True),
        (PASSED, ERROR, "P0", True),
        (PASSED, SKIPPED, "P1", False),
        (FAILED, FAILED, "P0", False),
        (FAILED, WARNED, "P0", False),
        (FAILED, PASSED, "P0", False),
    ],
)
def test_what_counts_as_new(before: Outcome, after: Outcome, priority: str, new: bool) -> None:
    found = held_against(since(one(before, priority), one(after, priority)))
    assert [each.check for each in found] == (["odd"] if new else [])


@pytest.mark.parametrize(("expires", "new"), [("2026-03-31", False), ("2026-02-28", True)])
def test_a_new_finding_that_a_waiver_accepts_does_not_count(expires: str, new: bool) -> None:
    waiver = Waiver("odd", "*", "known", "ann", expires, approver="bob")
    report = since(one(PASSED, "P1"), one(FAILED, "P1", waivers=(waiver,)))
    assert bool(held_against(report)) == new


def code(report: AuditReport, *, nothing: bool) -> int:
    return exit_code(
        report.judgement, report.selection, collected=len(report.checks), nothing_new=nothing
    )


def test_the_verdict_stays_and_the_exit_code_is_0() -> None:
    report = since(one(FAILED, "P0"), one(FAILED, "P0"))
    assert report.judgement.verdict == Verdict.NO_GO
    assert nothing_new(report)
    assert code(report, nothing=True) == 0
    assert code(report, nothing=False) == 10


@pytest.mark.parametrize("priority", ["P0", "P1"])
def test_something_new_leaves_the_code_of_the_verdict(priority: str) -> None:
    assert not nothing_new(since(one(PASSED, priority), one(FAILED, priority)))


def test_what_a_flip_makes_worse_is_new() -> None:
    """Switching authentication on broke the login: as shipped all is as it was."""
    plain = one(PASSED, "P0")
    worse = flipped(plain, {("odd", ""): FAILED})
    report = since(plain, worse)
    assert report.judgement.verdict == Verdict.NO_GO
    assert [each.check for each in held_against(report)] == ["odd"]
    assert "Flip: production, was none." in report.comparison.rules


def test_what_a_flip_is_known_to_break_is_let_through() -> None:
    worse = flipped(one(PASSED, "P0"), {("odd", ""): FAILED})
    report = since(worse, worse)
    assert report.judgement.verdict == Verdict.NO_GO
    assert nothing_new(report)


def test_without_a_baseline_nothing_is_known_of_new() -> None:
    assert not nothing_new(one(FAILED, "P0").report())


def hiding(**more: object) -> Run:
    """A failure that was known makes it NO-GO, and hides what else there is."""
    return one(FAILED, "P0", **more)


@pytest.mark.parametrize(
    "after",
    [
        hiding(target=TargetInfo()),
        replace(hiding(), findings=(*hiding().findings, finding("odd", SKIPPED, "b"))),
        replace(hiding(), planned=(Planned("lost.py::x", "odd", "lost"),)),
        replace(
            run_of(BASE, (30, SKIPPED, "P2", "backend"), (1, FAILED, "P0", "backend")),
        ),
    ],
    ids=["no target", "a P0 skipped", "never reported", "coverage"],
)
def test_a_known_failure_does_not_hide_that_too_little_was_looked_at(after: Run) -> None:
    report = since(after, after)
    assert report.judgement.verdict == Verdict.NO_GO
    assert not held_against(report)
    assert not nothing_new(report)


def test_an_interrupted_run_is_never_let_through() -> None:
    report = hiding().report(interrupted="stopped with Ctrl-C")
    assert not nothing_new(replace(report, comparison=compare(report, report)))


def test_a_selection_is_let_through_by_its_own_checks() -> None:
    narrow = hiding(selection=Selection("-m P0", 131, 31))
    report = since(narrow, narrow)
    assert nothing_new(report)
    assert code(report, nothing=True) == 0


@given(runs(), runs())
def test_the_code_is_0_only_where_all_was_looked_at(first: Run, second: Run) -> None:
    report = since(first, second)
    if not nothing_new(report):
        return
    assert code(report, nothing=True) in {0, 5}
    assert (report.selection.outcome or report.judgement.verdict) != Verdict.INCOMPLETE
    p0 = {each.id for each in report.checks if each.priority == "P0"}
    assert not [f for f in report.findings if f.check in p0 and f.outcome in {SKIPPED, ERROR}]


@given(runs())
def test_incomplete_stays_12_whatever_is_new(run: Run) -> None:
    report = run.report()
    if (report.selection.outcome or report.judgement.verdict) == Verdict.INCOMPLETE:
        assert code(report, nothing=True) in {5, 12}
