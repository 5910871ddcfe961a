"""Start a command, learn that it is ready, read its output, and leave nothing of it behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from pytest_readiness.probes import supervisor


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


_TAIL = 64 * 1024


class NotStarted(Exception):  # noqa: N818 - a fact about the command
    """A command that did not start, or was not ready in time."""


class Process:
    """A running command with everything it starts: a process group of its own, supervised.

    It ends with :meth:`stop`, and at the latest when this Python process does, however that ends.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        output: Path,
        cwd: Path,
        env: Mapping[str, str],
        stop_signal: str = "SIGTERM",
        grace: float = 10.0,
        on_exit: Callable[[int], None] | None = None,
    ) -> None:
        """Start it.

        Args:
            command: program and arguments.
            output: file that gets its standard output and error, in the order written.
            cwd: its folder.
            env: all of its environment.
            stop_signal: asks it to end.
            grace: seconds until it is killed after that.
            on_exit: called from a thread with its exit code when it ends.

        Raises:
            NotStarted: there is no such program or folder.
        """
        self.command = tuple(command)
        self.output = output
        self.exit_code: int | None = None
        """Set when it ended by itself; negative for a signal."""
        self._grace = grace
        self._on_exit = on_exit
        output.touch(mode=0o600)
        arguments = [str(output), stop_signal, str(grace), *command]
        try:
            self._supervisor = subprocess.Popen(  # noqa: S603 - readiness.yaml names it
                [sys.executable, "-I", "-S", supervisor.__file__, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=cwd,
                env=dict(env),
                start_new_session=True,
            )
        except OSError as error:
            raise NotStarted(f"{error.strerror}: {error.filename}") from error
        word, _, rest = self._line().partition(" ")
        if word != "pid":
            self._close()
            raise NotStarted(f"{command[0]} could not be started ({rest or 'no reason given'})")
        self.pid = int(rest)
        """Of the command itself, which leads its process group."""
        self._watch = threading.Thread(target=self._wait, daemon=True)
        self._watch.start()

    @property
    def alive(self) -> bool:
        """It has not ended by itself, nor was it stopped."""
        return self.exit_code is None and self._supervisor.poll() is None

    def tail(self, lines: int = 20) -> str:
        """Its last lines of output."""
        with self.output.open("rb") as file:
            file.seek(max(0, self.output.stat().st_size - _TAIL))
            text = file.read().decode("utf-8", "backslashreplace")
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """End it and everything it started; safe to call twice."""
        if self._supervisor.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._supervisor.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._supervisor.wait(self._grace + 5)
        if self._supervisor.returncode != 0:  # it hangs, or somebody has killed it
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._supervisor.kill()
        self._watch.join()
        self._close()

    def _wait(self) -> None:
        word, _, code = self._line().partition(" ")
        if word == "exit":
            self.exit_code = int(code)
            if self._on_exit is not None:
                self._on_exit(self.exit_code)

    def _line(self) -> str:
        assert self._supervisor.stdout is not None  # noqa: S101 - it is a pipe, see above
        return self._supervisor.stdout.readline().decode().strip()

    def _close(self) -> None:
        for pipe in (self._supervisor.stdin, self._supervisor.stdout):
            if pipe is not None:
                pipe.close()
        self._supervisor.wait()


def free_port() -> int:
    """A port of the loopback address that was free a moment ago."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def await_ready(process: Process, is_ready: Callable[[], bool], *, seconds: float) -> None:
    """Return when ``is_ready`` says so.

    Raises:
        NotStarted: the process ended, or time is up; the message ends with its last output.
    """
    until, pause = time.monotonic() + seconds, 0.02
    while time.monotonic() < until:
        if not process.alive:
            raise NotStarted(f"it ended with {ending(process.exit_code)}{_said(process)}")
        if is_ready():
            return
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)
    raise NotStarted(f"it was not ready within {seconds:g} s{_said(process)}")


def ending(code: int | None) -> str:
    """``SIGSEGV``, or ``exit status 1``."""
    if code is not None and code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit status {code}"


def _said(process: Process) -> str:
    last = process.tail(8).strip()
    return f"; its last output:\n{last}" if last else "; it printed nothing"
