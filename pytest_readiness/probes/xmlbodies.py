"""XML documents with entities in them, for parsers that may resolve those."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.probes.openapi import Operation


_NAME = re.compile(r"[A-Za-z_][\w.-]*")
ENTITY = "readiness"
"""Name of the entity that stands in each text."""


def of_value(name: str, value: Any) -> str:
    """A value as an XML element: objects as elements in it, lists as elements of one name."""
    tag = name if _NAME.fullmatch(name) else "item"
    match value:
        case dict():
            inner = "".join(of_value(str(key), each) for key, each in value.items())
        case list():
            return "".join(of_value(name, each) for each in value) or f"<{tag}/>"
        case None:
            return f"<{tag}/>"
        case bool():
            inner = str(value).lower()
        case _:
            inner = escape(str(value))
    return f"<{tag}>{inner}</{tag}>"


def root_of(operation: Operation) -> str:
    """Name of the root element that an operation declares; ``root`` where it declares none."""
    told = operation.body_schema.get("xml")
    name = str(told.get("name", "")) if isinstance(told, dict) else ""
    title = str(operation.body_schema.get("title", ""))
    return next((one for one in (name, title) if _NAME.fullmatch(one)), "root")


def with_internal_entity(element: str, word: str) -> str:
    """A document whose texts refer to an entity that it defines itself, as this word."""
    return _document(element, f'<!ENTITY {ENTITY} "{word}">', referring=True)


def with_external_entity(element: str, address: str) -> Iterator[tuple[str, str]]:
    """Documents that have a parser fetch an address, by how: each in another way of XML."""
    system = f'SYSTEM "{address}"'
    yield "an external entity", _document(element, f"<!ENTITY {ENTITY} {system}>", referring=True)
    yield "a parameter entity", _document(element, f"<!ENTITY % {ENTITY} {system}> %{ENTITY};")
    yield "an external DTD", f'<?xml version="1.0"?>\n<!DOCTYPE {_root(element)} {system}>{element}'
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text"'
    yield "an inclusion", _filled(element, f'{include} href="{address}"/>')


def without_entities(element: str) -> str:
    """The plain document: the control."""
    return f'<?xml version="1.0"?>\n{element}'


def _document(element: str, declarations: str, *, referring: bool = False) -> str:
    shown = _filled(element, f"&{ENTITY};") if referring else element
    return f'<?xml version="1.0"?>\n<!DOCTYPE {_root(element)} [{declarations}]>\n{shown}'


def _filled(element: str, text: str) -> str:
    """The element with this in place of each of its texts."""
    filled = re.sub(r">[^<>]+</", lambda _: f">{text}</", element)
    if filled != element:
        return filled
    root = _root(element)
    return f"<{root}>{text}</{root}>"


def _root(element: str) -> str:
    found = re.match(r"<([\w.-]+)", element)
    return found[1] if found else "root"


def kinds_of_xml(media: Mapping[str, Any]) -> tuple[str, ...]:
    """Media types of XML among the keys of a request body's ``content``."""
    bare = ((kind, kind.partition(";")[0].strip().lower()) for kind in media)
    return tuple(kind for kind, one in bare if one.endswith(("/xml", "+xml")))
