"""Listings of folders that servers make by themselves, known by the shape of each server's page."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote


USUAL: Final = tuple(
    f"/{name}/"
    for name in (
        *("static", "assets", "public", "media", "uploads", "files", "images", "img", "js", "css"),
        *("downloads", "data", "logs", "backup", "backups", "tmp", "dist", "build"),
    )
)
"""Folders that many systems have."""

_TITLE: Final = re.compile(r"<title>\s*([^<]{1,300}?)\s*</title>", re.IGNORECASE)
_NAMED: Final = re.compile(
    r"(?:Index of|Directory listing for|listing directory|Directory Listing For|Directory:)\s+"
    r"\[?(\S.*?)\]?",
    re.IGNORECASE,
)
"""nginx, Apache, lighttpd, aiohttp; Python's http.server; Express serve-index; Tomcat; Jetty."""
_GO: Final = re.compile(
    r"\s*(<!doctype html>\s*)?(<meta name=\"viewport\"[^>]*>\s*)?<pre>\s*"
    r"(<a href=\"[^\"]+\">[^<]*</a>\s*)+</pre>\s*",
    re.IGNORECASE,
)
_IIS: Final = re.compile(r"\[To Parent Directory\]", re.IGNORECASE)
_BUCKET: Final = re.compile(r"<ListBucketResult[\s>]")


def is_listing(text: str, path: str) -> bool:
    """Whether a body is a server's own listing of the folder at this path.

    Most say in their title which path they list; a page that has "Index of packages" as its
    title was written by somebody.
    """
    if _GO.fullmatch(text) or _IIS.search(text) or _BUCKET.search(text):
        return True
    title = _TITLE.search(text)
    named = title and _NAMED.fullmatch(title[1])
    if not named:
        return False
    listed, asked = (unquote(one).rstrip("/") for one in (named[1], path))
    return named[1].startswith("/") and (listed == asked or listed.endswith(asked or "/"))


def folders(paths: list[str]) -> list[str]:
    """The folders that these files lie in, the inner ones first, without the root."""
    found: dict[str, None] = {}
    for path in paths:
        parts = path.partition("?")[0].split("/")[1:-1]
        found |= {"/" + "/".join(parts[:count]) + "/": None for count in range(len(parts), 0, -1)}
    return [*found]
