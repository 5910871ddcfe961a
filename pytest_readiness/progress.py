"""What the terminal shows while the audit runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.reports.terminal import progress


if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

    from pytest_readiness.model import Check, Finding, Outcome, Planned


class Progress:
    """A line for each phase, written when its last finding is in.

    Under xdist phases interleave, and a log of a CI job is no screen: so whole lines only.
    """

    def __init__(
        self, reporter: TerminalReporter, checks: dict[str, Check], planned: tuple[Planned, ...]
    ) -> None:
        self._reporter = reporter
        self._phase_of = {entry.node: str(checks[entry.check].phase) for entry in planned}
        phases = list(self._phase_of.values())
        self._total = {phase: phases.count(phase) for phase in dict.fromkeys(phases)}
        self._outcomes: dict[str, list[Outcome]] = {phase: [] for phase in self._total}

    def show(self, finding: Finding) -> None:
        """Add one finding; print the line of its phase when the phase is complete."""
        phase = self._phase_of.get(finding.node)
        if phase is None:
            return
        outcomes = self._outcomes[phase]
        outcomes.append(finding.outcome)
        if len(outcomes) == self._total[phase]:
            if self._reporter._tw.width_of_current_line:  # noqa: SLF001 - letters of other tests
                self._reporter.line("")
            self._reporter.write_line(progress(phase, outcomes, self._total[phase]))
