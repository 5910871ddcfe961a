"""Whether an answer is what the OpenAPI document declares for it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from openapi_schema_validator import OAS30Validator, OAS31Validator


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.probes.openapi import Document, Operation


_MOST = 3


def breaches(document: Document, operation: Operation, status: int, body: bytes) -> Iterator[str]:
    """Say how an answer differs from its declaration; nothing where it does not.

    Args:
        document: the document that declares it; OpenAPI 2.0 schemas are read as those of 3.0.
        operation: the operation that was asked.
        status: of the answer.
        body: of the answer.
    """
    if not is_declared(operation, status):
        declared = ", ".join(operation.responses) or "none"
        yield f"status {status} is not declared (declared: {declared})"
        return
    schema = operation.response_schema(status)
    if not schema:
        return
    try:
        value = json.loads(body)
    except ValueError:
        yield "the body is declared as JSON and is none"
        return
    for place, message in _violations(document, schema, value):
        yield f"{place or 'the body'}: {message}"


def is_declared(operation: Operation, status: int) -> bool:
    """Whether a status, its class (``4XX``) or ``default`` is declared."""
    names = {str(status), f"{status // 100}XX", f"{status // 100}xx", "default"}
    return bool(names & set(operation.responses))


def _violations(
    document: Document, schema: Mapping[str, object], value: object
) -> Iterator[tuple[str, str]]:
    version = str(document.raw.get("openapi", "2.0"))
    kind = OAS31Validator if version.startswith("3.1") else OAS30Validator
    # References point from the root of the document, so its definitions come along.
    parts = {
        name: document.raw[name] for name in ("components", "definitions") if name in document.raw
    }
    errors = kind({**parts, **schema}).iter_errors(value)
    for error in sorted(errors, key=lambda one: one.json_path)[:_MOST]:
        yield error.json_path.removeprefix("$").removeprefix("."), _short(error.message)


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= 160 else f"{line[:157]}..."  # noqa: PLR2004 - one line of a report
