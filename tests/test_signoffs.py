"""A sign-off counts for one record, in one role, and under that role's key where it has one."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import SignOffRules, Verdict
from pytest_readiness.signing import generate
from pytest_readiness.signoffs import (
    Entry,
    SignOffError,
    add,
    digest_of,
    judged,
    load,
    refusal,
    signed,
    standing,
    summary,
)
from tests.runs import FAILED, PASSED, WARNED, run_of


if TYPE_CHECKING:
    from pathlib import Path


KEY, OTHER = generate(), generate()
DIGEST = digest_of(b"the record")
ENTRY = Entry(role="security", by="Ann", on="2026-03-01", decision="approved", record=DIGEST)
REPORT = run_of((3, PASSED, "P0", "security")).report()
GUARDED = replace(REPORT, sign_off=SignOffRules(keys={"security": (KEY.public.text,)}))


def problem(entry, report=REPORT, digest=DIGEST):
    return judged([entry], report, digest)[0].problem


def test_one_that_counts_shows_who_decided():
    [one] = judged([signed(ENTRY, KEY)], GUARDED, DIGEST)
    assert (one.role, one.by, one.decision, one.problem) == ("security", "Ann", "approved", "")
    assert one.key == KEY.public.id


def test_a_changed_record_voids_it():
    assert problem(ENTRY, digest=digest_of(b"the record.")).startswith("it is about another record")


def test_a_role_that_does_not_decide_is_said_with_those_that_do():
    assert "technical lead, security" in problem(replace(ENTRY, role="intern"))


def test_where_keys_are_listed_only_theirs_count():
    assert problem(ENTRY) == ""
    assert problem(signed(ENTRY, KEY), GUARDED) == ""
    assert "it is not signed" in problem(ENTRY, GUARDED)
    assert "not listed for this role" in problem(signed(ENTRY, OTHER), GUARDED)
    posing = replace(signed(ENTRY, OTHER), key=KEY.public.id)
    assert problem(posing, GUARDED) == "its signature does not fit"
    assert problem(replace(posing, signature="?"), GUARDED) == "its signature cannot be read"


def test_a_signature_that_nobody_can_check_does_not_count_either():
    assert "not listed" in problem(signed(ENTRY, OTHER))


@given(st.sampled_from(["role", "by", "on", "decision", "comment"]), st.sampled_from("xyz"))
def test_a_signed_word_cannot_be_changed(name, letter):
    values = {"on": "2026-03-02", "decision": "rejected", "role": "operations"}
    entry = signed(ENTRY, KEY)
    changed = replace(entry, **{name: values.get(name, getattr(entry, name) + letter)})
    rules = SignOffRules(keys={"security": (KEY.public.text,), "operations": (KEY.public.text,)})
    assert problem(changed, replace(REPORT, sign_off=rules)) == "its signature does not fit"


@pytest.mark.parametrize(
    ("run", "verdict", "why"),
    [
        (run_of((1, FAILED, "P0", "security")), Verdict.NO_GO, "it can be rejected, not approved"),
        (run_of(), Verdict.INCOMPLETE, "it can be rejected, not approved"),
        (
            run_of((9, PASSED, "P0", "security"), (1, WARNED, "P1", "security")),
            Verdict.CONDITIONAL_GO,
            "1 condition has no owner (check-0009)",
        ),
    ],
)
def test_what_cannot_be_approved_can_be_rejected(run, verdict, why):
    report = run.report()
    assert report.judgement.verdict == verdict
    assert why in refusal(report, "approved")
    assert why in problem(ENTRY, report)
    assert problem(replace(ENTRY, decision="rejected"), report) == ""


def test_a_copy_is_not_decided_about():
    assert "full record" in refusal(replace(REPORT, full_record="sha256:0"), "approved")


def test_of_several_in_a_role_the_last_that_counts_holds():
    later = replace(ENTRY, by="Bob", decision="rejected")
    forged = replace(ENTRY, by="Eve", record="sha256:0")
    found = judged([ENTRY, later, forged], REPORT, DIGEST)
    assert [one.problem[:10] for one in found] == ["Bob has de", "", "it is abou"]
    assert standing(REPORT.sign_off, found) == {
        "technical lead": "missing",
        "security": "rejected",
        "operations": "missing",
        "product owner": "missing",
    }
    assert summary(REPORT.sign_off, found)[1] == "security: rejected by Bob on 2026-03-01"


def test_a_file_is_appended_to_and_read_back(tmp_path: Path):
    path = tmp_path / "sign-offs.json"
    assert load(path) == ()
    first, second = signed(ENTRY, KEY), replace(ENTRY, by="Jürgen", comment="after 'the' drill")
    add(path, first)
    add(path, second)
    assert load(path) == (first, second)
    assert [each.name for each in tmp_path.iterdir()] == ["sign-offs.json"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "sign-offs.json: file: Invalid JSON"),
        ("[]", "sign-offs.json: file: Input should be an object"),
        ('{"version": 2, "sign_offs": []}', "sign-offs.json: version: Input should be 1"),
        (
            json.dumps({"version": 1, "sign_offs": [asdict(ENTRY) | {"by": " "}]}),
            "sign-offs.json: sign_offs.0.by: String should have at least 1 character",
        ),
        (
            json.dumps({"version": 1, "sign_offs": [asdict(ENTRY) | {"on": "soon"}]}),
            "sign-offs.json: sign_offs.0.on: ",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_said_and_not_written_over(tmp_path: Path, text, said):
    path = tmp_path / "sign-offs.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SignOffError, match=r"^sign-offs\.json: ") as found:
        load(path)
    assert str(found.value).startswith(said)
    with pytest.raises(SignOffError):
        add(path, ENTRY)
    assert path.read_text(encoding="utf-8") == text
