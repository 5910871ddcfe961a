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
import sys
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

    def __init__(self, broker: Broker, deadline: float, give_up: Callable[[], None]) -> None:
        """Start to wait.

        Args:
            broker: knows the workers, and wakes whoever waits for a limit.
            deadline: of the run, on the monotonic clock.
            give_up: writes the record and leaves the process.
        """
        self._broker = broker
        self._deadline = deadline
        self._give_up = give_up
        self._done = threading.Event()
        grace = GRACE
        self._steps = [(grace, self._kill_workers), (grace, self._kill_workers), (grace, give_up)]
        # C code that never lets another thread of Python run is left by a thread that is none.
        with contextlib.suppress(RuntimeError, ValueError, OSError):  # standard error is closed
            faulthandler.dump_traceback_later(
                max(deadline - time.monotonic(), 0) + 4 * grace, exit=True, file=sys.__stderr__
            )
        threading.Thread(target=self._wait, daemon=True).start()

    def stop(self) -> None:
        """The run has ended: nothing is left to do."""
        if not self._done.is_set():
            self._done.set()
            faulthandler.cancel_dump_traceback_later()

    def _wait(self) -> None:
        if self._done.wait(max(self._deadline - time.monotonic(), 0)):
            return
        self._broker.over.set()
        for grace, step in self._steps:
            if self._done.wait(grace):
                return
            step()

    def _kill_workers(self) -> None:
        for pid in self._broker.workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
