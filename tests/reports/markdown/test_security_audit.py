from pytest_readiness.model import Effect, Exchange, Phase, Reason
from pytest_readiness.reports.markdown.security_audit import render
from tests.reports.markdown.reading import headings, section
from tests.runs import FAILED, NOT_APPLICABLE, PASSED, SKIPPED, Run, check, finding, run_of


ATTACK = {"effect": Effect.INTRUSIVE, "source": "suites/day3_security/test_jwt.py::test_x"}
EXCHANGE = Exchange("GET http://127.0.0.1/me", "200", "curl ...", 1)


def audit(*findings, **checks):
    made = tuple(check(name, "P0", "security", **more) for name, more in checks.items())
    return render(Run(checks=made, findings=findings).report())


def test_areas_are_the_modules_of_the_suite():
    document = audit(
        finding("alg", PASSED),
        finding("cors", PASSED),
        alg=ATTACK,
        cors={"source": "suites/day3_security/test_cors.py::test_x"},
    )
    assert [title for title in headings(document) if title.startswith("Area: ")] == [
        "Area: cors",
        "Area: jwt",
    ]


def test_what_held_did_not_and_is_unknown_is_counted():
    document = audit(
        finding("a", PASSED),
        finding("b", FAILED, evidence=(EXCHANGE,)),
        finding("c", SKIPPED, reason=Reason.BLOCKED, message="no valid token"),
        finding("d", NOT_APPLICABLE, message="no tokens"),
        **dict.fromkeys("abcd", ATTACK),
    )
    assert "| jwt | 1 | 1 | 1 | 0 | 1 |" in section(document, "Areas")
    area = section(document, "Area: jwt")
    assert "| attacks | not met: no valid token | 1 skipped |" in area
    assert "| attacks | none recorded as unmet | 1 passed |" in area
    assert "| attacks | not reached | 1 not applicable |" in area
    assert "Requests: `GET http://127.0.0.1/me`" in section(area, "Did not hold: `b`")
    assert "`c`" in section(document, "What could not be judged")


def test_no_control_is_claimed_of_a_check_that_sends_no_attack():
    assert "| reads | harmless requests only | 1 passed |" in audit(finding("a", PASSED), a={})


def test_security_findings_of_other_phases_are_listed():
    document = audit(finding("a", FAILED), a={"phase": Phase.DEPLOYMENT})
    assert "`a`" in section(document, "Security checks of other phases")
    assert "says nothing about security" in section(document, "Areas")


def test_without_a_check_nothing_is_claimed():
    made = run_of((3, PASSED, "P0", "llm")).report()
    document = render(made)
    assert "| 3 | 0 | 0 | 0 | 0 |" in section(document, "Areas")
    assert "says nothing about security" in render(run_of().report())
    assert "No security check was in the run." in render(run_of().report())
