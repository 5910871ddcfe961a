from dataclasses import replace
from datetime import timedelta

import pytest

from pytest_readiness import verdict
from pytest_readiness.model import Outcome, Priority, Reason, Remark, TargetInfo, Waiver
from pytest_readiness.reports.markdown.dossier import (
    DAYS,
    UNASSIGNED,
    blind_by_reason,
    command,
    dossier,
    due_of,
    variables,
)
from tests.reports.markdown.reading import full, run
from tests.runs import FAILED, NOW, PASSED, SKIPPED, Run, check, finding, run_of


def entry_of(checks, findings, **more):
    made = Run(checks=tuple(checks), findings=tuple(findings), **more)
    return dossier(made.report()).entries[0]


def test_days_and_owners_are_those_of_the_verdict():
    assert UNASSIGNED == verdict.UNASSIGNED
    assert {priority: verdict.DAYS[priority] for priority in DAYS} == DAYS
    for priority, days in DAYS.items():
        assert due_of(priority, NOW) == (NOW.date() + timedelta(days=days)).isoformat()
    assert due_of(Priority.P3, NOW) == ""


def test_every_check_is_an_entry_by_priority_and_id():
    of = dossier(full())
    assert [entry.check.id for entry in of.entries] == [
        one.id for one in sorted(run().checks, key=lambda one: (one.priority, one.id))
    ]


def test_what_never_reported_is_an_error_and_open():
    [entry] = dossier(Run(checks=(check("silent", "P0"),)).report()).entries
    assert entry.outcome == Outcome.ERROR
    assert [item.finding.message for item in entry.open] == ["neither planned nor reported"]


def test_the_worst_finding_comes_first():
    entry = entry_of(
        [check("odd")],
        [finding("odd", PASSED, "a"), finding("odd", FAILED, "z"), finding("odd", SKIPPED, "b")],
    )
    assert [item.finding.subject for item in entry.items] == ["z", "b", "a"]
    assert entry.outcome == FAILED


def test_what_another_profile_makes_worse_is_open_and_a_defect():
    of = dossier(full())
    entry = of.by_id["slow-health"]
    assert entry.outcome == PASSED
    assert [item.worst for item in entry.defects] == [FAILED]


def test_a_finding_that_only_the_other_profile_has_is_there():
    items = dossier(full()).by_id["mock-mode-on"].items
    assert {item.finding.subject for item in items} == {"", "new one"}


def test_a_waiver_in_use_and_one_that_expired_are_told_apart():
    of = dossier(full())
    [used] = of.by_id["root-container"].open
    [late] = of.by_id["weak-secret"].open
    assert (used.waiver, used.void) == (full().waivers[0], "")
    assert (late.waiver, late.void) == (None, "its waiver expired on 2026-02-01")


def test_a_waiver_that_was_given_for_something_else_is_void():
    pinned = Waiver("odd", "*", "r", "ann", "2030-01-01", evidence="sha256:0")
    entry = entry_of([check("odd")], [finding("odd", FAILED)], waivers=(pinned,))
    assert entry.items[0].waiver is None
    assert entry.items[0].void == "its waiver was given for something else than is seen now"


@pytest.mark.parametrize(
    ("source", "area"),
    [
        ("suites/day3_security/test_jwt.py::test_x", "jwt"),
        ("readiness/test_own_things.py", "own things"),
        ("", "backend"),
    ],
)
def test_an_area_is_what_the_module_is_about(source: str, area: str) -> None:
    assert entry_of([check("odd", source=source)], [finding("odd", PASSED)]).area == area


@pytest.mark.parametrize(
    ("message", "fix", "named"),
    [
        ("JWT_SECRET is short", "generate one.", {"JWT_SECRET": "finding"}),
        (
            "it is off",
            "set `DEBUG=false` and RATE_LIMIT_ENABLED.",
            {"DEBUG": "fix", "RATE_LIMIT_ENABLED": "fix"},
        ),
        ("USE_MOCK is on", "set ``USE_MOCK=false``.", {"USE_MOCK": "finding"}),
        ('answered {"ERROR_CODE": "NOT_FOUND"}', "mend it.", {}),
        ("see docs/SET_UP.md and HTTP", "mend it.", {}),
    ],
)
def test_variables_are_named_by_findings_and_by_fixes(message, fix, named):
    entry = entry_of([check("odd", fix=fix)], [finding("odd", FAILED, message=message)])
    assert entry.variables == named


def test_a_passed_check_asks_for_no_variable():
    entry = entry_of([check("odd", fix="set `DEBUG=false`.")], [finding("odd", PASSED)])
    assert entry.variables == {}


def test_variables_are_listed_once_with_all_that_name_them():
    said = (Remark("DEBUG_MODE is on"),)
    made = Run(
        checks=(check("one", "P1"), check("two", "P0")),
        findings=(finding("one", FAILED, remarks=said), finding("two", FAILED, remarks=said)),
    )
    named = variables(dossier(made.report()).entries)
    assert [(entry.check.id, by) for entry, by in named["DEBUG_MODE"]] == [
        ("two", "finding"),
        ("one", "finding"),
    ]


def test_reasons_are_ordered_by_the_most_urgent_check():
    made = Run(
        checks=(check("late", "P3"), check("soon", "P0")),
        findings=(
            finding("late", SKIPPED, reason=Reason.NO_TOOL),
            finding("soon", SKIPPED, reason=Reason.BLOCKED),
        ),
    )
    assert [reason for reason, _ in blind_by_reason(dossier(made.report()).entries)] == [
        Reason.BLOCKED,
        Reason.NO_TOOL,
    ]


def test_a_command_can_be_pasted_into_a_shell():
    report = replace(run_of().report(), target=TargetInfo(kind="command", profile="my own; ls"))
    assert command(report, "readiness(id='x')", "--odd") == (
        "pytest --readiness --readiness-profile 'my own; ls' --odd -m \"readiness(id='x')\""
    )
    assert command(run_of().report(), "security") == "pytest --readiness -m security"
