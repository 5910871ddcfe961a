"""What a page makes a browser load, run or send, read from its markup as a browser reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    """Everything that a page names, where scripts are on.

    What stands in comments, templates, text areas and ``<noscript>`` is inert and left out.

    Args:
        html: the page.
        base: its own URL.
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    for node in tree.css("noscript"):
        node.decompose()
    bases = (node.attributes.get("href") for node in tree.css("base"))
    own = urljoin(base, next((one for one in bases if one), "").strip())
    found = []
    for node in tree.css(",".join((*_LOADS, "link"))):
        values = {name: value or "" for name, value in node.attributes.items()}
        kind, address = _named(str(node.tag), values)
        url = _absolute(own, address)
        if url:
            found.append(Embedded(kind, url, values.get("integrity", "")))
    return tuple(found)


def _named(tag: str, values: Mapping[str, str]) -> tuple[str, str]:
    """What an element is, and the address in it; empty where it loads nothing."""
    if tag == "link":
        is_style = "stylesheet" in values.get("rel", "").lower().split()
        return "stylesheet", values.get("href", "") if is_style else ""
    if tag == "script" and not _SCRIPTS.fullmatch(values.get("type", "").strip()):
        return "script", ""
    kind, attribute = _LOADS[tag]
    return kind, values.get(attribute, "")


def _absolute(base: str, address: str) -> str:
    """The URL that an address means; empty where it is none of http."""
    if not address.strip():
        return ""
    try:
        url = urljoin(base, address.strip())
        return url if urlsplit(url).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def same_site(url: str, base: str) -> bool:
    """Whether two URLs have the same host, or one is a sub-domain of the other's.

    Sites are told apart without the list of public suffixes: ``cdn.example.com`` belongs to
    ``www.example.com`` and ``example.com``, not to ``example.net``.
    """
    first, second = ((urlsplit(one).hostname or "").removeprefix("www.") for one in (url, base))
    return first == second or first.endswith(f".{second}") or second.endswith(f".{first}")
