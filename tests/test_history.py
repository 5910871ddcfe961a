"""One small file for each run: written, read, and no harm done when it is broken."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.history import READ, past_run, read, write
from pytest_readiness.model import PastRun, Selection, Verdict
from tests.runs import FAILED, LIVE, PASSED, SKIPPED, run_of


if TYPE_CHECKING:
    from pathlib import Path

    from pytest_readiness.model import AuditReport


PROFILE = "production"


def report_of(day: int, outcome=PASSED, **more: object) -> AuditReport:
    run = run_of((9, PASSED, "P0", "backend"), (1, outcome, "P0", "llm"))
    run = replace(run, target=replace(LIVE, profile=PROFILE))
    values = {"started": f"2026-03-{day:02}T12:00:00+02:00", "commit": f"{day:02}abcdef01"}
    return run.report(**(values | more))


def test_what_is_written_is_read_again_the_oldest_first(tmp_path: Path) -> None:
    for day in (3, 1, 2):
        write(tmp_path, report_of(day), {})
    found = read(tmp_path, PROFILE)
    assert [run.started[:10] for run in found.runs] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert found.runs[0] == past_run(report_of(1))
    assert found.problems == ()


def test_the_figures_of_a_run() -> None:
    assert past_run(report_of(1, FAILED)) == PastRun(
        started="2026-03-01T12:00:00+02:00",
        commit="01abcdef01",
        profile=PROFILE,
        verdict=Verdict.NO_GO,
        readiness=900,
        coverage=1000,
        open_p0=1,
        findings={"failed": 1, "passed": 9},
    )


def test_a_file_is_named_by_start_and_commit_and_is_small(tmp_path: Path) -> None:
    path = write(tmp_path / "new" / "folder", report_of(1), {})
    assert path is not None
    assert path.name == "20260301T100000Z-01abcde.json"
    assert path.stat().st_size < 400


def test_no_run_replaces_the_file_of_another(tmp_path: Path) -> None:
    names = [write(tmp_path, report_of(1, commit=""), {}).name for _ in range(3)]
    assert names == [
        "20260301T100000Z-uncommitted.json",
        "20260301T100000Z-uncommitted-2.json",
        "20260301T100000Z-uncommitted-3.json",
    ]
    assert len(read(tmp_path, PROFILE).runs) == 3


def test_a_run_that_was_narrowed_is_no_point_of_a_trend(tmp_path: Path) -> None:
    narrow = replace(report_of(1), selection=Selection("-m P0", 131, 10))
    assert write(tmp_path, narrow, {}) is None
    assert list(tmp_path.iterdir()) == []


def test_only_runs_of_the_same_profile_are_told(tmp_path: Path) -> None:
    write(tmp_path, report_of(1), {})
    assert read(tmp_path, "as-shipped").runs == ()


def test_a_finding_keeps_the_date_on_which_it_was_first_open(tmp_path: Path) -> None:
    open_ = report_of(1, FAILED).findings[-1].fingerprint
    first = "2026-03-01T12:00:00+02:00"
    for day, outcome, since in (
        (1, FAILED, {open_: first}),
        (2, SKIPPED, {open_: first}),
        (3, PASSED, {}),
        (4, FAILED, {open_: "2026-03-04T12:00:00+02:00"}),
    ):
        write(tmp_path, report_of(day, outcome), read(tmp_path, PROFILE).since)
        assert read(tmp_path, PROFILE).since == since


def test_no_folder_is_no_history(tmp_path: Path) -> None:
    assert read(tmp_path / "nothing", PROFILE).runs == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "Invalid JSON"),
        (b"\xff\xfe", "Invalid JSON"),
        (b"[]", "Input should be an object|dataclass"),
        (b'{"version": "1", "open": {}}', "run: Field required"),
        (b'{"version": "1", "open": {}, "run": {"started": 3}}', "run.started"),
        ("version", "expected version '1', got '2'"),
        ("started", "Invalid isoformat string"),
        ("naive", "expected a start with its offset"),
    ],
)
def test_a_broken_file_is_named_and_left_out(
    tmp_path: Path, content: bytes | str, message: str
) -> None:
    good = write(tmp_path, report_of(1), {})
    if isinstance(content, str):
        entry = json.loads(good.read_text())
        match content:
            case "version":
                entry["version"] = "2"
            case "started":
                entry["run"]["started"] = "once"
            case "naive":
                entry["run"]["started"] = "2026-03-01T12:00:00"
        content = json.dumps(entry).encode()
    (tmp_path / "bad.json").write_bytes(content)
    found = read(tmp_path, PROFILE)
    assert [run.commit for run in found.runs] == ["01abcdef01"]
    [problem] = found.problems
    assert problem.startswith("bad.json: ")
    assert any(part in problem for part in message.split("|"))


def test_a_folder_called_like_a_file_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "odd.json").mkdir()
    assert read(tmp_path, PROFILE).problems == ()


def test_a_long_history_is_read_from_its_end_and_the_rest_counted(tmp_path: Path) -> None:
    text = write(tmp_path, report_of(1), {}).read_text()
    for number in range(READ + 4):
        (tmp_path / f"20260401T{number:06}Z-x.json").write_text(text)
    found = read(tmp_path, PROFILE)
    assert len(found.runs) == READ
    assert found.problems == (f"5 runs before the last {READ} were not read",)
