"""``readiness waive`` adds one entry, and never harms what stands there."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.cli import main
from pytest_readiness.model import AuditReport, Waiver
from pytest_readiness.reports.json import render
from pytest_readiness.waiver_file import load
from pytest_readiness.waivers import evidence_digest
from pytest_readiness.waiving import CannotWaive, settings_folder, waive
from tests.runs import FAILED, PASSED, WARNED, Run, check, finding


if TYPE_CHECKING:
    from pathlib import Path

    from pytest_readiness.waiving import Waived


TODAY = date(2026, 3, 1)
FINDINGS = (
    finding("auth-disabled", FAILED, message="it answered 200"),
    finding("root-container", FAILED, "api/Dockerfile", message="no USER"),
    finding("root-container", FAILED, "jobs/Dockerfile", message="no USER"),
    finding("root-container", PASSED, "web/Dockerfile"),
    finding("own-check", WARNED, "a[1]", message="odd"),
)
RECORD: AuditReport = Run(
    checks=(check("auth-disabled", "P0"), check("root-container", "P1"), check("own-check", "P3")),
    findings=FINDINGS,
).report()
TOLD: dict[str, Any] = {
    "check": "auth-disabled", "subject": "", "reason": "a demo", "owner": "Ana",
    "approver": "Ben", "expires": "2026-03-20",
}  # fmt: skip


def waived(folder: Path, *, pin: bool = False, anywhere: bool = False, **told: str) -> Waived:
    wanted = Waiver(**(TOLD | told))
    return waive(folder, wanted, record=RECORD, pin=pin, anywhere=anywhere, today=TODAY)


def text_of(folder: Path) -> str:
    return (folder / "waivers.yaml").read_bytes().decode()


def test_a_first_waiver_makes_the_file(tmp_path: Path) -> None:
    done = waived(tmp_path)
    assert text_of(tmp_path) == (
        "# What somebody accepts, and until when.\n"
        "- check: auth-disabled\n"
        "  reason: a demo\n"
        "  owner: Ana\n"
        "  approver: Ben\n"
        "  expires: 2026-03-20\n"
    )
    assert load(tmp_path / "waivers.yaml") == {2: Waiver(**TOLD)}
    assert (done.line, done.accepts) == (2, FINDINGS[:1])


@pytest.mark.parametrize(
    "before",
    [
        "# ours\n- check: own-check  # odd\n  reason: r\n  owner: o\n  expires: 2026-12-31\n",
        "- check: own-check\n  reason: r\n  owner: o\n  expires: 2026-12-31",
        "  - check: own-check\n    reason: r\n    owner: o\n    expires: 2026-12-31\n# end\n",
        "- {check: own-check, reason: r, owner: o, expires: 2026-12-31}\n\n\n",
        "- check: own-check\r\n  reason: r\r\n  owner: o\r\n  expires: 2026-12-31\r\n",
        "# nobody yet\n",
    ],
)
def test_what_stands_there_stays_byte_for_byte(tmp_path: Path, before: str) -> None:
    (tmp_path / "waivers.yaml").write_bytes(before.encode())
    waived(tmp_path)
    assert text_of(tmp_path).startswith(before)
    assert list(load(tmp_path / "waivers.yaml").values())[-1] == Waiver(**TOLD)
    assert ("\r\n" in before) == (text_of(tmp_path).count("\r\n") == text_of(tmp_path).count("\n"))


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("[{check: own-check, reason: r, owner: o, expires: 2026-12-31}]\n", "add this by hand"),
        ("- check: own-check\n  reason: r\n", "waivers.yaml:1: [0].owner: expected this key"),
        ("check: own-check\n", "expected a list, got a mapping"),
        (
            "- {check: auth-disabled, reason: r, owner: o, expires: 2026-12-31}\n",
            "expected one waiver of auth-disabled on '', got another (first on line 1)",
        ),
    ],
)
def test_a_file_that_it_would_break_is_left_alone(tmp_path: Path, before: str, words: str) -> None:
    (tmp_path / "waivers.yaml").write_text(before)
    with pytest.raises(CannotWaive) as caught:
        waived(tmp_path)
    assert words in str(caught.value)
    assert text_of(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["waivers.yaml"]


@given(
    reason=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1),
    owner=st.sampled_from(["Ana", "yes", "2026-01-01", "# x", "null", "a: b", "'\"", "- -", "{a}"]),
    subject=st.sampled_from(["*", "api/*", "[ab]", "*:*", "*#*", "?pi/Dockerfile"]),
)
def test_whatever_is_said_is_read_as_it_was_said(
    tmp_path_factory: pytest.TempPathFactory, reason: str, owner: str, subject: str
) -> None:
    folder = tmp_path_factory.mktemp("w")
    told = {**TOLD, "check": "version-disclosure", "owner": owner, "subject": subject}
    wanted = Waiver(**(told | {"reason": " ".join(reason.split()) or "r"}))
    waive(folder, wanted, record=None, today=TODAY)
    assert list(load(folder / "waivers.yaml").values()) == [wanted]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"check": "auth-disbled"}, "got 'auth-disbled'; did you mean 'auth-disabled'?"),
        ({"approver": ""}, "approver: a P0 needs somebody who agreed to it"),
        ({"approver": "ana"}, "approver: a P0 needs somebody else than its owner"),
        ({"reason": " "}, "reason: expected some text"),
        ({"expires": "2026-02-28"}, "--until: 2026-02-28 has passed"),
        ({"expires": "soon"}, "--until: expected a date like 2026-12-31, got 'soon'"),
        ({"check": "unused-waiver"}, "the record has nothing open for unused-waiver"),
        ({"check": "jwt-alg-none"}, "the record has nothing open for jwt-alg-none"),
        (
            {"check": "root-container", "subject": "web/*"},
            "nothing open for root-container on 'web/*'; open are 'api/Dockerfile', 'jobs/Docker",
        ),
    ],
)
def test_what_cannot_be_waived_is_not_written(
    tmp_path: Path, told: dict[str, str], words: str
) -> None:
    with pytest.raises(CannotWaive) as caught:
        waived(tmp_path, **told)
    assert words in str(caught.value)
    assert not (tmp_path / "waivers.yaml").exists()


def test_without_a_subject_it_is_the_only_one_that_is_open(tmp_path: Path) -> None:
    assert waived(tmp_path, check="own-check", anywhere=True).waiver.subject == "a[1]"
    with pytest.raises(CannotWaive, match="'jobs/Dockerfile'; name one with --subject"):
        waived(tmp_path, check="root-container", anywhere=True)


def test_a_pin_is_the_digest_of_the_one_finding(tmp_path: Path) -> None:
    done = waived(tmp_path, check="root-container", subject="api/Dockerfile", pin=True)
    assert done.waiver.evidence == evidence_digest(FINDINGS[1])
    assert load(tmp_path / "waivers.yaml")[2] == done.waiver
    with pytest.raises(CannotWaive, match=r"'\*' names 2; write one entry for each"):
        waived(tmp_path, check="root-container", subject="*", pin=True)
    with pytest.raises(CannotWaive, match="--pin needs a record"):
        waive(tmp_path, Waiver(**TOLD), record=None, pin=True, today=TODAY)


def test_too_long_a_term_is_said(tmp_path: Path) -> None:
    assert waived(tmp_path, expires="2026-03-31").too_long == ""
    done = waived(tmp_path, check="own-check", subject="a*", expires="2027-03-02")
    assert done.too_long == "long-waiver: 366 days, a P3 may be waived for 365"


def test_the_command_says_what_it_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "readiness.yaml").touch()
    (tmp_path / "readiness-report").mkdir()
    (tmp_path / "readiness-report" / "readiness.json").write_text(render(RECORD))
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    who = ["--reason", "a demo", "--owner", "Ana", "--approver", "Ben", "--until", "2999-12-31"]
    assert main(["waive", "auth-disabled", *who, "--pin"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        "waivers.yaml:2: auth-disabled is waived until 2999-12-31",
        "  accepts the system: it answered 200",
        f"  pinned to {evidence_digest(FINDINGS[0])}",
    ]
    assert said[3].startswith("  long-waiver: ")
    assert (tmp_path / "waivers.yaml").is_file()
    assert main(["waive", "own-check", *who, "--record", "nowhere.json"]) == 4
    assert "nowhere.json" in capsys.readouterr().err
    assert main(["waive", "jwt-alg-none", *who]) == 4
    assert "nothing open for jwt-alg-none" in capsys.readouterr().err


def test_without_a_record_nothing_is_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    who = ["--reason", "r", "--owner", "Ana", "--until", "2999-12-31"]
    assert main(["waive", "version-disclosure", *who]) == 0
    assert "nothing was compared" in capsys.readouterr().out


def test_the_folder_is_that_of_the_nearest_settings_of_the_repository(tmp_path: Path) -> None:
    inner = tmp_path / "shop" / "src"
    inner.mkdir(parents=True)
    (tmp_path / "readiness.yaml").touch()
    assert settings_folder(inner) == tmp_path
    (tmp_path / "shop" / ".git").mkdir()
    assert settings_folder(inner) == inner
    (tmp_path / "shop" / "readiness.yml").touch()
    assert settings_folder(inner) == tmp_path / "shop"
