"""Each defect of tests/target_limits.py shows, and the sound API does not show it."""

from __future__ import annotations

import socket

import pytest

from pytest_readiness.probes.bodies import InChunks, Padded
from pytest_readiness.probes.process import free_port
from pytest_readiness.probes.trickle import trickling
from tests.target_limits import A_MINUTE, DEFECTS
from tests.test_target import PASSWORD, Visitor, visit


HEAD = b'{"username": "nobody", "password": "long enough"}'
LARGE = Padded(HEAD, 200_000)
PROVED = {
    "large-bodies": {"all", "chunked", "refused-late", "refused-with-400"},
    "unbounded-page": {"all", "capped-silently", "ignored", "usual-cap"},
    "dawdlers": {"cut-off", "one-at-a-time"},
    "limits-logins-by-address": {"address"},
    "limits-in": {"memory", "store", "store-or-500", "store-or-nothing", "store-or-503"},
}


def test_every_defect_and_variant_has_its_proof() -> None:
    assert {name: set(variants) for name, variants in DEFECTS.items()} == PROVED


def with_large_bodies(visitor: Visitor) -> list[int]:
    json = {"Content-Type": "application/json"}
    bodies = (HEAD, LARGE, InChunks(LARGE))
    return [visitor.status("POST /api/auth/login", data=body, headers=json) for body in bodies]


@pytest.mark.parametrize(
    ("defect", "seen"),
    [
        ("", [401, 413, 411]),
        ("large-bodies", [401, 401, 401]),
        ("large-bodies:chunked", [401, 413, 401]),
        ("large-bodies:refused-late", [401, 413, 411]),
        ("large-bodies:refused-with-400", [401, 400, 411]),
    ],
)
def test_large_bodies(defect: str, seen: list[int]) -> None:
    with visit(*filter(None, [defect])) as visitor:
        assert with_large_bodies(visitor) == seen


@pytest.mark.parametrize(
    ("defect", "items"),
    [
        ("", None),
        ("unbounded-page", 1100),
        ("unbounded-page:capped-silently", 100),
        ("unbounded-page:ignored", 20),
        ("unbounded-page:usual-cap", 1000),
    ],
)
def test_pages(defect: str, items: int | None) -> None:
    with visit(*filter(None, [defect])) as visitor:
        token = visitor.access()
        owner = visitor.ask("GET /api/users/me", token).json()["id"]
        for number in range(1100):
            one = {"id": str(number), "name": "x", "note": "", "owner": owner}
            visitor.running.items[str(number)] = one
        answer = visitor.ask("GET /api/items", token, params={"limit": 1_000_000})
        assert len(answer.json().get("items", [])) == (items or 0)
        assert answer.status_code == (422 if items is None else 200)


def test_who_dawdles_is_cut_off() -> None:
    with (
        visit("dawdlers:cut-off") as visitor,
        trickling("127.0.0.1", visitor.running.port, connections=2) as slow,
    ):
        assert slow.go_on(30) is not None
        assert visitor.status("GET /api/health") == 200


@pytest.mark.parametrize(("defect", "answered"), [("", True), ("dawdlers:one-at-a-time", False)])
def test_one_who_dawdles_holds_up_the_others(defect: str, answered: bool) -> None:
    with (
        visit(*filter(None, [defect])) as visitor,
        trickling("127.0.0.1", visitor.running.port, connections=1),
        socket.create_connection(("127.0.0.1", visitor.running.port)) as other,
    ):
        other.settimeout(1)
        other.sendall(b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        try:
            seen = other.recv(100)
        except TimeoutError:
            seen = b""
        assert bool(seen) is answered


@pytest.mark.parametrize(("defect", "last"), [("", 401), ("limits-logins-by-address", 429)])
def test_logins_are_counted_by_account_or_by_address(defect: str, last: int) -> None:
    with visit(*filter(None, [defect])) as visitor:
        for number in range(31):
            wrong = {"username": f"nobody-{number}", "password": PASSWORD}
            status = visitor.status("POST /api/auth/login", json=wrong)
        assert status == last


@pytest.mark.parametrize(
    ("defect", "last"),
    [
        ("", 200),
        ("limits-in:memory", 429),
        ("limits-in:store", 429),
        ("limits-in:store-or-nothing", 200),
        ("limits-in:store-or-500", 500),
        ("limits-in:store-or-503", 503),
    ],
)
def test_counts_without_their_store(
    monkeypatch: pytest.MonkeyPatch, defect: str, last: int
) -> None:
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    with visit(*filter(None, [defect])) as visitor:
        for _ in range(A_MINUTE + 1):
            status = visitor.status("GET /api/health")
        assert status == last
