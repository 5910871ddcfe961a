from pytest_readiness.model import Answer, Phase, Waiver
from pytest_readiness.reports.markdown.post_deployment_plan import render
from tests.reports.markdown.reading import full, section, tables
from tests.runs import FAILED, PASSED, SKIPPED, Run, check, finding, run_of


def test_every_phase_has_a_command_against_the_deployed_system():
    part = section(render(full()), "Verify")
    for phase in Phase:
        assert f"`pytest --readiness --readiness-target URL -m {phase}`" in part


def test_a_profile_is_not_asked_of_a_deployed_system():
    assert "--readiness-profile" not in section(render(full()), "First hour")


def test_what_is_watched_and_what_is_not():
    made = Run(
        checks=(
            check("dead-metrics", "P1", "monitoring"),
            check("no-alert", "P1", "monitoring"),
            check("slow", "P2", "performance"),
        ),
        findings=(
            finding("dead-metrics", PASSED),
            finding("no-alert", FAILED, "alerts.yml", message="no rule"),
            finding("slow", SKIPPED, message="no target"),
        ),
    )
    document = render(made.report())
    assert "`dead-metrics`" in section(document, "Shown in this run")
    assert "`alerts.yml`: no rule" in section(document, "Not shown")
    assert "`slow`" in section(document, "Not shown")
    assert "Watch by hand what is not shown to be watched: `no-alert`, `slow`" in document


def test_nobody_looked_at_monitoring():
    document = render(run_of((3, PASSED, "P0", "llm")).report())
    assert "Nobody looked: no check of monitoring" in section(document, "Not shown")
    assert "Watch errors and latency by hand" in section(document, "First day")
    assert "Nothing about the system's health was checked" in section(document, "First hour")


def test_the_calendar_has_conditions_waivers_and_answers_in_order():
    part = section(render(full()), "Calendar")
    dates = [row[0].strip() for row in tables(part)[0][2:]]
    assert dates == sorted(dates)
    for words in (
        "condition on `root-container` is due (unassigned)",
        "condition is due: Bring infrastructure",
        "P0 `auth-disabled` is due (`sec@shop.example`)",
        "last day of the condition on `broken-check`",
        "last day of the condition on the domain infrastructure",
        "waiver of `root-container` expires (ann)",
        "answer to `other` expires (bob)",
    ):
        assert words in part


def test_a_record_without_dates_says_so():
    report = run_of((3, PASSED, "P0", "llm")).report()
    assert "No condition, waiver or answer has a date." in section(render(report), "Calendar")


def test_dates_that_people_wrote_are_text():
    report = run_of((3, PASSED, "P0", "llm")).report(
        answers=(Answer("x", "yes", "ann", "2026-01-01", expires="soon | <b>"),)
    )
    assert r"soon \| \<b>" in render(report)
    waived = run_of((3, PASSED, "P0", "llm"), waivers=(Waiver("x", "*", "r", "ann", "never"),))
    assert "| never | waiver of `x` expires (ann) |" in render(waived.report())


def test_what_was_left_behind_is_to_be_removed():
    assert "Remove what the audit left behind: `user probe-1@example.org`" in render(full())
