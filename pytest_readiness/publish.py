"""The files that a report consists of, and writing them.

Every format is one ``render`` of the same immutable record, so each can be written again later,
without running anything: ``readiness report readiness.json --format html``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_readiness.model import AuditReport, SignOff


FORMATS = {
    "json": ("readiness.json", "json:render"),
    "html": ("index.html", "html:render"),
    "junit": ("junit.xml", "junit:render"),
    "sarif": ("readiness.sarif", "sarif:render"),
    "ctrf": ("ctrf.json", "ctrf:render"),
    "codequality": ("gl-code-quality.json", "codequality:render"),
    "summary": ("summary.md", "github:render"),
    "badge": ("badge.json", "badge:render"),
    "badge-svg": ("badge.svg", "badge:render_svg"),
    "final-report": ("final-report.md", "markdown.final_report:render"),
    "executive-summary": ("executive-summary.md", "markdown.executive_summary:render"),
    "remediation-plan": ("remediation-plan.md", "markdown.remediation_plan:render"),
    "security-audit": ("security-audit.md", "markdown.security_audit:render"),
    "configuration-report": ("configuration-report.md", "markdown.configuration_report:render"),
    "risk-assessment": ("risk-assessment.md", "markdown.risk_assessment:render"),
    "deployment-runbook": ("deployment-runbook.md", "markdown.deployment_runbook:render"),
    "post-deployment-plan": ("post-deployment-plan.md", "markdown.post_deployment_plan:render"),
    "troubleshooting": ("troubleshooting.md", "markdown.troubleshooting:render"),
}
"""By name: the file, and the function under ``reports`` that renders it."""


class UnknownFormatError(ValueError):
    """A format that nobody renders; the message names those that there are."""


def publish(
    report: AuditReport,
    folder: Path,
    formats: Iterable[str] = tuple(FORMATS),
    sign_offs: tuple[SignOff, ...] = (),
) -> list[Path]:
    """Write a report in several formats.

    Each file appears whole or not at all.

    Raises:
        UnknownFormatError: one of the formats does not exist.
        OSError: the folder cannot be written to.
    """
    return [_write(report, folder, name, sign_offs) for name in formats]


def forget(folder: Path) -> None:
    """Remove the files of an earlier run, but for the record, which is written at once.

    A run that is killed must not leave its record beside the pages of another one.
    """
    for name, (file, _) in FORMATS.items():
        if name != "json":
            (folder / file).unlink(missing_ok=True)


def render(report: AuditReport, name: str, sign_offs: tuple[SignOff, ...] = ()) -> str:
    """The text of one format.

    Raises:
        UnknownFormatError: the format does not exist.
    """
    if name not in FORMATS:
        raise UnknownFormatError(f"there is no format {name!r}; there are {', '.join(FORMATS)}")
    module, _, function = FORMATS[name][1].partition(":")
    rendering = getattr(importlib.import_module(f"pytest_readiness.reports.{module}"), function)
    text: str = rendering(report, sign_offs) if name in SIGNED else rendering(report)
    return text


SIGNED = frozenset({"html", "final-report", "executive-summary", "deployment-runbook"})
"""Formats that show sign-offs; these come after the record and are no part of it."""


def _write(report: AuditReport, folder: Path, name: str, sign_offs: tuple[SignOff, ...]) -> Path:
    text = render(report, name, sign_offs)
    path = folder / FORMATS[name][0]
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
    return path
