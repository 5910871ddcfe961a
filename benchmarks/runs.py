"""What the benchmarks share: pytest runs measured from outside, in turn."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import entry_points
from statistics import median
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What one process cost, its children included."""

    wall: float
    cpu: float
    mebibytes: float
    status: int


def without_others(*kept: str) -> list[str]:
    """Options that switch off every other installed plugin: what it imports would hide our cost."""
    names = {plugin.name for plugin in entry_points(group="pytest11")}
    return [f"-pno:{name}" for name in sorted(names - {"readiness", *kept})]


def run_pytest(folder: Path, *options: str) -> Cost:
    """Run pytest in a folder; its output goes to ``output.txt`` there."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    with (folder / "output.txt").open("w", encoding="utf-8") as output:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    scale = 2**20 if sys.platform == "darwin" else 2**10  # ru_maxrss: bytes there, KiB elsewhere
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, process.returncode)


def in_turn(variants: Mapping[str, Sequence[str]], folder: Path, rounds: int) -> dict[str, Cost]:
    """Run every variant once in each round; medians, so that a busy moment meets all alike."""
    costs: dict[str, list[Cost]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name, options in variants.items():
            costs[name].append(run_pytest(folder, *options))
    return {name: _middle(measured) for name, measured in costs.items()}


def _middle(costs: list[Cost]) -> Cost:
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.mebibytes for cost in costs),
        costs[-1].status,
    )
