"""What the specimens of live checks are made of: ``tests/target.py`` with its defects.

Each case is a set of defects (``tests.target.spellings`` lists them), the variables a target is
started with when the check looks at those, and files beside it where the check joins the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Case:
    """One target."""

    defects: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of a target that is started as a command; without any it is a URL."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path to content, in the repository beside it."""

    settings: str = ""
    """Further lines of readiness.yaml: what nobody can find out."""

    tls: bool = False
    """It is served over https."""

    @property
    def name(self) -> str:
        """What a test id shows."""
        told = [*self.defects, *(f"{k}={v[:12]}" for k, v in self.environment.items())]
        return "+".join([*told, *self.files, *(["https"] if self.tls else [])]) or "sound"


@dataclass(frozen=True)
class Live:
    """Cases that a check must pass, and cases that it must fail or warn about."""

    good: tuple[Case, ...]
    bad: tuple[Case, ...]


SOUND = Case()
SECRET = "8c1f04be9d27a35e60f1b8d47c92ae3506fd91b2"  # noqa: S105 - of a target that lives for one test
OTHER = "e57b20d9f4136ac8805de7b91c3f24a6d0981e7c"


def defect(*names: str) -> tuple[Case, ...]:
    """One case for each defect."""
    return tuple(Case((name,)) for name in names)


def headers(*variants: str) -> tuple[Case, ...]:
    """A case for each answer with other headers."""
    return defect(*(f"headers:{variant}" for variant in variants))
