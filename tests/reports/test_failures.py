from dataclasses import replace

from hypothesis import given

from pytest_readiness.model import (
    Flip,
    Flipped,
    Location,
    Planned,
    Proof,
    Remark,
    TargetInfo,
    Waiver,
)
from pytest_readiness.reports.failures import everything, failures
from tests.reports.saying import number, reports
from tests.runs import ERROR, FAILED, PASSED, check, finding, run_of


def with_findings(*findings, **more):
    checks = tuple(
        check(name, priority) for name, priority in (("late", "P2"), ("soon", "P0"), ("then", "P1"))
    )
    return replace(run_of(), checks=checks, findings=findings, **more).report()


def test_the_most_urgent_comes_first():
    found = failures(with_findings(*(finding(name, FAILED) for name in ("late", "then", "soon"))))
    assert [one.check.id for one in found] == ["soon", "then", "late"]


def test_only_failures_are_failures():
    assert failures(with_findings(finding("late", PASSED), finding("soon", ERROR))) == []


def test_a_moved_line_and_other_words_leave_the_fingerprint():
    before = finding("late", FAILED, "Dockerfile", remarks=(Remark("x", Location("a", 3)),))
    after = finding("late", FAILED, "Dockerfile", remarks=(Remark("y", Location("a", 9)),))
    [first], [second] = failures(with_findings(before)), failures(with_findings(after))
    assert first.fingerprint == second.fingerprint == before.fingerprint


@given(reports())
def test_every_failure_is_there_with_a_fingerprint_of_its_own(report):
    found = failures(report)
    assert len({one.fingerprint for one in found}) == len(found) == number(report, FAILED)


def test_the_place_of_what_the_finding_says_is_shown_first():
    remarks = (
        Remark("a detail", Location("b.yaml", 2)),
        Remark("about the whole", Location(".")),
        Remark("the point", Location("a.yaml", 7)),
    )
    [one] = failures(with_findings(finding("late", FAILED, message="the point", remarks=remarks)))
    assert one.places == (Location("a.yaml", 7), Location("b.yaml", 2))


def test_a_waiver_in_force_is_named_and_an_expired_one_is_not():
    waivers = [Waiver("late", "*", "known", "ann", day) for day in ("2026-02-01", "2026-04-01")]
    [one] = failures(with_findings(finding("late", FAILED), waivers=tuple(waivers)))
    assert one.accepted == "waived until 2026-04-01 by ann: known"
    [one] = failures(with_findings(finding("late", FAILED), waivers=tuple(waivers[:1])))
    assert one.accepted == ""


def test_what_fails_under_the_other_profile_alone_is_a_failure_too():
    flip = Flip(
        "production",
        TargetInfo(),
        (
            Flipped("soon", "", PASSED, FAILED, Proof.MADE_WORSE, "login answers 500"),
            Flipped("late", "", FAILED, PASSED, Proof.CONFIGURATION_ONLY),
        ),
    )
    report = with_findings(finding("soon", PASSED), finding("late", FAILED), flip=flip)
    assert [(one.check.id, one.message) for one in failures(report)] == [
        ("soon", "under production: login answers 500"),
        ("late", "Not so: late is absent."),
    ]
    outcomes = {check.id: one.outcome for check, one in everything(report)}
    assert outcomes == {"soon": FAILED, "late": FAILED, "then": ERROR}


def test_what_never_reported_is_part_of_everything():
    report = with_findings(finding("late", PASSED), planned=(Planned("n", "soon", "x"),))
    assert [(check.id, one.outcome) for check, one in everything(report)] == [
        ("late", PASSED),
        ("soon", ERROR),
        ("then", ERROR),
    ]
