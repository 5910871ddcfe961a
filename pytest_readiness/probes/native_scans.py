"""Reports of scanners in formats of their own, where SARIF would say less.

A clean report in SARIF often names neither the packages that were looked at nor the image; these
do. Each reader is for the JSON that the tool writes: pip-audit 2, npm 7 and later, Trivy's schema
2, Grype, OSV-Scanner, and CycloneDX 1.2 and later.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING, Any, Final

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from pytest_readiness.probes.scans import (
    Flaw,
    Image,
    Scan,
    Severity,
    by_score,
    by_word,
    moment,
    validated,
)
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_SHAPE = ConfigDict(extra="ignore", populate_by_name=True)
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_NOT_EXPLOITABLE: Final = frozenset(
    {"resolved", "resolved_with_pedigree", "false_positive", "not_affected"}
)
"""States of CycloneDX's ``analysis`` that close a vulnerability."""
_REVISION: Final = "org.opencontainers.image.revision"

Json = dict[str, Any]


def read(data: object, path: str) -> Scan:
    """Read a report by the keys that only its format has.

    Raises:
        UnreadableFile: it is none of the known formats, or not what its format promises.
    """
    if isinstance(data, dict):
        for keys, reader in _READERS:
            if keys <= data.keys() and "errors" not in data:
                return reader(data, path)
        if "error" in data or "statusCode" in data:
            said = data.get("message") or "its own error"
            raise UnreadableFile(path, None, f"the scanner wrote an error and no report: {said}")
        if {"results", "errors"} <= data.keys():
            raise UnreadableFile(
                path, None, "it is JSON of Semgrep or Bandit: have it written as SARIF"
            )
        if "bomFormat" in data:
            raise UnreadableFile(
                path, None, "it is an SBOM without `vulnerabilities`: nobody looked for any"
            )
    raise UnreadableFile(
        path,
        None,
        "it is no report that is read here: SARIF, CycloneDX with vulnerabilities, or the JSON of"
        " pip-audit, npm audit, Trivy, Grype or OSV-Scanner",
    )


# --- pip-audit -----------------------------------------------------------------------------------


@dataclass(config=_SHAPE)
class _PipFlaw:
    id: str
    fix_versions: list[str] = field(default_factory=list)


@dataclass(config=_SHAPE)
class _PipPackage:
    name: str
    version: str = ""
    skip_reason: str = ""
    vulns: list[_PipFlaw] = field(default_factory=list)


@dataclass(config=_SHAPE)
class _PipReport:
    dependencies: list[_PipPackage]


def _pip_audit(data: Json, path: str) -> Scan:
    """It tells no severity; a package that it could not find is told by ``skip_reason`` alone."""
    report: _PipReport = validated(_PipReport, data, path, "report of pip-audit")
    seen = [one for one in report.dependencies if not one.skip_reason]
    return Scan(
        path=path,
        tool="pip-audit",
        looked=bool(report.dependencies),
        packages=frozenset((_plain(one.name), one.version) for one in seen),
        unseen=tuple(one.name for one in report.dependencies if one.skip_reason),
        flaws=tuple(
            Flaw(
                flaw.id,
                Severity.UNTOLD,
                f"{one.name} {one.version}".strip(),
                fix=", ".join(flaw.fix_versions),
            )
            for one in seen
            for flaw in one.vulns
        ),
    )


# --- npm audit -----------------------------------------------------------------------------------


@dataclass(config=_SHAPE)
class _NpmPackage:
    name: str
    severity: str
    range: str = ""
    via: list[Json | str] = field(default_factory=list)


@dataclass(config=_SHAPE)
class _NpmReport:
    vulnerabilities: dict[str, _NpmPackage]
    metadata: Json


def _npm_audit(data: Json, path: str) -> Scan:
    """Each advisory once; a package that only depends on a flawed one has none of its own."""
    report: _NpmReport = validated(_NpmReport, data, path, "report of npm audit")
    counted = report.metadata.get("dependencies")
    total = counted.get("total") if isinstance(counted, dict) else counted
    flaws: dict[tuple[str, str], Flaw] = {}
    for package in report.vulnerabilities.values():
        for one in package.via:
            if isinstance(one, dict):
                name = str(one.get("url", "")).rpartition("/")[2] or str(one.get("title", ""))
                severity = by_word(one.get("severity", package.severity))
                about = f"{one.get('name', package.name)} {one.get('range', package.range)}"
                flaws[name, about] = Flaw(name, severity, about)
    return Scan(
        path=path,
        tool="npm audit",
        looked=isinstance(total, int) and total > 0,
        flaws=tuple(flaws.values()),
    )


# --- Trivy ---------------------------------------------------------------------------------------


@dataclass(config=_SHAPE)
class _TrivyFlaw:
    id: str = Field(alias="VulnerabilityID")
    package: str = Field(alias="PkgName", default="")
    version: str = Field(alias="InstalledVersion", default="")
    fixed: str = Field(alias="FixedVersion", default="")
    severity: str = Field(alias="Severity", default="UNKNOWN")


@dataclass(config=_SHAPE)
class _TrivyPackage:
    name: str = Field(alias="Name")
    version: str = Field(alias="Version", default="")


@dataclass(config=_SHAPE)
class _TrivyResult:
    target: str = Field(alias="Target", default="")
    packages: list[_TrivyPackage] | None = Field(alias="Packages", default=None)
    vulnerabilities: list[_TrivyFlaw] | None = Field(alias="Vulnerabilities", default=None)


@dataclass(config=_SHAPE)
class _TrivyMetadata:
    image_id: str = Field(alias="ImageID", default="")
    repo_digests: list[str] = Field(alias="RepoDigests", default_factory=list)
    image_config: Json = Field(alias="ImageConfig", default_factory=dict)
    commit: str = Field(alias="Commit", default="")


@dataclass(config=_SHAPE)
class _TrivyReport:
    artifact: str = Field(alias="ArtifactName")
    kind: str = Field(alias="ArtifactType", default="")
    created: str = Field(alias="CreatedAt", default="")
    metadata: _TrivyMetadata = Field(alias="Metadata", default_factory=_TrivyMetadata)
    results: list[_TrivyResult] | None = Field(alias="Results", default=None)
    trivy: Json = Field(alias="Trivy", default_factory=dict)


def _trivy(data: Json, path: str) -> Scan:
    report: _TrivyReport = validated(_TrivyReport, data, path, "report of Trivy")
    results = report.results or []
    image = None
    if report.kind == "container_image":
        told = [report.metadata.image_id, report.artifact, *report.metadata.repo_digests]
        image = Image(report.artifact, _digests(told), _revision(report.metadata.image_config))
    return Scan(
        path=path,
        tool="Trivy",
        version=str(report.trivy.get("Version", "")),
        made=moment(report.created),
        looked=bool(results),
        commits=frozenset(filter(None, [report.metadata.commit.lower()])),
        packages=frozenset(
            (_plain(one.name), one.version) for result in results for one in result.packages or ()
        ),
        image=image,
        flaws=tuple(
            Flaw(
                one.id, by_word(one.severity), f"{one.package} {one.version}".strip(), fix=one.fixed
            )
            for result in results
            for one in result.vulnerabilities or ()
        ),
    )


def _revision(configuration: Json) -> str:
    inner = configuration.get("config")
    labels = inner.get("Labels") if isinstance(inner, dict) else None
    return str(labels.get(_REVISION, "")).lower() if isinstance(labels, dict) else ""


# --- Grype ---------------------------------------------------------------------------------------


@dataclass(config=_SHAPE)
class _GrypeFlaw:
    id: str
    severity: str = "Unknown"
    fix: Json = field(default_factory=dict)


@dataclass(config=_SHAPE)
class _GrypePackage:
    name: str
    version: str = ""


@dataclass(config=_SHAPE)
class _GrypeMatch:
    vulnerability: _GrypeFlaw
    artifact: _GrypePackage


@dataclass(config=_SHAPE)
class _GrypeSource:
    type: str
    target: Json | str = ""


@dataclass(config=_SHAPE)
class _GrypeReport:
    matches: list[_GrypeMatch]
    descriptor: Json
    source: _GrypeSource | None = None


def _grype(data: Json, path: str) -> Scan:
    """What its configuration ignores stands in ``ignoredMatches`` and is not looked at."""
    report: _GrypeReport = validated(_GrypeReport, data, path, "report of Grype")
    image = None
    source = report.source
    if source is not None and source.type == "image" and isinstance(source.target, dict):
        target = source.target
        told = [target.get("manifestDigest"), target.get("imageID"), target.get("userInput")]
        labels = target.get("labels")
        revision = str(labels.get(_REVISION, "")).lower() if isinstance(labels, dict) else ""
        digests = _digests([*told, *(target.get("repoDigests") or ())])
        image = Image(str(target.get("userInput", "")), digests, revision)
    return Scan(
        path=path,
        tool="Grype",
        version=str(report.descriptor.get("version", "")),
        made=moment(report.descriptor.get("timestamp")),
        looked=source is not None,
        image=image,
        flaws=tuple(
            Flaw(
                one.vulnerability.id,
                by_word(one.vulnerability.severity),
                f"{one.artifact.name} {one.artifact.version}".strip(),
                fix=", ".join(map(str, one.vulnerability.fix.get("versions") or ())),
            )
            for one in report.matches
        ),
    )


# --- OSV-Scanner ---------------------------------------------------------------------------------


@dataclass(config=_SHAPE)
class _OsvName:
    name: str
    version: str = ""


@dataclass(config=_SHAPE)
class _OsvGroup:
    ids: list[str]
    max_severity: str = ""


@dataclass(config=_SHAPE)
class _OsvPackage:
    package: _OsvName
    groups: list[_OsvGroup] | None = None
    vulnerabilities: list[Json] | None = None


@dataclass(config=_SHAPE)
class _OsvSource:
    packages: list[_OsvPackage]


@dataclass(config=_SHAPE)
class _OsvReport:
    results: list[_OsvSource]


def _osv(data: Json, path: str) -> Scan:
    """A group holds one flaw under all its ids; packages without one need ``--all-packages``."""
    report: _OsvReport = validated(_OsvReport, data, path, "report of OSV-Scanner")
    packages = [one for result in report.results for one in result.packages]
    return Scan(
        path=path,
        tool="OSV-Scanner",
        looked=bool(packages),
        packages=frozenset((_plain(one.package.name), one.package.version) for one in packages),
        flaws=tuple(flaw for one in packages for flaw in _osv_flaws(one)),
    )


def _osv_flaws(one: _OsvPackage) -> Iterator[Flaw]:
    words: dict[str, Severity] = {}
    for told in one.vulnerabilities or ():
        specific = told.get("database_specific")
        word = specific.get("severity") if isinstance(specific, dict) else ""
        words[str(told.get("id", ""))] = by_word(word)
    for group in one.groups or ():
        severity = by_score(group.max_severity)
        if severity is Severity.UNTOLD:
            told_so = [words[name] for name in group.ids if words.get(name, Severity.UNTOLD) != 3]  # noqa: PLR2004
            severity = max(told_so, default=Severity.UNTOLD)
        about = f"{one.package.name} {one.package.version}".strip()
        yield Flaw(group.ids[0] if group.ids else "a flaw without id", severity, about)


# --- CycloneDX -----------------------------------------------------------------------------------


@dataclass(config=_SHAPE)
class _Component:
    name: str
    version: str = ""
    type: str = ""
    group: str = ""
    purl: str = ""
    properties: list[Json] = field(default_factory=list)
    bom_ref: str = Field(alias="bom-ref", default="")
    components: list[_Component] = field(default_factory=list)


@dataclass(config=_SHAPE)
class _CycloneFlaw:
    id: str
    source: Json = field(default_factory=dict)
    ratings: list[Json] = field(default_factory=list)
    analysis: Json = field(default_factory=dict)
    affects: list[Json] = field(default_factory=list)


@dataclass(config=_SHAPE)
class _CycloneMetadata:
    timestamp: str = ""
    component: _Component | None = None
    tools: Any = None


@dataclass(config=_SHAPE)
class _CycloneReport:
    vulnerabilities: list[_CycloneFlaw]
    metadata: _CycloneMetadata = field(default_factory=_CycloneMetadata)
    components: list[_Component] = field(default_factory=list)


def _cyclonedx(data: Json, path: str) -> Scan:
    report: _CycloneReport = validated(_CycloneReport, data, path, "CycloneDX document")
    names = {one.bom_ref or one.purl: f"{one.name} {one.version}" for one in report.components}
    top = report.metadata.component
    image = None
    if top is not None and top.type == "container":
        told = [top.purl, top.name, top.version, *(one.get("value") for one in top.properties)]
        image = Image(top.name, _digests(told))
    tool, version = _made_by(report.metadata.tools)
    return Scan(
        path=path,
        tool=tool,
        version=version,
        made=moment(report.metadata.timestamp),
        looked=bool(report.components),
        packages=frozenset(
            (_plain(f"{one.group}/{one.name}" if one.group else one.name), one.version)
            for one in report.components
        ),
        image=image,
        flaws=tuple(
            Flaw(
                one.id,
                _rated(one),
                ", ".join(
                    names.get(ref, ref) for each in one.affects if (ref := str(each.get("ref", "")))
                ),
                accepted=one.analysis.get("state") in _NOT_EXPLOITABLE,
            )
            for one in report.vulnerabilities
        ),
    )


def _rated(flaw: _CycloneFlaw) -> Severity:
    """The rating of the source that the flaw is told from, else the worst of all."""
    name = flaw.source.get("name")
    rated = [(one.get("source"), _rating(one)) for one in flaw.ratings]
    told = [(source, severity) for source, severity in rated if severity != Severity.UNTOLD]
    own = [
        severity
        for source, severity in told
        if isinstance(source, dict) and source.get("name") == name
    ]
    return max(own or [severity for _, severity in told], default=Severity.UNTOLD)


def _rating(rating: Json) -> Severity:
    severity = by_word(rating.get("severity"))
    return by_score(rating.get("score")) if severity is Severity.UNTOLD else severity


def _made_by(tools: Any) -> tuple[str, str]:
    """Name and version of the tool, in the form of 1.4 and before or of 1.5."""
    listed = tools.get("components") if isinstance(tools, dict) else tools
    first = listed[0] if isinstance(listed, list) and listed else {}
    if not isinstance(first, dict):
        return "", ""
    return str(first.get("name", "")), str(first.get("version", ""))


# -------------------------------------------------------------------------------------------------


def _digests(told: list[Any]) -> frozenset[str]:
    return frozenset(match[0] for one in told if (match := _DIGEST.search(str(one))))


def _plain(name: str) -> str:
    """Names of Python packages in one spelling (PEP 503); those of others stay different ones."""
    return re.sub(r"[-_.]+", "-", name).lower()


_READERS: tuple[tuple[frozenset[str], Callable[[Json, str], Scan]], ...] = (
    (frozenset({"SchemaVersion", "ArtifactName"}), _trivy),
    (frozenset({"matches", "descriptor"}), _grype),
    (frozenset({"auditReportVersion", "vulnerabilities"}), _npm_audit),
    (frozenset({"bomFormat", "vulnerabilities"}), _cyclonedx),
    (frozenset({"dependencies"}), _pip_audit),
    (frozenset({"results"}), _osv),
)
"""Keys that a format always has, the most telling first."""
