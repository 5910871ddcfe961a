"""Wire form of the nouns: JSON between workers, controller, journal and record.

Pydantic reads and writes the plain dataclasses of ``model``; nothing else knows their JSON.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from pytest_readiness import model


Noun = TypeVar("Noun")


@cache
def _adapter(noun: str) -> TypeAdapter[Any]:
    """Return the reader and writer of one noun of the model; building one takes milliseconds."""
    return TypeAdapter(getattr(model, noun))


def dump(noun: Any) -> str:
    """Write a noun as JSON text."""
    return _adapter(type(noun).__name__).dump_json(noun).decode()


def load(kind: type[Noun], text: str) -> Noun:
    """Read a noun from JSON text.

    Raises:
        ValueError: the text is not such a noun; the message says where.
    """
    noun: Noun = _adapter(kind.__name__).validate_json(text)
    return noun


class Findings:
    """Writes and reads findings; the latest is at hand and not read again.

    One process makes a finding, journals it and is asked for its word on the terminal.
    """

    def __init__(self) -> None:
        self._text = ""
        self._finding: model.Finding | None = None

    def dump(self, finding: model.Finding) -> str:
        """Write a finding as JSON text."""
        self._finding, self._text = finding, dump(finding)
        return self._text

    def load(self, text: str) -> model.Finding:
        """Read a finding from JSON text."""
        if self._finding is None or text != self._text:
            self._finding, self._text = load(model.Finding, text), text
        return self._finding


def printable(text: str) -> str:
    """Text that any encoder takes: lone surrogates are spelt out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
