"""Clients that send their request a byte at a time."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from pytest_readiness.probes.trickle import trickling


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextlib.contextmanager
def server(treat: Callable[[socket.socket], object]) -> Iterator[tuple[int, list[socket.socket]]]:
    """Accept connections, and do something with each."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    line, _ = listener.accept()
                    kept.append(line)
                    treat(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], kept
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    for line in kept:
        line.close()


def test_a_server_that_waits_keeps_all_of_them() -> None:
    with (
        server(lambda _: None) as (port, kept),
        trickling("127.0.0.1", port, connections=3) as slow,
    ):
        assert slow.go_on(0.7) is None
        assert slow.open == 3
        assert kept[0].recv(1000).startswith(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a")


def test_who_is_hung_up_on_is_gone() -> None:
    with (
        server(lambda line: line.shutdown(socket.SHUT_RDWR)) as (port, _),
        trickling("127.0.0.1", port, connections=3) as slow,
    ):
        assert slow.go_on(30) is not None
        assert slow.open == 0


def test_an_answer_before_the_end_is_a_cut_too() -> None:
    def refuse(line: socket.socket) -> None:
        line.sendall(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")

    with (
        server(refuse) as (port, _),
        trickling("127.0.0.1", port, connections=2) as slow,
    ):
        assert slow.go_on(30) is not None
