"""The earlier run that a run is compared with, and whether something is new since then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from pytest_readiness.comparison import by_fingerprint, got_worse
from pytest_readiness.model import Outcome, Priority, Verdict
from pytest_readiness.recompute import selected_judgement
from pytest_readiness.reports.json import RecordError, parse
from pytest_readiness.waivers import waiver_of


if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_readiness.model import AuditReport, Compared


RECORDS = "readiness*.json"
"""What the records in a folder are called."""

_ENOUGH = frozenset({Verdict.GO, Verdict.CONDITIONAL_GO})
_SEEN_BAD = frozenset({Outcome.WARNED, Outcome.FAILED})


class BaselineError(ValueError):
    """There is no baseline to be had; the message says why and what to do."""


def read(path: Path) -> AuditReport:
    """Read the record of an earlier run; of a folder, the record that started last.

    Raises:
        BaselineError: there is none that can be read.
    """
    return _newest(path) if path.is_dir() else _record(path)


def is_of(report: AuditReport, name: str, is_commit_here: Callable[[str], bool]) -> None:
    """Refuse the record of another repository.

    A folder may be called otherwise on another machine and hold the same repository, so a commit
    that is known here is enough.

    Raises:
        BaselineError: neither the name nor the commit is known here.
    """
    if report.repository == name or (report.commit and is_commit_here(report.commit)):
        return
    raise BaselineError(
        f"the record is about the repository {report.repository!r}, and this is {name!r};"
        " give a record of this one"
    )


def of_one_repository(before: AuditReport, after: AuditReport) -> None:
    """Refuse two records that cannot be compared.

    Raises:
        BaselineError: they are about two repositories.
    """
    is_of(before, after.repository, lambda commit: commit == after.commit)


def held_against(report: AuditReport) -> tuple[Compared, ...]:
    """Findings that ``--readiness-fail-on new`` counts.

    These are new, regressed, or failed where they only warned before. A warning or a failure counts
    whatever its priority, unless a waiver accepts it; what could not be looked at counts for P0.
    """
    if report.comparison is None:
        return ()
    now = datetime.fromisoformat(report.started)
    urgent = {check.id for check in report.checks if check.priority == Priority.P0}
    findings = by_fingerprint(report)

    def counts(one: Compared) -> bool:
        if one.after not in _SEEN_BAD:
            return one.check in urgent
        finding = findings.get(one.fingerprint)
        return finding is None or waiver_of(finding, report.waivers, now) is None

    return tuple(one for one in report.comparison.findings if got_worse(one) and counts(one))


def nothing_new(report: AuditReport) -> bool:
    """Whether a run with a baseline may exit with 0 whatever its verdict is.

    It may not when something that counts is new, and not when too little was looked at.
    """
    return report.comparison is not None and not held_against(report) and not gaps(report)


def gaps(report: AuditReport) -> tuple[str, ...]:
    """Why a run cannot say that nothing is new: what would make it INCOMPLETE.

    A failure that makes it NO-GO hides that, so every failure is taken as passed first. Were such
    a run let through, mending the failure would turn its exit code from 0 to 12.

    Returns:
        Sentences of the verdict; none when enough was looked at.
    """

    def lift(outcome: Outcome) -> Outcome:
        return Outcome.PASSED if outcome == Outcome.FAILED else outcome

    flip = report.flip
    if flip is not None:
        flipped = (
            replace(one, before=lift(one.before), after=lift(one.after)) for one in flip.findings
        )
        flip = replace(flip, findings=tuple(flipped))
    findings = tuple(replace(one, outcome=lift(one.outcome)) for one in report.findings)
    judgement = selected_judgement(replace(report, findings=findings, flip=flip))
    return () if judgement.verdict in _ENOUGH else judgement.reasons


def _newest(folder: Path) -> AuditReport:
    """By the time that the records give: copied files have the time of the copy."""
    paths = sorted(path for path in folder.glob(RECORDS) if path.is_file())
    if not paths:
        raise BaselineError(
            f"{folder} holds no {RECORDS}; give a readiness.json, or a folder with one."
            " The files of a history hold figures only"
        )
    return max(map(_record, paths), key=lambda report: _time(report.started))


def _record(path: Path) -> AuditReport:
    try:
        report = parse(path.read_text(encoding="utf-8"))
        _time(report.started)
    except OSError as error:
        raise BaselineError(
            f"{path}: {error.strerror or error}; give the readiness.json of an earlier run"
        ) from None
    except (RecordError, ValueError) as error:
        raise BaselineError(f"{path}: {error}; give the readiness.json of an earlier run") from None
    return report


def _time(started: str) -> float:
    return datetime.fromisoformat(started).timestamp()
