"""GitHub workflows, as zizmor sees them: one place for what its JSON means.

Its determinations decide, because they are made for each finding: what it is sure of and calls
high, what it calls medium, and what it is not sure of or calls low.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from pytest_readiness.model import Location


if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.probes.repository import Repository
    from pytest_readiness.probes.unreadable import UnreadableFile


_FIRST_PARTY: Final = re.compile(r"""uses:\s*["']?(?:actions|github)/|^["']?(?:actions|github)/""")
"""Actions of the host that runs the workflow; who can change them can do anything anyway."""
_MILD: Final = frozenset({"dangerous-triggers"})
"""Audits that cannot tell use from abuse: a labeler may run on pull_request_target."""


@dataclass(frozen=True)
class Workflow:
    """One workflow, or one action that the repository keeps."""

    path: str
    weaknesses: tuple[Weakness, ...] = ()
    problem: UnreadableFile | None = None
    """Why GitHub cannot read it."""


@dataclass(frozen=True)
class Weakness:
    """One thing that zizmor found."""

    id: str
    """Of the audit: ``template-injection``."""
    message: str
    location: Location
    severity: str
    """high, medium, low or informational, as zizmor says."""
    sure: bool
    """Its confidence is medium or high."""
    first_party: bool = False
    """It is about an action of GitHub's own."""

    @property
    def serious(self) -> bool:
        return (
            self.sure and self.severity == "high" and not self.first_party and self.id not in _MILD
        )

    @property
    def notable(self) -> bool:
        """Not serious, and not to be passed over either."""
        return self.sure and self.severity in {"high", "medium"} and not self.serious

    def __str__(self) -> str:
        return f"{self.id}: {self.message}"


def files(repository: Repository) -> tuple[str, ...]:
    """Workflows, and actions that the repository keeps for them."""
    own = re.compile(r"(?:\.github/actions/.+/)?action\.ya?ml|\.github/actions/.+/action\.ya?ml")
    actions = (path for path in repository.files if own.fullmatch(path))
    return tuple(sorted({*repository.workflows, *actions}))


def weaknesses(found: Iterable[dict[str, Any]], path: str) -> list[Weakness]:
    """Findings that nobody ignored, in the order of lines; what is the same is told once."""
    every = [_weakness(one, path) for one in found if not one.get("ignored") and _counts(one)]
    places = Counter(str(one) for one in every)
    first: dict[str, Weakness] = {}
    for one in sorted(every, key=lambda one: (one.location.line or 0, one.id)):
        first.setdefault(str(one), one)
    return [
        replace(one, message=f"{one.message}, in {places[said]} places")
        if places[said] > 1
        else one
        for said, one in first.items()
    ]


def _counts(one: dict[str, Any]) -> bool:
    """Whether it is more than style: of those for pedants a token that may do everything is."""
    if one.get("determinations", {}).get("persona", "Regular") == "Regular":
        return True
    said = [place.get("symbolic", {}).get("annotation", "") for place in one.get("locations", ())]
    return one.get("ident") == "excessive-permissions" and any("write-all" in text for text in said)


def _weakness(one: dict[str, Any], path: str) -> Weakness:
    determined = one.get("determinations", {})
    places = one.get("locations", [])
    first = next(
        (place for place in places if place.get("symbolic", {}).get("kind") == "Primary"),
        places[0] if places else {},
    )
    concrete = first.get("concrete", {})
    row = concrete.get("location", {}).get("start_point", {}).get("row")
    feature = str(concrete.get("feature", "")).strip()
    said = str(first.get("symbolic", {}).get("annotation", "")).strip()
    said = said.removesuffix(" (required by blanket policy)")
    identity = str(one.get("ident", ""))
    shown = f" ({feature})" if feature and "\n" not in feature and len(feature) < 80 else ""  # noqa: PLR2004
    return Weakness(
        id=identity,
        message=f"{one.get('desc', '')}: {said}{shown}"
        if said != one.get("desc")
        else said + shown,
        location=Location(path, row + 1 if isinstance(row, int) else None),
        severity=str(determined.get("severity", "")).lower(),
        sure=str(determined.get("confidence", "")).lower() in {"medium", "high"},
        first_party=identity == "unpinned-uses" and bool(_FIRST_PARTY.search(feature)),
    )
