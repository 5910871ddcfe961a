"""Requests whose whole answer must arrive before a deadline, whatever the other side does.

A read timeout alone is per packet: a server that sends one byte a second never meets it.
Here every read, of headers too, gets only the time that is left.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import time
import zlib
from contextvars import ContextVar
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from urllib3 import PoolManager, ProxyManager
    from urllib3.response import BaseHTTPResponse


_until: ContextVar[float | None] = ContextVar("readiness_deadline", default=None)

_CHUNK = 64 * 1024


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let all reads inside end within so many seconds, together."""
    before = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(before)


def open_session(*, connections: int = 32, source: str = "") -> requests.Session:
    """Return a session that keeps connections, but no cookies, and never follows a redirect.

    It takes no proxy, certificate or password from the environment.

    Args:
        connections: kept at most.
        source: address of this machine to speak from; the system's choice when empty.
    """
    session = _Session()
    session.trust_env = False
    session.headers.clear()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(connections, source))
    return session


def read_body(raw: BaseHTTPResponse, cap: int, *, partial: bool = False) -> tuple[bytes, bool]:
    """Read at most ``cap`` bytes; return them and whether there was more.

    Args:
        raw: the answer, headers read.
        cap: most bytes to keep, of the decoded body too.
        partial: at the deadline, return what came instead of raising.
    """
    parts: list[bytes] = []
    size = 0
    try:
        while size <= cap:
            part = raw.read1(_CHUNK, decode_content=False)
            if not part:
                raw.release_conn()
                return _decoded(b"".join(parts), raw.headers.get("Content-Encoding", ""), cap)
            parts.append(part)
            size += len(part)
    except BaseException as error:
        raw.close()
        if not partial or not isinstance(error, Exception):
            raise
    raw.close()
    body, _ = _decoded(b"".join(parts)[:cap], raw.headers.get("Content-Encoding", ""), cap)
    return body, True


def _decoded(body: bytes, encoding: str, cap: int) -> tuple[bytes, bool]:
    """Decompress up to ``cap`` bytes; what only claims to be compressed stays as it came."""
    if encoding.strip().lower() not in {"gzip", "x-gzip", "deflate"}:
        return body, False
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        decoder = zlib.decompressobj(window)
        with contextlib.suppress(zlib.error):
            decoded = decoder.decompress(body, cap + 1)
            return decoded[:cap], len(decoded) > cap
    return body, False


class _Reader(io.RawIOBase):
    """A socket's bytes, each read given only the time left until the deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        until = _until.get()
        if until is not None:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer did not end in time")
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock))


class _PlainConnection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class _Adapter(HTTPAdapter):
    def __init__(self, connections: int, source: str) -> None:
        self._source: dict[str, Any] = {"source_address": (source, 0)} if source else {}
        super().__init__(pool_connections=4, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **{**kwargs, **self._source})
        _use_own_pools(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> ProxyManager:
        manager: ProxyManager = super().proxy_manager_for(*args, **kwargs)
        _use_own_pools(manager)
        return manager


def _use_own_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Never: reading the body of a redirect to prepare the next request has no bounds."""
