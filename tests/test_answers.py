"""answers.yaml is read as it was meant, or said to be wrong with line, place and remedy."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.answers import Answer, load
from pytest_readiness.typed_yaml import InvalidFile


if TYPE_CHECKING:
    from pathlib import Path

GOOD = "unrehearsed-restore: {answer: yes, by: Ana, on: 2026-03-01, evidence: MIN-12}\n"


def loaded(folder: Path, text: str) -> dict[str, Answer]:
    path = folder / "answers.yaml"
    path.write_text(text, encoding="utf-8")
    return dict(load(path))


def test_an_answer_is_what_was_written(tmp_path: Path) -> None:
    assert loaded(tmp_path, GOOD) == {
        "unrehearsed-restore": Answer("yes", "Ana", date(2026, 3, 1), "MIN-12")
    }


@pytest.mark.parametrize("text", ["", "# none yet\n", "---\n"])
def test_an_empty_file_answers_nothing(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text) == {}
    assert load(tmp_path / "missing.yaml") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a:\n  answer: yes\n  by: Ana\n", "answers.yaml:1: a.on: expected this key, got nothing"),
        (
            "a:\n  anwser: yes\n  by: Ana\n  on: 2026-03-01\n",
            "answers.yaml:2: a.anwser: expected a known key, got 'anwser'; did you mean 'answer'?",
        ),
        (
            "a:\n  answer: yse\n  by: Ana\n  on: 2026-03-01\n",
            "answers.yaml:2: a.answer: expected one of yes, no, got 'yse'; did you mean 'yes'?",
        ),
        (
            "a: {answer: yes, by: Ana, on: 1 March}",
            "answers.yaml:1: a.on: expected a date like 2026-12-31, got '1 March'",
        ),
        ("a: {answer: yes, by: '', on: 2026-03-01}", "a.by: expected some text, got ''"),
        (
            "a: {answer: yes, by: A, on: 2026-03-01, valid_days: 0}",
            "a.valid_days: expected a number of at least 1, got '0'",
        ),
        ("a: yes", "answers.yaml:1: a: expected a mapping, got 'yes'"),
        ("- a", "answers.yaml:1: expected a mapping of the ids of checks, got a list"),
        ("a: 1\nb: 2\na: 3", "answers.yaml:3: a: expected each key once"),
        ("a:\n\tb: 1", "indent with spaces, not with tabs"),
    ],
)
def test_an_error_names_line_place_and_remedy(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        loaded(tmp_path, text)

    assert words in str(caught.value)


def test_other_bytes_than_utf_8_are_an_error_with_line(tmp_path: Path) -> None:
    path = tmp_path / "answers.yaml"
    path.write_bytes(b"a: 1\nb: \xff\n")

    with pytest.raises(InvalidFile, match=r"^answers\.yaml:2: expected text in UTF-8"):
        load(path)


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_an_answer_to_no_check_is_an_error_of_usage(
    pytester: pytest.Pytester, workers: str
) -> None:
    (pytester.path / "answers.yaml").write_text(GOOD.replace("unrehearsed", "unrehersed"))

    result = pytester.runpytest_subprocess("--readiness", workers, timeout=60)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*answers.yaml:1: *got 'unrehersed-restore'; did you mean 'unrehearsed-restore'?*"]
    )


def test_answers_that_cannot_be_read_are_an_error_of_usage(pytester: pytest.Pytester) -> None:
    (pytester.path / "answers.yaml").write_text("a: {answer: maybe}")

    result = pytester.runpytest("--readiness")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*answers.yaml:1: a.answer: expected one of yes, no*"])
