"""What it takes to render a record: ``python benchmarks/rendering.py``.

Ten thousand findings of a hundred checks, every fourth one passed, failed, warned and skipped, and
the same when all have failed. Processor seconds, the least of some rounds, in turn, so that a busy
machine shows less.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path


sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pytest_readiness import publish
from pytest_readiness.model import AuditReport, Exchange, Location, Outcome, Reason, Remark
from tests.runs import FAILED, PASSED, SKIPPED, WARNED, finding, run_of


TOGETHER = ("json", "html", "sarif")
TARGET = 0.5
"""Seconds for these together."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    outcomes = {"mixed": (PASSED, FAILED, WARNED, SKIPPED), "all failed": (FAILED,)}
    records = {name: record(options.findings, mix) for name, mix in outcomes.items()}
    print(f"{options.findings} findings, the least of {options.rounds} rounds")
    print(f"{'':<14}" + "".join(f"{f'{name}, s':>15}{'MB':>8}" for name in records))
    sums = dict.fromkeys(records, 0.0)
    for form in publish.FORMATS:
        cells = []
        for name, report in records.items():
            seconds, size = measure(report, form, options.rounds)
            sums[name] += seconds if form in TOGETHER else 0
            cells.append(f"{seconds:>15.3f}{size:>8.2f}")
        print(f"{form:<14}" + "".join(cells))
    there = " and ".join(form for form in TOGETHER if form in publish.FORMATS)
    said = ", ".join(f"{name} {seconds:.3f} s" for name, seconds in sums.items())
    kept = sums["mixed"] <= TARGET
    print(f"{there}: {said}; target {TARGET:g} s: {'kept' if kept else 'MISSED'}")
    return 0 if kept else 1


def measure(report: AuditReport, form: str, rounds: int) -> tuple[float, float]:
    """Processor seconds and size in megabytes."""
    least, text = float("inf"), ""
    for _ in range(rounds):
        begin = time.process_time()
        text = publish.render(report, form)
        least = min(least, time.process_time() - begin)
    return least, len(text.encode()) / 1e6


def record(findings: int, outcomes: tuple[Outcome, ...]) -> AuditReport:
    """A record with so many findings, whose outcomes take turns."""
    run = run_of((60, PASSED, "P0", "security"), (40, PASSED, "P1", "backend"))
    exchange = Exchange("GET http://127.0.0.1:8000/me", "200 application/json", "curl -s ...", 12)
    made = []
    for number in range(findings):
        outcome = outcomes[number % len(outcomes)]
        seen = f"answered 200 to number {number} without a token"
        made.append(
            finding(
                run.checks[number % len(run.checks)].id,
                outcome,
                f"GET /api/things/{number}",
                message="" if outcome is PASSED else seen,
                reason=Reason.BLOCKED if outcome is SKIPPED else None,
                remarks=(Remark(seen, Location(f"api/things_{number % 200}.py", number + 1)),)
                if outcome in {FAILED, WARNED}
                else (),
                evidence=(exchange,),
            )
        )
    return replace(run, findings=tuple(made), planned=()).report()


if __name__ == "__main__":
    sys.exit(main())
