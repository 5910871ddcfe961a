"""Every bundled check is seen to pass and seen to fail, in a real audit.

Checks of files, documents and answers are audited here, live ones in ``test_live_specimens``.
"""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_readiness import catalogue, waiver_file
from pytest_readiness.model import Outcome
from tests.cases import FOLDER, KINDS, specimens
from tests.live_specimens import LIVE


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport, Finding
    from tests.cases import Specimen


CHECKS = {check.id for check in catalogue.bundled_checks()}
ROOT = Path(__file__).parents[1]


@pytest.fixture
def judged(
    pytester: pytest.Pytester, record: Callable[[], AuditReport]
) -> Callable[[str], list[Finding]]:
    """Audit what stands in the test's folder by one check, and by those that are waived."""

    def audit(check: str) -> list[Finding]:
        waived = {one.check for one in waiver_file.load(pytester.path / "waivers.yaml").values()}
        chosen = " or ".join(f"readiness(id={one!r})" for one in sorted({check} | waived))
        pytester.runpytest_inprocess("--readiness", "-m", chosen, "-p", "no:cacheprovider")
        return [finding for finding in record().findings if finding.check == check]

    return audit


@pytest.mark.parametrize("specimen", specimens(), ids=str)
def test_a_repository_is_judged_right(
    pytester: pytest.Pytester, judged: Callable[[str], list[Finding]], specimen: Specimen
) -> None:
    specimen.build(pytester.path, datetime.now(UTC).date())
    findings = judged(specimen.check)
    assert_kind(findings, specimen.kind)
    for finding in findings:
        for remark in finding.remarks:
            place = remark.location
            assert place is None or (pytester.path / place.path).exists(), f"{place} is nowhere"


@pytest.mark.parametrize("kind", ["pass", "fail"])
def test_no_check_lacks_a_specimen(kind: str) -> None:
    have = {one.check for one in specimens() if one.kind == kind}
    attribute = {"pass": "good", "fail": "bad"}[kind]
    have |= {check for check, live in LIVE.items() if getattr(live, attribute)}
    missing = sorted(CHECKS - have)
    assert not missing, f"no specimen that has to {kind}: {', '.join(missing)}"


def test_no_specimen_is_of_a_check_that_is_gone() -> None:
    assert {one.check for one in specimens()} | set(LIVE) <= CHECKS


def test_git_keeps_every_specimen() -> None:
    listed = [str(path) for path in FOLDER.rglob("*") if path.is_file()]
    done = subprocess.run(
        ["git", "check-ignore", "--stdin"],
        input="\n".join(listed),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stdout.split()


def assert_kind(findings: list[Finding], kind: str) -> None:
    """Compare outcomes with what has to come; of many subjects one defect is enough."""
    said = "\n".join(f"  {one.outcome} {one.subject or '-'}: {one.message}" for one in findings)
    outcomes = {finding.outcome for finding in findings}
    assert outcomes & KINDS[kind], f"not one finding is {kind}:\n{said}"
    if kind == "fail":
        assert not outcomes & {Outcome.ERROR, Outcome.SKIPPED}, f"a failure is told by:\n{said}"
    else:
        assert outcomes == KINDS[kind], f"not all findings are {kind}:\n{said}"
