"""What the terminal shows while the audit runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.reports.terminal import LETTERS, progress


if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from pytest_readiness.model import Check, Finding, Planned


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
        phase = self._phase_of.get(finding.node)
        if phase is None:
            return
        self._letters[phase] += LETTERS[finding.outcome]
        self._left[phase] -= 1
        if self._left[phase] == 0:
            self._reporter.ensure_newline()
            for line in progress(phase, self._letters[phase], self._total[phase]):
                self._reporter.write_line(line)
