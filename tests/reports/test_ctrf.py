import json
from collections import Counter
from dataclasses import replace

from hypothesis import given

from pytest_readiness.model import Planned, Reason
from pytest_readiness.reports.ctrf import render
from pytest_readiness.reports.failures import everything
from tests.reports.saying import reports
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
from tests.schemas import validator


def rendered(report):
    document = json.loads(render(report))
    validator("ctrf.schema.json").validate(document)
    return document["results"]


@given(reports())
def test_every_document_is_valid_and_its_counts_are_those_of_its_tests(report):
    results = rendered(report)
    counts = Counter(test["status"] for test in results["tests"])
    summary = results["summary"]
    assert summary["tests"] == len(results["tests"]) == len(everything(report))
    for status in ("passed", "failed", "skipped", "pending", "other"):
        assert summary[status] == counts[status]


def test_an_outcome_that_the_format_lacks_is_the_raw_status():
    outcomes = {
        "a": PASSED,
        "b": WARNED,
        "c": FAILED,
        "d": ERROR,
        "e": SKIPPED,
        "f": NOT_APPLICABLE,
    }
    run = replace(
        run_of(),
        checks=tuple(check(name) for name in (*outcomes, "g")),
        findings=tuple(finding(name, outcome) for name, outcome in outcomes.items()),
        planned=(Planned("n", "g", ""),),
    )
    tests = rendered(run.report())["tests"]
    assert [(test["status"], test["rawStatus"]) for test in tests] == [
        ("passed", "passed"),
        ("passed", "warned"),
        ("failed", "failed"),
        ("failed", "error"),
        ("skipped", "skipped"),
        ("skipped", "not applicable"),
        ("failed", "error"),
    ]


def test_a_test_says_what_was_seen_and_where_it_is_written():
    said = finding("door", SKIPPED, "GET /me", message="no login", reason=Reason.NO_CREDENTIAL)
    source = "suites/day3_security/test_jwt.py::test_door"
    run = replace(
        run_of(), checks=(check("door", "P0", "security", source=source),), findings=(said,)
    )
    [test] = rendered(run.report())["tests"]
    assert test["name"] == "door[GET /me]"
    assert test["message"] == "no login"
    assert test["labels"]["reason"] == "no-credential"
    assert test["suite"] == ["security", "door"]
    assert test["filePath"] == "suites/day3_security/test_jwt.py"


def test_the_verdict_is_there():
    results = rendered(run_of((1, FAILED, "P0", "backend")).report())
    assert results["extra"]["verdict"] == "NO-GO"
    assert results["environment"]["commit"] == "1a2b3c4d5e6f"
