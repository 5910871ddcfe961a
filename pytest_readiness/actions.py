"""What the runner of GitHub Actions is told when an audit ends: a step summary and annotations."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.reports.github import SUMMARY_LIMIT, commands, fitting, render


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_readiness.model import AuditReport


def watches(environ: Mapping[str, str]) -> bool:
    """Whether a runner of GitHub Actions reads what this process prints."""
    return environ.get("GITHUB_ACTIONS") == "true"


@contextmanager
def no_commands(environ: Mapping[str, str], write: Callable[[str], None]) -> Iterator[None]:
    """Have the runner take what is printed meanwhile for text.

    A message of the target may look like a command, and the runner obeys those in any line.
    """
    if not watches(environ):
        yield
        return
    word = secrets.token_hex(16)
    write(f"::stop-commands::{word}")
    try:
        yield
    finally:
        write(f"::{word}::")


def announce(report: AuditReport, environ: Mapping[str, str], write: Callable[[str], None]) -> None:
    """Append the summary to the file that the runner names, and print annotations.

    Does nothing where no runner watches. A summary that cannot be written is said, and no error.
    """
    if not watches(environ):
        return
    for line in commands(report):
        write(line)
    if named := environ.get("GITHUB_STEP_SUMMARY"):
        problem = _append(render(report), Path(named))
        if problem:
            write(f"readiness: no step summary: {problem}")


def _append(text: str, path: Path) -> str:
    """Append as much as the limit of a step leaves room for; why it could not, or nothing."""
    try:
        written = path.stat().st_size if path.exists() else 0
        kept = fitting(text, SUMMARY_LIMIT - written)
        if not kept:
            return "what was written before fills the limit of a step"
        with path.open("a", encoding="utf-8") as file:
            file.write(kept)
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    return ""
