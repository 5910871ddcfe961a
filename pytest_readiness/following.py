"""``--readiness-conditions FILE``: run exactly what stands between an earlier record and GO."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_readiness import stash
from pytest_readiness.discretion import refuse
from pytest_readiness.followup import wanted
from pytest_readiness.settings import AS_SHIPPED


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import AuditReport
    from pytest_readiness.settings import Settings


_OPTION = "--readiness-conditions"


def read(config: pytest.Config) -> AuditReport | None:
    """The record to follow; None when none is asked for.

    It is read before the run writes its own in the same place. Unless an option says otherwise,
    the run takes the profile and the flip of the record.

    Raises:
        pytest.UsageError: there is no such record, or nothing in it that could be followed.
    """
    from pytest_readiness.reports.json import RecordError, parse

    option = config.option
    if not option.readiness_conditions:
        return None
    name = option.readiness_conditions
    path = Path(config.invocation_params.dir, name)
    try:
        record = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise pytest.UsageError(f"{_OPTION}: {name}: {error.strerror or error}") from None
    except (RecordError, UnicodeDecodeError) as error:
        raise pytest.UsageError(f"{_OPTION}: {name}: {error}") from None
    if not wanted(record):
        judgement = record.judgement
        raise pytest.UsageError(
            f"{_OPTION}: {name} has no conditions that a check could look at again: its verdict is"
            f" {judgement.verdict} ({judgement.reasons[0]}); run the whole audit"
        )
    if not option.readiness_flip_of:
        _take_over(config, record)
    return record


def _take_over(config: pytest.Config, record: AuditReport) -> None:
    """The profile and the flip of the record, where the command line names none.

    Workers get the options as they are afterwards.
    """
    option = config.option
    settings: Settings = config.stash[stash.SETTINGS]
    flip = record.flip
    carried_out = flip is not None and not flip.problem
    if not option.readiness_profile:
        if record.target.profile in {AS_SHIPPED, *settings.profiles}:
            option.readiness_profile = record.target.profile
        if flip is not None and carried_out and not option.readiness_flip:
            option.readiness_flip = flip.profile
    elif flip is not None and carried_out and option.readiness_flip not in {None, "", flip.profile}:
        raise pytest.UsageError(
            f"{_OPTION}: that record was flipped to {flip.profile}; flip to the same, or leave"
            " --readiness-flip out"
        )


class Following:
    """Leaves the checks to follow, in every process of the run."""

    def __init__(self, config: pytest.Config, wanted_ids: frozenset[str]) -> None:
        self._config = config
        self._wanted = wanted_ids

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Before ``-k`` and ``-m``, so that a check they leave out is not taken for a lost one."""
        ids = {item: item.stash[stash.CHECK].id for item in items if stash.CHECK in item.stash}
        if lost := sorted(self._wanted - set(ids.values())):
            items.clear()  # pytest finishes the collection all the same, and the plan is told
            refuse(
                self._config,
                f"{_OPTION}: that record is of another catalogue: there is no check"
                f" {', '.join(lost)} any more; run the whole audit",
                items,
            )
            return
        others = [item for item in items if ids.get(item) not in self._wanted]
        items[:] = [item for item in items if ids.get(item) in self._wanted]
        self._config.hook.pytest_deselected(items=others)


def changes(record: AuditReport, now: AuditReport, known: frozenset[str]) -> Iterator[str]:
    """What is no longer as it was for a record, one sentence each.

    Args:
        record: the earlier one.
        now: the one that follows it.
        known: ids of all checks that this run has collected, selected or not.
    """
    then = record.follow_up.commit if record.follow_up is not None else record.commit
    rest = "what was not looked at again was seen at that one"
    if then != now.commit:
        yield f"The commit was {_short(then)} and is {_short(now.commit)}: {rest}."
    old, new = record.provenance.configuration, now.provenance.configuration
    if old and new and old != new:
        yield "The configuration is another: what was not looked at again was seen under the old."
    if record.target.profile != now.target.profile:
        yield (
            f"The record is of profile {record.target.profile or 'none'}, this run of"
            f" {now.target.profile or 'none'}."
        )
    whole = record.selection.selected >= record.selection.planned
    if whole and (new_checks := len(known - {check.id for check in record.checks})):
        noun = "check is" if new_checks == 1 else "checks are"
        yield f"{new_checks} {noun} newer than the record and count only in a whole run."


def _short(commit: str) -> str:
    return commit[:7] or "unknown"
