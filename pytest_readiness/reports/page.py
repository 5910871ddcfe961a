"""The width of a terminal, and the only way onto it for text that a target may have sent."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass


NARROWEST = 50
"""Columns under which no report can be laid out."""

_PLAIN = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "…": "..."})  # noqa: RUF001 - that is what it is for


@dataclass(frozen=True)
class Page:
    """The room there is, and the only way onto it."""

    width: int
    ascii: bool

    def text(self, text: str) -> str:
        """One line without control characters: a target may send them to deceive a terminal."""
        line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        if not self.ascii:
            return line
        return line.translate(_PLAIN).encode("ascii", "replace").decode()

    def wrap(self, text: str, first: str = "  ", rest: str = "  ") -> list[str]:
        line = self.text(text)
        room = self.width - len(rest)
        paths = any("/" in word for word in line.split() if len(word) > room)
        return textwrap.wrap(
            line,
            self.width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=not paths,
            break_on_hyphens=False,
        )

    def cut(self, text: str, room: int) -> str:
        line = self.text(text)
        return line if len(line) <= room else f"{line[: room - 3].rstrip()}..."
