"""What a GraphQL schema takes as input, and requests that are valid as far as it tells.

Every argument travels as a variable of its own, so that a value stands in one place of the request
and no quoting of it is needed; the document itself never changes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from pytest_readiness.probes.inputs import SampleRequest


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Values = Callable[["Argument", str], Any]
    """The value of an argument, by it and the type that its field gives; None for none known."""


INPUTS: Final = (
    "query readiness{__schema{queryType{name}mutationType{name}types{name kind"
    " fields{name args{name defaultValue type{...of}}type{...of}}"
    "inputFields{name defaultValue type{...of}}enumValues{name}}}}"
    "fragment of on __Type{kind name ofType{kind name ofType{kind name ofType{kind name}}}}"
)
"""Everything that can be asked for, with what it takes."""
SPELLINGS: Final = (INPUTS, INPUTS.replace("__schema{", "__schema\n{"))
"""The same in a spelling that a filter on the text misses."""

OPEN: Final = frozenset({"String", "ID", "Int", "Float"})
"""Scalars whose values are anybody's."""
_PLAIN: Final = frozenset({"SCALAR", "ENUM"})
_COMPOSITE: Final = frozenset({"OBJECT", "INTERFACE"})
_MOST_SELECTED, _MOST_WITHIN = 20, 4
_MOST_ALONE: Final = 4
"""Optional arguments that are tried one by one: each try may make something."""
_TELLS_ALONE: Final = 2
"""Plain fields that make an object telling without what is within it."""
_OF_PAGES: Final = re.compile(
    r"after|before|cursor|first|last|limit|offset|skip|take|page|page_?(size|number)|per_?page|size"
    r"|sort|sort_?by|order|order_?by|filter|where",
    re.IGNORECASE,
)
_OF_FAILURES: Final = re.compile(r"errors?$", re.IGNORECASE)
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

Kind = Literal["query", "mutation"]


@dataclass(frozen=True)
class Argument:
    """One thing that a field takes."""

    name: str
    written: str
    """Its type as a document writes it: ``[ID!]!``."""
    kind: str
    """``SCALAR``, ``ENUM``, ``INPUT_OBJECT``."""
    base: str
    """The type without marks: ``ID``."""
    demanded: bool
    """The field cannot be asked for without it."""
    default: str | None
    """As the schema writes it."""

    @property
    def is_list(self) -> bool:
        """It takes many."""
        return self.written.startswith("[")


@dataclass(frozen=True)
class Field:
    """One thing that can be asked for."""

    name: str
    arguments: tuple[Argument, ...]
    kind: str
    """Of what it gives: ``SCALAR``, ``OBJECT``."""
    base: str
    is_list: bool

    @property
    def words(self) -> tuple[str, ...]:
        """``delete`` and ``paste`` of ``deletePaste``, in small letters."""
        return tuple(one.lower() for one in _WORDS.findall(self.name))

    @property
    def demands(self) -> bool:
        """It cannot be asked for without an argument."""
        return any(one.demanded for one in self.arguments)


@dataclass(frozen=True)
class Description:
    """A schema, as far as its inputs matter."""

    queries: tuple[Field, ...]
    mutations: tuple[Field, ...]
    types: Mapping[str, tuple[Field, ...]] = field(repr=False)
    inputs: Mapping[str, tuple[Argument, ...]] = field(repr=False)
    enums: Mapping[str, str] = field(repr=False)
    """The first value of each."""

    def of(self, kind: Kind) -> tuple[Field, ...]:
        """Fields of the query, or of the mutation."""
        return self.queries if kind == "query" else self.mutations

    def takes_text(self, one: Field) -> bool:
        """Whether anything that it takes is a plain value, at most one object deep."""
        within = (inner for each in one.arguments for inner in self.inputs.get(each.base, ()))
        return any(each.base in OPEN for each in (*one.arguments, *within))

    def listing(self, base: str) -> Field | None:
        """A query without arguments that lists things of a type, itself or one object deep."""
        for one in self.queries:
            if not one.demands and base in {one.base, *self._held(one.base)}:
                return one
        return None

    def _held(self, base: str) -> Iterator[str]:
        """Types of lists within a type: ``nodes`` and ``edges.node`` of a page of things."""
        for inner in self.types.get(base, ()):
            if inner.is_list and inner.kind in _COMPOSITE:
                yield inner.base
                below = self.types.get(inner.base, ())
                yield from (one.base for one in below if one.name == "node")

    def named_by(self, argument: str) -> str:
        """The type whose things an argument names: ``User`` for ``userId``; empty for none."""
        stem = re.sub(r"_?ids?$", "", argument, flags=re.IGNORECASE).lower()
        return next((name for name in self.types if name.lower() == stem), "")

    # --- requests ---------------------------------------------------------------------------------

    def samples(self, path: str, kind: Kind, one: Field, values: Values) -> list[SampleRequest]:
        """Requests that may be valid, the fullest first; none where a value cannot be thought of.

        Args:
            path: of the endpoint.
            kind: whether the field is of the query or of the mutation.
            one: the field.
            values: gives a value for an argument.
        """
        free = [*self._optional(one)]
        told = [name for name in free if not _OF_PAGES.fullmatch(name.rpartition(".")[2])]
        chosen = [free, told, *([name] for name in free[:_MOST_ALONE]), []]
        found: list[SampleRequest] = []
        for optional in chosen:
            made = self._request(path, kind, one, frozenset(optional), values)
            if made is not None and made.inputs and made not in found:
                found.append(made)
        return found

    def list_request(self, path: str, one: Field) -> SampleRequest:
        """A request for a list, with nothing but what it has by itself."""
        document = f"query readiness{{{one.name}{self._selected(one, listed=True)}}}"
        return SampleRequest("POST", path, document=document)

    def _optional(self, one: Field) -> Iterator[str]:
        """Plain values that need not be sent: ``first``, ``input.text``."""
        for each in one.arguments:
            if each.base in OPEN and not each.demanded:
                yield each.name
            for inner in self.inputs.get(each.base, ()):
                if inner.base in OPEN and not (each.demanded and inner.demanded):
                    yield f"{each.name}.{inner.name}"

    def _request(
        self, path: str, kind: Kind, one: Field, optional: frozenset[str], values: Values
    ) -> SampleRequest | None:
        variables: dict[str, Any] = {}
        declared: dict[str, str] = {}
        sent = []
        around = {name.partition(".")[0] for name in optional}
        for each in one.arguments:
            if not each.demanded and each.name not in around:
                continue
            literal = self._literal(each, one.base, "", variables, declared, values, optional)
            if literal is None and each.demanded:
                return None
            if literal is not None:
                sent.append(f"{each.name}: {literal}")
        heads = ", ".join(f"${variable(name)}: {written}" for name, written in declared.items())
        head = f"{kind} readiness{f'({heads})' if heads else ''}"
        asked = f"{one.name}({', '.join(sent)})" if sent else one.name
        document = f"{head} {{ {asked}{self._selected(one)} }}"
        return SampleRequest("POST", path, document=document, variables=variables)

    def _literal(
        self,
        one: Argument,
        gives: str,
        around: str,
        variables: dict[str, Any],
        declared: dict[str, str],
        values: Values,
        optional: frozenset[str],
    ) -> str | None:
        """What stands for an argument in the document; a variable where it is a plain value."""
        if one.kind == "ENUM":
            chosen = self.enums.get(one.base)
            return f"[{chosen}]" if chosen and one.is_list else chosen
        if one.base == "Boolean":
            return "[false]" if one.is_list else "false"
        if one.kind == "INPUT_OBJECT":
            if around:
                return None
            within = self._within(one, gives, variables, declared, values, optional)
            return f"[{within}]" if within and one.is_list else within
        value = values(one, gives)
        if value is None:
            return None
        name = f"{around}.{one.name}" if around else one.name
        variables[name] = [value] if one.is_list else value
        declared[name] = one.written
        return f"${variable(name)}"

    def _within(
        self,
        around: Argument,
        gives: str,
        variables: dict[str, Any],
        declared: dict[str, str],
        values: Values,
        optional: frozenset[str],
    ) -> str | None:
        sent = []
        for one in self.inputs.get(around.base, ()):
            if not one.demanded and f"{around.name}.{one.name}" not in optional:
                continue
            literal = self._literal(one, gives, around.name, variables, declared, values, optional)
            if literal is None and one.demanded:
                return None
            if literal is not None:
                sent.append(f"{one.name}: {literal}")
        return f"{{{', '.join(sent)}}}"

    # --- what is asked for ------------------------------------------------------------------------

    def _selected(self, one: Field, *, listed: bool = False) -> str:
        """Plain fields of what a field gives, and of what is within it where those tell little."""
        if one.kind in _PLAIN:
            return ""
        chosen = list(self._plain(one.base))
        telling = len([name for name in chosen if name not in {"success", "ok", "totalCount"}])
        fields = self.types.get(one.base, ())
        for inner in fields:
            if inner.demands or inner.kind not in _COMPOSITE:
                continue
            wanted = telling < _TELLS_ALONE or _OF_FAILURES.search(inner.name)
            if not (wanted or (listed and inner.is_list)) or len(chosen) >= _MOST_SELECTED:
                continue
            below = [*self._plain(inner.base)][:_MOST_SELECTED]
            if listed and inner.name == "edges":
                nodes = [each for each in self.types.get(inner.base, ()) if each.name == "node"]
                below += [f"node{self._selected(each)}" for each in nodes[:1]]
            if below and sum("{" in name for name in chosen) < _MOST_WITHIN:
                chosen.append(f"{inner.name} {{ {' '.join(below)} }}")
        return f" {{ {' '.join(chosen[:_MOST_SELECTED]) or '__typename'} }}"

    def _plain(self, base: str) -> Iterator[str]:
        for one in self.types.get(base, ()):
            if one.kind in _PLAIN and not one.demands:
                yield one.name


def variable(name: str) -> str:
    """How an input is called in a document: ``input__title`` for ``input.title``."""
    return name.replace(".", "__")


def sample_value(one: Argument) -> Any:
    """A value that fits an argument by its type and its name; None where nobody can tell."""
    given = _default(one)
    if given is not None or one.base == "Upload":
        return given
    if one.base in _SAMPLES:
        return _SAMPLES[one.base]
    telling = one.name if one.base == "String" else one.base
    return next((text for word, text in _BY_NAME if word.search(telling)), "text")


_SAMPLES: Final[Mapping[str, Any]] = {
    "ID": "1",
    **dict.fromkeys(("Int", "BigInt", "Long"), 1),
    **dict.fromkeys(("Float", "Decimal"), 1.5),
    **{name: {} for name in ("JSON", "JSONObject", "GenericScalar")},
}
_BY_NAME: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), text)
    for pattern, text in (
        (
            r"ur[il]s?$|links?$|href$|web_?hook|callback$|web_?site$|endpoint$",
            "https://example.com/",
        ),
        (r"e_?mail", "reader@example.com"),
        (r"pass(word|wd|phrase)?$|pwd$", "Correct-Horse-7!"),
        (r"date_?time|timestamp|(?<=[a-z])At$|_at$", "2026-01-31T12:00:00Z"),
        (r"date$", "2026-01-31"),
        (r"(?<!date)time$", "12:00:00Z"),
        (r"uuid$", "00000000-0000-4000-8000-000000000000"),
        (r"^ip$|ip_?v4|ip_?addr", "192.0.2.1"),
        (r"^host$|host_?name$|^domain$", "example.com"),
        (r"phone", "5550100"),
    )
)


def _default(one: Argument) -> Any:
    try:
        value = json.loads(one.default or "null")
    except ValueError:
        return None
    fits = {"String": str, "ID": str | int, "Int": int, "Float": int | float}.get(one.base)
    if fits is None or isinstance(value, bool) or not isinstance(value, fits) or value == "":
        return None
    return value


# --- reading a schema ----------------------------------------------------------------------------


def read(data: Mapping[str, Any]) -> Description:
    """The schema in an answer to :data:`INPUTS`."""
    found = data.get("__schema") or {}
    types = [one for one in found.get("types") or () if not str(one["name"]).startswith("__")]
    fields = {one["name"]: tuple(map(_field, one.get("fields") or ())) for one in types}
    inputs = {
        one["name"]: tuple(map(_argument, one["inputFields"]))
        for one in types
        if one.get("inputFields")
    }
    enums = {one["name"]: one["enumValues"][0]["name"] for one in types if one.get("enumValues")}
    roots = [str((found.get(name) or {}).get("name")) for name in ("queryType", "mutationType")]
    types_of = {name: held for name, held in fields.items() if held and name not in roots}
    return Description(fields.get(roots[0], ()), fields.get(roots[1], ()), types_of, inputs, enums)


def read_files(texts: Sequence[str]) -> Description | str:
    """The schema that files describe together, or why it cannot be read.

    Args:
        texts: of the files, in the schema definition language; they are read by graphql-core.
    """
    try:
        import graphql
    except ImportError:
        return "reading it takes graphql-core, which is not installed"
    try:
        schema = graphql.build_schema("\n".join(texts), assume_valid_sdl=True)
        done = graphql.graphql_sync(schema, INPUTS)
    except (graphql.GraphQLError, TypeError, RecursionError) as error:
        return f"it cannot be read: {' '.join(str(error).split())[:200]}"
    return read(done.data) if done.data else "it cannot be read"


def _field(raw: Mapping[str, Any]) -> Field:
    written, kind, base = _type(raw["type"])
    arguments = tuple(map(_argument, raw.get("args") or ()))
    return Field(str(raw["name"]), arguments, kind, base, is_list="[" in written)


def _argument(raw: Mapping[str, Any]) -> Argument:
    written, kind, base = _type(raw["type"])
    default = raw.get("defaultValue")
    demanded = written.endswith("!") and default is None
    return Argument(str(raw["name"]), written, kind, base, demanded, default)


def _type(raw: Mapping[str, Any] | None) -> tuple[str, str, str]:
    """A type as it is written, and kind and name of what is in it."""
    if not raw:
        return "", "", ""
    written, kind, base = _type(raw.get("ofType"))
    match raw.get("kind"):
        case "NON_NULL":
            return f"{written}!", kind, base
        case "LIST":
            return f"[{written}]", kind, base
    return str(raw.get("name")), str(raw.get("kind")), str(raw.get("name"))
