"""Connections that settings name by URL: where they lead, and whether they are encrypted."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Hop:
    """One connection to another server."""

    scheme: str
    """In lower case, without a driver: ``postgresql`` of ``postgresql+psycopg``."""
    host: str
    encrypted: bool

    @property
    def is_local(self) -> bool:
        """It never leaves the machine or the pod."""
        if self.host in {"", "localhost", "host.docker.internal", "host.containers.internal"}:
            return True
        try:
            address = ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return self.host.endswith(".localhost")
        return address.is_loopback or address.is_link_local or address.is_unspecified

    @property
    def is_bare(self) -> bool:
        """The host is a name without a dot: a neighbour of the same network."""
        return "." not in self.host and ":" not in self.host

    @property
    def in_cluster(self) -> bool:
        """The host is the name of a Kubernetes service."""
        return self.host.endswith((".svc", ".svc.cluster.local"))


ENCRYPT_WITH: Final = {
    "amqp": "amqps://",
    "http": "https://",
    "ldap": "ldaps://",
    "mongodb": "tls=true",
    "mqtt": "mqtts://",
    "mysql": "ssl_ca=... or ssl-mode=VERIFY_IDENTITY",
    "mariadb": "ssl_ca=...",
    "nats": "tls://",
    "postgres": "sslmode=verify-full",
    "postgresql": "sslmode=verify-full",
    "redis": "rediss://",
    "valkey": "valkeys://",
    "ws": "wss://",
}
"""By scheme: what makes it encrypted."""
_TLS: Final = frozenset(
    {"amqps", "https", "ldaps", "mqtts", "rediss", "valkeys", "wss", "mongodb+srv"}
)
_URL: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^\s,;\"'<>]+", re.IGNORECASE)
_NO_HOP: Final = re.compile(
    r"(?i)cors|origin|redirect|callback|public|frontend|proxy|xmlns|schema|namespace|issuer|audience"
    r"|site_?url|docs?_?url|homepage|license|link"
)
"""Names of variables whose URL is not asked by the server itself."""


def of(name: str, value: str) -> Iterator[Hop]:
    """Connections that the value of a setting names; parts that are injected later are none."""
    if _NO_HOP.search(name):
        return
    for match in _URL.finditer(value):
        try:
            parts = urlsplit(match[0])
            host = parts.hostname or ""
        except ValueError:
            continue
        full = parts.scheme.lower()
        scheme = full.partition("+")[0]
        if any(sign in host for sign in "${}<>*%()"):
            continue
        query = {key.lower(): text.lower() for key, text in parse_qsl(parts.query)}
        if full in _TLS:
            yield Hop(full, host, encrypted=True)
        elif scheme in ENCRYPT_WITH:
            yield Hop(scheme, host, _is_encrypted(scheme, query))


def _is_encrypted(scheme: str, query: Mapping[str, str]) -> bool:
    if scheme in {"postgres", "postgresql"}:
        mode = query.get("sslmode") or query.get("ssl", "")
        return mode in {"require", "verify-ca", "verify-full", "true", "1"}
    if scheme in {"mysql", "mariadb"}:
        return any("ssl" in key and query[key] not in {"disabled", "false"} for key in query)
    if scheme == "mongodb":
        return "true" in {query.get("tls"), query.get("ssl")}
    return False
