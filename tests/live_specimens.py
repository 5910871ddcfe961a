"""The specimens of checks that look at a running system: ``tests/target.py`` with its defects.

Each way of running it is audited as a URL that somebody authorised, or, where the check reads the
environment that the target was started with, as a process that the audit starts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Mapping


AUTH = """\
auth:
  login: POST /api/auth/login
  register: POST /api/auth/register
  refresh: POST /api/auth/refresh
  logout: POST /api/auth/logout
  delete: DELETE /api/users/me
operations:
  protected: GET /api/users/me
"""


@dataclass(frozen=True)
class Way:
    """One way of running the target."""

    defects: frozenset[str] = frozenset()
    environment: Mapping[str, str] | None = None
    """Given: the audit starts the target with it."""
    files: Mapping[str, str] = field(default_factory=dict)
    """By path, beside readiness.yaml."""

    def __str__(self) -> str:
        words = [*sorted(self.defects), *(self.environment or {}), *self.files]
        return "+".join(words) or "sound"


def defects(*names: str, **more: Mapping[str, str]) -> Way:
    """Run the target with these defects; ``environment=`` and ``files=`` beside them."""
    return Way(frozenset(names), **more)


@dataclass(frozen=True)
class LiveSpecimen:
    """What a check must pass, and what it must not."""

    bad: tuple[Way, ...]
    good: tuple[Way, ...] = (Way(),)
    config: str = AUTH
    """What readiness.yaml says beside the target and the consent."""


LIVE: dict[str, LiveSpecimen] = {
    "unreachable-target": LiveSpecimen(bad=(defects("reset-connection:*"),), config=""),
    "unhealthy": LiveSpecimen(
        bad=(defects("unhealthy:503"), defects("unhealthy:200")),
        config="",
    ),
}
"""By the id of the check."""
