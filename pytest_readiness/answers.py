"""``answers.yaml``: what people state, dated, for the checks that no machine can make."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from pytest_readiness import typed_yaml
from pytest_readiness.setting_values import Day, Words  # noqa: TC001 - pydantic reads them
from pytest_readiness.yaml_document import Problem


if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path


FILE_NAME = "answers.yaml"


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Answer:
    """A person's dated statement for one check."""

    answer: Literal["yes", "no"]
    """Whether the check's title is true."""
    by: Words
    """Who states it."""
    on: Day
    """The day of the statement."""
    evidence: str = ""
    """A link or a digest: the minutes, the ticket, the report."""
    valid_days: Annotated[int, Field(ge=1)] | None = None
    """Days it holds, where that is less than the check allows."""

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
