"""Headers, cookies, parameters and tokens that a source treats in a way of their own.

Read as text, line by line, since a back door is as likely in Go as in Python: what a request is
asked for by name and compared with, tokens that are written out, test tokens of documents. Whether
one opens anything is for a request to show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location


if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Candidate:
    """Something that a request may carry."""

    place: str
    """``header``, ``cookie``, ``query``, or ``token`` for where tokens travel."""
    name: str
    """Of the header, cookie or parameter; empty for a token."""
    value: str = field(repr=False)
    location: Location = field(compare=False)
    rank: int = field(compare=False)
    """0 for what is compared, 1 for what only has to be there, 2 for what is written out."""


_QUOTED: Final = r"""["'`]([^"'`\n]{1,200})["'`]"""
_LOOKUPS: Final = (
    ("header", r"""headers?(?:\.get|\.getlist|->get)?\s*[\[(]\s*["']([\w-]{2,60})["']"""),
    (
        "header",
        r"""(?:Header\.Get|getHeader|get_header|req\.get|request\.header)\(\s*["']([\w-]{2,60})["']""",
    ),
    ("header", r"""\$_SERVER\[\s*["']HTTP_(\w{2,60})["']"""),
    ("header", r"""environ(?:\.get\(|\[)\s*["']HTTP_(\w{2,60})["']"""),
    ("header", r"""META(?:\.get\(|\[)\s*["']HTTP_(\w{2,60})["']"""),
    ("header", r"""\bheaders\.([a-z]\w{2,60})\b(?!\s*\()"""),
    ("cookie", r"""[cC]ookies?(?:\.get)?\s*[\[(]\s*["']([\w.-]{1,60})["']"""),
    ("cookie", r"""\$_COOKIE\[\s*["']([\w.-]{1,60})["']"""),
    ("cookie", r"""\bcookies\.([a-z]\w{1,60})\b(?!\s*\()"""),
    (
        "query",
        r"""(?:\bargs|\bGET|query_params|queryParams|\bquery|\bparams)(?:\.get)?\s*[\[(]\s*["']([\w.-]{1,60})["']""",
    ),
    ("query", r"""(?:Query\(\)\.Get|getParameter)\(\s*["']([\w.-]{1,60})["']"""),
    ("query", r"""\$_(?:GET|REQUEST)\[\s*["']([\w.-]{1,60})["']"""),
    ("query", r"""\b(?:req|request)\.query\.(\w{1,60})\b(?!\s*\()"""),
)
"""How a request is asked for something by its name, in the usual languages."""
_FOUND: Final = tuple((place, re.compile(pattern)) for place, pattern in _LOOKUPS)
_COMPARED: Final = re.compile(
    rf"""(?:[!=]==?|\bis|\.equals\(|compare_digest\([^,]*,)\s*b?{_QUOTED}"""
    rf"""|{_QUOTED}\s*(?:[!=]==?|\.equals\()"""
)
_AMONG: Final = re.compile(r"\bin\s*[\[({]([^\])}\n]{3,400})[\])}]|\.includes\(")
_VARIABLE: Final = re.compile(r"^\s*(?:const|let|var|String|\$)?\s*(\w+)\s*(?::[^=]+)?:?=(?!=)")
_TOKENS: Final = re.compile(
    rf"""\b\w*(?:token|api_?key|apikey|credential|auth(?:orization)?)\w*(?:\)|\.strip\(\)|\.lower\(\))*"""
    rf"""\s*(?:===?|!==?|\.equals\(|\bin\b\s*[\[({{])\s*b?{_QUOTED}""",
    re.IGNORECASE,
)
_ASSIGNED: Final = re.compile(
    r"""\b(?:\w*_)?(?:test|testing|dev|debug|demo|master|magic|back_?door|bypass|e2e|ci|super|god)_?"""
    r"""(?:\w*_)?(?:token|key|secret|auth|header|password|pass)\w*["']?\s*[:=]\s*"""
    rf"""{_QUOTED}""",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(
    r"""authorization["']?\s*[:=]\s*["']?(?:bearer|token)\s+([\w.~+/=-]{4,400})""", re.IGNORECASE
)
_OWN_HEADER: Final = re.compile(
    r"""["'\s](X-[\w-]*(?:token|key|auth|secret|test|debug|bypass|internal)[\w-]*)["']?\s*[:=,]\s*["']?"""
    r"""([\w.~+/=-]{1,200})""",
    re.IGNORECASE,
)
_SUSPICIOUS: Final = re.compile(
    r"debug|test|bypass|internal|admin|skip|back-?_?door|\bdev\b|no-?_?auth|impersonate|god|magic"
    r"|trusted|is-?_?authenticated|logged-?_?in",
    re.IGNORECASE,
)
"""Names whose mere presence may open something."""
_USUAL: Final = re.compile(
    r"content-type|accept(-\w+)?|host|origin|referer|user-agent|content-length|connection|range"
    r"|x-forwarded-(for|proto|host)|x-request-id|if-(none-match|modified-since)|cache-control|te"
    r"|sec-fetch-\w+|upgrade|location|retry-after|etag|set-cookie|vary|server|www-authenticate",
    re.IGNORECASE,
)
_PRESENT: Final = ("1", "true")
_NEARBY: Final = 12
"""Lines below a lookup in which its variable is compared."""


def candidates(path: str, text: str) -> Iterator[Candidate]:
    """What a file of any language compares requests with, or names as a token.

    Args:
        path: of the file, for the places.
        text: its content.
    """
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if len(line) > 1000:  # noqa: PLR2004 - minified: no source
            continue
        where = Location(path, number)
        for place, pattern in _FOUND:
            for match in pattern.finditer(line):
                name = match[1].replace("_", "-") if place == "header" else match[1]
                if place == "header" and _USUAL.fullmatch(name):
                    continue
                yield from _about(place, name, line[match.end() :], lines, number, path)
        for match in _TOKENS.finditer(line):
            yield Candidate("token", "", match[1], where, 0)
        for match in _ASSIGNED.finditer(line):
            yield Candidate("token", "", match[1], where, 2)
        for match in _BEARER.finditer(line):
            yield Candidate("token", "", match[1], where, 2)
        for match in _OWN_HEADER.finditer(line):
            yield Candidate("header", match[1], match[2], where, 2)


def _about(
    place: str, name: str, rest: str, lines: list[str], number: int, path: str
) -> Iterator[Candidate]:
    """What a looked-up thing is compared with, in its line or by its variable below."""
    where = Location(path, number)
    found = list(_values(rest, lines))
    variable = _VARIABLE.match(lines[number - 1])
    if variable and not found:
        for below, line in enumerate(lines[number : number + _NEARBY], number + 1):
            if re.search(rf"\b{re.escape(variable[1])}\b", line):
                for value in _values(line, lines):
                    yield Candidate(place, name, value, Location(path, below), 0)
    for value in found:
        yield Candidate(place, name, value, where, 0)
    if _SUSPICIOUS.search(name):
        for value in _PRESENT:
            yield Candidate(place, name, value, where, 1)


def _values(text: str, lines: list[str]) -> Iterator[str]:
    """Quoted values that a piece of a line compares with; of a constant, where it is set."""
    for match in _COMPARED.finditer(text):
        yield match[1] or match[2]
    if among := _AMONG.search(text):
        yield from re.findall(_QUOTED, among[1] or text[among.end() :])
    for constant in re.findall(r"(?:[!=]==?|\bin)\s*([A-Z][A-Z0-9_]{2,60})\b", text):
        pattern = re.compile(rf"^\s*(?:const\s+)?{constant}\b[^=\n]*=\s*(.+)")
        for line in lines:
            if (set_to := pattern.match(line)) is not None:
                yield from re.findall(_QUOTED, set_to[1])
