"""One small, sound API with switchable defects: the live specimen of the checks.

``with target(defects={"jwt-alg-none"}) as running:`` serves it on ``running.url``;
``python -m tests.target --port 8000 --defect jwt-alg-none`` serves it as a process of its own.
A defect may have variants (``permissive-cors:null``). Every defect is one ``if`` at the place
where the sound behaviour is written. Several are no defects but traps (``soft-404``,
``refuse-with:200``, ``token-in:cookie``): sound, though unusual.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import gzip
import hashlib
import hmac
import json
import math
import os
import re
import secrets
import signal
import socket
import socketserver
import sqlite3
import struct
import sys
import threading
import time
import traceback
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote
from urllib.request import urlopen

from jose import jws
from jose.exceptions import JOSEError

from pytest_readiness.probes.keys import new_pair, pem_of, public_keys_in
from tests import (
    target_auth,
    target_graphql,
    target_injection,
    target_inputs,
    target_limits,
    target_secrets,
    target_transport,
)


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from email.message import Message

APP = "https://app.example.com"
ADMIN = {"username": "admin", "password": "only-for-tests-7f3k-9q2m"}
ISSUER, AUDIENCE = "https://auth.example.com", "https://api.example.com"
REFRESH_SECONDS = 24 * 3600
LOGINS_A_MINUTE, REQUESTS_A_MINUTE = 30, 600
LARGEST_BODY = 64 * 1024
MODELS = ("small-1", "large-1")

ON = ("",)  # a defect without variants
PATHS = ("/api/available-models", "*")  # strikes one path, any other path or all of them


HEADERS: dict[str, tuple[str, dict[str, str]]] = {
    "opener-absent": ("/", {"Cross-Origin-Opener-Policy": ""}),
    "opener-unsafe": ("/", {"Cross-Origin-Opener-Policy": "unsafe-none"}),
    "opener-for-popups": (  # sound
        "/",
        {"Cross-Origin-Opener-Policy": 'same-origin-allow-popups; report-to="coop"'},
    ),
    # variant: path, and headers to have instead; without a value one is not sent
    "policy-absent": ("/", {"Content-Security-Policy": ""}),
    "policy-only-reported": (
        "/",
        {
            "Content-Security-Policy": "",
            "Content-Security-Policy-Report-Only": "default-src 'none'; frame-ancestors 'none'",
        },
    ),
    "policy-inline": (
        "/",
        {"Content-Security-Policy": "script-src 'self' 'unsafe-inline'; object-src 'none'"},
    ),
    "policy-any-site": ("/", {"Content-Security-Policy": "default-src https:; base-uri 'none'"}),
    "policy-without-scripts": ("/", {"Content-Security-Policy": "img-src 'self'; base-uri 'none'"}),
    "policy-eval": (
        "/",
        {
            "Content-Security-Policy": "script-src 'self' 'unsafe-eval'; object-src 'none'; "
            "base-uri 'none'"
        },
    ),
    "policy-without-base": ("/", {"Content-Security-Policy": "default-src 'none'"}),
    "policy-strict-dynamic": (  # sound: what is there for old browsers counts for nothing
        "/",
        {
            "Content-Security-Policy": "script-src 'nonce-r4nd0m' 'strict-dynamic' 'unsafe-inline' "
            "https:; object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
        },
    ),
    "policies-two": (  # sound: both hold
        "/",
        {
            "Content-Security-Policy": "script-src 'self' 'unsafe-inline', default-src 'none'; "
            "script-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        },
    ),
    "framing-free": (
        "/",
        {"Content-Security-Policy": "default-src 'none'", "X-Frame-Options": ""},
    ),
    "framing-open": (  # X-Frame-Options counts for nothing beside frame-ancestors
        "/",
        {"Content-Security-Policy": "default-src 'none'; frame-ancestors https:"},
    ),
    "framing-obsolete": (
        "/",
        {
            "Content-Security-Policy": "default-src 'none'",
            "X-Frame-Options": "ALLOW-FROM https://a.example",
        },
    ),
    "framing-by-one": (  # sound
        "/",
        {
            "Content-Security-Policy": "default-src 'none'; frame-ancestors https://a.example",
            "X-Frame-Options": "",
        },
    ),
    "framing-by-old-header": (  # sound
        "/",
        {"Content-Security-Policy": "default-src 'none'", "X-Frame-Options": "SAMEORIGIN"},
    ),
    "referrer-absent": ("/", {"Referrer-Policy": ""}),
    "referrer-unsafe": ("/", {"Referrer-Policy": "no-referrer, unsafe-url"}),
    "referrer-fallback": ("/", {"Referrer-Policy": "no-referrer, new-policy"}),  # sound
    "hsts-absent": ("*", {"Strict-Transport-Security": ""}),
    "hsts-short": ("*", {"Strict-Transport-Security": "max-age=86400; includeSubDomains"}),
    "hsts-half-year": ("*", {"Strict-Transport-Security": "max-age=15768000; includeSubDomains"}),
    "hsts-broken": ("*", {"Strict-Transport-Security": "max-age=31536000; max-age=31536000"}),
    "hsts-this-host-only": ("*", {"Strict-Transport-Security": "max-age=63072000"}),
    "hsts-quoted": (  # sound
        "*",
        {"Strict-Transport-Security": 'Max-Age="63072000" ; includesubdomains; preload'},
    ),
    "cache-public": ("/api/users/me", {"Cache-Control": "public, max-age=60"}),
    "cache-absent": ("/api/users/me", {"Cache-Control": ""}),
    "cache-private": ("/api/users/me", {"Cache-Control": "private, max-age=60"}),
    "cache-private-no-store": ("/api/users/me", {"Cache-Control": "Private, No-Store"}),  # sound
    "vary-absent": ("/api/users/me", {"Vary": "", "Cache-Control": "max-age=60"}),
    "vary-absent-not-kept": ("/api/users/me", {"Vary": ""}),  # sound
    "vary-several": (
        "/api/users/me",
        {"Vary": "accept-encoding, origin", "Cache-Control": "max-age=60"},
    ),  # sound
    "proxy-added": (  # sound
        "*",
        {"Via": "1.1 edge", "X-Cache": "MISS", "Server": "cloudfront", "Age": "0"},
    ),
    "sniffing-page": ("/", {"X-Content-Type-Options": ""}),
    "odd-nosniff": ("*", {"X-Content-Type-Options": "NoSniff"}),  # sound
}

SERVED: dict[str, tuple[str, int, str, str]] = {
    # variant: path, status, type and body of what is there too; * is each path without a route
    "git": ("/.git/HEAD", 200, "text/plain", "ref: refs/heads/main\n"),
    "git-in-static": ("/static/.git/HEAD", 200, "application/octet-stream", "ref: refs/heads/x\n"),
    "env": ("/.env", 200, "text/plain", "# ours\nAPP_ENV=prod\nDB_URL=x\n"),
    "dump": ("/dump.sql", 200, "application/sql", "-- dump\nCREATE TABLE users (id int);\n"),
    "key": ("/id_rsa", 200, "text/plain", "-----BEGIN RSA PRIVATE KEY-----\nMIIx\n"),
    "words-at-env": ("/.env", 200, "text/plain", "Nothing is here.\n"),  # a trap
    "page-at-git": ("/.git/config", 200, "text/html", "<html>[core] of the API</html>"),  # a trap
    "same-text-everywhere": ("*", 200, "text/plain", "APP=example\n"),  # a trap
    "toolbar": ("/__debug__/", 200, "text/html", '<div id="djDebug" class="djdt-hidden">'),
    "profiler": ("/debug/pprof/", 200, "text/html", "Types of profiles available:"),
    "django-debug": (
        "*",
        404,
        "text/html",
        "<p>You&#x27;re seeing this error because <code>DEBUG = True</code></p>",
    ),
    "starlette-debug": ("*", 404, "text/html", "<title>Starlette Debugger</title>"),
    "article-on-debugging": (  # a trap
        "/console",
        200,
        "text/html",
        "<h1>Console</h1><p>Set DEBUG = True to see the Werkzeug debugger.</p>",
    ),
    "actuator": ("/actuator/env", 200, "application/json", '{"propertySources": []}'),
    "variables": ("/debug/vars", 200, "application/json", '{"memstats": {"Alloc": 1}}'),
    "graphql-console": ("/graphiql", 200, "text/html", "<title>GraphiQL</title><div></div>"),
    "login-at-admin": ("/admin", 200, "text/html", "<form><input type=password></form>"),  # a trap
    "explorer": ("/docs", 200, "text/html", "<div id='swagger-ui'></div>"),
    "contact": (
        "/.well-known/security.txt",
        200,
        "text/plain; charset=utf-8",
        "# whom to tell\nContact: mailto:security@example.com\nExpires: 2999-01-01T00:00:00z\n",
    ),
    "contact-at-old-place": (
        "/security.txt",
        200,
        "text/plain",
        "Contact: https://example.com/report\nExpires: 2999-01-01T00:00:00+02:00\n",
    ),
    "contact-expired": (
        "/.well-known/security.txt",
        200,
        "text/plain",
        "Contact: mailto:security@example.com\nExpires: 2020-01-01T00:00:00Z\n",
    ),
    "contact-without-end": (
        "/.well-known/security.txt",
        200,
        "text/plain",
        "Contact: mailto:security@example.com\n",
    ),
    "contact-missing": (
        "/.well-known/security.txt",
        200,
        "text/plain",
        "Expires: 2999-01-01T00:00:00Z\n",
    ),
}

DEFECTS: dict[str, tuple[str, ...]] = {  # the first variant is the one meant without a variant
    "account-enumeration": ("message", "status"),
    "account-routes": ON,  # a trap
    "auth-disabled": ON,
    "broken-function-authorization": ON,
    "broken-login-journey": ("useless-token", "logout-keeps-token"),
    "broken-page": ON,
    "broken-object-authorization": ("all", "read", "write"),
    "cacheable-credentials": ON,
    "contract-breach": ("wrong-type", "missing-field"),
    "changing-get": ON,  # a trap
    "dead-metrics": ("constant", "absent"),
    "debug-console": ON,
    "default-credentials": ("common", "documented"),
    "deny-with": ("403", "200"),  # a trap
    "dies-on-payload": ON,
    "endless-stream": PATHS,
    "foreign-account-change": ("password", "profile"),
    "gzip-bomb": PATHS,
    "guessable-signing-key": (
        *("listed", "in-repository", "frequent", "with-an-ending", "composed", "in-a-list"),
    ),
    "hangs": PATHS,
    "headers": tuple(HEADERS),
    "health-needs-token": ON,
    "insecure-session-cookie": ("all", "Secure", "HttpOnly", "SameSite=Lax"),
    "invalid-encoding": PATHS,
    "jwt-alg-none": ("all", "none-only", "None-only", "NONE-only", "nOnE-only", "except-none"),
    "jwt-audience-unchecked": ("all", "iss", "aud"),
    "jwt-embedded-key": ("jwk", "x5c"),
    "jwt-expiry-unchecked": ("exp", "nbf"),
    "jwt-foreign-key-url": ("jku", "x5u", "fetched-only"),
    "jwt-key-confusion": ON,
    "jwt-key-id-injection": ("file", "sql"),
    "jwt-signature-unchecked": ON,
    "limits-with": ("403", "500"),  # 403 is a trap
    "locks-accounts": ON,  # a trap
    "mass-assignment": ("all", "register", "change"),
    "missing-security-headers": ("all", "api", "page", "errors"),
    "mock-mode-on": ("canned", "echo"),
    "no-rate-limit": ON,
    "no-retry-after": ON,
    "opaque-tokens": ON,  # a trap
    "plain-health": ON,  # a trap
    "policy-in-page": ON,  # a trap
    "permissive-cors": (
        "reflect",
        "reflect-with-cookie-only",
        "preflight-only",
        "actual-only",
        "null",
        "star",
        "prefix",
        "suffix",
        "subdomain",
        "http",
    ),
    "public-items": ON,  # a trap
    "redirect-elsewhere": PATHS,
    "refresh-token-as-access": ON,
    "refuse-with": ("200", "400", "403", "404", "500"),  # a trap
    "refresh-grace": ON,  # a trap
    "replayable-refresh-token": ("rotated", "kept"),
    "reset-connection": PATHS,
    "rs256-tokens": ("jwks", "discovery", "pem"),  # a trap
    "serves": tuple(SERVED),
    "session-cookie": (  # the first two are traps
        "secure-by-proxy",
        "others-beside-it",
        "of-the-login",
        "for-other-sites",
    ),
    "shows-passwords": ("plain", "hash", "masked"),  # the last is a trap
    "silent-creation": ON,  # a trap
    "slow-drip": PATHS,
    "soft-404": ("page", "redirect"),  # a trap
    "spoofable-rate-limit": ON,
    "strict-bodies": ON,  # a trap
    "trace": ("echo", "without-allow"),
    "token-in": ("cookie", "X-Token", "query"),  # a trap
    "token-prefix": ("Token", "none"),  # a trap
    "unauthenticated-operation": ("read", "broken", "write", "remove"),
    "unnamed-limit": ON,  # a trap
    "undocumented-status": ON,
    "unhealthy": ("200", "503"),
    "verbose-errors": ("all", "lookup"),
    "version-disclosure": ON,
    **target_transport.DEFECTS,
    **target_inputs.DEFECTS,
    **target_injection.VARIANTS,
    **target_graphql.DEFECTS,
    **target_limits.DEFECTS,
    **target_auth.DEFECTS,
    **target_secrets.DEFECTS,
}


LOOSER = {
    "suffix": r".*app\.example\.com",
    "subdomain": r"https://.+\.app\.example\.com",
    "http": r"https?://app\.example\.com",
}


MOST_WRONG = 5
MOST_CODES = 12
DEFAULTS = {"common": ("root", "toor"), "documented": ("ada", "a long enough secret")}
GUESSABLE = {
    "listed": "supersecret",
    "in-repository": "orchid lantern 4471",
    "frequent": "snowflake",
    "with-an-ending": "Dolphin123",
    "composed": "example-jwt-secret2024",
    "in-a-list": "h4lyard & binnacle",
}


def chosen(names: Iterable[str]) -> dict[str, str]:
    """Return the variant of each named defect; a ValueError lists the known names."""
    variants: dict[str, str] = {}
    for name in sorted(names):
        defect, _, variant = name.partition(":")
        known = DEFECTS.get(defect, ())
        variant = variant or next(iter(known), "")
        if variant not in known and not (known is PATHS and variant.startswith("/")):
            raise ValueError(f"unknown defect {name!r}; known are {', '.join(spellings())}")
        if variants.setdefault(defect, variant) != variant:
            raise ValueError(f"one variant at a time: {defect} is given twice")
    return variants


def spellings() -> list[str]:
    """Every name a defect can be switched on by."""
    listed: list[str] = []
    for defect, variants in DEFECTS.items():
        listed += [defect, *(f"{defect}:{variant}" for variant in variants if variant)]
    return listed


@dataclass
class User:
    id: str
    username: str
    password: bytes
    role: str = "user"
    display_name: str = ""

    def public(self) -> dict[str, str]:
        shown = ("id", "username", "role", "display_name")
        return {name: getattr(self, name) for name in shown}


@dataclass
class Call:
    """One request, as the functions of the routes see it."""

    server: Server
    method: str
    path: str
    headers: Mapping[str, str] | Message
    address: str
    query: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""
    route: Route | None = None
    at: dict[str, str] = field(default_factory=dict)  # the path's parameters
    body: Any = None
    user: Any = None
    sid: str = ""
    limits: dict[str, str] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    id: str = ""

    def __post_init__(self) -> None:
        given = self.headers.get("X-Request-ID") or ""
        self.id = given if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", given) else secrets.token_hex(16)
        self.defects = self.server.defects

    def cookie(self, name: str) -> str:
        with contextlib.suppress(CookieError, KeyError):
            return SimpleCookie(self.headers.get("Cookie") or "")[name].value
        return ""


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    type: str = "application/json"

    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


def problem(call: Call, status: int, detail: str, **more: Any) -> Answer:
    title = HTTPStatus(status).phrase
    shown: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
    }
    return Answer(status, {**shown, "request_id": call.id, **more}, type="application/problem+json")


def refusal(call: Call, detail: str) -> Answer:
    """Answer whoever did not prove who they are."""
    status = int(call.defects.get("refuse-with", 401))
    if status == HTTPStatus.OK:
        return Answer(200, {"success": False, "error": detail})
    answer = problem(call, status, detail)
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def denial(call: Call, status: int, detail: str) -> Answer:
    """Answer whom we know, and who may not."""
    status = int(call.defects.get("deny-with", status))
    if status == HTTPStatus.OK:
        return Answer(200, {"success": False, "error": detail})
    return problem(call, status, detail)


# --- tokens: HS256 by hand, because half of the defects are things a library refuses to do


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def signature(message: str, secret: str) -> str:
    return base64url(hmac.digest(secret.encode(), message.encode(), hashlib.sha256))


def encode(claims: dict[str, Any], secret: str, alg: str = "HS256") -> str:
    """Return a token with these claims; without a secret its signature is empty."""
    parts = (json.dumps(part).encode() for part in ({"alg": alg, "typ": "JWT"}, claims))
    message = ".".join(map(base64url, parts))
    return f"{message}.{signature(message, secret) if secret else ''}"


def issue(server: Server, user: User, kind: str, sid: str) -> str:
    now = int(time.time())
    lifetime = server.access_seconds if kind == "access" else REFRESH_SECONDS
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": user.id,
        "sid": sid,
        "type": kind,
    }
    claims |= target_secrets.claims(server.defects.get("personal-claims", ""))
    lifetime = target_auth.lifetime(server.defects, kind, lifetime)
    claims |= {"jti": secrets.token_hex(8), "iat": now, "nbf": now}
    claims |= {"exp": now + lifetime} if lifetime else {}
    if kind == "refresh":
        server.sessions[sid] = claims["jti"]
    if "opaque-tokens" in server.defects:
        token = secrets.token_urlsafe(32)
        server.opaque[token] = claims
        return token
    if server.pair:
        return str(jws.sign(claims, server.pair.private, {"kid": "main"}, "RS256"))
    if server.defects.get("broken-login-journey") == "useless-token" and kind == "access":
        return encode(claims, secrets.token_hex(32))
    return encode(claims, server.secret)


def unsigned_is_fine(alg: Any, defects: Mapping[str, str]) -> bool:
    if "jwt-alg-none" in defects and str(alg).lower() == "none":
        variant = defects["jwt-alg-none"]
        return variant in ("all", f"{alg}-only") or (variant == "except-none" and alg != "none")
    return False


def signed_claims(server: Server, token: str) -> Any:
    """Return the claims of a token that we signed.

    Raises:
        PermissionError: we did not.
        ValueError: it is no token at all (or another error of its broken parts).
    """
    message, _, given = token.rpartition(".")
    header, claims = (json.loads(unbase64url(part)) for part in message.split("."))
    alg = header["alg"]
    if not unsigned_is_fine(alg, server.defects):
        key = key_by_header(server, header)
        if key:
            return json.loads(jws.verify(token, key, alg))
        if server.pair and alg == "RS256":
            return json.loads(jws.verify(token, dict(server.pair.jwk), alg))
        if alg != "HS256" or (server.pair and "jwt-key-confusion" not in server.defects):
            raise PermissionError("unexpected algorithm")
        known = {signature(message, secret) for secret in shared_secrets(server, header)}
        if given not in known and "jwt-signature-unchecked" not in server.defects:
            raise PermissionError("wrong signature")
    return claims


def key_by_header(server: Server, header: Mapping[str, Any]) -> Any:
    """The key that a token brings along or points to, where a defect makes us believe it."""
    embedded = server.defects.get("jwt-embedded-key")
    if embedded == "jwk" and "jwk" in header:
        return header["jwk"]
    if embedded == "x5c" and "x5c" in header:
        return public_keys_in(pem_of(header["x5c"][0]))[0]
    followed = server.defects.get("jwt-foreign-key-url")
    if followed in ("jku", "fetched-only") and "jku" in header:
        keys = json.loads(fetched(header["jku"]))["keys"]
        return keys[0] if followed == "jku" else None
    if followed == "x5u" and "x5u" in header:
        return public_keys_in(fetched(header["x5u"]))[0]
    return None


def fetched(url: str) -> str:
    with urlopen(url, timeout=2) as answer:  # noqa: S310 - the defect is just that
        return answer.read().decode()


def shared_secrets(server: Server, header: Mapping[str, Any]) -> list[str]:
    """The secrets that a token may be signed with: ours, and what a defect finds by its kid."""
    if server.pair:
        return public_keys_in(json.dumps(server.pair.jwk))
    kid = str(header.get("kid", ""))
    match server.defects.get("jwt-key-id-injection"):
        case "file" if kid:
            with contextlib.suppress(OSError, ValueError):
                return [(Path("/srv/keys") / kid).resolve().read_text(encoding="utf-8")]
        case "sql" if kid:
            with contextlib.suppress(sqlite3.Error), sqlite3.connect(":memory:") as database:
                database.execute("CREATE TABLE keys (kid TEXT, secret TEXT)")
                query = f"SELECT secret FROM keys WHERE kid = '{kid}'"  # noqa: S608 - a defect
                return [row[0] for row in database.execute(query)]
    return [server.secret]


def verified(server: Server, token: str, kind: str) -> dict[str, Any] | None:
    """Return the claims of a token that is ours, of this kind, in time and not revoked."""
    try:
        claims = server.opaque.get(token) or signed_claims(server, token)
        trusting = server.defects.get("jwt-audience-unchecked")
        ours = trusting in ("all", "iss") or claims["iss"] == ISSUER
        ours = ours and (trusting in ("all", "aud") or claims["aud"] == AUDIENCE)
        timeless = server.defects.get("jwt-expiry-unchecked")
        in_time = timeless == "nbf" or claims["nbf"] <= time.time()
        in_time = in_time and (timeless == "exp" or time.time() < claims.get("exp", math.inf))
        right_kind = claims["type"] == kind
        if "refresh-token-as-access" in server.defects and kind == "access":
            right_kind = True
        known = claims["sub"] in server.users and claims["sid"] in server.sessions
    except PermissionError:
        return None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, JOSEError, OSError):
        if token and "dies-on-payload" in server.defects:
            server.die()
        return None
    return claims if ours and in_time and right_kind and known else None


def carried_token(call: Call) -> str:
    """Return the token that the request carries, where this API looks for it."""
    match call.defects.get("token-in"):
        case "cookie":
            return call.cookie("access_token")
        case "X-Token":
            return call.headers.get("X-Token") or ""
        case "query":
            return call.query.get("access_token", "")
    header = call.headers.get("Authorization") or ""
    wanted = call.defects.get("token-prefix", "Bearer")
    if wanted == "none":
        return header
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == wanted.lower() else ""


def authenticate(call: Call) -> None:
    token = target_auth.other_token(call, carried_token(call))
    claims = verified(call.server, token, "access")
    if claims:
        call.user, call.sid = call.server.users[claims["sub"]], claims["sid"]
    elif "auth-disabled" in call.defects or target_auth.is_let_in(call):
        call.user = next(iter(call.server.users.values()), None)


# --- rate limits


def over_limit(call: Call, most: int, account: str = "") -> Answer | None:
    """Count the request against its minute; return the refusal once there were too many."""
    if "no-rate-limit" in call.defects:
        return None
    bucket = f"account {account}" if account else f"address {call.address}"
    bucket, most = target_limits.rule(call.defects, bucket, most, call.address)
    if "spoofable-rate-limit" in call.defects:
        bucket += call.headers.get("X-Forwarded-For") or ""
    now = time.monotonic()
    with call.server.lock:
        hits = call.server.hits[bucket]
        while hits and hits[0] <= now - 60:
            hits.popleft()
        left = most - len(hits)
        if left > 0:
            hits.append(now)
    left = target_limits.left(call.defects, bucket, most, left)
    if "unnamed-limit" not in call.defects:
        call.limits = {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(left - 1, 0)),
        }
    if left > 0:
        return None
    answer = problem(
        call, int(call.defects.get("limits-with", 429)), f"more than {most} requests a minute"
    )
    if "no-retry-after" not in call.defects and answer.status != HTTPStatus.INTERNAL_SERVER_ERROR:
        answer.headers["Retry-After"] = str(max(1, int(hits[0] + 60 - now) + 1))
    return answer


# --- accounts


def password_hash(password: str, salt: bytes) -> bytes:
    return salt + hashlib.scrypt(password.encode(), salt=salt, n=2**11, r=8, p=1)


def add_user(server: Server, username: str, password: str, **more: str) -> User | None:
    hashed = password_hash(password, secrets.token_bytes(16))
    with server.lock:
        if any(user.username == username for user in server.users.values()):
            return None
        user = User(secrets.token_hex(8), username, hashed, **more)
        server.users[user.id] = user
    return user


def register(call: Call) -> Answer:
    settable = ["username", "password", "display_name"]
    if call.defects.get("mass-assignment") in ("all", "register"):
        settable.append("role")
    if why := target_auth.refused_password(call.defects, call.body["password"]):
        return problem(call, 422, f"another password, please: {why}")
    user = add_user(call.server, **{k: str(v) for k, v in call.body.items() if k in settable})
    if user is None:
        return problem(call, 409, "the username is taken")
    target_auth.store(call.defects, user.username, call.body["password"])
    return Answer(201, user.public())


def token_pair(call: Call, user: User, sid: str) -> Answer:
    access, refresh = (issue(call.server, user, kind, sid) for kind in ("access", "refresh"))
    pair = {"access_token": access, "refresh_token": refresh, "token_type": "bearer"}
    answer = Answer(200, {**pair, "expires_in": call.server.access_seconds})
    if call.defects.get("token-in") == "cookie":
        safely = "Path=/; Secure; HttpOnly; SameSite=Strict"
        cookie = f"access_token={access}; {safely}"
        answer.headers["Set-Cookie"] = target_auth.samesite(call.defects, cookie)
        target_auth.keep_session(call, access)
    if call.defects.get("session-cookie") == "of-the-login":
        answer.headers["Set-Cookie"] = f"access={access}; Path=/; HttpOnly; SameSite=Lax"
    if "cacheable-credentials" in call.defects:
        answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


def login(call: Call) -> Answer:
    username, password = call.body["username"], call.body["password"]
    if too_many := over_limit(call, LOGINS_A_MINUTE, username):
        return too_many
    users = call.server.users.values()
    user = next((user for user in users if user.username == username), None)
    stored = user.password if user else bytes(80)  # an unknown user costs the same time
    if user and "slow-for-the-known" in call.defects:
        hashlib.scrypt(b"", salt=b"", n=2**13, r=8, p=1)
    right = hmac.compare_digest(stored, password_hash(password, stored[:16]))
    if "locks-accounts" in call.defects:
        with call.server.lock:
            call.server.wrong[username] += not right
        right = right and call.server.wrong[username] <= MOST_WRONG
    if not right and "injectable-login" in call.defects:
        names = [one.username for one in users]
        name = target_injection.lets_in(username, password, names)
        user = next((one for one in users if one.username == name), None)
        right = user is not None
    if not right or user is None:
        return wrong_credentials(call, known=user is not None)
    return token_pair(call, user, secrets.token_hex(8))


def wrong_credentials(call: Call, *, known: bool) -> Answer:
    match call.defects.get("account-enumeration"):
        case "message":
            return refusal(call, "wrong password" if known else "no such user")
        case "status" if not known:
            return problem(call, 404, "wrong username or password")
    return refusal(call, "wrong username or password")


def refresh(call: Call) -> Answer:
    claims = verified(call.server, call.body["refresh_token"], "refresh")
    if claims is None:
        return refusal(call, "not a valid refresh token")
    replay = call.defects.get("replayable-refresh-token")
    with call.server.lock:
        current = call.server.sessions.pop(claims["sid"], None)
        fresh = current == claims["jti"] or (replay is not None and current is not None)
        if "refresh-grace" in call.defects and current is not None:
            fresh = fresh or call.server.before.get(claims["sid"]) == claims["jti"]
        call.server.before[claims["sid"]] = claims["jti"]
    if replay == "kept":
        call.server.sessions[claims["sid"]] = claims["jti"]
        access = issue(call.server, call.server.users[claims["sub"]], "access", claims["sid"])
        return Answer(200, {"access_token": access, "token_type": "bearer", "expires_in": 900})
    if not fresh:  # used before: somebody holds a copy, so the session ends for both
        return refusal(call, "this refresh token was used before")
    return token_pair(call, call.server.users[claims["sub"]], claims["sid"])


def forgot(call: Call) -> Answer:
    return Answer(202, target_auth.forgot(call))


def reset_password(call: Call) -> Answer:
    counted = call.defects["with-reset"] == "counted-code"
    if counted and (too_many := over_limit(call, MOST_CODES, call.server.last_asked)):
        return too_many
    name = target_auth.reset_for(call)
    user = next((one for one in call.server.users.values() if one.username == name), None)
    if user is None:
        return problem(call, 400, "this token is not valid")
    user.password = password_hash(call.body["password"], secrets.token_bytes(16))
    return Answer(204)


def logout(call: Call) -> Answer:
    if call.defects.get("broken-login-journey") != "logout-keeps-token":
        call.server.sessions.pop(call.sid, None)
    return Answer(204)


def me(call: Call) -> Answer:
    return Answer(200, call.user.public())


def change_me(call: Call) -> Answer:
    settable = ["display_name"]
    if call.defects.get("mass-assignment") in ("all", "change"):
        settable.append("role")
    for name in settable:
        setattr(call.user, name, str(call.body.get(name, getattr(call.user, name))))
    return me(call)


def delete_me(call: Call) -> Answer:
    call.server.users.pop(call.user.id, None)
    call.server.sessions.pop(call.sid, None)
    for item in [item for item in call.server.items.values() if item["owner"] == call.user.id]:
        call.server.items.pop(item["id"], None)
    return Answer(204)


def change_account(call: Call) -> Answer:
    """Change the account that the path names: its password or what it is called."""
    owner = call.server.users.get(call.at["user_id"])
    open_to_all = call.defects.get("foreign-account-change", "")
    what = "password" if call.path.endswith("/password") else "profile"
    if owner is None or (owner.id != call.user.id and what != open_to_all):
        return denial(call, 404, "no such account")
    if what == "password":
        owner.password = password_hash(call.body["password"], secrets.token_bytes(16))
        return Answer(204)
    owner.display_name = call.body.get("display_name", owner.display_name)
    return Answer(200, owner.public())


def team(call: Call) -> Answer:
    """Who else is here, which may show more than it should."""
    shown = {
        "hash": "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZMQ8yYbJ0Qk3bB9yNn0vB1sT3u5w7a",
        "plain": "correct horse",
        "masked": "********",  # a trap
    }
    value = shown.get(call.defects.get("shows-passwords", ""))
    more = {"password": value} if value else {"password_changed_at": "2026-01-05"}
    return Answer(200, {"users": [{"username": "ada", "has_password": True, **more}]})


def admin_users(call: Call) -> Answer:
    if call.user.role != "admin" and "broken-function-authorization" not in call.defects:
        return denial(call, 403, "for administrators only")
    return Answer(200, {"users": [user.public() for user in [*call.server.users.values()]]})


# --- items


def list_items(call: Call) -> Answer:
    items = [*call.server.items.values()]
    if call.user:  # always, unless a defect let the request in without a token
        items = [item for item in items if item["owner"] == call.user.id]
    first, most = int(call.query.get("offset", 0)), int(call.query.get("limit", 20))
    most = target_limits.page_size(call.defects, most)
    return Answer(200, {"items": items[first : first + most], "total": len(items)})


def create_item(call: Call) -> Answer:
    note = call.body.get("note", "")
    item = {"id": secrets.token_hex(8), "name": call.body["name"], "note": note}
    call.server.items[item["id"]] = item | {"owner": call.user.id}
    if "silent-creation" in call.defects:
        return Answer(201, {"message": "the item was created"})
    location = {"Location": f"/api/items/{item['id']}"}
    return Answer(201, call.server.items[item["id"]], location)


def one_item(call: Call) -> Answer:
    """Read, replace or delete one item of the caller's own; anyone else's is not found."""
    if call.method == "DELETE" and is_forgotten(call):
        call.server.items.pop(call.at["item_id"], None)
        return Answer(204)
    if "verbose-errors" in call.defects and "'" in call.at["item_id"]:
        raise ValueError(f"near {call.at['item_id']!r}: syntax error")
    item = call.server.items.get(call.at["item_id"])
    own = item is not None and call.user is not None and item["owner"] == call.user.id
    if "public-items" in call.defects and call.method == "GET":
        own = True
    if "broken-object-authorization" in call.defects:
        way = "read" if call.method in ("GET", "HEAD") else "write"
        own = own or call.defects["broken-object-authorization"] in ("all", way)
    if item is None or not own:
        return denial(call, 404, "no such item")
    if call.method == "DELETE":
        call.server.items.pop(item["id"], None)
        return Answer(204)
    if call.method == "PUT":
        item |= {"name": call.body["name"], "note": call.body.get("note", "")}
    return Answer(200, item)


# --- models


def available_models(call: Call) -> Answer:
    shown: dict[str, Any] = {"models": [{"id": name, "provider": "local"} for name in MODELS]}
    status = 202 if "undocumented-status" in call.defects else 200
    match call.defects.get("contract-breach"):
        case "wrong-type":
            shown["models"] = ", ".join(MODELS)
        case "missing-field":
            del shown["models"]
    return Answer(status, shown)


def thought(prompt: str) -> str:
    """Answer a prompt as a very small model would: it can add, multiply, repeat and sum up."""
    if sums := re.search(r"(\d{1,9})\s*(\+|\*|plus|times)\s*(\d{1,9})", prompt):
        left, right = int(sums[1]), int(sums[3])
        return str(left + right if sums[2] in ("+", "plus") else left * right)
    if repeat := re.search(r"(?i)\b(?:repeat|reply|say|echo)\b[^:]{0,40}:\s*(.{1,200})", prompt):
        return repeat[1].strip()
    words = sorted(set(re.findall(r"\w+", prompt.lower())), key=lambda word: (-len(word), word))
    return f"You ask about {', '.join(words[:3]) or 'nothing in particular'}."


def analyze(call: Call) -> Answer:
    prompt = call.body["prompt"]
    answer = thought(prompt)
    used = {"prompt_tokens": len(prompt.split()), "completion_tokens": len(answer.split())}
    if "mock-mode-on" in call.defects:
        answer = "This is a mock response. The analysis was successful."
        if call.defects["mock-mode-on"] == "echo":
            answer = f"Mock analysis of: {prompt[:60]}"
        used = {"prompt_tokens": 100, "completion_tokens": 50}
    used["total_tokens"] = sum(used.values())
    model = call.body.get("model", MODELS[0])
    return Answer(200, {"model": model, "answer": answer, "usage": used})


# --- what operators see


def health(call: Call) -> Answer:
    state, status = "healthy", 200
    if "unhealthy" in call.defects:
        state, status = "degraded", int(call.defects["unhealthy"])
    if "plain-health" in call.defects:
        return Answer(200, "Ok", type="text/html; charset=utf-8")
    components = {"database": {"status": "healthy"}, "cache": {"status": state}}
    if call.defects.get("leaked-canary") == "health":
        components |= {"last": {"status": target_secrets.remembered(call)}}
    return Answer(status, {"status": state, "components": components})


def ready(call: Call) -> Answer:
    if call.defects.get("unhealthy") == "503":
        return Answer(503, {"status": "not ready"})
    return Answer(200, {"status": "ready"})


def metrics(call: Call) -> Answer:
    if call.defects.get("dead-metrics") == "absent":
        return not_found(call)
    server = call.server
    lines = ["# HELP http_requests_total Requests answered.", "# TYPE http_requests_total counter"]
    with server.lock:
        for (method, path, status), count in sorted(server.answered.items()):
            labels = f'method="{method}",path="{path}",status="{status}"'
            lines.append(f"http_requests_total{{{labels}}} {count}")
        total, seconds = sum(server.answered.values()), server.seconds
    lines += [
        "# HELP http_request_duration_seconds Time to answer.",
        "# TYPE http_request_duration_seconds summary",
        f"http_request_duration_seconds_sum {seconds:.6f}",
        f"http_request_duration_seconds_count {total}",
    ]
    if call.defects.get("leaked-canary") == "metrics":
        lines.append(f'last_caller_info{{credential="{target_secrets.remembered(call)}"}} 1')
    return Answer(200, "\n".join(lines) + "\n", type="text/plain; version=0.0.4; charset=utf-8")


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Example</title></head>
<body><main><h1>Example</h1><p>The API is described in <a href="/openapi.json">OpenAPI</a>.</p>
</main></body></html>
"""


OTHERS = (  # a script reads the first, the second tells nobody apart, the third is taken away
    f"csrf_token={secrets.token_urlsafe(16)}; Path=/",
    "session_theme=light; Path=/",
    "old_session=; Path=/; Max-Age=0",
)


def wipe(call: Call) -> Answer:
    """Forget everybody, as some systems do on a mere GET."""
    call.server.users.clear()
    return Answer(500, {"message": "all is gone"})


def page(call: Call) -> Answer:
    shown = PAGE
    if "broken-page" in call.defects:
        shown = PAGE.replace("</head>", '<script src="/static/app.js"></script></head>')
    if "policy-in-page" in call.defects:
        policy = "default-src 'self'; object-src 'none'; base-uri 'none'"
        told = f'<meta http-equiv="content-security-policy" content="{policy}">'
        shown = PAGE.replace("</head>", f"{told}</head>")
    if "scripts" in call.defects:
        told = target_secrets.in_page(call.defects["scripts"])
        shown = PAGE.replace("</head>", f"{told}</head>")
    shown = target_transport.marked_up(call.server, shown)
    answer = Answer(200, shown, type="text/html; charset=utf-8")
    if given := target_auth.before_login(call):
        answer.headers["Set-Cookie"] = given
        return answer
    variant = call.defects.get("session-cookie")
    if call.defects.get("csrf-guard") == "double-submit":
        answer.headers["Set-Cookie"] = OTHERS[0]
        return answer
    if not call.cookie("session") and variant != "of-the-login":
        missing = call.defects.get("insecure-session-cookie")
        kept = [a for a in ("Secure", "HttpOnly", "SameSite=Lax") if missing not in (a, "all")]
        if variant == "secure-by-proxy" and call.headers.get("X-Forwarded-Proto") != "https":
            kept.remove("Secure")
        if variant == "for-other-sites":
            kept = ["Secure", "HttpOnly", "SameSite=None"]
        session = f"session={secrets.token_urlsafe(16)}"
        answer.headers["Set-Cookie"] = "; ".join([session, "Path=/", *kept])
        if variant == "others-beside-it":
            answer.headers["Set-Cookie"] += "".join(f"\r\nSet-Cookie: {one}" for one in OTHERS)
    return answer


def console() -> Answer:
    shown = "<title>Interactive Console</title><script>var EVALEX = true;</script>"
    return Answer(200, f"<!doctype html>{shown}", type="text/html; charset=utf-8")


def served(call: Call) -> Answer | None:
    """Return what lies at a path beside the routes, by a defect."""
    place, status, kind, text = SERVED.get(call.defects.get("serves", ""), ("", 0, "", ""))
    return Answer(status, text, type=kind) if place in (call.path, "*") else None


def beside(call: Call) -> Answer | None:
    """Return a script, a listing or a page beside the routes, by a defect."""
    if script := target_secrets.script(call):
        return Answer(200, script, type="text/javascript")
    if found := target_transport.beside(call) or target_graphql.beside(call):
        status, kind, body, headers = found
        return Answer(status, body, headers, kind)
    return None


def not_found(call: Call) -> Answer:
    if call.path == "/console" and "debug-console" in call.defects:
        return console()
    if there := served(call) or target_inputs.missing(call) or beside(call):
        return there
    match call.defects.get("soft-404"):
        case "page":
            return Answer(200, PAGE, type="text/html; charset=utf-8")
        case "redirect":
            return Answer(302, "", {"Location": "/"}, type="text/plain; charset=utf-8")
    return problem(call, 404, "nothing here")


def not_offered(call: Call, allowed: list[str]) -> Answer:
    trace = call.defects.get("trace")
    if call.method == "TRACE" and trace == "echo":
        return Answer(200, f"TRACE {call.path} HTTP/1.1\r\n{call.headers}", type="message/http")
    answer = problem(call, 405, f"{call.method} is not offered here")
    if trace != "without-allow":
        answer.headers["Allow"] = ", ".join(allowed)
    return answer


# --- the contract: schemas, routes, OpenAPI


def text(example: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", **more, "examples": [example]}


def count(example: int, **more: Any) -> dict[str, Any]:
    return {"type": "integer", **more, "examples": [example]}


def record(optional: Iterable[str] = (), **properties: Any) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    example = {name: shape["examples"][0] for name, shape in properties.items()}
    shape = {"type": "object", "required": required, "properties": properties}
    return {**shape, "examples": [example]}


def several(shape: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": shape, "examples": [shape["examples"]]}


USERNAME = text("ada", minLength=3, maxLength=64, pattern="^[A-Za-z0-9_.@+-]+$")
PASSWORD = text("a long enough secret", minLength=8, maxLength=128)
NAME, NOTE = text("lamp", minLength=1, maxLength=200), text("on the desk", maxLength=2000)
SHORT = text("Ada L.", maxLength=100)
ROLE = text("user", enum=["user", "admin"])
USER = record(id=text("9f1c"), username=USERNAME, role=ROLE, display_name=SHORT)
ITEM = record(id=text("7d20"), name=NAME, note=NOTE, owner=text("9f1c"))
TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")
STATE = text("healthy", enum=["healthy", "degraded"])
SCHEMAS: dict[str, dict[str, Any]] = {
    "Registration": record(
        ["display_name"], username=USERNAME, password=PASSWORD, display_name=SHORT
    ),
    "Credentials": record(username=text("ada"), password=text("a long enough secret")),
    "Tokens": record(
        access_token=text("eyJh.eyJz.c2ln"),
        refresh_token=text("eyJh.eyJz.c2ln"),
        token_type=text("bearer"),
        expires_in=count(900),
    ),
    "Forgotten": record(username=text("ada")),
    "Reset": record(token=text("4be1"), password=PASSWORD),
    "Refresh": record(refresh_token=text("eyJh.eyJz.c2ln")),
    "User": USER,
    "UserChange": record(["display_name"], display_name=SHORT),
    "NewPassword": record(password=PASSWORD),
    "Team": {"type": "object", "examples": [{"users": []}]},
    "Users": record(users=several(USER)),
    "NewItem": record(["note"], name=NAME, note=NOTE),
    "Item": ITEM,
    "Items": record(items=several(ITEM), total=count(1, minimum=0)),
    "Models": record(models=several(record(id=text(MODELS[0]), provider=text("local")))),
    "Prompt": record(
        ["model"],
        prompt=text("What is 2 + 3?", minLength=1, maxLength=4000),
        model=text(MODELS[0], enum=list(MODELS)),
    ),
    "Analysis": record(
        model=text(MODELS[0]),
        answer=text("5"),
        usage=record(**{name: count(5, minimum=0) for name in TOKENS}),
    ),
    "Health": record(
        status=STATE, components=record(database=record(status=STATE), cache=record(status=STATE))
    ),
    "Ready": record(status=text("ready", enum=["ready", "not ready"])),
    "Document": {"type": "object", "examples": [{"openapi": "3.1.0"}]},
    "Problem": record(
        type=text("about:blank"),
        title=text("Not Found"),
        status=count(404),
        detail=text("no such item"),
        request_id=text("4be1"),
    ),
    "Metrics": text("http_requests_total 1"),
    "Page": text("<!doctype html>"),
    **target_inputs.SCHEMAS,
}
MEDIA = {
    "Problem": "application/problem+json",
    "Metrics": "text/plain",
    "Page": "text/html",
} | target_inputs.MEDIA


def violations(shape: dict[str, Any], value: Any, place: str = "body") -> list[str]:
    """Say where a value does not have its declared shape, as far as requests need it."""
    kinds = {"object": dict, "string": str, "integer": int}
    if not isinstance(value, kinds[shape["type"]]) or isinstance(value, bool):
        return [f"{place} is not of type {shape['type']}"]
    if isinstance(value, dict):
        wrong = [f"{place}.{name} is missing" for name in shape["required"] if name not in value]
        for name in shape["properties"].keys() & value.keys():
            wrong += violations(shape["properties"][name], value[name], f"{place}.{name}")
        return wrong
    size = len(value) if isinstance(value, str) else value
    least = shape.get("minLength", shape.get("minimum", size))
    most = shape.get("maxLength", shape.get("maximum", size))
    fits = least <= size <= most and value in shape.get("enum", [value])
    if fits and re.search(shape.get("pattern", ""), str(value)):
        return []
    return [f"{place} is out of bounds"]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    function: Callable[[Call], Answer]
    answers: dict[int, str]  # status: name of a schema, or nothing
    body: str = ""
    secured: bool = False
    query: dict[str, dict[str, Any]] = field(default_factory=dict)

    def match(self, path: str) -> dict[str, str] | None:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", re.escape(self.path).replace("\\", ""))
        found = re.fullmatch(pattern, path)
        return (
            {name: unquote(value) for name, value in found.groupdict().items()} if found else None
        )


def openapi(call: Call) -> Answer:
    paths: dict[str, Any] = defaultdict(dict)
    for route in routes(call.defects):
        paths[route.path][route.method.lower()] = documented(route, call.defects)
    shown: dict[str, Any] = {"openapi": "3.1.0", "info": {"title": "Example", "version": "1.0.0"}}
    shown |= {"servers": [{"url": "/"}], "paths": paths}
    scheme = security_scheme(call.defects)
    shown["components"] = {"schemas": SCHEMAS, "securitySchemes": {"bearer": scheme}}
    return Answer(200, shown)


def security_scheme(defects: Mapping[str, str]) -> dict[str, str]:
    match defects.get("token-in"):
        case "cookie":
            return {"type": "apiKey", "in": "cookie", "name": "access_token"}
        case "X-Token":
            return {"type": "apiKey", "in": "header", "name": "X-Token"}
        case "query":
            return {"type": "apiKey", "in": "query", "name": "access_token"}
    if "token-prefix" in defects:
        return {"type": "apiKey", "in": "header", "name": "Authorization"}
    scheme = {"type": "http", "scheme": "bearer"}
    return scheme if "opaque-tokens" in defects else {**scheme, "bearerFormat": "JWT"}


def documented(route: Route, defects: Mapping[str, str]) -> dict[str, Any]:
    secured = needs_token(route, defects)
    refused = int(defects.get("refuse-with", 401))
    answers = dict(route.answers) | dict.fromkeys([429, 500], "Problem")
    if secured or 401 in answers:
        answers.pop(401, None)
        answers.setdefault(refused, "Problem")
    if "{" in route.path:
        answers[404] = "Problem"
    if route.body or route.query:
        answers[422] = "Problem"
    if route.body:
        answers |= dict.fromkeys([400, 411, 413, 415], "Problem")
    shown: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{route.function.__name__}",
        "summary": route.function.__name__.replace("_", " "),
        "security": [{"bearer": []}] if secured else [],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": text("7d20")}
            for name in re.findall(r"\{(\w+)\}", route.path)
        ]
        + [{"name": name, "in": "query", "schema": shape} for name, shape in route.query.items()],
        "responses": {
            str(status): {"description": HTTPStatus(status).phrase} | content(schema)
            for status, schema in sorted(answers.items())
        },
    }
    if route.body:
        shown["requestBody"] = {"required": True, **content(route.body)}
    return shown


def content(schema: str) -> dict[str, Any]:
    media = MEDIA.get(schema, "application/json")
    shape = {"$ref": f"#/components/schemas/{schema}"}
    return {"content": {media: {"schema": shape}}} if schema else {}


PAGING = {
    "limit": count(20, minimum=1, maximum=100),
    "offset": count(0, minimum=0, maximum=1_000_000),
}
REFUSES = {401: "Problem"}
ROUTES = (
    Route("GET", "/", page, {200: "Page"}),
    Route("GET", "/openapi.json", openapi, {200: "Document"}),
    Route("GET", "/metrics", metrics, {200: "Metrics"}),
    Route("GET", "/api/health", health, {200: "Health", 503: "Health"}),
    Route("GET", "/api/health/ready", ready, {200: "Ready", 503: "Ready"}),
    Route("POST", "/api/auth/register", register, {201: "User", 409: "Problem"}, "Registration"),
    Route("POST", "/api/auth/login", login, {200: "Tokens"} | REFUSES, "Credentials"),
    Route("POST", "/api/auth/refresh", refresh, {200: "Tokens"} | REFUSES, "Refresh"),
    Route("POST", "/api/auth/logout", logout, {204: ""}, secured=True),
    Route("GET", "/api/users/me", me, {200: "User"}, secured=True),
    Route("PATCH", "/api/users/me", change_me, {200: "User"}, "UserChange", secured=True),
    Route("DELETE", "/api/users/me", delete_me, {204: ""}, secured=True),
    Route("GET", "/api/admin/users", admin_users, {200: "Users", 403: "Problem"}, secured=True),
    Route("GET", "/api/items", list_items, {200: "Items"}, secured=True, query=PAGING),
    Route("POST", "/api/items", create_item, {201: "Item"}, "NewItem", secured=True),
    Route("GET", "/api/items/{item_id}", one_item, {200: "Item"}, secured=True),
    Route("PUT", "/api/items/{item_id}", one_item, {200: "Item"}, "NewItem", secured=True),
    Route("DELETE", "/api/items/{item_id}", one_item, {204: ""}, secured=True),
    Route("GET", "/api/available-models", available_models, {200: "Models"}),
    Route("POST", "/api/analyze", analyze, {200: "Analysis"}, "Prompt", secured=True),
)


def published(call: Call) -> Answer:
    """Return the key that tokens are verified with."""
    pair = call.server.pair
    if pair is None:
        return not_found(call)
    if call.path.endswith(".pem"):
        return Answer(200, pair.certificate, type="application/x-pem-file")
    if call.path.endswith("configuration"):
        return Answer(200, {"issuer": ISSUER, "jwks_uri": f"{call.server.url}/keys/current"})
    return Answer(200, {"keys": [pair.jwk]})


PUBLISHED = {
    "jwks": ("/.well-known/jwks.json",),
    "discovery": ("/.well-known/openid-configuration", "/keys/current"),
    "pem": ("/public.pem",),
}
ACCOUNTS = (
    Route("PATCH", "/api/users/{user_id}", change_account, {200: "User"}, "UserChange", True),
    Route("PUT", "/api/users/{user_id}/password", change_account, {204: ""}, "NewPassword", True),
)
TEAM = Route("GET", "/api/team", team, {200: "Team"}, secured=True)
RESETS = (
    Route("POST", "/api/auth/forgot-password", forgot, {202: "Document"}, "Forgotten"),
    Route("POST", "/api/auth/reset-password", reset_password, {204: ""} | REFUSES, "Reset"),
)
WIPE = Route("GET", "/api/wipe-all", wipe, {200: "Document"})


def routes(defects: Mapping[str, str]) -> tuple[Route, ...]:
    where = defects.get("rs256-tokens", "jwks" if "jwt-key-confusion" in defects else "")
    keys = [Route("GET", path, published, {200: "Document"}) for path in PUBLISHED.get(where, ())]
    keys += target_inputs.routes(defects)
    keys += [with_input(name, defects[name]) for name in target_injection.ROUTES if name in defects]
    more = {
        "account-routes": ACCOUNTS,
        "changing-get": (WIPE,),
        "shows-passwords": (TEAM,),
        "with-reset": RESETS,
    }
    added = [route for name, added in more.items() if name in defects for route in added]
    return (*ROUTES, *keys, *added)


def with_input(switch: str, variant: str) -> Route:
    """A route of ``target_injection``: one text in its query."""
    path, name, usual, function = target_injection.ROUTES[switch]
    example = target_injection.EXAMPLES.get(variant, usual)

    def asked(call: Call) -> Answer:
        status, kind, body = function(variant, call.query.get(name, example))
        return Answer(status, body, type=kind)

    return Route("GET", path, asked, {200: "Document"}, secured=True, query={name: text(example)})


# --- from a request to an answer


def needs_token(route: Route, defects: Mapping[str, str]) -> bool:
    if "public-items" in defects and (route.method, route.function) == ("GET", one_item):
        return False
    return route.secured or ("health-needs-token" in defects and route.function is health)


def is_forgotten(call: Call) -> bool:
    """Whether the route has forgotten its guard."""
    forgotten = {
        "read": ("GET", list_items),
        "broken": ("GET", me),
        "write": ("POST", create_item),
        "remove": ("DELETE", one_item),
    }
    variant = call.defects.get("unauthenticated-operation", "")
    if call.route is None or forgotten.get(variant) != (call.method, call.route.function):
        return False
    if variant == "broken" and not carried_token(call):
        return False
    if variant != "read":  # whoever asks without a login is shown the items of all
        call.user = next(iter(call.server.users.values()))
    return True


def answered(call: Call) -> Answer:
    """Return what the API answers: one step after the other, the first that objects ends it."""
    here = [route for route in routes(call.defects) if route.match(call.path) is not None]
    if not here:
        return not_found(call)
    allowed = sorted({route.method for route in here} | {"HEAD", "OPTIONS"})
    if call.method == "OPTIONS":
        return Answer(204, headers={"Allow": ", ".join(allowed)})
    method = "GET" if call.method == "HEAD" else call.method
    call.route = next((route for route in here if route.method == method), None)
    if call.route is None:
        return not_offered(call, allowed)
    call.at = call.route.match(call.path) or {}
    authenticate(call)
    if call.user is None and needs_token(call.route, call.defects) and not is_forgotten(call):
        return refusal(call, "a valid access token is needed")
    if why := target_auth.forged(call):
        return denial(call, 403, why)
    return understood(call, call.route) or call.route.function(call)


def understood(call: Call, route: Route) -> Answer | None:
    """Read body and query as the route declares them, or say what is wrong with them."""
    wrong: list[str] = []
    for name in route.query.keys() & call.query.keys():
        given = call.query[name]
        if call.defects.get("verbose-errors") == "all":
            int(given)
        number = int(given) if re.fullmatch(r"-?[0-9]{1,9}", given) else given
        if not target_limits.lifts_maximum(call.defects, name):
            wrong += violations(route.query[name], number, name)
    is_read_here = not target_inputs.reads_itself(call, route)
    if route.body and is_read_here and not target_auth.reads_anything(call):
        if not target_inputs.reads(call):
            return problem(call, 415, "send application/json")
        try:
            call.body = json.loads(call.raw)
            json.dumps(call.body, ensure_ascii=False).encode()  # half a character is no text
        except (ValueError, RecursionError):
            if call.defects.get("verbose-errors") == "all":
                raise
            return problem(call, 400, "the body is not JSON")
        wrong += violations(SCHEMAS[route.body], call.body)
        wrong = target_auth.wrong_fields(call.defects, wrong)
        if "strict-bodies" in call.defects and isinstance(call.body, dict):
            unknown = call.body.keys() - SCHEMAS[route.body]["properties"].keys()
            wrong += [f"body.{name} is not known" for name in sorted(unknown)]
    wrong = target_inputs.let_pass(call, wrong)
    if refused := target_inputs.refusal(call, wrong):
        return refused
    return problem(call, 422, "; ".join(wrong), errors=wrong) if wrong else None


def answer_to(call: Call) -> Answer:
    try:
        return over_limit(call, REQUESTS_A_MINUTE) or answered(call)
    except target_limits.StoreAwayError as error:
        return problem(call, 503 if str(error).endswith("503") else 500, "no store")
    except Exception:  # noqa: BLE001 - the last resort of a server
        if "verbose-errors" in call.defects:
            return Answer(500, traceback.format_exc(), type="text/plain; charset=utf-8")
        return problem(call, 500, "something went wrong on our side")


def trusts(call: Call, origin: str) -> bool:
    """Whether pages of this origin may read the answer: ours may, and nobody else's."""
    preflight, others = call.method == "OPTIONS", False
    match call.defects.get("permissive-cors"):
        case "reflect" | "star":
            others = bool(origin)
        case "reflect-with-cookie-only":
            others = bool(origin and call.headers.get("Cookie"))
        case "preflight-only":
            others = bool(origin and preflight)
        case "actual-only":
            others = bool(origin and not preflight)
        case "null":
            others = origin == "null"
        case "prefix":
            others = origin.startswith(APP)
        case looser if looser in LOOSER:
            others = re.fullmatch(LOOSER[looser], origin) is not None
    return others or origin == APP


def cors(call: Call) -> dict[str, str]:
    origin = call.headers.get("Origin") or ""
    preflight = call.method == "OPTIONS"
    trusted = trusts(call, origin)
    if not trusted:
        return {"Vary": "Origin"}
    named = "*" if call.defects.get("permissive-cors") == "star" else origin
    headers = {"Vary": "Origin", "Access-Control-Allow-Origin": named}
    headers["Access-Control-Allow-Credentials"] = "true"
    if preflight:
        headers["Access-Control-Allow-Methods"] = "GET, POST, PUT, PATCH, DELETE"
        headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type, X-Request-ID"
        headers["Access-Control-Max-Age"] = "600"
    return headers


def common_headers(call: Call, answer: Answer) -> dict[str, str]:
    """Return what every answer carries beside its own headers."""
    shown = {"Date": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())}
    shown |= {"X-Request-ID": call.id, "Cache-Control": "no-store", **cors(call), **call.limits}
    if "version-disclosure" in call.defects:
        shown |= {"Server": "ExampleServer/1.4.2 Python/3.11.4", "X-Powered-By": "Example 1.4.2"}
    is_page = answer.type.startswith("text/html")
    kind = "errors" if answer.status >= HTTPStatus.BAD_REQUEST else "page" if is_page else "api"
    if call.defects.get("missing-security-headers") not in ("all", kind):
        shown |= {
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Content-Security-Policy": f"default-src '{'self' if is_page else 'none'}'; "
            "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        }
    return shown


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 10  # a client that dawdles is cut off
    disable_nagle_algorithm = True

    def answer(self) -> None:
        if self.server.stopped.is_set():
            self.close_connection = True
            return
        path, _, query = self.path.partition("?")
        call = Call(self.server, self.command, path, self.headers, self.client_address[0])
        length = self.headers.get("Content-Length") or "0"
        if (raw := target_limits.body_of(self, call.defects)) is not None:
            self.serve(call, raw, query)
        elif "Transfer-Encoding" in self.headers or not re.fullmatch(r"[0-9]{1,12}", length):
            self.close_connection = True
            self.send(call, problem(call, 411, "say the length of the body"))
        elif int(length) > LARGEST_BODY:
            self.close_connection = True
            status = target_limits.too_large(self, call.defects, int(length))
            self.send(call, problem(call, status, f"at most {LARGEST_BODY} bytes"))
            for _ in range(0, min(int(length), 2**24), 2**16):  # hear the client out
                if not self.rfile.read1(2**16):
                    break
        else:
            self.serve(call, self.rfile.read(int(length)), query)

    def serve(self, call: Call, raw: bytes, query: str) -> None:
        call.raw = raw
        call.query = {k: v[-1] for k, v in parse_qs(query, keep_blank_values=True).items()}
        if not misbehaves(self, call) and not target_transport.upgrades(self, call):
            self.send(call, answer_to(call))

    def handle_one_request(self) -> None:
        timer = target_limits.watch(self, self.server.defects)
        super().handle_one_request()
        if timer is not None:
            timer.cancel()
        if target_limits.serve_inline(self.server.defects):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815
    do_TRACE = do_CONNECT = answer  # noqa: N815

    def send(self, call: Call, answer: Answer) -> None:
        if self.server.stopped.is_set():
            self.close_connection = True
            return
        body = answer.encoded()
        headers = {**common_headers(call, answer), "Content-Type": answer.type, **answer.headers}
        if "policy-in-page" in call.defects and call.path == "/":
            headers["Content-Security-Policy"] = "frame-ancestors 'none'"
        place, others = HEADERS.get(call.defects.get("headers", ""), ("", {}))
        if place in (call.path, "*"):
            headers = {k: v for k, v in (headers | others).items() if v}
        headers["Content-Length"] = str(len(body))
        if answer.status == HTTPStatus.NO_CONTENT:
            del headers["Content-Type"], headers["Content-Length"]
        if self.close_connection:
            headers["Connection"] = "close"
        bodiless = call.method == "HEAD" or answer.status == HTTPStatus.NO_CONTENT
        call.server.note(call, answer.status)
        self.wfile.write(head(answer.status, headers) + (b"" if bodiless else body))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not even a request in the same shape as everything else."""
        self.close_connection = True
        call = Call(self.server, self.command or "-", "-", {}, self.client_address[0])
        self.send(call, problem(call, code, message or explain or ""))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is inherited
        pass  # every answer writes its own line


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


# --- what a client must survive


def hang(handler: Handler, _: Call) -> None:
    handler.server.stopped.wait()


def drip(handler: Handler, call: Call) -> None:
    body = answer_to(call).encoded().ljust(4096)
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    handler.wfile.write(head(200, headers))
    for byte in body:
        handler.wfile.write(bytes([byte]))
        if handler.server.stopped.wait(0.1):
            return


def stream(handler: Handler, _: Call) -> None:
    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}
    handler.wfile.write(head(200, headers))
    while not handler.server.stopped.is_set():
        handler.wfile.write(b"4000\r\n" + b" " * 0x4000 + b"\r\n")


def bomb(handler: Handler, _: Call) -> None:
    body = gzip.compress(b" " * 2**20) * 1024  # a gigabyte in one megabyte
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    handler.wfile.write(head(200, headers | {"Content-Length": str(len(body))}) + body)


def reset(handler: Handler, _: Call) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    socket.close(handler.connection.detach())


def garble(handler: Handler, call: Call) -> None:
    broken = b'{"models": "\xff\xfe\xc3\x28"}'
    handler.send(call, Answer(200, broken, type="application/json; charset=utf-8"))


def redirect(handler: Handler, call: Call) -> None:
    elsewhere = f"http://localhost:{handler.server.port}/elsewhere"  # another host by its name
    handler.send(call, Answer(302, "", {"Location": elsewhere}))


MISBEHAVIOUR: dict[str, Callable[[Handler, Call], None]] = {
    "hangs": hang,
    "slow-drip": drip,
    "endless-stream": stream,
    "gzip-bomb": bomb,
    "reset-connection": reset,
    "invalid-encoding": garble,
    "redirect-elsewhere": redirect,
}


def misbehaves(handler: Handler, call: Call) -> bool:
    """Let the defect of this path, if any, have the connection."""
    for defect, act in MISBEHAVIOUR.items():
        if call.defects.get(defect) in (call.path, "*"):
            if act not in (garble, redirect):
                handler.close_connection = True
            act(handler, call)
            return True
    return False


class Server(socketserver.ThreadingTCPServer):
    """The API with its state; no HTTPServer, because that one looks up its own name."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        defects: Iterable[str] = (),
        *,
        port: int = 0,
        secret: str = "",
        access_seconds: int = 900,
        log: Callable[[str], None] | None = None,
    ) -> None:
        self.defects = chosen(defects)
        guessable = GUESSABLE.get(self.defects.get("guessable-signing-key", ""), "")
        self.secret = secret or guessable or secrets.token_hex(32)
        self.access_seconds = access_seconds
        self.users: dict[str, User] = {}
        self.sessions: dict[str, str] = {}  # session: its one valid refresh token
        self.wrong: Counter[str] = Counter()  # wrong passwords by user name
        self.before: dict[str, str] = {}  # session: the refresh token used last
        self.opaque: dict[str, dict[str, Any]] = {}
        self.given: set[str] = set()  # session cookies from before a login
        self.aliases: dict[str, str] = {}  # such a cookie: the token that it stands for
        self.resets: dict[str, str] = {}  # token: whose password may be replaced
        self.last_asked = ""
        asymmetric = {"rs256-tokens", "jwt-key-confusion"} & self.defects.keys()
        self.pair = new_pair("main") if asymmetric else None
        self.items: dict[str, dict[str, str]] = {}
        self.hits: dict[str, deque[float]] = defaultdict(deque)
        self.answered: Counter[tuple[str, str, int]] = Counter()
        self.seconds = 0.0
        self.last_credential = ""
        self.lines: deque[str] = deque(maxlen=10_000)
        self.log = log or self.lines.append
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.connections: set[socket.socket] = set()
        add_user(self, **ADMIN, role="admin")
        if default := DEFAULTS.get(self.defects.get("default-credentials", "")):
            add_user(self, *default)
        super().__init__(("127.0.0.1", port), Handler)
        self.port: int = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        if target_limits.serve_inline(self.defects):
            self.process_request_thread(request, client_address)
            return
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that went away is no error
            super().handle_error(request, client_address)

    def note(self, call: Call, status: int) -> None:
        """Count an answer and write its log line."""
        path, took = call.route.path if call.route else "other", time.monotonic() - call.started
        with self.lock:
            self.answered[call.method, path, status] += 1
            self.seconds += took
            if self.defects.get("dead-metrics") == "constant":
                self.answered[call.method, path, status], self.seconds = 1, 0.0
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line: dict[str, Any] = {
            "time": now,
            "level": "info",
            "message": "request",
            "method": call.method,
        }
        line |= {"path": call.path, "status": status, "host": call.headers.get("Host")}
        line |= {"duration_ms": round(took * 1000, 2), "request_id": call.id}
        self.log(json.dumps(line))
        target_secrets.remembered(call)
        for more in target_secrets.spilled(call):
            self.log(more)

    def die(self) -> None:
        """Stop answering anyone, as a process that crashed."""
        self.stopped.set()
        self.shutdown()
        self.server_close()

    def close(self) -> None:
        self.die()
        for connection in [*self.connections]:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def target(
    defects: Iterable[str] = (),
    *,
    secret: str = "",
    access_seconds: int = 900,
    certificate: Path | None = None,
) -> Iterator[Server]:
    """Serve the API with these defects on a free loopback port, in a thread.

    With a certificate, and its key in the same file, it is served over https.
    """
    server = Server(defects, secret=secret, access_seconds=access_seconds)
    if certificate is not None:
        target_transport.over_tls(server, certificate)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(5)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.target", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--defect", action="append", default=[], help=", ".join(DEFECTS))
    parser.add_argument("--access-seconds", type=int, default=900, help="lifetime of a token")
    options = parser.parse_args()
    options.defect += os.environ.get("DEFECTS", "").split()  # for profiles, which set variables

    def log(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    try:
        chosen(options.defect)
    except ValueError as error:
        parser.error(str(error))
    server = Server(
        options.defect,
        port=options.port,
        secret=os.environ.get("JWT_SECRET", ""),
        access_seconds=options.access_seconds,
        log=log,
    )
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    log(json.dumps({"level": "info", "message": "listening", "url": server.url}))
    target_transport.listen_elsewhere(server)
    with contextlib.suppress(KeyboardInterrupt), server:
        server.serve_forever(0.05)
    return 1 if server.stopped.is_set() else 0


if __name__ == "__main__":
    sys.exit(main())
