"""waivers.yaml is read as it was meant, or said to be wrong with line, place and remedy."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from pytest_readiness import answers
from pytest_readiness.model import Waiver
from pytest_readiness.typed_yaml import InvalidFile
from pytest_readiness.waiver_file import json_schema, load, problems
from tests.runs import check


SCHEMA = Path(__file__).parent.parent / "docs" / "schema" / "waivers-yaml-1.schema.json"
DIGEST = f"sha256:{'0a' * 32}"
GOOD = f"""\
# Agreed on 20 November.
- check: root-container
  subject: services/*/Dockerfile
  reason: the base image has no other user yet
  owner: ana@example.com
  approver: ben@example.com
  expires: 2026-12-31
  evidence: {DIGEST}
- {{check: version-disclosure, reason: known, owner: ana, expires: 2027-01-31}}
"""
CHECKS = {
    one.id: one
    for one in (
        check("root-container", "P1"),
        check("auth-disabled", "P0"),
        check("version-disclosure", "P3"),
        check("unused-waiver", "P3"),
    )
}


def loaded(folder: Path, text: str) -> dict[int, Waiver]:
    path = folder / "waivers.yaml"
    path.write_text(text, encoding="utf-8")
    return dict(load(path))


def entry(**keys: str) -> str:
    told = {"check": "auth-disabled", "reason": "r", "owner": "Ana", "approver": "Ben"}
    told |= {"expires": "2026-12-31"} | keys
    return "- " + "\n  ".join(f"{name}: {value}" for name, value in told.items() if value) + "\n"


def test_waivers_are_what_was_written(tmp_path: Path) -> None:
    assert loaded(tmp_path, GOOD) == {
        2: Waiver(
            check="root-container",
            subject="services/*/Dockerfile",
            reason="the base image has no other user yet",
            owner="ana@example.com",
            expires="2026-12-31",
            approver="ben@example.com",
            evidence=DIGEST,
        ),
        9: Waiver("version-disclosure", "", "known", "ana", "2027-01-31"),
    }


def test_the_examples_of_the_documentation_are_right(tmp_path: Path) -> None:
    page = (SCHEMA.parents[1] / "waivers.md").read_text("utf-8")
    waived, answered = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    [waiver] = loaded(tmp_path, waived).values()
    assert (waiver.check, waiver.approver) == ("root-container", "ben@example.com")
    (tmp_path / "answers.yaml").write_text(answered)
    [answer] = answers.load(tmp_path / "answers.yaml").values()
    assert answer.file is not None
    assert answer.file.path == "docs/drills/restore-2026-11.md"


@pytest.mark.parametrize("text", ["", "# none\n", "[]\n", "---\n"])
def test_an_empty_file_accepts_nothing(tmp_path: Path, text: str) -> None:
    assert loaded(tmp_path, text) == {}
    assert load(tmp_path / "missing.yaml") == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (entry(expires=""), "waivers.yaml:1: [0].expires: expected this key, got nothing; add it"),
        (entry(expires="soon"), "waivers.yaml:5: [0].expires: expected a date like 2026-12-31"),
        (entry(expires="2026-02-30"), "got '2026-02-30'"),
        (entry(reason="'  '"), "waivers.yaml:2: [0].reason: expected some text, got '  '"),
        (entry(owner="''"), "waivers.yaml:3: [0].owner: expected some text"),
        (
            GOOD + entry(untill="2026-12-31", expires=""),
            ("waivers.yaml:14: [2].untill: expected a known key, got 'untill'; known keys: check, "
            "reason, owner, expires, subject, approver, evidence"),
        ),
        (entry(aprover="x"), "did you mean 'approver'?"),
        (entry(evidence="abc"), "expected a digest like sha256:<64 hexadecimal digits>, got 'abc'"),
        ("check: a\n", "waivers.yaml:1: expected a list, got a mapping"),
        ("- a\n", "waivers.yaml:1: [0]: expected a mapping, got 'a'"),
        ("- check: a\n\treason: b\n", "indent with spaces, not with tabs"),
        (
            entry() + entry(reason="another"),
            ("waivers.yaml:6: expected one waiver of auth-disabled on '', got another (first on "
            "line 1)"),
        ),
        (("[{check: a, reason: r, owner: o, expires: 2026-01-01}, {check: b, reason: r, owner: o,"
         " expires: 2026-01-01}]"), "waivers.yaml:1: expected each waiver on a line of its own"),
    ],
)  # fmt: skip
def test_an_error_names_line_place_and_remedy(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        loaded(tmp_path, text)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            entry(check="auth-disbled"),
            (
                "waivers.yaml:1: check: expected the id of a check, got 'auth-disbled'; did you"
                " mean 'auth-disabled'?"
            ),
        ),
        (entry(check="zzz"), "`readiness list` shows the checks"),
        (entry(approver=""), "a P0 needs somebody who agreed to it; add approver"),
        (entry(approver="' '"), "a P0 needs somebody who agreed to it; add approver"),
        (
            "# first\n" + entry(check="root-container", approver="'ana '"),
            "waivers.yaml:2: approver: a P1 needs somebody else than its owner, got 'ana '",
        ),
        (entry(check="unused-waiver"), "judges waivers and cannot be waived; mend the waiver"),
    ],
)
def test_what_a_waiver_may_not_say_of_a_check_is_said_with_its_line(
    tmp_path: Path, text: str, words: str
) -> None:
    [problem] = problems(loaded(tmp_path, text), CHECKS)
    assert words in problem


def test_a_p3_needs_no_approver(tmp_path: Path) -> None:
    own = entry(check="version-disclosure", approver="")
    assert problems(loaded(tmp_path, own + GOOD.partition("- {")[0]), CHECKS) == []


def test_the_schema_is_published_and_takes_what_is_good() -> None:
    published = json.loads(SCHEMA.read_text("utf-8"))
    assert published == json_schema(), "run python -m tests.test_waiver_file"
    validator = jsonschema.Draft202012Validator(
        published, format_checker=jsonschema.FormatChecker()
    )
    validator.validate(yaml.load(GOOD, Loader=yaml.BaseLoader))  # noqa: S506 - it makes text only


@pytest.mark.parametrize(
    "text",
    [
        entry(expires=""),
        entry(expires="soon"),
        entry(evidence="abc"),
        entry(aprover="x"),
        "check: a",
    ],
)
def test_the_schema_refuses_what_is_refused(text: str) -> None:
    validator = jsonschema.Draft202012Validator(
        json.loads(SCHEMA.read_text("utf-8")), format_checker=jsonschema.FormatChecker()
    )
    assert not validator.is_valid(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - as above


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(json_schema(), indent=2) + "\n", "utf-8")
