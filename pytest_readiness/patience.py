"""Time that no check pays for: waiting until a limit of the target lets requests through again."""

from __future__ import annotations

import math
import threading
import time


class Patience:
    """Counts seconds of waiting; what overlaps counts once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self.total = 0.0
        """Seconds granted so far, those of a wait that is still going on included."""

    @property
    def rest(self) -> float:
        """Seconds until the last granted wait is over."""
        return max(0.0, self._until - time.monotonic())

    def grant(self, seconds: float, *, most: float = math.inf) -> bool:
        """Count the coming seconds as waiting, unless that is more than ``most`` in all."""
        with self._lock:
            now = time.monotonic()
            more = max(0.0, now + seconds - max(now, self._until))
            if self.total + more > most:
                return False
            self.total += more
            self._until = max(self._until, now + seconds)
            return True


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
