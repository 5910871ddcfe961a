"""What is shared shows no request and no answer, and still gives the same verdict."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.model import Exchange
from pytest_readiness.recompute import recompute
from pytest_readiness.reports.json import parse, render
from pytest_readiness.sharing import without_evidence
from tests.runs import runs


SEEN = Exchange("GET http://inside/", "200, 7 bytes", "curl http://inside/", 3)


@given(runs(), st.sampled_from(["", "Traceback: http://inside/"]))
def test_a_copy_without_evidence_says_so_and_is_judged_alike(run, details):
    findings = tuple(replace(one, evidence=(SEEN,), details=details) for one in run.findings)
    report = replace(run, findings=findings).report()
    copy = parse(render(without_evidence(report, "sha256:1")))
    assert "http://inside" not in render(copy)
    assert recompute(copy) == []
    assert (copy.full_record, copy.judgement) == ("sha256:1", report.judgement)
    assert without_evidence(copy, "sha256:2").full_record == "sha256:1"
