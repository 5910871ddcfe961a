"""The layers around every request, as plain ASGI, outermost first in ``install``."""

import ipaddress
import logging
import re
import time
import uuid
from collections.abc import Sequence

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestrator import metrics, problems
from orchestrator.logs import request_id
from orchestrator.ratelimit import RateLimiter
from orchestrator.settings import Settings


REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

API_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
# Swagger's page, in development only, loads its own assets and has an inline script.
DOCS_POLICY = (
    "default-src 'self'; script-src 'unsafe-inline' https://cdn.jsdelivr.net; img-src * data:; "
    "style-src https://cdn.jsdelivr.net 'unsafe-inline'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000; includeSubDomains"

logger = logging.getLogger(__name__)


def install(app: FastAPI, settings: Settings, limiter: RateLimiter) -> None:
    """Wrap the application; ``add_middleware`` wraps outwards, so the innermost comes first."""
    app.add_middleware(BodyGuard, max_bytes=settings.max_body_bytes)
    if limiter.enabled:
        app.add_middleware(ClientRateLimit, limiter=limiter)
    app.add_middleware(ErrorBoundary)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
        expose_headers=["X-Request-ID", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining"],
        max_age=600,
    )
    app.add_middleware(SecurityHeaders, in_production=settings.in_production)
    app.add_middleware(RequestContext, trusted_proxies=settings.trusted_proxies)


class RequestContext:
    """Give each request an id, a client address, a log line and its metrics."""

    def __init__(self, app: ASGIApp, trusted_proxies: Sequence[str]) -> None:
        self.app = app
        self.trusted = [ipaddress.ip_network(name, strict=False) for name in trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        supplied = headers.get("x-request-id", "")
        identifier = supplied if REQUEST_ID.fullmatch(supplied) else str(uuid.uuid4())
        request_id.set(identifier)
        client = self._client_address(scope, headers)
        scope.setdefault("state", {})["client_address"] = client
        method = scope["method"] if scope["method"] in METHODS else "other"
        status = 500
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = identifier
            await send(message)

        metrics.HTTP_IN_PROGRESS.inc()
        try:
            await self.app(scope, receive, send_with_id)
        finally:
            metrics.HTTP_IN_PROGRESS.dec()
            duration = time.perf_counter() - started
            template = getattr(scope.get("route"), "path", "unmatched")
            metrics.HTTP_REQUESTS.labels(method, template, str(status)).inc()
            metrics.HTTP_DURATION.labels(method, template).observe(duration)
            fields = {
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "duration_ms": round(duration * 1000, 1),
                "client": client,
            }
            logger.info("request", extra={"fields": fields})

    def _client_address(self, scope: Scope, headers: Headers) -> str:
        """Walk X-Forwarded-For from the right, for as long as the proxies are ours."""
        address = scope["client"][0] if scope.get("client") else "unknown"
        hops = ",".join(headers.getlist("x-forwarded-for")).split(",")
        while hops and self._trusts(address):
            hop = hops.pop().strip()
            if not hop:
                break
            address = hop
        return address

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.trusted)


class SecurityHeaders:
    """Browser policies for every answer, errors included."""

    def __init__(self, app: ASGIApp, *, in_production: bool) -> None:
        self.app = app
        self.headers = dict(SECURITY_HEADERS)
        if in_production:
            self.headers["Strict-Transport-Security"] = HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self.headers)
                headers["Content-Security-Policy"] = _content_policy(scope["path"])
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _content_policy(path: str) -> str:
    if path == "/" or path.startswith("/static/"):
        return PAGE_POLICY
    return DOCS_POLICY if path == "/docs" else API_POLICY


class ErrorBoundary:
    """Answer 500 for what nobody handled, inside the layers that add headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watching_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watching_send)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            logger.exception("unhandled error")
            detail = "Something went wrong on our side; quote the request id when you report it."
            await problems.response(500, "internal-error", detail)(scope, receive, send)


class ClientRateLimit:
    """Count API requests per client address; health checks and the page are free."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter) -> None:
        self.app = app
        self.limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" else ""
        if not path.startswith("/api/") or path.startswith("/api/health"):
            await self.app(scope, receive, send)
            return
        rule = self.limiter.per_client
        decision = await self.limiter.hit(rule, scope["state"]["client_address"])
        headers = decision.headers(rule)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in headers.items():
                    answer.setdefault(name, value)
            await send(message)

        if decision.accepted:
            await self.app(scope, receive, send_with_limits)
        else:
            refusal = problems.response(429, "rate-limited", "Too many requests.", headers)
            await refusal(scope, receive, send)


class BodyGuard:
    """Refuse bodies that are too large (413, also without Content-Length) or not JSON (415)."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        detail = f"A request body may have {self.max_bytes} bytes."
        if length.isdecimal() and int(length) > self.max_bytes:
            refusal = problems.response(413, "body-too-large", detail, {"Connection": "close"})
            await refusal(scope, receive, send)
            return
        has_body = length not in {"", "0"} or "transfer-encoding" in headers
        if has_body and not _is_json(headers.get("content-type", "")):
            refusal = problems.response(415, "not-json", "Send application/json.")
            await refusal(scope, receive, send)
            return
        received = 0

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise HTTPException(413, detail)
            return message

        await self.app(scope, counting_receive, send)


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"
