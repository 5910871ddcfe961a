"""The broker under stress: turns without overlap and without deadlock, budgets that hold."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.broker import Broker, Line, Unavailable
from tests.worlds import world


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_readiness.model import AuditReport


ROOT = Path(__file__).parent.parent
WORKER = """
import random, sys, time
from pytest_readiness.broker import Line

address, key, log, seed, turns = sys.argv[1:]
line, dice = Line(address, key), random.Random(int(seed))

def note(word, alone):
    with open(log, "a") as file:
        file.write(f"{word} {int(alone)} {seed} {time.monotonic()!r}\\n")

for _ in range(int(turns)):
    alone = dice.random() < 0.3
    with line.turn(alone=alone):
        note("start", alone)
        time.sleep(dice.random() / 100)
        note("end", alone)
print("done", flush=True)
"""


@pytest.fixture
def broker() -> Iterator[Broker]:
    with world() as broker:
        yield broker


def overlaps(spans: Iterable[tuple[bool, float, float]]) -> list[tuple[float, float]]:
    """Spans that begin within one that should have been alone, or the other way round."""
    ordered = sorted(spans, key=lambda span: span[1])
    found = []
    for place, (alone, _, end) in enumerate(ordered):
        for other, start, _ in ordered[place + 1 :]:
            if start >= end:
                break
            if alone or other:
                found.append((start, end))
    return found


def spans_of(log: Path, killed: dict[str, float]) -> list[tuple[bool, float, float]]:
    """Each worker's turns; one that was killed within a turn held it at least until then."""
    spans, begun = [], dict[str, tuple[bool, float]]()
    for line in log.read_text(encoding="utf-8").splitlines():
        word, alone, worker, moment = line.split()
        if word == "start":
            begun[worker] = (alone == "1", float(moment))
        else:
            spans.append((*begun.pop(worker), float(moment)))
    for worker, (alone, start) in begun.items():
        spans.append((alone, start, killed[worker]))
    return spans


@pytest.mark.parametrize("seed", range(3))
def test_turns_never_overlap_and_a_killed_worker_gives_its_own_back(
    broker: Broker, tmp_path: Path, seed: int
) -> None:
    told, log, dice = broker.address(), tmp_path / "log", random.Random(seed)
    log.touch()
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, told["address"], told["key"], log, str(n), "60"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(6)
    ]
    killed: dict[str, float] = {}
    try:
        while len(log.read_text(encoding="utf-8").splitlines()) < 40:
            assert any(worker.poll() is None for worker in workers)
        for n in dice.sample(range(6), 3):
            time.sleep(dice.random() / 50)
            killed[str(n)] = time.monotonic()
            workers[n].kill()
        output = [worker.communicate(timeout=60)[0] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    alive = [text for n, text in enumerate(output) if str(n) not in killed]
    assert alive == ["done\n"] * 3, "a deadlock"
    spans = spans_of(log, killed)
    assert any(alone for alone, *_ in spans)
    assert overlaps(spans) == []


def test_who_waits_to_be_alone_holds_back_those_who_come_later(broker: Broker) -> None:
    order: list[str] = []
    running, leave = threading.Event(), threading.Event()

    def beside(name: str) -> None:
        with broker.turn(alone=False):
            order.append(name)
            if name == "first":
                running.set()
                leave.wait(10)

    def alone() -> None:
        with broker.turn(alone=True):
            order.append("alone")

    with ThreadPoolExecutor(3) as pool:
        pool.submit(beside, "first")
        assert running.wait(10)
        pool.submit(alone)
        while not broker._turns._waiting:
            time.sleep(0.001)
        later = pool.submit(beside, "later")
        assert not later.done()
        leave.set()
    assert order == ["first", "alone", "later"]


def test_a_question_that_was_given_up_does_not_get_the_next_ones_answer(broker: Broker) -> None:
    told = broker.address()
    line = Line(told["address"], told["key"])

    def stop(*_: object) -> None:
        raise TimeoutError("enough")

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises((TimeoutError, Unavailable)):
            line.once("tests.test_broker:slow_fact")
        assert line.once("tests.test_broker:quick_fact") == "quick"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        line.close()


def slow_fact(_: Any) -> str:
    time.sleep(1)
    return "slow"


def quick_fact(_: Any) -> str:
    return "quick"


def test_a_purse_is_one_for_all_processes(broker: Broker) -> None:
    told = broker.address()
    lines = [Line(told["address"], told["key"]) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        asked = [lines[n % 4] if n % 5 else broker for n in range(40)]
        granted = list(pool.map(lambda one: one.spend("models", most=7), asked))
    assert sum(granted) == 7
    for line in lines:
        line.close()


def test_the_ceiling_on_requests_is_one_for_all_processes(broker: Broker) -> None:
    told = broker.address()
    lines = [Line(told["address"], told["key"]) for _ in range(2)]
    asked = [*lines, broker, broker.run] * 5
    with ThreadPoolExecutor(8) as pool:
        waits = sorted(pool.map(lambda one: one.reserve(0.01), asked))
    assert waits == pytest.approx([100 * number for number in range(20)], abs=5)
    for line in lines:
        line.close()


def test_what_waits_at_the_same_time_uses_the_budget_once(broker: Broker) -> None:
    assert all(broker.may_wait(100) for _ in range(20))
    assert not broker.may_wait(121)
    assert 100 <= broker.patience.total < 120


def test_what_was_made_is_left_behind_until_it_is_removed(broker: Broker) -> None:
    told = broker.address()
    line = Line(told["address"], told["key"])
    for name in ("account a", "account b"):
        line.tell("made", name)
    line.tell("removed", "account a")
    line.close()
    assert broker.leftovers == ("account b",)


CHECKS = """
import signal

def note(word, name):
    with open("log", "a") as file:
        file.write(f"{word} {int(name.startswith('alone'))} {name} {time.monotonic()!r}\\n")

def work(name, seconds):
    note("start", name)
    time.sleep(seconds)
    note("end", name)

@check("burst", P1, alone=True)
@pytest.mark.parametrize("number", range(6))
def test_burst(number):
    '''Fine.'''
    work(f"alone-{number}", 0.05)

@check("dies-alone", P1, alone=True)
def test_dies_alone():
    '''Fine.'''
    work("alone-dies", 0.05)
    os.kill(os.getpid(), signal.SIGKILL)

@check("ordinary", P1)
@pytest.mark.parametrize("number", range(24))
def test_ordinary(number):
    '''Fine.'''
    work(f"beside-{number}", 0.02)
"""


def test_checks_that_run_alone_run_last_and_beside_no_other(
    pytester: pytest.Pytester, checks: Callable[[str], None], record: Callable[[], AuditReport]
) -> None:
    checks(CHECKS)
    pytester.runpytest_subprocess("--readiness", "-k", "own.py", "-n4", timeout=120)
    log = pytester.path / "log"
    assert overlaps(spans_of(log, {})) == []
    outcomes = {finding.check: str(finding.outcome) for finding in record().findings}
    assert outcomes == {"burst": "passed", "dies-alone": "error", "ordinary": "passed"}
    assert len(record().findings) == 31
    planned = [entry.check for entry in record().planned]
    assert planned == ["ordinary"] * 24 + ["burst"] * 6 + ["dies-alone"]
    record_of = json.loads((pytester.path / "readiness-report" / "readiness.json").read_text())
    assert {one["id"] for one in record_of["checks"] if one["alone"]} == {"burst", "dies-alone"}


def test_alone_is_true_or_false(pytester: pytest.Pytester, checks: Callable[[str], None]) -> None:
    checks('@check("burst", P1, alone="yes")\ndef test_burst():\n    """Fine."""\n')
    result = pytester.runpytest("--readiness", "-k", "own.py")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*check 'burst'*alone must be True or False, got 'yes'*"])


def test_a_broker_that_is_closed_waits_for_nobody(broker: Broker) -> None:
    """A thread that still waited could take what comes to the next socket of the same number."""
    before = set(threading.enumerate())
    broker.address()
    serving = set(threading.enumerate()) - before
    assert len(serving) == 1
    time.sleep(0.2)  # until it waits
    broker.close()
    assert not any(thread.is_alive() for thread in serving)
