"""``answers.yaml``: what people state, dated, for the checks that no machine can make."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from datetime import date, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from pytest_readiness import typed_yaml
from pytest_readiness.setting_values import Day, Words  # noqa: TC001 - pydantic reads them
from pytest_readiness.yaml_document import Problem


if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path


FILE_NAME = "answers.yaml"


_FILE = re.compile(r"(?P<path>[^@]+)@(?P<digest>sha256:[0-9a-f]{64})")
_SOME_DIGEST = re.compile(r"@?sha\d*:|@[0-9a-f]{32}", re.IGNORECASE)


def _check_evidence(value: str) -> str:
    named = _FILE.fullmatch(value)
    if named is None and "://" not in value and _SOME_DIGEST.search(value):
        hint = "`sha256sum FILE` says the digest"
        raise typed_yaml.wrong("a file with its digest like docs/drill.md@sha256:...", hint=hint)
    path = PurePath(named["path"] if named else "")
    if path.is_absolute() or ".." in path.parts:
        hint = "the path starts at the folder of answers.yaml"
        raise typed_yaml.wrong("a file of the repository", hint=hint)
    return value


@dataclasses.dataclass(frozen=True)
class EvidenceFile:
    """A file that shows what somebody answered."""

    path: str
    """Relative to the folder of ``answers.yaml``."""
    digest: str
    """``sha256:...`` of what it held then."""

    def problem(self, folder: Path) -> str:
        """Why it shows nothing any more; empty where it is what it was."""
        try:
            with (folder / self.path).open("rb") as file:
                now = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        except OSError as error:
            return f"{self.path} cannot be read: {error.strerror}"
        return "" if now == self.digest else f"{self.path} is no longer the same; it has {now}"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Answer:
    """A person's dated statement for one check."""

    answer: Literal["yes", "no"]
    """Whether the check's title is true."""
    by: Words
    """Who states it."""
    on: Day
    """The day of the statement."""
    evidence: Annotated[str, AfterValidator(_check_evidence)] = ""
    """The minutes, the ticket, the report: a link, or a file of the repository with its digest,
    ``docs/drill.md@sha256:...``."""
    valid_days: Annotated[int, Field(ge=1)] | None = None
    """Days it holds, where that is less than the check allows."""

    @property
    def file(self) -> EvidenceFile | None:
        """The file that is the evidence; None for a link and for none."""
        named = _FILE.fullmatch(self.evidence)
        return EvidenceFile(named["path"], named["digest"]) if named else None

    @property
    def last_day(self) -> str:
        """ISO date of the last day by its own word; empty where only the check sets a term."""
        return self.expires(self.valid_days).isoformat() if self.valid_days else ""

    def expires(self, days: int) -> date:
        """Last day on which it holds when the check allows ``days``."""
        return self.on + timedelta(days=min(days, self.valid_days or days))


def load(path: Path) -> Mapping[str, Answer]:
    """Read the answers by the id of their check; no file is no answers.

    Raises:
        InvalidFile: with file, line, what was expected and what was found.
    """
    if not path.is_file():
        return {}
    answers: Mapping[str, Answer] = typed_yaml.load(
        dict[str, Answer], path, expected="a mapping of the ids of checks"
    )
    return answers


def problems(path: Path, checks: Collection[str]) -> list[str]:
    """Answers to checks that do not exist, one line each with what was meant."""
    unknown = [identity for identity in load(path) if identity not in checks]
    if not unknown:
        return []
    lines = typed_yaml.read_file(path, path.name).lines
    return [
        typed_yaml.line_of(
            path.name, Problem((identity,), _no_check(identity, checks), lines[identity,])
        )
        for identity in unknown
    ]


def _no_check(identity: str, checks: Collection[str]) -> str:
    hint = typed_yaml.suggestion(identity, tuple(checks)) or "`readiness list` shows the checks"
    return f"expected the id of a check, got {identity!r}; {hint}"
