"""Bills of materials: CycloneDX and SPDX in JSON, SPDX as tags and values."""

from __future__ import annotations

import contextlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass as shape

from pytest_readiness.probes.dependencies import plain
from pytest_readiness.probes.scans import validated
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from pytest_readiness.probes.repository import Repository


_SHAPE = ConfigDict(extra="ignore", populate_by_name=True)
_NAME: Final = re.compile(
    r"(?:.*[-_.])?(?:s?bom|sbom[-_.].*|.*\.cdx|.*\.spdx)\.json|.*\.spdx|(?:.*[-_.])?sbom[\w.-]*\.json",
    re.IGNORECASE,
)
_MAKERS: Final = re.compile(
    r"anchore/sbom-action|cyclonedx|\bsyft\b|sbom: *true|--sbom\b|spdx|microsoft/sbom-tool",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Sbom:
    """What one says."""

    path: str
    format: str
    """``CycloneDX 1.6``, ``SPDX-2.3``."""
    name: str = ""
    """What it is about; empty where it does not say."""
    version: str = ""
    packages: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)
    """Names in one spelling, and versions."""


def is_named_so(path: str) -> bool:
    """Whether a file is an SBOM by its name."""
    return _NAME.fullmatch(path.rpartition("/")[2]) is not None


def maker(repository: Repository) -> tuple[str, int] | None:
    """The first line of a workflow that makes one."""
    for path in repository.workflows:
        with contextlib.suppress(UnreadableFile):
            for number, line in enumerate(repository.read(path).splitlines(), 1):
                if _MAKERS.search(line.partition("#")[0]):
                    return path, number
    return None


def parse(text: str, path: str) -> Sbom:
    """Read one.

    Raises:
        UnreadableFile: it is neither CycloneDX nor SPDX, or not what its format promises.
    """
    if text.lstrip().startswith("SPDXVersion:"):
        return _tags(text, path)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"it is no JSON: {error.msg.lower()}; CycloneDX and SPDX are read as JSON"
        raise UnreadableFile(path, error.lineno, message) from None
    if isinstance(data, dict) and isinstance(data.get("sbom"), dict):
        data = data["sbom"]  # as GitHub exports it
    if isinstance(data, dict) and "spdxVersion" in data:
        return _spdx(data, path)
    if isinstance(data, dict) and data.get("bomFormat") == "CycloneDX":
        return _cyclonedx(data, path)
    raise UnreadableFile(path, None, "it is neither CycloneDX nor SPDX 2")


@shape(config=_SHAPE)
class _Component:
    name: str
    version: str = ""
    group: str = ""


@shape(config=_SHAPE)
class _Metadata:
    component: _Component | None = None


@shape(config=_SHAPE)
class _CycloneDx:
    spec_version: str = Field(alias="specVersion")
    metadata: _Metadata = Field(default_factory=_Metadata)
    components: list[_Component] = Field(default_factory=list)


def _cyclonedx(data: dict[str, Any], path: str) -> Sbom:
    read: _CycloneDx = validated(_CycloneDx, data, path, "CycloneDX document")
    top = read.metadata.component
    return Sbom(
        path,
        f"CycloneDX {read.spec_version}",
        top.name if top else "",
        top.version if top else "",
        frozenset(
            (plain(f"{one.group}/{one.name}" if one.group else one.name), one.version)
            for one in read.components
        ),
    )


@shape(config=_SHAPE)
class _SpdxPackage:
    name: str
    id: str = Field(alias="SPDXID", default="")
    version: str = Field(alias="versionInfo", default="")


@shape(config=_SHAPE)
class _SpdxRelation:
    element: str = Field(alias="spdxElementId", default="")
    kind: str = Field(alias="relationshipType", default="")
    related: str = Field(alias="relatedSpdxElement", default="")


@shape(config=_SHAPE)
class _Spdx:
    version: str = Field(alias="spdxVersion")
    name: str = ""
    packages: list[_SpdxPackage] = Field(default_factory=list)
    describes: list[str] = Field(alias="documentDescribes", default_factory=list)
    relationships: list[_SpdxRelation] = Field(default_factory=list)


def _spdx(data: dict[str, Any], path: str) -> Sbom:
    read: _Spdx = validated(_Spdx, data, path, "SPDX document")
    tops = {one.related for one in read.relationships if one.kind == "DESCRIBES"}
    tops |= set(read.describes)
    top = next((one for one in read.packages if one.id in tops), None)
    packages = frozenset((plain(one.name), one.version) for one in read.packages if one is not top)
    name, version = (top.name, top.version) if top else (read.name, "")
    return Sbom(path, read.version, name, version, packages)


def _tags(text: str, path: str) -> Sbom:
    version = re.search(r"^SPDXVersion:\s*(\S+)", text, re.MULTILINE)
    name = re.search(r"^DocumentName:\s*(.+?)\s*$", text, re.MULTILINE)
    packages = set()
    for block in text.split("PackageName:")[1:]:
        told = re.search(r"^PackageVersion:\s*(\S+)", block, re.MULTILINE)
        packages.add((plain(block.splitlines()[0].strip()), told[1] if told else ""))
    about = name[1] if name else ""
    own = next((one for one in packages if one[0] == plain(about)), None)
    return Sbom(
        path,
        version[1] if version else "SPDX",
        about,
        own[1] if own else "",
        frozenset(packages - {own}) if own else frozenset(packages),
    )
