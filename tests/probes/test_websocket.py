"""Opening WebSockets, and finding where a page opens one."""

from __future__ import annotations

import pytest

from pytest_readiness.probes.websocket import in_clear, knock, paths_in, url_of
from tests.servers import unused_port
from tests.target import target


@pytest.mark.parametrize(
    ("script", "paths"),
    [
        ("const w = new WebSocket('/ws');", ["/ws"]),
        ('new WebSocket("wss://shop.example/live/feed?v=1");', ["/live/feed?v=1"]),
        ("new WebSocket(`${proto}//${location.host}/ws/${room}`);", ["/ws/"]),
        (
            "w = new WebSocket((s ? 'wss://' : 'ws://') + location.host + '/chat/live');",
            ["/chat/live"],
        ),
        ("new WebSocket(url);", []),
        ("// a WebSocket is opened at /nowhere", []),
        ("new WebSocket('ws://' + host);", []),
    ],
)
def test_paths_are_read_where_they_stand_as_text(script: str, paths: list[str]) -> None:
    assert paths_in(script) == paths


@pytest.mark.parametrize(
    ("script", "clear"),
    [
        ("new WebSocket('ws://shop.example/ws');", True),
        ("new WebSocket('wss://shop.example/ws');", False),
        ("new WebSocket('ws://localhost:3000/hmr');", False),
        ("new WebSocket(s ? 'wss://' : 'ws://' + host + '/ws');", False),
    ],
)
def test_only_a_fixed_scheme_is_in_the_clear(script: str, *, clear: bool) -> None:
    assert in_clear(script) is clear


def test_the_url_keeps_what_the_target_is_below() -> None:
    assert url_of("https://shop.example/app", "/ws?x=1") == "wss://shop.example/app/ws?x=1"


def test_a_socket_that_stays_open_is_told_from_one_that_is_closed() -> None:
    with target(defects={"with-websocket:closed-later"}) as server:
        url = url_of(server.url, "/ws")
        own = knock(url, origin=server.url, headers={}, linger=0.2)
        foreign = knock(url, origin="https://attacker.example", headers={}, linger=0.2)
    assert (own.status, own.stays, own.shown) == (101, True, "101, stays open")
    assert (foreign.status, foreign.stays, foreign.shown) == (101, False, "101, closed with 1008")


def test_refusals_and_silence_are_facts_too() -> None:
    with target() as server:
        assert knock(url_of(server.url, "/ws"), origin="", headers={}).shown == "404"
    nobody = knock(f"ws://127.0.0.1:{unused_port()}/ws", origin="", headers={})
    assert (nobody.status, nobody.stays) == (0, False)
    assert "ConnectionRefusedError" in nobody.shown
