"""Is this web or LLM API ready for production? Checks answer, with evidence.

Everything a check may import stands here. The names load on first use, so that an installed
plugin that nobody asked costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from pytest_readiness.declare import (
        P0,
        P1,
        P2,
        P3,
        check,
        fail,
        not_applicable,
        suite,
        unverified,
        warn,
    )
    from pytest_readiness.model import Change, Domain, Effect, Phase, Priority, Reason


__all__ = [
    "P0",
    "P1",
    "P2",
    "P3",
    "Change",
    "Domain",
    "Effect",
    "Phase",
    "Priority",
    "Reason",
    "check",
    "fail",
    "not_applicable",
    "suite",
    "unverified",
    "warn",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pytest_readiness import declare, model

    return getattr(declare if hasattr(declare, name) else model, name)
