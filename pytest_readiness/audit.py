"""The run as a whole: what is planned, what was found, what it comes to.

The :class:`Controller` lives once, also under xdist. It keeps the plan, journals findings as
they arrive, judges when the session ends, writes the record and sets the exit code. Findings are
made where checks run, by ``examiner``.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
import signal
import tempfile
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness import (
    __version__,
    actions,
    baseline,
    catalogue,
    configuration,
    following,
    followup,
    recompute,
    scoring,
    stash,
    verdict,
    wire,
)
from pytest_readiness.broker import Broker, Line, Run, wait_for_limit
from pytest_readiness.collection import Collection, read_plan
from pytest_readiness.discretion import Aftermath, Discretion, clean
from pytest_readiness.examiner import Examiner, Gate, Terminated, deadline_passed
from pytest_readiness.model import (
    SCHEMA_VERSION,
    Answer,
    AuditReport,
    Check,
    Condition,
    Finding,
    Flip,
    Judgement,
    Outcome,
    Planned,
    Provenance,
    Reason,
    Selection,
    TargetInfo,
    Verdict,
)
from pytest_readiness.past import Past
from pytest_readiness.progress import Progress
from pytest_readiness.publish import forget, publish
from pytest_readiness.reports import terminal
from pytest_readiness.watchdog import GRACE, Watchdog


if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from _pytest.terminal import TerminalReporter

    from pytest_readiness.model import Waiver
    from pytest_readiness.probes.repository import Repository
    from pytest_readiness.redaction import Redactor
    from pytest_readiness.settings import Settings


FIXTURES = (
    "pytest_readiness.fixtures.addresses",
    "pytest_readiness.fixtures.answers",
    "pytest_readiness.fixtures.attempts",
    "pytest_readiness.fixtures.bodies",
    "pytest_readiness.fixtures.backdoors",
    "pytest_readiness.fixtures.browsing",
    "pytest_readiness.fixtures.bursts",
    "pytest_readiness.fixtures.canaries",
    "pytest_readiness.fixtures.carrying",
    "pytest_readiness.fixtures.code",
    "pytest_readiness.fixtures.completions",
    "pytest_readiness.fixtures.contract",
    "pytest_readiness.fixtures.control",
    "pytest_readiness.fixtures.cookies",
    "pytest_readiness.fixtures.cors",
    "pytest_readiness.fixtures.dependencies",
    "pytest_readiness.fixtures.credentials",
    "pytest_readiness.fixtures.custody",
    "pytest_readiness.fixtures.declared",
    "pytest_readiness.fixtures.documents",
    "pytest_readiness.fixtures.accounts",
    "pytest_readiness.fixtures.doors",
    "pytest_readiness.fixtures.exposure",
    "pytest_readiness.fixtures.folders",
    "pytest_readiness.fixtures.functions",
    "pytest_readiness.fixtures.graphql",
    "pytest_readiness.fixtures.guesses",
    "pytest_readiness.fixtures.hops",
    "pytest_readiness.fixtures.identities",
    "pytest_readiness.fixtures.input_rules",
    "pytest_readiness.fixtures.injections",
    "pytest_readiness.fixtures.insertion_points",
    "pytest_readiness.fixtures.instances",
    "pytest_readiness.fixtures.keys",
    "pytest_readiness.fixtures.linked_pages",
    "pytest_readiness.fixtures.listeners",
    "pytest_readiness.fixtures.lifetimes",
    "pytest_readiness.fixtures.migrations",
    "pytest_readiness.fixtures.operations",
    "pytest_readiness.fixtures.own_listener",
    "pytest_readiness.fixtures.outage",
    "pytest_readiness.fixtures.page",
    "pytest_readiness.fixtures.pages",
    "pytest_readiness.fixtures.passwords",
    "pytest_readiness.fixtures.possessions",
    "pytest_readiness.fixtures.privileges",
    "pytest_readiness.fixtures.reflections",
    "pytest_readiness.fixtures.replicas",
    "pytest_readiness.fixtures.repository",
    "pytest_readiness.fixtures.resets",
    "pytest_readiness.fixtures.rotation",
    "pytest_readiness.fixtures.samples",
    "pytest_readiness.fixtures.scans",
    "pytest_readiness.fixtures.secrets",
    "pytest_readiness.fixtures.security_policy",
    "pytest_readiness.fixtures.services",
    "pytest_readiness.fixtures.sockets",
    "pytest_readiness.fixtures.sources",
    "pytest_readiness.fixtures.target",
    "pytest_readiness.fixtures.transport",
    "pytest_readiness.fixtures.slowness",
    "pytest_readiness.fixtures.timing",
    "pytest_readiness.fixtures.waivers",
    "pytest_readiness.fixtures.walk",
    "pytest_readiness.fixtures.wellknown",
    "pytest_readiness.fixtures.workflows",
    "pytest_readiness.fixtures.xml_inputs",
)


def open_audit(config: pytest.Config) -> None:
    """Register the audit's hooks and fixtures in this process.

    Raises:
        pytest.UsageError: the settings cannot be used here.
    """
    settings = config.stash[stash.SETTINGS]
    repository, redactor = config.stash[stash.REPOSITORY], config.stash[stash.REDACTOR]
    config.stash[stash.FINDINGS] = wire.Findings()
    if hasattr(config, "workerinput"):
        wanted = frozenset(config.workerinput["followed"])
    else:
        config.stash[stash.FOLLOWED] = record = following.read(config)
        wanted = followup.wanted(record) if record else frozenset()
    config.stash[stash.PROFILE] = profile = config.option.readiness_profile or settings.profile
    config.stash[stash.DISRUPTIVE] = config.option.readiness_disruptive
    if hasattr(config, "workerinput"):
        line = Line(**config.workerinput["readiness"])
        config.add_cleanup(line.close)
        config.stash[stash.ASKS] = line
        config.stash[stash.STARTED] = datetime.fromisoformat(config.workerinput["started"])
    else:
        config.stash[stash.STARTED] = datetime.now(UTC)
        earlier = _baseline(config, repository)
        broker = _open_broker(config, settings, repository, redactor, profile)
        config.stash[stash.ASKS] = broker
        past = Past(
            earlier,
            _past_folder(config, settings),
            profile,
            redactor.text,
            fail_on_new=config.option.readiness_fail_on == "new",
        )
        controller = Controller(config, broker, past)
        config.stash[stash.SO_FAR] = controller.so_far
        config.pluginmanager.register(controller, "readiness-controller")
        config.pluginmanager.register(ExitStatus(controller), "readiness-exit-status")
        config.add_cleanup(controller.close)
        if config.pluginmanager.has_plugin("html"):
            from pytest_readiness.tests_page import TestsPage

            page = TestsPage(config, controller)
            config.pluginmanager.register(page, "readiness-tests-page")
            config.add_cleanup(page.tidy)
        _leave_on_sigterm(config)
        if config.option.collectonly:
            from pytest_readiness.dryrun import DryRun

            config.pluginmanager.register(DryRun(config), "readiness-dry-run")
        config.pluginmanager.register(Aftermath(config), "readiness-aftermath")
        if config.option.readiness_flip and not config.option.readiness_flip_of:
            from pytest_readiness.flipping import Flipping

            config.pluginmanager.register(
                Flipping(config, controller, broker), "readiness-flipping"
            )
    if wanted:
        config.pluginmanager.register(following.Following(config, wanted), "readiness-following")
    config.pluginmanager.register(Discretion(config), "readiness-discretion")
    config.pluginmanager.register(Collection(config), "readiness-collection")
    config.pluginmanager.register(Examiner(config), "readiness-examiner")
    config.pluginmanager.register(Gate(config), "readiness-gate")
    for name in FIXTURES:
        config.pluginmanager.register(importlib.import_module(name), name)


_UNJUDGED = Judgement(Verdict.INCOMPLETE, (), (), (), 0)


class Controller:
    """Gathers the findings of the whole run, judges, and writes the record."""

    def __init__(self, config: pytest.Config, broker: Broker, past: Past) -> None:
        self._config = config
        self._broker = broker
        self._past = past
        self._settings = config.stash[stash.SETTINGS]
        self._redactor = config.stash[stash.REDACTOR]
        self._redact = self._redactor.text
        self._knew: int | None = None
        self._started = config.stash[stash.STARTED]
        self._clock = time.perf_counter()
        self._checks: dict[str, Check] = {}
        self._planned: tuple[Planned, ...] = ()
        self._selection = Selection()
        self._wire = config.stash[stash.FINDINGS]
        self._findings: dict[str, Finding] = {}
        self._failed_reports = 0
        self._interrupted = ""
        self._folder = self._settings.report
        self._journal = contextlib.ExitStack()
        self._write_journal: Any = None
        self._progress: Progress | None = None
        self._report: AuditReport | None = None
        self._running = ""
        self._watchdog: Watchdog | None = None
        self._followed = config.stash[stash.FOLLOWED]
        self.flip: Flip | None = None
        """What the second run of a flip has shown; None when no flip was asked for."""

    # --- the plan ---------------------------------------------------------------------------

    @property
    def checks(self) -> Mapping[str, Check]:
        """Checks of the run by their ids; none until the plan is known."""
        return self._checks

    @property
    def planned(self) -> Sequence[Planned]:
        """The findings that the run set out to make; none until the plan is known."""
        return self._planned

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["readiness"] = self._broker.address()
        node.workerinput["started"] = self._started.isoformat()
        record = self._followed
        node.workerinput["followed"] = sorted(followup.wanted(record)) if record else []

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
        if self._follows_nothing():
            return
        self._write("it was killed, or is still going on")
        forget(self._folder)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and reporter.verbosity == 0:
            self._progress = Progress(reporter, self._checks, self._planned)
            reporter.showfspath = False

    def _follows_nothing(self) -> bool:
        """The record to follow was refused, or nothing of it is left: it stays as it is."""
        return self._followed is not None and not self._planned

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        self._read_plan()
        if self._config.option.collectonly:
            return (yield)
        self._watchdog = Watchdog(self._broker, self._settings.deadline, self._leave)
        result = yield
        self._run_late(session)
        return result

    def _run_late(self, session: pytest.Session) -> None:
        """Run what workers left to the controller: checks that judge the run as a whole."""
        late = [nodeid for plan in self._broker.told.get("plan", ())[:1] for nodeid in plan["late"]]
        if not late:
            return
        collection: Any = self._config.pluginmanager.get_plugin("readiness-collection")
        items = collection.left_to_controller(session, late)
        session.testscollected += len(items)
        for item, after in zip(items, [*items[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=after)

    @pytest.hookimpl
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._running = nodeid

    # --- findings ---------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._read_plan()
        written = getattr(report, "readiness", None)
        if written is None:
            return
        self._failed_reports += report.failed
        if self._knew is None:
            self._knew = len(self._redactor)
        found = self._wire.load(written)
        cleaned = clean(found, self._redact)
        self._record(cleaned, written if cleaned is found else wire.dump(cleaned))

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
        self._interrupted = self._interrupted or str(excinfo.value) or "stopped with Ctrl-C"

    @pytest.hookimpl
    def pytest_internalerror(self, excrepr: object) -> None:
        self._interrupted = f"pytest broke: {str(excrepr).strip().splitlines()[-1]}"

    def so_far(self) -> tuple[Finding, ...]:
        """Everything that was found until now, and an error for what is still owed."""
        found = tuple(self._findings.values())
        return (*found, *scoring.missing((), self._planned, found))

    def _record(self, finding: Finding, written: str) -> None:
        if self._write_journal is None:
            _make_folder(self._folder)
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
            self._tear_down()
            self._forget_secrets()
            too_late = any(finding.reason is Reason.TIMEOUT for finding in self._findings.values())
            if too_late and not self._interrupted:
                self._interrupted = deadline_passed(self._settings.deadline)
            if not self._follows_nothing():
                self._report = self._write(self._interrupted)
                publish(self._report, self._folder, self._formats())
                self._past.remember(self._report)
            self._stop_watching()
        return result

    def _forget_secrets(self) -> None:
        """Clean what was found before a secret in it was known."""
        if self._knew == len(self._redactor):
            return
        for node, finding in self._findings.items():
            self._findings[node] = clean(finding, self._redact)
        journal = self._folder / "findings.jsonl"
        if self._write_journal is None:
            return
        written = journal.read_text(encoding="utf-8")
        found = (wire.load(Finding, line) for line in written.splitlines())
        cleaned = "".join(wire.dump(clean(one, self._redact)) + "\n" for one in found)
        if cleaned != written:
            journal.write_text(cleaned, encoding="utf-8")

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if self._report is None:
            return
        terminalreporter.section("production readiness", bold=True)
        lines = terminal.render(
            self._report,
            width=terminalreporter._tw.fullwidth,  # noqa: SLF001 - pytest offers no other way
            color=terminalreporter.hasmarkup,
            report_path=_shown(self._folder / "index.html", self._config),
        )
        with actions.no_commands(os.environ, terminalreporter.write_line):
            for line in [*lines, *self._past.lines(self._report)]:
                terminalreporter.write_line(line)
        actions.announce(self._report, os.environ, terminalreporter.write_line)

    @pytest.hookimpl
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, str | tuple[str, dict[str, bool]]] | None:
        """Count findings by outcome; the words show with ``-v``, the letters are ours."""
        written = getattr(report, "readiness", None)
        if written is None or hasattr(report, "context"):
            return None
        finding = self._wire.load(written)
        word = finding.outcome.upper()
        letter = "" if self._progress else terminal.LETTERS[finding.outcome]
        if finding.outcome is Outcome.PASSED:
            return "passed", letter, word
        if finding.outcome is Outcome.WARNED:
            return "warned", letter, (word, {"yellow": True})
        return str(finding.outcome), letter, word

    def pytest_report_header(self) -> list[str]:
        source = self._config.stash[stash.SOURCE] or "no readiness.yaml, see `readiness init`"
        profile = self._config.stash[stash.PROFILE]
        return [f"readiness: {source}" + (f", profile {profile}" if profile else "")]

    def close(self) -> None:
        """Tear down what the run started; for ways out that skip the session's end."""
        self._tear_down()
        self._stop_watching()

    def _tear_down(self) -> None:
        self._journal.close()
        self._broker.close()

    def _stop_watching(self) -> None:
        if self._watchdog is not None:
            self._watchdog.stop()

    def _leave(self) -> None:
        """End a run that cannot be ended otherwise: the record first, then the process.

        What ran is an error, what was still to come is skipped.
        """
        late = deadline_passed(self._settings.deadline)
        for planned in self._planned:
            if planned.node in self._findings:
                continue
            ran = planned.node == self._running
            finding = Finding(
                check=planned.check,
                subject=planned.subject,
                outcome=Outcome.ERROR if ran else Outcome.SKIPPED,
                message=f"{late}, and it could not be stopped" if ran else f"{late} before it",
                reason=None if ran else Reason.TIMEOUT,
                node=planned.node,
            )
            self._record(finding, wire.dump(finding))
        ending = threading.Thread(target=self._broker.close, daemon=True)
        ending.start()
        ending.join(self._settings.target.stop_timeout + GRACE)
        self._forget_secrets()
        self._report = self._write(f"{late}, and a check could not be stopped")
        with contextlib.suppress(Exception):  # the record is written, and the process must end
            publish(self._report, self._folder, self._formats())
            self._past.remember(self._report)
        self._say_last_words()
        os._exit(verdict.combine(0, self._exit_code(self._report)))

    def _say_last_words(self) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        if reporter is None:
            return
        with contextlib.suppress(Exception):  # the process ends here, with or without them
            if capture is not None:
                capture.suspend_global_capture(in_=True)
            self.pytest_terminal_summary(reporter)
            reporter._tw.flush()  # noqa: SLF001 - pytest offers no other way

    def _formats(self) -> tuple[str, ...]:
        """What is rendered from the record; pytest-html writes its page by itself."""
        return tuple(name for name in self._settings.formats if name != "tests")

    def _write(self, interrupted: str = "") -> AuditReport:
        """Judge what is known and write the record; before the end it says INCOMPLETE.

        A record is written as soon as the plan is known, so that a run that is killed leaves
        its own and not the one of the run before.
        """
        report = self._past.beside(self._judged(interrupted))
        _make_folder(self._folder)
        publish(report, self._folder, ("json",))
        return report

    def _judged(self, interrupted: str) -> AuditReport:
        interrupted = self._redact(interrupted)
        repository = self._config.stash[stash.REPOSITORY]
        now = seen = self.gathered()
        target, selection = self._target(), self._selection
        standing: tuple[Condition, ...] = ()
        if self._followed is not None:
            seen = followup.join(self._followed, now)
            standing = followup.standing(self._followed)
            target = target if target.kind != "none" else self._followed.target
            selection = self._followed.selection
        checks, planned, findings = seen.checks, seen.planned, seen.findings
        unjudged = AuditReport(
            schema_version=SCHEMA_VERSION,
            tool_version=__version__,
            catalogue_digest=catalogue.digest(checks),
            started=self._started.isoformat(timespec="seconds"),
            seconds=round(time.perf_counter() - self._clock, 3),
            repository=repository.root.name,
            commit=repository.commit or "",
            target=target,
            policy=self._settings.policy.rules(),
            selection=selection,
            owners={str(domain): owner for domain, owner in self._settings.owners.items()},
            checks=checks,
            planned=planned,
            findings=findings,
            waivers=self._waivers(),
            scorecard=scoring.scorecard(checks, planned, findings),
            judgement=_UNJUDGED,
            phase_seconds=_phase_seconds(self._checks, now.findings),
            interrupted=interrupted,
            leftovers=tuple(map(self._redact, self._broker.leftovers)),
            self_test=catalogue.self_test(),
            answers=self._answers(),
            flip=seen.flip,
            provenance=self._seen(),
            sign_off=self._settings.sign_off.rules(),
            confidentiality=self._redact(self._settings.confidentiality),
        )
        report = recompute.judged(unjudged, standing)
        if self._followed is None:
            return report
        changed = following.changes(self._followed, report, frozenset(self._checks))
        follow_up = followup.follow_up(
            self._followed, now, seen, report.judgement, at=self._started, changed=changed
        )
        return replace(report, follow_up=follow_up)

    def gathered(self) -> followup.Seen:
        """What this run set out to judge, and has found so far."""
        selected = {entry.check for entry in self._planned}
        checks = (check for check in self._checks.values() if check.id in selected)
        return followup.Seen(
            checks=tuple(sorted(checks, key=catalogue.order)),
            planned=self._planned,
            findings=tuple(self._findings[node] for node in sorted(self._findings)),
            flip=self.flip,
            profile=self._config.stash[stash.PROFILE],
            narrowed=bool(self._selection.expression),
        )

    def _waivers(self) -> tuple[Waiver, ...]:
        """As they stand in the file; what people wrote may hold a secret."""
        return tuple(
            replace(
                waiver,
                reason=self._redact(waiver.reason),
                owner=self._redact(waiver.owner),
                approver=self._redact(waiver.approver),
            )
            for waiver in self._config.stash[stash.WAIVERS].values()
        )

    def _answers(self) -> tuple[Answer, ...]:
        """As they stand in the file, each with the last day that its check or itself sets."""
        ends = dict(self._broker.told.get("answer", ()))
        return tuple(
            Answer(
                check=check,
                answer=said.answer,
                by=self._redact(said.by),
                on=said.on.isoformat(),
                evidence=self._redact(said.evidence),
                expires=ends.get(check) or said.last_day,
            )
            for check, said in self._config.stash[stash.ANSWERS].items()
        )

    def _seen(self) -> Provenance:
        """What was audited: on disk, in the running target, in the engine."""
        start = self._broker.known("pytest_readiness.fixtures.target:start") or {}
        build = self._broker.known("pytest_readiness.fixtures.target:build")
        images = start.get("images", {})
        if self._followed is not None:  # what does not run now was seen then
            then = self._followed.provenance
            build = then.build if build is None else build
            images = images or then.images
        return replace(self._provenance, build=build or "", images=images)

    @functools.cached_property
    def _provenance(self) -> Provenance:
        """What is to be seen on disk, as it was when the run began."""
        path = self._config.stash[stash.SETTINGS_FILE]
        try:
            files = configuration.files(path, self._config.stash[stash.ROOT], os.environ)
        except OSError:  # removed since it was read
            files = {}
        repository = self._config.stash[stash.REPOSITORY]
        own = [folder for folder in (self._folder, self._settings.history) if folder is not None]
        folders = [Path(os.path.relpath(each, repository.root)).as_posix() for each in own]
        changed = repository.changed(*(each for each in folders if not each.startswith("..")))
        return Provenance(
            configuration=configuration.digest(files),
            files=files,
            dirty=tuple(map(self._redact, changed)),
        )

    def _target(self) -> TargetInfo:
        info = self._broker.known("pytest_readiness.fixtures.target:info")
        return TargetInfo(**info) if info else TargetInfo(profile=self._config.stash[stash.PROFILE])

    def exit_status(self, session: pytest.Session) -> int:
        """What pytest exits with, once everybody else has had a say."""
        status = int(session.exitstatus)
        if self._report is None:
            return status
        only_checks_failed = session.testsfailed <= self._failed_reports
        if (status == pytest.ExitCode.TESTS_FAILED or session.shouldfail) and only_checks_failed:
            status = 0
        return verdict.combine(status, self._exit_code(self._report))

    def _exit_code(self, report: AuditReport) -> int:
        return verdict.exit_code(
            report.judgement,
            report.selection,
            collected=len(report.checks),
            accept_conditional=self._config.option.readiness_accept == "conditional",
            nothing_new=self._past.nothing_new(report),
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


def _leave_on_sigterm(config: pytest.Config) -> None:
    """Pytest dies of SIGTERM without cleaning up; CI systems send it on every timeout."""
    if threading.current_thread() is not threading.main_thread():
        return

    def terminate(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated("terminated by SIGTERM", 143)

    before = signal.signal(signal.SIGTERM, terminate)

    def restore() -> None:
        signal.signal(signal.SIGTERM, before)

    config.add_cleanup(restore)


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
            tell=broker.tell,
            wait=lambda seconds: wait_for_limit(broker, seconds),
            today=config.stash[stash.STARTED].date(),
            disruptive=config.option.readiness_disruptive,
            learned=redactor.since,
            reserve=broker.reserve,
        )
    )


def _past_folder(config: pytest.Config, settings: Settings) -> Path:
    """The second run of a flip is no point of a history, and leaves its file where it goes away."""
    own = settings.report / "history"
    return own if config.option.readiness_flip_of else settings.history or own


def _baseline(config: pytest.Config, repository: Repository) -> AuditReport | None:
    if config.option.readiness_flip_of:
        return None  # the run that asked for the flip compares the whole
    given = config.option.readiness_baseline
    if given is None:
        if config.option.readiness_fail_on is not None:
            raise pytest.UsageError(
                "--readiness-fail-on new: new since when? Add --readiness-baseline with the"
                " readiness.json of an earlier run"
            )
        return None
    path = config.invocation_params.dir / given
    try:
        earlier = baseline.read(path)
        baseline.is_of(earlier, repository.root.name, repository.has_commit)
    except baseline.BaselineError as error:
        raise pytest.UsageError(f"--readiness-baseline: {error}") from None
    return earlier


def _make_folder(folder: Path) -> None:
    """Make the report's folder, unseen by git: a report must not make its own commit dirty."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):  # new, or made by pytest-html a moment ago
        (folder / ".gitignore").write_text("# Made by pytest-readiness.\n*\n", encoding="utf-8")


def _shown(path: Path, config: pytest.Config) -> str:
    here = config.invocation_params.dir
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _worse(first: Finding, second: Finding) -> Finding:
    """Of several attempts or stages of one check the worst counts."""
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
