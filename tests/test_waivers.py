"""A waiver changes what a finding blocks, never what it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import Location, Outcome, Remark, Verdict, Waiver
from pytest_readiness.recompute import recompute
from pytest_readiness.waivers import covers, evidence_digest, use_of, waiver_of
from tests.runs import ERROR, FAILED, NOW, P0, PASSED, SKIPPED, WARNED, finding, runs, waivers


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.model import AuditReport
    from tests.runs import Run


def waiver(name: str = "odd-one", subject: str = "*", **more: str) -> Waiver:
    told = {"reason": "known", "owner": "ann", "expires": "2030-01-01", "approver": "ben"}
    return Waiver(name, subject, **(told | more))


# --- which finding is waived, and what comes of it ------------------------------------------------


@given(runs(), st.lists(waivers(), max_size=4))
def test_a_waiver_never_changes_readiness_or_outcomes(run: Run, more: list[Waiver]) -> None:
    waived = replace(run, waivers=(*run.waivers, *more))
    assert waived.card == run.card
    assert waived.report().findings == run.report().findings


@given(runs(), st.lists(waivers(), max_size=4))
def test_a_waiver_never_makes_a_failed_p0_a_go(run: Run, more: list[Waiver]) -> None:
    priorities = {check.id: check.priority for check in run.checks}
    waived = replace(run, waivers=(*run.waivers, *more))
    if any(one.outcome == FAILED and priorities[one.check] == P0 for one in run.findings):
        assert waived.verdict != Verdict.GO


@given(runs(), st.data())
def test_the_order_of_waivers_never_matters(run: Run, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(run.waivers))
    assert replace(run, waivers=tuple(shuffled)).judgement == run.judgement
    for one in run.findings:
        assert waiver_of(one, shuffled, NOW) == waiver_of(one, run.waivers, NOW)


@given(runs(), st.lists(waivers(), max_size=4))
def test_an_expired_waiver_changes_nothing(run: Run, more: list[Waiver]) -> None:
    old = tuple(replace(one, expires="2026-02-28") for one in more)
    assert replace(run, waivers=(*run.waivers, *old)).judgement == run.judgement


@given(runs(), st.lists(waivers(), max_size=4))
def test_one_more_waiver_never_makes_a_verdict_worse(run: Run, more: list[Waiver]) -> None:
    order = [Verdict.NO_GO, Verdict.INCOMPLETE, Verdict.CONDITIONAL_GO, Verdict.GO]
    waived = replace(run, waivers=(*run.waivers, *more))
    assert order.index(waived.verdict) >= order.index(run.verdict)


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_was_seen_can_be_accepted(outcome: Outcome) -> None:
    accepted = waiver_of(finding("odd-one", outcome), [waiver()], NOW) is not None
    assert accepted == (outcome in {WARNED, FAILED})


# --- what a pinned waiver accepted ----------------------------------------------------------------


def seen(message: str, **more: object) -> str:
    remark = Remark(message, Location("src/app.py", 12))
    told = {"subject": "GET /x", "outcome": FAILED, "message": message, "remarks": (remark,)}
    return evidence_digest(finding("odd-one", **(told | more)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "later"),
    [
        ("http://127.0.0.1:8000/x answered 500", "http://127.0.0.1:43121/x answered 500"),
        ("src/app.py:12: debug is on", "src/app.py:118: debug is on"),
        ("line 12 sets no USER", "line 9 sets no USER"),
        ("took 0.51 s, the limit is 500 ms", "took 12 s, the limit is 501 ms"),
        ("at 2026-03-01T12:00:00Z it was down", "at 2026-04-02T08:31:07.125+02:00 it was down"),
        ("0b5ff0bd-5d5c-4a3c-9f4f-2d3a9f3a7c11 no", "1c5ff0bd-5d5c-4a3c-9f4f-2d3a9f3a7c12 no"),
        ("commit 1a2b3c4d5e6f is old", "commit ff00aa11bb22 is old"),
        ("Ann answered no on 2026-03-01", "Ann answered no on 2026-03-29"),
    ],
)  # fmt: skip
def test_what_differs_from_run_to_run_is_no_part_of_the_evidence(now: str, later: str) -> None:
    assert seen(now) == seen(later)


@pytest.mark.parametrize(
    ("now", "later"),
    [
        ("it answered 200", "it answered 500"),
        ("3 of 7 containers", "4 of 7 containers"),
        ("admin was let in", "anybody was let in"),
        ("key acceded", "key defaced"),
    ],
)
def test_what_was_seen_is(now: str, later: str) -> None:
    assert seen(now) != seen(later)


def test_subject_outcome_file_and_every_remark_are_evidence() -> None:
    elsewhere = Remark("m", Location("src/other.py", 12))
    here = Remark("m", Location("src/app.py", 90))
    assert len({
        seen("m"),
        seen("m", subject="GET /y"),
        seen("m", outcome=WARNED),
        seen("m", remarks=(elsewhere,)),
        seen("m", remarks=(here, Remark("and that"))),
    }) == 5  # fmt: skip
    assert seen("m", remarks=(here,), seconds=3.5, details="other traceback") == seen("m")


def test_a_pinned_waiver_ends_when_something_else_is_seen() -> None:
    then = finding("odd-one", FAILED, message="it answered 200 in 0.2 s")
    pinned = waiver(evidence=evidence_digest(then))
    assert waiver_of(replace(then, message="it answered 200 in 0.7 s"), [pinned], NOW) == pinned
    assert waiver_of(replace(then, message="it answered 302 in 0.7 s"), [pinned], NOW) is None
    assert waiver_of(replace(then, outcome=WARNED), [pinned], NOW) is None


@given(runs(), st.data())
def test_a_pin_to_anything_else_accepts_nothing(run: Run, data: st.DataObject) -> None:
    other = tuple(replace(one, evidence=f"sha256:{'0' * 64}") for one in run.waivers)
    assert replace(run, waivers=other).judgement == replace(run, waivers=()).judgement
    if run.findings:
        one = data.draw(st.sampled_from(run.findings))
        assert covers(waiver(one.check, evidence=evidence_digest(one)), one)


@pytest.mark.parametrize(
    ("outcomes", "opened", "blind", "looked"),
    [
        ({}, 0, 0, False),
        ({"a": PASSED}, 0, 0, True),
        ({"a": FAILED, "b": FAILED}, 1, 0, True),
        ({"a": WARNED}, 1, 0, True),
        ({"a": SKIPPED, "b": FAILED}, 0, 1, True),
        ({"a": PASSED, "b": SKIPPED}, 0, 0, True),
        ({"b": PASSED}, 0, 0, True),
        ({"": ERROR}, 0, 1, True),
    ],
)
def test_what_a_run_found_where_a_waiver_points(
    outcomes: dict[str, Outcome],
    opened: int,
    blind: int,
    looked: bool,
) -> None:
    findings = [finding("odd-one", outcome, subject) for subject, outcome in outcomes.items()]
    use = use_of(waiver(subject="a"), [*findings, finding("another", FAILED, "a")])
    assert (len(use.open), len(use.blind), use.looked) == (opened, blind, looked)


# --- in a run -------------------------------------------------------------------------------------

CHECKS = """
@check("open-door", {priority})
@pytest.mark.parametrize("door", ["front", "back"])
def test_doors(door):
    \"\"\"All doors are shut.\"\"\"
    if door in os.environ.get("OPEN", "front back"):
        fail(f"the {{door}} door is open since 12.5 s, at line 7")
"""
TODAY = datetime.now(UTC).date()


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def entry(subject: str = "'*'", **keys: object) -> str:
    told = {"check": "open-door", "subject": subject, "reason": "the lock is ordered"}
    told |= {"owner": "Ana", "approver": "Ben", "expires": in_days(10)} | keys
    return "- " + "\n  ".join(f"{name}: {value}" for name, value in told.items() if value) + "\n"


@pytest.fixture
def house(pytester: pytest.Pytester, checks: Callable[[str], None]) -> Callable[..., None]:
    """A team with two doors and what it accepts."""

    def build(waivers: str, *, priority: str = "P0", settings: str = "") -> None:
        checks(CHECKS.format(priority=priority))
        (pytester.path / "waivers.yaml").write_text(waivers, encoding="utf-8")
        pytester.makefile(".yaml", readiness=settings or "policy: {floor: 0}")

    return build


def audit(pytester: pytest.Pytester, *options: str) -> int:
    """Exit code of an audit of the two doors alone."""
    chosen = ("-m", "readiness(id='open-door')", "-p", "no:cacheprovider")
    return int(pytester.runpytest_inprocess("--readiness", *chosen, *options).ret)


@pytest.mark.parametrize(
    ("priority", "waivers", "code"),
    [
        ("P0", "", 10),
        ("P0", entry(), 11),
        ("P0", entry("front") + entry("back"), 11),
        ("P0", entry("front"), 10),
        ("P0", entry(expires=in_days(-1)), 10),
        ("P0", entry(expires=in_days(0)), 11),
        ("P1", entry(), 11),
        ("P3", entry(approver=""), 0),
        ("P0", entry(evidence=f"sha256:{'0' * 64}"), 10),
    ],
)
def test_what_a_waiver_does_to_the_exit_code(
    pytester: pytest.Pytester,
    house: Callable[..., None],
    record: Callable[[], AuditReport],
    priority: str,
    waivers: str,
    code: int,
) -> None:
    house(waivers, priority=priority)
    assert audit(pytester) == code
    assert {one.outcome for one in record().findings} == {FAILED}
    assert record().scorecard.readiness == 0
    assert len(record().waivers) == waivers.count("check: ")


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_the_record_has_the_waivers_and_gives_the_same_verdict_again(
    pytester: pytest.Pytester,
    house: Callable[..., None],
    record: Callable[[], AuditReport],
    workers: str,
) -> None:
    house(entry())
    result = pytester.runpytest_subprocess(
        "--readiness", workers, "-m", "readiness(id='open-door')", timeout=60
    )
    assert result.ret == 11
    [accepted] = record().waivers
    assert accepted == Waiver(
        "open-door", "*", "the lock is ordered", "Ana", in_days(10).isoformat(), "Ben"
    )
    assert recompute(record()) == []


@pytest.mark.parametrize(
    ("waivers", "code"),
    [
        ("", 4),
        (entry(), 11),
        (entry("front"), 12),
        (entry(expires=in_days(-1)), 12),
        (entry(evidence=f"sha256:{'0' * 64}"), 4),
    ],
)
def test_policy_lowers_a_p0_only_as_far_as_waivers_reach(
    pytester: pytest.Pytester, house: Callable[..., None], waivers: str, code: int
) -> None:
    house(waivers, settings="policy: {floor: 0, levels: {open-door: warn}}")
    assert audit(pytester) == code


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_waiver_that_cannot_be_is_an_error_of_usage(
    pytester: pytest.Pytester, house: Callable[..., None], workers: str
) -> None:
    house(entry(approver="ana"))
    result = pytester.runpytest_subprocess("--readiness", workers, timeout=60)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*waivers.yaml:1: approver: a P0 needs somebody else than its owner, got 'ana' for both"]
    )
    assert "Traceback" not in result.stderr.str()


def test_waivers_that_cannot_be_read_are_an_error_of_usage(
    pytester: pytest.Pytester, house: Callable[..., None]
) -> None:
    house(entry(expires="someday"))
    result = pytester.runpytest("--readiness")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*waivers.yaml:6: *expires: expected a date like 2026-12-31*"])


def test_a_secret_in_a_waiver_or_an_answer_goes_no_further(
    pytester: pytest.Pytester,
    house: Callable[..., None],
    record: Callable[[], AuditReport],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = "vR7kq2Wm9xTz4LpB"  # noqa: S105 - planted
    monkeypatch.setenv("PAYMENT_API_KEY", secret)
    house(entry(reason=f"log in with {secret}", owner=f"Ana {secret}", expires="2020-01-01"))
    answer = (
        f"{{answer: yes, by: Ann {secret}, on: {TODAY}, evidence: 'https://x.example/{secret}'}}"
    )
    (pytester.path / "answers.yaml").write_text(f"unrehearsed-restore: {answer}", encoding="utf-8")
    chosen = "readiness(id='open-door') or readiness(domain='compliance')"
    result = pytester.runpytest_inprocess("--readiness", "-m", chosen, "-p", "no:cacheprovider")
    assert record().waivers[0].reason == "log in with ***"
    assert record().answers[0].by == "Ann ***"
    for path in (pytester.path / "readiness-report").iterdir():
        assert secret not in path.read_text(encoding="utf-8")
    assert secret not in result.stdout.str()


def test_text_that_utf8_cannot_carry_has_a_digest_too():
    assert evidence_digest(finding("check", FAILED, message="\udce9")).startswith("sha256:")
