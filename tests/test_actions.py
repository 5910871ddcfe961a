"""What a GitHub runner is told, and that nothing of the target tells it anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_readiness.actions import announce, no_commands
from pytest_readiness.reports.github import SUMMARY_LIMIT, render
from tests.runs import FAILED, run_of


if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


REPORT = run_of((1, FAILED, "P0", "backend")).report()
OPEN = '@check("open", P0)\ndef test_open():\n    """Closed."""\n    fail("::error::it is open")\n'


@pytest.fixture
def summary(tmp_path: Path) -> Path:
    return tmp_path / "summary.md"


@pytest.fixture
def runner(summary: Path) -> dict[str, str]:
    return {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}


def said(environ: dict[str, str]) -> list[str]:
    lines: list[str] = []
    announce(REPORT, environ, lines.append)
    return lines


def test_a_runner_gets_annotations_and_the_summary(runner: dict[str, str], summary: Path) -> None:
    summary.write_text("# Of another step\n", encoding="utf-8")
    assert said(runner) == [
        "::error title=P0 check-0000::Not so: check-0000 is absent.%0AFix: Mend check-0000."
    ]
    assert summary.read_text("utf-8") == f"# Of another step\n{render(REPORT)}"


def test_elsewhere_nothing_is_said(runner: dict[str, str], summary: Path) -> None:
    assert said(runner | {"GITHUB_ACTIONS": "false"}) == []
    assert not summary.exists()


def test_a_full_summary_is_left_alone_and_that_is_said(
    runner: dict[str, str], summary: Path
) -> None:
    summary.write_text("x" * SUMMARY_LIMIT, encoding="utf-8")
    assert said(runner)[-1].startswith("readiness: no step summary: what was written before")
    assert summary.stat().st_size == SUMMARY_LIMIT


def test_a_summary_that_cannot_be_written_is_said(runner: dict[str, str], tmp_path: Path) -> None:
    lines = said(runner | {"GITHUB_STEP_SUMMARY": str(tmp_path)})
    assert lines[-1] == f"readiness: no step summary: {tmp_path}: Is a directory"


def test_what_is_printed_meanwhile_is_no_command(runner: dict[str, str]) -> None:
    lines: list[str] = []
    with no_commands(runner, lines.append):
        lines.append("::error::said by the target")
    first, _, last = lines
    word = first.removeprefix("::stop-commands::")
    assert len(word) == 32
    assert last == f"::{word}::"


def test_a_run_under_github_actions_tells_it(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    runner: dict[str, str],
    summary: Path,
) -> None:
    for name, value in runner.items():
        monkeypatch.setenv(name, value)
    checks(OPEN)
    lines = pytester.runpytest("--readiness", "-k", "own.py").outlines
    stop = next(line for line in lines if line.startswith("::stop-commands::"))
    again = stop.replace("::stop-commands::", "::") + "::"
    annotation = next(line for line in lines if line.startswith("::error "))
    assert lines.index(stop) < lines.index(again) < lines.index(annotation)
    assert annotation == "::error title=P0 open::::error::it is open"
    assert "NO-GO" in summary.read_text("utf-8")
