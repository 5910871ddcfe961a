from collections import Counter
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from hypothesis import given

from pytest_readiness.model import Planned, Reason, Waiver
from pytest_readiness.reports.failures import everything
from pytest_readiness.reports.junit import render
from tests.reports.saying import hostile, reports
from tests.runs import (
    ERROR,
    FAILED,
    NOT_APPLICABLE,
    PASSED,
    SKIPPED,
    WARNED,
    check,
    finding,
    run_of,
)
from tests.schemas import official


@cache
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(official("junit-10.xsd"))


def rendered(report) -> ET.Element:
    text = render(report)
    schema().validate(text)
    return ET.fromstring(text.encode("utf-8"))  # noqa: S314 - our own


def case_of(outcome, **more) -> ET.Element:
    waivers = more.pop("waivers", ())
    run = replace(
        run_of(),
        checks=(check("door", "P1"),),
        findings=(finding("door", outcome, "GET /me", **more),),
        waivers=waivers,
    )
    [case] = rendered(run.report()).iter("testcase")
    return case


@given(reports())
def test_every_document_is_valid_and_its_counts_are_those_of_its_cases(report):
    root = rendered(report)
    assert len(list(root.iter("testcase"))) == len(everything(report))
    for suite in root.iter("testsuite"):
        kinds = Counter(part.tag for case in suite.iter("testcase") for part in case)
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == kinds["failure"]
        assert int(suite.get("errors", "")) == kinds["error"]
        assert int(suite.get("skipped", "")) == kinds["skipped"]


def test_a_case_is_named_by_phase_check_and_subject():
    case = case_of(PASSED)
    assert case.attrib == {
        "classname": "readiness.security",
        "name": "door[GET /me]",
        "group": "P1",
        "time": "0.000",
    }
    assert len(case) == 0


def test_a_warning_passes_and_is_said():
    case = case_of(WARNED, message="no Retry-After")
    assert [part.tag for part in case] == ["system-out"]
    assert case[0].text.startswith("warned: P1 door [GET /me]: no Retry-After")


@pytest.mark.parametrize(
    ("outcome", "reason", "tag", "kind"),
    [
        (FAILED, None, "failure", "P1"),
        (ERROR, None, "error", "P1"),
        (SKIPPED, Reason.NO_TOOL, "skipped", "no-tool"),
        (NOT_APPLICABLE, None, "skipped", "not-applicable"),
    ],
)
def test_every_other_outcome_has_its_element(outcome, reason, tag, kind):
    [part] = case_of(outcome, message="seen", reason=reason)
    assert (part.tag, part.get("type"), part.get("message")) == (tag, kind, "seen")


def test_a_failure_says_why_it_matters_and_how_to_mend_it():
    [failure] = case_of(FAILED, message="200", details="assert 200 == 401")
    assert "why: It hurts." in failure.text
    assert "fix: Mend door." in failure.text
    assert failure.text.endswith("assert 200 == 401")


def test_a_waived_failure_stays_one_and_names_its_waiver():
    waiver = Waiver("door", "*", "gone in May", "ann", "2026-05-01")
    [failure] = case_of(FAILED, message="200", waivers=(waiver,))
    assert failure.get("message") == "200 (waived until 2026-05-01 by ann: gone in May)"


def test_what_never_reported_is_an_error():
    run = replace(run_of(), checks=(check("door"),), planned=(Planned("n", "door", ""),))
    [error] = rendered(run.report()).iter("error")
    assert error.get("message") == "planned and never reported"


def test_the_verdict_and_priorities_are_properties():
    run = replace(run_of((1, FAILED, "P0", "backend")))
    properties = {p.get("name"): p.get("value") for p in rendered(run.report()).iter("property")}
    assert properties["verdict"] == "NO-GO"
    assert properties["readiness"] == "0.0 %"
    assert properties["priority.check-0000"] == "P0"


def test_what_the_target_said_stays_text():
    root = rendered(hostile())
    assert {part.tag for part in root.iter()} <= {
        *("testsuites", "testsuite", "properties", "property", "testcase"),
        *("failure", "error", "skipped", "system-out"),
    }
    [failure] = root.iter("failure")
    assert "<script>" in failure.get("message", "")
    assert "\x1b" not in failure.get("message", "")
