"""Installed and not asked, the plugin costs nothing and does nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from pathlib import Path


HEAVY = ["requests", "jose", "yaml", "testcontainers", "pydantic", "jinja2", "jsonschema"]
OURS = [
    "pytest_readiness.model",
    "pytest_readiness.declare",
    "pytest_readiness.collection",
    "pytest_readiness.audit",
]
THEIR_TEST = """
import json, sys

def test_theirs():
    with open("modules.json", "w") as file:
        json.dump(sorted(sys.modules), file)
"""
QUIET = [
    "-p",
    "no:cacheprovider",
    "-p",
    "no:html",
    "-p",
    "no:metadata",
    "-p",
    "no:hypothesispytest",
]


def run(folder: Path, *options: str) -> tuple[set[str], str]:
    """Run pytest in a fresh process; modules that are loaded in a test, and what it prints."""
    (folder / "test_theirs.py").write_text(THEIR_TEST, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-B", "-m", "pytest", "-q", *QUIET, *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(json.loads((folder / "modules.json").read_text(encoding="utf-8")))
    return modules, done.stdout + done.stderr


def test_an_inactive_plugin_imports_nothing_heavy(tmp_path: Path) -> None:
    with_it, _ = run(tmp_path)
    without, _ = run(tmp_path, "-p", "no:readiness")
    assert "pytest_readiness.plugin" in with_it
    assert not with_it & set(OURS)
    added = with_it - without
    assert not {name for name in added if name.partition(".")[0] in HEAVY}
    assert {name for name in added if not name.startswith("pytest_readiness")} == set()


def test_an_inactive_plugin_writes_and_says_nothing(tmp_path: Path) -> None:
    _, output = run(tmp_path)
    assert "readiness" not in output
    assert {path.name for path in tmp_path.iterdir()} == {"test_theirs.py", "modules.json"}


def test_an_inactive_plugin_leaves_a_readiness_folder_alone(tmp_path: Path) -> None:
    own = tmp_path / "readiness" / "test_own.py"
    own.parent.mkdir()
    own.write_text("raise SystemExit('collected')\n", encoding="utf-8")
    _, output = run(tmp_path)
    assert "1 passed" in output
