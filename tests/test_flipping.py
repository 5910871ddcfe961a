"""A target audited twice, as shipped and as production sets it: what the proof says, end to end."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from pytest_readiness.flip import configuration_only
from pytest_readiness.model import Outcome, Proof, Verdict
from pytest_readiness.recompute import recompute
from tests.probes.test_process import eventually, gone
from tests.target import target


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport, Flipped

CHECKOUT = Path(__file__).parent.parent
KEY = "8c1f04be9d27a35e60f1b8d47c92ae3506fd91b2"
SETTINGS = """
target:
  command: {python} -m tests.target --port {{port}}
  workdir: {checkout}
  ready: /api/health
  environment: {{DEFECTS: "{before}", JWT_SECRET: {key}}}
profiles:
  production:
    environment: {{DEFECTS: "{after}"}}
openapi: openapi.json
operations: {{protected: GET /api/users/me}}
"""
FLIP = ("--readiness", "--readiness-flip", "production", "-p", "no:cacheprovider")


@pytest.fixture
def flip(pytester: pytest.Pytester, record: Callable[[], AuditReport]) -> Callable[..., Flips]:
    """Audit tests/target.py with these defects as shipped, and those under production."""

    def run(before: str, after: str, *options: str) -> Flips:
        _write(pytester.path, before, after)
        result = pytester.runpytest_subprocess(*FLIP, *options, timeout=120)
        return Flips(result, record())

    return run


class Flips:
    """One run with a flip."""

    def __init__(self, result: pytest.RunResult, record: AuditReport) -> None:
        assert record.flip is not None
        self.result, self.record, self.flip = result, record, record.flip

    def of(self, check: str) -> Flipped:
        [found] = [each for each in self.flip.findings if each.check == check]
        return found


def _write(folder: Path, before: str, after: str) -> None:
    settings = SETTINGS.format(
        python=shlex.quote(sys.executable), checkout=CHECKOUT, before=before, after=after, key=KEY
    )
    (folder / "readiness.yaml").write_text(settings, encoding="utf-8")
    with target() as running, urlopen(f"{running.url}/openapi.json") as answer:  # noqa: S310
        (folder / "openapi.json").write_bytes(answer.read())


def only(*checks: str) -> tuple[str, str]:
    return "-m", " or ".join(f"readiness(id={check!r})" for check in checks)


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_authentication_that_only_production_switches_on_is_a_condition(
    flip: Callable[..., Flips], workers: str
) -> None:
    chosen = only("auth-disabled", "jwt-alg-none", "unreachable-target")
    seen = flip("auth-disabled", "", *chosen, workers)
    assert seen.flip.problem == ""
    assert seen.of("auth-disabled").before == Outcome.FAILED
    tokens = [each for each in seen.flip.findings if each.check == "jwt-alg-none"]
    assert {each.before for each in tokens} == {Outcome.SKIPPED}
    assert {each.proof for each in seen.flip.findings} == {Proof.CONFIGURATION_ONLY}
    assert seen.flip.environment == ("DEFECTS",)
    assert seen.flip.target.profile == "production"
    assert seen.record.selection.outcome == Verdict.CONDITIONAL_GO
    assert seen.record.scorecard.readiness == 333
    assert seen.result.ret == 11
    assert recompute(seen.record) == []
    seen.result.stdout.fnmatch_lines(
        ["flip to production: * mended by configuration, 0 still failing, 0 made worse (* s)"]
    )


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_login_that_breaks_when_authentication_is_switched_on_is_no_go(
    flip: Callable[..., Flips], workers: str
) -> None:
    chosen = only("auth-disabled", "broken-login-journey")
    seen = flip("", "broken-login-journey:useless-token", *chosen, workers)
    journey = seen.of("broken-login-journey")
    assert (journey.before, journey.proof) == (Outcome.PASSED, Proof.MADE_WORSE)
    assert journey.after == Outcome.FAILED
    assert seen.record.judgement.verdict == Verdict.NO_GO
    assert "broken-login-journey" in seen.record.judgement.blockers
    assert seen.result.ret == 10
    assert recompute(seen.record) == []
    seen.result.stdout.fnmatch_lines(
        ["*P0 broken-login-journey: under production: *", "*1 made worse:*"]
    )


def test_a_check_that_was_skipped_and_fails_under_production_counts_as_failed(
    flip: Callable[..., Flips],
) -> None:
    seen = flip("auth-disabled", "jwt-alg-none", *only("jwt-alg-none"))
    assert {each.before for each in seen.flip.findings} == {Outcome.SKIPPED}
    failed = [each for each in seen.flip.findings if each.after == Outcome.FAILED]
    assert failed
    assert {each.proof for each in failed} == {Proof.STILL_FAILING}
    assert "accepted" in failed[0].message
    assert seen.record.judgement.verdict == Verdict.NO_GO
    assert seen.result.ret == 10


def test_configuration_only_is_printed_when_every_condition_is_proved(
    flip: Callable[..., Flips], pytester: pytest.Pytester
) -> None:
    (pytester.path / "readiness").mkdir()
    seen = flip("auth-disabled", "", *only("auth-disabled"))
    assert not configuration_only(seen.record.judgement), "a part was run"
    seen.result.stdout.no_fnmatch_line("*no code change*")


def test_a_target_that_does_not_start_under_production_was_not_looked_at(
    flip: Callable[..., Flips],
) -> None:
    seen = flip("", "no-such-defect", *only("unreachable-target", "auth-disabled"))
    assert seen.of("unreachable-target").after == Outcome.SKIPPED
    assert seen.record.judgement.verdict == Verdict.INCOMPLETE
    assert "unreachable-target" in seen.record.judgement.blockers
    assert not seen.flip.target.reached


@pytest.mark.parametrize(
    ("options", "yaml", "message"),
    [
        (["--readiness-flip=produktion"], "", "*--readiness-flip: profile: expected one of *"),
        (
            ["--readiness-flip=production", "--readiness-profile=production"],
            "",
            "*--readiness-flip: the target is audited under production already*",
        ),
        (
            ["--readiness-flip=production", "--readiness-target=http://127.0.0.1:9"],
            "",
            "*--readiness-flip: http://127.0.0.1:9* is reached, and only what the audit starts*",
        ),
        (
            ["--readiness-flip=other"],
            "  other: {url: 'http://127.0.0.1:9'}\n",
            "*--readiness-flip: http://127.0.0.1:9* is reached, and only what the audit starts*",
        ),
        (
            ["--readiness-flip=other"],
            "  other: {workdir: /}\n",
            "*--readiness-flip: profile other runs something else than as-shipped*",
        ),
    ],
)
def test_profiles_that_prove_nothing_are_refused_before_anything_runs(
    pytester: pytest.Pytester, options: list[str], yaml: str, message: str
) -> None:
    _write(pytester.path, "", "")
    path = pytester.path / "readiness.yaml"
    text = path.read_text().replace("openapi:", f"{yaml}openapi:")
    path.write_text(text)
    result = pytester.runpytest_subprocess("--readiness", *options, timeout=60)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert not (pytester.path / "readiness-report").exists()


OWN = """
from pytest_readiness import *
import os, pathlib, time
pytestmark = suite(Phase.SECURITY, Domain.SECURITY)

@check("own-fine", P0)
def test_fine(target):
    \"\"\"It is fine.\"\"\"
    if target.profile == "production":
        pathlib.Path("pids").write_text(f"{target.pids['target']} {os.getpid()} {os.getppid()}.")
"""


def _own(folder: Path, source: str) -> None:
    (folder / "readiness").mkdir()
    (folder / "readiness" / "own.py").write_text(OWN + source, encoding="utf-8")


def test_a_second_run_that_dies_proves_nothing(
    flip: Callable[..., Flips], pytester: pytest.Pytester
) -> None:
    _own(pytester.path, '        print("last words", flush=True); os._exit(7)\n')
    seen = flip("", "", "-k", "own.py", "-s")
    assert seen.flip.problem == "the second run ended early: it was killed, or is still going on"
    assert seen.flip.findings == ()
    assert seen.record.selection.outcome == Verdict.INCOMPLETE
    assert seen.result.ret == 12
    seen.result.stdout.fnmatch_lines(
        ["flip to production: not carried out: the second run ended early*"]
    )


def test_the_second_run_stops_at_the_runs_deadline(
    flip: Callable[..., Flips], pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    _own(pytester.path, "        time.sleep(60)\n")
    monkeypatch.setenv("READINESS_DEADLINE", "8")
    seen = flip("", "", "-k", "own.py")
    assert "deadline" in seen.flip.problem
    assert seen.result.ret == 12
    pids = pytester.path / "pids"
    started = pids.read_text().rstrip(".").split() if pids.exists() else []
    assert eventually(lambda: all(gone(int(pid)) for pid in started[:2]))


def test_the_second_run_writes_over_nothing_of_the_first(
    flip: Callable[..., Flips], pytester: pytest.Pytester
) -> None:
    _own(pytester.path, "")
    seen = flip("", "", "-k", "own.py", "--junitxml=junit.xml", "-x", "--html=tests.html")
    assert seen.flip.problem == ""
    assert 'profile="production"' not in (pytester.path / "junit.xml").read_text()
    assert seen.record.target.profile == "as-shipped"
    journal = pytester.path / "readiness-report" / "findings.jsonl"
    assert [json.loads(line)["check"] for line in journal.read_text().splitlines()] == ["own-fine"]


def test_options_in_the_environment_flip_once_and_not_again_and_again(
    pytester: pytest.Pytester,
    record: Callable[[], AuditReport],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _own(pytester.path, "")
    _write(pytester.path, "", "")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--readiness --readiness-flip=production -k own.py")
    assert pytester.runpytest_subprocess(timeout=60).ret == 0
    flip = record().flip
    assert flip is not None
    assert flip.problem == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_no_process_outlives_a_flip(number: int, workers: str, tmp_path: Path) -> None:
    _write(tmp_path, "", "")
    _own(tmp_path, "        time.sleep(60)\n")
    run = subprocess.Popen(
        [sys.executable, "-m", "pytest", *FLIP, "-k", "own.py", "-n", workers],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    pids = tmp_path / "pids"
    try:
        assert eventually(lambda: pids.exists() and pids.read_text().endswith("."), seconds=60)
        run.send_signal(number)
        assert eventually(lambda: run.poll() is not None, seconds=40)
    finally:
        run.kill()
        run.wait()
    started = [int(pid) for pid in pids.read_text().rstrip(".").split()]
    children = started if workers == "2" else started[:2]
    assert eventually(lambda: all(gone(pid) for pid in children), seconds=40)
    if number in {signal.SIGINT, signal.SIGTERM}:
        record = json.loads((tmp_path / "readiness-report" / "readiness.json").read_text())
        assert record["judgement"]["verdict"] == "INCOMPLETE"
        assert record["flip"]["problem"] == "the run ended while it was made"
        assert record["interrupted"]
        assert run.returncode == (2 if number == signal.SIGINT else 143)


FOLLOW = ("--readiness", "--readiness-conditions", "readiness-report/readiness.json")


def test_what_a_flip_mends_is_open_until_its_profile_is_looked_at_itself(
    flip: Callable[..., Flips], pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> None:
    flip("auth-disabled", "", *only("auth-disabled", "unreachable-target"))
    again = pytester.runpytest_subprocess(*FOLLOW, "-p", "no:cacheprovider", timeout=120)
    assert _states(record()) == {"auth-disabled": "open"}
    assert record().flip is not None
    assert record().flip.problem == ""  # type: ignore[union-attr]
    assert record().target.profile == "as-shipped"
    assert recompute(record()) == []
    again.stdout.fnmatch_lines(["flip to production: 1 mended by configuration, *"])

    pytester.runpytest_subprocess(*FOLLOW, "--readiness-profile", "production", timeout=120)
    assert _states(record()) == {"auth-disabled": "closed"}
    assert record().follow_up.looked == ("auth-disabled",)  # type: ignore[union-attr]
    assert recompute(record()) == []


def test_what_production_breaks_is_not_mended_by_a_look_at_the_system_as_shipped(
    flip: Callable[..., Flips], pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> None:
    broken = "broken-login-journey:useless-token"
    flip("", broken, *only("broken-login-journey"))
    shipped = pytester.runpytest_subprocess(
        *FOLLOW, "--readiness-profile", "as-shipped", timeout=120
    )
    assert record().judgement.verdict == Verdict.NO_GO
    assert shipped.ret == 10
    _write(pytester.path, "", "")
    pytester.runpytest_subprocess(*FOLLOW, timeout=120)
    assert "broken-login-journey" not in record().judgement.blockers
    assert record().judgement.verdict == Verdict.INCOMPLETE, "a part was run"


def _states(record: AuditReport) -> dict[str, str]:
    assert record.follow_up is not None
    return {each.condition.check: each.state for each in record.follow_up.conditions}
