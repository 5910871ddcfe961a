"""``gl-code-quality.json``: the failed findings for the merge requests of GitLab."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_readiness.model import Priority
from pytest_readiness.reports.failures import NOWHERE, Failure, failures


if TYPE_CHECKING:
    from pytest_readiness.model import AuditReport


SEVERITIES = {
    Priority.P0: "blocker",
    Priority.P1: "critical",
    Priority.P2: "major",
    Priority.P3: "minor",
}
ACCEPTED = "info"
"""Severity of a waived failure: the format has no other word for it."""


def render(report: AuditReport) -> str:
    """The list as one line of JSON; a lone surrogate becomes a question mark."""
    issues = [_issue(failure) for failure in failures(report)]
    text = json.dumps(issues, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")


def _issue(failure: Failure) -> dict[str, Any]:
    check, finding = failure.check, failure.finding
    place = failure.places[0] if failure.places else NOWHERE
    subject = f" [{finding.subject}]" if finding.subject else ""
    accepted = f" ({failure.accepted})" if failure.accepted else ""
    return {
        "description": f"{check.priority} {check.id}{subject}: {failure.message}{accepted}",
        "check_name": check.id,
        "fingerprint": failure.fingerprint,
        "severity": ACCEPTED if failure.waiver else SEVERITIES[check.priority],
        "location": {"path": place.path, "lines": {"begin": max(place.line or 1, 1)}},
    }
