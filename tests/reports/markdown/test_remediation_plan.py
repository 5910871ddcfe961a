from dataclasses import replace

from hypothesis import given
from hypothesis import settings as how

from pytest_readiness.model import Change
from pytest_readiness.reports.markdown.dossier import dossier
from pytest_readiness.reports.markdown.remediation_plan import render
from tests.reports.markdown.reading import full, section
from tests.runs import FAILED, PASSED, Run, check, finding, run_of, runs


@how(max_examples=50)
@given(runs())
def test_every_open_check_is_a_task_once_and_nothing_else_is(run):
    document = render(run.report())
    tasks = [line for line in document.splitlines() if line.startswith("- [ ] ")]
    opened = [f"`{entry.check.id}`" for entry in dossier(run.report()).open]
    assert sorted(line.split()[3] for line in tasks) == sorted(opened)


def test_tasks_stand_under_their_priority_and_kind_of_change():
    checks = tuple(check(f"odd-{change}", "P1", change=change) for change in Change)
    findings = tuple(finding(one.id, FAILED) for one in checks)
    part = section(
        render(Run(checks=checks, findings=findings).report()),
        "P1: in the first week, by 2026-03-08",
    )
    for title, change in (
        ("Configuration", "config"),
        ("Code", "code"),
        ("Infrastructure", "infra"),
        ("Process", "process"),
        ("Documents", "docs"),
    ):
        assert f"- [ ] `odd-{change}`" in section(part, title)


def test_a_task_has_owner_date_place_fix_and_command():
    part = section(render(full()), "P1: in the first week, by 2026-03-08")
    task = part[part.index("- [ ] `root-container`") :]
    for words in (
        "warned: `Dockerfile`: runs as root (waived until 2026-04-01 by ann)",
        "Where: `Dockerfile:7`",
        "Fix: Mend root-container. Then look again.",
        "Owner: unassigned; due: 2026-03-08",
        "-m \"readiness(id='root-container')\"",
    ):
        assert words in task


def test_what_could_not_look_has_no_fix_but_a_help():
    part = section(
        section(render(full()), "P0: before deployment, by 2026-03-01"), "To be looked at first"
    )
    assert "`jwt-alg-none`" in part
    assert "To let it look: Mend first what it says did not work" in part
    assert "Fix:" not in part


def test_owners_are_listed_with_what_they_owe():
    part = section(render(full()), "By owner")
    assert "| `sec@shop.example` | 3 | 0 | 0 | 0 |" in part
    assert "| unassigned | 1 | 2 | 1 | 0 |" in part


def test_nothing_open_is_said():
    document = render(run_of((3, PASSED, "P0", "llm")).report())
    assert "Nothing is open, so nobody owes anything." in document
    assert "Nothing is open." in section(document, "P0: before deployment, by 2026-03-01")
    assert "No check of this priority was run." in section(
        document, "P1: in the first week, by 2026-03-08"
    )


def test_a_check_without_a_fix_says_so():
    report = Run(checks=(check("odd", fix=""),), findings=(finding("odd", FAILED),)).report()
    assert "Fix: No fix is recorded." in render(replace(report, owners={}))
