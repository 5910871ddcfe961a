import json
from dataclasses import replace

import pytest
from hypothesis import given

from pytest_readiness.model import Location, Remark, Waiver
from pytest_readiness.reports.codequality import render
from tests.reports.saying import number, reports
from tests.runs import FAILED, PASSED, WARNED, check, finding, run_of


def rendered(*findings, priority="P0", **more):
    checks = tuple(check(name, priority) for name in {one.check: None for one in findings})
    return json.loads(render(replace(run_of(), checks=checks, findings=findings, **more).report()))


@given(reports())
def test_every_issue_has_what_gitlab_demands(report):
    issues = json.loads(render(report))
    assert len(issues) == number(report, FAILED)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert issue["description"]
        assert issue["check_name"]
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["path"]
        assert issue["location"]["lines"]["begin"] >= 1


@pytest.mark.parametrize(
    ("priority", "severity"),
    [("P0", "blocker"), ("P1", "critical"), ("P2", "major"), ("P3", "minor")],
)
def test_the_severity_follows_the_priority(priority, severity):
    [issue] = rendered(finding("door", FAILED), priority=priority)
    assert issue["severity"] == severity


def test_an_issue_says_what_was_seen_and_where():
    remark = Remark("ends as root", Location("Dockerfile", 9))
    [issue] = rendered(
        finding("root", FAILED, "api", message="ends as root", remarks=(remark,)),
        finding("root", PASSED, "web"),
        finding("lamp", WARNED, message="dim"),
    )
    assert issue["description"] == "P0 root [api]: ends as root"
    assert issue["location"] == {"path": "Dockerfile", "lines": {"begin": 9}}


def test_a_waived_failure_is_information():
    waiver = Waiver("door", "*", "gone in May", "ann", "2026-05-01")
    [issue] = rendered(finding("door", FAILED), waivers=(waiver,))
    assert issue["severity"] == "info"
    assert issue["description"].endswith("(waived until 2026-05-01 by ann: gone in May)")
