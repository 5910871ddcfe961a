"""``readiness.sarif``: the failed findings for code scanning, in SARIF 2.1.0.

Failures only: GitHub opens an alert for each result. What could not be looked at is told as a
notification of the run, so that its absence is not taken for a pass. What GitHub demands beyond
the standard is kept: a file and a line for each result, ``primaryLocationLineHash`` as the only
fingerprint it uses, at most 25,000 results and 10 tags.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pytest_readiness.model import Domain, Location, Outcome, Priority
from pytest_readiness.reports.failures import NOWHERE, Failure, everything, failures


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import AuditReport, Check, Finding


SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS = {
    Priority.P0: "error",
    Priority.P1: "error",
    Priority.P2: "warning",
    Priority.P3: "note",
}
SEVERITIES = {Priority.P0: "9.5", Priority.P1: "8.0", Priority.P2: "5.5", Priority.P3: "2.0"}
"""GitHub shows them as critical, high, medium and low."""
MOST_RESULTS = 25_000
"""GitHub refuses a file with more."""
MOST_PLACES = 100
MOST_TAGS = 10
LONGEST = 1024
"""Characters of a description that GitHub shows."""

_CWE = re.compile(r"CWE-(\d+)")


def render(report: AuditReport) -> str:
    """The log as one line of JSON; a lone surrogate becomes a question mark."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    failed = failures(report)
    rules = {check.id: number for number, check in enumerate(report.checks)}
    shared = {check.id: _shared(check, rules[check.id]) for check in report.checks}
    # One by one: a tree of ten thousand results in memory takes twice as long.
    results = [encode(_result(one, shared[one.check.id])) for one in failed[:MOST_RESULTS]]
    frame = encode(_frame(report, rules, len(failed)))
    text = f"{frame.removesuffix(_END)}[{','.join(results)}]}}]}}"
    return text.encode("utf-8", "replace").decode("utf-8")


_END = "[]}]}"
"""What the frame ends with: the results are the last thing in it."""


def _frame(report: AuditReport, rules: dict[str, int], failed: int) -> dict[str, Any]:
    """The log without its results."""
    run = {
        "tool": {
            "driver": {
                "name": "pytest-readiness",
                "version": report.tool_version,
                "rules": [_rule(check) for check in report.checks],
            }
        },
        "automationDetails": {
            "id": f"readiness/{quote(_profile(report), safe='', errors='replace')}/"
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report, rules, failed)],
        "properties": {
            "verdict": report.judgement.verdict,
            "readinessTenths": report.scorecard.readiness,
            "coverageTenths": report.scorecard.coverage,
            "commit": report.commit,
            "catalogueDigest": report.catalogue_digest,
        },
        "results": [],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _profile(report: AuditReport) -> str:
    return report.target.profile or "default"


def _rule(check: Check) -> dict[str, Any]:
    secure = check.domain is Domain.SECURITY
    tags = [check.domain, check.phase, check.priority, f"change-{check.change}"]
    tags += [f"external/cwe/cwe-{number}" for number in _CWE.findall(" ".join(check.refs))]
    properties: dict[str, Any] = {
        "tags": list(dict.fromkeys(tags))[:MOST_TAGS],
        "precision": "high",
        "problem.severity": _problem_severity(check.priority),
        "priority": check.priority,
        "references": list(check.refs),
    }
    if secure:
        properties["security-severity"] = SEVERITIES[check.priority]
    return {
        "id": check.id,
        "name": check.id,
        "shortDescription": {"text": _cut(_plain(check.title))},
        "fullDescription": {"text": _cut(_plain(f"{check.title} {_sentence(check.why)}".strip()))},
        "help": {"text": _plain(_help(check)), "markdown": _help_markdown(check)},
        "defaultConfiguration": {"level": LEVELS[check.priority]},
        "properties": properties,
    }


def _problem_severity(priority: Priority) -> str:
    level = LEVELS[priority]
    return "recommendation" if level == "note" else level


def _help(check: Check) -> str:
    parts = [
        check.title,
        f"Why: {check.why}" if check.why else "",
        f"Fix: {check.fix}" if check.fix else "",
        f"References: {', '.join(check.refs)}" if check.refs else "",
        f"More: readiness explain {check.id}" if check.bundled else f"Source: {check.source}",
    ]
    return "\n\n".join(part for part in parts if part)


def _help_markdown(check: Check) -> str:
    parts = [
        f"**{check.title}**",
        f"## Why\n\n{_sentence(check.why)}" if check.why else "",
        f"## Fix\n\n{_sentence(check.fix)}" if check.fix else "",
        f"## References\n\n{', '.join(check.refs)}" if check.refs else "",
        f"`readiness explain {check.id}` says the same." if check.bundled else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _shared(check: Check, number: int) -> dict[str, Any]:
    """What all results of a rule have in common, made once: there may be thousands of them."""
    return {
        "ruleId": check.id,
        "ruleIndex": number,
        "level": LEVELS[check.priority],
        "kind": "fail",
        "properties": {"priority": check.priority},
        # An empty list says that suppressions were looked for, and that there is none.
        "suppressions": [],
    }


def _result(failure: Failure, shared: dict[str, Any]) -> dict[str, Any]:
    finding, accepted, places = failure.finding, failure.accepted, failure.places
    said = failure.message
    if finding.subject not in said:
        said = f"{finding.subject}: {said}"
    result = {
        **shared,
        "message": {"text": _plain(f"{said} ({accepted})" if accepted else said)},
        "locations": [_location(places[0] if places else NOWHERE, finding.subject)],
        "partialFingerprints": {
            "readiness/v1": failure.fingerprint,
            "primaryLocationLineHash": failure.fingerprint,
        },
    }
    if len(places) > 1:
        result["relatedLocations"] = [_location(place) for place in places[1:MOST_PLACES]]
    if accepted:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": accepted}
        ]
    return result


def _location(place: Location, subject: str = "") -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.path, errors="replace")},
            "region": {"startLine": max(place.line or 1, 1)},
        }
    }
    if subject:
        location["logicalLocations"] = [{"fullyQualifiedName": subject, "kind": "subject"}]
    return location


def _invocation(report: AuditReport, rules: dict[str, int], failed: int) -> dict[str, Any]:
    return {
        "executionSuccessful": not report.interrupted,
        "startTimeUtc": _utc(report.started),
        "toolExecutionNotifications": [
            *_notes_on_run(report, failed),
            *(
                _note(finding, rules[check.id])
                for check, finding in everything(report)
                if finding.outcome in {Outcome.SKIPPED, Outcome.ERROR}
            ),
        ],
    }


def _notes_on_run(report: AuditReport, failed: int) -> Iterator[dict[str, Any]]:
    if report.interrupted:
        text = f"The run ended early: {report.interrupted}."
        yield {"level": "error", "message": {"text": _plain(text)}}
    if failed > MOST_RESULTS:
        text = f"{failed - MOST_RESULTS} more failures are in readiness.json; a file holds 25,000."
        yield {"level": "warning", "message": {"text": text}}


def _note(finding: Finding, rule: int) -> dict[str, Any]:
    why = f"{finding.reason}: " if finding.reason else ""
    said = f"{finding.subject}: " if finding.subject else ""
    text = f"Not looked at. {said}{why}{finding.message}"
    return {
        "level": "error" if finding.outcome is Outcome.ERROR else "warning",
        "associatedRule": {"id": finding.check, "index": rule},
        "message": {"text": _plain(text)},
    }


def _utc(started: str) -> str:
    return datetime.fromisoformat(started).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(text: str) -> str:
    """Text without links: the target may have written it."""
    return text.replace("](", "] (")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3].rstrip()}..."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
