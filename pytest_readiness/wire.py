"""Wire form of the nouns: JSON between workers, controller, journal and record.

Pydantic reads and writes the plain dataclasses of ``model``; nothing else knows their JSON.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter


if TYPE_CHECKING:
    from collections.abc import Hashable

Noun = TypeVar("Noun")


@cache
def _adapter(kind: Hashable) -> TypeAdapter[Any]:
    """Return the reader and writer of one noun; building one takes milliseconds."""
    return TypeAdapter(kind)


def dump(noun: Any) -> str:
    """Write a noun as JSON text."""
    return _adapter(type(noun)).dump_json(noun).decode()


def load(kind: type[Noun], text: str) -> Noun:
    """Read a noun from JSON text.

    Raises:
        ValueError: the text is not such a noun; the message says where.
    """
    noun: Noun = _adapter(kind).validate_json(text)
    return noun


def printable(text: str) -> str:
    """Text that any encoder takes: lone surrogates are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
