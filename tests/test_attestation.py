"""An attestation says what was audited, and stops holding when any of that changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st
from in_toto_attestation.predicates.test_result.v0 import test_result_pb2
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey

from pytest_readiness.attestation import (
    PAYLOAD_TYPE,
    RESULTS,
    next_review,
    refusal,
    statement,
    text_of,
    verify,
)
from pytest_readiness.catalogue import digest
from pytest_readiness.model import Answer, Provenance, SignOff, Verdict, Waiver
from pytest_readiness.reports.json import render
from pytest_readiness.signing import NotAnEnvelope, generate, seal
from tests.runs import ERROR, FAILED, NOT_APPLICABLE, NOW, PASSED, SKIPPED, WARNED, run_of, runs


KEY = generate()
COMMIT = "4c1f0e6a9b2d7f8091a2b3c4d5e6f708192a3b4c"
IMAGE = "sha256:" + "ab" * 32
FILES = {"readiness.yaml": "11" * 32, ".env.production": "22" * 32}
ORIGIN = Provenance(
    configuration="sha256:" + "33" * 32,
    files=FILES,
    build=COMMIT[:12],
    images={"shop/api:1": IMAGE},
)
RUN = run_of(
    (20, PASSED, "P0", "security"),
    (1, WARNED, "P1", "security"),
    (2, FAILED, "P2", "backend"),
    (1, SKIPPED, "P2", "security"),
    (1, ERROR, "P3", "security"),
    (3, NOT_APPLICABLE, "P3", "security"),
    (3, PASSED, "P2", "backend"),
    owners=(("security", "ann"), ("backend", "bob")),
)
REPORT = RUN.report(commit=COMMIT, provenance=ORIGIN, confidentiality="Internal")
RECORD = render(REPORT).encode()
SIGNED_OFF = (
    SignOff("security", "Ann", "2026-03-01", "approved", key="abc"),
    SignOff("operations", "Eve", "2026-03-01", "approved", problem="it is not signed"),
)
SAID = statement(REPORT, RECORD, SIGNED_OFF, now=NOW)
SEALED = seal(text_of(SAID), PAYLOAD_TYPE, KEY).encode()


def held(text=SEALED, *, now=NOW, **more):
    return verify(text, [KEY.public], now=now, **more)


def test_independent_libraries_read_and_accept_it():
    envelope = Envelope.from_dict(json.loads(SEALED))
    assert envelope.verify([SSlibKey.from_crypto(KEY.public._key, keyid=KEY.public.id)], 1)
    read = json_format.Parse(envelope.payload, statement_pb2.Statement())
    Statement.copy_from_pb(read).validate()
    predicate = json.loads(envelope.payload)["predicate"]
    del predicate["pytestReadiness"]
    result = json_format.ParseDict(predicate, test_result_pb2.TestResult())
    assert result.result == "WARNED"
    assert len(result.passed_tests) == 23
    assert {one.name: dict(one.digest) for one in result.configuration}["readiness.yaml"] == {
        "sha256": FILES["readiness.yaml"]
    }


@given(runs())
def test_every_run_gives_a_statement_that_independent_libraries_read(run):
    report = run.report()
    text = text_of(statement(report, render(report).encode(), now=NOW))
    read = json_format.Parse(text, statement_pb2.Statement())
    Statement.copy_from_pb(read).validate()
    assert json.loads(text)["predicate"]["result"] == RESULTS[run.verdict]
    assert held(seal(text, PAYLOAD_TYPE, KEY).encode()).problems == ()


def test_it_is_about_commit_images_rules_and_record():
    subjects = {one["annotations"]["kind"]: one for one in SAID["subject"]}
    assert subjects["commit"]["digest"] == {"gitCommit": COMMIT}
    assert subjects["image"] | {"annotations": 0} == {
        "name": "shop/api:1",
        "digest": {"sha256": "ab" * 32},
        "annotations": 0,
    }
    assert subjects["configuration"]["digest"] == {"sha256": "33" * 32}
    assert subjects["catalogue"]["digest"]["sha256"].startswith(digest(REPORT.checks))
    assert subjects["record"]["name"] == "readiness.json"


def test_results_follow_the_verdict_and_what_was_not_looked_at_has_failed():
    assert RESULTS == {
        Verdict.GO: "PASSED",
        Verdict.CONDITIONAL_GO: "WARNED",
        Verdict.INCOMPLETE: "FAILED",
        Verdict.NO_GO: "FAILED",
    }
    said = SAID["predicate"]
    sizes = {name: len(said[name]) for name in ("passedTests", "warnedTests", "failedTests")}
    assert sizes == {"passedTests": 23, "warnedTests": 1, "failedTests": 4}
    assert len(said["pytestReadiness"]["notLookedAt"]) == 2
    assert len(said["pytestReadiness"]["notApplicable"]) == 3


def test_it_says_until_when_it_holds_and_who_has_signed_off():
    claim = SAID["predicate"]["pytestReadiness"]
    assert claim["id"].startswith("readiness-20260301-")
    assert (claim["issued"][:10], claim["notAfter"][:10]) == ("2026-03-01", "2026-05-30")
    assert claim["nextReview"] == "2026-03-08"
    assert [one["role"] for one in claim["signOffs"]] == ["security"]
    assert claim["signOffsMissing"] == ["technical lead", "operations", "product owner"]


def test_the_next_review_is_when_something_ends_first():
    clean = run_of((3, PASSED, "P0", "security")).report()
    assert next_review(clean, NOW) == "2026-05-30"
    waiver = Waiver("a", "*", "known", "ann", "2026-04-01")
    past = replace(waiver, expires="2026-02-01")
    with_waivers = replace(clean, waivers=(waiver, past))
    assert next_review(with_waivers, NOW) == "2026-04-01"
    answers = tuple(
        Answer("b", "yes", "ann", "2026-01-01", expires=day)
        for day in ("", "2026-03-20", "2026-01-09")
    )
    assert next_review(replace(with_waivers, answers=answers), NOW) == "2026-03-20"


def test_it_holds_for_what_was_audited():
    result = held(
        record=RECORD, commit=COMMIT[:7], images=[f"shop/api:1@{IMAGE}", IMAGE], files=FILES
    )
    assert result.problems == ()
    assert (result.key, result.statement.claim.verdict) == (KEY.public.id, "CONDITIONAL GO")


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_one_changed_byte_of_it_and_nothing_in_it_is_believed(place, by):
    changed = bytearray(SEALED)
    changed[place] = (changed[place] + by) % 256
    try:
        result = held(bytes(changed))
    except NotAnEnvelope:
        return
    assert result.problems
    assert result.statement is None


@given(st.integers(0, len(RECORD) - 1), st.integers(1, 255))
def test_one_changed_byte_of_the_record_and_it_does_not_hold(place, by):
    changed = bytearray(RECORD)
    changed[place] = (changed[place] + by) % 256
    [problem] = held(record=bytes(changed)).problems
    assert problem.startswith("another record: sha256:")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"commit": "0123456"}, f"another commit: 0123456, attested is {COMMIT}"),
        (
            {"images": ["shop/api:1@sha256:" + "cd" * 32]},
            "another image shop/api:1: sha256:cdcdcdcdcdcd, attested is sha256:abababababab",
        ),
        (
            {"images": ["shop/web@sha256:" + "cd" * 32]},
            "image shop/web was not audited; those that were: shop/api:1@sha256:abababababab",
        ),
        ({"files": FILES | {"readiness.yaml": "44" * 32}}, "configuration: readiness.yaml was"),
        ({"files": FILES | {"waivers.yaml": "44" * 32}}, "configuration: waivers.yaml is new"),
        ({"files": {"readiness.yaml": "11" * 32}}, "configuration: .env.production is gone"),
        ({"now": NOW + timedelta(days=91)}, "expired: it held until 2026-05-30 12:00"),
        ({"now": NOW - timedelta(hours=1)}, "it was issued in the future"),
    ],
)
def test_it_says_which_thing_has_changed(more, problem):
    [said] = held(**more).problems
    assert said.startswith(problem)


def test_all_that_has_changed_is_said():
    assert len(held(record=b"", commit="0123456", files={}).problems) == 4


def test_no_commit_was_attested_outside_of_git():
    report = replace(REPORT, commit="")
    text = seal(text_of(statement(report, RECORD, now=NOW)), PAYLOAD_TYPE, KEY)
    assert held(text.encode(), commit=COMMIT).problems == (
        "no commit was attested: the audit ran outside of a git repository",
    )


def test_another_statement_signed_with_the_same_key_is_none_of_ours():
    for other, why in (
        ({"_type": "x"}, "it is signed, and is no statement about an audit"),
        (SAID | {"predicateType": "https://slsa.dev/provenance/v1"}, "it is signed, and about som"),
    ):
        result = held(seal(text_of(other), PAYLOAD_TYPE, KEY).encode())
        assert result.problems[0].startswith(why)
        assert result.statement is None


def test_a_condition_of_nobody_and_a_copy_are_not_attested():
    assert refusal(REPORT) == ""
    assert refusal(replace(REPORT, full_record="sha256:0")).startswith("it is a copy")
    nobodys = replace(RUN, owners=()).report()
    assert refusal(nobodys).startswith("1 condition has no owner (check-0020)")
    failed = run_of((1, FAILED, "P0", "security"), (1, WARNED, "P1", "security")).report()
    assert refusal(failed) == ""
