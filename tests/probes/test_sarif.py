"""SARIF is read as the standard means it, and says where it is not SARIF."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_readiness.model import Location
from pytest_readiness.probes import scans
from pytest_readiness.probes.scans import Severity
from pytest_readiness.probes.unreadable import UnreadableFile
from tests.schemas import validator


RULES = [
    {"id": "S1", "properties": {"security-severity": "9.3"}},
    {"id": "S2", "defaultConfiguration": {"level": "error"}},
    {"id": "S3"},
]
BANDIT = {"driver": {"name": "Bandit"}}


def result(**changed: Any) -> dict[str, Any]:
    return {"ruleId": "S1", "message": {"text": "seen"}} | changed


def log(*results: dict[str, Any], **run: Any) -> dict[str, Any]:
    tool = {"driver": {"name": "Semgrep", "rules": RULES}}
    return {"version": "2.1.0", "runs": [{"tool": tool, "results": list(results)} | run]}


def read(data: object) -> scans.Scan:
    return scans.parse(json.dumps(data), "report.sarif")


@pytest.mark.parametrize(
    ("told", "severity"),
    [
        ({}, Severity.CRITICAL),
        ({"properties": {"security-severity": "8.9"}}, Severity.HIGH),
        ({"properties": {"security-severity": 7}}, Severity.HIGH),
        ({"properties": {"security-severity": "6.9"}}, Severity.MEDIUM),
        ({"properties": {"security-severity": "much"}}, Severity.CRITICAL),
        ({"ruleId": "S2"}, Severity.HIGH),
        ({"ruleId": "S2", "level": "note"}, Severity.LOW),
        ({"ruleId": "S3"}, Severity.MEDIUM),
        ({"ruleId": "S3", "level": "none"}, Severity.NONE),
        ({"ruleId": "unknown"}, Severity.MEDIUM),
        ({"ruleId": "S1/inner"}, Severity.CRITICAL),
        ({"ruleId": "", "ruleIndex": 1}, Severity.HIGH),
        ({"ruleId": "", "rule": {"id": "S1"}}, Severity.CRITICAL),
    ],
)
def test_a_severity_is_the_score_and_else_the_level(told, severity):
    assert [flaw.severity for flaw in read(log(result(**told))).flaws] == [severity]


@pytest.mark.parametrize(
    ("told", "open_"),
    [
        ({}, 1),
        ({"baselineState": "new"}, 1),
        ({"baselineState": "unchanged"}, 1),
        ({"baselineState": "absent"}, 0),
        ({"kind": "pass"}, 0),
        ({"kind": "notApplicable"}, 0),
        ({"kind": "open"}, 1),
        ({"suppressions": []}, 1),
        ({"suppressions": [{"kind": "inSource"}]}, 0),
        ({"suppressions": [{"kind": "external", "status": "accepted"}]}, 0),
        ({"suppressions": [{"kind": "external", "status": "underReview"}]}, 1),
        ({"suppressions": [{"kind": "inSource"}, {"kind": "external", "status": "rejected"}]}, 1),
    ],
)
def test_what_is_gone_or_accepted_is_not_open(told, open_):
    assert len(read(log(result(**told))).open) == open_


def test_a_rule_may_be_that_of_an_extension():
    tool = {
        "driver": {"name": "CodeQL"},
        "extensions": [{"name": "pack"}, {"name": "q", "rules": RULES}],
    }
    rule = {"id": "S1", "index": 0, "toolComponent": {"index": 1}}
    scan = read(log({"rule": rule, "message": {"text": "x"}}, tool=tool))
    assert (scan.flaws[0].id, scan.flaws[0].severity) == ("S1", Severity.CRITICAL)
    assert scan.looked


def test_a_place_is_a_path_and_a_line():
    place = {"artifactLocation": {"uri": "./src/my%20app.py"}, "region": {"startLine": 7}}
    scan = read(log(result(locations=[{"physicalLocation": place}])))
    assert scan.flaws[0].location == Location("src/my app.py", 7)


def test_a_run_tells_its_commit_its_time_and_its_image():
    scan = read(
        log(
            invocations=[
                {"executionSuccessful": True, "endTimeUtc": "2026-11-20T10:00:00.1234567Z"}
            ],
            versionControlProvenance=[
                {"repositoryUri": "https://x.example", "revisionId": "ABCDEF1"}
            ],
            properties={"imageName": "shop:1", "repoDigests": ["shop@sha256:" + "a" * 64]},
        )
    )
    assert scan.commits == {"abcdef1"}
    assert scan.made is not None
    assert scan.made.isoformat() == "2026-11-20T10:00:00.123456+00:00"
    assert scan.image is not None
    assert scan.image.digests == {"sha256:" + "a" * 64}


@pytest.mark.parametrize(
    ("run", "finished", "looked"),
    [
        ({}, True, True),
        ({"invocations": [{"executionSuccessful": True}]}, True, True),
        ({"invocations": [{"executionSuccessful": False}]}, False, True),
        ({"results": None}, False, True),
        ({"tool": {"driver": {"name": "Trivy"}}}, True, False),
        ({"tool": BANDIT, "properties": {"metrics": {"_totals": {"loc": 9}}}}, True, True),
        ({"tool": BANDIT, "properties": {"metrics": {"_totals": {"loc": 0}}}}, True, False),
        ({"tool": BANDIT, "artifacts": [{"location": {"uri": "a.py"}}]}, True, True),
    ],
)
def test_it_is_seen_whether_anything_was_looked_at(run, finished, looked):
    scan = read(log(**run))
    assert (scan.finished, scan.looked) == (finished, looked)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "it is empty; the scanner wrote nothing"),
        ('{"runs": [\n', 2, "it is no JSON: expecting value"),
        ('{"version": "2.0.0", "runs": []}', None, "it is SARIF 2.0.0, and 2.1.0 is read"),
        ('{"version": "2.1.0", "runs": []}', None, "a SARIF log without a run"),
        ('{"version": "2.1.0", "runs": [{}]}', None, "at runs[0].tool: expected"),
        ('{"version": "2.1.0", "runs": 5}', None, "at runs: expected list"),
        ("[" * 100_000, None, "nested too deeply"),
    ],
)
def test_what_is_no_sarif_says_where(text, line, message):
    with pytest.raises(UnreadableFile) as error:
        scans.parse(text, "report.sarif")
    assert error.value.line == line
    assert message in str(error.value)


def test_the_reports_of_these_tests_are_sarif():
    schema = validator("sarif-schema-2.1.0.json")
    assert not list(schema.iter_errors(log(result(), result(ruleId="S2", baselineState="new"))))
