"""What tests/target.py speaks on the way to it, shows on its page, and has beside its routes."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import json
import socket
import ssl
import threading
import warnings
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID


if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.target import Call, Server


_SHA = "sha384-" + "oqVuAfXRKap7fdgcCY5uykM6" + "A" * 40
MARKUP: dict[str, str] = {
    # variant: what its head has, without an effect on anything else
    "foreign-script": '<script src="https://cdn.example.net/lib.js"></script>',
    "foreign-script-on-linked-page": '<a href="/about">about</a>',
    "foreign-style": '<link rel="stylesheet" href="//cdn.example.net/lib.css">',
    "unknown-digest": '<script src="https://cdn.example.net/lib.js" integrity="md5-abc"></script>',
    "pinned-script": (  # from here to the next comment these are traps
        f'<script src="https://cdn.example.net/lib.js" integrity="{_SHA}" crossorigin></script>'
    ),
    "inert-scripts": (
        '<!-- <script src="https://a.example.net/x.js"></script> -->'
        '<template><script src="http://b.example.net/x.js"></script></template>'
        '<script type="application/ld+json" src="http://c.example.net/x.json"></script>'
        '<script>const a = "<script src=http://d.example.net/x.js>"</script>'
        '<a href="http://e.example.net/">elsewhere</a>'
    ),
    "own-script-by-its-whole-address": '<script src="{url}/static/app.js"></script>',
    "plain-script": '<script src="http://cdn.example.net/lib.js"></script>',
    "plain-form": '<form action="http://example.net/login" method="post"></form>',
    "plain-picture": '<img src="http://example.net/x.png" alt="">',
    "plain-base": '<base href="http://cdn.example.net/"><link rel="stylesheet" href="a.css">',
    "upgraded-script": (  # a trap
        '<meta http-equiv="Content-Security-Policy" content="upgrade-insecure-requests">'
        '<script src="http://cdn.example.net/lib.js"></script>'
    ),
    "late-request": '<script src="/static/late.js"></script>',
    "late-socket": '<script src="/static/late.js"></script>',
    "late-request-to-itself": '<script src="/static/late.js"></script>',  # a trap
    "open-file": '<script src="/static/open.js"></script>',
    "kept-file": '<script src="/static/kept.js"></script>',  # a trap
}
SERVED: dict[str, tuple[str, str, str, dict[str, str]]] = {
    # page-with variant: path, type, body and headers of what its page leads to
    "foreign-script-on-linked-page": (
        "/about",
        "text/html",
        '<script src="https://cdn.example.net/lib.js"></script>',
        {},
    ),
    "late-request": (
        "/static/late.js",
        "text/javascript",
        "fetch('http://api.example.net/rates').catch(() => 0)",
        {},
    ),
    "late-socket": (
        "/static/late.js",
        "text/javascript",
        "new WebSocket('ws://api.example.net/feed')",
        {},
    ),
    "late-request-to-itself": (
        "/static/late.js",
        "text/javascript",
        "fetch('/api/health'); fetch('https://api.example.net/rates').catch(() => 0)",
        {},
    ),
    "open-file": ("/static/open.js", "text/javascript", "1", {}),
    "kept-file": (
        "/static/kept.js",
        "text/javascript",
        "1",
        {"Cross-Origin-Resource-Policy": "same-origin"},
    ),
}

RECOMMENDED = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
CIPHERS = {
    "static-rsa": f"{RECOMMENDED}:AES128-SHA",
    "null": f"{RECOMMENDED}:ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0",
    "anonymous": f"{RECOMMENDED}:AECDH-AES128-SHA:@SECLEVEL=0",
    "cbc": f"{RECOMMENDED}:ECDHE-ECDSA-AES128-SHA",
}
OLDEST = {"1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1}


def over_tls(server: Server, certificate: Path) -> None:
    """Let a server speak TLS; whoever speaks plain http to it is told so, as nginx does."""
    context = _context(server.defects, certificate)
    server.url = server.url.replace("http:", "https:")

    def finish(request: socket.socket, address: Any) -> None:
        request.settimeout(5)
        if request.recv(1, 2) != b"\x16":  # 2: MSG_PEEK
            _in_the_clear(server, request, address)
            return
        with contextlib.closing(context.wrap_socket(request, server_side=True)) as connection:
            server.connections.add(connection)
            try:
                server.RequestHandlerClass(connection, address, server)  # type: ignore[arg-type]
            finally:
                server.connections.discard(connection)

    server.finish_request = finish  # type: ignore[method-assign]


def _in_the_clear(server: Server, request: socket.socket, address: Any) -> None:
    variant = server.defects.get("cleartext-http", "")
    head = request.recv(4096, 2).partition(b"\r\n")[0]
    is_api = b"/api/" in head
    target = {
        "redirect": f"{server.url}/",
        "api-only": "" if is_api else f"{server.url}/",
        "redirect-to-http": f"{server.url}/".replace("https:", "http:"),
        "redirect-elsewhere": "https://www.example.com/",
    }.get(variant, "")
    if variant == "served" or (variant == "api-only" and is_api):
        server.RequestHandlerClass(request, address, server)  # type: ignore[arg-type]
        return
    request.recv(4096)
    if target and not (variant == "redirect" and is_api):
        line = f"HTTP/1.1 301 Moved Permanently\r\nLocation: {target}"
    else:
        line = "HTTP/1.1 400 Bad Request"
    request.sendall(f"{line}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


def _context(defects: Mapping[str, str], certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    weak, oldest = defects.get("weak-cipher", ""), defects.get("obsolete-tls", "")
    context.set_ciphers("ALL:@SECLEVEL=0" if oldest else CIPHERS.get(weak, RECOMMENDED))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = OLDEST.get(oldest, ssl.TLSVersion.TLSv1_2)
    variant = defects.get("certificate", "rsa" if weak == "static-rsa" else "")
    shown = _issued(variant, certificate) if variant else certificate
    if variant == "small-key":
        context.set_ciphers(f"{RECOMMENDED}:@SECLEVEL=0")
    context.load_cert_chain(shown)
    return context


def _issued(variant: str, authority: Path) -> Path:
    """A file with a certificate that the authority has issued, its key, and its chain."""
    pem = authority.read_bytes()
    ca, ca_key = x509.load_pem_x509_certificate(pem), load_pem_private_key(pem, None)
    now = datetime.now(UTC)
    begins, ends = {
        "expired": (-90, -1),
        "future": (2, 90),
        "dies-in-days": (-80, 10),
        "ends-soon": (-70, 20),
        "short-lived": (-2, 4),
    }.get(variant, (-10, 80))
    key: Any = ec.generate_private_key(ec.SECP256R1())
    if variant in {"small-key", "rsa"}:
        key = rsa.generate_private_key(65537, 1024 if variant == "small-key" else 2048)
    if variant == "untrusted":
        ca_key = key
    chain = b""
    if variant in {"chain-cut", "with-chain"}:
        inner_key = ec.generate_private_key(ec.SECP256R1())
        inner = _certificate(
            "an intermediate", inner_key, ca.subject, ca_key, now, (-100, 100), is_ca=True
        )
        chain = inner.public_bytes(Encoding.PEM) if variant == "with-chain" else b""
        issuer, ca_key = inner.subject, inner_key
    else:
        issuer = _name("127.0.0.1") if variant == "untrusted" else ca.subject
    leaf = _certificate(
        "127.0.0.1" if variant == "untrusted" else "the API",
        key,
        issuer,
        ca_key,
        now,
        (begins, ends),
        other=variant == "other-host",
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = authority.parent / "served.pem"
    path.write_bytes(leaf.public_bytes(Encoding.PEM) + chain + private)
    return path


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    common: str,
    key: Any,
    issuer: x509.Name,
    issuer_key: Any,
    now: datetime,
    days: tuple[int, int],
    *,
    is_ca: bool = False,
    other: bool = False,
) -> x509.Certificate:
    place: x509.GeneralName = x509.IPAddress(ip_address("127.0.0.1"))
    if other:
        place = x509.DNSName("shop.example.com")
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([place]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def marked_up(server: Server, page: str) -> str:
    """The page with what a defect puts into its head."""
    markup = MARKUP.get(server.defects.get("page-with", ""), "").replace("{url}", server.url)
    if server.defects.get("with-websocket", "").endswith("by-script"):
        markup += f"<script>{_OPENED % '/live/feed'}</script>"
    return page.replace("</head>", f"{markup}</head>")


Beside: TypeAlias = "tuple[int, str, str, dict[str, str]]"
"""Status, type, body and headers of what a defect serves beside the routes."""


def beside(call: Call) -> Beside | None:
    """Answer a path without a route, where a defect has something there."""
    if (found := SERVED.get(call.defects.get("page-with", ""))) and call.path == found[0]:
        return 200, found[1], found[2], found[3]
    if (found := LISTED.get(call.defects.get("directory-listing", ""))) and call.path == found[0]:
        return 200, found[1], found[2], found[3]
    if "with-graphql" in call.defects and call.path == "/graphql":
        return _queried(call)
    return None


# --- listings of folders

_FILES = '<a href="../">../</a>\n<a href="site.tar.gz">site.tar.gz</a>   01-Jan-2026 10:00   9120\n'
LISTED: dict[str, tuple[str, str, str, dict[str, str]]] = {
    # variant: path, type, body and headers
    "nginx": (
        "/static/",
        "text/html",
        (
            "<html><head><title>Index of /static/</title></head>\n"
            f"<body>\n<h1>Index of /static/</h1><hr><pre>{_FILES}</pre><hr></body></html>"
        ),
        {},
    ),
    "python": (
        "/uploads/",
        "text/html; charset=utf-8",
        (
            "<!DOCTYPE HTML>\n<html lang='en'>\n<head>\n"
            "<title>Directory listing for /uploads/</title>\n</head>\n<body>\n"
            "<h1>Directory listing for /uploads/</h1><ul><li><a href='a'>a</a></li></ul>"
        ),
        {},
    ),
    "express": (
        "/files/",
        "text/html; charset=utf-8",
        "<!DOCTYPE html><html><head><title>listing directory /files/</title></head><body></body>",
        {},
    ),
    "go": (
        "/assets/",
        "text/html; charset=utf-8",
        (
            '<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n'
            '<a href="app.js">app.js</a>\n<a href="app.js.map">app.js.map</a>\n</pre>\n'
        ),
        {},
    ),
    "of-packages": (  # a trap: what a package index is for
        "/files/",
        "text/html; charset=utf-8",
        (
            "<html><head><title>Index of packages</title></head><body><h1>Index of packages</h1>"
            '<a href="/files/a-1.0.tar.gz">a-1.0.tar.gz</a></body></html>'
        ),
        {},
    ),
    "api": (  # a trap: a list is what was asked for
        "/files/",
        "application/json",
        '{"files": [{"name": "report.pdf", "title": "Index of /files/"}]}',
        {},
    ),
    "article": (  # a trap
        "/static/",
        "text/html",
        "<html><head><title>How to switch off Index of /static/ pages</title></head></html>",
        {},
    ),
}


# --- GraphQL

GRAPHQL = (
    *("sound", "shallow", "for-users"),  # traps
    *("introspection", "filtered", "by-get", "aliases", "batches", "depth", "careless"),
)
SCHEMA = """
type Query { version: String! me: Account accounts: [Account!]! }
type Account { name: String! friend: Account friends: [Account!]! }
"""
_MOST_ALIASES, _MOST_IN_BATCH, _DEEPEST = 15, 5, 8


def _queried(call: Call) -> Beside:
    variant = call.defects["with-graphql"]
    if variant == "for-users":
        from tests.target import authenticate

        authenticate(call)
        if call.user is None:
            return 200, "application/json", '{"errors": [{"message": "log in first"}]}', {}
    if call.method == "GET":
        if variant != "by-get":
            return 405, "application/json", '{"errors": [{"message": "POST only"}]}', {}
        asked: Any = {"query": call.query.get("query", "")}
    else:
        try:
            asked = json.loads(call.raw)
        except ValueError:
            return 400, "application/json", '{"errors": [{"message": "no JSON"}]}', {}
    if isinstance(asked, list):
        if len(asked) > _MOST_IN_BATCH and variant not in {"batches", "careless"}:
            told = '{"errors": [{"message": "at most 5 queries in a batch"}]}'
            return 400, "application/json", told, {}
        return 200, "application/json", json.dumps([_executed(call, one) for one in asked]), {}
    return 200, "application/json", json.dumps(_executed(call, asked)), {}


def _executed(call: Call, asked: Any) -> dict[str, Any]:
    import graphql

    query, schema = str(asked.get("query", "")), graphql.build_schema(SCHEMA)
    if objections := _objections(call, schema, query):
        return {"errors": [{"message": message} for message in objections]}
    account: dict[str, Any] = {"name": "ada", "friends": []}
    account["friend"] = account
    root = {"version": "1.0", "me": account, "accounts": [account]}
    done = graphql.execute(schema, graphql.parse(query), root_value=root)
    assert isinstance(done, graphql.ExecutionResult)
    return {"data": done.data}


def _objections(call: Call, schema: Any, query: str) -> list[str]:
    """What is wrong with a query, or too much of it."""
    import graphql

    variant = call.defects["with-graphql"]
    if variant == "filtered" and "__schema{" in query:
        return ["introspection is not allowed"]
    try:
        document = graphql.parse(query)
    except graphql.GraphQLError as error:
        return [error.message]
    deep, names = _size(document)
    limits = []
    if deep > _DEEPEST and variant not in {"depth", "careless"} and "__schema" not in query:
        limits.append("the query exceeds the depth of 8")
    if names > _MOST_ALIASES and variant not in {"aliases", "careless"}:
        limits.append("more than 15 aliases")
    if limits and variant in {"sound", "for-users"}:  # some look at that before anything else
        return limits
    shown = variant in {"introspection", "depth", "shallow", "aliases", "batches", "filtered"}
    shown = shown or (variant == "by-get" and call.method == "GET")
    rules = [] if shown else [graphql.NoSchemaIntrospectionCustomRule]
    errors = graphql.validate(schema, document, [*graphql.specified_rules, *rules])
    return [error.message for error in errors] or limits


def _size(node: Any, depth: int = 0) -> tuple[int, int]:
    """Levels of fields below a node of a query, and how many of them have an alias."""
    deepest, names = depth, 0
    selections = getattr(getattr(node, "selection_set", None), "selections", ())
    for inner in (*getattr(node, "definitions", ()), *selections):
        is_field = hasattr(inner, "alias")
        below, more = _size(inner, depth + is_field)
        deepest = max(deepest, below)
        names += more + (is_field and inner.alias is not None)
    return deepest, names


# --- WebSockets

SOCKETS = (
    *("checked", "closed-later", "checked-by-script", "for-headers", "cookie-checked"),  # traps
    *("any-origin", "prefix", "null", "by-script", "cookie"),
)
_OPENED = "new WebSocket(`${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}%s`);"


def upgrades(handler: Any, call: Call) -> bool:
    """Let a WebSocket have the connection, where a defect has one at this path."""
    variant = call.defects.get("with-websocket", "")
    path = "/live/feed" if variant.endswith("by-script") else "/ws"
    if not variant or call.path != path or "websocket" not in str(call.headers.get("Upgrade")):
        return False
    handler.close_connection = True
    origin, own = call.headers.get("Origin") or "", call.server.url
    trusted = {
        "prefix": origin.startswith(own.rpartition(":")[0]),
        "null": origin in {"", "null", own},
    }.get(variant, origin in {"", own})
    trusted = trusted or variant in {
        *("any-origin", "by-script", "cookie", "for-headers"),
    }
    needs_login = variant in {"cookie", "cookie-checked", "for-headers"}
    if needs_login:
        from tests.target import authenticate

        authenticate(call)
    if (needs_login and call.user is None) or (not trusted and variant != "closed-later"):
        handler.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        return True
    _open(handler, call, at_once=not trusted)
    return True


def _open(handler: Any, call: Call, *, at_once: bool) -> None:
    key = call.headers.get("Sec-WebSocket-Key") or ""
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()  # noqa: S324
    accept = base64.b64encode(digest).decode()
    lines = ("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade")
    head = "\r\n".join((*lines, f"Sec-WebSocket-Accept: {accept}", "", ""))
    handler.wfile.write(head.encode() + b"\x81\x02hi")
    if at_once:
        handler.wfile.write(b"\x88\x02\x03\xf0")  # 1008, against the policy
        return
    handler.connection.settimeout(0.1)
    while not call.server.stopped.is_set():
        try:
            if not handler.connection.recv(1024):
                return
        except TimeoutError:
            continue


# --- further ports

LISTENERS = ("metrics", "debugger", "api", "silent", "local", "with-login")  # the last two: traps


def listen_elsewhere(server: Server) -> None:
    """Open a second port of the process, where a defect has one."""
    variant = server.defects.get("second-listener", "")
    if not variant:
        return
    status, body = {
        "metrics": (200, b"# TYPE up gauge\nup 1\n"),
        "local": (200, b"# TYPE up gauge\nup 1\n"),
        "api": (200, b'{"items": []}'),
        "with-login": (401, b""),
    }.get(variant, (404, b""))

    class Second(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            inspected = variant == "debugger" and self.path == "/json/version"
            shown = b'{"Browser": "node.js/v22", "Protocol-Version": "1.1"}' if inspected else body
            self.send_response(200 if inspected else status)
            self.send_header("Content-Length", str(len(shown)))
            self.end_headers()
            self.wfile.write(shown)

        def log_message(self, *_: object) -> None:
            pass

    address = "127.0.0.1" if variant == "local" else "0.0.0.0"  # noqa: S104 - the defect
    if variant == "silent":
        listener = socket.create_server((address, 0))
        threading.Thread(target=_hang_up, args=(listener,), daemon=True).start()
        return
    second = http.server.ThreadingHTTPServer((address, 0), Second)
    threading.Thread(target=second.serve_forever, daemon=True).start()


def _hang_up(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        connection.close()


DEFECTS: dict[str, tuple[str, ...]] = {
    "certificate": (
        *("expired", "future", "dies-in-days", "ends-soon", "other-host", "untrusted"),
        *("chain-cut", "small-key"),
        *("short-lived", "with-chain", "rsa"),  # these are traps
    ),
    "directory-listing": tuple(LISTED),
    "cleartext-http": ("served", "api-only", "redirect-to-http", "redirect-elsewhere", "redirect"),
    "obsolete-tls": ("1.0", "1.1"),
    "page-with": tuple(MARKUP),
    "second-listener": LISTENERS,
    "weak-cipher": ("static-rsa", "null", "anonymous", "cbc"),
    "with-graphql": GRAPHQL,
    "with-websocket": SOCKETS,
}
"""By defect its variants, as in tests/target.py; many of those here are traps."""
