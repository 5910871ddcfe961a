"""The example's audit from command to verdict: ``python benchmarks/example.py``.

``readiness.json`` says how long the checks of each phase took. The target's own start is measured
beside the audit: the same commands, started and awaited without it. Checks that send bursts or wait
for limits are taken off too. What is left is the audit, and the target is 5 s.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from runs import run_pytest, without_others


TARGET = 5.0
"""Seconds beside the target's start, on two cores."""
EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "orchestrator"
ONLY_START = "unreachable-target"
"""A check that needs the target to answer, and nothing else."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", default="as-shipped")
    options = parser.parse_args()
    audit = [*without_others("xdist"), "--readiness", "--readiness-profile", options.profile]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "orchestrator")
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("readiness-report"))
        nothing, start, whole, parallel = [], [], [], []
        bursting: list[float] = []
        phases: list[dict[str, float]] = []
        for _ in range(options.rounds):
            nothing.append(run_pytest(folder, *audit, "--collect-only", "-q").wall)
            start.append(run_pytest(folder, *audit, "-m", f"readiness(id='{ONLY_START}')").wall)
            parallel.append(run_pytest(folder, *audit, "-n2").wall)
            whole.append(run_pytest(folder, *audit).wall)
            record = _record(folder)
            phases.append(record["phase_seconds"])
            bursting.append(_bursts(record))
    slowest = sorted(record["findings"], key=lambda finding: -finding["seconds"])[:8]

    collecting, starting, total = median(nothing), median(start), median(whole)
    started = max(starting - collecting, 0.0)
    beside = total - started - median(bursting)
    print(
        f"{options.profile}, {len(record['findings'])} findings, medians of {options.rounds} rounds"
    )
    print(f"{'command to verdict':<34}{total:>7.2f} s")
    print(f"{'  with two workers':<34}{median(parallel):>7.2f} s")
    print(f"{'importing and collecting':<34}{collecting:>7.2f} s")
    print(f"{'start and end of the target':<34}{started:>7.2f} s")
    print(f"{'bursts and waits':<34}{median(bursting):>7.2f} s")
    for phase in phases[-1]:
        spent = median(seconds.get(phase, 0.0) for seconds in phases)
        print(f"{f'checks of {phase}':<34}{spent:>7.2f} s")
    print("slowest findings:")
    for finding in slowest:
        shown = f"  {finding['check']} {finding['subject']}"[:60]
        print(f"{shown:<62}{finding['seconds']:>6.2f} s")
    kept = beside <= TARGET
    verdict = "kept" if kept else "MISSED"
    print(
        f"beside the target's start, bursts and waits: {beside:.2f} s;"
        f" target: at most {TARGET:g} s: {verdict}"
    )
    return 0 if kept else 1


def _bursts(record: dict[str, Any]) -> float:
    """Seconds of the checks that run alone: they send bursts, and wait for limits to pass."""
    alone = {check["id"] for check in record["checks"] if check["alone"]}
    return float(sum(one["seconds"] for one in record["findings"] if one["check"] in alone))


def _record(folder: Path) -> dict[str, Any]:
    path = folder / "readiness-report" / "readiness.json"
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


if __name__ == "__main__":
    sys.exit(main())
