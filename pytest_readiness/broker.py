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
import secrets
import tempfile
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pytest_readiness.model import Reason


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from pytest_readiness.redaction import Redactor
    from pytest_readiness.settings import Settings


class Unavailable(Exception):  # noqa: N818 - a fact about the world, not a programming error
    """A fact that could not be had: every check that needs it is skipped with this reason."""

    def __init__(self, message: str, reason: Reason | str = Reason.BLOCKED) -> None:
        super().__init__(message)
        self.message = message
        self.reason = Reason(reason)


class Asks(Protocol):
    """Either end of the broker: the controller's own or a worker's."""

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
        """Hand JSON data to the controller: the plan of a worker, a refusal."""
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
    today: date
    """Day on which the run started; consent is judged by it."""
    disruptive: bool = False
    """The user allowed disruptive checks."""
    learned: Callable[[int], list[str]] = lambda _: []
    """Secrets that the controller knows, after the first so many."""


class Broker:
    """The controller's end: finds facts out and remembers them."""

    def __init__(self, make_run: Callable[[Broker], Run]) -> None:
        self._facts: dict[str, Future[Any]] = {}
        self._lock = threading.Lock()
        self._listener: Listener | None = None
        self._key = b""
        self._folder: tempfile.TemporaryDirectory[str] | None = None
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

    def share_secrets(self, redactor: Redactor) -> None:
        """The controller's own redactor hears of every secret as it is learned."""

    def address(self) -> dict[str, str]:
        """Open the socket on first use; what a worker needs to reach it."""
        if self._listener is None:
            self._key = secrets.token_bytes(32)
            # A socket path may have about 100 characters: the system's folder, not the user's.
            self._folder = tempfile.TemporaryDirectory(prefix="readiness-")
            self._listener = Listener(
                str(Path(self._folder.name, "broker")), family="AF_UNIX", authkey=self._key
            )
            threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()
        return {"address": str(self._listener.address), "key": self._key.hex()}

    def close(self) -> None:
        """Tear down everything that facts have started; safe to call twice."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        try:
            self._run.cleanup.close()
        finally:
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    def _serve(self, listener: Listener) -> None:
        while True:
            try:
                connection = listener.accept()
            except OSError:  # closed, or a stranger without the key
                if self._listener is None:
                    return
                continue
            except Exception:  # noqa: BLE001, S112 - a stranger's garbage must not end the service
                continue
            threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def _converse(self, connection: Connection) -> None:
        with connection, contextlib.suppress(EOFError, OSError):
            while True:
                question = json.loads(connection.recv_bytes())
                connection.send_bytes(json.dumps(self._answer(question)).encode())

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        if "secrets" in question:
            for value in question["secrets"]:
                self._run.keep_secret(value)
            return {"answer": self._run.learned(question["known"])}
        if "tell" in question:
            self.tell(question["tell"], question["data"])
            return {"answer": None}
        try:
            return {"answer": self.once(question["fact"], **question["arguments"])}
        except Unavailable as unavailable:
            return {"unavailable": unavailable.message, "reason": unavailable.reason}


class Line:
    """A worker's end: asks the controller."""

    def __init__(self, address: str, key: str) -> None:
        self._connection = Client(address, family="AF_UNIX", authkey=bytes.fromhex(key))
        self._lock = threading.Lock()
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

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            with self._lock:
                self._connection.send_bytes(json.dumps(question).encode())
                answer: dict[str, Any] = json.loads(self._connection.recv_bytes())
                return answer
        except (EOFError, OSError) as error:
            raise Unavailable(f"the audit's controller is gone ({error!r})") from error

    def close(self) -> None:
        self._connection.close()


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
