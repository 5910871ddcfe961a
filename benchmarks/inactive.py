"""What an installed plugin costs those who do not ask for it: ``python benchmarks/inactive.py``.

One trivial test, with the plugin switched off (``-p no:readiness``) and on, in turn. The figure is
the median of the differences of the pairs; the target is 3 ms.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from runs import Cost, run_pytest, without_others


TARGET = 3.0
"""Milliseconds."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=31)
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_trivial.py").write_text("def test_trivial(): pass\n", encoding="utf-8")
        on = ["-q", *without_others()]
        off = [*on, "-pno:readiness"]
        run_pytest(folder, *off)
        run_pytest(folder, *on)
        measured = []
        for number in range(pairs):  # whoever runs second finds warmer caches: take turns
            if number % 2:
                second, first = run_pytest(folder, *on), run_pytest(folder, *off)
            else:
                first, second = run_pytest(folder, *off), run_pytest(folder, *on)
            measured.append((first, second))
    print(f"{'':<12}{'off':>10}{'on':>10}{'difference':>13}{'ratio':>8}")
    wall = _line("wall, ms", [(off.wall, on.wall) for off, on in measured])
    cpu = _line("CPU, ms", [(off.cpu, on.cpu) for off, on in measured])
    kept = min(wall, cpu) <= TARGET
    print(f"{pairs} pairs; target: at most {TARGET:g} ms more: {'kept' if kept else 'MISSED'}")
    assert all(_ok(pair) for pair in measured), "a run failed"  # noqa: S101
    return 0 if kept else 1


def _ok(pair: tuple[Cost, Cost]) -> bool:
    return pair[0].status == pair[1].status == 0


def _line(name: str, pairs: list[tuple[float, float]]) -> float:
    off, on = median(pair[0] for pair in pairs) * 1e3, median(pair[1] for pair in pairs) * 1e3
    difference = median((second - first) * 1e3 for first, second in pairs)
    print(f"{name:<12}{off:>10.1f}{on:>10.1f}{difference:>+13.1f}{on / off:>8.3f}")
    return difference


if __name__ == "__main__":
    sys.exit(main())
