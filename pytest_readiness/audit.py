"""Pytest report to finding, and findings to the record.

Two parts. The :class:`Examiner` lives in every process that runs checks: it opens a check's
notes, stops a check that hangs, and writes the finding on pytest's report as one JSON string
(what xdist carries between processes must be a plain string). The :class:`Controller` lives
once: it keeps the plan, journals findings as they arrive, judges when the session ends, and
sets the exit code.
"""

from __future__ import annotations

import contextlib
import signal
import tempfile
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness import declare, stash, wire
from pytest_readiness.broker import Broker, Line, Run, Unavailable
from pytest_readiness.collection import CHECK, SOURCE, SUBJECT, Collection, read_plan
from pytest_readiness.model import (
    SCHEMA_VERSION,
    AuditReport,
    Check,
    Effect,
    Finding,
    Outcome,
    Planned,
    Reason,
    Remark,
    Selection,
    TargetInfo,
)
from pytest_readiness.probes.repository import Repository
from pytest_readiness.redaction import Redactor
from pytest_readiness.settings import secrets


if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from _pytest.terminal import TerminalReporter

    from pytest_readiness.settings import Settings


FIXTURES = (
    "pytest_readiness.fixtures.repository",
    "pytest_readiness.fixtures.target",
    "pytest_readiness.fixtures.identities",
    "pytest_readiness.fixtures.control",
    "pytest_readiness.fixtures.operations",
    "pytest_readiness.fixtures.services",
    "pytest_readiness.fixtures.answers",
)

NOTES: pytest.StashKey[declare.Notes] = pytest.StashKey()
SECONDS: pytest.StashKey[float] = pytest.StashKey()

LETTERS = {
    Outcome.PASSED: ".",
    Outcome.WARNED: "W",
    Outcome.FAILED: "F",
    Outcome.SKIPPED: "s",
    Outcome.NOT_APPLICABLE: "-",
    Outcome.ERROR: "E",
}


class CheckTimedOut(BaseException):
    """The check ran longer than it may; no ``except Exception`` of its own can swallow this."""


class CheckStoppedPytest(Exception):  # noqa: N818 - it names what the check did
    """A check called ``pytest.exit``, which would end the audit of everything else."""


def open_audit(config: pytest.Config) -> None:
    """Register the audit's hooks and fixtures in this process.

    Raises:
        pytest.UsageError: the settings cannot be used here.
    """
    settings = config.stash[stash.SETTINGS]
    config.stash[stash.REPOSITORY] = repository = Repository(
        settings.repository, exclude=settings.exclude
    )
    config.stash[stash.REDACTOR] = redactor = Redactor(secrets(settings))
    config.stash[stash.PROFILE] = profile = config.option.readiness_profile or settings.profile
    config.stash[stash.DISRUPTIVE] = config.option.readiness_disruptive
    if hasattr(config, "workerinput"):
        line = Line(**config.workerinput["readiness"])
        config.add_cleanup(line.close)
        config.stash[stash.ASKS] = line
        config.stash[stash.STARTED] = datetime.fromisoformat(config.workerinput["started"])
    else:
        config.stash[stash.STARTED] = datetime.now(UTC)
        broker = _open_broker(config, settings, repository, redactor, profile)
        config.stash[stash.ASKS] = broker
        controller = Controller(config, broker)
        config.pluginmanager.register(controller, "readiness-controller")
        config.pluginmanager.register(ExitStatus(controller), "readiness-exit-status")
        config.add_cleanup(controller.close)
        _leave_on_sigterm(config)
    config.pluginmanager.register(Collection(config), "readiness-collection")
    config.pluginmanager.register(Examiner(config), "readiness-examiner")
    for name in FIXTURES:
        config.pluginmanager.import_plugin(name)


class Examiner:
    """Turns each check's pytest report into a finding, in the process that ran it."""

    def __init__(self, config: pytest.Config) -> None:
        self._settings = config.stash[stash.SETTINGS]
        self._policy = self._settings.policy.rules()
        self._asks = config.stash[stash.ASKS]
        self._redactor = config.stash[stash.REDACTOR]
        self._disruptive = config.stash[stash.DISRUPTIVE]
        self._plain_tracebacks = config.getoption("tbstyle", "auto") != "auto"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Open the notes of a check for as long as pytest works on it."""
        if CHECK not in item.stash:
            return (yield)
        with declare.notes_open(item.stash[SUBJECT]) as notes:
            item.stash[NOTES] = notes
            item.stash[SECONDS] = 0.0
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        check = item.stash.get(CHECK, None)
        if check is None:
            return (yield)
        grace = self._settings.target.start_timeout
        with _fenced(), _alarm(self._settings.check_timeout + grace):
            self._refuse_unwanted(check)
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        if CHECK not in item.stash:
            return (yield)
        with _fenced(), _alarm(self._settings.check_timeout):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        if CHECK not in item.stash:
            return (yield)
        with _fenced(), _alarm(self._settings.check_timeout):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        check = item.stash.get(CHECK, None)
        if check is not None:
            item.stash[SECONDS] += call.duration
            if report.when == "call" or not report.passed:
                finding = self._finding(item, check, call, report)
                report.readiness = wire.dump(finding)  # type: ignore[attr-defined]
                if finding.outcome is Outcome.FAILED and not self._plain_tracebacks:
                    report.longrepr = explain(check, finding)
        scrub(report, self._redactor)
        return report

    def _refuse_unwanted(self, check: Check) -> None:
        """Skip what policy switched off and what nobody consented to."""
        off = self._policy.off_reasons.get(check.id)
        if off is not None:
            declare.unverified(f"switched off by policy: {off}", Reason.OFF)
        declared = self._settings.not_applicable.get(check.id)
        if declared is not None:
            raise declare.NotApplicable(
                f"declared by {declared.owner or 'nobody'}: {declared.reason}", declared=True
            )
        if check.effect is not Effect.READS:
            refusal = self._asks.once(
                "pytest_readiness.fixtures.target:refusal", effect=str(check.effect)
            )
            if refusal:
                declare.unverified(refusal, Reason.NOT_PERMITTED)

    def _finding(
        self,
        item: pytest.Item,
        check: Check,
        call: pytest.CallInfo[None],
        report: pytest.TestReport,
    ) -> Finding:
        notes = item.stash[NOTES]
        outcome, message, reason = _outcome(call, report, notes)
        details = report.longreprtext if outcome in {Outcome.FAILED, Outcome.ERROR} else ""
        remarks = list(notes.remarks)
        if outcome is Outcome.FAILED and not any(remark.message == message for remark in remarks):
            remarks.append(Remark(message))
        outcome = _levelled(outcome, self._policy.levels.get(check.id))
        error = call.excinfo.value if call.excinfo else None
        return Finding(
            check=check.id,
            subject=item.stash[SUBJECT],
            outcome=outcome,
            message=self._clean(message),
            reason=reason,
            remarks=tuple(
                replace(remark, message=self._clean(remark.message)) for remark in remarks
            ),
            evidence=tuple(notes.exchanges) if outcome is not Outcome.PASSED else (),
            details=self._clean(details),
            node=self._clean(item.nodeid),
            seconds=round(item.stash[SECONDS], 4),
            declared=isinstance(error, declare.NotApplicable) and error.declared,
        )

    def _clean(self, text: str) -> str:
        return wire.printable(self._redactor.text(text)) if text else ""


class Controller:
    """Gathers the findings of the whole run, judges, and writes the record."""

    def __init__(self, config: pytest.Config, broker: Broker) -> None:
        self._config = config
        self._broker = broker
        self._settings = config.stash[stash.SETTINGS]
        self._started = config.stash[stash.STARTED]
        self._clock = time.perf_counter()
        self._checks: dict[str, Check] = {}
        self._planned: tuple[Planned, ...] = ()
        self._selection = Selection()
        self._findings: dict[str, Finding] = {}
        self._failed_reports = 0
        self._interrupted = ""
        self._folder = self._settings.report
        self._journal = contextlib.ExitStack()
        self._write_journal: Any = None
        self._progress: Progress | None = None
        self._report: AuditReport | None = None

    # --- the plan ---------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["readiness"] = self._broker.address()
        node.workerinput["started"] = self._started.isoformat()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        refusals = self._broker.told.get("refusal")
        if refusals:
            raise pytest.UsageError(refusals[0])

    def _read_plan(self) -> None:
        """Take the plan when the first process has told it; all processes have the same."""
        if self._checks or not self._broker.told.get("plan"):
            return
        checks, planned, self._selection = read_plan(self._broker.told["plan"][0])
        self._checks = {check.id: check for check in checks}
        self._planned = tuple(planned)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and reporter.verbosity == 0:
            self._progress = Progress(reporter, self._checks, self._planned)

    # --- findings ---------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._read_plan()
        written = getattr(report, "readiness", None)
        if written is None:
            return
        self._failed_reports += report.failed
        self._record(wire.load(Finding, written), written)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """A worker died: the check it was running is an error, said aloud."""
        self._read_plan()
        planned = next((entry for entry in self._planned if entry.node == crashitem), None)
        if planned is None:
            return
        finding = Finding(
            check=planned.check,
            subject=planned.subject,
            outcome=Outcome.ERROR,
            message="the worker that ran this check died",
            details=str(report.longrepr),
            node=planned.node,
        )
        report.when = "call"  # pytest-html shows no row for a report of another stage
        report.readiness = wire.dump(finding)  # type: ignore[attr-defined]

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._interrupted = self._interrupted or f"{report.nodeid} could not be collected"

    @pytest.hookimpl
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        self._interrupted = str(excinfo.value) or "stopped with Ctrl-C"

    @pytest.hookimpl
    def pytest_internalerror(self, excrepr: object) -> None:
        self._interrupted = f"pytest broke: {str(excrepr).strip().splitlines()[-1]}"

    def _record(self, finding: Finding, written: str) -> None:
        if self._write_journal is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            journal = self._journal.enter_context(
                (self._folder / "findings.jsonl").open("w", encoding="utf-8", buffering=1)
            )
            self._write_journal = journal.write
        self._write_journal(written + "\n")
        before = self._findings.get(finding.node)
        self._findings[finding.node] = finding if before is None else _worse(before, finding)
        if self._progress and before is None:
            self._progress.show(finding)

    # --- the end ----------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Innermost: when fixtures are torn down, and before any reporter asks for the result."""
        result = yield
        if not self._config.option.collectonly:
            self._read_plan()
            if session.shouldstop and not self._interrupted:
                self._interrupted = str(session.shouldstop)
            self._close()
        return result

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if self._report is None:
            return
        from pytest_readiness.reports import terminal

        terminalreporter.section("production readiness", bold=True)
        lines = terminal.render(
            self._report,
            width=terminalreporter._tw.fullwidth,  # noqa: SLF001 - pytest offers no other way
            color=terminalreporter.hasmarkup,
            report_path=_shown(self._folder / "readiness.json", self._config),
        )
        for line in lines:
            terminalreporter.write_line(line)

    @pytest.hookimpl(trylast=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
        """Count findings by outcome; the words show with ``-v``, the letters are ours."""
        written = getattr(report, "readiness", None)
        if written is None or hasattr(report, "context"):
            return None
        finding = wire.load(Finding, written)
        word = finding.outcome.upper()
        letter = "" if self._progress else LETTERS[finding.outcome]
        if finding.outcome is Outcome.PASSED:
            return "passed", letter, word
        if finding.outcome is Outcome.WARNED:
            return "warned", letter, (word, {"yellow": True})
        return str(finding.outcome), letter, word

    def pytest_report_header(self) -> list[str]:
        source = self._config.stash[SOURCE] or "no readiness.yaml, see `readiness init`"
        profile = self._config.stash[stash.PROFILE]
        return [f"readiness: {source}" + (f", profile {profile}" if profile else "")]

    def close(self) -> None:
        """Tear down what the run started; for ways out that skip the session's end."""
        self._journal.close()
        self._broker.close()

    def _close(self) -> None:
        self.close()
        self._report = self._judged()
        from pytest_readiness.reports import json as record

        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "readiness.json"
        path.write_text(record.render(self._report), encoding="utf-8")

    def _judged(self) -> AuditReport:
        from pytest_readiness import __version__, catalogue, scoring, verdict

        repository = self._config.stash[stash.REPOSITORY]
        selected = {entry.check for entry in self._planned}
        checks = tuple(
            sorted(
                (check for check in self._checks.values() if check.id in selected),
                key=catalogue.order,
            )
        )
        findings = tuple(self._findings[node] for node in sorted(self._findings))
        target = self._target()
        policy = self._settings.policy.rules()
        owners = {str(domain): owner for domain, owner in self._settings.owners.items()}
        selection = self._selection
        if verdict.is_partial(selection):
            outcome = verdict.selected_outcome(
                checks,
                self._planned,
                findings,
                policy=policy,
                waivers=(),
                owners=owners,
                now=self._started,
            )
            selection = replace(selection, outcome=outcome)
        judgement = verdict.judge(
            checks,
            self._planned,
            findings,
            policy=policy,
            selection=selection,
            target=target,
            waivers=(),
            owners=owners,
            now=self._started,
            interrupted=self._interrupted,
        )
        return AuditReport(
            schema_version=SCHEMA_VERSION,
            tool_version=__version__,
            catalogue_digest=catalogue.digest(checks),
            started=self._started.isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - self._clock, 3),
            repository=repository.root.name,
            commit=repository.commit or "",
            target=target,
            policy=policy,
            selection=selection,
            owners=owners,
            checks=checks,
            planned=self._planned,
            findings=findings,
            waivers=(),
            scorecard=scoring.scorecard(checks, self._planned, findings),
            judgement=judgement,
            phase_seconds=_phase_seconds(self._checks, findings),
            interrupted=self._interrupted,
            leftovers=tuple(self._broker.told.get("leftover", ())),
        )

    def _target(self) -> TargetInfo:
        info = self._broker.known("pytest_readiness.fixtures.target:info")
        return TargetInfo(**info) if info else TargetInfo(profile=self._config.stash[stash.PROFILE])

    def exit_status(self, session: pytest.Session) -> int:
        """What pytest exits with, once everybody else has had a say."""
        from pytest_readiness import verdict

        status = int(session.exitstatus)
        if self._report is None:
            return status
        only_checks_failed = session.testsfailed <= self._failed_reports
        if (status == pytest.ExitCode.TESTS_FAILED or session.shouldfail) and only_checks_failed:
            status = 0
        return verdict.combine(
            status,
            verdict.exit_code(
                self._report.judgement,
                self._report.selection,
                collected=len(self._report.checks),
                accept_conditional=self._config.option.readiness_accept == "conditional",
            ),
        )


class ExitStatus:
    """Outermost at the session's end: other plugins have set their status by then."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        result = yield
        session.exitstatus = self._controller.exit_status(session)
        return result


class Progress:
    """One line per phase: letters as they come, or whole lines when phases interleave."""

    def __init__(
        self, reporter: TerminalReporter, checks: dict[str, Check], planned: tuple[Planned, ...]
    ) -> None:
        self._reporter = reporter
        self._phase_of = {entry.node: str(checks[entry.check].phase) for entry in planned}
        self._left: dict[str, int] = {}
        for phase in self._phase_of.values():
            self._left[phase] = self._left.get(phase, 0) + 1
        self._total = dict(self._left)
        self._letters: dict[str, str] = dict.fromkeys(self._left, "")

    def show(self, finding: Finding) -> None:
        """Add one finding; print the phase's line when its last finding is in."""
        from pytest_readiness.reports import terminal

        phase = self._phase_of.get(finding.node)
        if phase is None:
            return
        self._letters[phase] += LETTERS[finding.outcome]
        self._left[phase] -= 1
        if self._left[phase] == 0:
            self._reporter.ensure_newline()
            for line in terminal.progress(phase, self._letters[phase], self._total[phase]):
                self._reporter.write_line(line)


def explain(check: Check, finding: Finding) -> str:
    """Text of one failed check for a terminal: what was seen, where, why it matters, the fix."""
    places = [
        f"  {remark.location}: {remark.message}" if remark.location else f"  {remark.message}"
        for remark in finding.remarks
    ]
    exchanges = [
        line
        for exchange in finding.evidence[-3:]
        for line in (f"  {exchange.request} -> {exchange.response}", f"    {exchange.curl}")
    ]
    subject = f" [{finding.subject}]" if finding.subject else ""
    lines = [
        f"{check.priority} {check.id}{subject}: not so: {check.title}",
        *places,
        *exchanges,
        f"  why: {check.why}" if check.why else "",
        f"  fix: {check.fix}" if check.fix else "",
    ]
    return "\n".join(line for line in lines if line)


def scrub(report: pytest.TestReport, redactor: Redactor) -> None:
    """Take every known secret out of what pytest itself will print or pass on."""
    report.longrepr = _scrubbed(report.longrepr, redactor, set())
    report.sections = [(name, redactor.text(text)) for name, text in report.sections]
    report.user_properties = [
        (name, redactor.text(value) if isinstance(value, str) else value)
        for name, value in report.user_properties
    ]


def _scrubbed(value: Any, redactor: Redactor, seen: set[int]) -> Any:
    """Walk pytest's tree of representation objects; strings are replaced in place."""
    if isinstance(value, str):
        return redactor.text(value)
    if isinstance(value, tuple):
        return tuple(_scrubbed(part, redactor, seen) for part in value)
    if isinstance(value, list):
        return [_scrubbed(part, redactor, seen) for part in value]
    if hasattr(value, "__dict__") and id(value) not in seen:
        seen.add(id(value))
        for name, part in vars(value).items():
            if isinstance(part, str | tuple | list) or hasattr(part, "__dict__"):
                object.__setattr__(value, name, _scrubbed(part, redactor, seen))
    return value


def _outcome(
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


def _worse(first: Finding, second: Finding) -> Finding:
    """Of several attempts or stages of one check the worst counts."""
    from pytest_readiness import scoring

    worst = min(first, second, key=lambda finding: scoring.WORST_FIRST.index(finding.outcome))
    differ = first.outcome is not second.outcome
    stage = "while cleaning up" in second.message
    return replace(worst, flaky=first.flaky or (differ and not stage))


def _phase_seconds(checks: dict[str, Check], findings: tuple[Finding, ...]) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for finding in findings:
        phase = str(checks[finding.check].phase)
        seconds[phase] = round(seconds.get(phase, 0.0) + finding.seconds, 4)
    return seconds


@contextlib.contextmanager
def _fenced() -> Iterator[None]:
    """Turn what a check must not do into what pytest can report."""
    try:
        yield
    except Unavailable as unavailable:
        raise declare.Unverified(unavailable.message, unavailable.reason) from None
    except pytest.exit.Exception as stop:
        if isinstance(stop, Terminated):
            raise
        raise CheckStoppedPytest(
            f"the check called pytest.exit({stop.msg!r}); use fail() or unverified()"
        ) from stop


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise :class:`CheckTimedOut` in the main thread when time is up, and again each second."""
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise CheckTimedOut(
            f"timed out after {seconds:g} s; check_timeout in readiness.yaml sets the limit"
        )

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Terminated(pytest.exit.Exception):
    """SIGTERM reached the run."""


def _leave_on_sigterm(config: pytest.Config) -> None:
    """Pytest dies of SIGTERM without cleaning up; CI systems send it on every timeout."""
    if threading.current_thread() is not threading.main_thread():
        return

    def terminate(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated("terminated by SIGTERM", 143)

    before = signal.signal(signal.SIGTERM, terminate)
    config.add_cleanup(lambda: signal.signal(signal.SIGTERM, before))


def _open_broker(
    config: pytest.Config,
    settings: Settings,
    repository: Repository,
    redactor: Redactor,
    profile: str,
) -> Broker:
    cleanup = contextlib.ExitStack()
    private = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="readiness-")))
    return Broker(
        lambda broker: Run(
            settings=settings,
            repository=repository.root,
            profile=profile,
            cleanup=cleanup,
            private=private,
            once=broker.once,
            redact=redactor.text,
            keep_secret=redactor.add,
            disruptive=config.option.readiness_disruptive,
        )
    )


def _shown(path: Path, config: pytest.Config) -> str:
    here = config.invocation_params.dir
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
