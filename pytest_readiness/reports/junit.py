"""``junit.xml``: every finding as a test case, for the test views of CI systems.

JUnit knows no warning: a warned finding passes and carries what it has to say in ``system-out``.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from pytest_readiness.model import Outcome, Phase
from pytest_readiness.reports.failures import everything, failures
from pytest_readiness.reports.terminal import explain
from pytest_readiness.scoring import percent


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_readiness.model import AuditReport, Check, Finding


KINDS = {
    Outcome.FAILED: "failure",
    Outcome.ERROR: "error",
    Outcome.SKIPPED: "skipped",
    Outcome.NOT_APPLICABLE: "skipped",
}

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, not even escaped."""


def render(report: AuditReport) -> str:
    """The document; what XML cannot carry becomes a question mark."""
    found = everything(report)
    accepted = {one.finding: one.accepted for one in failures(report) if one.accepted}
    root = ET.Element("testsuites", name="pytest-readiness", time=f"{report.seconds:.3f}")
    _count(root, [finding for _, finding in found])
    for phase in Phase:
        mine = [both for both in found if both[0].phase is phase]
        if mine:
            root.append(_suite(report, phase, mine, accepted))
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'


def _suite(
    report: AuditReport,
    phase: Phase,
    found: Sequence[tuple[Check, Finding]],
    accepted: Mapping[Finding, str],
) -> ET.Element:
    findings = [finding for _, finding in found]
    suite = ET.Element(
        "testsuite",
        name=f"readiness.{phase}",
        time=f"{report.phase_seconds.get(phase, 0.0):.3f}",
        timestamp=datetime.fromisoformat(report.started).isoformat(timespec="seconds"),
    )
    _count(suite, findings)
    suite.set("skipped", str(sum(KINDS.get(one.outcome) == "skipped" for one in findings)))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(report, found):
        ET.SubElement(properties, "property", name=name, value=_clean(value))
    for check, finding in found:
        suite.append(_case(check, finding, accepted.get(finding, "")))
    return suite


def _count(element: ET.Element, findings: Sequence[Finding]) -> None:
    kinds = [KINDS.get(finding.outcome) for finding in findings]
    element.set("tests", str(len(kinds)))
    element.set("failures", str(kinds.count("failure")))
    element.set("errors", str(kinds.count("error")))


def _properties(
    report: AuditReport, found: Sequence[tuple[Check, Finding]]
) -> list[tuple[str, str]]:
    """What the run came to, and the priority of each check: a test case has no properties."""
    checks = {check.id: check for check, _ in found}
    return [
        ("verdict", report.judgement.verdict),
        ("readiness", percent(report.scorecard.readiness)),
        ("coverage", percent(report.scorecard.coverage)),
        ("commit", report.commit),
        ("profile", report.target.profile),
        ("tool-version", report.tool_version),
        ("catalogue-digest", report.catalogue_digest),
        *((f"priority.{check.id}", str(check.priority)) for check in checks.values()),
    ]


def _case(check: Check, finding: Finding, accepted: str) -> ET.Element:
    name = f"{check.id}[{finding.subject}]" if finding.subject else check.id
    case = ET.Element(
        "testcase",
        classname=f"readiness.{check.phase}",
        name=_clean(name),
        group=check.priority,
        time=f"{finding.seconds:.3f}",
    )
    kind = KINDS.get(finding.outcome)
    if kind is not None:
        said = finding.message or f"not so: {check.title}"
        message = f"{said} ({accepted})" if accepted else said
        element = ET.SubElement(case, kind, type=_type(check, finding), message=_clean(message))
        if kind != "skipped":
            text = explain(check, finding)
            element.text = _clean(f"{text}\n{finding.details}" if finding.details else text)
    elif finding.outcome is Outcome.WARNED:
        ET.SubElement(case, "system-out").text = _clean(f"warned: {explain(check, finding)}")
    return case


def _type(check: Check, finding: Finding) -> str:
    if finding.reason is not None:
        return finding.reason
    return "not-applicable" if finding.outcome is Outcome.NOT_APPLICABLE else check.priority


def _clean(text: str) -> str:
    return text if text.isprintable() and text.isascii() else _UNPRINTABLE.sub("?", text)
