"""Hellos and certificates, on servers that speak and on some that do not."""

from __future__ import annotations

import ssl
import struct
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.probes import tls
from tests.servers import certificate, raw_server
from tests.target import target


if TYPE_CHECKING:
    import socket
    from pathlib import Path


def server_hello(version: int, suite: int) -> bytes:
    """A record with a ServerHello that has a session id of two bytes."""
    body = struct.pack(">H", version) + bytes(32) + b"\x02ab" + struct.pack(">H", suite) + b"\0"
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return b"\x16" + struct.pack(">HH", version, len(message)) + message


def endpoint(url: str) -> tls.Endpoint:
    return tls.Endpoint.of(url)


ALERT = b"\x15\x03\x01\x00\x02\x02\x46"
WARNING = b"\x15\x03\x01\x00\x02\x01\x70"
HELLO = server_hello(tls.TLS_1_0, 0x0005)


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        (HELLO, tls.Reply(tls.TLS_1_0, 0x0005)),
        (WARNING + HELLO, tls.Reply(tls.TLS_1_0, 0x0005)),
        (HELLO[:20], tls.Reply()),
        (ALERT, tls.Reply()),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", tls.Reply()),
        (b"", tls.Reply()),
    ],
)
def test_only_a_server_hello_is_an_offer(said: bytes, reply: tls.Reply) -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(said)

    with raw_server(speak) as url:
        assert tls.ask(endpoint(url), tls.TLS_1_0, tls.SUITES) == reply


def test_a_server_hello_may_come_in_pieces() -> None:
    message = HELLO[5:]
    cut = (message[:30], message[30:])
    pieces = b"".join(b"\x16\x03\x01" + struct.pack(">H", len(part)) + part for part in cut)

    def speak(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(pieces)

    with raw_server(speak) as url:
        assert tls.ask(endpoint(url), tls.TLS_1_0, tls.SUITES).suite == 0x0005


def test_who_says_nothing_has_refused_nothing() -> None:
    def listen(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.recv(1)

    with raw_server(listen) as url:
        assert tls.ask(endpoint(url), tls.TLS_1_0, [5], seconds=0.2).silent


def test_openssl_reads_a_hello_of_ours() -> None:
    seen: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _, name, __: seen.append(name)
    incoming = ssl.MemoryBIO()
    incoming.write(tls.hello(tls.TLS_1_2, tls.SUITES, "shop.example"))
    with pytest.raises(ssl.SSLError, match=r"NO_SHARED_CIPHER"):  # for want of a certificate
        context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True).do_handshake()
    assert seen == ["shop.example"]


def test_suites_are_found_one_after_the_other(tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with target(defects={"weak-cipher:cbc"}, certificate=own) as server:
        found, whole = tls.offered(endpoint(server.url), tls.TLS_1_2, tls.SUITES, most=20)
        cut, _ = tls.offered(endpoint(server.url), tls.TLS_1_2, tls.SUITES, most=2)
    assert whole
    assert {tls.SUITES[one] for one in found} == {
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA",
    }
    assert cut == found[:2]


def test_addresses_are_not_sent_as_names() -> None:
    assert tls.Endpoint("127.0.0.1", 443).server_name == ""
    assert tls.Endpoint("::1", 443).server_name == ""
    assert tls.Endpoint("bücher.example", 443).server_name == "xn--bcher-kva.example"


def test_a_trusted_certificate_is_read(tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with target(certificate=own) as server:
        seen = tls.presented(endpoint(server.url), trusted=(str(own),))
    assert (seen.code, seen.complaint, seen.sent) == (0, "", 1)
    assert seen.names == ("127.0.0.1",)
    assert seen.key == ("EC", 256)
    assert seen.signature_hash == "sha256"
    assert seen.issuer == "127.0.0.1"


@pytest.mark.parametrize(
    ("defect", "code"),
    [
        ("certificate:expired", 10),
        ("certificate:future", 9),
        ("certificate:other-host", 64),
        ("certificate:untrusted", 18),
        ("certificate:chain-cut", 20),
    ],
)
def test_what_openssl_objects_to_is_kept(defect: str, code: int, tmp_path: Path) -> None:
    own = certificate(tmp_path)
    with target(defects={defect}, certificate=own) as server:
        seen = tls.presented(endpoint(server.url), trusted=(None, str(own)))
    assert seen.code == code
    assert seen.complaint
    assert seen.ends > seen.begins


def test_a_server_without_tls_shows_no_certificate() -> None:
    with target() as server, pytest.raises(tls.NoCertificate):
        tls.presented(endpoint(server.url), seconds=2)
