"""Is this web or LLM API ready for production? Checks answer, with evidence.

Everything a check may import stands here.
"""

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
