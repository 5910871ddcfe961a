"""What a run knows of earlier ones, its baseline and its history; read before it writes a thing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness import baseline, history
from pytest_readiness.comparison import compare


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_readiness.model import AuditReport, Comparison


class Past:
    """The earlier runs of one run."""

    def __init__(
        self,
        earlier: AuditReport | None,
        folder: Path,
        profile: str,
        redact: Callable[[str], str],
        *,
        fail_on_new: bool = False,
    ) -> None:
        """Read the history.

        Args:
            earlier: the run to compare with, None without one.
            folder: of the history.
            profile: the one under audit.
            redact: takes secrets out of a text.
            fail_on_new: the exit code is 0 when nothing is new.
        """
        self._earlier = earlier
        self._folder = folder
        self._redact = redact
        self._fail_on_new = fail_on_new
        self._history = history.read(folder, profile)
        self._problems = list(self._history.problems)

    def beside(self, report: AuditReport) -> AuditReport:
        """The run with its history, compared with the earlier run where there is one."""
        report = replace(report, history=self._history.runs)
        if self._earlier is None:
            return report
        found = compare(self._earlier, report, self._history.since)
        return replace(report, comparison=self._cleaned(found))

    def remember(self, report: AuditReport) -> None:
        """Add the run to the history; where that cannot be done, :meth:`lines` says so."""
        try:
            history.write(self._folder, report, self._history.since)
        except OSError as error:
            self._problems.append(f"this run could not be added: {error.strerror or error}")

    def nothing_new(self, report: AuditReport) -> bool:
        """Whether nothing new is asked for, and nothing is."""
        return self._fail_on_new and baseline.nothing_new(report)

    def lines(self, report: AuditReport) -> Iterator[str]:
        """What the terminal says beside the report."""
        for problem in self._problems:
            yield self._redact(f"History: {problem}")
        if self._fail_on_new:
            yield f"New or worse since the baseline: {self._on_new(report)}"

    def _on_new(self, report: AuditReport) -> str:
        if self.nothing_new(report):
            return "nothing, so the exit code is 0 whatever the verdict"
        counted = sorted({one.check for one in baseline.held_against(report)})
        ids = ", ".join(counted[:5]) + (f" and {len(counted) - 5} more" if counted[5:] else "")
        return ids or f"not known, for this run would be INCOMPLETE: {baseline.gaps(report)[0]}"

    def _cleaned(self, comparison: Comparison) -> Comparison:
        """Without secrets that were none yet when the earlier run wrote its record."""
        return replace(
            comparison,
            rules=tuple(map(self._redact, comparison.rules)),
            findings=tuple(
                replace(one, subject=self._redact(one.subject)) if one.after is None else one
                for one in comparison.findings
            ),
        )
