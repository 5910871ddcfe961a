"""A run beside earlier ones, from the command line to the exit code."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.comparison import NEW, OPEN, REGRESSED
from pytest_readiness.model import Verdict
from pytest_readiness.past import Past
from pytest_readiness.reports.json import render
from tests.runs import FAILED, PASSED, Run, check, finding


if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_readiness.model import AuditReport

GOOD = '@check("good", P1)\ndef test_good():\n    """Fine."""\n'
OPEN_P0 = '@check("open", P0)\ndef test_open():\n    """Closed."""\n    fail("it is open")\n'
WORSE = GOOD.replace('"""Fine."""', '"""Fine."""\n    fail("no longer")')
ADDED = OPEN_P0.replace("open", "added")
UNSEEN = OPEN_P0.replace('fail("it is open")', 'unverified("dark")')

SELECTED = ("--readiness", "-k", "own.py", "-p", "no:cacheprovider")
BASELINE = "--readiness-baseline=readiness-report"


def changes(report: AuditReport) -> dict[str, str]:
    assert report.comparison is not None
    return {one.check: one.change for one in report.comparison.findings}


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_team_that_starts_from_a_mess_fails_on_what_is_new(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
    workers: str,
) -> None:
    options = (*SELECTED, workers, BASELINE, "--readiness-fail-on=new")
    checks(GOOD + OPEN_P0)
    assert pytester.runpytest_subprocess(*SELECTED, workers).ret == 10

    result = pytester.runpytest_subprocess(*options)
    assert result.ret == 0
    assert record().selection.outcome == Verdict.NO_GO
    assert changes(record()) == {"open": OPEN}
    result.stdout.fnmatch_lines(
        [
            "Since 20*",
            "  0 new, 0 regressed, 0 fixed, 1 still open",
            "New or worse since the baseline: nothing, so the exit code is 0 whatever the verdict",
        ]
    )

    checks(WORSE + OPEN_P0 + ADDED)
    result = pytester.runpytest_subprocess(*options)
    assert result.ret == 10
    assert changes(record()) == {"open": OPEN, "good": REGRESSED, "added": NEW}
    result.stdout.fnmatch_lines(
        [
            "  new: added",
            "  regressed: good",
            "New or worse since the baseline: added, good",
        ]
    )


def test_what_was_not_looked_at_is_never_0(
    pytester: pytest.Pytester, checks: Callable[[str], None]
) -> None:
    checks(UNSEEN)
    assert pytester.runpytest_inprocess(*SELECTED).ret == 12
    result = pytester.runpytest_inprocess(*SELECTED, BASELINE, "--readiness-fail-on=new")
    assert result.ret == 12
    result.stdout.fnmatch_lines(
        [
            "New or worse since the baseline: not known, for this run would be INCOMPLETE: 1 P0 *",
        ]
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--readiness-fail-on=new",), "*--readiness-fail-on new: new since when?*"),
        (
            ("--readiness-baseline=nothing.json",),
            "*--readiness-baseline: *nothing.json: No such file or directory; give the*",
        ),
        (("--readiness-baseline=.",), "*--readiness-baseline: * holds no readiness[*].json; *"),
        (
            ("--readiness-baseline=other.json",),
            "*the record is about the repository 'shop', and this is *; give a record of this one",
        ),
    ],
)
def test_a_baseline_of_no_use_is_an_error_before_anything_runs(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    options: tuple[str, ...],
    message: str,
) -> None:
    checks(GOOD.replace('"""Fine."""', '"""Fine."""\n    open("ran", "w").close()'))
    (pytester.path / "other.json").write_text(render(Run().report()), encoding="utf-8")
    result = pytester.runpytest_inprocess(*SELECTED, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert "Traceback" not in result.stderr.str()
    assert not (pytester.path / "ran").exists()
    assert not (pytester.path / "readiness-report").exists()


def test_whole_runs_leave_a_history_of_one_file_each_and_broken_files_are_named(
    pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> None:
    pytester.makefile(".yaml", readiness="history: past\n")
    subprocess.run(["git", "init", "-q"], cwd=pytester.path, check=True)
    (pytester.path / "past").mkdir()
    (pytester.path / "past" / "bad.json").write_text("{", encoding="utf-8")
    runs = [pytester.runpytest_subprocess("--readiness", *workers) for workers in ((), ("-n2",))]
    assert [result.ret for result in runs] == [12, 12]
    runs[1].stdout.fnmatch_lines(["History: bad.json: Invalid JSON*"])
    files = sorted((pytester.path / "past").glob("20*.json"))
    assert len(files) == 2
    told = [json.loads(path.read_text()) for path in files]
    assert [run.started for run in record().history] == [told[0]["run"]["started"]]
    assert told[1]["run"]["started"] == record().started
    assert not [path for path in record().provenance.dirty if path.startswith("past")]
    assert set(told[1]["open"].values()) == {told[0]["run"]["started"]}


# Without pytest.


def report(outcome, **more: object) -> AuditReport:
    run = Run(checks=(check("it"),), findings=(finding("it", outcome, "secret-1234"),))
    return run.report(**more)


def plain(text: str) -> str:
    return text.replace("secret-1234", "***")


def test_a_secret_in_an_old_record_does_not_come_back(tmp_path: Path) -> None:
    past = Past(report(FAILED), tmp_path, "", plain)
    [found] = past.beside(replace(Run().report())).comparison.findings
    assert found.subject == "***"
    assert found.fingerprint == report(FAILED).findings[0].fingerprint


def test_a_history_that_cannot_be_written_is_said_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    past = Past(None, tmp_path / "file" / "history", "", plain)
    past.remember(report(PASSED))
    lines = list(past.lines(report(PASSED)))
    assert lines == ["History: this run could not be added: Not a directory"]
