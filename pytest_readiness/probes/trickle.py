"""Clients that send their request a byte at a time."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Iterator


_PAUSE: Final = 0.5
"""Seconds between two bytes: shorter than any time for which a server lets a line be silent."""
_CONNECT: Final = 5.0


@dataclass
class Trickle:
    """Connections that stay in the middle of a request's head."""

    _lines: list[socket.socket]
    _began: float

    @property
    def open(self) -> int:
        """How many the server still keeps."""
        return len(self._lines)

    def go_on(self, seconds: float) -> float | None:
        """Send a byte on each every half second, until all are closed or time is up.

        Returns:
            Seconds after which the last was closed, None when one was not.
        """
        until = time.monotonic() + seconds
        while self._lines and time.monotonic() < until:
            for line in list(self._lines):
                if _is_closed(line):
                    self._lines.remove(line)
                    line.close()
            if self._lines:
                time.sleep(min(_PAUSE, max(0.0, until - time.monotonic())))
        return None if self._lines else time.monotonic() - self._began


def _is_closed(line: socket.socket) -> bool:
    """Send one byte more; an answer, or the end, says that the server waits no longer."""
    with selectors.DefaultSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        if selector.select(0):
            return True
    try:
        line.sendall(b"a")
    except OSError:
        return True
    return False


@contextlib.contextmanager
def trickling(host: str, port: int, *, connections: int) -> Iterator[Trickle]:
    """Begin so many requests to a plain HTTP server, and end none.

    Raises:
        OSError: it takes no connection.
    """
    with contextlib.ExitStack() as stack:
        lines = []
        for _ in range(connections):
            line = stack.enter_context(socket.create_connection((host, port), _CONNECT))
            line.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nX-Slow: ".encode())
            lines.append(line)
        yield Trickle(lines, time.monotonic())
