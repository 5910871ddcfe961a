import pytest

from pytest_readiness.model import Domain, Outcome, Phase, Priority
from pytest_readiness.reports.markdown.dossier import dossier
from pytest_readiness.reports.markdown.risk_assessment import KINDS, Level, kind_of, render, risks
from tests.reports.markdown.reading import full, section
from tests.runs import ERROR, FAILED, PASSED, SKIPPED, WARNED, Run, check, finding, run_of


def risk_of(priority: str, outcome: Outcome):
    made = Run(checks=(check("odd", priority),), findings=(finding("odd", outcome),))
    [risk] = risks(dossier(made.report()))
    return risk


@pytest.mark.parametrize(
    ("priority", "outcome", "likelihood", "level"),
    [
        ("P0", FAILED, "seen", Level.CRITICAL),
        ("P0", WARNED, "possible", Level.HIGH),
        ("P0", SKIPPED, "unknown", Level.CRITICAL),
        ("P1", ERROR, "unknown", Level.HIGH),
        ("P1", WARNED, "possible", Level.MEDIUM),
        ("P2", FAILED, "seen", Level.MEDIUM),
        ("P3", FAILED, "seen", Level.LOW),
        ("P3", WARNED, "possible", Level.LOW),
    ],
)
def test_a_risk_is_weighed_by_the_rule(priority, outcome, likelihood, level):
    risk = risk_of(priority, outcome)
    assert (risk.likelihood, risk.level) == (likelihood, level)


@pytest.mark.parametrize("domain", Domain)
def test_every_domain_has_a_kind(domain: Domain) -> None:
    assert kind_of(check("odd", domain=domain)) in KINDS


def test_a_p0_of_the_functionality_phase_is_business_unless_it_is_security():
    function = {"phase": Phase.FUNCTIONALITY}
    assert kind_of(check("odd", "P0", "llm", **function)) == "business"
    assert kind_of(check("odd", "P1", "llm", **function)) == "technical"
    assert kind_of(check("odd", "P0", "security", **function)) == "security"


def test_a_waiver_lowers_nothing_and_names_who_carries_the_risk():
    document = render(full())
    assert "| medium | `root-container`: It hurts." in section(document, "Operational risks")
    assert (
        "| medium | `root-container` | `Dockerfile` | moves in April | ann | bob | 2026-04-01 |"
        in section(document, "Accepted risks")
    )


def test_what_another_profile_makes_worse_was_seen():
    [risk] = [one for one in risks(dossier(full())) if one.entry.check.id == "slow-health"]
    assert (risk.likelihood, risk.level) == ("seen", Level.MEDIUM)


def test_a_kind_that_nobody_looked_at_is_not_assessed():
    document = render(run_of((3, PASSED, "P0", "llm")).report())
    assert "| Technical | none found by 3 checks |" in document
    assert "| Business | not assessed |" in document
    assert "Not assessed: no check of this kind" in section(document, "Business risks")


def test_what_could_not_look_is_told_what_would_help_and_not_how_to_mend():
    part = section(render(full()), "Security risks")
    assert "| unknown | critical | Mend first what it says did not work" in part


def test_the_heaviest_comes_first():
    levels = [risk.level for risk in risks(dossier(full()))]
    assert levels == sorted(levels, reverse=True)
    assert {risk.impact for risk in risks(dossier(full()))} <= set(Level)
    assert len(Priority) == len(Level)
