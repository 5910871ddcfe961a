"""A record that may be shown to others: what was judged, without what was sent and answered."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from pytest_readiness.model import AuditReport


def without_evidence(report: AuditReport, digest: str) -> AuditReport:
    """The same record without requests, answers and tracebacks.

    Outcomes, messages and places stay, so score and verdict can be recomputed.

    Args:
        report: the full record.
        digest: of its file, ``sha256:...``, by which the copy names it.
    """
    findings = tuple(replace(each, evidence=(), details="") for each in report.findings)
    return replace(report, findings=findings, full_record=report.full_record or digest)
