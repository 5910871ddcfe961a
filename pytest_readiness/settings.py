"""``readiness.yaml`` to typed, frozen settings, with errors that name line, place and remedy.

The classes are the format: their fields are the keys, their docstrings the descriptions in
``docs/schema/readiness-yaml-1.schema.json``. Every key is optional unless it has no default.
"""

import ast
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import field, fields, is_dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails, PydanticCustomError

from pytest_readiness.model import Domain, Policy, Priority
from pytest_readiness.redaction import Redactor, Secret, is_secret_name
from pytest_readiness.settings_file import Document, Place, Problem, read


FILE_NAMES = ("readiness.yaml", "readiness.yml")
AS_SHIPPED = "as-shipped"
"""The profile that always exists: the target as it is configured, with nothing laid over it."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
SIGNALS = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGKILL", "SIGUSR1", "SIGUSR2")

_CONFIG = ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False)
_SHELL_WORDS = frozenset({"&&", "||", "|", ";", "&", ">", ">>", "<", "2>&1"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PORT_OF = re.compile(r"\{([^{}.]+)\.port\}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?|\[[0-9a-f:.]+\](:\d{1,5})?")
_PATH = re.compile(r"/(?![/\\])[^\s\\#\x00-\x1f\x7f]*")


class SettingsError(Exception):
    """The settings cannot be used; the text lists every problem, one a line."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _wrong(expected: str, *, hint: str = "", at: Place = ()) -> PydanticCustomError:
    """An error of ours: what was expected, what to do, and where below the failing value."""
    return PydanticCustomError("settings", "{expected}", {
        "expected": expected, "hint": hint, "at": at,
    })  # fmt: skip


# --- kinds of value ------------------------------------------------------------------------------


def _as_command(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise _wrong("a command line", hint=f"{str(error).lower()}; close the quotation") from None
    if not words:
        raise _wrong("a command line")
    if _ASSIGNMENT.match(words[0]):
        name = words[0].partition("=")[0]
        raise _wrong("a program first", hint=f"put {name} under 'environment'")
    if shell := [word for word in words if word in _SHELL_WORDS]:
        hint = f"no shell reads {shell[0]!r}; write [sh, -c, '...'] where one is wanted"
        raise _wrong("a program and its arguments", hint=hint)
    return words


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str | Mapping) else value


def _as_operation(value: object) -> object:
    return {"operation": value} if isinstance(value, str) else value


def _as_level(value: object) -> object:
    return {"level": value} if isinstance(value, str) else value


def _check_operation(value: str) -> str:
    method, _, path = value.partition(" ")
    if method not in METHODS:
        close = get_close_matches(method.upper(), METHODS, 1, cutoff=0.5)
        hint = f"did you mean '{close[0]}'?" if close else ""
        raise _wrong(f"an operation like 'GET /path' (methods: {', '.join(METHODS)})", hint=hint)
    _check_path(path)
    return value


def _check_path(value: str) -> str:
    if _PATH.fullmatch(value):
        return value
    hint = "the path starts with one '/' and has no spaces, host or '#'"
    raise _wrong("a path like /api/health", hint=hint)


def _check_base_path(value: str) -> str:
    return _check_path(value).rstrip("/") if value else value


def _check_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\x00-\x1f\x7f]", value):
        raise _wrong("a URL like https://staging.example.com")
    if parts.username is not None or parts.password is not None:
        raise _wrong(
            "a URL without user and password",
            hint="put them under 'identities', or an Authorization header under 'http.headers'",
        )
    if parts.query or parts.fragment:
        raise _wrong("a URL without '?' and '#'")
    return value.rstrip("/")


def _check_host(value: str) -> str:
    host = value.lower()
    if _HOST.fullmatch(host):
        return host
    hint = "the host alone, without scheme, path and wildcards"
    raise _wrong("a host like api.example.com", hint=hint)


def _check_variable(value: str) -> str:
    if value and "=" not in value and "\0" not in value:
        return value
    raise _wrong("the name of an environment variable")


def _check_no_nul(value: str) -> str:
    if "\0" in value:
        raise _wrong("text without NUL characters")
    return value


def _check_text(value: str) -> str:
    if value.strip():
        return value
    raise _wrong("some text", hint="it must not be empty")


def _check_not_empty(value: tuple[Any, ...]) -> tuple[Any, ...]:
    if value:
        return value
    raise _wrong("at least one item")


def _to_date(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _wrong("a date like 2026-12-31")


def _to_secret(value: object) -> Secret:
    if isinstance(value, Secret):
        return value
    if isinstance(value, str):
        return Secret(value)
    raise _wrong("text")


def _to_place_on_disk(value: Path, info: ValidationInfo) -> Path:
    """Paths are relative to the folder of readiness.yaml; symbolic links are kept."""
    if "\0" in str(value):
        raise _wrong("a path without NUL characters")
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
    tuple[Location, ...], BeforeValidator(_as_list, json_schema_input_type=str | list[str])
]
Command = Annotated[
    tuple[Words, ...],
    AfterValidator(_check_not_empty),
    BeforeValidator(_as_command, json_schema_input_type=str | list[str]),
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
Hidden = Annotated[Secret, PlainValidator(_to_secret), _LOOSE_TEXT]
Day = Annotated[date, PlainValidator(_to_date), WithJsonSchema({
    "type": "string", "format": "date",
})]  # fmt: skip
Port = Annotated[int, Field(ge=1, le=65535)]
Seconds = Annotated[float, Field(gt=0)]
PerCent = Annotated[int, Field(ge=0, le=100)]


# --- what to audit -------------------------------------------------------------------------------


@dataclass(frozen=True, config=_CONFIG)
class Process:
    """One process of a target that has several."""

    command: Command
    """Program and arguments, a string or a list. {port} is this process's free port (also in
    $PORT), {name.port} that of another process."""
    ready: UrlPath | None = None
    """Path awaited until it answers below 500, before the next process starts."""
    environment: Environment = field(default_factory=dict, repr=False)
    """Variables of this process alone, laid over the target's and the profile's."""


@dataclass(frozen=True, config=_CONFIG)
class Target:
    """The system under audit: one of url, command, processes, image, dockerfile, compose."""

    url: Url | None = None
    """Address of a running system. It is only read from until 'authorized' names its host."""
    command: Command | None = None
    """Program and arguments that start the system, a string or a list. {port} is a free port, also
    in $PORT. No shell reads it."""
    processes: Mapping[str, Process] = field(default_factory=dict)
    """Several processes by name, started in this order."""
    main: str | None = None
    """Which of the processes is audited; the last one when not said."""
    image: Words | None = None
    """Container image to run."""
    dockerfile: Location | None = None
    """Dockerfile to build and run, with 'workdir' as the context of the build."""
    build_args: Environment = field(default_factory=dict, repr=False)
    """Build arguments for the Dockerfile."""
    container_command: Command | None = None
    """Command inside the container instead of the image's own (CMD)."""
    compose: Location | None = None
    """Compose file to bring up."""
    service: str | None = None
    """Which service of the compose file is audited."""
    port: Port | None = None
    """Port inside the container on which the API listens."""
    workdir: Location = Path()
    """Folder in which commands are started."""
    base_path: BasePath = ""
    """Prefix of the API, put before every path of this file."""
    ready: UrlPath | None = None
    """Path awaited until it answers below 500."""
    start_timeout: Seconds = 30
    """Seconds until a target that is not ready counts as failed to start."""
    env_file: Locations = ()
    """File or files of variables for the target, later ones winning."""
    environment: Environment = field(default_factory=dict, repr=False)
    """Variables set for the run, over those of env_file. They are evidence, never judged."""
    stop_signal: Literal[SIGNALS] = "SIGTERM"  # type: ignore[valid-type]
    """Signal that asks the target to stop."""
    stop_timeout: Seconds = 10
    """Seconds after which a target that did not stop is killed."""

    @property
    def kind(self) -> str:
        """Which of the ways to a target is used: ``url``, ``command``, ..., or ``none``."""
        return next((name for name in KINDS if getattr(self, name)), "none")

    @property
    def audited(self) -> str | None:
        """Name of the process that is audited, None where there is only one."""
        return self.main or next(reversed(tuple(self.processes)), None)

    @model_validator(mode="after")
    def _fits_together(self) -> "Target":
        _check_one_kind(self)
        for key, kinds in _ONLY_WITH.items():
            if getattr(self, key) not in (None, {}) and self.kind not in kinds:
                raise _wrong(f"this key only beside {' or '.join(kinds)}", at=(key,))
        if self.main is not None and self.main not in self.processes:
            raise _one_of(self.main, self.processes, at=("main",))
        for name, process in self.processes.items():
            texts = (*process.command, *process.environment.values())
            for other in _PORT_OF.findall("\n".join(texts)):
                if other not in self.processes:
                    expected = f"{{name.port}} of {', '.join(self.processes)}"
                    raise _wrong(f"{expected}, not {{{other}.port}}", at=("processes", name))
        return self


@dataclass(frozen=True, config=_CONFIG)
class Profile:
    """A named environment over the target; what is not said stays as the target has it."""

    url: Url | None = None
    """Address instead of the target's own way of starting."""
    command: Command | None = None
    """Command instead of the target's."""
    image: Words | None = None
    """Image instead of the target's."""
    dockerfile: Location | None = None
    """Dockerfile instead of the target's."""
    compose: Location | None = None
    """Compose file instead of the target's."""
    service: str | None = None
    """Service of the compose file."""
    port: Port | None = None
    """Port inside the container."""
    workdir: Location | None = None
    """Folder in which commands are started."""
    base_path: BasePath | None = None
    """Prefix of the API."""
    ready: UrlPath | None = None
    """Path awaited until it answers below 500."""
    start_timeout: Seconds | None = None
    """Seconds until a target that is not ready counts as failed to start."""
    env_file: Locations | None = None
    """File or files of variables instead of the target's."""
    environment: Environment = field(default_factory=dict, repr=False)
    """Variables laid over the target's."""

    @model_validator(mode="after")
    def _has_one_kind(self) -> "Profile":
        _check_one_kind(self)
        return self


KINDS = ("url", "command", "processes", "image", "dockerfile", "compose")
_ONLY_WITH: Mapping[str, tuple[str, ...]] = {
    "service": ("compose",),
    "main": ("processes",),
    "port": ("image", "dockerfile", "compose"),
    "build_args": ("dockerfile",),
    "container_command": ("image", "dockerfile"),
}
_MAPPINGS = ("processes", "build_args")
"""Keys of a target that are empty, and not None, where nothing is said."""


def _check_one_kind(target: Target | Profile) -> None:
    kinds = [name for name in KINDS if getattr(target, name, None)]
    if len(kinds) > 1:
        expected = f"one of {', '.join(KINDS)}"
        raise _wrong(expected, hint=f"remove all but one of {', '.join(kinds)}", at=(kinds[1],))


def _one_of(value: str, known: Mapping[str, object], *, at: Place) -> PydanticCustomError:
    return _wrong(f"one of {', '.join(known)}", hint=_suggestion(value, tuple(known)), at=at)


# --- how to talk to it ---------------------------------------------------------------------------


@dataclass(frozen=True, config=_CONFIG)
class Operation:
    """A request that a check can make: "GET /path", or a mapping with its parts."""

    operation: OperationText
    """Method and path: "POST /api/analyze"."""
    json: Any = field(default=None, repr=False)
    """JSON body; {placeholders} are filled in by the check."""
    form: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Form fields, instead of a JSON body."""
    query: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Query parameters."""
    headers: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Headers of this request."""

    @property
    def method(self) -> str:
        """``POST``."""
        return self.operation.partition(" ")[0]

    @property
    def path(self) -> str:
        """``/api/analyze``, without the target's base path."""
        return self.operation.partition(" ")[2]


@dataclass(frozen=True, config=_CONFIG)
class AuthStep:
    """A request of the login journey; {username}, {password}, {refresh_token} are filled in."""

    operation: OperationText
    """Method and path: "POST /api/auth/login"."""
    json: Any = field(default=None, repr=False)
    """JSON body."""
    form: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Form fields, instead of a JSON body."""
    query: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Query parameters."""
    headers: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Headers of this request."""
    token: str | None = None
    """Dotted path of the token in the JSON answer: "access_token", "data.tokens.access"."""

    @property
    def request(self) -> Operation:
        """What is sent."""
        return Operation(self.operation, self.json, self.form, self.query, self.headers)


Request = Annotated[
    Operation, BeforeValidator(_as_operation, json_schema_input_type=OperationText | Operation)
]
Step = Annotated[
    AuthStep, BeforeValidator(_as_operation, json_schema_input_type=OperationText | AuthStep)
]
Requests = Annotated[
    tuple[Request, ...],
    AfterValidator(_check_not_empty),
    BeforeValidator(_as_list, json_schema_input_type=Request | list[Request]),
]


@dataclass(frozen=True, config=_CONFIG)
class TokenPlace:
    """Where a request carries its token."""

    place: Literal["header", "cookie", "query"] = "header"
    """Header, cookie or query parameter."""
    name: Words = "Authorization"
    """Name of that header, cookie or parameter."""
    prefix: str = "Bearer"
    """Word before the token; empty for none."""


@dataclass(frozen=True, config=_CONFIG)
class OAuth:
    """OAuth client credentials."""

    token_url: Url
    """Where a token is asked for."""
    client_id: Words
    """Name of the client."""
    client_secret: Hidden
    """Its secret; write ${NAME} rather than the value."""
    scope: str = ""
    """Scopes asked for, separated by spaces."""


@dataclass(frozen=True, config=_CONFIG)
class Auth:
    """How one logs in; what is not said is looked for in the OpenAPI document."""

    login: Step | None = None
    """Gives a token for a user name and a password."""
    register: Step | None = None
    """Makes an account."""
    refresh: Step | None = None
    """Gives a new token for a refresh token."""
    logout: Step | None = None
    """Ends a session."""
    delete: Step | None = None
    """Removes the account afterwards."""
    token: TokenPlace | None = None
    """Where a request carries its token."""
    oauth: OAuth | None = None
    """Client credentials, where no user logs in."""


@dataclass(frozen=True, config=_CONFIG)
class Identity:
    """A test user. Without a password or token one is registered for the run."""

    username: Text | None = None
    """Name or address with which it logs in."""
    password: Hidden | None = None
    """Write ${NAME} rather than the value."""
    token: Hidden | None = None
    """A ready-made token, instead of logging in."""


@dataclass(frozen=True, config=_CONFIG)
class Http:
    """How requests are sent."""

    timeout: Seconds = 10
    """Seconds until a request counts as unanswered."""
    requests_per_second: Annotated[float, Field(gt=0)] = 50
    """Ceiling over the whole run."""
    wait_for_limits: Annotated[float, Field(ge=0)] = 120
    """Seconds that the whole run may wait for a rate limit of the target to let it through."""
    proxy: Hidden | None = None
    """Proxy URL; the environment's proxies are not used."""
    ca: Location | None = None
    """File with the certificates of a private CA."""
    client_certificate: Location | None = None
    """File with a client certificate."""
    client_key: Location | None = None
    """File with its key."""
    headers: Mapping[str, Text] = field(default_factory=dict, repr=False)
    """Headers of every request."""


# --- what stands beside it -----------------------------------------------------------------------


@dataclass(frozen=True, config=_CONFIG)
class Service:
    """A server for checks that need one of their own."""

    url: Hidden | None = None
    """A scratch server to use; databases are made and dropped on it."""
    image: Words | None = None
    """Container image to start instead."""


@dataclass(frozen=True, config=_CONFIG)
class Services:
    """Servers for checks that need their own; embedded ones are used where nothing is said."""

    postgres: Service = field(default_factory=Service)
    """PostgreSQL."""
    redis: Service = field(default_factory=Service)
    """Redis or Valkey."""


@dataclass(frozen=True, config=_CONFIG)
class Authorized:
    """Consent to attack one host. No option and no variable can change it."""

    host: Annotated[str, AfterValidator(_check_host)]
    """The host that may be attacked, with its port where it is not the usual one."""
    by: Words
    """Who allows it."""
    until: Day
    """Last day on which it holds."""


# --- what the verdict makes of it ----------------------------------------------------------------


@dataclass(frozen=True, config=_CONFIG)
class Level:
    """How much a check weighs here."""

    level: Literal["off", "warn", "fail"]
    """off: not run, stays in the denominator; warn: its failures are warnings; fail: as it is."""
    reason: str = ""
    """Why; needed for off."""

    @model_validator(mode="after")
    def _off_has_a_reason(self) -> "Level":
        if self.level == "off" and not self.reason.strip():
            raise _wrong(
                "a reason for switching a check off",
                hint='write {level: off, reason: "why"}',
            )
        return self


LevelOf = Annotated[
    Level, BeforeValidator(_as_level, json_schema_input_type=Literal["warn", "fail"] | Level)
]


@dataclass(frozen=True, config=_CONFIG)
class PolicySettings:
    """The rules a team sets for its own verdict."""

    block: Priority = Priority.P0
    """Failures of this priority or a higher one are NO-GO."""
    minimum_coverage: PerCent = 80
    """Per cent of the checks that must have been looked at."""
    floor: PerCent = 50
    """Per cent of readiness that each domain must reach."""
    floors: Mapping[Domain, PerCent] = field(default_factory=dict)
    """Floors by domain where they differ."""
    levels: Mapping[str, LevelOf] = field(default_factory=dict)
    """Level by id of the check. A P0 or P1 is lowered by a waiver only."""

    def rules(self) -> Policy:
        """The same as the record holds it."""
        return Policy(
            block=self.block,
            minimum_coverage=self.minimum_coverage,
            floor=self.floor,
            floors={domain.value: floor for domain, floor in self.floors.items()},
            levels={check: level.level for check, level in self.levels.items()},
            off_reasons={
                check: level.reason for check, level in self.levels.items() if level.level == "off"
            },
        )


@dataclass(frozen=True, config=_CONFIG)
class Declared:
    """A check that a person declares not applicable."""

    reason: Words
    """Why its subject does not exist here."""
    owner: str = ""
    """Who answers for it; needed for a P0 or P1."""
    expires: Day | None = None
    """Last day on which it holds; needed for a P0 or P1."""


@dataclass(frozen=True, config=_CONFIG)
class Llm:
    """Limits on what a run spends at paid providers."""

    budget_requests: Annotated[int, Field(ge=0)] = 20
    """Requests to a paid model in one run."""


@dataclass(frozen=True, config=_CONFIG)
class Settings:
    """What to audit and how: the whole of readiness.yaml. Paths are absolute once loaded."""

    version: Annotated[int, Field(ge=1, le=1), WithJsonSchema({"const": 1})] = 1
    """Version of this format."""
    target: Target = field(default_factory=Target)
    """The system under audit."""
    profile: str = AS_SHIPPED
    """Profile that is audited when no option names one."""
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """Named environments over the same target."""
    repository: Location = Path()
    """Folder of the repository under audit."""
    exclude: tuple[Words, ...] = ()
    """Globs of files not to look at, relative to the repository."""
    checks: Locations = (Path("readiness"),)
    """Folders with the team's own checks."""
    openapi: Location | None = None
    """OpenAPI document, JSON or YAML; 'readiness init' saves the one of a running system."""
    auth: Auth = field(default_factory=Auth)
    """How one logs in."""
    identities: Mapping[str, Identity] = field(default_factory=dict)
    """Test users by name: user, other_user, admin."""
    operations: Mapping[str, Requests] = field(default_factory=dict)
    """Requests by the name that checks use: health, ready, metrics, protected, ..."""
    public: tuple[OperationText, ...] = ()
    """Operations that need no credentials on purpose."""
    http: Http = field(default_factory=Http)
    """How requests are sent."""
    services: Services = field(default_factory=Services)
    """Servers for checks that need their own."""
    authorized: Authorized | None = None
    """Consent to attack one host."""
    policy: PolicySettings = field(default_factory=PolicySettings)
    """Rules for the verdict."""
    owners: Mapping[Domain, Words] = field(default_factory=dict)
    """Who answers for a domain."""
    not_applicable: Mapping[str, Declared] = field(default_factory=dict)
    """Checks declared not applicable, by id."""
    deadline: Seconds = 1800
    """Seconds after which a run ends with what it has, counted from its first check."""
    check_timeout: Seconds = 60
    """Seconds after which one check counts as hanging."""
    report: Location = Path("readiness-report")
    """Folder of the report."""
    llm: Llm = field(default_factory=Llm)
    """Limits on paid model calls."""

    def operation(self, name: str) -> Operation | None:
        """First operation of that name, None when it was not told."""
        return next(iter(self.operations.get(name, ())), None)

    @model_validator(mode="after")
    def _profile_is_known(self) -> "Settings":
        known = {AS_SHIPPED: None, **self.profiles}
        if self.profile not in known:
            raise _one_of(self.profile, known, at=("profile",))
        return self


# --- loading -------------------------------------------------------------------------------------


def find(root: Path) -> Path | None:
    """The settings file of a folder, None when there is none.

    Raises:
        SettingsError: both spellings stand there.
    """
    found = [root / name for name in FILE_NAMES if (root / name).is_file()]
    if len(found) > 1:
        raise SettingsError(f"{FILE_NAMES[0]}: expected one settings file; remove {FILE_NAMES[1]}")
    return found[0] if found else None


def load(
    path: Path | None,
    *,
    root: Path,
    environ: Mapping[str, str],
    overrides: Mapping[str, str] | None = None,
) -> Settings:
    """Read, fill in and validate the settings.

    Args:
        path: the file; None means that nothing is configured.
        root: folder for relative paths without a file, and for the names of files in errors.
        environ: where ``${NAME}`` is looked up.
        overrides: dotted place to value, ``{"target.url": "http://127.0.0.1:8000"}``, as given
            by options. A value that starts with ``[`` or ``{`` is read as YAML. Consent
            (``authorized``) cannot be overridden.

    Raises:
        SettingsError: with every problem found, each with file, line and place.
    """
    name = "settings" if path is None else _display_name(path, root)
    document = Document() if path is None else _read_file(path, name, environ)
    data, problems = document.data, list(document.problems)
    if data is None:
        data = {}
    if not isinstance(data, dict):
        got = f"expected a mapping with keys like target and profiles, got {_describe(data)}"
        raise SettingsError(_line(name, Problem((), got, document.lines.get((), 1))))
    data = _without_empty(data, ())
    overridden = [
        problem
        for place, text in (overrides or {}).items()
        if (problem := _override(data, place, text))
    ]
    data.setdefault("target", {})
    folder = (root if path is None else path.parent).absolute()
    try:
        settings = TypeAdapter(Settings).validate_python(data, context={"folder": folder})
    except ValidationError as error:
        known, schema = {problem.place for problem in problems}, TypeAdapter(Settings).json_schema()
        details = error.errors(include_url=False)
        found = [_explain(detail, data, document, schema) for detail in details]
        problems += [problem for problem in found if problem.place not in known]
    if problems or overridden:
        ordered = sorted(problems, key=lambda problem: (problem.line or 0, str(problem.place)))
        lines = [_line(name, problem, overrides or {}) for problem in ordered]
        raise SettingsError(*dict.fromkeys([*lines, *overridden])) from None
    return settings


def effective(settings: Settings, profile: str | None = None) -> Target:
    """The target under a profile, the default one when none is named.

    Of a process the variables are, later ones winning: env_file, the target's environment, the
    profile's environment, the process's own.

    Raises:
        SettingsError: no such profile.
    """
    name = profile or settings.profile
    if name not in settings.profiles:
        if name == AS_SHIPPED:
            return settings.target
        known = (AS_SHIPPED, *settings.profiles)
        hint = _suggestion(name, known)
        message = f"profile: expected one of {', '.join(dict.fromkeys(known))}, got {name!r}"
        raise SettingsError(f"{message}; {hint}" if hint else message)
    over, target = settings.profiles[name], settings.target
    said = {each.name: getattr(over, each.name) for each in fields(over)}
    changes = {key: value for key, value in said.items() if value is not None}
    changes["environment"] = {**target.environment, **over.environment}
    if kind := next((key for key in KINDS if key in changes), None):
        empty: dict[str, Any] = {
            key: {} if key in _MAPPINGS else None for key in _other_kinds(kind)
        }
        changes = {**empty, **changes}
    try:
        return replace(target, **changes)
    except ValidationError as error:
        details = error.errors(include_url=False)
        problems = [_explain(detail, {}, Document(), {}) for detail in details]
        places = [Problem(("profiles", name, *each.place), each.message) for each in problems]
        raise SettingsError(*(_line("settings", each) for each in places)) from None


def secrets(settings: Settings) -> tuple[str, ...]:
    """Every value that must not be written down: hand them to a redactor.

    These are all :class:`Secret` values, and text under a key that names a secret
    (``JWT_SECRET``, ``password``), placeholders like ``{password}`` excepted.
    """
    return tuple(dict.fromkeys(value for value in _secrets_in(settings, "") if value))


def json_schema() -> dict[str, Any]:
    """JSON Schema of readiness.yaml, for editors and for the documentation."""
    schema = TypeAdapter(Settings).json_schema()
    for name, descriptions in _descriptions().items():
        properties = (schema if name == Settings.__name__ else schema["$defs"][name])["properties"]
        for key, text in descriptions.items():
            properties[key]["description"] = text
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "readiness-yaml-1.schema.json",
        **schema,
        "title": "readiness.yaml",
    }


def _descriptions() -> dict[str, dict[str, str]]:
    """Docstrings of the keys, by class and key.

    They are read from the source, since pydantic's own way would do so at each import and
    triples its time.
    """
    found: dict[str, dict[str, str]] = {}
    for node in ast.parse(Path(__file__).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            for key, text in pairwise(node.body):
                match key, text:
                    case (
                        ast.AnnAssign(target=ast.Name(id=name)),
                        ast.Expr(value=ast.Constant(value=str(said))),
                    ):
                        found.setdefault(node.name, {})[name] = " ".join(said.split())
    return found


def _secrets_in(value: object, key: str) -> Iterator[str]:
    match value:
        case Secret():
            yield value.reveal()
        case str():
            if is_secret_name(key) and not re.fullmatch(r"\{\w+\}", value):
                yield value
        case Mapping():
            for name, item in value.items():
                yield from _secrets_in(item, str(name))
        case tuple() | list():
            for item in value:
                yield from _secrets_in(item, key)
        case _ if is_dataclass(value):
            for each in fields(value):
                yield from _secrets_in(getattr(value, each.name), "")


def _read_file(path: Path, name: str, environ: Mapping[str, str]) -> Document:
    try:
        raw = path.read_bytes()
    except OSError as error:
        message = f"{name}: expected a readable file, got an error: {error.strerror}"
        raise SettingsError(message) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = "expected text in UTF-8, got other bytes; save the file as UTF-8"
        raise SettingsError(_line(name, Problem((), message, line))) from None
    document = read(text, environ=environ, typed=_in_json, literal=_is_consent)
    if document.data is None and document.problems:
        raise SettingsError(*(_line(name, problem) for problem in document.problems))
    return document


def _in_json(place: Place) -> bool:
    """Whether a place is inside a JSON body, where numbers are numbers."""
    if place[:1] not in {("auth",), ("operations",)}:
        return False
    return "json" in place[2:3] or ("json" in place[3:4] and isinstance(place[2], int))


def _is_consent(place: Place) -> bool:
    return place[:1] == ("authorized",)


def _without_empty(value: Any, place: Place) -> Any:
    """Keys without a value are as if not written; a variable without one is empty text."""
    if isinstance(value, list):
        return [_without_empty(item, (*place, number)) for number, item in enumerate(value)]
    if not isinstance(value, dict) or (place and _in_json(place)):
        return value
    if place[-1:] == ("environment",):
        return {key: "" if item is None else item for key, item in value.items()}
    return {
        key: _without_empty(item, (*place, key)) for key, item in value.items() if item is not None
    }


def _override(data: dict[str, Any], dotted: str, text: str) -> str | None:
    """Lay one override over the data, in place; returns what is wrong with it."""
    place = tuple(dotted.split("."))
    if _is_consent(place):
        message = "expected it in the file, got an override; consent cannot be passed around"
        return f"override {dotted}: {message}"
    value: object = text
    if text[:1] in {"[", "{"}:
        document = read(text, typed=lambda below: _in_json((*place, *below)))
        if document.problems:
            return f"override {dotted}: {document.problems[0].message}"
        value = document.data
    spot = data
    for key in place[:-1]:
        below = spot.setdefault(key, {})
        if not isinstance(below, dict):
            return f"override {dotted}: expected a mapping at '{key}', got {_describe(below)}"
        spot = below
    if place[:-1] == ("target",) and place[-1] in KINDS:
        for other in _other_kinds(place[-1]):
            spot.pop(other, None)
    spot[place[-1]] = value
    return None


def _other_kinds(kind: str) -> tuple[str, ...]:
    """Keys of a target that mean nothing once it is reached by ``kind``."""
    bound = tuple(key for key, kinds in _ONLY_WITH.items() if kind not in kinds)
    return (*(key for key in KINDS if key != kind), *bound)


# --- errors --------------------------------------------------------------------------------------

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a smaller number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "dataclass_type": "a mapping",
    "tuple_type": "a list",
    "path_type": "a path",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than": "a number below {lt}",
    "less_than_equal": "a number of at most {le}",
}


def _explain(
    detail: ErrorDetails, data: object, document: Document, schema: dict[str, Any]
) -> Problem:
    """One error of pydantic in our words and at its line."""
    kind, context = detail["type"], detail.get("ctx") or {}
    is_key = "[key]" in detail["loc"]
    at: Place = tuple(context.get("at", ()))
    place = _existing((*(part for part in detail["loc"] if part != "[key]"), *at), data)
    line = _line_of(place, document)
    if kind == "missing":
        place = (*place, detail["loc"][-1])
        return Problem(place, "expected this key, got nothing; add it", line)
    if kind in {"unexpected_keyword_argument", "extra_forbidden"}:
        return Problem(place, _unknown_key(str(detail["loc"][-1]), place[:-1], schema), line)
    got = _got(place, data, document, is_key=is_key)
    hint = str(context.get("hint", ""))
    if kind in {"literal_error", "enum"}:
        options = tuple(re.findall(r"'([^']*)'", str(context["expected"])))
        expected = f"one of {', '.join(options)}"
        hint = _suggestion(str(detail["input"]), options)
    elif kind == "settings":
        expected = str(context["expected"])
    else:
        expected = _EXPECTED.get(kind, "").format(**context) or f"another value ({detail['msg']})"
    message = f"expected {expected}, got {got}"
    return Problem(place, f"{message}; {hint}" if hint else message, line)


def _unknown_key(key: str, place: Place, schema: dict[str, Any]) -> str:
    known = _keys_at(place, schema)
    hint = _suggestion(key, known) or f"known keys: {', '.join(known)}"
    return f"expected a known key, got {key!r}; {hint}"


def _keys_at(place: Place, schema: dict[str, Any]) -> tuple[str, ...]:
    """Keys that the format knows at a place, found in its JSON Schema."""
    options = [schema]
    for part in place:
        options = list(_below(options, part, schema["$defs"]))
    keys = (
        key for each in _resolved(options, schema["$defs"]) for key in each.get("properties", ())
    )
    return tuple(dict.fromkeys(keys))


def _below(
    options: list[dict[str, Any]], part: str | int, definitions: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for option in _resolved(options, definitions):
        if isinstance(part, int):
            below = option.get("items")
        else:
            below = option.get("properties", {}).get(part, option.get("additionalProperties"))
        if isinstance(below, dict):
            yield below


def _resolved(
    options: list[dict[str, Any]], definitions: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for option in options:
        if "$ref" in option:
            yield definitions[option["$ref"].rpartition("/")[2]]
        yield from _resolved(option.get("anyOf", []), definitions)
        yield option


def _existing(location: Place, data: Any) -> Place:
    """The part of a location that really stands in the data.

    Where "GET /x" stands for a whole operation, or one item for a list of one, pydantic names
    places that nobody wrote.
    """
    place: list[str | int] = []
    for part in location:
        in_list = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if in_list or (isinstance(data, dict) and part in data):
            data = data[part]
            place.append(part)
    return tuple(place)


def _line_of(place: Place, document: Document) -> int | None:
    while place and place not in document.lines:
        place = place[:-1]
    return document.lines.get(place)


def _got(place: Place, data: Any, document: Document, *, is_key: bool) -> str:
    """The value at a place as it may be shown: as written, never with a variable's value."""
    if is_key:
        return repr(place[-1])
    for part in place:
        data = data[part]
    if isinstance(data, str) and any(is_secret_name(str(part)) for part in place[1:]):
        return "***"
    if isinstance(data, str):
        shown = Redactor(()).text(document.texts.get(place, data))
        return repr(shown if len(shown) <= 60 else f"{shown[:57]}...")  # noqa: PLR2004
    return _describe(data)


def _describe(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return "text" if isinstance(value, str) else "a value"


def _suggestion(word: str, known: tuple[str, ...]) -> str:
    close = get_close_matches(word, known, 1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else ""


def _line(name: str, problem: Problem, overrides: Mapping[str, str] | None = None) -> str:
    """``readiness.yaml:12: target.ready: expected ...``."""
    dotted = ""
    for part in problem.place:
        dotted += f"[{part}]" if isinstance(part, int) else f".{part}"
    dotted = dotted.removeprefix(".")
    where = name if problem.line is None else f"{name}:{problem.line}"
    for place in overrides or {}:
        if dotted == place or dotted.startswith((f"{place}.", f"{place}[")):
            where = "override"
    return f"{where}: {dotted}: {problem.message}" if dotted else f"{where}: {problem.message}"


def _display_name(path: Path, root: Path) -> str:
    absolute = path.absolute()
    base = root.absolute()
    return absolute.relative_to(base).as_posix() if absolute.is_relative_to(base) else path.name
