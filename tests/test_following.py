"""A condition lived through: given, looked at again, met or lapsed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_readiness import catalogue
from pytest_readiness.model import Outcome, Selection, Verdict
from pytest_readiness.recompute import recompute, rejudged
from pytest_readiness.reports.json import parse, render
from tests.runs import LIVE


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport

CHECKS = """
def is_open(name):
    return os.path.exists(name)

@check("own-good", P0)
def test_good():
    \"\"\"Fine.\"\"\"
    open("ran", "a").write("good ")

@check("open-door", P1)
@pytest.mark.parametrize("door", ["front", "back"])
def test_doors(door):
    \"\"\"Doors are shut.

    Fix: shut the door.
    \"\"\"
    open("ran", "a").write(door + " ")
    assert not is_open(door), f"the {door} door is open"

@check("open-window", P1)
def test_windows():
    \"\"\"Windows are shut.

    Fix: shut the window.
    \"\"\"
    open("ran", "a").write("window ")
    assert not is_open("window"), "the window is open"

def test_of_the_team():
    open("ran", "a").write("team ")
"""
FOLLOW = ("--readiness", "--readiness-conditions", "readiness-report/readiness.json")


class House:
    """A repository with doors and windows, and its record."""

    def __init__(self, pytester: pytest.Pytester, record: Callable[[], AuditReport]) -> None:
        self.folder, self._record = pytester.path, record
        self._pytester = pytester

    def opened(self, *names: str) -> None:
        for name in ("front", "back", "window", "ran"):
            (self.folder / name).unlink(missing_ok=True)
        for name in names:
            (self.folder / name).touch()

    def audited(self) -> AuditReport:
        """Record of a whole run, in which these checks are all there are and a target was up."""
        self._pytester.runpytest_subprocess("--readiness", "-k", "own.py", timeout=60)
        part = self._record()
        report = replace(part, selection=Selection(), target=LIVE)
        return self.kept(report)

    def kept(self, report: AuditReport) -> AuditReport:
        """Write a record with the verdict that its findings give."""
        report = rejudged(report)
        self.put(report)
        return report

    def put(self, report: AuditReport) -> None:
        path = self.folder / "readiness-report" / "readiness.json"
        path.write_text(render(report), encoding="utf-8")

    def followed(self, *options: str) -> tuple[pytest.RunResult, AuditReport]:
        (self.folder / "ran").unlink(missing_ok=True)
        result = self._pytester.runpytest_subprocess(*FOLLOW, *options, timeout=60)
        return result, self._record()

    @property
    def ran(self) -> list[str]:
        path = self.folder / "ran"
        return sorted(path.read_text().split()) if path.exists() else []


@pytest.fixture
def house(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    record: Callable[[], AuditReport],
) -> House:
    checks(CHECKS)
    pytester.makefile(".yaml", readiness="policy: {floor: 0}")
    return House(pytester, record)


def states(record: AuditReport) -> dict[str, str]:
    assert record.follow_up is not None
    return {each.condition.check: each.state for each in record.follow_up.conditions}


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_condition_is_lived_through_from_open_to_closed(house: House, workers: str) -> None:
    house.opened("back", "window")
    first = house.audited()
    assert first.judgement.verdict == Verdict.CONDITIONAL_GO
    promised = {each.check: each for each in first.judgement.conditions}
    assert sorted(promised) == ["open-door", "open-window"]

    house.opened("window")
    result, second = house.followed(workers)
    assert house.ran == ["back", "front", "window"]
    assert states(second) == {"open-door": "closed", "open-window": "open"}
    assert second.judgement.verdict == Verdict.CONDITIONAL_GO
    assert second.judgement.conditions == (promised["open-window"],)
    assert result.ret == 11
    assert len(second.findings) == len(first.findings)
    assert recompute(second) == []
    result.stdout.fnmatch_lines(
        [
            "Conditions of *: 1 closed, 1 open, 0 lapsed",
            "  closed  open-door: shut the door.",
            "  open    open-window: due *, shut the window.",
            "  2 of 3 checks were looked at again.",
            "  GO is not reached: CONDITIONAL GO.",
        ]
    )

    house.opened()
    result, third = house.followed(workers)
    assert house.ran == ["window"]
    assert states(third) == {"open-window": "closed"}
    assert third.judgement.verdict == Verdict.GO
    assert third.follow_up is not None
    assert third.follow_up.record == first.started
    assert result.ret == 0
    assert recompute(third) == []
    result.stdout.fnmatch_lines(["  GO is reached."])

    result, _ = house.followed(workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*no conditions that a check could look at again*GO*"])


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_condition_past_its_expiry_has_lapsed_and_that_is_no_go(
    house: House, workers: str
) -> None:
    house.opened("window")
    first = house.audited()
    started = datetime.now(UTC) - timedelta(days=15)
    house.kept(replace(first, started=started.isoformat()))
    result, late = house.followed(workers)
    assert states(late) == {"open-window": "lapsed"}
    assert late.judgement.verdict == Verdict.NO_GO
    assert late.judgement.blockers == ("open-window",)
    assert result.ret == 10
    assert recompute(late) == []
    result.stdout.fnmatch_lines(
        ["*The condition on open-window lapsed: it was due*", "  lapsed  open-window:*"]
    )

    house.opened()
    result, mended = house.followed(workers)
    assert states(mended) == {"open-window": "closed"}
    assert result.ret == 0


def test_a_condition_that_is_overdue_is_open_until_it_expires(house: House) -> None:
    house.opened("window")
    started = datetime.now(UTC) - timedelta(days=10)
    first = house.kept(replace(house.audited(), started=started.isoformat()))
    result, record = house.followed()
    assert states(record) == {"open-window": "open"}
    assert record.judgement.conditions[0].due == first.judgement.conditions[0].due
    assert result.ret == 11


def test_blockers_are_looked_at_again_too(house: House) -> None:
    house.opened()
    first = house.audited()
    failed = tuple(
        replace(each, outcome=Outcome.FAILED) if each.check == "own-good" else each
        for each in first.findings
    )
    assert house.kept(replace(first, findings=failed)).judgement.verdict == Verdict.NO_GO
    result, record = house.followed()
    assert house.ran == ["good"]
    assert record.judgement.verdict == Verdict.GO
    assert result.ret == 0


def test_what_a_narrower_selection_leaves_out_stays_as_it_was(house: House) -> None:
    house.opened("back", "front")
    house.audited()
    house.opened()
    result, record = house.followed("-k", "front")
    assert house.ran == ["front"]
    assert states(record) == {"open-door": "open"}
    assert len(record.planned) == 4
    assert result.ret == 11


def test_a_run_that_is_stopped_leaves_the_conditions_open(house: House) -> None:
    house.opened("back", "window")
    first = house.audited()
    result, record = house.followed("-x")
    assert record.judgement.verdict == Verdict.INCOMPLETE
    assert set(states(record).values()) == {"open"}
    assert result.ret == 12
    house.opened()
    result, again = house.followed()
    assert again.judgement.verdict == Verdict.GO
    dues = {each.condition.due for each in again.follow_up.conditions}  # type: ignore[union-attr]
    assert dues == {each.due for each in first.judgement.conditions}
    assert result.ret == 0


def test_another_commit_and_newer_checks_are_said(house: House) -> None:
    house.opened("window")
    first = house.audited()
    house.kept(replace(first, commit="1a2b3c4d5e6f"))
    result, record = house.followed()
    assert record.follow_up is not None
    bundled = len(catalogue.bundled_checks())
    assert record.follow_up.changed[0] == (
        "The commit was 1a2b3c4 and is unknown: what was not looked at again was seen at that one."
    )
    assert record.follow_up.changed[-1].startswith(f"{bundled} checks are newer than the record")
    result.stdout.fnmatch_lines(["  The commit was 1a2b3c4 and is unknown:*"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "*--readiness-conditions: readiness-report/readiness.json: No such file*"),
        ("{}", "*--readiness-conditions: readiness-report/readiness.json: *Field required*"),
        ("no", "*--readiness-conditions: readiness-report/readiness.json: *Invalid JSON*"),
    ],
)
def test_what_is_no_record_is_refused_and_left_as_it_is(
    pytester: pytest.Pytester, text: str | None, message: str
) -> None:
    path = pytester.path / "readiness-report" / "readiness.json"
    if text is not None:
        path.parent.mkdir()
        path.write_text(text)
    result = pytester.runpytest_subprocess(*FOLLOW, timeout=60)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert text is None or path.read_text() == text


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_record_of_another_catalogue_is_refused_and_left_as_it_is(
    house: House, checks: Callable[[str], None], workers: str
) -> None:
    house.opened("window")
    house.audited()
    path = house.folder / "readiness-report" / "readiness.json"
    before = path.read_text()
    checks(CHECKS.replace("open-window", "open-pane"))
    result, _ = house.followed(workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*there is no check open-window any more; run the whole audit*"])
    assert path.read_text() == before


def test_a_record_elsewhere_is_followed_and_left_as_it_is(house: House) -> None:
    house.opened("window")
    house.audited()
    path = house.folder / "readiness-report" / "readiness.json"
    release = path.rename(house.folder / "release.json")
    before = release.read_text()
    result, record = house.followed("--readiness-conditions", "release.json")
    assert states(record) == {"open-window": "open"}
    assert result.ret == 11
    assert release.read_text() == before
    assert parse(before).follow_up is None
