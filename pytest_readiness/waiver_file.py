"""``waivers.yaml``: findings that people accept, each with an owner and a last day.

The class is the format: its fields are the keys, their docstrings the descriptions in
``docs/schema/waivers-yaml-1.schema.json``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, ConfigDict, TypeAdapter, WithJsonSchema
from pydantic.dataclasses import dataclass

from pytest_readiness import typed_yaml
from pytest_readiness.model import Priority, Waiver
from pytest_readiness.setting_values import Day, Words  # noqa: TC001 - pydantic reads them
from pytest_readiness.typed_yaml import InvalidFile
from pytest_readiness.waivers import HYGIENE
from pytest_readiness.yaml_document import Problem


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytest_readiness.model import Check


FILE_NAME = "waivers.yaml"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_APPROVED = frozenset({Priority.P0, Priority.P1})


def _check_digest(value: str) -> str:
    if _DIGEST.fullmatch(value):
        return value
    hint = "`readiness waive --pin` writes it; leave the key out to accept whatever is seen"
    raise typed_yaml.wrong("a digest like sha256:<64 hexadecimal digits>", hint=hint)


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Entry:
    """One finding, or several of one check, that somebody accepts until a day."""

    check: Words
    """Id of the check."""
    reason: Words
    """Why it is acceptable until then."""
    owner: Words
    """Who mends it by then."""
    expires: Day
    """Last day on which it holds."""
    subject: str = ""
    """Glob over the check's subjects; left out, the finding about the system as a whole."""
    approver: str = ""
    """Who agreed to it; for a P0 or P1 required, and somebody else than the owner."""
    evidence: Annotated[
        str | None,
        AfterValidator(lambda value: value if value is None else _check_digest(value)),
        WithJsonSchema({"type": "string", "pattern": f"^{_DIGEST.pattern}$"}),
    ] = None
    """Digest of what was accepted: it ends when something else is seen."""

    @property
    def waiver(self) -> Waiver:
        """The same as one of our nouns."""
        return Waiver(
            check=self.check,
            subject=self.subject,
            reason=" ".join(self.reason.split()),
            owner=self.owner,
            expires=self.expires.isoformat(),
            approver=self.approver,
            evidence=self.evidence or "",
        )


def load(path: Path) -> Mapping[int, Waiver]:
    """Read the waivers by the line on which each begins; no file is no waivers.

    Raises:
        InvalidFile: with file, line, what was expected and what was found.
    """
    if not path.is_file():
        return {}
    document = typed_yaml.read_file(path, path.name)
    data = [] if document.data is None else document.data
    entries, problems = typed_yaml.validated(tuple[Entry, ...], data, document)
    if problems:
        raise InvalidFile(*typed_yaml.said(path.name, problems))
    lines = [document.lines[number,] for number in range(len(entries))]
    found = {line: entry.waiver for line, entry in zip(lines, entries, strict=True)}
    if len(found) < len(entries):
        again = Problem((), "expected each waiver on a line of its own", lines[0])
        raise InvalidFile(typed_yaml.line_of(path.name, again))
    if twice := list(_twice(found)):
        raise InvalidFile(*typed_yaml.said(path.name, twice))
    return found


def problems(found: Mapping[int, Waiver], checks: Mapping[str, Check]) -> list[str]:
    """What waivers say of checks that they may not say, one line each.

    Args:
        found: the waivers by their line.
        checks: every check of the run by its id.
    """
    wrong = [
        Problem((), message, line)
        for line, waiver in found.items()
        for message in _objections(waiver, checks)
    ]
    return typed_yaml.said(FILE_NAME, wrong)


def json_schema() -> dict[str, Any]:
    """JSON Schema of waivers.yaml, for editors."""
    schema = TypeAdapter(tuple[Entry, ...]).json_schema()
    described = typed_yaml.docstrings(__file__)[Entry.__name__]
    for key, text in described.items():
        schema["$defs"][Entry.__name__]["properties"][key]["description"] = text
        schema["$defs"][Entry.__name__]["properties"][key].pop("default", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "waivers-yaml-1.schema.json",
        **schema,
        "title": FILE_NAME,
    }


def _objections(waiver: Waiver, checks: Mapping[str, Check]) -> Iterator[str]:
    check = checks.get(waiver.check)
    if check is None:
        hint = typed_yaml.suggestion(waiver.check, tuple(checks))
        hint = hint or "`readiness list` shows the checks"
        yield f"check: expected the id of a check, got {waiver.check!r}; {hint}"
    elif waiver.check in HYGIENE:
        yield f"check: {waiver.check} judges waivers and cannot be waived; mend the waiver"
    elif check.priority in _APPROVED and not waiver.approver.strip():
        yield f"approver: a {check.priority} needs somebody who agreed to it; add approver"
    elif check.priority in _APPROVED and _same(waiver.approver, waiver.owner):
        yield (
            f"approver: a {check.priority} needs somebody else than its owner, got"
            f" {waiver.approver!r} for both"
        )


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _twice(found: Mapping[int, Waiver]) -> Iterator[Problem]:
    first: dict[tuple[str, str], int] = {}
    for line, waiver in found.items():
        before = first.setdefault((waiver.check, waiver.subject), line)
        if before != line:
            what = f"{waiver.check} on {waiver.subject!r}"
            yield Problem(
                (), f"expected one waiver of {what}, got another (first on line {before})", line
            )
