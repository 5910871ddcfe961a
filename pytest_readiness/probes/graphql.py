"""Queries that show what a GraphQL endpoint answers, and how to read what comes back.

Each is cheap: what is asked for many times is a scalar or ``__typename``, and what is nested deeply
is first sent with ``@skip``, so that nothing of it is executed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_readiness.probes.http import Response


USUAL: Final = (
    *("/graphql", "/api/graphql", "/graphql/", "/v1/graphql", "/api/v1/graphql"),
    *("/query", "/gql", "/api"),
)
"""Where servers have it."""
_COSTS_NOTHING: Final = re.compile(
    r"(\w+_?)?(version|health|ping|hello|status|name|time|now|count|total\w*)", re.IGNORECASE
)
SIMPLEST: Final = "query readiness{__typename}"
SCHEMAS: Final = (
    "query readiness{__schema{queryType{name}}}",
    "query readiness{__schema\n{queryType{name}}}",
    'query readiness{__type(name:"Query"){fields{name}}}',
)
"""Introspection, also in spellings that a filter on the text misses."""
TYPES: Final = (
    "query readiness{__schema{queryType{name}types{name kind fields{name args{name type{kind}"
    " defaultValue}type{kind name ofType{kind name ofType{kind name ofType{kind name}}}}}}}}"
)
"""Names of the fields that can be asked for, and of what they lead to."""
_ABOUT_LIMITS: Final = re.compile(
    r"depth|deep|nest|complex|cost|alias|too (many|large|big|long)|exceed|maximum|limit|batch"
    r"|not allowed|forbidden",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Answered:
    """What a query got."""

    data: Mapping[str, Any] | None
    """None where nothing was executed."""
    errors: tuple[str, ...]
    """Messages."""
    shown: str

    @property
    def executed(self) -> bool:
        """It was carried out, without a complaint."""
        return self.data is not None and not self.errors

    @property
    def speaks_of_limits(self) -> bool:
        """A complaint is about how much, or how deep, was asked for."""
        return any(_ABOUT_LIMITS.search(message) for message in self.errors)


@dataclass(frozen=True)
class Path:
    """Fields that lead from the query to a type, and round in it."""

    first: tuple[str, ...]
    """From the root to the type."""
    around: tuple[str, ...]
    """From the type to itself."""
    many: bool
    """Some of it is a list, so that going round multiplies what is read."""

    def nested(self, depth: int, *, skipped: bool) -> str:
        """A query of so many levels.

        Args:
            depth: number of levels.
            skipped: nothing of it is executed.
        """
        fields = [*self.first]
        while len(fields) < depth - 1:
            fields += self.around
        fields = fields[: depth - 1]
        start = f"{fields[0]} @skip(if: true)" if skipped else fields[0]
        levels = [start, *fields[1:]]
        return f"query readiness{{{'{'.join(levels)}{{__typename}}{'}' * len(levels)}"


@dataclass(frozen=True)
class Schema:
    """The part of a schema that can be asked for without an argument."""

    root: str
    fields: Mapping[str, Mapping[str, tuple[str, str, bool]]]
    """By type and field: the kind and name of what it gives, and whether that is a list."""

    @property
    def scalar(self) -> str:
        """A field of the query that is a plain value, and by its name costs nothing to give.

        Empty where there is none: what a field of another name does, and how long it takes, nobody
        can know.
        """
        own = self.fields.get(self.root, {})
        plain = (name for name, (kind, _, _) in own.items() if kind in {"SCALAR", "ENUM"})
        return next(filter(_COSTS_NOTHING.fullmatch, plain), "")

    def round_trip(self) -> Path | None:
        """The shortest way round, without lists where there is one; None where all ways end."""
        for many in (False, True):
            ways: list[tuple[str, ...]] = [()]
            at: dict[tuple[str, ...], str] = {(): self.root}
            while ways:
                way = ways.pop(0)
                for name, (kind, to, is_list) in self.fields.get(at[way], {}).items():
                    if kind not in {"OBJECT", "INTERFACE"} or (is_list and not many):
                        continue
                    before = [at[way[:count]] for count in range(1, len(way) + 1)]
                    if to in before:
                        start = before.index(to) + 1
                        return Path(way[:start], (*way[start:], name), many)
                    if len(way) < _LONGEST_WAY and len(ways) < _MOST_WAYS:
                        ways.append((*way, name))
                        at[*way, name] = to
        return None


_LONGEST_WAY: Final = 5
_MOST_WAYS: Final = 2000


def read(answer: Response) -> Answered | None:
    """What a query got; None where the answer is none of GraphQL."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or not ({"data", "errors"} & body.keys()):
        return None
    raw, data = body.get("errors"), body.get("data")
    if raw is not None and not _are_errors(raw):
        return None
    messages = tuple(str(one.get("message", "")) for one in raw or ())
    return Answered(data if isinstance(data, dict) else None, messages, answer.summary)


def _are_errors(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, dict) and isinstance(one.get("message"), str) for one in value
    )


def batch_size(answer: Response) -> int:
    """How many queries of a batch were carried out."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return 0
    if not isinstance(body, list):
        return 0
    return sum(isinstance(one, dict) and isinstance(one.get("data"), dict) for one in body)


def aliases(field: str, count: int) -> str:
    """A query that asks for one field so many times."""
    return f"query readiness{{{' '.join(f'a{number}:{field}' for number in range(count))}}}"


def nonsense(depth: int) -> str:
    """A query of so many levels of fields that no schema has; nothing of it can be executed."""
    return f"query readiness{'{readiness' * depth}{'}' * depth}"


def schema(data: Mapping[str, Any]) -> Schema:
    """The schema in an answer to :data:`TYPES`."""
    found = data.get("__schema") or {}
    fields = {
        str(one["name"]): {
            str(each["name"]): _given(each["type"])
            for each in one.get("fields") or ()
            if not _demands(each.get("args") or ())
        }
        for one in found.get("types") or ()
        if not str(one.get("name", "")).startswith("__")
    }
    return Schema(str((found.get("queryType") or {}).get("name", "")), fields)


def _demands(arguments: Sequence[Mapping[str, Any]]) -> bool:
    return any(
        one["type"]["kind"] == "NON_NULL" and one.get("defaultValue") is None for one in arguments
    )


def _given(kind: Mapping[str, Any]) -> tuple[str, str, bool]:
    is_list = False
    inner: Mapping[str, Any] | None = kind
    while inner and inner.get("ofType") and inner["kind"] in {"NON_NULL", "LIST"}:
        is_list = is_list or inner["kind"] == "LIST"
        inner = inner["ofType"]
    return str((inner or {}).get("kind")), str((inner or {}).get("name")), is_list


def body(query: str) -> dict[str, str]:
    """How a query is sent: as the body of a POST, or the parameters of a GET."""
    return {"query": query}
