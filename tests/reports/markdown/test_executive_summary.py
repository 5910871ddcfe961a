from hypothesis import given
from hypothesis import settings as how

from pytest_readiness.model import Verdict
from pytest_readiness.reports.markdown.executive_summary import SHOWN, render
from tests.reports.golden import RUNS, recorded
from tests.reports.markdown.reading import SIGNED, full, section
from tests.runs import FAILED, PASSED, flipped, run_of, runs


LINES, WORDS = 70, 600
"""What fits on a page: half of the lines are empty or the frame of a table."""


def test_it_is_one_page():
    reports = [recorded(run) for run in RUNS]
    reports += [full(), run_of((40, FAILED, "P0", "llm"), (40, FAILED, "P1", "backend")).report()]
    for report in reports:
        document = render(report, SIGNED)
        assert len(document.splitlines()) <= LINES
        assert len(document.split()) <= WORDS


@how(max_examples=50)
@given(runs())
def test_it_is_one_page_whatever_was_found(run):
    assert len(render(run.report()).splitlines()) <= LINES


def test_what_is_not_shown_is_counted():
    document = render(run_of((9, FAILED, "P0", "llm")).report())
    part = section(document, "Blockers (9)")
    assert part.count("P0 `check-") == SHOWN
    assert "4 more in remediation-plan.md" in part


def test_a_decision_is_offered_only_where_there_is_one():
    offered = {}
    for verdict, run in (
        (Verdict.GO, run_of((9, PASSED, "P0", "llm"))),
        (Verdict.CONDITIONAL_GO, run_of((9, PASSED, "P0", "llm"), (1, FAILED, "P1", "llm"))),
        (Verdict.NO_GO, run_of((9, FAILED, "P0", "llm"))),
        (Verdict.INCOMPLETE, run_of()),
    ):
        assert run.verdict == verdict
        offered[verdict] = section(render(run.report()), "Decision to take").strip()
    assert offered[Verdict.GO].startswith("Release, or")
    assert offered[Verdict.CONDITIONAL_GO].startswith("Release under the conditions")
    assert offered[Verdict.NO_GO].startswith("None:")
    assert offered[Verdict.INCOMPLETE].startswith("None yet:")


def test_configuration_is_enough_only_where_it_is_proved():
    assert "was not proved" in render(run_of((9, FAILED, "P0", "llm")).report())
    assert "configuration alone mends `auth-disabled`; it does not mend `jwt-alg-none`" in (
        render(full())
    )


def test_conditions_that_demand_the_same_are_one_line():
    made = run_of((2, FAILED, "P0", "llm"), (9, PASSED, "P0", "llm"))
    after = {(f"check-000{number}", ""): PASSED for number in range(2)}
    document = render(flipped(made, after).report())
    part = section(document, "Conditions (2)")
    assert part.count("Deploy with profile production") == 1
    assert "It mends 2 checks." in part
    assert "Configuration only, no code change: under `production`" in document


def test_a_sign_off_that_does_not_count_leaves_its_role_open():
    part = section(render(full(), SIGNED), "Sign-offs")
    assert "technical lead: approved by ann, 2026-03-01" in part
    assert "security: does not count, the record was changed since" in part
    assert "Not signed: security, operations, product owner" in part
