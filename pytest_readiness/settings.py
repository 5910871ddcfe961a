"""``readiness.yaml`` to typed, frozen settings: the format, and how it is loaded.

The classes are the format: their fields are the keys, their docstrings the descriptions in
``docs/schema/readiness-yaml-1.schema.json``. Every key is optional unless it has no default.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, fields, is_dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.dataclasses import dataclass

from pytest_readiness.model import Domain, Policy, Priority, SignOffRules
from pytest_readiness.redaction import Secret, is_secret_name
from pytest_readiness.setting_values import (
    FORMATS,
    SIGNALS,
    BasePath,
    Command,
    Commit,
    Day,
    Environment,
    Hidden,
    Host,
    Location,
    Locations,
    OperationText,
    PerCent,
    Port,
    PublicKeys,
    Release,
    Seconds,
    Switch,
    Text,
    Url,
    UrlPath,
    Words,
    as_level,
    as_list,
    as_operation,
    as_reports,
    check_not_empty,
)
from pytest_readiness.typed_yaml import (
    InvalidFile,
    describe,
    display_name,
    docstrings,
    explain,
    line_of,
    mapping_of,
    one_of,
    read_file,
    said,
    suggestion,
    validated,
    wrong,
)
from pytest_readiness.yaml_document import Document, Place, Problem, read


FILE_NAMES = ("readiness.yaml", "readiness.yml")
AS_SHIPPED = "as-shipped"
"""The profile that always exists: the target as it is configured, with nothing laid over it."""

_CONFIG = ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False)
_PORT_OF = re.compile(r"\{([^{}.]+)\.port\}")


class SettingsError(InvalidFile):
    """The settings cannot be used; the text lists every problem, one a line."""


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
    attack_environment: Environment = field(default_factory=dict, repr=False)
    """Variables laid over all others for a second instance, which takes the attacks: a rate limit
    lifted. They are evidence, never judged."""
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
                raise wrong(f"this key only beside {' or '.join(kinds)}", at=(key,))
        if self.main is not None and self.main not in self.processes:
            raise one_of(self.main, self.processes, at=("main",))
        for name, process in self.processes.items():
            texts = (*process.command, *process.environment.values())
            for other in _PORT_OF.findall("\n".join(texts)):
                if other not in self.processes:
                    expected = f"{{name.port}} of {', '.join(self.processes)}"
                    raise wrong(f"{expected}, not {{{other}.port}}", at=("processes", name))
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
        raise wrong(expected, hint=f"remove all but one of {', '.join(kinds)}", at=(kinds[1],))


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
    Operation, BeforeValidator(as_operation, json_schema_input_type=OperationText | Operation)
]
Step = Annotated[
    AuthStep, BeforeValidator(as_operation, json_schema_input_type=OperationText | AuthStep)
]
Requests = Annotated[
    tuple[Request, ...],
    AfterValidator(check_not_empty),
    BeforeValidator(as_list, json_schema_input_type=Request | list[Request]),
]


@dataclass(frozen=True, config=_CONFIG)
class TokenPlace:
    """Where a request carries its token."""

    place: Literal["header", "cookie", "query"] = "header"
    """Header, cookie or query parameter."""
    name: Words = "Authorization"
    """Name of that header, cookie or parameter."""
    prefix: str | None = None
    """Word before the token; ``Bearer`` in Authorization and none elsewhere, unless it is told."""

    @property
    def word(self) -> str:
        """What stands before the token."""
        if self.prefix is not None:
            return self.prefix
        return "Bearer" if (self.place, self.name.lower()) == ("header", "authorization") else ""


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
    guesses: Location | None = None
    """File with one word a line, tried as a signing key of tokens beside the built-in lists."""
    access_lifetime: Seconds = 86_400
    """Seconds that an access token may live."""
    refresh_lifetime: Seconds = 2_592_000
    """Seconds that a refresh token may live."""


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
    requests_per_second: Annotated[float, Field(gt=0)] | None = None
    """Ceiling over the whole run, all its processes together: 50, and 200 for a target that the
    audit has started and that names no host outside loopback, when not said."""
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
class Report:
    """A report that a scanner wrote."""

    file: Location
    """SARIF, CycloneDX, or the JSON of pip-audit, npm audit, Trivy, Grype or OSV-Scanner."""
    commit: Commit = ""
    """Commit that was scanned, where the report does not say it: "${GITHUB_SHA:-}"."""


Reports = Annotated[
    tuple[Report, ...],
    BeforeValidator(as_reports, json_schema_input_type=str | Report | list[str | Report]),
]


@dataclass(frozen=True, config=_CONFIG)
class Evidence:
    """Reports of scanners; where nothing is said, the usual names are looked for."""

    vulnerabilities: Reports = ()
    """Known vulnerabilities of dependencies: pip-audit, npm audit, Trivy, Grype, OSV-Scanner."""
    image: Reports = ()
    """Scans of the container image: Trivy, Grype, Snyk."""
    sast: Reports = ()
    """Analyses of the source: Semgrep, CodeQL, Bandit, SonarQube, Snyk Code."""
    dast: Reports = ()
    """Scans of the running system: ZAP."""
    sbom: Locations = ()
    """Bills of materials: CycloneDX or SPDX."""
    run_scanners: Switch = True
    """Whether pip-audit and npm may be run, which ask their registries about the dependencies."""


@dataclass(frozen=True, config=_CONFIG)
class Authorized:
    """Consent to attack one host. No option and no variable can change it."""

    host: Host
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
            raise wrong(
                "a reason for switching a check off",
                hint='write {level: off, reason: "why"}',
            )
        return self


LevelOf = Annotated[
    Level, BeforeValidator(as_level, json_schema_input_type=Literal["warn", "fail"] | Level)
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
    report_days: Annotated[int, Field(ge=1)] = 7
    """Days after which a scanner's report is too old."""
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
class SignOffSettings:
    """Who decides about a record, and by which keys they are known."""

    roles: Annotated[tuple[Words, ...], AfterValidator(check_not_empty)] = SignOffRules().roles
    """Roles that have to approve."""
    keys: Mapping[str, PublicKeys] = field(default_factory=dict)
    """Public keys by role, "ed25519:..."; a role that has some decides by signing only."""

    @model_validator(mode="after")
    def _keys_are_of_roles(self) -> "SignOffSettings":
        for role in self.keys:
            if role not in self.roles:
                raise one_of(role, dict.fromkeys(self.roles), at=("keys", role))
        return self

    def rules(self) -> SignOffRules:
        """The same as the record holds it."""
        return SignOffRules(roles=tuple(self.roles), keys=dict(self.keys))


@dataclass(frozen=True, config=_CONFIG)
class AttestationSettings:
    """Whose attestations count."""

    keys: PublicKeys = ()
    """Public keys, "ed25519:...", as 'readiness keygen' prints them."""


@dataclass(frozen=True, config=_CONFIG)
class Llm:
    """Limits on what a run spends at paid providers."""

    budget_requests: Annotated[int, Field(ge=0)] = 20
    """Requests to a paid model in one run."""


@dataclass(frozen=True, config=_CONFIG)
class CatalogueSettings:
    """Which of the bundled checks are run."""

    version: Release | None = None
    """Only the checks that this version of pytest-readiness had, so that an upgrade adds none."""


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
    evidence: Evidence = field(default_factory=Evidence)
    """Reports of scanners."""
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
    formats: tuple[Literal[FORMATS], ...] = FORMATS  # type: ignore[valid-type]
    """What is written beside readiness.json."""
    catalogue: CatalogueSettings = field(default_factory=CatalogueSettings)
    """Which of the bundled checks are run."""
    history: Location | None = None
    """Folder with one small file per run, 'history' in the folder of the report when not said."""
    llm: Llm = field(default_factory=Llm)
    """Limits on paid model calls."""
    sign_off: SignOffSettings = field(default_factory=SignOffSettings)
    """Who decides about a record."""
    attestation: AttestationSettings = field(default_factory=AttestationSettings)
    """Whose attestations count."""
    confidentiality: Words = "Internal: may hold what an attacker would like to know."
    """Line that every report carries."""

    def operation(self, name: str) -> Operation | None:
        """First operation of that name, None when it was not told."""
        return next(iter(self.operations.get(name, ())), None)

    @model_validator(mode="after")
    def _profile_is_known(self) -> "Settings":
        known = {AS_SHIPPED: None, **self.profiles}
        if self.profile not in known:
            raise one_of(self.profile, known, at=("profile",))
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
    name = "settings" if path is None else display_name(path, root)
    try:
        settings, problems = _read(path, name, root, environ, overrides or {})
    except InvalidFile as invalid:
        raise SettingsError(*invalid.problems) from None
    if problems:
        raise SettingsError(*problems)
    return settings


def _read(
    path: Path | None,
    name: str,
    root: Path,
    environ: Mapping[str, str],
    overrides: Mapping[str, str],
) -> tuple[Settings, list[str]]:
    """Settings, and what is wrong with them: where there is something, they are of no use."""
    document = Document()
    if path is not None:
        document = read_file(path, name, environ=environ, typed=_in_json, literal=_is_consent)
    data = mapping_of(document, name, "a mapping with keys like target and profiles")
    data = _without_empty(data, ())
    overridden = [
        problem for place, text in overrides.items() if (problem := _override(data, place, text))
    ]
    data.setdefault("target", {})
    folder = (root if path is None else path.parent).absolute()
    settings, problems = validated(Settings, data, document, context={"folder": folder})
    return settings, list(dict.fromkeys([*said(name, problems, overrides), *overridden]))


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
        hint = suggestion(name, known)
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
        problems = [explain(detail, {}, Document(), {}) for detail in details]
        places = [Problem(("profiles", name, *each.place), each.message) for each in problems]
        raise SettingsError(*(line_of("settings", each) for each in places)) from None


def secrets(settings: Settings) -> tuple[str, ...]:
    """Every value that must not be written down: hand them to a redactor.

    These are all :class:`Secret` values, and text under a key that names a secret
    (``JWT_SECRET``, ``password``), placeholders like ``{password}`` excepted.
    """
    return tuple(dict.fromkeys(value for value in _secrets_in(settings, "") if value))


def json_schema() -> dict[str, Any]:
    """JSON Schema of readiness.yaml, for editors and for the documentation."""
    schema = TypeAdapter(Settings).json_schema()
    for name, descriptions in docstrings(__file__).items():
        properties = (schema if name == Settings.__name__ else schema["$defs"][name])["properties"]
        for key, text in descriptions.items():
            properties[key]["description"] = text
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "readiness-yaml-1.schema.json",
        **schema,
        "title": "readiness.yaml",
    }


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
    if place[-1:] in {("environment",), ("attack_environment",)}:
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
            return f"override {dotted}: expected a mapping at '{key}', got {describe(below)}"
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
