"""Send requests to one host and bring back what came, bounded in time and size."""

from __future__ import annotations

import json as jsonlib
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from http.client import RemoteDisconnected
from types import EllipsisType
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, urlencode, urljoin, urlsplit, urlunsplit

import requests
from urllib3 import HTTPHeaderDict
from urllib3.exceptions import HTTPError, NameResolutionError, ProxyError

from pytest_readiness.model import Exchange
from pytest_readiness.probes import deadline, limits
from pytest_readiness.probes.transcript import Transcript


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


Token = str | EllipsisType | None
"""``...`` means the client's own token, None means none."""

_MAX_BODY = 1_000_000
_MAX_REDIRECTS = 10
LONGEST_WAIT = 65.0
"""Seconds that a limit may ask a patient client to wait: a window of a minute, and a little."""
_TOO_MANY, _NOT_NOW = 429, 503
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class TokenPlace:
    """Where a token travels in a request."""

    place: str = "header"
    """header, cookie or query."""
    name: str = "Authorization"
    prefix: str = "Bearer"
    """Word before the token; empty for none."""


@dataclass(frozen=True, repr=False)
class Response:
    """What came back."""

    status: int
    headers: HTTPHeaderDict
    """Names in any case; ``headers.getlist("Set-Cookie")`` where there are several."""
    body: bytes
    """Decoded, and cut at the client's cap."""
    truncated: bool
    """There was more than the cap, or more to come when time was up."""
    seconds: float
    """From sending to the last byte."""
    first_byte: float
    """From sending to the end of the headers."""
    url: str
    version: str
    """``1.1``."""
    summary: str
    """``401 application/json, 31 bytes: {"detail": ...``; redacted."""
    answered: ClassVar[bool] = True

    @property
    def text(self) -> str:
        """The body as text; bytes that do not fit become U+FFFD."""
        found = re.search(r"charset=\"?([\w.-]+)", self.headers.get("Content-Type", ""))
        try:
            return self.body.decode(found[1] if found else "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    @property
    def content_type(self) -> str:
        """``application/json``: lower case, without parameters."""
        return str(self.headers.get("Content-Type", "")).partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: it is not JSON; the message shows what it is.
        """
        try:
            return jsonlib.loads(self.body)
        except ValueError as error:
            raise ValueError(f"the answer is not JSON ({error}): {self.summary}") from error

    @property
    def data(self) -> Any:
        """The body read as JSON, None where it is none."""
        try:
            return self.json()
        except ValueError:
            return None

    def __repr__(self) -> str:
        return f"<Response {self.summary}>"


class HttpFailure(Exception):  # noqa: N818 - it is an answer too: that none came
    """A request that got no whole answer."""

    answered: ClassVar[bool] = False

    def __init__(self, kind: str, message: str, exchange: Exchange) -> None:
        super().__init__(f"{exchange.request}: {message}")
        self.kind = kind
        """refused, reset, timeout, tls, dns, proxy, broken or unsent."""
        self.message = message
        self.exchange = exchange

    @property
    def summary(self) -> str:
        """What happened, in place of a response's own summary."""
        return self.message


class OtherHost(ValueError):  # noqa: N818 - named for what was asked
    """A request to a host that this client was not made for."""


def _nothing(*_: Any) -> None:
    return None


def _as_is(value: Any) -> Any:
    return value


def _never(_: float) -> bool:
    return False


@dataclass(frozen=True)
class HttpClient:
    """One identity's requests to one host.

    Paths are sent as they are written (``/../x`` and ``%2E`` stay), below the path of the base
    URL. No cookies are kept, no redirect leaves the host, nothing comes from the environment.
    """

    base_url: str
    token: Callable[[], str | None] = field(default=_nothing, repr=False)
    """Asked at each request, so that a renewed token is used at once."""
    place: TokenPlace = TokenPlace()
    timeout: float = 10.0
    """Seconds for the whole answer."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request."""
    verify: bool | str = True
    """False, or the path of a private CA."""
    certificate: str | tuple[str, str] | None = None
    proxy: str = ""
    cap: int = _MAX_BODY
    pace: Callable[[], None] = field(default=_nothing, repr=False)
    """Called before each request; returns when it may go."""
    also: frozenset[str] = frozenset()
    """Further origins (``http://127.0.0.1:9090``) that may be asked."""
    guard: Callable[[str, str], None] = field(default=_nothing, repr=False)
    """Called with method and path before each request; raises to prevent it."""
    on_exchange: Callable[[Exchange], None] = field(default=_nothing, repr=False)
    on_failure: Callable[[HttpFailure], None] = field(default=_nothing, repr=False)
    """Called with each failure before it is raised or returned; may raise something else."""
    error: Callable[[HttpFailure], BaseException] = field(default=_as_is, repr=False)
    """What :meth:`request` raises for a failure; the failure itself, when not said."""
    wait: Callable[[float], bool] = field(default=_never, repr=False)
    """Called with the seconds that a rate limit asks for; has waited, or returns False."""
    limited: Callable[[Response, float | None], None] = field(default=_nothing, repr=False)
    """Called when a patient request is refused for good, with the seconds asked for, None when
    the answer does not say; may raise."""
    redact: Callable[[str], str] = field(default=_as_is, repr=False)
    session: requests.Session = field(default_factory=deadline.open_session, repr=False)

    def get(self, path: str = "/", **options: Any) -> Response:
        """Send a GET; options as in :meth:`request`."""
        return self.request("GET", path, **options)

    def post(self, path: str = "/", **options: Any) -> Response:
        """Send a POST; options as in :meth:`request`."""
        return self.request("POST", path, **options)

    def put(self, path: str = "/", **options: Any) -> Response:
        """Send a PUT; options as in :meth:`request`."""
        return self.request("PUT", path, **options)

    def patch(self, path: str = "/", **options: Any) -> Response:
        """Send a PATCH; options as in :meth:`request`."""
        return self.request("PATCH", path, **options)

    def delete(self, path: str = "/", **options: Any) -> Response:
        """Send a DELETE; options as in :meth:`request`."""
        return self.request("DELETE", path, **options)

    def options(self, path: str = "/", **options: Any) -> Response:
        """Send an OPTIONS; options as in :meth:`request`."""
        return self.request("OPTIONS", path, **options)

    def head(self, path: str = "/", **options: Any) -> Response:
        """Send a HEAD; options as in :meth:`request`."""
        return self.request("HEAD", path, **options)

    def request(
        self,
        method: str,
        path: str = "/",
        *,
        token: Token = ...,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | str | Iterable[bytes] | None = None,
        allow_redirects: bool = False,
        timeout: float | None = None,
        cap: int | None = None,
        partial: bool = False,
        patient: bool = True,
    ) -> Response:
        """Send one request.

        Args:
            method: of HTTP.
            path: below the base URL, or a whole URL of the same origin.
            token: to send in place of the client's own; None sends none.
            headers: further headers; they win.
            params: of the query.
            json: body to send as JSON.
            data: body to send as a form.
            content: body to send as it is; parts are sent as they come, announced by a
                Content-Length where they have a length, else chunked.
            allow_redirects: follow them as long as they stay on this origin.
            timeout: seconds for the whole answer.
            cap: bytes of the body to keep.
            partial: when time is up within the body, return what came (event streams).
            patient: wait where a rate limit asks for it, and ask again; False for checks that
                are about limits.

        Raises:
            HttpFailure: no whole answer came.
            OtherHost: the URL leads elsewhere.
        """
        answer = self.attempt(
            method,
            path,
            token=token,
            headers=headers,
            params=params,
            json=json,
            data=data,
            content=content,
            allow_redirects=allow_redirects,
            timeout=timeout,
            cap=cap,
            partial=partial,
            patient=patient,
        )
        if isinstance(answer, HttpFailure):
            raise self.error(answer)
        return answer

    def attempt(self, method: str, path: str = "/", **options: Any) -> Response | HttpFailure:
        """Send one request, and return the failure where no answer came.

        Both know ``answered`` and ``summary``. The options are those of :meth:`request`.
        """
        follow = options.pop("allow_redirects", False)
        url = self.url(path, options.pop("params", None))
        try:
            answer = self._exchange(method, url, **options)
            for _ in range(_MAX_REDIRECTS if follow else 0):
                location = self._next(answer)
                if location is None:
                    break
                if answer.status not in {307, 308} and method != "HEAD":
                    method = "GET"
                    for body in ("json", "data", "content"):
                        options.pop(body, None)
                answer = self._exchange(method, location, **options)
        except HttpFailure as failure:
            self.on_failure(failure)
            return failure
        return answer

    def send_many(
        self, wanted: Iterable[tuple[Any, ...]], *, concurrency: int = 16
    ) -> list[Response | HttpFailure]:
        """Send many requests through a bounded pool; answers in the order asked.

        Each is ``(method, path)`` or ``(method, path, options)``. When as many in a row fail as
        run at a time, the rest is not sent: their failures have the kind ``unsent``.
        """
        failed = _Streak(concurrency)

        def send(method: str, path: str, options: Mapping[str, Any]) -> Response | HttpFailure:
            if failed.over:
                request = f"{method} {self.url(path)}"
                return HttpFailure("unsent", "not sent", Exchange(request, "not sent", "", 0))
            answer = self.attempt(method, path, **options)
            failed.count(answer.answered)
            return answer

        pool = ThreadPoolExecutor(concurrency)
        try:
            futures = [
                pool.submit(copy_context().run, send, one[0], one[1], *(one[2:] or ({},)))
                for one in wanted
            ]
            return [future.result() for future in futures]
        finally:
            pool.shutdown(cancel_futures=True)

    def url(self, path: str, params: Mapping[str, Any] | None = None) -> str:
        """The whole URL of a path, sent literally but for what may not stand in a URL.

        Raises:
            OtherHost: it is a whole URL of another origin.
        """
        whole = path if "://" in path.partition("?")[0] else _below(self.base_url, path)
        if not self._ours(whole) or _UNCLEAR.search(urlsplit(whole).netloc):
            raise OtherHost(f"{whole} is not on {_origin(self.base_url)}, the target of this run")
        scheme, place, rest, query, _ = urlsplit(whole)
        if params:
            query = "&".join(filter(None, (query, urlencode(params, doseq=True))))
        safe = "%/:=&?~#+!$,;'@()*[]|"
        return urlunsplit((scheme, place, quote(rest, safe), quote(query, safe), ""))

    def _ours(self, url: str) -> bool:
        return _origin(url) in {_origin(self.base_url), *self.also}

    def _next(self, answer: Response) -> str | None:
        """Where a redirect leads, None where it is none or leaves the origin."""
        location = answer.headers.get("Location")
        if answer.status not in {301, 302, 303, 307, 308} or not location:
            return None
        url = urljoin(answer.url, location)
        if _UNCLEAR.search(urlsplit(url).netloc):
            return None
        if self._ours(url):
            return url
        mine, other = urlsplit(self.base_url), urlsplit(url)
        kinds = (mine.scheme, mine.port, other.scheme, other.port)
        upgrade = kinds == ("http", None, "https", None) and mine.hostname == other.hostname
        return url if upgrade else None

    def _exchange(self, method: str, url: str, *, patient: bool = True, **options: Any) -> Response:
        """Send it, again after each wait that a limit asks for; the last answer is the evidence."""
        waited, once_more = 0.0, True
        while True:
            answer, exchange = self._once(method, url, **options)
            if patient and (answer.status == _TOO_MANY or (once_more and _not_now(method, answer))):
                wanted = limits.seconds_to_wait(answer.headers, now=time.time())
                pause = max(1.0, (wanted or 0.0) + 0.2)
                if wanted is not None and wanted <= LONGEST_WAIT and self.wait(pause):
                    waited += pause
                    once_more = once_more and answer.status != _NOT_NOW
                    continue
            if waited:
                said = f"{exchange.response} (after {waited:.0f} s of waiting for its limit)"
                exchange = replace(exchange, response=said)
            self.on_exchange(exchange)
            if patient and answer.status == _TOO_MANY:
                self.limited(answer, wanted)
            return answer

    def _once(
        self,
        method: str,
        url: str,
        *,
        token: Token = ...,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | str | Iterable[bytes] | None = None,
        timeout: float | None = None,
        cap: int | None = None,
        partial: bool = False,
    ) -> tuple[Response, Exchange]:
        self.guard(method.upper(), urlsplit(url).path)
        actual = self.token() if isinstance(token, EllipsisType) else token
        sent = self._headers(headers)
        wire_url = self._place(actual, sent, url) if actual is not None else url
        body = content.encode() if isinstance(content, str) else content
        prepared = requests.Request(
            method.upper(), url, headers=sent, data=body if body is not None else data, json=json
        ).prepare()
        prepared.url = wire_url
        seen = Transcript(self.redact, actual)
        self.pace()
        seconds = self.timeout if timeout is None else timeout
        began = time.perf_counter()
        try:
            with deadline.within(seconds):
                answer = self._send(prepared, seconds)
                first = time.perf_counter() - began
                raw_body, truncated = deadline.read_body(
                    answer.raw, self.cap if cap is None else cap, partial=partial
                )
        except (requests.RequestException, HTTPError, OSError) as error:
            if isinstance(error, ValueError) and not isinstance(error, requests.ConnectionError):
                raise
            kind, message = _cause(error, seconds)
            failure = HttpFailure(kind, message, seen.exchange(prepared, message, began))
            self.on_exchange(failure.exchange)
            raise failure from error
        taken = time.perf_counter() - began
        found = HTTPHeaderDict(answer.raw.headers)
        summary = seen.summary(answer.status_code, found, raw_body, truncated=truncated)
        exchange = seen.exchange(prepared, summary, began)
        response = Response(
            status=answer.status_code,
            headers=found,
            body=raw_body,
            truncated=truncated,
            seconds=taken,
            first_byte=first,
            url=url,
            version=_VERSIONS.get(answer.raw.version, str(answer.raw.version)),
            summary=summary,
        )
        return response, exchange

    def _send(self, prepared: requests.PreparedRequest, seconds: float) -> requests.Response:
        options: dict[str, Any] = {
            "stream": True,
            "timeout": seconds,
            "verify": self.verify,
            "cert": self.certificate,
            "proxies": {"http": self.proxy, "https": self.proxy} if self.proxy else {},
            "allow_redirects": False,
        }
        try:
            return self.session.send(prepared, **options)
        except requests.ConnectionError as error:
            # A kept connection may be closed by the server just as it is used again.
            stale = any(isinstance(cause, RemoteDisconnected) for cause in _causes(error))
            if not stale or prepared.method not in {"GET", "HEAD", "OPTIONS"}:
                raise
            return self.session.send(prepared, **options)

    def _headers(self, more: Mapping[str, str] | None) -> dict[str, str]:
        merged: dict[str, tuple[str, str]] = {}
        for source in (_HEADERS, self.headers, more or {}):
            merged.update({name.lower(): (name, value) for name, value in source.items()})
        return dict(merged.values())

    def _place(self, token: str, headers: dict[str, str], url: str) -> str:
        value = f"{self.place.prefix} {token}".lstrip()
        if self.place.place == "query":
            joint = "&" if "?" in url else "?"
            return f"{url}{joint}{quote(self.place.name)}={quote(value)}"
        if self.place.place == "cookie":
            rest = headers.pop("Cookie", "")
            headers["Cookie"] = "; ".join(filter(None, (rest, f"{self.place.name}={value}")))
        elif self.place.name.lower() not in {name.lower() for name in headers}:
            headers[self.place.name] = value
        return url


_UNCLEAR = re.compile(r"[@\\\s]")
"""Parts of an authority that two readers of URLs may take for different hosts."""
_HEADERS = {
    "User-Agent": "pytest-readiness",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
}
_VERSIONS = {9: "0.9", 10: "1.0", 11: "1.1", 20: "2"}


def _not_now(method: str, answer: Response) -> bool:
    """Whether it is a server that asks for a moment, and the request may be sent twice."""
    return answer.status == _NOT_NOW and method.upper() in _REPEATABLE


class _Streak:
    """Counts failures in a row."""

    def __init__(self, limit: int) -> None:
        self._left = self._limit = limit

    @property
    def over(self) -> bool:
        return self._left <= 0

    def count(self, answered: bool) -> None:
        self._left = self._limit if answered else self._left - 1


def _below(base: str, path: str) -> str:
    return f"{base.rstrip('/')}/{path.removeprefix('/')}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it was made from."""
    queue, known = [error], set[int]()
    while queue:
        one = queue.pop(0)
        if id(one) in known:
            continue
        known.add(id(one))
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        queue += [each for each in inner if isinstance(each, BaseException)]


_KINDS: tuple[tuple[type[BaseException], str, str], ...] = (
    (requests.exceptions.SSLError, "tls", "no TLS connection"),
    (requests.exceptions.ProxyError, "proxy", "the proxy does not answer"),
    (ProxyError, "proxy", "the proxy does not answer"),
    (NameResolutionError, "dns", "the host name is not known"),
    (requests.Timeout, "timeout", "no whole answer"),
    (TimeoutError, "timeout", "no whole answer"),
    (ConnectionRefusedError, "refused", "connection refused"),
    (RemoteDisconnected, "reset", "the connection was closed without an answer"),
    (ConnectionResetError, "reset", "the connection was reset"),
    (BrokenPipeError, "reset", "the connection was closed while sending"),
)


def _cause(error: BaseException, seconds: float) -> tuple[str, str]:
    causes = list(_causes(error))
    for known, kind, message in _KINDS:
        for cause in causes:
            if isinstance(cause, known):
                detail = f" ({_innermost(causes)})" if kind in {"tls", "proxy"} else ""
                within = f" within {seconds:g} s" if kind == "timeout" else ""
                return kind, f"{message}{within}{detail}"
    return "broken", f"the answer is not valid HTTP ({_innermost(causes)})"


def _innermost(causes: list[BaseException]) -> str:
    last = causes[-1]
    return " ".join(f"{type(last).__name__}: {last}".split())[:200]
