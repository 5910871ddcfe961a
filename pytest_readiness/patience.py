"""Time that no check pays for: waiting until a limit of the target lets requests through again."""

from __future__ import annotations

import contextlib
import math
import threading
import time
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Iterator


class Patience:
    """Counts seconds of waiting; what overlaps counts once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._granted = 0.0
        self._in_turn = 0.0
        self._since: float | None = None

    @property
    def total(self) -> float:
        """Seconds of waiting so far, all of a granted wait that is still going on included."""
        since = self._since
        turn = 0.0 if since is None else time.monotonic() - since
        return self._granted + self._in_turn + turn

    @property
    def rest(self) -> float:
        """Seconds until the last granted wait is over."""
        return max(0.0, self._until - time.monotonic())

    def grant(self, seconds: float, *, most: float = math.inf) -> bool:
        """Count the coming seconds as waiting, unless more than ``most`` were granted in all."""
        with self._lock:
            now = time.monotonic()
            more = max(0.0, now + seconds - max(now, self._until))
            if self._granted + more > most:
                return False
            self._granted += more
            self._until = max(self._until, now + seconds)
            return True

    @contextlib.contextmanager
    def waiting_for_turn(self) -> Iterator[None]:
        """Count the block as waiting, however long it takes."""
        self._since = began = time.monotonic()
        try:
            yield
        finally:
            self._in_turn += time.monotonic() - began
            self._since = None


class Turns:
    """Ordinary checks run beside one another, exclusive ones alone; nobody waits for ever.

    Who wants to be alone waits for those who run, and holds back those who come later.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._beside = 0
        self._alone = False
        self._waiting = 0

    def begin(self, *, alone: bool) -> None:
        """Wait for a turn and take it; :meth:`end` gives it back."""
        with self._changed:
            if not alone:
                self._changed.wait_for(lambda: not self._alone and not self._waiting)
                self._beside += 1
                return
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: not self._alone and not self._beside)
                self._alone = True
            finally:
                self._waiting -= 1
                self._changed.notify_all()

    def end(self, *, alone: bool) -> None:
        """Give the turn back."""
        with self._changed:
            if alone:
                self._alone = False
            else:
                self._beside -= 1
            self._changed.notify_all()
