"""Real processes: they start, tell of their death, and never outlive the audit."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.probes.process import NotStarted, Process, await_ready, free_port


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
stray = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"],
                         start_new_session=True)
print("pids", os.getpid(), child.pid, stray.pid, flush=True)
time.sleep(300)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(300)
"""
AUDIT = """
import os, signal, sys, time
from pathlib import Path
from pytest_readiness.probes.process import Process
family, output = sys.argv[1:]
process = Process([sys.executable, "-c", family], output=Path(output), cwd=Path("."),
                  env=dict(os.environ), grace=2)
print("started", flush=True)
time.sleep(300)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    with contextlib.ExitStack() as stack:

        def start(code: str, **options: Any) -> Process:
            given = {"output": tmp_path / "output.log", "cwd": tmp_path, "env": dict(os.environ)}
            process = Process([sys.executable, "-c", code], **(given | {"grace": 2.0} | options))
            stack.callback(process.stop)
            return process

        yield start


def eventually(is_so: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it becomes so within a time that only a hang exceeds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():
            return True
        time.sleep(0.01)
    return False


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = f"/proc/{pid}/stat"  # a zombie that nobody has waited for is gone too
    with contextlib.suppress(OSError), open(stat, encoding="utf-8") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0] == "Z"
    return False


def family_of(output: Path) -> list[int]:
    assert eventually(lambda: output.exists() and "pids" in output.read_text())
    return [int(word) for word in output.read_text().split()[1:]]


class TestRunning:
    def test_its_output_is_kept_in_the_order_written(
        self, start: Callable[..., Process], tmp_path: Path
    ) -> None:
        process = start(
            "import sys; print('one', flush=True); print('two', file=sys.stderr, flush=True);"
            "print('three', flush=True)"
        )
        assert eventually(lambda: not process.alive)
        assert process.tail() == "one\ntwo\nthree"
        assert process.tail(1) == "three"
        assert (tmp_path / "output.log").stat().st_mode & 0o077 == 0

    def test_it_gets_its_folder_and_nothing_but_its_environment(
        self, start: Callable[..., Process], tmp_path: Path
    ) -> None:
        code = "import os; print(os.getcwd(), os.environ.get('A'), os.environ.get('HOME'))"
        process = start(code, env={"A": "b"})
        assert eventually(lambda: not process.alive)
        assert process.tail() == f"{tmp_path} b None"

    @pytest.mark.parametrize(
        ("code", "exit_code"),
        [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -9)],
    )
    def test_it_tells_how_it_ended(
        self, start: Callable[..., Process], code: str, exit_code: int
    ) -> None:
        process = start(code)
        assert eventually(lambda: process.exit_code is not None)
        assert process.exit_code == exit_code
        assert not process.alive

    def test_a_program_or_folder_that_is_not_there_is_said_at_once(self, tmp_path: Path) -> None:
        options: dict[str, Any] = {"output": tmp_path / "o", "env": {"PATH": "/usr/bin:/bin"}}
        with pytest.raises(NotStarted, match="no-such-program"):
            Process(["no-such-program"], cwd=tmp_path, **options)
        with pytest.raises(NotStarted, match="No such file or directory"):
            Process(["true"], cwd=tmp_path / "none", **options)


class TestWaiting:
    def test_it_is_ready_when_it_answers(self, start: Callable[..., Process]) -> None:
        port = free_port()
        process = start(f"import http.server as h; h.test(port={port}, bind='127.0.0.1')")

        def answers() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        await_ready(process, answers, seconds=20)
        assert process.alive

    def test_its_death_is_reported_with_its_last_words(self, start: Callable[..., Process]) -> None:
        process = start("import sys; sys.exit('no DATABASE_URL')")
        with pytest.raises(NotStarted, match=r"exit status 1; its last output:\nno DATABASE_URL"):
            await_ready(process, lambda: False, seconds=60)

    def test_its_signal_is_named(self, start: Callable[..., Process]) -> None:
        process = start("import os; os.kill(os.getpid(), 11)")
        with pytest.raises(NotStarted, match="ended with SIGSEGV; it printed nothing"):
            await_ready(process, lambda: False, seconds=60)

    def test_time_can_be_up(self, start: Callable[..., Process]) -> None:
        process = start("import time; time.sleep(300)")
        with pytest.raises(NotStarted, match=r"not ready within 0\.1 s; it printed nothing"):
            await_ready(process, lambda: False, seconds=0.1)


class TestEnding:
    def test_children_end_with_it(self, start: Callable[..., Process], tmp_path: Path) -> None:
        process = start(FAMILY)
        leader, child, stray = family_of(tmp_path / "output.log")
        assert process.pid == leader
        process.stop()
        assert eventually(lambda: gone(leader) and gone(child))
        if sys.platform == "linux":
            assert eventually(lambda: gone(stray))
        else:
            os.kill(stray, signal.SIGKILL)

    def test_children_end_when_it_dies_by_itself(
        self, start: Callable[..., Process], tmp_path: Path
    ) -> None:
        process = start(FAMILY)
        leader, child, stray = family_of(tmp_path / "output.log")
        os.kill(leader, signal.SIGKILL)
        assert eventually(lambda: not process.alive and gone(child))
        process.stop()
        if sys.platform != "linux":
            os.kill(stray, signal.SIGKILL)
        assert eventually(lambda: gone(stray))

    def test_what_ignores_the_signal_is_killed(
        self, start: Callable[..., Process], tmp_path: Path
    ) -> None:
        process = start(STUBBORN, grace=0.2)
        assert eventually(lambda: "ready" in (tmp_path / "output.log").read_text())
        process.stop()
        assert eventually(lambda: gone(process.pid))

    def test_it_is_asked_with_the_signal_it_wants(
        self, start: Callable[..., Process], tmp_path: Path
    ) -> None:
        code = (
            "import signal, sys, time\n"
            "signal.signal(signal.SIGQUIT, lambda *_: (print('bye', flush=True), sys.exit()))\n"
            "print('ready', flush=True)\ntime.sleep(300)"
        )
        process = start(code, stop_signal="SIGQUIT")
        assert eventually(lambda: "ready" in (tmp_path / "output.log").read_text())
        process.stop()
        assert process.tail() == "ready\nbye"

    def test_it_ends_although_somebody_killed_its_supervisor(
        self, start: Callable[..., Process]
    ) -> None:
        process = start("import time; time.sleep(300)")
        process._supervisor.kill()
        process.stop()
        assert eventually(lambda: gone(process.pid))

    def test_stopping_twice_is_fine(self, start: Callable[..., Process]) -> None:
        process = start("import time; time.sleep(300)")
        process.stop()
        process.stop()
        assert not process.alive

    @pytest.mark.parametrize(
        "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
    )
    def test_nothing_is_left_when_the_audit_is_killed(self, number: int, tmp_path: Path) -> None:
        output = tmp_path / "output.log"
        audit = subprocess.Popen(
            [sys.executable, "-c", AUDIT, FAMILY, str(output)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        with audit:
            leader, child, stray = family_of(output)
            audit.send_signal(number)
        assert eventually(lambda: gone(leader) and gone(child))
        if sys.platform != "linux":
            os.kill(stray, signal.SIGKILL)
        assert eventually(lambda: gone(stray))
