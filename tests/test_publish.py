from pathlib import Path

import pytest

from pytest_readiness import setting_values
from pytest_readiness.cli import USAGE_ERROR, main
from pytest_readiness.publish import FORMATS, UnknownFormatError, publish, render
from pytest_readiness.reports.json import parse
from tests.runs import FAILED, PASSED, run_of


@pytest.fixture
def report():
    return run_of((2, PASSED, "P0", "security"), (1, FAILED, "P1", "backend")).report()


@pytest.fixture
def record(report, tmp_path: Path) -> Path:
    return publish(report, tmp_path, ["json"])[0]


def test_every_format_is_written_and_none_is_left_half(report, tmp_path: Path) -> None:
    written = publish(report, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        file for file, _ in FORMATS.values()
    )
    assert all(path.stat().st_size for path in written)


def test_a_format_that_does_not_exist_is_named_with_those_that_do(report) -> None:
    with pytest.raises(UnknownFormatError, match=r"'pdf'; there are json"):
        render(report, "pdf")


def test_a_record_is_rendered_again_without_running(record: Path, report, capsys) -> None:
    folder = record.parent / "again"
    assert main(["report", str(record), "--format", "json", "--output", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / 'readiness.json'}\n"
    assert parse((folder / "readiness.json").read_text("utf-8")) == report


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["nowhere.json"], "nowhere.json: No such file"), (["{record}", "--format", "pdf"], "'pdf'")],
)
def test_what_cannot_be_rendered_is_said(
    record: Path, capsys, arguments: list[str], said: str
) -> None:
    words = [word.replace("{record}", str(record)) for word in arguments]
    assert main(["report", *words]) == USAGE_ERROR
    assert said in capsys.readouterr().err


def test_every_format_can_be_chosen_in_the_settings() -> None:
    assert set(setting_values.FORMATS) == {*FORMATS, "tests"} - {"json"}
