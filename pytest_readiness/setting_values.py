"""Kinds of value in ``readiness.yaml``: what each accepts, and what it says of anything else."""

import os
import re
import shlex
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from pytest_readiness.redaction import Secret
from pytest_readiness.typed_yaml import wrong


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
FORMATS = (
    "html",
    "tests",
    "junit",
    "sarif",
    "ctrf",
    "codequality",
    "summary",
    "badge",
    "badge-svg",
    "final-report",
    "executive-summary",
    "remediation-plan",
    "security-audit",
    "configuration-report",
    "risk-assessment",
    "deployment-runbook",
    "post-deployment-plan",
    "troubleshooting",
)
"""What is written beside the record; ``tests`` is pytest-html's page."""
SIGNALS = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2")
_SHELL_WORDS = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?")
_PUBLIC_KEY = re.compile(r"ed25519:[A-Za-z0-9+/]{43}=")
_PATH = re.compile(r"/(?![/\\])[^\s\\#\x00-\x1f\x7f]*")


def as_command(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise wrong("a command line", hint=f"{str(error).lower()}; close the quotation") from None
    if not words:
        raise wrong("a command line")
    if _ASSIGNMENT.match(words[0]):
        name = words[0].partition("=")[0]
        raise wrong("a program first", hint=f"put {name} under 'environment'")
    if shell := [word for word in words if word in _SHELL_WORDS]:
        hint = f"no shell reads {shell[0]!r}; write [sh, -c, '...'] where one is wanted"
        raise wrong("a program and its arguments", hint=hint)
    return words


def as_list(value: object) -> object:
    return [value] if isinstance(value, str | Mapping) else value


def as_operation(value: object) -> object:
    return {"operation": value} if isinstance(value, str) else value


def as_reports(value: object) -> object:
    """One report or several, each a path or a mapping."""
    listed = value if isinstance(value, list | tuple) else [value]
    return [{"file": one} if isinstance(one, str | Path) else one for one in listed]


def as_level(value: object) -> object:
    return {"level": value} if isinstance(value, str) else value


def _check_operation(value: str) -> str:
    method, _, path = value.partition(" ")
    if method not in METHODS:
        close = get_close_matches(method.upper(), METHODS, 1, cutoff=0.5)
        hint = f"did you mean '{close[0]}'?" if close else ""
        raise wrong(f"an operation like 'GET /path' (methods: {', '.join(METHODS)})", hint=hint)
    _check_path(path)
    return value


def _check_path(value: str) -> str:
    if _PATH.fullmatch(value):
        return value
    hint = "the path starts with one '/' and has no spaces, host or '#'"
    raise wrong("a path like /api/health", hint=hint)


def _check_base_path(value: str) -> str:
    return _check_path(value).rstrip("/") if value else value


def _check_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f\x7f]", value):
        raise wrong("a URL like https://staging.example.com")
    if parts.username is not None or parts.password is not None:
        raise wrong(
            "a URL without user and password",
            hint="put them under 'identities', or an Authorization header under 'http.headers'",
        )
    if parts.query or parts.fragment:
        raise wrong("a URL without '?' and '#'")
    return value.rstrip("/")


def _check_host(value: str) -> str:
    host = value.lower()
    if _HOST.fullmatch(host):
        return host
    hint = "the host alone, without scheme, path and wildcards"
    raise wrong("a host like api.example.com", hint=hint)


def _check_variable(value: str) -> str:
    if value and "=" not in value and "\0" not in value:
        return value
    raise wrong("the name of an environment variable")


def _check_no_nul(value: str) -> str:
    if "\0" in value:
        raise wrong("text without NUL characters")
    return value


def _check_text(value: str) -> str:
    if value.strip():
        return value
    raise wrong("some text", hint="it must not be empty")


def _check_public_key(value: str) -> str:
    if _PUBLIC_KEY.fullmatch(value):
        return value
    hint = "copy the whole line that 'readiness keygen' printed"
    raise wrong("a public key like ed25519:<44 characters>", hint=hint)


def check_not_empty(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if value:
        return value
    raise wrong("at least one item")


def _as_switch(value: object) -> object:
    if isinstance(value, bool) or value in {"true", "false"}:
        return value
    raise wrong("true or false")


def _check_commit(value: str) -> str:
    if not value or re.fullmatch(r"[0-9a-f]{7,64}", value.lower(), re.ASCII):
        return value.lower()
    hint = 'write "${GITHUB_SHA:-}" or the like'
    raise wrong("a commit: 7 to 64 hexadecimal digits, or nothing", hint=hint)


def _check_release(value: str) -> str:
    if re.fullmatch(r"\d{1,4}(\.\d{1,4}){1,2}", value, re.ASCII):
        return value
    raise wrong("a version like 0.1 or 0.1.2")


def _to_date(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise wrong("a date like 2026-12-31")


def _to_secret(value: object) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        return Secret(value)
    raise wrong("text")


def _to_place_on_disk(value: Path, info: ValidationInfo) -> Path:
    """Paths are relative to the folder of readiness.yaml; symbolic links are kept."""
    if "\0" in str(value):
        raise wrong("a path without NUL characters")
    folder = (info.context or {}).get("folder")
    return value if folder is None else Path(os.path.normpath(folder / value))


_LOOSE_TEXT = WithJsonSchema({"type": ["string", "number", "boolean"]})

Text = Annotated[str, _LOOSE_TEXT]
"""Text that may look like a number: YAML needs no quotes around it here."""
Words = Annotated[str, AfterValidator(_check_text)]
Variable = Annotated[str, AfterValidator(_check_variable)]
VariableValue = Annotated[str, AfterValidator(_check_no_nul), _LOOSE_TEXT]
Environment = Mapping[Variable, VariableValue]
Location = Annotated[Path, AfterValidator(_to_place_on_disk)]
Locations = Annotated[
    tuple[Location, ...], BeforeValidator(as_list, json_schema_input_type=str | list[str])
]
Command = Annotated[
    tuple[Words, ...],
    AfterValidator(check_not_empty),
    BeforeValidator(as_command, json_schema_input_type=str | list[str]),
]
UrlPath = Annotated[str, AfterValidator(_check_path), WithJsonSchema({
    "type": "string", "pattern": "^/",
})]  # fmt: skip
BasePath = Annotated[str, AfterValidator(_check_base_path)]
Url = Annotated[str, AfterValidator(_check_url), WithJsonSchema({
    "type": "string", "pattern": "^https?://",
})]  # fmt: skip
OperationText = Annotated[str, AfterValidator(_check_operation), WithJsonSchema({
    "type": "string", "pattern": f"^({'|'.join(METHODS)}) /",
})]  # fmt: skip
Host = Annotated[str, AfterValidator(_check_host)]
Hidden = Annotated[Secret, PlainValidator(_to_secret), _LOOSE_TEXT]
Day = Annotated[date, PlainValidator(_to_date), WithJsonSchema({
    "type": "string", "format": "date",
})]  # fmt: skip
Switch = Annotated[bool, BeforeValidator(_as_switch, json_schema_input_type=bool)]
Commit = Annotated[str, AfterValidator(_check_commit), _LOOSE_TEXT]
Release = Annotated[str, AfterValidator(_check_release), _LOOSE_TEXT]
PublicKeys = Annotated[
    tuple[Annotated[str, AfterValidator(_check_public_key), WithJsonSchema({
        "type": "string", "pattern": "^ed25519:[A-Za-z0-9+/]{43}=$",
    })], ...],
    BeforeValidator(as_list, json_schema_input_type=str | list[str]),
]  # fmt: skip
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]
PerCent = Annotated[int, Field(ge=0, le=100)]
