"""The runs before this one: a small file each, read at the start and written at the end.

A file holds the figures of a run and since when each open finding is open. A file that cannot be
read is named and left out; it never stops a run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from pytest_readiness.comparison import open_since
from pytest_readiness.model import PastRun
from pytest_readiness.verdict import is_partial


if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_readiness.model import AuditReport


VERSION = "1"
"""Of the format of a file."""

READ = 200
"""Files that are read, the newest; older ones stay where they are."""


@dataclass(frozen=True)
class History:
    """What a folder of earlier runs says."""

    runs: tuple[PastRun, ...] = ()
    """Of the profile under audit, the oldest first."""
    since: Mapping[str, str] = field(default_factory=dict)
    """When each finding that was open in the last of them was first seen open; ISO 8601 by
    fingerprint."""
    problems: tuple[str, ...] = ()
    """Files that were left out and why, one line each."""


@dataclass(frozen=True)
class _Entry:
    """One file."""

    version: str
    run: PastRun
    open: dict[str, str]


def read(folder: Path, profile: str) -> History:
    """Read the newest files of a folder; no folder is no history."""
    try:
        paths = sorted(path for path in folder.glob("*.json") if path.is_file())
    except OSError as error:
        return History(problems=(f"{folder.name}: {error.strerror or error}",))
    entries, problems = [], []
    for path in paths[-READ:]:
        try:
            entries.append(_entry(path))
        except OSError as error:
            problems.append(f"{path.name}: {error.strerror or error}")
        except ValueError as error:
            problems.append(f"{path.name}: {error}")
    if len(paths) > READ:
        problems.append(f"{len(paths) - READ} runs before the last {READ} were not read")
    mine = [entry for entry in entries if entry.run.profile == profile]
    mine.sort(key=lambda entry: datetime.fromisoformat(entry.run.started))
    return History(
        runs=tuple(entry.run for entry in mine),
        since=mine[-1].open if mine else {},
        problems=tuple(problems),
    )


def write(folder: Path, report: AuditReport, since: Mapping[str, str]) -> Path | None:
    """Add the file of a run; None for a run that was narrowed, which is no point of a trend.

    The file appears whole or not at all, and never replaces one of another run.

    Args:
        folder: made where it does not exist.
        report: the run.
        since: of :class:`History`, as it was read when the run began.

    Raises:
        OSError: the folder cannot be written to.
    """
    if is_partial(report.selection) or report.follow_up is not None or not report.checks:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    entry = {"version": VERSION, "run": past_run(report), "open": open_since(report, since)}
    text = json.dumps(entry, default=vars, separators=(",", ":"))
    path = _free(folder, report)
    draft = path.with_name(f"{path.name}.part")
    draft.write_text(f"{text}\n", encoding="utf-8")
    draft.replace(path)
    return path


def past_run(report: AuditReport) -> PastRun:
    """The figures of a run."""
    counts = Counter(str(finding.outcome) for finding in report.findings)
    return PastRun(
        started=report.started,
        commit=report.commit,
        profile=report.target.profile,
        verdict=report.judgement.verdict,
        readiness=report.scorecard.readiness,
        coverage=report.scorecard.coverage,
        open_p0=report.scorecard.total.open_p0,
        findings=dict(sorted(counts.items())),
    )


def _entry(path: Path) -> _Entry:
    try:
        entry = _adapter().validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ValueError(f"{place}: {first['msg']}" if place else first["msg"]) from None
    if entry.version != VERSION:
        raise ValueError(f"expected version {VERSION!r}, got {entry.version!r}")
    if datetime.fromisoformat(entry.run.started).tzinfo is None:
        raise ValueError("expected a start with its offset from UTC")
    return entry


@cache
def _adapter() -> TypeAdapter[_Entry]:
    return TypeAdapter(_Entry)


def _free(folder: Path, report: AuditReport) -> Path:
    """A name of start and commit that no file has; names sort by time."""
    started = datetime.fromisoformat(report.started).astimezone(UTC)
    commit = re.sub(r"[^0-9a-zA-Z]", "", report.commit)[:7] or "uncommitted"
    stem = f"{started:%Y%m%dT%H%M%SZ}-{commit}"
    path, number = folder / f"{stem}.json", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.json"
    return path
