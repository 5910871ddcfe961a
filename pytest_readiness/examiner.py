"""Pytest's report of a check to a finding, in the process that ran the check.

The examiner opens a check's notes, asks policy and consent before it runs, stops it when it
hangs, and writes its finding on pytest's report as one JSON string: what xdist carries between
processes must be a plain string.
"""

from __future__ import annotations

import contextlib
import math
import signal
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from _pytest.outcomes import Exit  # it is pytest.exit.Exception, under a name mypy knows

from pytest_readiness import declare, stash, wire
from pytest_readiness.broker import Unavailable
from pytest_readiness.discretion import clean, learn, scrub
from pytest_readiness.model import Check, Effect, Finding, Outcome, Reason, Remark
from pytest_readiness.reports.terminal import explain


if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_readiness.broker import Asks


@dataclass(slots=True)
class Running:
    """What is known of a check while pytest works on it."""

    notes: declare.Notes
    turn: contextlib.ExitStack
    """Holds its turn beside other checks, or alone, once it has begun."""
    seconds: float = 0.0


RUNNING: pytest.StashKey[Running] = pytest.StashKey()
"""On the item that runs, and no longer: ten thousand of them would be in the way of memory."""
TEARDOWN_SECONDS = 10.0
"""What cleaning up after a check may take once the run's deadline has passed."""


class CheckTimedOut(BaseException):
    """The check ran longer than it may; no ``except Exception`` of its own can swallow this."""


class DeadlinePassed(CheckTimedOut):
    """The run's deadline passed under the check."""


class CheckStoppedPytest(Exception):  # noqa: N818 - it names what the check did
    """A check called ``pytest.exit``, which would end the audit of everything else."""


class Terminated(Exit):
    """SIGTERM reached the run."""


class Examiner:
    """Turns each check's pytest report into a finding, in the process that ran it."""

    def __init__(self, config: pytest.Config) -> None:
        self._settings = config.stash[stash.SETTINGS]
        self._policy = self._settings.policy.rules()
        self._asks = config.stash[stash.ASKS]
        self._redactor = config.stash[stash.REDACTOR]
        self._wire = config.stash[stash.FINDINGS]
        self._watch = Watch(self._asks, f"timed out: {deadline_passed(self._settings.deadline)}")
        self._plain_tracebacks = config.getoption("tbstyle", "auto") != "auto"

    @cached_property
    def _deadline(self) -> float:
        return self._asks.deadline()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Open the notes of a check for as long as pytest works on it."""
        if stash.CHECK not in item.stash:
            return (yield)
        notes_open = declare.notes_open(item.stash[stash.SUBJECT])
        with notes_open as notes, self._watch, contextlib.ExitStack() as turn:
            item.stash[RUNNING] = Running(notes, turn)
            try:
                return (yield)
            finally:
                del item.stash[RUNNING]

    @pytest.hookimpl(wrapper=True, trylast=True)  # others must have set up what they tear down
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        if stash.CHECK not in item.stash:
            return (yield)
        seconds = self._settings.check_timeout + self._settings.target.start_timeout
        with self._watch.stage(math.inf, math.inf):
            until = self._deadline if time.monotonic() < self._deadline else math.inf
        with self._watch.stage(seconds, until):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        if stash.CHECK not in item.stash:
            return (yield)
        with self._watch.stage(self._settings.check_timeout, self._deadline):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        if stash.CHECK not in item.stash:
            return (yield)
        left = self._deadline - time.monotonic()
        seconds = min(self._settings.check_timeout, max(left, TEARDOWN_SECONDS))
        with self._watch.stage(seconds, math.inf):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        check = item.stash.get(stash.CHECK, None)
        learn(item.config)
        if check is not None:
            item.stash[RUNNING].seconds += call.duration
            if report.when == "call" or not report.passed:
                finding = self._finding(item, check, call, report)
                report.readiness = self._wire.dump(finding)  # type: ignore[attr-defined]
                if finding.outcome is Outcome.FAILED and not self._plain_tracebacks:
                    report.longrepr = explain(check, finding)
                elif report.skipped and isinstance(report.longrepr, tuple):
                    path, line, _ = report.longrepr
                    report.longrepr = (path, line, f"{finding.reason or 'n.a.'}: {finding.message}")
        scrub(report, self._redactor)
        return report

    def _finding(
        self,
        item: pytest.Item,
        check: Check,
        call: pytest.CallInfo[None],
        report: pytest.TestReport,
    ) -> Finding:
        running = item.stash[RUNNING]
        notes = running.notes
        outcome, message, reason = _outcome(call, report, notes)
        details = report.longreprtext if outcome in {Outcome.FAILED, Outcome.ERROR} else ""
        remarks = list(notes.remarks)
        if outcome is Outcome.FAILED and not any(remark.message == message for remark in remarks):
            remarks.append(Remark(message))
        outcome = _levelled(outcome, self._policy.levels.get(check.id))
        error = call.excinfo.value if call.excinfo else None
        evidence = notes.exchanges
        if outcome is Outcome.PASSED:  # what was measured without a request, how much was tried
            evidence = [one for one in notes.exchanges if not one.curl]
        finding = Finding(
            check=check.id,
            subject=item.stash[stash.SUBJECT],
            outcome=outcome,
            message=message,
            reason=reason,
            remarks=tuple(remarks),
            evidence=tuple(evidence),
            details=details,
            node=item.nodeid,
            seconds=round(running.seconds, 4),
            declared=isinstance(error, declare.NotApplicable) and error.declared,
        )
        return clean(finding, lambda text: wire.printable(self._redactor.text(text)))


class Gate:
    """Lets a check begin, before its fixtures: in time, wanted, permitted, and in its turn.

    It is no wrapper: what is skipped here has been set up as far as other plugins are concerned.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._settings = config.stash[stash.SETTINGS]
        self._policy = self._settings.policy.rules()
        self._asks = config.stash[stash.ASKS]
        self._turn: contextlib.ExitStack | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        check = item.stash.get(stash.CHECK, None)
        if check is None:
            return
        if time.monotonic() >= self._deadline:
            self._too_late()
        self._refuse_unwanted(item, check)
        self._take_turn(item, check)

    @cached_property
    def _deadline(self) -> float:
        return self._asks.deadline()

    def _take_turn(self, item: pytest.Item, check: Check) -> None:
        """Begin the check's turn, which ends with its protocol; a rerun goes on with the same."""
        turn = item.stash[RUNNING].turn
        if turn is self._turn:
            return
        self._turn = turn
        try:
            with self._asks.patience.waiting_for_turn():
                self._turn.enter_context(self._asks.turn(alone=check.alone))
        except DeadlinePassed:  # who waits for others has not begun
            self._too_late()

    def _too_late(self) -> NoReturn:
        message = f"{deadline_passed(self._settings.deadline)} before this check"
        declare.unverified(message, Reason.TIMEOUT)

    def _refuse_unwanted(self, item: pytest.Item, check: Check) -> None:
        """Skip what policy switched off, what cannot apply, and what nobody consented to."""
        from pytest_readiness.fixtures import applicability

        off = self._policy.off_reasons.get(check.id)
        if off is not None:
            declare.unverified(f"switched off by policy: {off}", Reason.OFF)
        declared = self._settings.not_applicable.get(check.id)
        if declared is not None:
            raise declare.NotApplicable(
                f"declared by {declared.owner or 'nobody'}: {declared.reason}", declared=True
            )
        fixtures = getattr(item, "fixturenames", ())
        if reason := applicability.reason(item.config, check.id, fixtures):
            declare.not_applicable(reason)
        if check.effect is not Effect.READS:
            refusal = self._asks.once(
                "pytest_readiness.fixtures.target:refusal", effect=str(check.effect)
            )
            if refusal:
                declare.unverified(refusal, Reason.NOT_PERMITTED)


def _outcome(  # noqa: PLR0911 - one return for each line of the table in the design
    call: pytest.CallInfo[None], report: pytest.TestReport, notes: declare.Notes
) -> tuple[Outcome, str, Reason | None]:
    """Design section 5: what pytest saw, in the words of the audit."""
    error = call.excinfo.value if call.excinfo else None
    if hasattr(report, "wasxfail"):
        passed = report.outcome == "passed"
        message = "" if passed else f"expected to fail: {report.wasxfail or 'no reason given'}"
        return (Outcome.PASSED if passed else Outcome.FAILED), message, None
    if isinstance(error, declare.NotApplicable):
        return Outcome.NOT_APPLICABLE, str(error.msg), None
    if isinstance(error, declare.Unverified):
        return Outcome.SKIPPED, str(error.msg), error.reason
    if report.skipped:
        return Outcome.SKIPPED, _skip_text(report), _skip_reason(error, call.when)
    if error is None and report.passed:
        if notes.remarks:
            return Outcome.WARNED, notes.remarks[0].message, None
        return Outcome.PASSED, "", None
    if call.when == "call" and isinstance(error, AssertionError | pytest.fail.Exception):
        return Outcome.FAILED, _first_line(error), None
    if error is None:  # another plugin failed the report: a strict xpass, a subtest
        return Outcome.FAILED, _first_line(report.longreprtext), None
    stage = {"setup": "while preparing: ", "teardown": "while cleaning up: "}.get(call.when, "")
    name = "" if isinstance(error, CheckTimedOut) else f"{type(error).__name__}: "
    return Outcome.ERROR, f"{stage}{name}{_first_line(error)}", None


def _levelled(outcome: Outcome, level: str | None) -> Outcome:
    """Apply a policy's level; that P0 and P1 are not lowered was validated before."""
    if outcome is Outcome.FAILED and level == "warn":
        return Outcome.WARNED
    if outcome is Outcome.WARNED and level == "fail":
        return Outcome.FAILED
    return outcome


def _skip_reason(error: BaseException | None, when: str) -> Reason:
    if isinstance(error, pytest.skip.Exception) and "could not import" in str(error.msg):
        return Reason.NO_TOOL
    return Reason.OFF if when == "setup" else Reason.BLOCKED


def _skip_text(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return report.longreprtext


def _first_line(error: object) -> str:
    text = str(getattr(error, "msg", None) or error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def deadline_passed(seconds: float) -> str:
    """What the record says of a run that was ended by its deadline."""
    return f"the run's deadline of {seconds:g} s passed"


class Watch:
    """Ends a stage of a check that takes too long, and fences what a check must not do.

    As a context it takes SIGALRM for one check and gives it back; :meth:`stage` is the context of
    its setup, call or teardown. Every check goes through all four: hence no generators.
    """

    def __init__(self, asks: Asks, late: str) -> None:
        """Make the watch of this process.

        Args:
            asks: knows what was waited for limits of the target: that does not count.
            late: what is said when the run's deadline has passed.
        """
        main = threading.current_thread() is threading.main_thread()
        self.rings = main and hasattr(signal, "SIGALRM")
        self.asks = asks
        self.late = late
        self._before: Any = None
        self._stage: Stage | None = None

    def __enter__(self) -> None:
        if self.rings:
            self._before = signal.signal(signal.SIGALRM, self._ring)

    def __exit__(self, *_: object) -> None:
        if self.rings:
            signal.signal(signal.SIGALRM, self._before)

    def stage(self, seconds: float, deadline: float) -> Stage:
        """Context of one stage.

        Args:
            seconds: that it may take.
            deadline: of the run, in seconds of the monotonic clock.
        """
        self._stage = stage = Stage(self, seconds, deadline)
        return stage

    def _ring(self, *_: object) -> None:
        __tracebackhide__ = True
        if self._stage is not None:
            self._stage.ring()


class Stage:
    """One stage of one check; in the main thread it is ended when time is up."""

    __slots__ = ("_began", "_deadline", "_seconds", "_waited", "_watch")

    def __init__(self, watch: Watch, seconds: float, deadline: float) -> None:
        self._watch = watch
        self._seconds = seconds
        self._deadline = deadline

    def __enter__(self) -> None:
        self._began, self._waited = time.monotonic(), self._watch.asks.patience.total
        if self._watch.rings and (left := self._left()) < math.inf:
            signal.setitimer(signal.ITIMER_REAL, max(left, 0.001), 1.0)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        __tracebackhide__ = True
        if self._watch.rings:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if isinstance(error, Unavailable):
            raise declare.Unverified(error.message, error.reason) from None
        if isinstance(error, Exit) and not isinstance(error, Terminated):
            raise CheckStoppedPytest(
                f"the check called pytest.exit({error.msg!r}); use fail() or unverified()"
            ) from error

    def _left(self) -> float:
        allowed = self._seconds + self._watch.asks.patience.total - self._waited
        return min(self._began + allowed, self._deadline) - time.monotonic()

    def ring(self) -> None:
        """Raise, unless a limit was waited for meanwhile; the alarm rings again each second."""
        __tracebackhide__ = True
        if (rest := self._left()) > 0:
            signal.setitimer(signal.ITIMER_REAL, rest, 1.0)
        elif time.monotonic() >= self._deadline:
            self._watch.asks.over.set()
            raise DeadlinePassed(self._watch.late)
        else:
            raise CheckTimedOut(
                f"timed out after {self._seconds:g} s; check_timeout in readiness.yaml sets the"
                " limit"
            )
