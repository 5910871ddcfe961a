"""``readiness diff A B``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.cli import main
from pytest_readiness.reports.json import render
from tests.runs import FAILED, PASSED, SKIPPED, WARNED, Run, check, finding


if TYPE_CHECKING:
    from pathlib import Path

    from pytest_readiness.model import AuditReport, Outcome


def report(outcome: Outcome, **more: object) -> AuditReport:
    return Run(checks=(check("it"),), findings=(finding("it", outcome, "ümlaut"),)).report(**more)


@pytest.fixture
def diff(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "80")

    def run(before: AuditReport, after: AuditReport, *options: str) -> tuple[int, str, str]:
        paths = [tmp_path / "a.json", tmp_path / "b.json"]
        for path, written in zip(paths, (before, after), strict=True):
            path.write_text(render(written), encoding="utf-8")
        status = main(["diff", *map(str, paths), *options])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (PASSED, PASSED, 0),
        (FAILED, FAILED, 0),
        (FAILED, PASSED, 0),
        (FAILED, WARNED, 0),
        (PASSED, FAILED, 1),
        (PASSED, SKIPPED, 1),
        (WARNED, FAILED, 1),
        (SKIPPED, FAILED, 1),
    ],
)
def test_it_is_1_when_something_is_new_or_worse(diff, before, after, status) -> None:
    assert diff(report(before), report(after))[0] == status


def test_the_text_names_every_change(diff) -> None:
    before = report(PASSED, started="2026-02-01T12:00:00+00:00", commit="abcdef012")
    _, said, _ = diff(before, report(FAILED))
    assert said.splitlines() == [
        "shop, 2026-02-01 12:00 at abcdef0: GO, 100.0 %",
        "  then 2026-03-01 12:00 at 1a2b3c4: CONDITIONAL GO, 0.0 %",
        "  0 new, 1 regressed, 0 fixed, 0 still open",
        "",
        "Regressed (1)",
        "  it [ümlaut]: passed -> failed",
    ]


def test_the_json_is_the_comparison(diff) -> None:
    status, said, _ = diff(report(PASSED), report(FAILED), "--json")
    found = json.loads(said)
    assert status == 1
    assert found["verdict"] == "GO"
    assert found["rules"] == []
    assert [(one["check"], one["change"], one["after"]) for one in found["findings"]] == [
        ("it", "regressed", "failed")
    ]


def test_a_folder_stands_for_its_newest_record(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "readiness.json").write_text(render(report(FAILED)), encoding="utf-8")
    assert main(["diff", str(tmp_path), str(tmp_path / "readiness.json")]) == 0
    assert "1 still open" in capsys.readouterr().out


def test_two_repositories_cannot_be_compared(diff) -> None:
    status, _, said = diff(report(PASSED), replace(report(PASSED), repository="bank", commit="f"))
    assert status == 4
    assert said.startswith("readiness: the record is about the repository 'shop', and this is")


def test_what_cannot_be_read_is_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text("{")
    assert main(["diff", str(tmp_path / "bad.json"), str(tmp_path / "bad.json")]) == 4
    assert "bad.json: record: Invalid JSON" in capsys.readouterr().err
    assert main(["diff", str(tmp_path / "none.json"), str(tmp_path / "bad.json")]) == 4
    assert "none.json: No such file or directory" in capsys.readouterr().err
