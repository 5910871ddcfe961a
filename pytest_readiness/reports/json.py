"""``readiness.json``: the record of a run, from which everything else can be recomputed."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from pytest_readiness import model
from pytest_readiness.model import SCHEMA_VERSION, AuditReport


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


SCHEMA_ID = "urn:pytest-readiness:schema:readiness-1"


class RecordError(ValueError):
    """A record that cannot be read: says where and why."""


def render(report: AuditReport) -> str:
    """The record as one line of JSON.

    ``indent`` would make it six times slower, and ``dataclasses.asdict`` copies every value
    first. A lone surrogate, which UTF-8 cannot carry, becomes a question mark.
    """
    text = json.dumps(report, default=vars, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")


def parse(text: str | bytes) -> AuditReport:
    """Read a record back.

    Unknown fields are ignored: a newer minor version may add some.

    Raises:
        RecordError: it is not JSON, not a record, or of another major version; the message
            names the place, ``findings[3].outcome: ...``.
    """
    try:
        report = _adapter().validate_json(text, strict=True)
    except ValidationError as error:
        raise RecordError(_version_problem(text) or _first_problem(error)) from None
    if problem := _unreadable(report.schema_version):
        raise RecordError(problem)
    return report


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the record."""
    schema = _adapter().json_schema()
    definitions = schema.pop("$defs")
    for name, definition in [*definitions.items(), ("AuditReport", schema)]:
        _describe(definition, name)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **schema,
        "title": "pytest-readiness record",
        "$defs": definitions,
    }


@cache
def _adapter() -> TypeAdapter[AuditReport]:
    return TypeAdapter(AuditReport)


def _version_problem(text: str | bytes) -> str:
    """Say that the version is the problem, when it is: everything else follows from it."""
    try:
        version = json.loads(text)["schema_version"]
    except (ValueError, KeyError, TypeError):
        return ""
    return _unreadable(version) if isinstance(version, str) else ""


def _unreadable(version: str) -> str:
    major = SCHEMA_VERSION.partition(".")[0]
    if version.partition(".")[0] == major:
        return ""
    return f"schema_version: this reader knows {major}.x, the record is {version!r}"


def _first_problem(error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    first = problems[0]
    place = _place(first["loc"])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{place or 'record'}: {first['msg']}{more}"


def _place(steps: Sequence[str | int]) -> str:
    """``findings[3].outcome``."""
    parts = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps]
    return "".join(parts).removeprefix(".")


def _describe(definition: dict[str, Any], name: str) -> None:
    """Give a definition the docstrings that stand in the model, so that they are written once."""
    cls = getattr(model, name)
    definition["description"] = inspect.getdoc(cls) or ""
    for field, text in _field_docs(cls).items():
        properties: Mapping[str, dict[str, Any]] = definition.get("properties", {})
        if field in properties:
            properties[field]["description"] = text


def _field_docs(cls: type) -> dict[str, str]:
    [tree] = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    body: Iterable[ast.stmt] = tree.body if isinstance(tree, ast.ClassDef) else ()
    docs: dict[str, str] = {}
    field = ""
    for statement in body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=field)):
                pass
            case ast.Expr(value=ast.Constant(value=str(text))) if field:
                docs[field] = inspect.cleandoc(text)
                field = ""
            case _:
                field = ""
    return docs
