"""Keys under which a run keeps its state on pytest's ``config.stash``; the only shared state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from pytest_readiness.answers import Answer
    from pytest_readiness.broker import Asks
    from pytest_readiness.model import AuditReport, Check, Finding, Waiver
    from pytest_readiness.probes.repository import Repository
    from pytest_readiness.redaction import Redactor
    from pytest_readiness.settings import Settings
    from pytest_readiness.wire import Findings


SETTINGS: pytest.StashKey[Settings] = pytest.StashKey()
"""What readiness.yaml and the options say."""

REPOSITORY: pytest.StashKey[Repository] = pytest.StashKey()
"""The repository under audit."""

ASKS: pytest.StashKey[Asks] = pytest.StashKey()
"""This process's end of the broker."""

FINDINGS: pytest.StashKey[Findings] = pytest.StashKey()
"""This process's writer and reader of findings."""

REDACTOR: pytest.StashKey[Redactor] = pytest.StashKey()
"""Knows every secret this process has met."""

PROFILE: pytest.StashKey[str] = pytest.StashKey()
"""Name of the profile under audit, empty for none."""

DISRUPTIVE: pytest.StashKey[bool] = pytest.StashKey()
"""The user allowed disruptive checks."""

ROOT: pytest.StashKey[Path] = pytest.StashKey()
"""Folder of readiness.yaml, where answers.yaml stands too."""

ANSWERS: pytest.StashKey[Mapping[str, Answer]] = pytest.StashKey()
"""What people state, by the id of the check."""

WAIVERS: pytest.StashKey[Mapping[int, Waiver]] = pytest.StashKey()
"""What people accept, by the line of waivers.yaml."""

SUBJECTS: pytest.StashKey[Mapping[str, tuple[Check, list[str]]]] = pytest.StashKey()
"""By id: every check that was collected, selected or not, with all its subjects."""

SO_FAR: pytest.StashKey[Callable[[], tuple[Finding, ...]]] = pytest.StashKey()
"""On the controller: everything found until now, and an error for what is still owed."""

STARTED: pytest.StashKey[datetime] = pytest.StashKey()
"""When the run began, on every process the same; what expires is judged by it."""

SOURCE: pytest.StashKey[str] = pytest.StashKey()
"""Path of the settings file as shown to the user, empty when there is none."""

PINNED: pytest.StashKey[frozenset[str] | None] = pytest.StashKey()
"""Ids of the bundled checks that the pinned catalogue has, None when none is pinned."""

SETTINGS_FILE: pytest.StashKey[Path | None] = pytest.StashKey()
"""The settings file, None when there is none."""

OWN_FOLDERS: pytest.StashKey[tuple[Path, ...]] = pytest.StashKey()
"""The team's folders of checks."""

FOLLOWED: pytest.StashKey[AuditReport | None] = pytest.StashKey()
"""On the controller: the earlier record whose conditions are looked at again."""

CHECK: pytest.StashKey[Check] = pytest.StashKey()
"""On an item: the check it is; ordinary tests have none."""

SUBJECT: pytest.StashKey[str] = pytest.StashKey()
"""On an item: what the check looks at, from its parametrization."""
