from dataclasses import replace

import pytest

from pytest_readiness.catalogue import bundled_checks
from pytest_readiness.model import Phase
from pytest_readiness.reports.markdown.deployment_runbook import BACK, STEPS, render
from pytest_readiness.reports.markdown.dossier import dossier
from tests.reports.markdown.reading import SIGNED, full, section
from tests.runs import FAILED, NOT_APPLICABLE, PASSED, Run, check, finding, run_of


MIGRATIONS = {
    "phase": Phase.DEPLOYMENT,
    "source": "suites/day4_deployment/test_migrations.py::test_x",
}


def rollback(*findings):
    made = Run(checks=(check("odd", "P1", **MIGRATIONS),), findings=findings)
    return section(render(made.report()), "Rollback")


def test_every_deployment_check_has_a_step_and_every_step_a_check():
    of = dossier(Run(checks=bundled_checks()).report())
    areas = {area for _, names in STEPS for area in names}
    deployment = {entry.area for entry in of.entries if entry.check.phase is Phase.DEPLOYMENT}
    assert deployment <= areas
    assert areas | set(BACK) <= {entry.area for entry in of.entries}


def test_blockers_and_conditions_are_to_be_ticked_off():
    before = section(render(full()), "Before deployment")
    first = section(before, "Must be done first")
    assert "- [ ] P0 `auth-disabled`" in first
    assert "- [ ] P0 `jwt-alg-none`" in first
    owned = section(before, "Must have an owner and a date")
    assert "- [ ] P1 `root-container`" in owned
    assert "- [ ] Bring infrastructure from 0.0 % to its floor of 50 %." in owned
    assert "`app.py`, `b.py`" in section(before, "In any case")


def test_the_environment_to_change_is_named():
    part = section(render(full()), "Changes of the environment")
    assert "| `ENABLE_AUTH` | P0 | `auth-disabled` |" in part


def test_a_step_that_no_check_looked_at_is_unknown():
    part = section(render(run_of((3, PASSED, "P0", "llm")).report()), "Steps")
    assert part.count("The audit knows nothing about this step") == len(STEPS)


def test_going_back_is_proved_by_the_rehearsal_alone():
    assert "Rehearsed in this run" in rollback(finding("odd", PASSED))
    assert "Not proved: odd is absent." in rollback(finding("odd", FAILED, message="no way down"))
    assert "Nothing is proved" in rollback(finding("odd", NOT_APPLICABLE, message="no database"))
    assert "Nothing is proved" in render(run_of().report())


def test_a_policy_that_blocks_on_more_puts_it_first():
    made = Run(checks=(check("odd", "P1"),), findings=(finding("odd", FAILED),))
    report = replace(made, policy=replace(made.policy, block="P1")).report()
    assert "P1 `odd`" in section(render(report), "Must be done first")


@pytest.mark.parametrize("sign_offs", [(), SIGNED])
def test_signatures_stand_at_the_end(sign_offs) -> None:
    part = section(render(full(), sign_offs), "Go or no-go")
    assert "Verdict of the record: **NO-GO**" in part
    assert "| operations | - | - | not signed |" in part
