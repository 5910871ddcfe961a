"""Connections that settings name."""

from __future__ import annotations

import pytest

from pytest_readiness.probes import hops


@pytest.mark.parametrize(
    ("value", "scheme", "encrypted"),
    [
        ("postgresql+asyncpg://u:p@db.example.com/x", "postgresql", False),
        ("postgres://db.example.com/x?sslmode=prefer", "postgres", False),
        ("postgres://db.example.com/x?sslmode=verify-full", "postgres", True),
        ("mysql+pymysql://db.example.com/x?ssl_ca=/ca.pem", "mysql", True),
        ("mongodb://db.example.com/x?tls=true", "mongodb", True),
        ("mongodb+srv://db.example.com/x", "mongodb+srv", True),
        ("redis://:pw@cache.example.com:6379/0", "redis", False),
        ("rediss://cache.example.com:6379/0", "rediss", True),
        ("https://api.example.com", "https", True),
    ],
)
def test_urls(value: str, scheme: str, encrypted: bool) -> None:
    (hop,) = hops.of("STORE_URL", value)
    assert (hop.scheme, hop.encrypted) == (scheme, encrypted)
    assert hop.host.endswith("example.com")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CORS_ORIGINS", "http://a.example"),
        ("HTTP_PROXY", "http://proxy.example:3128"),
        ("REDIS_URL", "redis://${HOST}:6379"),
        ("DATABASE_URL", "sqlite:///data.db"),
        ("NAME", "shop"),
    ],
)
def test_what_is_no_hop(name: str, value: str) -> None:
    assert list(hops.of(name, value)) == []


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "[::1]", "host.docker.internal", "169.254.169.254"]
)
def test_what_never_leaves_the_machine(host: str) -> None:
    (hop,) = hops.of("STORE_URL", f"http://{host}:80")
    assert hop.is_local


def test_neighbours_and_clusters() -> None:
    near, inside, away = hops.of("X", "redis://cache:1 redis://c.ns.svc:1 redis://c.example.com:1")
    assert (near.is_bare, inside.in_cluster, away.is_bare or away.in_cluster) == (True, True, False)
