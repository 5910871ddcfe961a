from dataclasses import replace

import pytest

from pytest_readiness.model import Condition, Outcome, Policy, Priority, Reason, SignOffRules
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.dossier import dossier
from pytest_readiness.reports.markdown.writing import text
from tests.reports.markdown.reading import SIGNED, full
from tests.runs import ERROR, FAILED, PASSED, SKIPPED, Run, check, finding, flipped, run_of


def test_every_class_of_skip_has_a_help():
    assert set(sections.HELPS) == {*Reason, None}


def test_every_priority_has_a_time():
    assert set(sections.WHEN) == set(Priority)


def test_an_opening_says_what_makes_the_record_less_than_it_seems():
    opening = "\n".join(sections.opening("Title", dossier(full())))
    assert "12 of 20 checks" in opening
    assert "stopped with Ctrl-C" in opening
    assert "Files that differ from the commit: 2." in opening
    assert "built from `ffffff`, not from the commit" in opening


def test_an_opening_of_a_whole_run_has_no_reservation():
    *_, notes = sections.opening("Title", dossier(run_of((3, PASSED, "P0", "llm")).report()))
    assert notes == ""


def test_the_verdict_is_told_with_all_of_its_reasons():
    report = full()
    told = "\n".join(sections.verdict(dossier(report)))
    assert all(text(reason) in told for reason in report.judgement.reasons)


def test_conditions_are_those_of_the_judgement():
    report = full()
    written = sections.conditions(dossier(report))
    assert written.count("\n") == len(report.judgement.conditions) + 1
    for one in report.judgement.conditions:
        assert one.due in written
        assert one.owner in written


def test_a_bar_in_a_condition_is_no_cell():
    judgement = replace(
        full().judgement, conditions=(Condition("", "a | b", None, "ann", "2026-03-01"),)
    )
    row = sections.conditions(dossier(replace(full(), judgement=judgement))).splitlines()[2]
    assert r"A \| b" in row


def test_findings_that_say_the_same_are_one_and_a_subject_is_never_lost():
    made = Run(
        checks=(check("odd"),),
        findings=tuple(finding("odd", FAILED, subject, message="x") for subject in ("", "a", "b")),
    )
    [entry] = dossier(made.report()).entries
    groups = [(item.finding.subject, names) for item, names in sections.alike(entry.items)]
    assert groups == [("", []), ("a", ["a", "b"])]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("auth-disabled", "flip: proved configuration-only, regressed"),
        ("root-container", "waived until 2026-04-01 by ann"),
        ("weak-secret", "its waiver expired on 2026-02-01"),
        ("version-disclosure", "new, flaky"),
    ],
)
def test_the_standing_of_a_finding(name: str, words: str) -> None:
    assert words in sections.standing(dossier(full()).by_id[name].open[0])


def test_what_another_profile_makes_worse_is_said():
    [item] = dossier(full()).by_id["slow-health"].open
    assert sections.state(item) == "failed"
    assert sections.said(item) == "under the other profile: takes 2 s; under this one: passed"
    assert "flip: made worse" in sections.standing(item)


def test_what_was_skipped_and_fails_under_another_profile_is_a_defect():
    made = Run(
        checks=(check("odd", "P0"),),
        findings=(finding("odd", SKIPPED, reason=Reason.BLOCKED, message="no control"),),
    )
    [entry] = dossier(flipped(made, {("odd", ""): FAILED}).report()).entries
    assert entry.defects == entry.open
    assert entry.blind == ()
    assert sections.state(entry.open[0]) == "failed"
    assert "not looked at (blocked): no control" in sections.said(entry.open[0])


def test_what_a_flip_mends_is_mended_by_deploying_its_profile():
    made = Run(
        checks=(check("odd", "P0"), check("shy", "P0")),
        findings=(finding("odd", FAILED), finding("shy", SKIPPED, reason=Reason.BLOCKED)),
    )
    report = flipped(made, {("odd", ""): PASSED, ("shy", ""): PASSED}).report()
    odd, shy = dossier(report).entries
    deploy = "Deploy with profile `production`, which was seen to mend it."
    assert sections.mending(odd) == f"{deploy} Mend odd. Then look again."
    assert sections.mending(shy) == deploy
    assert sections.outcomes(shy) == "1 skipped; passed under `production`"


def test_what_passed_and_could_not_be_looked_at_under_another_profile_is_blind():
    made = Run(checks=(check("odd", "P0"),), findings=(finding("odd", PASSED),))
    [entry] = dossier(flipped(made, {("odd", ""): ERROR}).report()).entries
    assert entry.defects == ()
    assert [item.reason for item in entry.blind] == [None]
    assert sections.mending(entry) == sections.HELPS[None]


@pytest.mark.parametrize("outcome", [PASSED, FAILED])
def test_a_check_that_policy_lowers_is_open_and_says_so(outcome: Outcome) -> None:
    made = run_of((9, PASSED, "P0", "llm"))
    made = replace(
        made,
        checks=(*made.checks, check("odd", "P1")),
        findings=(*made.findings, finding("odd", outcome)),
        policy=Policy(levels={"odd": "warn"}),
    )
    of = dossier(made.report())
    assert made.report().judgement.blockers == ("odd",)
    assert [entry.check.id for entry in of.open] == ["odd"]
    assert sections.lowering(of.open[0]) == "Policy sets it to warn, which only a waiver may do."
    assert sections.mending(of.open[0]).endswith("or waive it in waivers.yaml.")


def test_what_could_not_look_says_why():
    made = Run(
        checks=(check("odd"),),
        findings=(finding("odd", SKIPPED, "a", reason=Reason.NO_TOOL, message="no docker"),),
    )
    [entry] = dossier(made.report()).entries
    assert sections.said(entry.items[0]) == "`a`: not looked at (no-tool): no docker"


def test_outcomes_are_counted():
    made = Run(
        checks=(check("odd"),),
        findings=(finding("odd", FAILED, "a"), finding("odd", PASSED, "b"), finding("odd", PASSED)),
    )
    [entry] = dossier(made.report()).entries
    assert sections.outcomes(entry) == "2 passed, 1 failed"
    assert entry.outcome == Outcome.FAILED


def test_roles_whose_decision_is_missing_or_does_not_count_are_named():
    of = dossier(full())
    written = sections.sign_offs(of, SIGNED)
    assert "approved (does not count: the record was changed since)" in written
    assert "| operations | - | - | not signed | - | - |" in written
    assert "| security | - | - | not signed | - | - |" in written
    assert "| legal | eve | 2026-03-01 | rejected |" in written
    assert sections.sign_offs(of, ()).count("not signed") == len(full().sign_off.roles)


def test_a_team_names_its_own_roles():
    report = replace(full(), sign_off=SignOffRules(roles=("legal", "ciso")))
    assert sections.unsigned(dossier(report), SIGNED) == ["ciso"]


def test_the_confidentiality_line_is_the_teams():
    report = replace(full(), confidentiality="Shop, internal | <b>", full_record="sha256:9")
    assert sections.closing(dossier(report)).startswith(r"**Shop, internal \| \<b>** This document")
    assert sections.closing(dossier(full())).startswith("**Confidential.** This document")
    assert "the full record is `sha256:9`" in "\n".join(sections.opening("T", dossier(report)))


def test_a_scorecard_shows_a_part_without_checks():
    report = run_of((3, PASSED, "P0", "llm")).report()
    written = sections.scorecard("Domain", report.scorecard.by_domain)
    assert "| llm | 3 | 0 | 0 | 0 | 0 | 0 | 100.0 % | 0 |" in written
    assert "| testing | - | - | - | - | - | - | - | - |" in written
