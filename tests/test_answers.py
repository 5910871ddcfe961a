"""answers.yaml is read as it was meant, or said to be wrong with line, place and remedy."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_readiness import model
from pytest_readiness.answers import Answer, EvidenceFile, load
from pytest_readiness.typed_yaml import InvalidFile


if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_readiness.model import AuditReport

DIGEST = "0a" * 32
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
        (
            "a: {answer: yes, by: A, on: 2026-03-01,\n  evidence: 'x.md@sha256:12'}",
            "answers.yaml:2: a.evidence: expected a file with its digest like docs/drill.md@sha25",
        ),
        (f"a: {{answer: yes, by: A, on: 2026-03-01, evidence: 'sha256:{DIGEST}'}}", "sha256sum"),
        (
            f"a: {{answer: yes, by: A, on: 2026-03-01, evidence: '../x.md@sha256:{DIGEST}'}}",
            "a.evidence: expected a file of the repository, got ",
        ),
        (
            f"a: {{answer: yes, by: A, on: 2026-03-01, evidence: '/x@sha256:{DIGEST}'}}",
            "of the rep",
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


@pytest.mark.parametrize(
    "link",
    ["https://x.example/a@sha256:12", "TICKET-12", "https://x.example/#sha1:ab", "ann@x.org"],
)
def test_a_link_is_no_file(tmp_path: Path, link: str) -> None:
    said = loaded(tmp_path, f"a: {{answer: yes, by: A, on: 2026-03-01, evidence: '{link}'}}")["a"]
    assert (said.evidence, said.file) == (link, None)


def test_a_file_is_evidence_while_it_is_what_it_was(tmp_path: Path) -> None:
    (tmp_path / "drill.md").write_text("done\n", encoding="utf-8")
    digest = hashlib.sha256(b"done\n").hexdigest()
    text = f"a: {{answer: yes, by: A, on: 2026-03-01, evidence: drill.md@sha256:{digest}}}"
    file = loaded(tmp_path, text)["a"].file
    assert file == EvidenceFile("drill.md", f"sha256:{digest}")
    assert file.problem(tmp_path) == ""
    (tmp_path / "drill.md").write_text("done!\n", encoding="utf-8")
    assert file.problem(tmp_path).startswith("drill.md is no longer the same; it has sha256:")
    (tmp_path / "drill.md").unlink()
    assert file.problem(tmp_path) == "drill.md cannot be read: No such file or directory"


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_the_record_has_the_answers_and_the_day_on_which_each_ends(
    pytester: pytest.Pytester, record: Callable[[], AuditReport], workers: str
) -> None:
    today = datetime.now(UTC).date()
    answers = (
        f"unrehearsed-restore: {{answer: yes, by: Ana, on: {today}, evidence: MIN-12}}\n"
        f"unready-incident-response: {{answer: no, by: Bo, on: {today}, valid_days: 10}}\n"
        f"missing-guide: {{answer: yes, by: Bo, on: {today}, valid_days: 1}}\n"
        f"missing-slo: {{answer: yes, by: Bo, on: {today}}}\n"
    )
    (pytester.path / "answers.yaml").write_text(answers, encoding="utf-8")

    pytester.runpytest_subprocess(
        "--readiness", workers, "-m", "readiness(domain='compliance')", timeout=60
    )

    day, end = today.isoformat(), (lambda days: (today + timedelta(days=days)).isoformat())
    assert record().answers == (
        model.Answer("unrehearsed-restore", "yes", "Ana", day, "MIN-12", end(90)),
        model.Answer("unready-incident-response", "no", "Bo", day, "", end(10)),
        model.Answer("missing-guide", "yes", "Bo", day, "", end(1)),
        model.Answer("missing-slo", "yes", "Bo", day, "", ""),
    )
