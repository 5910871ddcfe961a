"""The specimens: for each check, small repositories that it must judge right.

``tests/specimens/<check>/<kind>[-<what is special>]/`` holds the files of one; the kind is what
has to come of it: ``pass``, ``fail`` (failed or warned), ``skip``, ``not-applicable``. What files
alone cannot show is built here. ``{today}`` and ``{today-10d}`` in an ``answers.yaml``, a
``waivers.yaml`` or a report (``.json``, ``.sarif``) become dates.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.model import Outcome
from tests.secret_specimens import BUILT_WITH_SECRETS


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date


FOLDER = Path(__file__).parent / "specimens"

KINDS = {
    "pass": {Outcome.PASSED},
    "fail": {Outcome.FAILED, Outcome.WARNED},
    "warn": {Outcome.WARNED},
    "skip": {Outcome.SKIPPED},
    "not-applicable": {Outcome.NOT_APPLICABLE},
}


@dataclass(frozen=True)
class Specimen:
    """One repository, and what a check must say of it."""

    check: str
    name: str
    build: Callable[[Path, date], None]

    @property
    def kind(self) -> str:
        return next(kind for kind in KINDS if f"{self.name}-".startswith(f"{kind}-"))

    def __str__(self) -> str:
        return f"{self.check}-{self.name}"


def specimens() -> list[Specimen]:
    """All of them, by check and name."""
    found = [
        Specimen(folder.parent.name, folder.name, _copy(folder))
        for folder in FOLDER.glob("*/*")
        if folder.is_dir()
    ]
    built = BUILT | BUILT_WITH_SECRETS
    found += [Specimen(check, name, build) for (check, name), build in built.items()]
    return sorted(found, key=str)


def _copy(folder: Path) -> Callable[[Path, date], None]:
    def build(place: Path, today: date) -> None:
        shutil.copytree(folder, place, dirs_exist_ok=True)
        for path in sorted(place.rglob("*")):
            if path.name in {"answers.yaml", "waivers.yaml"} or path.suffix in {".json", ".sarif"}:
                text = path.read_text(encoding="utf-8")
                path.write_text(_dated(text, today), encoding="utf-8")

    return build


def _dated(text: str, today: date) -> str:
    return re.sub(
        r"\{today(?:([+-]\d+)d)?\}",
        lambda match: str(today + timedelta(days=int(match[1] or 0))),
        text,
    )


def _git(place: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *who, *arguments], cwd=place, check=True, capture_output=True)


def _committed(place: Path, _: date) -> None:
    (place / "app.py").write_text("port = 8000\n", encoding="utf-8")
    (place / ".gitignore").write_text("*.log\n", encoding="utf-8")
    _git(place, "init", "-q")
    _git(place, "add", "-A")
    _git(place, "commit", "-qm", "feat: the shop opens")


def _ignored_file(place: Path, today: date) -> None:
    _committed(place, today)
    (place / "app.log").write_text("started\n", encoding="utf-8")


def _changed_file(place: Path, today: date) -> None:
    _committed(place, today)
    (place / "app.py").write_text("port = 9000\n", encoding="utf-8")


def _new_file(place: Path, today: date) -> None:
    _committed(place, today)
    (place / "hotfix.py").write_text("port = 9000\n", encoding="utf-8")


def _staged_file(place: Path, today: date) -> None:
    _new_file(place, today)
    _git(place, "add", "hotfix.py")


def _no_git(place: Path, _: date) -> None:
    (place / "app.py").write_text("port = 8000\n", encoding="utf-8")


def _analysed(commit: str) -> Callable[[Path, date], None]:
    """A commit, and an analysis that says it is of ``commit``; ``{head}`` is this one."""

    def build(place: Path, today: date) -> None:
        (place / ".gitignore").write_text("*.sarif\n", encoding="utf-8")
        _committed(place, today)
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=place, check=True, capture_output=True, text=True
        )
        run = {
            "tool": {"driver": {"name": "CodeQL", "rules": [{"id": "py/sql-injection"}]}},
            "invocations": [{"executionSuccessful": True, "endTimeUtc": f"{today}T00:00:01Z"}],
            "versionControlProvenance": [
                {
                    "repositoryUri": "https://git.example.com/shop",
                    "revisionId": commit.format(head=done.stdout.strip()),
                }
            ],
            "results": [],
        }
        report = json.dumps({"version": "2.1.0", "runs": [run]})
        (place / "codeql.sarif").write_text(report, encoding="utf-8")

    return build


BUILT: dict[tuple[str, str], Callable[[Path, date], None]] = {
    ("missing-sast", "pass-of-this-commit"): _analysed("{head}"),
    ("missing-sast", "skip-of-another-commit"): _analysed("0" * 40),
    ("uncommitted-changes", "pass"): _committed,
    ("uncommitted-changes", "pass-ignored-file"): _ignored_file,
    ("uncommitted-changes", "fail"): _changed_file,
    ("uncommitted-changes", "fail-new-file"): _new_file,
    ("uncommitted-changes", "fail-staged-file"): _staged_file,
    ("uncommitted-changes", "not-applicable-no-git"): _no_git,
}
