"""The inputs of a request, one by one, and the same request with one of them replaced.

A request is what OpenAPI, readiness.yaml or a form of a page says; its inputs are the places at
which whoever sends it has a say: path, query, headers, cookies, and every leaf of its body.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, quote, urldefrag, urljoin, urlsplit

from pytest_readiness.probes.page import same_origin


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.probes.openapi import Operation


Place = Literal["path", "query", "header", "cookie", "form", "json", "graphql"]

_DEEPEST = 5
_IN_BRACES = re.compile(r"\{([^{}/]+)\}")
_NUMBERED = re.compile(
    r"\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24}", re.IGNORECASE
)
_HELD_IN = {"path": "at", "header": "headers", "cookie": "cookies", "graphql": "variables"}
_SENT_BY_US = frozenset({"authorization", "cookie", "content-type", "accept", "host"})


@dataclass(frozen=True)
class Input:
    """Where one value stands in a request."""

    place: Place
    keys: tuple[str | int, ...]
    """Name of a parameter; the way to a leaf of a JSON body."""
    value: Any
    """What a valid request has there."""

    @property
    def name(self) -> str:
        """``limit``, ``items.0.name``; ``body`` for a body that is one value."""
        return ".".join(map(str, self.keys)) or "body"


@dataclass(frozen=True)
class SampleRequest:
    """A request that is valid as far as its description tells."""

    method: str
    path: str
    """A template: ``/api/items/{item_id}``."""
    at: Mapping[str, Any] = field(default_factory=dict)
    """Values of the parameters of the path."""
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    cookies: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] = field(default_factory=dict)
    json: Any = None
    document: str = ""
    """Of GraphQL; it and its variables are the whole request."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """By the way to each: ``input.title``, which the document calls ``input__title``."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def reads(self) -> bool:
        """It is of a kind that changes nothing: GET, or a query of GraphQL."""
        return self.document.startswith("query") or (self.method == "GET" and not self.document)

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Every input but yes-or-no ones, which take no text."""
        named: tuple[tuple[Place, Mapping[str, Any]], ...] = (
            ("path", self.at),
            ("query", self.query),
            ("form", self.form),
            ("header", self.headers),
            ("cookie", self.cookies),
            ("graphql", self.variables),
        )
        found = [
            Input(place, (name,), value[0] if isinstance(value, list) and value else value)
            for place, held in named
            for name, value in held.items()
            if not isinstance(value, bool | dict)
        ]
        return (*found, *_leaves(self.json, ()))

    def with_value(self, one: Input, value: Any) -> SampleRequest:
        """The same request with another value in one place."""
        if one.place == "json":
            return replace(self, json=_replaced(self.json, one.keys, value))
        name = _HELD_IN.get(one.place, one.place)
        held: Any = {**getattr(self, name), str(one.keys[0]): value}
        return replace(self, **{name: held})

    def without(self, one: Input) -> SampleRequest:
        """The same request with one input left out; a part of the path stays."""
        if one.place == "json":
            return replace(self, json=_removed(self.json, one.keys))
        if one.place == "path":
            return self
        held = _HELD_IN.get(one.place, one.place)
        left = {name: value for name, value in getattr(self, held).items() if name != one.keys[0]}
        return replace(self, **{held: left})  # type: ignore[arg-type]

    def filled_path(self, *, literal: bool = False) -> str:
        """The path with its values, percent-encoded unless they are to be sent as they are."""

        def value(found: re.Match[str]) -> str:
            known = str(self.at.get(found[1], found[0]))
            return known if literal else quote(known, safe="")

        return _IN_BRACES.sub(value, self.path)

    def options(self) -> dict[str, Any]:
        """Arguments for ``HttpClient.request`` beside method and path."""
        headers = {name: _in_a_header(value) for name, value in self.headers.items()}
        if self.cookies:
            pairs = (f"{name}={quote(str(value))}" for name, value in self.cookies.items())
            headers["Cookie"] = "; ".join(pairs)
        if self.document:
            return {"headers": headers, **self._as_graphql()}
        return {
            "params": dict(self.query),
            "headers": headers,
            "data": dict(self.form) or None,
            "json": self.json,
        }

    def _as_graphql(self) -> dict[str, Any]:
        variables = {name.replace(".", "__"): value for name, value in self.variables.items()}
        if self.method == "GET":
            return {"params": {"query": self.document, "variables": json.dumps(variables)}}
        return {"json": {"query": self.document, "variables": variables}}


def of_operation(operation: Operation, *, optional: bool) -> SampleRequest:
    """A documented operation as a request.

    Args:
        operation: of an OpenAPI document.
        optional: with query parameters, free texts and addresses that it does not require, too.
    """
    held: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for one in operation.parameters:
        wanted = one.required or (optional and one.place == "query")
        ours = one.place == "header" and one.name.lower() in _SENT_BY_US
        if wanted and not ours and one.place in held:
            held[one.place][one.name] = one.example
    body = operation.sample_body()
    if optional and isinstance(body, dict):
        body = {**dict.fromkeys(operation.free_texts, "text"), **operation.addresses, **body}
    is_form = "form" in operation.body_type and isinstance(body, dict)
    return SampleRequest(
        operation.method,
        operation.path,
        at=held["path"],
        query=held["query"],
        headers=held["header"],
        cookies=held["cookie"],
        form=body if is_form else {},
        json=None if is_form else body,
    )


def told(
    method: str,
    path: str,
    *,
    json: Any = None,
    form: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
) -> SampleRequest:
    """A request that somebody has written down, whose path has its values in it.

    A part of the path counts as an input where it tells one thing from others: a number, a UUID,
    ``{anything}`` in braces, an address, or a last part in capitals.
    """
    bare, _, text = path.partition("?")
    template, at = _as_template(bare)
    asked = {**dict(parse_qsl(text, keep_blank_values=True)), **(query or {})}
    document, variables = _of_graphql(json)
    if document:
        return SampleRequest(
            method, template, at, asked, headers or {}, document=document, variables=variables
        )
    return SampleRequest(method, template, at, asked, headers or {}, {}, form or {}, json)


def _of_graphql(body: Any) -> tuple[str, Mapping[str, Any]]:
    """The document of GraphQL in a body and its variables; empty where it is none, or nested."""
    if not isinstance(body, dict) or not body.keys() <= {"query", "variables", "operationName"}:
        return "", {}
    document, variables = body.get("query"), body.get("variables") or {}
    if not isinstance(document, str) or not isinstance(variables, dict):
        return "", {}
    is_one = re.match(r"\s*(query|mutation)\b|\s*\{", document) is not None
    flat = not any(isinstance(value, dict | list) for value in variables.values())
    return (document.strip(), variables) if is_one and flat else ("", {})


def in_page(html: str, url: str) -> tuple[list[SampleRequest], list[str]]:
    """Forms and links with a query in a page, as requests, and all links; of its own origin.

    Args:
        html: the page; broken markup is read as a browser would.
        url: its own.
    """
    reader = _FormReader(url)
    reader.feed(html)
    reader.close()
    links = [urldefrag(each).url for each in reader.links]
    links = [each for each in links if same_origin(each, url)]
    asked = [each for each in links if urlsplit(each).query]
    requests = [_link(each) for each in asked]
    requests += [each for each in map(_submitted, reader.forms) if each is not None]
    return requests, links


# --- the leaves of a body ------------------------------------------------------------------------


def _leaves(value: Any, keys: tuple[str | int, ...]) -> Iterator[Input]:
    if len(keys) > _DEEPEST:
        return
    match value:
        case dict():
            for name, inner in value.items():
                yield from _leaves(inner, (*keys, str(name)))
        case list():
            for index, inner in enumerate(value[:1]):
                yield from _leaves(inner, (*keys, index))
        case bool() | None:
            return
        case _:
            yield Input("json", keys, value)


def _replaced(body: Any, keys: tuple[str | int, ...], value: Any) -> Any:
    if not keys:
        return value
    copied = json.loads(json.dumps(body))
    node = copied
    for key in keys[:-1]:
        node = node[key]
    node[keys[-1]] = value
    return copied


def _removed(body: Any, keys: tuple[str | int, ...]) -> Any:
    if not keys:
        return None
    copied = json.loads(json.dumps(body))
    node = copied
    for key in keys[:-1]:
        node = node[key]
    del node[keys[-1]]
    return copied


def _in_a_header(value: Any) -> str:
    """What may stand in a header: no line ends, and nothing outside of Latin-1."""
    return re.sub(r"[\r\n]", " ", str(value)).strip().encode("latin-1", "replace").decode("latin-1")


# --- paths ---------------------------------------------------------------------------------------


def _as_template(path: str) -> tuple[str, dict[str, str]]:
    parts = path.split("/")
    last = max((n for n, part in enumerate(parts) if part), default=0)
    at: dict[str, str] = {}
    for index, part in enumerate(parts):
        if _IN_BRACES.fullmatch(part):
            at[part[1:-1]] = "1"
        elif _NUMBERED.fullmatch(part) or (index == last and _names_one(part)):
            at[f"{index}"] = part
            parts[index] = f"{{{index}}}"
    return "/".join(parts), at


def _names_one(part: str) -> bool:
    """Whether the last part of a path is a value: it is written otherwise than a route is."""
    return "@" in part or part == part.upper() != part.lower()


# --- pages ---------------------------------------------------------------------------------------


@dataclass
class _Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    sends_files: bool = False


class _FormReader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = self._page = base
        self.links: list[str] = []
        self.forms: list[_Form] = []
        self._open: _Form | None = None
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        match tag:
            case "base" if values.get("href"):
                self._base = urljoin(self._page, values["href"])
            case "a" | "area" if values.get("href"):
                self.links.append(self._absolute(values["href"].strip()))
            case "form":
                action = values.get("action", "").strip()
                method = values.get("method", "get").strip().upper()
                url = self._absolute(action) if action else self._page
                self._open = _Form(url, method)
                self._open.sends_files = "multipart" in values.get("enctype", "").lower()
                self.forms.append(self._open)
            case "input" | "textarea" | "select" if self._open and values.get("name"):
                self._field(tag, values)
            case "option" if self._open and self._select:
                chosen = self._open.fields
                if not chosen[self._select] or "selected" in values:
                    chosen[self._select] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""

    def handle_data(self, data: str) -> None:
        if self._open and self._textarea:
            self._open.fields[self._textarea] += data

    def _field(self, tag: str, values: Mapping[str, str]) -> None:
        assert self._open is not None  # noqa: S101 - asked before
        kind = values.get("type", "text").lower()
        if kind in {"submit", "button", "image", "reset", "file"}:
            self._open.sends_files = self._open.sends_files or kind == "file"
            if kind == "submit":
                self._open.fields[values["name"]] = values.get("value", "")
            return
        if kind in {"checkbox", "radio"} and values["name"] in self._open.fields:
            return
        self._open.fields[values["name"]] = values.get("value") or _USUAL.get(kind, "")
        self._select = values["name"] if tag == "select" else ""
        self._textarea = values["name"] if tag == "textarea" else ""

    def _absolute(self, reference: str) -> str:
        try:
            return urljoin(self._base, reference)
        except ValueError:
            return ""


_USUAL = {
    "email": "reader@example.com",
    "number": "1",
    "range": "1",
    "url": "https://example.com/",
    "tel": "5550100",
    "date": "2026-01-31",
    "password": "Correct-Horse-7!",
    "checkbox": "on",
}


def _link(url: str) -> SampleRequest:
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return SampleRequest("GET", parts.path or "/", query=query)


def _submitted(form: _Form) -> SampleRequest | None:
    """What a browser sends for a form whose empty fields say "text"; None for uploads."""
    if form.sends_files or not form.fields or form.method not in {"GET", "POST"}:
        return None
    fields = {name: value.strip() or "text" for name, value in form.fields.items()}
    parts = urlsplit(form.action)
    if form.method == "GET":
        return SampleRequest("GET", parts.path or "/", query=fields)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return SampleRequest("POST", parts.path or "/", query=query, form=fields)
