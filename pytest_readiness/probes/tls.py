"""What a TLS endpoint offers: versions, cipher suites, and its certificate.

A version or suite is offered when the server picks it in its ServerHello. The hello that asks for
it is written here, a few dozen bytes, since no library of today still speaks everything that an
old server may: OpenSSL is built without SSL 3, RC4 or export suites, and would miss them. Nothing
is negotiated further, and no such connection carries data. Certificates are judged by OpenSSL.
"""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import socket
import ssl
import struct
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit


if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime

    from cryptography import x509


SSL_3, TLS_1_0, TLS_1_1, TLS_1_2 = 0x0300, 0x0301, 0x0302, 0x0303
VERSIONS: Final = {SSL_3: "SSL 3.0", TLS_1_0: "TLS 1.0", TLS_1_1: "TLS 1.1", TLS_1_2: "TLS 1.2"}
"""Versions that a hello of ours can ask for, by their number on the wire."""

_ALERT, _HANDSHAKE, _SERVER_HELLO = 21, 22, 2
_WARNING = 1
"""Level of an alert after which a server goes on, about a name that it does not know, say."""
_LONGEST = 1 << 14
_SIGNALS_RENEGOTIATION = 0x00FF  # RFC 5746 3.3; without it some servers refuse any hello

_TABLE: Final = """
0001:NULL-MD5 0002:NULL-SHA 0003:EXP-RC4-MD5 0004:RC4-MD5 0005:RC4-SHA 0006:EXP-RC2-CBC-MD5
0007:IDEA-CBC-SHA 0008:EXP-DES-CBC-SHA 0009:DES-CBC-SHA 000A:DES-CBC3-SHA
0011:EXP-DHE-DSS-DES-CBC-SHA 0012:DHE-DSS-DES-CBC-SHA 0013:DHE-DSS-DES-CBC3-SHA
0014:EXP-DHE-RSA-DES-CBC-SHA 0015:DHE-RSA-DES-CBC-SHA 0016:DHE-RSA-DES-CBC3-SHA
0017:EXP-ADH-RC4-MD5 0018:ADH-RC4-MD5 0019:EXP-ADH-DES-CBC-SHA 001A:ADH-DES-CBC-SHA
001B:ADH-DES-CBC3-SHA 002F:AES128-SHA 0032:DHE-DSS-AES128-SHA 0033:DHE-RSA-AES128-SHA
0034:ADH-AES128-SHA 0035:AES256-SHA 0038:DHE-DSS-AES256-SHA 0039:DHE-RSA-AES256-SHA
003A:ADH-AES256-SHA 003B:NULL-SHA256 003C:AES128-SHA256 003D:AES256-SHA256
0040:DHE-DSS-AES128-SHA256 0041:CAMELLIA128-SHA 0044:DHE-DSS-CAMELLIA128-SHA
0045:DHE-RSA-CAMELLIA128-SHA 0046:ADH-CAMELLIA128-SHA 0067:DHE-RSA-AES128-SHA256
006A:DHE-DSS-AES256-SHA256 006B:DHE-RSA-AES256-SHA256 006C:ADH-AES128-SHA256
006D:ADH-AES256-SHA256 0084:CAMELLIA256-SHA 0087:DHE-DSS-CAMELLIA256-SHA
0088:DHE-RSA-CAMELLIA256-SHA 0089:ADH-CAMELLIA256-SHA 0096:SEED-SHA 0099:DHE-DSS-SEED-SHA
009A:DHE-RSA-SEED-SHA 009B:ADH-SEED-SHA 009C:AES128-GCM-SHA256 009D:AES256-GCM-SHA384
009E:DHE-RSA-AES128-GCM-SHA256 009F:DHE-RSA-AES256-GCM-SHA384 00A2:DHE-DSS-AES128-GCM-SHA256
00A3:DHE-DSS-AES256-GCM-SHA384 00A6:ADH-AES128-GCM-SHA256 00A7:ADH-AES256-GCM-SHA384
00BA:CAMELLIA128-SHA256 00BD:DHE-DSS-CAMELLIA128-SHA256 00BE:DHE-RSA-CAMELLIA128-SHA256
00BF:ADH-CAMELLIA128-SHA256 00C0:CAMELLIA256-SHA256 00C3:DHE-DSS-CAMELLIA256-SHA256
00C4:DHE-RSA-CAMELLIA256-SHA256 00C5:ADH-CAMELLIA256-SHA256 C006:ECDHE-ECDSA-NULL-SHA
C007:ECDHE-ECDSA-RC4-SHA C008:ECDHE-ECDSA-DES-CBC3-SHA C009:ECDHE-ECDSA-AES128-SHA
C00A:ECDHE-ECDSA-AES256-SHA C010:ECDHE-RSA-NULL-SHA C011:ECDHE-RSA-RC4-SHA
C012:ECDHE-RSA-DES-CBC3-SHA C013:ECDHE-RSA-AES128-SHA C014:ECDHE-RSA-AES256-SHA
C015:AECDH-NULL-SHA C016:AECDH-RC4-SHA C017:AECDH-DES-CBC3-SHA C018:AECDH-AES128-SHA
C019:AECDH-AES256-SHA C023:ECDHE-ECDSA-AES128-SHA256 C024:ECDHE-ECDSA-AES256-SHA384
C027:ECDHE-RSA-AES128-SHA256 C028:ECDHE-RSA-AES256-SHA384 C02B:ECDHE-ECDSA-AES128-GCM-SHA256
C02C:ECDHE-ECDSA-AES256-GCM-SHA384 C02F:ECDHE-RSA-AES128-GCM-SHA256
C030:ECDHE-RSA-AES256-GCM-SHA384 C050:ARIA128-GCM-SHA256 C051:ARIA256-GCM-SHA384
C052:DHE-RSA-ARIA128-GCM-SHA256 C053:DHE-RSA-ARIA256-GCM-SHA384 C056:DHE-DSS-ARIA128-GCM-SHA256
C057:DHE-DSS-ARIA256-GCM-SHA384 C05C:ECDHE-ECDSA-ARIA128-GCM-SHA256
C05D:ECDHE-ECDSA-ARIA256-GCM-SHA384 C060:ECDHE-ARIA128-GCM-SHA256 C061:ECDHE-ARIA256-GCM-SHA384
C072:ECDHE-ECDSA-CAMELLIA128-SHA256 C073:ECDHE-ECDSA-CAMELLIA256-SHA384
C076:ECDHE-RSA-CAMELLIA128-SHA256 C077:ECDHE-RSA-CAMELLIA256-SHA384 C09C:AES128-CCM
C09D:AES256-CCM C09E:DHE-RSA-AES128-CCM C09F:DHE-RSA-AES256-CCM C0A0:AES128-CCM8 C0A1:AES256-CCM8
C0A2:DHE-RSA-AES128-CCM8 C0A3:DHE-RSA-AES256-CCM8 C0AC:ECDHE-ECDSA-AES128-CCM
C0AD:ECDHE-ECDSA-AES256-CCM C0AE:ECDHE-ECDSA-AES128-CCM8 C0AF:ECDHE-ECDSA-AES256-CCM8
CCA8:ECDHE-RSA-CHACHA20-POLY1305 CCA9:ECDHE-ECDSA-CHACHA20-POLY1305 CCAA:DHE-RSA-CHACHA20-POLY1305
"""
SUITES: Final = {
    int(number, 16): name for number, _, name in (one.partition(":") for one in _TABLE.split())
}
"""Suites of TLS 1.2 and before, by number (IANA, "TLS Cipher Suites"), named as OpenSSL does.

Those that need a shared key or password (PSK, SRP, Kerberos) are left out: no web server is asked
for one, and none would pick them.
"""


@dataclass(frozen=True)
class Endpoint:
    """Where TLS is spoken."""

    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Endpoint:
        """The one behind an ``https`` URL."""
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or 443)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def server_name(self) -> str:
        """Name to ask for (SNI); empty for an address, which RFC 6066 3 forbids there."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return self.host.encode("idna").decode()
        return ""


@dataclass(frozen=True)
class Reply:
    """What a server said to a hello."""

    version: int = 0
    """The version that it picked; 0 where it picked none."""
    suite: int = 0
    silent: bool = False
    """It said nothing at all within the time, so that nothing is known."""


def ask(endpoint: Endpoint, version: int, suites: Iterable[int], *, seconds: float = 5.0) -> Reply:
    """Ask whether any of these suites is to be had in this version or an older one.

    An alert and a closed connection are refusals.

    Raises:
        OSError: no connection can be made.
    """
    with socket.create_connection((endpoint.host, endpoint.port), timeout=seconds) as connection:
        try:
            connection.sendall(hello(version, suites, endpoint.server_name))
            return _reply(connection)
        except TimeoutError:
            return Reply(silent=True)
        except OSError:
            return Reply()


def offered(
    endpoint: Endpoint, version: int, suites: Iterable[int], *, most: int, seconds: float = 5.0
) -> tuple[list[int], bool]:
    """Which of these suites a server picks in this version, one after the other.

    Args:
        endpoint: to ask.
        version: of :data:`VERSIONS`; what it picks in an older one does not count.
        suites: to ask for.
        most: how many to find at most.
        seconds: for each answer.

    Returns:
        The suites in the order picked, and whether it answered all that was asked.

    Raises:
        OSError: no connection can be made.
    """
    left, found = [*suites], list[int]()
    while left and len(found) < most:
        reply = ask(endpoint, version, left, seconds=seconds)
        if reply.silent:
            return found, False
        if reply.version != version or reply.suite not in left:
            break
        found.append(reply.suite)
        left.remove(reply.suite)
    return found, True


def hello(version: int, suites: Iterable[int], server_name: str = "") -> bytes:
    """A ClientHello (RFC 5246 7.4.1.2) in one record."""
    wanted = struct.pack(">H", _SIGNALS_RENEGOTIATION)
    wanted = b"".join(struct.pack(">H", suite) for suite in suites) + wanted
    body = struct.pack(">H", version) + secrets.token_bytes(32) + b"\0"
    body += _sized(wanted, 2) + b"\x01\x00"
    if version > SSL_3:
        body += _sized(b"".join(_extensions(version, server_name)), 2)
    message = b"\x01" + _sized(body, 3)
    return struct.pack(">BH", _HANDSHAKE, min(version, TLS_1_0)) + _sized(message, 2)


def _extensions(version: int, server_name: str) -> Iterable[bytes]:
    if server_name:
        yield _extension(0, _sized(b"\0" + _sized(server_name.encode(), 2), 2))
    groups = (29, 23, 24, 25, 30, 256)  # X25519, three of NIST, X448, ffdhe2048
    yield _extension(10, _sized(b"".join(struct.pack(">H", one) for one in groups), 2))
    yield _extension(11, b"\x01\x00")  # points are not compressed
    if version >= TLS_1_2:
        hashes = (4, 5, 6, 2)  # SHA-256, 384, 512, and 1 for the servers that know no other
        signatures = [b"\x08" + bytes([one]) for one in (4, 5, 6)]
        signatures += [bytes([one, kind]) for one in hashes for kind in (1, 3, 2)]
        yield _extension(13, _sized(b"".join(signatures), 2))


def _extension(kind: int, content: bytes) -> bytes:
    return struct.pack(">H", kind) + _sized(content, 2)


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content


def _reply(connection: socket.socket) -> Reply:
    """Read up to the ServerHello; whatever else comes is a refusal."""
    message = b""
    while len(message) < 4 + 2 + 32 + 1:
        kind, _, length = struct.unpack(">BHH", _exactly(connection, 5))
        if kind not in {_ALERT, _HANDSHAKE} or not 0 < length <= _LONGEST:
            return Reply()
        content = _exactly(connection, length)
        if kind == _HANDSHAKE:
            message += content
        elif content[0] != _WARNING:
            return Reply()
    if message[0] != _SERVER_HELLO:
        return Reply()
    version, session = struct.unpack(">H", message[4:6])[0], message[38]
    while len(message) < 39 + session + 2:
        _, _, length = struct.unpack(">BHH", _exactly(connection, 5))
        message += _exactly(connection, length)
    return Reply(version, struct.unpack(">H", message[39 + session : 41 + session])[0])


def _exactly(connection: socket.socket, count: int) -> bytes:
    """So many bytes.

    Raises:
        ConnectionError: the other side closed before.
    """
    content = b""
    while len(content) < count:
        part = connection.recv(count - len(content))
        if not part:
            raise ConnectionError("closed")
        content += part
    return content


# --- certificates --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Presented:
    """The certificate that a server shows, and what OpenSSL says of it."""

    der: bytes
    sent: int
    """Certificates in the chain that the server sent."""
    code: int
    """OpenSSL's verdict on chain and name (``X509_V_ERR_...``); 0 when it is trusted."""
    complaint: str
    """The same in OpenSSL's words."""

    @cached_property
    def leaf(self) -> x509.Certificate:
        """The certificate of the server itself."""
        from cryptography import x509

        return x509.load_der_x509_certificate(self.der)

    @property
    def begins(self) -> datetime:
        """From when on it holds."""
        return self.leaf.not_valid_before_utc

    @property
    def ends(self) -> datetime:
        """Until when it holds."""
        return self.leaf.not_valid_after_utc

    @property
    def issuer(self) -> str:
        """Common name of who issued it, or the whole name where it has none."""
        from cryptography import x509

        names = self.leaf.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return str(names[0].value) if names else self.leaf.issuer.rfc4514_string()

    @property
    def names(self) -> tuple[str, ...]:
        """Hosts and addresses that it is for; browsers read no common name."""
        from cryptography import x509

        try:
            found = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return ()
        hosts = found.get_values_for_type(x509.DNSName)
        return (*hosts, *map(str, found.get_values_for_type(x509.IPAddress)))

    @property
    def key(self) -> tuple[str, int]:
        """Kind and bits of its key: ``("RSA", 2048)``; 0 bits where the size is in the kind."""
        from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

        key = self.leaf.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            return "RSA", key.key_size
        if isinstance(key, ec.EllipticCurvePublicKey):
            return "EC", key.key_size
        if isinstance(key, dsa.DSAPublicKey):
            return "DSA", key.key_size
        return type(key).__name__.strip("_").removesuffix("PublicKey"), 0

    @property
    def signature_hash(self) -> str:
        """Hash under its signature, ``sha256``; empty where the signature has none of its own."""
        hashed = self.leaf.signature_hash_algorithm
        return hashed.name if hashed else ""


class NoCertificate(Exception):  # noqa: N818 - a fact about the endpoint
    """An endpoint with which no handshake succeeds, so that no certificate is seen."""


def presented(
    endpoint: Endpoint,
    *,
    trusted: Collection[str | None] = (None,),
    own: tuple[str, str | None] | None = None,
    seconds: float = 10.0,
) -> Presented:
    """The certificate that an endpoint shows.

    Args:
        endpoint: to ask.
        trusted: files with the certificates of authorities, None for the system's own; it is
            enough when one of them leads to trust.
        own: file of a client certificate, and of its key where that is apart.
        seconds: for each handshake.

    Raises:
        NoCertificate: no handshake succeeds, whatever is accepted from the server.
        OSError: no connection can be made, or a file cannot be read.
    """
    code, complaint = 0, ""
    for cafile in trusted:
        context = ssl.create_default_context(cafile=cafile)
        if own:
            context.load_cert_chain(*own)
        try:
            with _handshake(endpoint, context, seconds) as connection:
                return Presented(_der(connection), len(_chain(connection)), 0, "")
        except ssl.SSLCertVerificationError as error:
            code, complaint = error.verify_code, error.verify_message
        except ssl.SSLError as error:
            complaint = error.reason or str(error)
    anything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anything.check_hostname, anything.verify_mode = False, ssl.CERT_NONE
    anything.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        anything.minimum_version = ssl.TLSVersion.TLSv1
    if own:
        anything.load_cert_chain(*own)
    try:
        with _handshake(endpoint, anything, seconds) as connection:
            return Presented(_der(connection), len(_chain(connection)), code or -1, complaint)
    except ssl.SSLError as error:
        raise NoCertificate(error.reason or str(error)) from error


@contextlib.contextmanager
def _handshake(endpoint: Endpoint, context: ssl.SSLContext, seconds: float) -> Any:
    with (
        socket.create_connection((endpoint.host, endpoint.port), timeout=seconds) as plain,
        context.wrap_socket(plain, server_hostname=endpoint.host) as connection,
    ):
        yield connection


def _der(connection: ssl.SSLSocket) -> bytes:
    found = connection.getpeercert(binary_form=True)
    if not found:
        raise ssl.SSLError("the server showed no certificate")
    return found


def _chain(connection: Any) -> list[Any]:
    """What the server sent; before Python 3.13 only the object behind the socket knows."""
    read = getattr(connection, "get_unverified_chain", None)
    read = read or getattr(getattr(connection, "_sslobj", None), "get_unverified_chain", None)
    return list(read() or ()) if read else []
