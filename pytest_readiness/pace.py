"""The ceiling on requests a second, one for the whole run."""

from __future__ import annotations

import threading
import time


class Pace:
    """Gives out moments at which a request may go, evenly and in the order asked."""

    def __init__(self) -> None:
        self._free_at = 0.0
        self._lock = threading.Lock()

    def reserve(self, per_second: float) -> float:
        """Take the next free moment; returns the seconds until then.

        Args:
            per_second: requests a second at most, from this one to the next.
        """
        with self._lock:
            now = time.monotonic()
            start = max(now, self._free_at)
            self._free_at = start + 1 / per_second
        return start - now

    def keep(self, per_second: float) -> None:
        """Sleep until the next free moment, which is taken."""
        if (seconds := self.reserve(per_second)) > 0:
            time.sleep(seconds)
