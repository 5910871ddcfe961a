"""What recording findings costs over bare pytest: ``python benchmarks/recording.py``.

The same trivial checks, run by bare pytest, with pytest-html and with ``--readiness``, which
writes ``readiness.json``, its journal and the terminal summary; ``reports.py`` has the other files.
Two shapes: 100 checks with many subjects each, and as many checks as findings. A run of one finding
is taken off both, so that what a run costs once is shown beside what each finding costs. Memory is
the peak of the process.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from runs import Cost, in_turn, without_others


FINDING_TARGET = 40.0
"""Microseconds a finding over bare pytest."""
HTML_TARGET = 4.0
"""Times that pytest-html must cost."""
LINEAR = 1.25
"""Memory of the second half over that of the first, at most."""
ONLY_OURS = "many"

HEAD = """
import pytest
from pytest_readiness import *
pytestmark = suite(Phase.SECURITY, Domain.SECURITY)
"""
SUBJECTS = '''
@check("check-{number}", P2)
@pytest.mark.parametrize("n", range({subjects}))
def test_{number}(n):
    """All is well.

    Why: a benchmark needs many checks.
    Fix: nothing is broken.
    """
'''
ALONE = SUBJECTS.replace('@pytest.mark.parametrize("n", range({subjects}))\n', "").replace(
    "(n)", "()"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        kept = [
            _time(top / "subjects", options.findings, 100, options.rounds),
            _time(top / "checks", options.findings, options.findings, options.rounds),
            _memory(top / "memory", options.findings),
        ]
    return 0 if all(kept) else 1


def _time(folder: Path, findings: int, checks: int, rounds: int) -> bool:
    one, many = _write(folder / "one", 1, 1), _write(folder / "many", findings, checks)
    variants = _variants()
    once = in_turn(variants, one, rounds)
    whole = in_turn(variants, many, rounds)
    _must_have_run(once | {f"{name} of many": cost for name, cost in whole.items()})
    print(f"\n{findings} findings of {checks} checks, medians of {rounds} rounds in turn")
    print(f"{'':<12}{'one, s':>9}{'all, s':>9}{'ratio':>8}", end="")
    print(f"{'over bare, us a finding':>26}{'CPU':>8}")
    costs = {}
    for name, cost in whole.items():
        wall, cpu = (
            (
                (getattr(cost, kind) - getattr(once[name], kind))
                - (getattr(whole["bare"], kind) - getattr(once["bare"], kind))
            )
            / findings
            * 1e6
            for kind in ("wall", "cpu")
        )
        costs[name] = cpu
        ratio = cost.wall / whole["bare"].wall
        print(
            f"{name:<12}{once[name].wall:>9.2f}{cost.wall:>9.2f}{ratio:>8.3f}{wall:>26.1f}{cpu:>8.1f}"
        )
    times = costs["pytest-html"] / max(costs["readiness"], 0.1)
    kept = costs["readiness"] <= FINDING_TARGET and times >= HTML_TARGET
    print(
        f"pytest-html costs {times:.1f} times as much; target: at most {FINDING_TARGET:g} us and at"
        f" least {HTML_TARGET:g} times: {'kept' if kept else 'MISSED'}"
    )
    return kept


def _memory(folder: Path, findings: int) -> bool:
    print(f"\n{'findings':<12}{'bare, MiB':>12}{'readiness, MiB':>17}{'more':>8}")
    more = []
    for number in (findings // 4, findings // 2, findings):
        place = _write(folder / str(number), number, 100)
        costs = in_turn(
            {name: options for name, options in _variants().items() if name != "pytest-html"},
            place,
            1,
        )
        _must_have_run(costs)
        bare, ours = costs["bare"].mebibytes, costs["readiness"].mebibytes
        more.append(ours - bare)
        print(f"{number:<12}{bare:>12.1f}{ours:>17.1f}{more[-1]:>8.1f}")
    first, second = (more[1] - more[0]) / (findings / 4), (more[2] - more[1]) / (findings / 2)
    kept = second <= LINEAR * first
    print(
        f"a finding: {first * 1024:.1f} KiB up to the half, {second * 1024:.1f} KiB after it;"
        f" linear: {'yes' if kept else 'NO'}"
    )
    return kept


def _variants() -> dict[str, list[str]]:
    plain = without_others("html", "metadata")
    return {
        "bare": [*plain, "-pno:readiness", "readiness"],
        "pytest-html": [*plain, "-pno:readiness", "--html=report.html", "readiness"],
        "readiness": [*plain, "--readiness"],
    }


def _write(folder: Path, findings: int, checks: int) -> Path:
    """Write a project of so many checks, all subjects of which share the findings."""
    place = folder / "readiness"
    place.mkdir(parents=True)
    template = ALONE if checks == findings else SUBJECTS
    body = "".join(
        template.format(number=number, subjects=findings // checks) for number in range(checks)
    )
    (place / f"test_{ONLY_OURS}.py").write_text(HEAD + body, encoding="utf-8")
    markers = "markers =\n    readiness\n    readiness_suite\n"
    (folder / "readiness.yaml").write_text("formats: []\n", encoding="utf-8")
    (folder / "pytest.ini").write_text(f"[pytest]\n{markers}", encoding="utf-8")
    return folder


def _must_have_run(costs: dict[str, Cost]) -> None:
    """A selection without a P0 ends 0, or 11 for a follow-up; anything else is no measurement."""
    for name, cost in costs.items():
        if cost.status not in {0, 12}:
            raise SystemExit(f"{name}: pytest ended with {cost.status}")


if __name__ == "__main__":
    sys.exit(main())
