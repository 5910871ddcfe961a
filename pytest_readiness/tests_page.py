"""``tests.html``: pytest-html's page of the run, with our columns and without lost rows.

pytest-html is asked for its page as a user would ask, with ``--html``; where the user did so, the
columns are in that page instead. It stays optional: without it there is no page, and no harm.
"""

from __future__ import annotations

import contextlib
import copy
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from pytest_readiness import stash, wire
from pytest_readiness.scoring import missing


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from _pytest.terminal import TerminalReporter

    from pytest_readiness.model import Check, Finding, Planned


MOST = 1000
"""Findings up to which the page is made unasked: a browser builds all of its rows at once."""
NAME = "tests.html"
COLUMNS = ("outcome", "priority", "phase", "subject")


class Plan(Protocol):
    """What the run set out to do; empty until it is known."""

    @property
    def checks(self) -> Mapping[str, Check]: ...

    @property
    def planned(self) -> Sequence[Planned]: ...


def ask_for(config: pytest.Config, args: list[str]) -> None:
    """Add the options that make pytest-html write its page beside the record.

    Nothing is added where pytest-html is not there, or pytest-metadata without which it breaks,
    where the user named a page or wants none, or where no check will run.
    """
    known, settings = config.known_args_namespace, config.stash[stash.SETTINGS]
    works = config.pluginmanager.has_plugin("html") and config.pluginmanager.has_plugin("metadata")
    wanted = "tests" in settings.formats and not known.collectonly
    if works and wanted and known.htmlpath is None:
        args += [f"--html={settings.report / NAME}", "--self-contained-html"]


class TestsPage:
    """The hooks of the page; on the controller alone."""

    __test__ = False  # it is no class of tests

    def __init__(self, config: pytest.Config, plan: Plan) -> None:
        self._config = config
        self._plan = plan
        self._wire = wire.Findings()
        self._path: Path = config.stash[stash.SETTINGS].report / NAME
        self._ours = config.option.htmlpath == str(self._path)
        self._begun = self._dropped = False
        self._shown: set[str] = set()
        self._waiting: dict[str, pytest.TestReport] = {}
        if self._ours:
            self._path.unlink(missing_ok=True)  # the page of another run would deceive

    # --- columns ----------------------------------------------------------------------------

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        if self._ours:
            report.title = "Tests of the production readiness audit"

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        if self._ours:
            prefix.append(
                '<p><a href="index.html">The verdict and what it rests on</a> stand in index.html.'
                " The column Outcome has the audit's word for each test; a warning counts as passed"
                " for pytest.</p>"
            )

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        cells[1:1] = [
            f'<th class="sortable" data-column-type="{name}">{name.capitalize()}</th>'
            for name in COLUMNS
        ]

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """Insert our cells, and make the id harmless, which pytest-html writes as it is."""
        if not cells:
            return
        written = getattr(report, "readiness", None)
        values = self._cells(self._wire.load(written)) if written else ("",) * len(COLUMNS)
        for place, cell in enumerate(cells):
            if cell.startswith('<td class="col-testId">'):
                cells[place] = cell.replace(report.nodeid, _line(report.nodeid))
        cells[1:1] = [
            f'<td class="col-{name}">{_line(value)}</td>'
            for name, value in zip(COLUMNS, values, strict=True)
        ]

    def _cells(self, finding: Finding) -> tuple[str, str, str, str]:
        check = self._plan.checks.get(finding.check)
        reason = f": {finding.reason}" if finding.reason else ""
        return (
            f"{finding.outcome}{reason}",
            check.priority if check else "",
            check.phase if check else "",
            finding.subject,
        )

    # --- rows that pytest-html would lose ---------------------------------------------------

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember what has no row yet: pytest-html makes one when a test is torn down."""
        if not self._begun:
            self._begun = True
            if self._ours and len(self._plan.planned) > MOST:
                self._drop()
        if self._dropped:
            return
        if report.when == "teardown":
            self._waiting.pop(report.nodeid, None)
            self._shown.add(report.nodeid)
        else:
            self._waiting[report.nodeid] = report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Show tests whose worker died or that were stopped, and checks that never began."""
        page = self._page()
        if page is None:
            return
        if self._ours and not self._plan.planned:
            self._drop()
            return
        seen = self._shown | self._waiting.keys()
        never = [plan for plan in self._plan.planned if plan.node not in seen]
        owed = (_report_of(finding) for finding in missing((), never, ()))
        for report in (*self._waiting.values(), *owed):
            for shown in _as_rows_are_made(report):
                page.pytest_runtest_logreport(shown)

    # --- whether there is a page ------------------------------------------------------------

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        if self._dropped and self._plan.planned:
            terminalreporter.write_line(
                f"No {NAME}: it opens too slowly with more than {MOST} findings; --html=FILE"
                " writes it all the same."
            )

    def _page(self) -> Any:
        """Pytest-html's own plugin object; None where no page is written."""
        from pytest_html.basereport import BaseReport

        plugins = self._config.pluginmanager.get_plugins()
        return next((one for one in plugins if isinstance(one, BaseReport)), None)

    def _drop(self) -> None:
        page = self._page()
        if page is not None:
            self._config.pluginmanager.unregister(page)
            self._dropped = True

    def tidy(self) -> None:
        """Take away what pytest-html made for a run that had no check."""
        if self._ours and not self._plan.planned:
            self._path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                self._path.parent.rmdir()


def _line(text: str) -> str:
    """Text for a cell; pytest-html takes a cell apart by lines."""
    return escape(" ".join(text.split()))


def _report_of(finding: Finding) -> pytest.TestReport:
    """What pytest would have said of a check that never reported."""
    report = pytest.TestReport(
        nodeid=finding.node,
        location=(finding.node.partition("::")[0], None, finding.node),
        keywords={},
        outcome="failed",
        longrepr=finding.message,
        when="call",
    )
    report.readiness = wire.dump(finding)  # type: ignore[attr-defined]
    return report


def _as_rows_are_made(report: pytest.TestReport) -> Iterator[pytest.TestReport]:
    """A report as pytest-html makes a row of it: of a call, with a teardown after it."""
    call, teardown = copy.copy(report), copy.copy(report)
    call.when = "call"
    teardown.when, teardown.outcome = "teardown", "passed"
    teardown.longrepr, teardown.sections = None, []
    yield call
    yield teardown
