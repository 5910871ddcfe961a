"""Every live check is seen to pass and seen to fail, on a target with exactly that defect."""

from __future__ import annotations

import shlex
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from pytest_readiness.model import Finding, Outcome
from tests.live_specimens import LIVE, Case
from tests.servers import certificate
from tests.target import target


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport

CHECKOUT = Path(__file__).parent.parent
GOOD = [
    pytest.param(check, case, id=f"{check}-{case.name}")
    for check, live in LIVE.items()
    for case in live.good
]
BAD = [
    pytest.param(check, case, id=f"{check}-{case.name}")
    for check, live in LIVE.items()
    for case in live.bad
]
COMMON = """
openapi: openapi.json
operations:
  protected: GET /api/users/me
  analyze: {operation: POST /api/analyze, json: {prompt: "{prompt}"}}
"""


@pytest.fixture
def audit(
    pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> Callable[[str, Case], list[Finding]]:
    """Audit one case with one check alone; what does not apply is left out."""

    def run(check: str, case: Case) -> list[Finding]:
        own = certificate(pytester.path) if case.tls else None
        with target(defects=set(case.defects), certificate=own) as running:
            trust = ssl._create_unverified_context() if own else None  # noqa: S323 - it is ours
            url = f"{running.url}/openapi.json"
            with urlopen(url, context=trust) as answer:  # noqa: S310 - our own target
                (pytester.path / "openapi.json").write_bytes(answer.read())
            for name, text in case.files.items():
                (pytester.path / name).write_text(text, encoding="utf-8")
            limits = "timeout: 2, requests_per_second: 2000, wait_for_limits: 1"
            ca = f", ca: {own.name}" if own else ""
            settings = f"{case.settings}{COMMON}http: {{{limits}{ca}}}\n"
            pytester.makefile(".yaml", readiness=_target(case, running.url) + settings)
            pytester.runpytest_inprocess(
                "--readiness",
                *("--readiness-disruptive", "-m", f"readiness(id={check!r})"),
                *("-p", "no:cacheprovider"),
            )
        found = [f for f in record().findings if f.outcome is not Outcome.NOT_APPLICABLE]
        assert {finding.check for finding in found} <= {check}
        return found

    return run


def _target(case: Case, url: str) -> str:
    if not case.environment:
        host = url.partition("://")[2]
        return (
            f"target: {{url: '{url}'}}\n"
            f"authorized: {{host: '{host}', by: the tests, until: 2999-12-31}}\n"
        )
    defects = " ".join(f"--defect {name}" for name in case.defects)
    command = f"{shlex.quote(sys.executable)} -m tests.target --port {{port}} {defects}"
    variables = "".join(f"    {name}: '{value}'\n" for name, value in case.environment.items())
    return (
        f"target:\n  command: {command}\n  workdir: {CHECKOUT}\n  ready: /api/health\n"
        f"  environment:\n{variables}"
    )


@pytest.mark.parametrize(("check", "case"), GOOD)
def test_a_good_specimen_passes(
    audit: Callable[[str, Case], list[Finding]], check: str, case: Case
) -> None:
    found = audit(check, case)
    assert found
    wrong = [(f.subject, f.outcome, f.message) for f in found if f.outcome is not Outcome.PASSED]
    assert not wrong


@pytest.mark.parametrize(("check", "case"), BAD)
def test_a_bad_specimen_is_found(
    audit: Callable[[str, Case], list[Finding]], check: str, case: Case
) -> None:
    found = audit(check, case)
    told = {finding.outcome for finding in found}
    assert told & {Outcome.FAILED, Outcome.WARNED}, [(f.outcome, f.message) for f in found]
    assert Outcome.ERROR not in told, [(f.outcome, f.message, f.details) for f in found]
    assert all(finding.message for finding in found if finding.outcome is Outcome.FAILED)
