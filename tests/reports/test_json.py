import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_readiness.model import Exchange, Finding, Location, Reason, Remark
from pytest_readiness.reports.json import RecordError, json_schema, parse, render
from tests.runs import FAILED, PASSED, SKIPPED, WARNED, check, finding, run_of, runs


SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "readiness-1.schema.json"

VALIDATOR = Draft202012Validator(json_schema())
EVIDENCE = Exchange("GET http://127.0.0.1:8000/me", "200 application/json", "curl -s ...", 12)


@pytest.fixture
def report():
    run = run_of((2, PASSED, "P0", "security"), (1, WARNED, "P1", "backend"))
    findings = (
        *run.findings,
        finding(
            "check-0000",
            FAILED,
            "GET /me",
            message="answered 200 — without a token",
            remarks=(Remark("answered 200", Location("api/main.py", 12)), Remark("again")),
            evidence=(EVIDENCE,),
            seconds=0.25,
            flaky=True,
        ),
        finding("check-0001", SKIPPED, "GET /you", reason=Reason.BLOCKED),
    )
    return replace(run, findings=findings, owners=(("backend", "bea"),)).report()


def changed(report, *place, value):
    """The record with one value replaced."""
    record = json.loads(render(report))
    *steps, last = place
    inner = record
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return json.dumps(record)


def test_a_record_survives_being_written_and_read(report):
    assert parse(render(report)) == report


@given(runs())
def test_every_record_survives_being_written_and_read(run):
    assert parse(render(run.report())) == run.report()


@given(st.text(), st.text())
def test_no_text_breaks_the_record(message, subject):
    run = run_of((1, PASSED, "P0", "llm"))
    said = Finding("check-0000", subject, FAILED, message=message)
    report = replace(run, findings=(said,)).report()
    assert parse(render(report)).findings == (said,)


def test_a_lone_surrogate_becomes_a_question_mark():
    run = run_of((1, PASSED, "P0", "llm"))
    said = Finding("check-0000", "caf\udce9", FAILED)
    report = replace(run, findings=(said,)).report()
    assert parse(render(report)).findings[0].subject == "caf?"


def test_the_published_schema_is_current():
    """Rewrite it with ``python -m tests.reports.test_json``."""
    assert json.loads(SCHEMA.read_text("utf-8")) == json_schema()


def test_the_schema_is_a_schema_and_a_record_is_valid(report):
    Draft202012Validator.check_schema(json_schema())
    VALIDATOR.validate(json.loads(render(report)))


@given(runs())
def test_every_record_is_valid(run):
    assert VALIDATOR.is_valid(json.loads(render(run.report())))


def test_the_schema_refuses_what_is_no_record(report):
    record = json.loads(changed(report, "findings", 0, "outcome", value="fine"))
    [error] = VALIDATOR.iter_errors(record)
    assert list(error.absolute_path) == ["findings", 0, "outcome"]


def test_the_schema_explains_its_fields():
    definitions = json_schema()["$defs"]
    assert definitions["Finding"]["description"] == (
        "One check's outcome on one subject, passes included."
    )
    assert definitions["Finding"]["properties"]["node"]["description"] == (
        "Pytest's id of the test, stable over runs."
    )


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (
            ("findings", 3, "outcome"),
            "pased",
            (
                "findings[3].outcome: Input should be 'passed', 'warned', 'failed', 'skipped', "
                "'not applicable' or 'error'"
            ),
        ),
        (
            ("scorecard", "readiness"),
            "71.9 %",
            "scorecard.readiness: Input should be a valid integer",
        ),
        (("checks",), {}, "checks: Input should be a valid array"),
        (("findings", 0), None, "findings[0]: Input should be an object"),
        (
            ("schema_version",),
            "2.0",
            "schema_version: this reader knows 1.x, the record is '2.0'",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_place(report, place, value, message):
    with pytest.raises(RecordError) as caught:
        parse(changed(report, *place, value=value))
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "record: Invalid JSON: EOF while parsing a value at line 1 column 0"),
        ("[]", "record: Input should be an object"),
        ('{"schema_version": "3.1"}', "schema_version: this reader knows 1.x"),
        ('{"schema_version": "1.0"}', "tool_version: Field required (and 16 more)"),
    ],
)
def test_what_is_no_record_is_refused(text, message):
    with pytest.raises(RecordError) as caught:
        parse(text)
    assert str(caught.value).startswith(message)


def test_a_newer_minor_version_with_more_fields_can_be_read(report):
    record = json.loads(render(report)) | {"schema_version": "1.7", "weather": "fine"}
    assert parse(json.dumps(record)) == replace(report, schema_version="1.7")


def test_a_check_is_recorded_whole(report):
    custom = check("own", "P3", refs=("CWE-1",), bundled=False)
    whole = replace(report, checks=(custom,))
    assert parse(render(whole)).checks == (custom,)


if __name__ == "__main__":
    SCHEMA.write_text(json.dumps(json_schema(), indent=2) + "\n", "utf-8")
