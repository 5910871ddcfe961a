"""A first look at a running system: a few harmless GETs, each at a place where many have something.

Nothing is followed to another host. What a path that does not exist answers is learned first, so
that a page for everything is not taken for a health endpoint.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Final

from pytest_readiness.probes.http import HttpFailure, OtherHost, Response
from pytest_readiness.probes.openapi import NotOpenApi, parse
from pytest_readiness.probes.page import is_page


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_readiness.probes.http import HttpClient
    from pytest_readiness.probes.openapi import Document


DOCUMENTS: Final = (
    "/openapi.json",
    "/api/openapi.json",
    "/api/v1/openapi.json",
    "/v1/openapi.json",
    "/static/openapi.json",
    "/swagger.json",
    "/api/swagger.json",
    "/swagger/v1/swagger.json",
    "/v3/api-docs",
    "/v2/api-docs",
    "/api-docs",
    "/apispec_1.json",
    "/api/schema/",
    "/openapi.yaml",
    "/openapi.yml",
)
"""Where frameworks serve their OpenAPI document."""

PAGES: Final = ("/docs", "/api/docs", "/redoc", "/swagger", "/swagger-ui/index.html", "/ui/")
"""Pages that show a document and name its place."""

DOCUMENT_LIMIT: Final = 16_000_000
"""Bytes of the largest document that is taken."""

_NAMED: Final = re.compile(
    r"""(?:["']?url["']?\s*[:=]|spec-url\s*=|data-url\s*=)\s*["']([^"'\s]{1,300})["']""",
    re.IGNORECASE,
)
_FAILURES_IN_A_ROW: Final = 3


@dataclass(frozen=True)
class Served:
    """An OpenAPI document as the running system gives it."""

    path: str
    text: str = field(repr=False)
    document: Document = field(repr=False)

    @property
    def is_json(self) -> bool:
        """It is JSON rather than YAML."""
        try:
            json.loads(self.text)
        except (ValueError, RecursionError):
            return False
        return True


@dataclass(frozen=True)
class Visit:
    """What was seen of a running system."""

    url: str
    unreached: str = ""
    """Why it could not be reached; empty when it answered."""
    front: str = ""
    """What the front page answered, in short."""
    is_page: bool = False
    """The front page is one for people."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Path by name: ``health``, ``ready``, ``metrics``."""
    served: Served | None = None
    notes: tuple[str, ...] = ()
    """What was seen and could not be used."""
    sent: int = 0
    """Requests that were sent."""


def visit(client: HttpClient, usual: Mapping[str, Sequence[str]], *, seconds: float = 60) -> Visit:
    """Look around on a running system.

    Args:
        client: for the system; its guard sees every request.
        usual: paths to try, by the name of what is found there.
        seconds: when to stop, with what was seen until then.
    """
    visitor = _Visitor(client, time.monotonic() + seconds)
    front = visitor.get("/", follow=True)
    if isinstance(front, HttpFailure) and front.kind in {"refused", "dns", "tls", "proxy"}:
        return Visit(client.base_url, unreached=front.message, sent=visitor.sent)
    nowhere = visitor.get(f"/{secrets.token_hex(8)}")
    if isinstance(front, HttpFailure) and isinstance(nowhere, HttpFailure):
        return Visit(client.base_url, unreached=front.message, sent=visitor.sent)
    places = {}
    for name, paths in usual.items():
        for path in paths:
            answer = visitor.get(path)
            if isinstance(answer, Response) and _is_there(answer, nowhere):
                places[name] = path
                break
    served = visitor.document()
    has_page = isinstance(front, Response) and "html" in front.content_type and front.status < 400  # noqa: PLR2004
    return Visit(
        client.base_url,
        front=_short(front),
        is_page=has_page,
        places=places,
        served=served,
        notes=tuple(dict.fromkeys(visitor.notes)),
        sent=visitor.sent,
    )


class _Visitor:
    """Sends GETs until the time is up or nobody answers any more."""

    def __init__(self, client: HttpClient, until: float) -> None:
        self.client = client
        self.until = until
        self.sent = 0
        self.notes: list[str] = []
        self._failed = 0

    def get(self, path: str, *, follow: bool = False, cap: int = 100_000) -> Response | HttpFailure:
        if self._failed >= _FAILURES_IN_A_ROW or time.monotonic() > self.until:
            self.notes.append("it stopped answering, or was too slow: not every place was tried")
            return _unsent(path)
        self.sent += 1
        answer = self.client.attempt("GET", path, allow_redirects=follow, cap=cap)
        self._failed = 0 if answer.answered else self._failed + 1
        return answer

    def document(self) -> Served | None:
        """The first document at a usual place, or at one that a page of documentation names."""
        tried = dict.fromkeys(DOCUMENTS)
        for path in DOCUMENTS:
            if found := self._document_at(path):
                return found
        for page in PAGES:
            answer = self.get(page, follow=True)
            if not isinstance(answer, Response) or "html" not in answer.content_type:
                continue
            for named in _NAMED.findall(answer.text):
                path = self._own_path(unescape(named), answer.url)
                if path and path not in tried:
                    tried[path] = None
                    if found := self._document_at(path):
                        return found
        return None

    def _document_at(self, path: str) -> Served | None:
        answer = self.get(path, follow=True, cap=DOCUMENT_LIMIT)
        if not isinstance(answer, Response) or answer.status != 200:  # noqa: PLR2004 - found
            return None
        if answer.truncated:
            self.notes.append(f"{path} has no end, or is larger than a document should be")
            return None
        if "html" in answer.content_type or answer.text.lstrip()[:1] == "<":
            self.notes.append(f"{path} answers with an HTML page, not with a document")
            return None
        try:
            document = parse(answer.text, name=path)
            count = len(document.operations)
        except (NotOpenApi, AttributeError, TypeError, ValueError, RecursionError) as error:
            self.notes.append(" ".join(f"{path} is no OpenAPI document ({error})".split())[:160])
            return None
        if not count:
            self.notes.append(f"{path} is an OpenAPI document without operations")
            return None
        return Served(path, answer.text, document)

    def _own_path(self, named: str, page: str) -> str:
        """Path below the base URL of what a page names; empty when it is on another host."""
        from urllib.parse import urljoin

        try:
            whole = self.client.url(urljoin(page, named))
        except (OtherHost, ValueError):
            return ""
        base = self.client.base_url.rstrip("/")
        return whole.removeprefix(base) if whole.startswith(f"{base}/") else whole


def _is_there(answer: Response, nowhere: Response | HttpFailure) -> bool:
    """Whether a path exists: its answer is no page, no redirect, and unlike that of nowhere."""
    if not 200 <= answer.status < 300 and answer.status != 503:  # noqa: PLR2004 - unwell is there too
        return False
    if is_page(answer.content_type, answer.text) or answer.truncated:
        return False
    return isinstance(nowhere, HttpFailure) or (answer.status, answer.body) != (
        nowhere.status,
        nowhere.body,
    )


def _short(answer: Response | HttpFailure) -> str:
    if isinstance(answer, HttpFailure):
        return answer.message
    return f"{answer.status} {answer.content_type or 'without a type'}"


def _unsent(path: str) -> HttpFailure:
    from pytest_readiness.model import Exchange

    return HttpFailure("unsent", "not sent", Exchange(f"GET {path}", "not sent", "", 0))
