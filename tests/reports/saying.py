"""Reports whose findings say anything at all, for the renderers that have to survive it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

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


def poisoned(value: Any, hostile: str, *, but: frozenset[str] = frozenset({"started"})) -> Any:
    """Hostile text in every string of a record, but for the fields that are named."""
    if type(value) is str:
        return f"{value}{hostile}"
    if isinstance(value, tuple):
        return tuple(poisoned(part, hostile, but=but) for part in value)
    if isinstance(value, dict):
        return {
            poisoned(key, hostile, but=but): poisoned(part, hostile, but=but)
            for key, part in value.items()
        }
    if is_dataclass(value) and not isinstance(value, Enum | type):
        changed = {
            field.name: poisoned(getattr(value, field.name), hostile, but=but)
            for field in fields(value)
            if field.name not in but
        }
        return replace(value, **changed)
    return value
