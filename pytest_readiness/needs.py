"""What a check needs and sends, told by the fixtures it asks for."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pytest_readiness.model import Effect


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pytest_readiness.model import Check


class Need(StrEnum):
    """Something that an audit has or lacks."""

    TARGET = "target"
    OPENAPI = "openapi"
    LOGIN = "login"
    ADMIN = "admin"
    MODEL = "model"
    POSTGRES = "postgres"
    REDIS = "redis"
    BROWSER = "browser"
    ANSWER = "answer"
    CONSENT = "consent"
    DISRUPTIVE = "disruptive"


_OF_FIXTURE: Mapping[str, Need] = {
    "target": Need.TARGET,
    "openapi": Need.OPENAPI,
    "operation": Need.OPENAPI,
    "promise": Need.OPENAPI,
    "user": Need.LOGIN,
    "other_user": Need.LOGIN,
    "throwaway": Need.LOGIN,
    "walk": Need.LOGIN,
    "admin": Need.ADMIN,
    "completions": Need.MODEL,
    "postgres": Need.POSTGRES,
    "new_postgres": Need.POSTGRES,
    "rehearsal": Need.POSTGRES,
    "redis_server": Need.REDIS,
    "browser": Need.BROWSER,
    "answer": Need.ANSWER,
}


def of_check(check: Check, fixtures: Iterable[str]) -> frozenset[Need]:
    """Everything that a check needs to look at its subject.

    Args:
        check: the check.
        fixtures: names of all fixtures that it asks for, those behind them included.
    """
    found = {_OF_FIXTURE[name] for name in fixtures if name in _OF_FIXTURE}
    if check.effect is not Effect.READS:
        found |= {Need.TARGET, Need.CONSENT}
    if check.effect is Effect.DISRUPTIVE:
        found.add(Need.DISRUPTIVE)
    return frozenset(found)


@dataclass(frozen=True)
class Sending:
    """What a check sends to the target."""

    effect: Effect
    what: str
    """In a few words."""
    to_target: bool


def sending(check: Check, fixtures: Iterable[str]) -> Sending:
    """What a check sends, in a few words; the fixtures are those of :func:`of_check`."""
    names = set(fixtures)
    needs = of_check(check, names)
    if check.effect is Effect.DISRUPTIVE:
        return Sending(check.effect, "signals or stopped services", to_target=True)
    parts = []
    if check.effect is Effect.INTRUSIVE:
        parts.append("attacks, bursts or new accounts")
    elif Need.TARGET in needs:
        parts.append("GETs")
    if Need.LOGIN in needs or Need.ADMIN in needs:
        parts.append("a login")
    if {"operation", "promise"} & names:
        parts.append("for each documented operation")
    if Need.ANSWER in needs:
        return Sending(check.effect, "nothing, a person answers", to_target=False)
    if Need.TARGET not in needs and Need.POSTGRES in needs:
        return Sending(check.effect, "nothing, works on a database of its own", to_target=False)
    if Need.TARGET not in needs:
        return Sending(check.effect, "nothing, reads files", to_target=False)
    return Sending(check.effect, ", ".join(parts), to_target=True)


def bundled_fixtures() -> Mapping[str, frozenset[str]]:
    """By id of a bundled check: the fixtures it asks for, those behind them included.

    They are read from signatures, so that nothing has to be collected.
    """
    from pytest_readiness.audit import FIXTURES
    from pytest_readiness.catalogue import bundled_functions

    known = {
        name: _arguments(value)
        for module in FIXTURES
        for name, value in vars(importlib.import_module(module)).items()
        if type(value).__name__ == "FixtureFunctionDefinition"
    }
    return {check.id: _closure(function, known) for check, function in bundled_functions()}


def _closure(
    function: Callable[..., object], known: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(_arguments(function))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += known.get(name, ())
    return frozenset(found)


def _arguments(function: Callable[..., object]) -> frozenset[str]:
    return frozenset(inspect.signature(function).parameters)
