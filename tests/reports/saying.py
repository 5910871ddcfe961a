"""Reports whose findings say anything at all, for the renderers that have to survive it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from pytest_readiness.model import Location, Outcome, Remark
from tests.runs import FAILED, PASSED, SKIPPED, WARNED, check, finding, run_of, runs


if TYPE_CHECKING:
    from pytest_readiness.model import AuditReport


HOSTILE = (
    '"><script>alert(1)</script> [x](http://evil.example) ![i](//e) `|` @all \x1b[31m\n::error::x'
)
"""What a target may answer, and a finding repeat."""

TEXT = st.one_of(st.sampled_from(["", "plain", HOSTILE]), st.text(max_size=20))


@st.composite
def reports(draw: st.DrawFn) -> AuditReport:
    """A record in which messages, subjects and paths are any text."""
    run = draw(runs())
    said = []
    for one in run.findings:
        places = draw(st.lists(st.tuples(TEXT, TEXT, st.none() | st.integers(1, 99)), max_size=2))
        remarks = [Remark(text, Location(path, line)) for text, path, line in places]
        subject = draw(st.sampled_from([one.subject, one.subject, HOSTILE, "caf\udce9"]))
        said.append(replace(one, message=draw(TEXT), remarks=tuple(remarks), subject=subject))
    return replace(run, findings=tuple(said)).report()


def hostile() -> AuditReport:
    """A failure, a warning and a skip that all say :data:`HOSTILE`."""
    run = run_of((1, PASSED, "P0", "security"))
    checks = [check(name, "P0", "security") for name in ("failing", "warning", "skipping")]
    findings = [
        finding(one.id, outcome, HOSTILE, message=HOSTILE)
        for one, outcome in zip(checks, (FAILED, WARNED, SKIPPED), strict=True)
    ]
    return replace(run, checks=(*run.checks, *checks), findings=tuple(findings)).report()


def number(report: AuditReport, *outcomes: Outcome) -> int:
    """How many findings have one of these outcomes."""
    return sum(one.outcome in outcomes for one in report.findings)
