import pytest

from pytest_readiness.model import Reason, TargetInfo
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.troubleshooting import DETAILS, render
from tests.reports.markdown.reading import full, section
from tests.runs import ERROR, FAILED, PASSED, SKIPPED, Run, check, finding, run_of


@pytest.mark.parametrize("reason", Reason)
def test_each_class_of_skip_is_explained_with_what_helps(reason: Reason) -> None:
    made = Run(
        checks=(check("odd", "P1"),),
        findings=(finding("odd", SKIPPED, reason=reason, message="because"),),
    )
    part = section(render(made.report()), f"{str(reason).capitalize()} (1)")
    assert f"What helps: {sections.HELPS[reason]}" in part
    assert f"P1 `odd` | not looked at ({reason}): because" in part
    assert "readiness(id='odd')" in part


def test_a_crash_is_quoted_from_its_end():
    lines = "\n".join(f"line {number}" for number in range(50))
    made = Run(checks=(check("odd"),), findings=(finding("odd", ERROR, details=lines),))
    part = section(render(made.report()), "Error (1)")
    assert "line 49" in part
    assert f"line {50 - DETAILS - 1}\n" not in part


def test_what_never_reported_is_named():
    part = section(render(Run(checks=(check("odd"),)).report()), "Error (1)")
    assert "neither planned nor reported" in part


def test_a_symptom_leads_to_its_fix():
    part = section(render(full()), "Symptoms")
    assert (
        "| `JWT_SECRET`: JWT_SECRET is a placeholder | P0 `weak-secret` | - "
        "| Mend weak-secret. Then look again. |"
    ) in part
    assert "jwt-alg-none" not in part


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"target": TargetInfo()}, "No target was named"),
        (
            {"target": TargetInfo(kind="url", url="http://127.0.0.1:1")},
            "The target `http://127.0.0.1:1` was never reached",
        ),
    ],
)
def test_a_target_that_was_not_there_is_said(more, words: str) -> None:
    made = run_of((3, PASSED, "P0", "llm"), **more)
    assert words in section(render(made.report()), "The run itself")


def test_what_went_wrong_with_the_run_is_said():
    part = section(render(full()), "The run itself")
    assert "It ended early: stopped with Ctrl-C." in part
    assert "These stayed on the target; remove them: `user probe-1@example.org`" in part
    assert "Differed between attempts, and the worst one counts: `version-disclosure`" in part


def test_a_run_without_trouble_says_so():
    document = render(run_of((3, PASSED, "P0", "llm")).report())
    assert "It ran to its end" in section(document, "The run itself")
    assert "Every check of this run could look" in document
    assert "No check saw anything wrong." in section(document, "Symptoms")


def test_subjects_with_one_symptom_are_one_line():
    many = tuple(finding("odd", FAILED, name, message="x") for name in ("a", "b", "c"))
    part = section(render(Run(checks=(check("odd"),), findings=many).report()), "Symptoms")
    assert "| `a`: x (the same on `b`, `c`) |" in part
