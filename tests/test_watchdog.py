"""The run's deadline ends it, with its report, whatever a check does."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.model import Outcome, Reason, Verdict


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport


FIRST = '@check("first", P1)\ndef test_first():\n    """Fine."""\n'
SLOW = '@check("slow", P1)\ndef test_slow():\n    """Quick."""\n    time.sleep(300)\n'
DEAF = '''
@check("deaf", P1)
def test_deaf():
    """Quick."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        try:
            time.sleep(1)
        except BaseException:
            pass
'''
STUCK = '''
@check("stuck", P1)
def test_stuck():
    """Quick."""
    import itertools
    max(itertools.repeat(0))  # C code that neither ends nor lets another thread run
'''
LATER = '''
@check("later", P0)
@pytest.mark.parametrize("number", range(40))
def test_zz_later(number):
    """Fine."""
    open("ran", "a").write("x")
'''


@pytest.fixture
def run(pytester: pytest.Pytester, checks: Callable[[str], None]) -> Callable[..., Any]:
    """Run an audit of some checks with a short deadline and a watchdog that is quick to act."""

    def audit(
        source: str,
        *options: str,
    ) -> Any:
        pytester.makeconftest(
            "def pytest_configure(config):\n"
            "    from pytest_readiness import watchdog\n"
            "    watchdog.GRACE = 3.0\n"
        )
        (pytester.path / "readiness.yaml").write_text("deadline: 8\n", encoding="utf-8")
        checks(source)
        command = [sys.executable, "-m", "pytest", "--readiness", "-k", "own.py", *options]
        return subprocess.run(
            command, cwd=pytester.path, timeout=120, capture_output=True, text=True, check=False
        )

    return audit


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_the_running_check_is_an_error_and_the_others_are_skipped(
    run: Callable[..., Any], record: Callable[[], AuditReport], workers: str
) -> None:
    result = run(FIRST + SLOW + LATER, workers)
    report = record()
    found = {finding.node.rpartition("::")[2]: finding for finding in report.findings}
    assert found["test_first"].outcome is Outcome.PASSED, result.stdout
    assert found["test_slow"].outcome is Outcome.ERROR
    assert "timed out: the run's deadline of" in found["test_slow"].message
    assert len(found) == len(report.planned)
    assert report.judgement.verdict is Verdict.INCOMPLETE
    if workers == "-n0":
        later = [finding for finding in report.findings if finding.check == "later"]
        assert {finding.reason for finding in later} == {Reason.TIMEOUT}
        assert "the run's deadline of 8 s passed before this check" in later[0].message
        assert report.interrupted == "the run's deadline of 8 s passed"
        assert result.returncode == 12


@pytest.mark.parametrize("check", [DEAF, STUCK])
def test_a_worker_whose_check_cannot_be_stopped_is_killed_and_the_run_reports(
    run: Callable[..., Any], record: Callable[[], AuditReport], check: str
) -> None:
    result = run(FIRST + check + LATER, "-n1")
    report = record()
    name = "deaf" if "deaf" in check else "stuck"
    found = {finding.check: finding for finding in report.findings}
    assert found["first"].outcome is Outcome.PASSED, result.stdout
    assert found[name].outcome is Outcome.ERROR
    assert len(report.findings) == len(report.planned)
    assert found["later"].reason is Reason.TIMEOUT
    assert result.returncode == 12, result.stdout + result.stderr


def test_a_run_without_workers_leaves_its_record_when_a_check_cannot_be_stopped(
    run: Callable[..., Any], record: Callable[[], AuditReport]
) -> None:
    result = run(FIRST + DEAF + LATER, "-n0")
    report = record()
    found = {finding.check: finding for finding in report.findings}
    assert found["deaf"].outcome is Outcome.ERROR
    assert found["later"].reason is Reason.TIMEOUT
    assert (
        report.interrupted == "the run's deadline of 8 s passed, and a check could not be stopped"
    )
    assert "Verdict: INCOMPLETE" in result.stdout
    assert result.returncode == 12


def test_even_c_code_that_lets_no_thread_run_does_not_keep_the_process(
    run: Callable[..., Any], pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> None:
    result = run(FIRST + STUCK, "-n0")
    journal = pytester.path / "readiness-report" / "findings.jsonl"
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert [line["check"] for line in lines] == ["first"]
    assert record().judgement.verdict is Verdict.INCOMPLETE
    assert result.returncode == 1


def test_waiting_for_a_limit_ends_with_the_run(
    run: Callable[..., Any], record: Callable[[], AuditReport]
) -> None:
    source = '''
@check("waits", P1)
def test_waits(pytestconfig):
    """It works."""
    from pytest_readiness import stash
    from pytest_readiness.broker import wait_for_limit
    wait_for_limit(pytestconfig.stash[stash.ASKS], 60)
'''
    for workers in ("-n0", "-n1"):
        run(source + LATER, workers)
        found = {finding.check: finding for finding in record().findings}
        assert found["waits"].outcome is Outcome.ERROR
        assert "the run's deadline" in found["waits"].message
        assert found["later"].reason is Reason.TIMEOUT
