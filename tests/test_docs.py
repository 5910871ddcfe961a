"""What is generated in docs/ is current."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pytest_readiness import catalogue
from tests.specimen_table import rows


ROOT = Path(__file__).parents[1]


def test_the_pages_of_the_checks_are_current() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_package_states_the_specimens_that_are_there() -> None:
    table = rows()
    stated = catalogue.self_test()
    assert stated.checks == len(catalogue.bundled_checks()) == len(table)
    assert stated.good == sum(good for _, good, _, _ in table) >= stated.checks
    assert stated.bad == sum(bad for _, _, bad, _ in table) >= stated.checks
