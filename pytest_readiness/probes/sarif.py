"""SARIF 2.1.0, as Semgrep, CodeQL, Bandit, Trivy, Grype, Snyk, ZAP and others write it.

The rules are those of the OASIS standard: what a missing level means (3.27.10), when a result is
suppressed (3.35), what became of it since the baseline (3.27.24). ``security-severity`` is
GitHub's property of a rule, a CVSS score.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any, Final
from urllib.parse import unquote

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass

from pytest_readiness.model import Location
from pytest_readiness.probes.scans import (
    Flaw,
    Image,
    Scan,
    Severity,
    by_score,
    moment,
    validated,
)
from pytest_readiness.probes.unreadable import UnreadableFile


_SHAPE = ConfigDict(extra="ignore", alias_generator=to_camel)
_LEVELS: Final = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "none": Severity.NONE,
}
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_LONGEST: Final = 160


@dataclass(config=_SHAPE)
class _Message:
    text: str = ""


@dataclass(config=_SHAPE)
class _Configuration:
    level: str = "warning"


@dataclass(config=_SHAPE)
class _Rule:
    id: str
    default_configuration: _Configuration = field(default_factory=_Configuration)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(config=_SHAPE)
class _Component:
    name: str
    version: str | None = None
    semantic_version: str | None = None
    rules: list[_Rule] = field(default_factory=list)


@dataclass(config=_SHAPE)
class _Tool:
    driver: _Component
    extensions: list[_Component] = field(default_factory=list)


@dataclass(config=_SHAPE)
class _Reference:
    id: str = ""
    index: int = -1
    tool_component: _Reference | None = None


@dataclass(config=_SHAPE)
class _File:
    uri: str = ""


@dataclass(config=_SHAPE)
class _Region:
    start_line: int | None = None


@dataclass(config=_SHAPE)
class _Physical:
    artifact_location: _File = field(default_factory=_File)
    region: _Region = field(default_factory=_Region)


@dataclass(config=_SHAPE)
class _Place:
    physical_location: _Physical = field(default_factory=_Physical)


@dataclass(config=_SHAPE)
class _Suppression:
    status: str = "accepted"


@dataclass(config=_SHAPE)
class _Result:
    message: _Message
    rule_id: str = ""
    rule_index: int = -1
    rule: _Reference | None = None
    level: str | None = None
    kind: str = "fail"
    baseline_state: str | None = None
    suppressions: list[_Suppression] | None = None
    locations: list[_Place] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(config=_SHAPE)
class _Invocation:
    execution_successful: bool
    start_time_utc: str = ""
    end_time_utc: str = ""


@dataclass(config=_SHAPE)
class _Provenance:
    revision_id: str = ""


@dataclass(config=_SHAPE)
class _Artifact:
    location: _File = field(default_factory=_File)
    hashes: dict[str, str] = field(default_factory=dict)


@dataclass(config=_SHAPE)
class _Run:
    tool: _Tool
    results: list[_Result] | None = None
    invocations: list[_Invocation] = field(default_factory=list)
    artifacts: list[_Artifact] = field(default_factory=list)
    version_control_provenance: list[_Provenance] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(config=_SHAPE)
class _Log:
    version: str
    runs: list[_Run]


def read(data: object, path: str) -> Scan:
    """Read a SARIF log; all of its runs count as one scan.

    Raises:
        UnreadableFile: it is not SARIF 2.1.0, or has no run.
    """
    log: _Log = validated(_Log, data, path, "SARIF 2.1.0 log")
    if log.version != "2.1.0":
        message = f"it is SARIF {log.version}, and 2.1.0 is read; newer versions of tools write it"
        raise UnreadableFile(path, None, message)
    if not log.runs:
        raise UnreadableFile(
            path, None, "it is a SARIF log without a run: no scanner wrote into it"
        )
    runs = log.runs
    times = [
        found
        for run in runs
        for one in run.invocations
        if (found := moment(one.end_time_utc) or moment(one.start_time_utc))
    ]
    return Scan(
        path=path,
        tool=" and ".join(dict.fromkeys(run.tool.driver.name for run in runs)),
        version=runs[0].tool.driver.semantic_version or runs[0].tool.driver.version or "",
        made=min(times) if times else None,
        finished=all(_finished(run) for run in runs),
        looked=all(_looked(run) for run in runs),
        commits=frozenset(
            one.revision_id.lower()
            for run in runs
            for one in run.version_control_provenance
            if one.revision_id
        ),
        digests={
            _relative(file.location.uri): file.hashes["sha-256"].lower()
            for run in runs
            for file in run.artifacts
            if file.location.uri and "sha-256" in file.hashes
        },
        image=next((image for run in runs if (image := _image(run.properties))), None),
        flaws=tuple(flaw for run in runs for one in run.results or () if (flaw := _flaw(run, one))),
    )


def _finished(run: _Run) -> bool:
    # Without results (3.14.23) nothing was looked at: the key is there, and empty, when it was.
    return run.results is not None and all(one.execution_successful for one in run.invocations)


def _looked(run: _Run) -> bool:
    """Whether rules, files or lines show that there was something to be found by something.

    Bandit names no rule that found nothing, and counts the lines that it read.
    """
    parts = (run.tool.driver, *run.tool.extensions)
    metrics = run.properties.get("metrics")
    total = metrics.get("_totals") if isinstance(metrics, dict) else None
    lines = total.get("loc") if isinstance(total, dict) else 0
    return any(part.rules for part in parts) or bool(run.artifacts) or bool(lines)


def _flaw(run: _Run, result: _Result) -> Flaw | None:
    if result.kind not in {"fail", "open", "review"} or result.baseline_state == "absent":
        return None
    rule = _rule(run, result)
    score = by_score(result.properties.get("security-severity"))
    if score is Severity.UNTOLD and rule is not None:
        score = by_score(rule.properties.get("security-severity"))
    if score is Severity.UNTOLD:
        level = result.level or (rule.default_configuration.level if rule else "warning")
        score = _LEVELS.get(level, Severity.MEDIUM)
    place = result.locations[0].physical_location if result.locations else _Physical()
    uri = _relative(place.artifact_location.uri)
    suppressed = result.suppressions or []
    return Flaw(
        id=result.rule_id or (rule.id if rule else "") or "a result without a rule",
        severity=score,
        about=_first_line(result.message.text),
        location=Location(uri, place.region.start_line) if uri else None,
        accepted=bool(suppressed) and all(one.status == "accepted" for one in suppressed),
    )


def _rule(run: _Run, result: _Result) -> _Rule | None:
    """The rule of a result: by index where it has one, else by id; 3.27.5 to 3.27.7."""
    reference = result.rule or _Reference()
    component = run.tool.driver
    if reference.tool_component is not None and reference.tool_component.index >= 0:
        within = run.tool.extensions[reference.tool_component.index :]
        component = within[0] if within else component
    index = reference.index if reference.index >= 0 else result.rule_index
    if 0 <= index < len(component.rules):
        return component.rules[index]
    name = result.rule_id or reference.id
    known = {
        rule.id: rule for part in (*run.tool.extensions, run.tool.driver) for rule in part.rules
    }
    return known.get(name) or known.get(name.rpartition("/")[0])


def _image(properties: dict[str, Any]) -> Image | None:
    """Trivy's and others' properties of a run about a container image."""
    name = properties.get("imageName")
    if not isinstance(name, str) or not name:
        return None
    told = [properties.get("imageID"), name, *(properties.get("repoDigests") or ())]
    digests = {match[0] for one in told if (match := _DIGEST.search(str(one)))}
    return Image(name, frozenset(digests))


def _relative(uri: str) -> str:
    return unquote(uri.removeprefix("file://")).removeprefix("./")


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
