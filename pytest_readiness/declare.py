"""What a check says: who it is, and what it saw.

``check`` and ``suite`` are pytest marks; ``warn``, ``fail``, ``not_applicable`` and
``unverified`` are the words for outcomes that ``assert`` cannot say.
"""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Protocol

import pytest
from _pytest.outcomes import Skipped  # it is pytest.skip.Exception, under a name mypy knows

from pytest_readiness.model import (
    Change,
    Domain,
    Effect,
    Exchange,
    Location,
    Phase,
    Priority,
    Reason,
    Remark,
)


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


P0, P1, P2, P3 = Priority


class Located(Protocol):
    """Anything that knows its place in a file: an instruction, a YAML node, a variable."""

    @property
    def location(self) -> Location: ...


class NotApplicable(Skipped):
    """The subject of the check does not exist here."""

    def __init__(self, message: str, *, declared: bool = False) -> None:
        super().__init__(message, _use_item_location=True)
        self.declared = declared


class Unverified(Skipped):
    """The check could not look."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message, _use_item_location=True)
        self.reason = reason


@dataclass
class Notes:
    """What the running check has said and sent so far; one per test, read when it ends."""

    subject: str = ""
    remarks: list[Remark] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)


_notes: ContextVar[Notes | None] = ContextVar("readiness_notes", default=None)


@contextlib.contextmanager
def notes_open(subject: str) -> Iterator[Notes]:
    """Make fresh notes the current ones for the duration of a check."""
    notes = Notes(subject)
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def current_notes() -> Notes:
    """Notes of the running check; outside of one, a throw-away."""
    return _notes.get() or Notes()


def check(
    id: str,  # noqa: A002 - it is the word for it, and callers pass it by position
    priority: Priority | str,
    *,
    change: Change | str = Change.CODE,
    refs: Sequence[str] = (),
    effect: Effect | str = Effect.READS,
    alone: bool = False,
    phase: Phase | str | None = None,
    domain: Domain | str | None = None,
) -> pytest.MarkDecorator:
    """Make a test a check.

    Args:
        id: kebab-case noun of the defect (``jwt-alg-none``); unique in a run.
        priority: P0 before deployment, P1 first week, P2 first month, P3 later.
        change: what kind of change mends it.
        refs: standards and catalogue codes (``"RFC 8725 3.1"``, ``"CWE-347"``).
        effect: ``intrusive`` or ``disruptive`` when it needs consent.
        alone: it sends bursts or load: never run beside another check, and run last. Disruptive
            ones always are.
        phase: audit phase, where the module has no :func:`suite` or it differs.
        domain: subject area, likewise.

    The values are validated at collection; a wrong one is a usage error that names the check.
    """
    known = {"phase": phase, "domain": domain, "alone": alone or None}
    return pytest.mark.readiness(
        id=id,
        priority=priority,
        change=change,
        refs=tuple(refs),
        effect=effect,
        **{name: value for name, value in known.items() if value is not None},
    )


def suite(phase: Phase | str, domain: Domain | str) -> pytest.MarkDecorator:
    """Give all checks of a module their phase and domain, as its ``pytestmark``."""
    return pytest.mark.readiness_suite(phase=phase, domain=domain)


def warn(message: str, where: Located | Location | None = None) -> None:
    """Record that it works, but not as production needs it; the check goes on."""
    current_notes().remarks.append(Remark(message, _location(where)))


def fail(message: str, where: Located | Location | None = None) -> NoReturn:
    """End the check as failed: what was seen, where, and in other words what to do."""
    __tracebackhide__ = True
    current_notes().remarks.append(Remark(message, _location(where)))
    raise pytest.fail.Exception(message, pytrace=False)


def not_applicable(reason: str) -> NoReturn:
    """End the check because its subject does not exist here; it leaves the denominator."""
    __tracebackhide__ = True
    raise NotApplicable(reason)


def unverified(message: str, reason: Reason | str = Reason.BLOCKED) -> NoReturn:
    """End the check because it could not look; it stays in the denominator."""
    __tracebackhide__ = True
    raise Unverified(message, Reason(reason))


def _location(where: Located | Location | None) -> Location | None:
    if where is None or isinstance(where, Location):
        return where
    return where.location
