"""Where an answer sends a browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_readiness.probes.page import HTML, metas


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.probes.http import Response


_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_REFRESH = re.compile(
    r"\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?(?P<quote>[\"']?)(?P<url>.*)", re.IGNORECASE | re.DOTALL
)


def destinations(answer: Response) -> tuple[tuple[str, str], ...]:
    r"""Each host that a browser would go to from this answer, and what sends it there.

    Addresses are read by the URL standard of browsers, in which ``/\host``, ``///host`` and, on
    a page of http, ``https:host`` all lead to another host. A refresh counts as a redirect does.

    Returns:
        Host and ``Location``, ``Refresh`` or ``<meta http-equiv="refresh">``; paths below the
        answer's own host give that host.
    """
    found = [(host_of(target, answer.url), by) for by, target in _sent_to(answer)]
    return tuple((host, by) for host, by in found if host)


def host_of(reference: str, base: str) -> str:
    """Host that a reference leads to from a page, as browsers read it; empty where to none."""
    import ada_url

    try:
        return str(ada_url.URL(reference, base).hostname)
    except ValueError:
        return ""


def leaves(answer: Response, elsewhere: str) -> str:
    """What sends a browser to that other host; empty when nothing does."""
    here = urlsplit(answer.url).hostname
    return next((by for host, by in destinations(answer) if host == elsewhere != here), "")


def _sent_to(answer: Response) -> Iterator[tuple[str, str]]:
    if answer.status in _REDIRECTS and (location := answer.headers.get("Location")):
        yield "Location", str(location)
    if refresh := answer.headers.get("Refresh"):
        yield "Refresh", _target(str(refresh))
    if answer.content_type in HTML:
        for content in metas(answer.text, "refresh"):
            yield '<meta http-equiv="refresh">', _target(content)


def _target(refresh: str) -> str:
    """Address in ``0; url=...``, which may be quoted; empty where it only loads again."""
    found = _REFRESH.match(refresh)
    if found is None:
        return ""
    url, quote = found["url"], found["quote"]
    return url.partition(quote)[0].strip() if quote else url.strip()
