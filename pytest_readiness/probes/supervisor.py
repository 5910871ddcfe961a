"""Runs one command and ends it, with everything it started, when its own standard input closes.

Started by ``process`` as a program of its own. The other end of the pipe is held by the audit:
however that ends, by SIGKILL too, the kernel closes the pipe. A death signal of Linux would not
do: it is bound to the thread that started the child, and does not exist elsewhere.

    supervisor.py OUTPUT SIGNAL GRACE COMMAND...

Says ``pid 123`` or ``error ...`` first, and ``exit 1`` when the command has ended by itself.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time


def main(output: str, stop: str, grace: str, *command: str) -> None:
    """Run the command until it ends or the pipe closes."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # ignored, yet not so by the command
    _adopt_orphans()
    try:
        with open(output, "ab", buffering=0) as file:  # noqa: PTH123 - pathlib costs 5 ms here
            child = subprocess.Popen(  # noqa: S603 - it is what this program is for
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        _say(f"error {error.strerror}: {error.filename}")
        return
    _say(f"pid {child.pid}")
    end = (child, getattr(signal, stop), float(grace))
    threading.Thread(target=_tell_its_end, args=end, daemon=True).start()
    sys.stdin.buffer.read()
    _end(*end)
    os._exit(0)


def _tell_its_end(child: subprocess.Popen[bytes], stop: int, grace: float) -> None:
    _say(f"exit {child.wait()}")
    _end(child, stop, grace)


def _end(child: subprocess.Popen[bytes], stop: int, grace: float) -> None:
    """Ask the command's process group to stop; kill what has not after the grace."""
    until = time.monotonic() + grace
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, stop)
        while time.monotonic() < until:
            os.killpg(child.pid, 0)
            _reap_adopted(child.pid)
            time.sleep(0.01)
        os.killpg(child.pid, signal.SIGKILL)
    for pid in _strays(child.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _adopt_orphans() -> None:
    """On Linux, become the parent of daemons that the command leaves (PR_SET_CHILD_SUBREAPER)."""
    if sys.platform == "linux":
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


def _reap_adopted(leader: int) -> None:
    """Take leave of dead orphans of the group, which else count as members of it."""
    if sys.platform == "linux":
        with contextlib.suppress(ChildProcessError):
            dead = os.waitid(os.P_PGID, leader, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if dead is not None and dead.si_pid != leader:  # that one is waited for elsewhere
                os.waitpid(dead.si_pid, 0)


def _strays(leader: int) -> list[int]:
    """Descendants of this process that left the command's process group, on Linux."""
    parents: dict[int, int] = {}
    with contextlib.suppress(FileNotFoundError):
        for name in os.listdir("/proc"):  # noqa: PTH208 - as above
            if name.isdigit():
                with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123
                    parents[int(name)] = int(stat.read().rpartition(b")")[2].split()[1])
    found, todo = [], [os.getpid()]
    while todo:
        parent = todo.pop()
        children = [pid for pid, of in parents.items() if of == parent and pid != leader]
        found += children
        todo += children
    return found


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(1, f"{text}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
