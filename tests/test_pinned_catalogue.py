"""A pinned catalogue: an upgrade adds no check, and what is left out is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_readiness import __version__, catalogue
from pytest_readiness.model import Selection
from pytest_readiness.reports.terminal import render
from tests.runs import PASSED, run_of


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport


OLD, PATCH, MINOR = "0.1.0", "0.1.1", "0.2.0"


VERSIONS = {OLD: ("old",), PATCH: ("patched",), MINOR: ("brand-new",)}


@pytest.mark.parametrize(
    ("version", "ids"),
    [
        ("0.1", {"old"}),
        ("0.1.0", {"old"}),
        ("0.1.1", {"old", "patched"}),
        ("0.1.9", {"old", "patched"}),
        ("0.2", {"old", "patched", "brand-new"}),
    ],
)
def test_a_version_had_what_came_until_then(version: str, ids: set[str]) -> None:
    assert catalogue.until(version, VERSIONS, MINOR) == ids


@pytest.mark.parametrize("version", ["0.0", "0.2.1", "1.0"])
def test_a_version_that_is_not_known_here_is_refused(version: str) -> None:
    with pytest.raises(catalogue.CatalogueError) as caught:
        catalogue.until(version, VERSIONS, MINOR)
    assert str(caught.value) == f"expected a version from 0.1.0 to 0.2.0, got {version!r}"


def test_every_bundled_check_has_a_version_and_no_later_one_than_this() -> None:
    ids = {check.id for check in catalogue.bundled_checks()}
    told = [identity for each in catalogue.introduced().values() for identity in each]
    assert sorted(told) == sorted(ids)
    assert catalogue.until(__version__, catalogue.introduced()) == ids


def test_checks_that_are_newer_do_not_run_and_are_named(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
) -> None:
    pytester.makefile(".yaml", readiness="catalogue: {version: 0.1}\n")
    pytester.makeconftest(
        "from pytest_readiness import stash\n"
        "def pytest_configure(config):\n"
        "    config.stash[stash.PINNED] -= {'missing-slo', 'untested-code'}\n"
    )
    checks('@check("own", P1)\ndef test_own():\n    """Fine."""\n')
    result = pytester.runpytest_subprocess("--readiness", "-n2")
    found = record()
    ids = {check.id for check in found.checks}
    assert found.selection.newer == ("missing-slo", "untested-code")
    assert found.selection.pin == "0.1"
    assert not ids & set(found.selection.newer)
    assert "own" in ids
    assert len(ids) == found.selection.planned == found.selection.selected
    assert not any("Only a part" in reason for reason in found.judgement.reasons)
    result.stdout.fnmatch_lines(
        ["Newer than the pinned catalogue 0.1, not run (2): missing-slo, untested-code"]
    )


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "9.9",
            "*readiness.yaml: catalogue.version: expected a version from 0.1.0 to *, got '9.9'",
        ),
        ("newest", "*catalogue.version: expected a version like 0.1 or 0.1.2*"),
    ],
)
def test_a_pin_that_cannot_hold_is_an_error(
    pytester: pytest.Pytester, written: str, message: str
) -> None:
    pytester.makefile(".yaml", readiness=f"catalogue: {{version: {written}}}\n")
    result = pytester.runpytest_inprocess("--readiness")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_the_summary_is_silent_where_nothing_was_left_out() -> None:
    run = run_of((3, PASSED, "P0", "backend"), selection=Selection("", 3, 3, pin="0.1"))
    assert not any("pinned" in line for line in render(run.report()))
