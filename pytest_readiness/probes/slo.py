"""Service level objectives: OpenSLO, Sloth, Pyrra, and plain ``slo.yaml`` files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_readiness.probes import yamltree


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import Location
    from pytest_readiness.probes.yamltree import Node


INDICATOR: Final = "an indicator"
TARGET: Final = "a target"
WINDOW: Final = "a window"

_FILE_NAME: Final = re.compile(r"(?:.*[-_.])?(?:slos?|service[-_]level[-_]objectives?)(?:[-_.].*)?")
_LISTS: Final = ("slos", "objectives", "service_level_objectives", "serviceLevelObjectives")
_INDICATORS: Final = (
    "indicator",
    "indicatorRef",
    "sli",
    "sliRef",
    "slis",
    "metric",
    "query",
    "expr",
    "measured_by",
)
_TARGETS: Final = ("target", "targetPercent", "target_percent", "objective", "goal")
_WINDOWS: Final = (
    "window",
    "timeWindow",
    "timeWindows",
    "time_window",
    "windows",
    "period",
    "duration",
)
_NUMBER: Final = re.compile(r"(?:[<>]=?\s*)?\d+(?:\.\d+)?\s*%?")


@dataclass(frozen=True, slots=True)
class Objective:
    """One service level objective."""

    name: str
    missing: frozenset[str]
    """What it does not say, of :data:`INDICATOR`, :data:`TARGET` and :data:`WINDOW`."""
    location: Location
    reference: str = ""
    """Name of the indicator that it leaves to another document; empty where it has its own."""


@dataclass(frozen=True, slots=True)
class SloFile:
    """What one file says about service levels."""

    objectives: tuple[Objective, ...]
    indicators: frozenset[str] = frozenset()
    """Names of the indicators it defines for others (OpenSLO ``kind: SLI``)."""


def is_named_so(path: str) -> bool:
    """Whether a file's name promises objectives: ``slo.yaml``, ``api-slos.yml``."""
    stem = path.rpartition("/")[2].rpartition(".")[0].lower()
    return _FILE_NAME.fullmatch(stem) is not None


def has_objectives(root: Node) -> bool:
    """Whether a document is of a format that is only about objectives, whatever its name."""
    version, kind = root.text_at("apiVersion"), root.text_at("kind")
    return (
        (version.startswith("openslo/") and kind in {"SLO", "SLI"})
        or (version.startswith("sloth.slok.dev/") and kind == "PrometheusServiceLevel")
        or (version.startswith("pyrra.dev/") and kind == "ServiceLevelObjective")
        or (root.text_at("version") == "prometheus/v1" and "slos" in root)
    )


def parse(text: str, path: str) -> SloFile:
    """Read the objectives of a file.

    Args:
        text: what the file holds.
        path: what its locations say, relative to the repository.

    Raises:
        UnreadableFile: it is not valid YAML.
    """
    objectives: list[Objective] = []
    indicators: set[str] = set()
    for root in yamltree.parse(text, path):
        version, kind = root.text_at("apiVersion"), root.text_at("kind")
        if version.startswith("openslo/"):
            if kind == "SLO":
                objectives.append(_openslo(root))
            elif kind == "SLI":
                indicators.add(root.text_at("metadata.name"))
        elif version.startswith("pyrra.dev/"):
            objectives.append(_pyrra(root))
        elif version.startswith("sloth.slok.dev/"):
            objectives += [_sloth(one) for one in _elements(root.get("spec.slos"))]
        elif root.text_at("version") == "prometheus/v1":
            objectives += [_sloth(one) for one in _elements(root.get("slos"))]
        elif not kind:
            objectives += _plain(root)
    return SloFile(tuple(objectives), frozenset(indicators))


def _openslo(root: Node) -> Objective:
    spec = root.get("spec") or root
    targets = _elements(spec.get("objectives"))
    composite = [one for one in targets if _says(one, "indicator", "indicatorRef")]
    own = _says(spec, "indicator", "sli")
    reference = "" if own else (spec.text_at("indicatorRef") or spec.text_at("sliRef"))
    windows = [
        window
        for name in ("timeWindow", "timeWindows")
        for window in _elements(spec.get(name))
        if _says(window, "duration", "count", "calendar")
    ]
    return Objective(
        root.text_at("metadata.name") or "without a name",
        _missing(
            indicator=bool(own or reference or (composite and len(composite) == len(targets))),
            target=bool(targets) and all(_is_target(one) for one in targets),
            window=bool(windows),
        ),
        root.location,
        reference,
    )


def _sloth(node: Node) -> Objective:
    """Sloth measures over 30 days where nothing else is asked of it."""
    sli = node.get("sli")
    return Objective(
        node.text_at("name") or "without a name",
        _missing(
            indicator=sli is not None and any(_is_said(one) for one in sli),
            target=_is_number(node.text_at("objective")),
            window=True,
        ),
        node.location,
    )


def _pyrra(root: Node) -> Objective:
    spec = root.get("spec") or root
    return Objective(
        root.text_at("metadata.name") or "without a name",
        _missing(
            indicator=_says(spec, "indicator"),
            target=_is_number(spec.text_at("target")),
            window=_says(spec, "window"),
        ),
        root.location,
    )


def _plain(root: Node) -> Iterator[Objective]:
    """A team's own form: a list or a mapping of objectives, with what holds for all above it."""
    listed = next((root.get(name) for name in _LISTS if _is_said(root.get(name))), None)
    window = _says(root, *_WINDOWS)
    if listed is None and (root.is_sequence or _says(root, *_TARGETS)):
        listed = root
    if listed is None:
        return
    if listed.is_sequence:
        named = [(one.text_at("name") or one.text_at("id"), one) for one in listed.elements]
    elif _says(listed, *_TARGETS) and any(not one.is_mapping for one in listed):
        named = [(listed.text_at("name"), listed)]
    else:
        named = list(listed.items())
    for name, one in named:
        yield Objective(
            name or "without a name",
            _missing(
                indicator=_says(one, *_INDICATORS),
                target=_is_target(one) or any(map(_is_target, _elements(one.get("objectives")))),
                window=window or _says(one, *_WINDOWS),
            ),
            one.location,
        )


def _missing(*, indicator: bool, target: bool, window: bool) -> frozenset[str]:
    said = {INDICATOR: indicator, TARGET: target, WINDOW: window}
    return frozenset(name for name, there in said.items() if not there)


def _is_target(node: Node) -> bool:
    return any(_is_number(node.text_at(name)) for name in _TARGETS)


def _is_number(text: str) -> bool:
    """``TBD`` and ``${TARGET}`` are no targets yet."""
    return _NUMBER.fullmatch(text.strip()) is not None


def _says(node: Node, *names: str) -> bool:
    return any(_is_said(node.get(name)) for name in names)


def _is_said(node: Node | None) -> bool:
    return node is not None and node.value not in (None, "", [], {})


def _elements(node: Node | None) -> tuple[Node, ...]:
    return () if node is None else node.elements
