"""What an HTML page refers to."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit


HTML = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True)
class Reference:
    """Something that a browser loads with a page."""

    kind: str
    """script, stylesheet, image, icon."""
    url: str
    """Absolute."""
    inline: bool = False
    """A script or style within the page itself."""


def references(html: str, base: str) -> tuple[Reference, ...]:
    """Everything that a page loads, in order; broken markup is read as a browser would.

    Args:
        html: the page.
        base: its own URL.
    """
    reader = _Reader(base)
    reader.feed(html)
    reader.close()
    return tuple(reader.found)


def is_page(content_type: str, text: str) -> bool:
    """Whether an answer is a page: HTML that has any markup in it.

    Frameworks answer plain words as ``text/html`` unless they are told otherwise: "Ok" is none.
    """
    return content_type in HTML and "<" in text


def made_of(html: str) -> frozenset[str]:
    """Kinds of tags of a page, fields with their names: ``p``, ``input password``."""
    reader = _Kinds()
    reader.feed(html)
    reader.close()
    return frozenset(reader.found)


def same_origin(url: str, base: str) -> bool:
    """Whether two URLs have the same scheme, host and port."""
    first, second = urlsplit(url), urlsplit(base)
    return (first.scheme, first.netloc) == (second.scheme, second.netloc)


class _Kinds(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(f"{tag} {dict(attrs).get('name') or ''}".strip())


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        self.found: list[Reference] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and values.get("href"):
            self._base = urljoin(self._base, values["href"])
        elif tag == "script":
            self._add("script", values.get("src", ""), inline="src" not in values)
        elif tag == "img":
            self._add("image", values.get("src", ""))
        elif tag == "link":
            relation = set(values.get("rel", "").lower().split())
            if "stylesheet" in relation:
                self._add("stylesheet", values.get("href", ""))
            elif "icon" in relation:
                self._add("icon", values.get("href", ""))

    def _add(self, kind: str, url: str, *, inline: bool = False) -> None:
        if inline or (url and not url.startswith(("data:", "blob:", "javascript:"))):
            self.found.append(Reference(kind, urljoin(self._base, url), inline))


def metas(html: str, name: str) -> tuple[str, ...]:
    """Contents of the page's ``<meta>`` with this ``name`` or ``http-equiv``, in order."""
    reader = _MetaReader(name.lower())
    reader.feed(html)
    reader.close()
    return tuple(reader.found)


class _MetaReader(HTMLParser):
    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        told = {values.get("name", "").lower(), values.get("http-equiv", "").lower()}
        if tag == "meta" and self._name in told:
            self.found.append(values.get("content", ""))
