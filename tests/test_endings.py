"""However a run ends, nothing becomes a pass, nothing is lost, and the exit code says so."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.model import Outcome, Verdict


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport

GOOD = '@check("good", P1)\ndef test_good():\n    """Fine."""\n'
OPEN = '@check("open", P0)\ndef test_open():\n    """Closed."""\n    fail("it is open")\n'
WARNS = '@check("odd", P1)\ndef test_odd():\n    """Even."""\n    warn("odd")\n'
UNSEEN = '@check("unseen", P0)\ndef test_unseen():\n    """Seen."""\n    unverified("dark")\n'
DIES = '@check("deadly", P1)\ndef test_deadly():\n    """Alive."""\n    os._exit(7)\n'

SELECTED = ("--readiness", "-k", "own.py")


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize(
    ("source", "options", "status"),
    [
        (GOOD, (), 0),
        (GOOD + WARNS, (), 11),
        (GOOD + WARNS, ("--readiness-accept=conditional",), 0),
        (GOOD + OPEN, (), 10),
        (GOOD + OPEN, ("-x",), 10),
        (OPEN, ("--readiness-accept=conditional",), 10),
        (GOOD + UNSEEN, (), 12),
    ],
)
def test_a_selection_exits_by_its_own_findings_and_records_incomplete(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
    source: str,
    options: tuple[str, ...],
    status: int,
    workers: str,
) -> None:
    checks(source)
    result = pytester.runpytest_subprocess(*SELECTED, workers, *options, timeout=60)
    assert result.ret == status
    assert record().judgement.verdict in {Verdict.INCOMPLETE, Verdict.NO_GO}
    assert record().selection.expression == "-k 'own.py'"


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize(("checked", "status"), [(GOOD, 1), (OPEN, 10), (WARNS, 1)])
def test_a_failing_ordinary_test_stays_1_unless_the_verdict_is_no_go(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    checked: str,
    status: int,
    workers: str,
) -> None:
    checks(checked + "def test_plain():\n    assert False\n")
    assert pytester.runpytest_subprocess(*SELECTED, workers, timeout=60).ret == status


def test_nothing_selected_is_pytests_own_5(
    pytester: pytest.Pytester, checks: Callable[[str], None]
) -> None:
    checks(GOOD)
    assert pytester.runpytest("--readiness", "-k", "no_such_name").ret == 5


def test_a_worker_that_dies_is_an_error_of_the_check_it_ran(
    pytester: pytest.Pytester, checks: Callable[[str], None], record: Callable[[], AuditReport]
) -> None:
    checks(GOOD + DIES)
    result = pytester.runpytest_subprocess(*SELECTED, "-n2", timeout=60)
    found = {finding.check: finding for finding in record().findings}
    assert found["deadly"].outcome is Outcome.ERROR
    assert found["good"].outcome is Outcome.PASSED
    assert result.ret not in {0, 11}


def test_checks_that_a_dead_worker_never_ran_are_counted_as_errors(
    pytester: pytest.Pytester, checks: Callable[[str], None], record: Callable[[], AuditReport]
) -> None:
    many = "".join(
        GOOD.replace("good", f"good-{n}", 1).replace("test_good", f"test_{n}") for n in range(8)
    )
    checks(DIES + many)
    result = pytester.runpytest_subprocess(*SELECTED, "-n1", "--max-worker-restart=0", timeout=60)
    found = record()
    assert len(found.planned) == 9
    assert found.scorecard.total.error == 9 - found.scorecard.total.passed
    assert found.scorecard.total.error >= 2
    assert result.ret not in {0, 11}


def test_a_dying_pytest_leaves_an_incomplete_record_and_its_journal(
    pytester: pytest.Pytester, checks: Callable[[str], None], record: Callable[[], AuditReport]
) -> None:
    checks(GOOD)
    pytester.runpytest("--readiness", "-k", "own.py")
    checks(GOOD + DIES)
    assert pytester.runpytest_subprocess(*SELECTED, timeout=60).ret == 7
    assert record().judgement.verdict == Verdict.INCOMPLETE
    assert record().interrupted == "it was killed, or is still going on"
    journal = pytester.path / "readiness-report" / "findings.jsonl"
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert [line["check"] for line in lines] == ["good"]


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 2), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_with_its_record_and_no_process(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
    sent: signal.Signals,
    status: int,
    workers: str,
) -> None:
    slow = (
        '@check("slow", P1)\ndef test_slow():\n    """Quick."""\n'
        '    import pathlib; pathlib.Path("started").touch()\n    time.sleep(60)\n'
    )
    checks(GOOD + slow)
    command = [sys.executable, "-m", "pytest", *SELECTED, workers, "-p", "no:cacheprovider"]
    run = subprocess.Popen(
        command, cwd=pytester.path, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        for _ in range(600):
            if (pytester.path / "started").exists() or run.poll() is not None:
                break
            time.sleep(0.05)
        run.send_signal(sent)
        output, _ = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == status, output
    assert record().judgement.verdict == Verdict.INCOMPLETE
    assert record().interrupted
    assert {finding.check: finding.outcome for finding in record().findings}.get("slow") != "passed"
    with pytest.raises(ProcessLookupError):  # noqa: PT012 - a worker leaves a moment later
        for _ in range(400):
            os.killpg(run.pid, 0)
            time.sleep(0.05)


def test_serial_and_parallel_runs_find_the_same(
    pytester: pytest.Pytester, checks: Callable[[str], None], record: Callable[[], AuditReport]
) -> None:
    checks(GOOD + OPEN + WARNS + UNSEEN)

    def audit(workers: str) -> tuple[object, ...]:
        pytester.runpytest_subprocess("--readiness", workers, timeout=120)
        found = record()
        findings = [(f.check, f.subject, f.outcome, f.message, f.node) for f in found.findings]
        return findings, found.scorecard, found.judgement, found.planned

    assert audit("-n0") == audit("-n2")
