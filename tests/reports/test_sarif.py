import json
from dataclasses import replace

import pytest
from hypothesis import given

from pytest_readiness.catalogue import bundled_checks
from pytest_readiness.model import Location, Planned, Priority, Reason, Remark, Waiver
from pytest_readiness.reports import sarif
from tests.reports.saying import hostile, number, reports
from tests.runs import ERROR, FAILED, PASSED, SKIPPED, WARNED, check, finding, run_of
from tests.schemas import validator


def rendered(report):
    log = json.loads(sarif.render(report))
    validator("sarif-schema-2.1.0.json").validate(log)
    [run] = log["runs"]
    return run


def of(*findings, **more):
    names = dict.fromkeys(one.check for one in findings)
    checks = more.pop("checks", tuple(check(name, "P0", "security") for name in names))
    return replace(run_of(), checks=checks, findings=findings, **more).report()


@given(reports())
def test_every_log_is_valid_and_has_the_failures_only(report):
    results = rendered(report)["results"]
    assert len(results) == number(report, FAILED)
    for result in results:
        # What GitHub demands beyond the standard, with a value that is not empty.
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"]
        assert place["region"]["startLine"] >= 1
        assert result["message"]["text"]
        assert result["partialFingerprints"]["primaryLocationLineHash"]
    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in results]
    assert len(set(hashes)) == len(hashes)


@pytest.mark.parametrize(
    ("priority", "level", "severity"),
    [("P0", "error", 9.0), ("P1", "error", 7.0), ("P2", "warning", 4.0), ("P3", "note", 0.1)],
)
def test_the_level_follows_the_priority(priority, level, severity):
    checks = (check("open-door", priority, "security"), check("slow", priority, "performance"))
    findings = (finding("open-door", FAILED), finding("slow", FAILED))
    run = rendered(of(*findings, checks=checks))
    assert [result["level"] for result in run["results"]] == [level, level]
    door, slow = run["tool"]["driver"]["rules"]
    assert float(door["properties"]["security-severity"]) >= severity
    assert "security-severity" not in slow["properties"]


def test_a_failure_points_at_its_file_and_line():
    remarks = (
        Remark("ends as root", Location("deploy/my file.Dockerfile", 12)),
        Remark("and here", Location("compose.yaml", 3)),
    )
    [result] = rendered(
        of(finding("root", FAILED, "Dockerfile", message="ends as root", remarks=remarks))
    )["results"]
    [place] = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "deploy/my%20file.Dockerfile"},
        "region": {"startLine": 12},
    }
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "Dockerfile"
    [related] = result["relatedLocations"]
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "compose.yaml"
    assert result["message"]["text"] == "Dockerfile: ends as root"


def test_a_failure_of_the_running_system_points_at_the_settings():
    [result] = rendered(of(finding("door", FAILED, "GET /me", message="200")))["results"]
    [place] = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "readiness.yaml"
    assert place["logicalLocations"] == [{"fullyQualifiedName": "GET /me", "kind": "subject"}]


def test_a_waived_failure_is_there_and_suppressed():
    waiver = Waiver("door", "*", "gone in May", "ann", "2026-05-01")
    report = of(finding("door", FAILED), finding("gate", FAILED), waivers=(waiver,))
    door, gate = rendered(report)["results"]
    [suppression] = door["suppressions"]
    assert suppression["kind"] == "external"
    assert suppression["justification"] == "waived until 2026-05-01 by ann: gone in May"
    assert gate["suppressions"] == []


def test_what_was_not_looked_at_is_a_notification_and_no_result():
    report = of(
        finding("door", SKIPPED, message="no login", reason=Reason.NO_CREDENTIAL),
        finding("gate", ERROR, message="KeyError"),
        finding("lamp", WARNED, message="dim"),
        finding("roof", PASSED),
        planned=(Planned("n", "wall", ""),),
        checks=tuple(check(name) for name in ("door", "gate", "lamp", "roof", "wall")),
    )
    run = rendered(report)
    assert run["results"] == []
    told = {
        note["associatedRule"]["id"]: (note["level"], note["message"]["text"])
        for note in run["invocations"][0]["toolExecutionNotifications"]
    }
    assert told == {
        "door": ("warning", "Not looked at. no-credential: no login"),
        "gate": ("error", "Not looked at. KeyError"),
        "wall": ("error", "Not looked at. planned and never reported"),
    }


def test_a_run_that_ended_early_was_no_success():
    report = replace(of(finding("door", PASSED)), interrupted="stopped with Ctrl-C")
    [invocation] = rendered(report)["invocations"]
    assert not invocation["executionSuccessful"]
    [note] = invocation["toolExecutionNotifications"]
    assert note["message"]["text"] == "The run ended early: stopped with Ctrl-C."


def test_every_bundled_check_is_a_rule_with_help():
    checks = bundled_checks()
    report = replace(run_of(), checks=checks).report()
    rules = rendered(report)["tool"]["driver"]["rules"]
    assert len(rules) == len(checks)
    for one, rule in zip(checks, rules, strict=True):
        text = " ".join(rule["help"]["markdown"].split()).casefold()
        assert " ".join(one.why.split()).casefold() in text
        assert " ".join(one.fix.split()).casefold() in text
        assert all(ref in rule["help"]["markdown"] for ref in one.refs)
        assert len(rule["properties"]["tags"]) <= sarif.MOST_TAGS
        for words in (rule["shortDescription"], rule["fullDescription"]):
            assert 0 < len(words["text"]) <= sarif.LONGEST


def test_a_cwe_is_tagged_as_github_reads_it():
    rule = rendered(of(finding("a", PASSED), checks=(check("a", refs=("CWE-250", "x")),)))
    assert "external/cwe/cwe-250" in rule["tool"]["driver"]["rules"][0]["properties"]["tags"]


def test_what_the_target_said_is_no_link():
    [result] = rendered(hostile())["results"]
    assert "](" not in result["message"]["text"]


def test_a_file_that_github_would_refuse_is_not_written():
    checks = (check("late", "P3"), check("soon", "P0"))
    findings = [finding("late", FAILED, str(n)) for n in range(sarif.MOST_RESULTS)]
    report = replace(run_of(), checks=checks, findings=(*findings, finding("soon", FAILED)))
    [run] = json.loads(sarif.render(report.report()))["runs"]
    assert len(run["results"]) == sarif.MOST_RESULTS
    assert run["results"][0]["properties"]["priority"] == Priority.P0
    notes = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert notes == ["1 more failures are in readiness.json; a file holds 25,000."]
