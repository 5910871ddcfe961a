"""Recorded runs of the example, and what each document says of them.

Write the documents anew after a change of their form: ``python -m tests.reports.golden``. Record
the runs anew after a change of the example or of its checks::

    cd examples/orchestrator
    pytest --readiness --readiness-report /tmp/shipped
    pytest --readiness --readiness-profile production --readiness-report /tmp/production
    pytest --readiness --readiness-flip production --readiness-report /tmp/flipped
    python -m tests.reports.golden as-shipped=/tmp/shipped/readiness.json ...
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.reports.json import parse


if TYPE_CHECKING:
    from pytest_readiness.model import AuditReport


FOLDER = Path(__file__).parent

RUNS = ("as-shipped", "production", "flipped")

DOCUMENTS = (
    "final-report",
    "executive-summary",
    "remediation-plan",
    "security-audit",
    "configuration-report",
    "risk-assessment",
    "deployment-runbook",
    "post-deployment-plan",
    "troubleshooting",
)
"""Names of the formats; the files are called the same, with ``.md``."""


def recorded(run: str) -> AuditReport:
    """The record of one run of the example."""
    return parse((FOLDER / f"{run}.json").read_text("utf-8"))
