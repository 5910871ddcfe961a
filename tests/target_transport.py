"""What tests/target.py speaks on the way to it, shows on its page, and has beside its routes."""

from __future__ import annotations

import contextlib
import ssl
import warnings
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

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
    import socket
    from collections.abc import Mapping
    from pathlib import Path

    from tests.target import Server


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
    "open-file": ("/static/open.js", "text/javascript", "1", {}),
    "kept-file": (
        "/static/kept.js",
        "text/javascript",
        "1",
        {"Cross-Origin-Resource-Policy": "same-origin"},
    ),
}

DEFECTS: dict[str, tuple[str, ...]] = {
    "certificate": (
        *("expired", "future", "dies-in-days", "ends-soon", "other-host", "untrusted"),
        *("chain-cut", "small-key"),
        *("short-lived", "with-chain", "rsa"),  # these are traps
    ),
    "cleartext-http": ("served", "api-only", "redirect-to-http", "redirect-elsewhere", "redirect"),
    "obsolete-tls": ("1.0", "1.1"),
    "page-with": tuple(MARKUP),
    "weak-cipher": ("static-rsa", "null", "anonymous", "cbc"),
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
    return page.replace("</head>", f"{markup}</head>")


def beside(server: Server, path: str) -> tuple[int, str, str, dict[str, str]] | None:
    """Status, type, body and headers of what a defect serves beside the routes."""
    place, kind, body, headers = SERVED.get(server.defects.get("page-with", ""), ("", "", "", {}))
    return (200, kind, body, headers) if path == place else None
