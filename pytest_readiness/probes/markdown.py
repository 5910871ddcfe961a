"""Markdown documents: what they link to, and the places that links can lead to."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from pytest_readiness.model import Location


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from markdown_it.token import Token


SUFFIXES: Final = (".md", ".markdown", ".mdown", ".mkd")
"""What Markdown files end in, lower case."""

_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_NOT_IN_SLUGS: Final = re.compile(r"[^\w\- ]")
_EXPLICIT_ID: Final = re.compile(r"\s*\{:?\s*#([\w.:-]+)[^}]*\}\s*$")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_TO_BE_WRITTEN: Final = re.compile(
    r"\W*(?:to ?do|tbd|tba|fixme|wip|coming soon|work in progress|to be (?:written|done))\b.*",
    re.IGNORECASE | re.DOTALL,
)
_LINKING: Final = {"a": "href", "img": "src"}


@dataclass(frozen=True, slots=True)
class Link:
    """One link or image."""

    target: str
    """As written, without the angle brackets."""
    location: Location
    """Where it stands; for a reference link, where its target is defined."""

    @property
    def is_relative(self) -> bool:
        """It leads to a file or section of the same repository, not to an address elsewhere."""
        return _SCHEME.match(self.target) is None and not self.target.startswith("//")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading."""

    text: str
    """Without markup."""
    level: int
    slug: str
    """What a link to it says behind ``#``, as GitHub makes it."""
    location: Location
    is_empty: bool = False
    """Nothing stands below it, or only that it is still to be written."""


@dataclass(frozen=True, slots=True)
class Document:
    """One Markdown file."""

    path: str
    links: tuple[Link, ...]
    """Images and HTML included; what stands in code is none."""
    headings: tuple[Heading, ...]
    anchors: frozenset[str]
    """``id`` and ``name`` of HTML elements."""

    @property
    def location(self) -> Location:
        """The file as a whole."""
        return Location(self.path)

    def has_section(self, fragment: str) -> bool:
        """Whether a link that ends in ``#fragment`` leads somewhere in the document."""
        names = {fragment, unquote(fragment)}
        slugs = {heading.slug for heading in self.headings}
        return bool(names & ({"", "top"} | slugs | self.anchors))


def parse(text: str, path: str) -> Document:
    """Read a document; any text is one, so nothing is raised.

    Args:
        text: what the file holds.
        path: what its locations say, relative to the repository.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    front = _FRONT_MATTER.match(text)
    if front is not None:  # its last line would make a heading of the one above
        text = "\n" * front[0].count("\n") + text[front.end() :]
    from markdown_it import MarkdownIt  # its loggers cost pytest a look at each, six times a test

    markdown = MarkdownIt("commonmark", {"store_labels": True}).enable("table")
    # Which targets are safe to open is for whoever renders them; all are links here.
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    environment: dict[str, dict[str, dict[str, list[int]]]] = {}
    reader = _Reader(path, text.split("\n"))
    tokens = markdown.parse(text, environment)
    reader.defined = {
        label: reference["map"][0] + 1
        for label, reference in environment.get("references", {}).items()
        if "map" in reference
    }
    reader.read(tokens)
    return Document(
        path, tuple(reader.links), tuple(_numbered(reader.headings)), frozenset(reader.anchors)
    )


def slug(heading: str) -> str:
    """What GitHub makes of a heading's text, before it numbers the ones that are alike."""
    return _NOT_IN_SLUGS.sub("", heading.strip().lower()).replace(" ", "-")


def split(target: str) -> tuple[str, str]:
    """Path and fragment of a relative link, decoded; a query is no part of either."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return target, ""
    return unquote(parts.path), unquote(parts.fragment)


class _Reader:
    """Collects links, headings and anchors from the tokens of one document."""

    def __init__(self, path: str, lines: list[str]) -> None:
        self.path = path
        self.lines = lines
        self.defined: dict[str, int] = {}
        self.links: list[Link] = []
        self.headings: list[Heading] = []
        self.anchors: set[str] = set()

    def read(self, tokens: Iterable[Token]) -> None:
        level = 0
        filled: set[int] = set()
        """Headings by their number below which something stands."""
        for token in tokens:
            first = token.map[0] + 1 if token.map else 1
            if token.type == "heading_open":
                level = int(token.tag[1:])
            elif token.type == "heading_close":
                level = 0
            elif token.type == "inline":
                if level:
                    self._heading(token, level, first)
                self._inline(token.children or [], first, token.content)
            elif token.type == "html_block":
                self._html(token.content, first)
            if token.content.strip() and not level and not _is_promise(token.content):
                filled |= self._above()
        self.headings = [
            replace(heading, is_empty=number not in filled)
            for number, heading in enumerate(self.headings)
        ]

    def _above(self) -> set[int]:
        """The last heading, and those whose section it is in."""
        found: set[int] = set()
        level = 7
        for number in range(len(self.headings) - 1, -1, -1):
            if self.headings[number].level < level:
                found.add(number)
                level = self.headings[number].level
        return found

    def _heading(self, token: Token, level: int, line: int) -> None:
        text = "".join(_visible(token.children or []))
        explicit = _EXPLICIT_ID.search(text)
        if explicit is not None:  # {#id}: kramdown, Pandoc, Docusaurus, MkDocs
            self.anchors.add(explicit[1])
            text = text[: explicit.start()]
        self.headings.append(Heading(text.strip(), level, slug(text), Location(self.path, line)))

    def _inline(self, tokens: list[Token], line: int, content: str) -> None:
        last = line + content.count("\n")
        for token in tokens:
            if token.type in {"softbreak", "hardbreak"}:
                line += 1
            elif token.type == "html_inline":
                self._html(token.content, line)
                line += token.content.count("\n")
            elif token.type in {"link_open", "image"}:
                written = str(token.attrGet("href" if token.type == "link_open" else "src") or "")
                place = self.defined.get(str(token.meta.get("label", "")))
                if place is None:
                    place = self._line_of(written, line, last)
                self._link(unquote(written), place)
            if token.type == "image":
                self._inline(token.children or [], line, "")

    def _line_of(self, target: str, first: int, last: int) -> int:
        """Line on which a target is written: breaks within code or a title are not counted."""
        for number in range(first, min(last, len(self.lines)) + 1):
            if target in self.lines[number - 1] or unquote(target) in self.lines[number - 1]:
                return number
        return first

    def _html(self, markup: str, line: int) -> None:
        parser = _Html()
        parser.feed(markup)
        parser.close()
        self.anchors |= parser.anchors
        for target, offset in parser.links:
            self._link(target, line + offset)

    def _link(self, target: str, line: int) -> None:
        self.links.append(Link(target.strip(), Location(self.path, line)))


class _Html(HTMLParser):
    """Anchors and links of a piece of HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.anchors: set[str] = set()
        self.links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        target = given.get(_LINKING.get(tag, ""))
        if target:
            self.links.append((target, self.getpos()[0] - 1))


def _is_promise(content: str) -> bool:
    comment = content.lstrip().startswith("<!--") and content.rstrip().endswith("-->")
    return comment or _TO_BE_WRITTEN.fullmatch(content) is not None


def _visible(tokens: Iterable[Token]) -> Iterator[str]:
    """Text of inline tokens without markup; a picture's description is not part of a slug."""
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield " "


def _numbered(headings: Iterable[Heading]) -> Iterator[Heading]:
    """Give headings that are alike the numbers GitHub gives them: ``#usage``, ``#usage-1``."""
    seen: dict[str, int] = {}
    for heading in headings:
        name = heading.slug
        while name in seen:
            seen[heading.slug] += 1
            name = f"{heading.slug}-{seen[heading.slug]}"
        seen[name] = 0
        yield replace(heading, slug=name)
