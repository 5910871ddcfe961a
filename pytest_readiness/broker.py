"""Once-per-run facts and services, kept on the controller and shared with xdist workers.

A *fact* is the answer of a function named ``"package.module:function"``, asked for with
JSON arguments: "start the target", "log this identity in", "read the OpenAPI document".
It is found out on first use, on the controller, once; every process gets the same answer,
and what it started is torn down when the run ends, crashed workers and signals included.

Workers talk to the controller over an authenticated local socket. Only JSON crosses it.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import secrets
import socket
import tempfile
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pytest_readiness.model import Reason
from pytest_readiness.pace import Pace
from pytest_readiness.patience import Patience, Turns


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from pytest_readiness.redaction import Redactor
    from pytest_readiness.settings import Settings


_STOP_SECONDS = 2.0
"""For which a thread that serves is waited for; it is a daemon."""


class Unavailable(Exception):  # noqa: N818 - a fact about the world, not a programming error
    """A fact that could not be had: every check that needs it is skipped with this reason."""

    def __init__(self, message: str, reason: Reason | str = Reason.BLOCKED) -> None:
        super().__init__(message)
        self.message = message
        self.reason = Reason(reason)


class Asks(Protocol):
    """Either end of the broker: the controller's own or a worker's."""

    patience: Patience
    """Waiting in this process that counts against no check."""
    over: threading.Event
    """Set when the run's deadline has passed: nobody waits any longer."""

    def once(self, fact: str, /, **arguments: Any) -> Any:
        """Return the answer of ``package.module:function``, found out once per run.

        Args:
            fact: a function ``function(run: Run, **arguments)`` that returns JSON data.
            arguments: JSON data; other arguments are another fact.

        Raises:
            Unavailable: the function raised it, or crashed (then the reason is ``blocked``).
        """
        ...

    def tell(self, topic: str, data: Any) -> None:
        """Hand JSON data to the controller: the plan of a worker, a refusal.

        What was ``"made"`` on the target is left behind unless the same is told as ``"removed"``.
        """
        ...

    def may_wait(self, seconds: float) -> bool:
        """Take seconds from the run's budget for rate limits; False when it is used up.

        Who waits at the same time as others, in whichever process, takes nothing more.
        """
        ...

    def spend(self, purse: str, *, most: int) -> bool:
        """Take one from what the whole run may spend; False when ``most`` is spent."""
        ...

    def reserve(self, per_second: float) -> float:
        """Seconds until the next request of the whole run may go: its moment is taken.

        Args:
            per_second: requests a second at most, of all processes together.
        """
        ...

    def turn(self, *, alone: bool) -> contextlib.AbstractContextManager[None]:
        """Wait until a check may run beside others, or alone; it may while the block lasts."""
        ...

    def deadline(self) -> float:
        """When the run has to end, on the monotonic clock that all its processes share.

        It is counted from the first question: when the first check is about to begin.
        """
        ...

    def share_secrets(self, redactor: Redactor) -> None:
        """Make secrets that any process has learned known to this process and the controller."""
        ...


@dataclass(frozen=True)
class Run:
    """What a fact function may use: the world as this run sees it."""

    settings: Settings
    repository: Path
    """Root of the repository under audit."""
    profile: str
    cleanup: contextlib.ExitStack
    """Closed on the controller when the run ends, in reverse order."""
    private: Path
    """A folder only this user may read; raw output of the target stays in it."""
    once: Callable[..., Any]
    """Ask for another fact."""
    redact: Callable[[str], str]
    """Replace every known secret by ``***``."""
    keep_secret: Callable[[str], None]
    """Make a newly learned value known as a secret."""
    tell: Callable[[str, Any], None]
    """Hand data to the controller: ``"leftover"`` takes what could not be removed."""
    wait: Callable[[float], bool]
    """Wait for a limit of the target, within the run's budget; False when that is used up."""
    today: date
    """Day on which the run started; consent is judged by it."""
    disruptive: bool = False
    """The user allowed disruptive checks."""
    instances: dict[str, contextlib.ExitStack] = field(default_factory=dict)
    """Further instances of the target by name: closed, or closing with the run, they end."""
    reserve: Callable[[float], float] = lambda _: 0.0
    """Seconds until the next request may go, of so many a second in the whole run."""
    learned: Callable[[int], list[str]] = lambda _: []
    """Secrets that the controller knows, after the first so many."""


class Broker:
    """The controller's end: finds facts out and remembers them."""

    def __init__(self, make_run: Callable[[Broker], Run]) -> None:
        self._facts: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()
        self._listener: Listener | None = None
        self._server: threading.Thread | None = None
        self._key = b""
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._spent: dict[str, int] = {}
        self._turns = Turns()
        self._pace = Pace()
        self._conversations: set[_Conversation] = set()
        self.patience = Patience()
        self.over = threading.Event()
        self.begun = threading.Event()
        """Set when the first check is about to begin."""
        self._deadline = math.inf
        self._run = make_run(self)
        self.told: dict[str, list[Any]] = {}

    @property
    def run(self) -> Run:
        """The world as this run sees it."""
        return self._run

    def once(self, fact: str, /, **arguments: Any) -> Any:
        key = json.dumps([fact, arguments], sort_keys=True)
        with self._lock:
            future = self._facts.get(key)
            mine = future is None
            if future is None:
                future = self._facts[key] = Future()
        if mine:
            _settle(future, lambda: _resolve(fact)(self._run, **arguments), fact)
        return future.result()

    def known(self, fact: str, /, **arguments: Any) -> Any | None:
        """Return the answer when it was already found out, without asking for it."""
        future = self._facts.get(json.dumps([fact, arguments], sort_keys=True))
        if future is None or not future.done() or future.exception() is not None:
            return None
        return future.result()

    def tell(self, topic: str, data: Any) -> None:
        with self._lock:
            self.told.setdefault(topic, []).append(data)

    def may_wait(self, seconds: float) -> bool:
        most = self._run.settings.http.wait_for_limits
        if self.over.is_set() or not self.patience.grant(seconds, most=most):
            return False
        with self._lock:
            asking = [each for each in self._conversations if each.asking]
        for conversation in asking:  # a worker's check waits for a fact that waits
            conversation.say({"waiting": seconds})
        return True

    def spend(self, purse: str, *, most: int) -> bool:
        with self._lock:
            spent = self._spent.get(purse, 0)
            self._spent[purse] = min(spent + 1, most)
            return spent < most

    def reserve(self, per_second: float) -> float:
        return self._pace.reserve(per_second)

    def spent(self, purse: str) -> int:
        """How much of a purse the run has spent so far."""
        with self._lock:
            return self._spent.get(purse, 0)

    @contextlib.contextmanager
    def turn(self, *, alone: bool) -> Iterator[None]:
        self._turns.begin(alone=alone)
        try:
            yield
        finally:
            self._turns.end(alone=alone)

    def deadline(self) -> float:
        with self._lock:
            if self._deadline == math.inf:
                self._deadline = time.monotonic() + self._run.settings.deadline
                self.begun.set()
            return self._deadline

    @property
    def leftovers(self) -> tuple[str, ...]:
        """What was made on the target and not removed, as far as it is known now."""
        removed = set(self.told.get("removed", ()))
        made = (one for one in self.told.get("made", ()) if one not in removed)
        return tuple(dict.fromkeys([*self.told.get("leftover", ()), *made]))

    @property
    def workers(self) -> tuple[int, ...]:
        """Process ids of the workers that are connected now."""
        with self._lock:
            return tuple({each.pid for each in self._conversations if each.pid})

    def share_secrets(self, redactor: Redactor) -> None:
        """The controller's own redactor hears of every secret as it is learned."""

    def address(self) -> dict[str, str]:
        """Open the socket on first use; what a worker needs to reach it."""
        if self._listener is None:
            self._key = secrets.token_bytes(32)
            # A socket path may have about 100 characters: the system's folder, not the user's.
            self._folder = tempfile.TemporaryDirectory(prefix="readiness-")
            self._listener = Listener(
                str(Path(self._folder.name, "broker")),
                family="AF_UNIX",
                backlog=64,
                authkey=self._key,
            )
            self._server = threading.Thread(target=self._serve, args=(self._listener,), daemon=True)
            self._server.start()
        return {"address": str(self._listener.address), "key": self._key.hex()}

    def close(self) -> None:
        """Tear down everything that facts have started; safe to call twice."""
        if self._listener is not None:
            self._stop_serving(self._listener)
        try:
            self._run.cleanup.close()
        finally:
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    def _stop_serving(self, listener: Listener) -> None:
        """Wake the thread that waits for the next connection, and only then close the socket.

        Closing alone does not wake it: interrupted later, it would take what comes to whichever
        socket has got the same number since.
        """
        self._listener = None
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as last:
            last.connect(str(listener.address))
        if self._server is not None:
            self._server.join(timeout=_STOP_SECONDS)
        listener.close()

    def _serve(self, listener: Listener) -> None:
        while self._listener is not None:
            try:
                connection = listener.accept()
            except Exception:  # noqa: BLE001, S112 - a stranger's garbage must not end the service
                continue
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: Connection) -> None:
        conversation = _Conversation(connection)
        with self._lock:
            self._conversations.add(conversation)
        try:
            with connection, contextlib.suppress(EOFError, OSError):
                while True:
                    question = json.loads(connection.recv_bytes())
                    if "turn" in question:
                        self._give_turn(conversation, alone=question["turn"])
                    else:
                        conversation.say(self._answer(question, conversation))
        finally:
            with self._lock:
                self._conversations.discard(conversation)

    def _give_turn(self, conversation: _Conversation, *, alone: bool) -> None:
        """Let the other end run a check for as long as it holds the line: a dead one does not."""
        with self.turn(alone=alone):
            conversation.connection.send_bytes(b"{}")
            conversation.connection.recv_bytes()  # ends with the line

    def _answer(self, question: dict[str, Any], conversation: _Conversation) -> dict[str, Any]:
        answer: Any = None
        match question:
            case {"hello": int(pid)}:
                conversation.pid = pid
            case {"secrets": values, "known": known}:
                for value in values:
                    self._run.keep_secret(value)
                answer = self._run.learned(known)
            case {"tell": topic, "data": data}:
                self.tell(topic, data)
            case {"wait": seconds}:
                answer = self.may_wait(seconds)
            case {"spend": purse, "most": most}:
                answer = self.spend(purse, most=most)
            case {"reserve": per_second}:
                answer = self.reserve(per_second)
            case {"deadline": _}:
                answer = self.deadline()
            case {"fact": fact, "arguments": arguments}:
                return self._answer_once(fact, arguments, conversation)
        return {"answer": answer}

    def _answer_once(
        self, fact: str, arguments: dict[str, Any], conversation: _Conversation
    ) -> dict[str, Any]:
        conversation.asking = True
        if rest := self.patience.rest:
            conversation.say({"waiting": rest})
        try:
            return {"answer": self.once(fact, **arguments)}
        except Unavailable as unavailable:
            return {"unavailable": unavailable.message, "reason": unavailable.reason}
        finally:
            conversation.asking = False


class _Conversation:
    """The controller's side of one line."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.pid = 0
        """Of the worker at the other end."""
        self.asking = False
        """It waits for a fact."""
        self._lock = threading.Lock()

    def say(self, data: dict[str, Any]) -> None:
        with self._lock, contextlib.suppress(OSError):  # who has hung up is noticed when reading
            self.connection.send_bytes(json.dumps(data).encode())


class Line:
    """A worker's end: asks the controller."""

    def __init__(self, address: str, key: str) -> None:
        self._address, self._key = address, bytes.fromhex(key)
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self.patience = Patience()
        self.over = threading.Event()
        self._ask({"hello": os.getpid()})
        self._told = self._heard = 0

    def once(self, fact: str, /, **arguments: Any) -> Any:
        answer = self._ask({"fact": fact, "arguments": arguments})
        if "unavailable" in answer:
            raise Unavailable(answer["unavailable"], answer["reason"])
        return answer["answer"]

    def tell(self, topic: str, data: Any) -> None:
        self._ask({"tell": topic, "data": data})

    def share_secrets(self, redactor: Redactor) -> None:
        new = redactor.since(self._told)
        heard = self._ask({"secrets": new, "known": self._heard})["answer"]
        self._heard += len(heard)
        for value in heard:
            redactor.add(value)
        self._told = len(redactor)

    def may_wait(self, seconds: float) -> bool:
        granted: bool = self._ask({"wait": seconds})["answer"]
        return granted and self.patience.grant(seconds)

    def spend(self, purse: str, *, most: int) -> bool:
        allowed: bool = self._ask({"spend": purse, "most": most})["answer"]
        return allowed

    def reserve(self, per_second: float) -> float:
        seconds: float = self._ask({"reserve": per_second})["answer"]
        return seconds

    def deadline(self) -> float:
        moment: float = self._ask({"deadline": True})["answer"]
        return moment

    @contextlib.contextmanager
    def turn(self, *, alone: bool) -> Iterator[None]:
        """A line of its own is the turn: closed, or lost with this process, it is given back."""
        try:
            line = self._open()
            line.send_bytes(json.dumps({"turn": alone}).encode())
        except (EOFError, OSError) as error:
            raise _gone(error) from error
        with line:
            try:
                line.recv_bytes()
            except (EOFError, OSError) as error:
                raise _gone(error) from error
            yield

    def _open(self) -> Connection:
        return Client(self._address, family="AF_UNIX", authkey=self._key)

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._open()
                    if "hello" not in question:
                        self._converse({"hello": os.getpid()})
                return self._converse(question)
            except (EOFError, OSError) as error:
                self.close()
                raise _gone(error) from error
            except BaseException:  # an answer that nobody waits for must not meet the next question
                self.close()
                raise

    def _converse(self, question: dict[str, Any]) -> dict[str, Any]:
        assert self._connection is not None  # noqa: S101 - opened just now
        self._connection.send_bytes(json.dumps(question).encode())
        while True:
            answer: dict[str, Any] = json.loads(self._connection.recv_bytes())
            if "waiting" not in answer:
                return answer
            self.patience.grant(answer["waiting"])

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _gone(error: BaseException) -> Unavailable:
    return Unavailable(f"the audit's controller is gone ({error!r})")


def wait_for_limit(asks: Asks, seconds: float) -> bool:
    """Wait until a limit of the target lets requests through; False when there is no time left.

    Raises:
        Unavailable: the run's deadline passed meanwhile.
    """
    if not asks.may_wait(seconds):
        return False
    if asks.over.wait(seconds):
        raise Unavailable("the run's deadline passed while a limit was waited for", Reason.TIMEOUT)
    return True


def _resolve(fact: str) -> Callable[..., Any]:
    module, _, function = fact.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _settle(future: Future[Any], find_out: Callable[[], Any], fact: str) -> None:
    try:
        future.set_result(find_out())
    except Unavailable as unavailable:
        future.set_exception(unavailable)
    except Exception as error:  # noqa: BLE001 - a crashed fact must reach every process that asks
        crash = Unavailable(f"{fact} crashed: {type(error).__name__}: {error}")
        crash.__cause__ = error
        future.set_exception(crash)
    except BaseException as stop:
        future.set_exception(Unavailable(f"{fact} was interrupted ({type(stop).__name__})"))
        raise
