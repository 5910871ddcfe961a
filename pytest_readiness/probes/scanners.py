"""Scanners that are installed here: pip-audit and npm on dependencies, zizmor on workflows.

Each may need data of its registry. One that cannot reach it says so in a way of its own, and that
is never taken for an answer: pip-audit ends well and calls every package "not found".
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pytest_readiness.broker import Unavailable
from pytest_readiness.model import Reason


if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.broker import Run


SECONDS: Final = 45
"""Longest run of a scanner; a check may take 60."""
_SAID: Final = 300
_TOKENS: Final = frozenset({"GH_TOKEN", "GITHUB_TOKEN", "ZIZMOR_GITHUB_TOKEN"})


def find(program: str) -> str | None:
    """Path of a program: beside this interpreter first, where extras are installed."""
    beside = str(Path(sys.executable).parent)
    return shutil.which(program, path=beside) or shutil.which(program)


def pip_audit(run: Run, requirements: Sequence[str]) -> str:
    """What pip-audit says of packages, each ``name==version``, as JSON.

    Raises:
        Unavailable: it is not installed, took too long, or wrote no report.
    """
    program = find("pip-audit")
    if program is None:
        raise Unavailable("pip-audit is not installed: `pip install pip-audit`", Reason.NO_TOOL)
    listed = run.private / "requirements-of-the-audit.txt"
    listed.write_text("\n".join(requirements) + "\n", encoding="utf-8")
    options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    words = [program, "--requirement", str(listed), *options, "--timeout", "10"]
    return _report("pip-audit", words, run.private)


def npm_audit(run: Run, folder: str) -> str:
    """What ``npm audit`` says of a folder's lock file, as JSON.

    Raises:
        Unavailable: it is not installed, took too long, could not ask, or wrote no report.
    """
    program = find("npm")
    if program is None:
        raise Unavailable("npm is not installed", Reason.NO_TOOL)
    words = [program, "audit", "--json", "--package-lock-only", "--omit=dev"]
    said = _report("npm audit", words, run.repository / folder)
    data = json.loads(said)
    if isinstance(data, dict) and "auditReportVersion" not in data:
        why = str(data.get("message") or data.get("error") or "it wrote no report")
        raise Unavailable(f"npm audit could not ask its registry: {why}", Reason.UNREACHABLE)
    return said


def zizmor(run: Run, workflow: str) -> list[dict[str, Any]]:
    """What zizmor says of one workflow or action, without asking anybody.

    A file that it cannot read gives no findings unless it is told to be strict.

    Raises:
        Unavailable: it is not installed, took too long, or could not read the file.
    """
    program = find("zizmor")
    if program is None:
        raise Unavailable(
            "zizmor is not installed: `pip install 'pytest-readiness[scanners]'`", Reason.NO_TOOL
        )
    options = ["--offline", "--no-progress", "--strict-collection", "--persona", "pedantic"]
    said = _report(
        "zizmor",
        [program, *options, "--format", "json", "--", workflow],
        run.repository,
        Reason.BLOCKED,
    )
    data = json.loads(said)
    return data if isinstance(data, list) else []


def _report(
    name: str, words: Sequence[str], folder: Path, otherwise: Reason = Reason.UNREACHABLE
) -> str:
    """Standard output of a scanner, which has to be JSON, whatever its exit code says."""
    # A token in the environment would make zizmor ask GitHub.
    kept = {name: value for name, value in os.environ.items() if name not in _TOKENS}
    try:
        done = subprocess.run(  # noqa: S603 - a scanner, no shell
            words,
            cwd=folder,
            env=kept | {"NO_COLOR": "1", "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"{name} did not end within {SECONDS} s; have it write a report before the audit"
        raise Unavailable(message, Reason.TIMEOUT) from None
    except OSError as error:
        raise Unavailable(f"{name} cannot be run: {error.strerror}", Reason.NO_TOOL) from None
    with contextlib.suppress(ValueError):
        json.loads(done.stdout)
        return done.stdout
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    said = lines[-1].strip()[:_SAID] if lines else f"it ended with {done.returncode}"
    raise Unavailable(f"{name} wrote no report: {said}", otherwise)
