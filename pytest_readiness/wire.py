"""Wire form of the nouns: JSON between workers, controller, journal and record.

Pydantic reads and writes the plain dataclasses of ``model``; nothing else knows their JSON.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter


Noun = TypeVar("Noun")


@cache
def adapter(kind: type[Noun]) -> TypeAdapter[Noun]:
    """Return the reader and writer of one noun; building one takes milliseconds."""
    return TypeAdapter(kind)


def dump(noun: Any) -> str:
    """Write a noun as JSON text."""
    return adapter(type(noun)).dump_json(noun).decode()


def load(kind: type[Noun], text: str) -> Noun:
    """Read a noun from JSON text.

    Raises:
        ValueError: the text is not such a noun; the message says where.
    """
    return adapter(kind).validate_json(text)


def printable(text: str) -> str:
    """Text that any encoder takes: lone surrogates become ``\\udc80`` spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
