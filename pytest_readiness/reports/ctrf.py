"""``ctrf.json``: every finding in the Common Test Report Format, for dashboards of test results."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_readiness.model import Outcome
from pytest_readiness.reports.failures import everything


if TYPE_CHECKING:
    from pytest_readiness.model import AuditReport, Check, Finding


SPEC_VERSION = "0.0.0"
"""Version of the specification's working draft."""

STATUS = {
    Outcome.PASSED: "passed",
    Outcome.WARNED: "passed",
    Outcome.FAILED: "failed",
    Outcome.ERROR: "failed",
    Outcome.SKIPPED: "skipped",
    Outcome.NOT_APPLICABLE: "skipped",
}
"""An error is no "other", which readers leave out; the outcome itself is the raw status."""


def render(report: AuditReport) -> str:
    """The report as one line of JSON; a lone surrogate becomes a question mark."""
    text = json.dumps(document(report), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")


def document(report: AuditReport) -> dict[str, Any]:
    """The report as plain data."""
    tests = [_test(check, finding) for check, finding in everything(report)]
    counts = dict.fromkeys(("passed", "failed", "skipped", "pending", "other"), 0)
    for test in tests:
        counts[test["status"]] += 1
    start = datetime.fromisoformat(report.started)
    milliseconds = round(start.timestamp() * 1000)
    environment = {
        "appName": report.repository,
        "repositoryName": report.repository,
        "commit": report.commit,
        "testEnvironment": report.target.profile,
    }
    return {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        "generatedBy": f"pytest-readiness {report.tool_version}",
        "timestamp": start.isoformat(),
        "results": {
            "tool": {"name": "pytest-readiness", "version": report.tool_version},
            "summary": {
                "tests": len(tests),
                **counts,
                "suites": len({check.phase for check in report.checks}),
                "start": milliseconds,
                "stop": milliseconds + round(report.seconds * 1000),
                "duration": round(report.seconds * 1000),
            },
            "tests": tests,
            "environment": {key: value for key, value in environment.items() if value},
            "extra": {
                "verdict": report.judgement.verdict,
                "readinessTenths": report.scorecard.readiness,
                "coverageTenths": report.scorecard.coverage,
                "catalogueDigest": report.catalogue_digest,
            },
        },
    }


def _test(check: Check, finding: Finding) -> dict[str, Any]:
    test: dict[str, Any] = {
        "testId": finding.fingerprint,
        "name": f"{check.id}[{finding.subject}]" if finding.subject else check.id,
        "status": STATUS[finding.outcome],
        "rawStatus": finding.outcome,
        "duration": round(finding.seconds * 1000),
        "suite": [check.phase, check.id],
        "type": "readiness",
        "tags": [check.priority, check.domain],
        "labels": {
            "priority": check.priority,
            "domain": check.domain,
            "change": check.change,
            "flaky": finding.flaky,
        },
    }
    if finding.reason:
        test["labels"]["reason"] = finding.reason
    if finding.message:
        test["message"] = finding.message
    if finding.details:
        test["trace"] = finding.details
    if check.source:
        test["filePath"] = check.source.partition("::")[0]
    return test
