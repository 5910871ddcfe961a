"""``answers.yaml``: what people state, dated, for the checks that no machine can make."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from pytest_readiness.settings_file import read


if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


FILE_NAME = "answers.yaml"


class AnswersError(ValueError):
    """The answers cannot be used; the text lists every problem with its line."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Answer:
    """A person's dated statement for one check."""

    answer: Literal["yes", "no"]
    """Whether the check's title is true."""
    by: Annotated[str, Field(min_length=1)]
    """Who states it."""
    on: date
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
        AnswersError: with file, line, what was expected and what was found.
    """
    if not path.is_file():
        return {}
    document = read(path.read_text(encoding="utf-8", errors="replace"))
    problems = [
        f"{path.name}:{problem.line or 1}: {problem.message}" for problem in document.problems
    ]
    if problems:
        raise AnswersError("\n".join(problems))
    try:
        return TypeAdapter(dict[str, Answer]).validate_python(document.data or {})
    except ValidationError as error:
        lines = []
        for detail in error.errors(include_url=False):
            place = tuple(part for part in detail["loc"] if part != "[key]")
            known = place
            while known and known not in document.lines:
                known = known[:-1]
            line = document.lines.get(known, 1)
            lines.append(f"{path.name}:{line}: {'.'.join(map(str, place))}: {_said(detail)}")
        raise AnswersError("\n".join(lines)) from None


def _said(detail: Mapping[str, object]) -> str:
    if detail["type"] == "missing":
        return "expected this key, got nothing; add it"
    if detail["type"] == "unexpected_keyword_argument":
        return f"unknown key; an answer has {', '.join(Answer.__dataclass_fields__)}"
    return f"{detail['msg']}, got {detail['input']!r}"
