"""Markdown made of text that nobody trusts.

GitHub's dialect: CommonMark with tables, task lists and links made of bare addresses. A viewer
must find no link, image, markup or table cell in what a target or a file said.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


NOTHING = "-"
"""What stands in a table where there is nothing to say."""

_ACTIVE = re.compile(
    r"[\\`*\[\]<|~$]"
    r"|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])"  # within a word it is only a letter
    r"|&(?=\#?[0-9A-Za-z]+;)"
    r"|(?<=[A-Za-z]):(?=//)|(?<=www)\.",  # bare addresses become links
    re.IGNORECASE,
)
_AT = re.compile(r"[\w.+-]*@[\w.+@-]*\w")
"""An address or the name of a user: viewers link or notify it even where it is escaped."""
_OPENING = re.compile(r"#{1,6}(?=\s|$)|>|=|[+-](?=\s|-|$)|\d+(?=[.)](?:\s|$))")
"""What makes a heading, a quotation or a list of a line."""
_BACKTICKS = re.compile(r"`+")


def text(value: object) -> str:
    """One line of text in which nothing is markup; line breaks and controls become spaces.

    What has an @ is written as code: no escape keeps an address from becoming a link.
    """
    line = flat(value)
    if "@" not in line:
        return _escaped(line)
    parts, at = [], 0
    for found in _AT.finditer(line):
        parts += [_escaped(line[at : found.start()], first=at == 0), code(found.group())]
        at = found.end()
    return "".join([*parts, _escaped(line[at:], first=at == 0)])


def _escaped(line: str, *, first: bool = True) -> str:
    """Escape a line, or the part of one that does not stand first in it."""
    shown = _ACTIVE.sub(r"\\\g<0>", line)
    opening = _OPENING.match(line) if first else None
    if opening is None:
        return shown
    mark = opening.group()
    head = rf"{mark}\{shown[len(mark)]}" if mark.isdigit() else f"\\{mark}"
    return head + shown[len(mark) + mark.isdigit() :]


def prose(value: str) -> str:
    """A sentence of a check's author, in which what stands between backticks is code."""
    parts = flat(value).replace("``", "`").split("`")
    if len(parts) % 2 == 0:  # one backtick has no partner
        return text(value)
    return "".join(
        (code(part) if place % 2 else _within(part)) for place, part in enumerate(parts) if part
    )


def sentence(value: str) -> str:
    """The same with a capital letter."""
    return prose(value[:1].upper() + value[1:])


def code(value: object) -> str:
    """An id, a path, a command: text that is shown letter by letter.

    In a table not even code may hold a bar, so what has one is escaped text.
    """
    line = flat(value)
    if not line:
        return NOTHING
    if "|" in line:
        return text(line)
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(line)), default=0) + 1)
    space = " " if line[0] == "`" or line[-1] == "`" else ""
    return f"{fence}{space}{line}{space}{fence}"


def codes(values: Iterable[object], most: int | None = None) -> str:
    """Several of them; beyond ``most`` they are only counted."""
    every = list(values)
    shown = every if most is None else every[:most]
    more = len(every) - len(shown)
    return ", ".join(map(code, shown)) + (f" and {more} more" if more else "") or NOTHING


def fenced(value: str, language: str = "text") -> str:
    """A block that keeps its lines."""
    lines = [_printable(line.replace("\t", "    ")).rstrip() for line in value.splitlines()]
    runs = [len(run) for line in lines for run in _BACKTICKS.findall(line)]
    fence = "`" * max([2, *runs]) + "`"
    return "\n".join([f"{fence}{language}", *lines, fence])


def cut(value: str, most: int = 300) -> str:
    """The beginning of a long text, on one line."""
    line = flat(value)
    return line if len(line) <= most else f"{line[: most - 3].rstrip()}..."


def flat(value: object) -> str:
    """One line without control characters, and with single spaces."""
    return " ".join(_printable(str(value)).split())


def heading(level: int, title: str) -> str:
    """A heading; the title is written already."""
    return f"{'#' * level} {title}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are written already; none without rows."""
    lines = [_row(cells) for cells in rows]
    if not lines:
        return ""
    first = f"| {' | '.join(heads)} |"
    return "\n".join([first, _row(["---"] * len(heads)), *lines])


def bullets(items: Iterable[str | tuple[str, Iterable[str]]], mark: str = "-") -> str:
    """A list; an item may have items of its own."""
    lines: list[str] = []
    for item in items:
        own, inner = (item, ()) if isinstance(item, str) else item
        lines.append(f"{mark} {own}")
        lines += [f"  - {line}" for line in inner]
    return "\n".join(lines)


def tasks(items: Iterable[str | tuple[str, Iterable[str]]]) -> str:
    """A list to tick off."""
    return bullets(items, "- [ ]")


def document(blocks: Iterable[str]) -> str:
    """Blocks with an empty line between them; a heading that has nothing below it is an error.

    Raises:
        ValueError: a part was left without a word.
    """
    shown = [block for block in blocks if block]
    for block, following in pairwise([*shown, "# end"]):
        level, below = _level(block), _level(following)
        if level and below and below <= level:
            raise ValueError(f"nothing stands below {block!r}")
    return "\n\n".join(shown) + "\n"


def _level(block: str) -> int:
    return len(block) - len(block.lstrip("#")) if re.match(r"#+ ", block) else 0


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or NOTHING for cell in cells)} |"


def _within(part: str) -> str:
    """Text between two pieces of code, with its outer spaces."""
    before = part[: len(part) - len(part.lstrip())]
    after = part[len(part.rstrip()) :] if part.strip() else ""
    return f"{before}{text(part)}{after}"


def _printable(value: str) -> str:
    if value.isprintable():
        return value
    return "".join(letter if letter.isprintable() else " " for letter in value)
