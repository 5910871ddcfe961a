"""What a scanner's report says: who looked at what and when, and what is open.

Read are SARIF 2.1.0, CycloneDX 1.2 and later, and the JSON of pip-audit, npm audit, Trivy, Grype
and OSV-Scanner. A report that says less than another leaves fields empty; nothing is assumed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.model import Location


class Severity(IntEnum):
    """How bad a flaw is; one that is not told stands between high and medium."""

    NONE = 0
    LOW = 1
    MEDIUM = 2
    UNTOLD = 3
    HIGH = 4
    CRITICAL = 5

    def __str__(self) -> str:
        return "of untold severity" if self is Severity.UNTOLD else self.name.lower()


CRITICAL_SCORE: Final = 9.0
HIGH_SCORE: Final = 7.0
MEDIUM_SCORE: Final = 4.0
"""Lowest CVSS scores of the ratings, FIRST's CVSS 3.1 specification, section 5."""

_WORDS: Final = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "negligible": Severity.LOW,
    "info": Severity.LOW,
    "none": Severity.NONE,
}
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")


@dataclass(frozen=True)
class Flaw:
    """One thing that a scanner found."""

    id: str
    """CVE-2024-3094, GHSA-..., or the id of a rule."""
    severity: Severity
    about: str
    """Package with its version, or the message of a rule."""
    location: Location | None = None
    """Its line in a file of the repository, as the scanner wrote it."""
    fix: str = ""
    """Version that mends it; empty where none is told."""
    accepted: bool = False
    """Somebody suppressed it, or said that it cannot be exploited here."""

    def __str__(self) -> str:
        text = f"{self.id} ({self.about})" if self.about else self.id
        return f"{text}, mended in {self.fix}" if self.fix else text


@dataclass(frozen=True)
class Image:
    """The container image that was looked at."""

    name: str
    digests: frozenset[str] = frozenset()
    """``sha256:...`` of its manifest, index or configuration."""
    revision: str = ""
    """Commit that its label org.opencontainers.image.revision names."""


@dataclass(frozen=True)
class Scan:
    """One report."""

    path: str
    """As a message names it."""
    tool: str
    version: str = ""
    made: datetime | None = None
    """When it was made, as it says itself; None when it does not."""
    finished: bool = True
    """False when it says itself that it did not end well."""
    looked: bool = False
    """It shows that something was looked at: rules, files, packages."""
    commits: frozenset[str] = frozenset()
    """Commits that it says it is about."""
    digests: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by path of the files that it looked at, where it tells."""
    packages: frozenset[tuple[str, str]] = frozenset()
    """Name and version of all that it looked at, where it lists them."""
    unseen: tuple[str, ...] = ()
    """Packages that it says it could not look at."""
    image: Image | None = None
    flaws: tuple[Flaw, ...] = ()

    @property
    def open(self) -> tuple[Flaw, ...]:
        """What nobody accepted, the worst first."""
        found = [flaw for flaw in self.flaws if not flaw.accepted]
        return tuple(sorted(found, key=lambda flaw: (-flaw.severity, flaw.id, flaw.about)))

    @property
    def name(self) -> str:
        """``Trivy 0.57.1``."""
        return f"{self.tool} {self.version}".strip()


def parse(text: str, path: str) -> Scan:
    """Read a report of any known format.

    Args:
        text: what stands in the file.
        path: how messages name it.

    Raises:
        UnreadableFile: it is no JSON, no known format, or not what its format promises.
    """
    from pytest_readiness.probes import native_scans, sarif

    if not text.strip():
        raise UnreadableFile(path, None, "it is empty; the scanner wrote nothing")
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableFile(path, error.lineno, f"it is no JSON: {error.msg.lower()}") from None
    except RecursionError:
        raise UnreadableFile(path, None, "it is nested too deeply to be a report") from None
    if isinstance(data, dict) and ("runs" in data or "sarif" in str(data.get("$schema", ""))):
        return sarif.read(data, path)
    return native_scans.read(data, path)


def by_word(word: object) -> Severity:
    """Severity that a scanner's word means; untold for one that means none."""
    if not isinstance(word, str):
        return Severity.UNTOLD
    return _WORDS.get(word.strip().lower(), Severity.UNTOLD)


def by_score(score: object) -> Severity:
    """Severity of a CVSS score; untold where there is none."""
    try:
        number = float(str(score))
    except ValueError:
        return Severity.UNTOLD
    if not 0 <= number <= 10:  # noqa: PLR2004 - the scale of CVSS
        return Severity.UNTOLD
    bars = (
        (CRITICAL_SCORE, Severity.CRITICAL),
        (HIGH_SCORE, Severity.HIGH),
        (MEDIUM_SCORE, Severity.MEDIUM),
    )
    least = Severity.LOW if number else Severity.NONE
    return next((severity for bar, severity in bars if number >= bar), least)


def moment(text: object) -> datetime | None:
    """Time of RFC 3339, with as many digits of a second as Go writes; None where it is none."""
    if not isinstance(text, str) or not text:
        return None
    try:
        found = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def validated(shape: type[Any], data: object, path: str, name: str) -> Any:
    """The data as its format promises.

    Raises:
        UnreadableFile: it is something else; the message says at which place.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(shape).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]
        )
        said = first["msg"].removeprefix("Input should be ").removeprefix("a valid ")
        message = f"it is no {name}: at {place.lstrip('.') or 'the top'}: expected {said.lower()}"
        raise UnreadableFile(path, None, message) from None
