"""What a page makes a browser load, run or send, read from its markup as a browser reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit


if TYPE_CHECKING:
    from collections.abc import Mapping


_LOADS: Final[Mapping[str, tuple[str, str]]] = {
    "script": ("script", "src"),
    "iframe": ("frame", "src"),
    "frame": ("frame", "src"),
    "embed": ("plugin", "src"),
    "object": ("plugin", "data"),
    "form": ("form", "action"),
    "img": ("image", "src"),
    "audio": ("media", "src"),
    "video": ("media", "src"),
    "source": ("media", "src"),
    "track": ("media", "src"),
    "a": ("link", "href"),
}
"""By tag: what it is, and the attribute with the address."""
_SCRIPTS: Final = re.compile(
    r"module|((text|application)/(x-)?(java|ecma)script|text/(jscript|livescript))(;.*)?|",
    re.IGNORECASE,
)
"""Types that a browser runs; anything else (``application/ld+json``) is data."""
_DIGEST: Final = re.compile(r"(?:^|\s)sha(?:256|384|512)-[A-Za-z0-9+/_-]{40,}={0,2}")


@dataclass(frozen=True)
class Embedded:
    """One thing that a page names, in the order of the page."""

    kind: str
    """script, stylesheet, frame, plugin, form, image, media or link (a mere hyperlink)."""
    url: str
    """Absolute."""
    integrity: str = ""
    """The attribute of that name."""

    @property
    def pinned(self) -> bool:
        """A browser loads nothing but what was meant: it has a digest that browsers heed.

        One that they do not know is as good as none (Subresource Integrity 3.3.3).
        """
        return _DIGEST.search(self.integrity) is not None


def embedded(html: str, base: str) -> tuple[Embedded, ...]:
    """Everything that a page names; what stands in comments and templates is inert and left out.

    Args:
        html: the page.
        base: its own URL.
    """
    reader = _Reader(base)
    reader.feed(html)
    reader.close()
    return tuple(reader.found)


def same_site(url: str, base: str) -> bool:
    """Whether two URLs have the same host, or one is a sub-domain of the other's.

    Sites are told apart without the list of public suffixes: ``cdn.example.com`` belongs to
    ``www.example.com`` and ``example.com``, not to ``example.net``.
    """
    first, second = ((urlsplit(one).hostname or "").removeprefix("www.") for one in (url, base))
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")


class _Reader(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        self._based = False
        self._templates = 0
        self.found: list[Embedded] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in reversed(attrs)}  # the first one counts
        if tag == "template":
            self._templates += 1
        if self._templates:
            return
        if tag == "base" and values.get("href") and not self._based:
            self._base, self._based = urljoin(self._base, values["href"].strip()), True
        elif tag == "link":
            if "stylesheet" in values.get("rel", "").lower().split():
                self._add("stylesheet", values.get("href"), values)
        elif tag == "script" and not _SCRIPTS.fullmatch(values.get("type", "").strip()):
            return
        elif tag in _LOADS:
            kind, attribute = _LOADS[tag]
            self._add(kind, values.get(attribute), values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "template":
            self._templates = max(0, self._templates - 1)

    def _add(self, kind: str, address: str | None, values: Mapping[str, str]) -> None:
        if not address or not address.strip():
            return
        try:
            url = urljoin(self._base, address.strip())
            scheme = urlsplit(url).scheme
        except ValueError:
            return
        if scheme in {"http", "https"}:
            self.found.append(Embedded(kind, url, values.get("integrity", "")))
