"""The last resort of the run's deadline, on the controller: no check can keep the run from ending.

A check is stopped by an alarm in its own process (``examiner``). One that swallows it, or sits in
C code, is ended from here: workers by SIGKILL, so that xdist reports what they ran; a run without
workers by leaving the process with its record written.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import threading
import time
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.broker import Broker


GRACE = 20.0
"""Seconds between the steps, in which the run may still end by itself."""


class Watchdog:
    """Waits for the run's end; when the deadline passes before, it makes it end."""

    def __init__(self, broker: Broker, seconds: float, give_up: Callable[[], None]) -> None:
        """Start to wait.

        Args:
            broker: knows when the run began, and the workers.
            seconds: that the run may take, counted from its first check.
            give_up: writes the record and leaves the process.
        """
        self._broker = broker
        self._seconds = seconds
        self._done = threading.Event()
        self._grace = GRACE
        self._steps = (self._kill_workers, self._kill_workers, give_up)
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The run has ended: nothing is left to do."""
        self._done.set()
        self._broker.begun.set()
        self._thread.join()

    def _wait(self) -> None:
        self._broker.begun.wait(self._seconds)  # a run that never begins has to end, too
        deadline = self._broker.deadline()
        left = max(deadline - time.monotonic(), 0)
        # C code that never lets another thread of Python run is left by a thread that is none.
        with contextlib.suppress(RuntimeError, ValueError, OSError):  # standard error is closed
            faulthandler.dump_traceback_later(left + 4 * self._grace, exit=True, file=2)
        if self._done.wait(left):
            faulthandler.cancel_dump_traceback_later()
            return
        self._broker.over.set()
        for step in self._steps:
            if self._done.wait(self._grace):
                faulthandler.cancel_dump_traceback_later()
                return
            step()

    def _kill_workers(self) -> None:
        for pid in self._broker.workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
