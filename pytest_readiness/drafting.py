"""A draft of ``readiness.yaml`` from what was found: facts in, text out, nothing else.

Each key says where it comes from. What could not be found stands as a comment that says how to
fill it in.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from pytest_readiness.fixtures.journey import Journey, Step
    from pytest_readiness.probes.openapi import Document, Operation
    from pytest_readiness.probes.project import Project, Start
    from pytest_readiness.probes.visit import Visit


@dataclass(frozen=True)
class Facts:
    """Everything that a draft is made from. Paths are relative to the folder of the draft."""

    project: Project
    today: date
    url: str = ""
    """Of the running system that was visited."""
    base_path: str = ""
    """Path within that URL."""
    visit: Visit | None = None
    repository: str = "."
    openapi: str = ""
    """File of the OpenAPI document."""
    openapi_source: str = ""
    """Where it comes from, when it was saved just now."""
    document: Document | None = None
    journey: Journey | None = None
    requests: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By the name that checks use: ``GET /path``, and where it was found."""
    backing: tuple[tuple[str, str], ...] = ()
    """Variables of the target that name a host outside loopback, with that host."""
    at: Callable[[str], str] = str
    """A path of the repository as it is written in the draft."""
    redact: Callable[[str], str] = str


@dataclass(frozen=True)
class Draft:
    """The text, and what it comes to."""

    text: str
    found: tuple[tuple[str, str], ...]
    """Keys that are in force, and where each comes from."""
    missing: tuple[str, ...]
    """Keys that are left to fill in."""


def draft(facts: Facts) -> Draft:
    """Write the draft."""
    page = _Page(facts.redact)
    page.comment("What `pytest --readiness` audits here, drafted by `readiness init`.")
    page.comment("Comments say where a value was found. Lines such as `# key: value` are not in")
    page.comment("force: fill them in and take the sign away. All keys: docs/configuration.md.")
    page.key("version", 1, "")
    if facts.repository != ".":
        page.key("repository", facts.repository, "the folder in which `readiness init` ran")
    _target(page, facts)
    _profiles(page, facts)
    _openapi(page, facts)
    _auth(page, facts)
    _operations(page, facts)
    _services(page, facts)
    _consent(page, facts)
    return Draft(page.text(), tuple(page.found), tuple(page.missing))


class _Page:
    """Lines of YAML with their comments."""

    def __init__(self, redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._lines: list[str] = []
        self._path: list[str] = []
        self.found: list[tuple[str, str]] = []
        self.missing: list[str] = []

    def text(self) -> str:
        return "\n".join(self._lines).strip("\n") + "\n"

    def section(self, name: str) -> None:
        """A mapping on the top level; a key without values counts as not written."""
        self._lines += ["", f"{name}:"]
        self._path = [name]

    def below(self, name: str) -> None:
        """A mapping within the section."""
        self._lines.append(f"{self._indent}{scalar(Written(name))}:")
        self._path.append(name)

    def up(self) -> None:
        """End of a mapping within the section."""
        self._path.pop()

    def gap(self) -> None:
        self._lines.append("")
        self._path = []

    def comment(self, text: str) -> None:
        """One line for people, without secrets and without odd characters."""
        self._lines.append(f"{self._indent}# {self._safe(text)}".rstrip())

    def key(self, name: str, value: object, source: str) -> None:
        """A key that is in force."""
        if source:
            self.comment(source)
            self.found.append((".".join([*self._path, name]), self._safe(source)))
        self._lines.append(f"{self._indent}{scalar(Written(name))}: {flow(value)}")

    def hint(self, name: str, value: str, how: str, *, missing: bool = True) -> None:
        """A key that is left to people."""
        self.comment(how)
        self.comment(f"{name}: {value}")
        if missing:
            self.missing.append(".".join([*self._path, name]))

    @property
    def _indent(self) -> str:
        return "  " * len(self._path)

    def _safe(self, text: str) -> str:
        text = "".join(letter if letter.isprintable() else "?" for letter in text)
        return self._redact(text)[:400]


# --- the parts -----------------------------------------------------------------------------------


def _target(page: _Page, facts: Facts) -> None:
    project, visit = facts.project, facts.visit
    good = [start for start in project.starts if not start.doubt and _clean(start, facts)]
    page.section("target")
    if visit is not None:
        page.key("url", facts.url, f"given to `readiness init`; / answers {visit.front}")
        if facts.base_path:
            page.key("base_path", facts.base_path, "the path of that URL")
        page.comment(
            "Started by the audit instead (no url then), it can be attacked and stopped too:"
        )
        _other_starts(page, facts, project.starts[:2])
    elif good:
        start = good[0]
        page.key("command", _Command(start.command), _said(start))
        if start.workdir:
            page.key("workdir", facts.at(start.workdir), f"what {start.location} names is there")
        others = [one for one in project.starts if one is not start]
        if others:
            page.comment("Also found:")
            _other_starts(page, facts, others[:3])
    else:
        page.hint(
            "command",
            'python -m your_app --port "{port}"',
            "No command was found that starts it here; write one, {port} is a free port:",
        )
        if project.starts:
            page.comment("Found, and not sure to work:")
            _other_starts(page, facts, project.starts[:3])
        page.hint(
            "url",
            f"http://127.0.0.1:{project.ports[0].value if project.ports else 8000}",
            "Or the address of a running one:",
            missing=False,
        )
    ready = facts.requests.get("ready") or facts.requests.get("health")
    if ready:
        path = ready[0].partition(" ")[2]
        page.key("ready", path, ready[1])
    else:
        page.hint("ready", "/health", "Path that answers below 500 once it is ready:")
    if visit is None:
        _environment(page, facts)


def _clean(start: Start, facts: Facts) -> bool:
    """No word of the command looks like a secret."""
    whole = " ".join(start.command)
    return facts.redact(whole) == whole and all(word.strip() for word in start.command)


def _said(start: Start) -> str:
    return f"{start.location}{', ' + start.note if start.note else ''}"


def _other_starts(page: _Page, facts: Facts, starts: tuple[Start, ...] | list[Start]) -> None:
    for start in starts:
        words = flow(_Command(tuple(facts.redact(word) for word in start.command)))
        page.comment(f"command: {words}  # {start.doubt or _said(start)}")
        if start.workdir:
            page.comment(f"workdir: {scalar(facts.at(start.workdir))}")


def _environment(page: _Page, facts: Facts) -> None:
    project = facts.project
    if project.env_file:
        page.key(
            "env_file", facts.at(project.env_file), f"{project.env_file}, as developers have it"
        )
    told = {
        name: setting
        for name, setting in project.variables.items()
        if "PORT" not in name and _harmless(setting.value, facts)
    }
    if not (told or project.datastores or facts.backing or project.injected):
        return
    page.below("environment")
    for name, setting in told.items():
        page.key(name, setting.value, str(setting.location))
    for name, setting in project.datastores.items():
        page.key(
            name,
            Written(f"{{{setting.value}.url}}"),
            f"{setting.location} names another server; this is one of the run's own",
        )
    for name, host in facts.backing[:_MOST]:
        how = f"It names {host}: no attacks until it leads elsewhere, or `authorized` stands:"
        page.hint(name, "a stub of yours on loopback", how)
    for name, location in list(project.injected.items())[:_MOST]:
        page.hint(name, f"${{{name}}}", f"{location} expects it from outside:")
    page.up()


_MOST = 20


def _harmless(value: str, facts: Facts) -> bool:
    return facts.redact(value) == value and "{" not in value


def _profiles(page: _Page, facts: Facts) -> None:
    project = facts.project
    if not project.profiles:
        page.gap()
        page.hint(
            "profiles",
            "{production: {env_file: .env.production}}",
            "Environments over the same target, each with its env file:",
        )
        return
    page.section("profiles")
    for name, path in project.profiles.items():
        page.below(name)
        page.key("env_file", facts.at(path), f"{path}, by its name")
        if project.datastores and facts.visit is None:
            page.below("environment")
            for variable, setting in project.datastores.items():
                page.key(
                    variable, Written(f"{{{setting.value}.url}}"), "in place of production's own"
                )
            page.up()
        page.up()


def _openapi(page: _Page, facts: Facts) -> None:
    page.gap()
    if not facts.openapi:
        page.hint(
            "openapi",
            "openapi.json",
            "No OpenAPI document was found; save one here, operations are checked from it:",
        )
    else:
        count = len(facts.document.operations) if facts.document else 0
        source = facts.openapi_source or "found in the repository"
        page.key("openapi", facts.openapi, f"{source}; {count} operations")
        others = facts.project.other_openapi
        if others and not facts.openapi_source:
            page.comment(f"Others are there: {', '.join(others[:5])}")
    for note in (*(facts.visit.notes if facts.visit else ()), *facts.project.unreadable)[:8]:
        page.comment(f"Note: {note}")


_BODY = 'json: {username: "{username}", password: "{password}"}'
_STEPS = {
    "login": f"{{operation: POST /login, {_BODY}}}",
    "register": f"{{operation: POST /register, {_BODY}}}",
    "refresh": "",
    "logout": "",
    "delete": "",
}


def _auth(page: _Page, facts: Facts) -> None:
    journey = facts.journey
    source = facts.openapi or "the OpenAPI document"
    steps: dict[str, Step] = {
        name: step for name in _STEPS if (step := getattr(journey, name, None)) is not None
    }
    steps = {name: step for name, step in steps.items() if _is_path(step.path)}
    page.section("auth")
    for name, example in _STEPS.items():
        if name in steps:
            page.key(name, _step(steps[name]), f"{source} has it")
        elif example:
            page.hint(name, example, f"No {name} was found in an OpenAPI document:")
    if journey is not None and steps:
        place = journey.place
        value = {"place": place.place, "name": place.name, "prefix": place.prefix}
        if place.name.strip() and place.place in {"header", "cookie", "query"}:
            page.key("token", value, f"where {source} has it, or the usual")
    page.section("identities")
    if "register" in steps and "login" in steps:
        page.key("user", {}, "registered for the run")
        page.key("other_user", {}, "registered for the run")
    else:
        page.hint(
            "user",
            "{username: audit@example.com, password: '${READINESS_USER_PASSWORD}'}",
            "A test user of yours; its password stays in the environment:",
        )
    page.hint("admin", "{token: '${READINESS_ADMIN_TOKEN}'}", "One who may administer:")


def _step(step: Step) -> object:
    value: dict[str, object] = {"operation": f"{step.method} {step.path}"}
    if step.json is not None:
        value["json"] = _Json(step.json)
    if step.form:
        value["form"] = dict(step.form)
    return value if len(value) > 1 else value["operation"]


_EXAMPLES = {
    "health": ("GET /health", "It says whether the system is well:"),
    "ready": ("GET /ready", "It says whether it can take requests:"),
    "metrics": ("GET /metrics", "The page that Prometheus reads:"),
    "protected": ("GET /users/me", "It needs a login and nothing else:"),
    "page": ("GET /", "The page that people see:"),
    "analyze": (
        '{operation: POST /chat, json: {prompt: "{prompt}"}}',
        "It asks a language model:",
    ),
}


def _operations(page: _Page, facts: Facts) -> None:
    page.section("operations")
    document = facts.document
    asked = model_operation(document) if document else None
    for name, (example, how) in _EXAMPLES.items():
        told = facts.requests.get(name)
        if name == "analyze" and asked is not None:
            page.key(name, asked[0], f"{facts.openapi}: {asked[1]}, it seems to ask a model")
        elif told:
            page.key(name, told[0], told[1])
        else:
            page.hint(name, example, how, missing=name != "analyze")
    if document is None:
        return
    page.gap()
    is_open = [str(one) for one in document.operations if one.secured is False and _plain(one)]
    if is_open:
        how = "Declared without security; list what is open to everybody on purpose:"
        page.hint("public", flow(is_open[:12]), how)


def _plain(operation: Operation) -> bool:
    return "{" not in operation.path and _is_path(operation.path)


def _is_path(text: str) -> bool:
    return re.fullmatch(r"/(?![/\\])[^\s\\#\x00-\x1f\x7f]*", text) is not None


_ASKS = re.compile(
    r"/(chat|completions?|analy[sz]e|generate|ask|prompt|message|query|infer)\b", re.IGNORECASE
)
_PROMPT = re.compile(r"^(prompt|message|question|query|input|text|content)$", re.IGNORECASE)


def model_operation(document: Document) -> tuple[object, str] | None:
    """The operation that seems to ask a language model, and its name; None without one."""
    for one in document.operations:
        if one.method != "POST" or not _ASKS.search(one.path) or not _plain(one):
            continue
        body = one.sample_body()
        if not isinstance(body, dict):
            continue
        key = next((name for name in body if _PROMPT.match(name)), None)
        if key is not None and isinstance(body[key], str) and "json" in one.body_type:
            asked = {**body, key: "{prompt}"}
            return {"operation": str(one), "json": _Json(asked)}, str(one)
    return None


def _services(page: _Page, facts: Facts) -> None:
    images = facts.project.images
    if not images:
        return
    page.section("services")
    for name, setting in images.items():
        page.key(
            name, {"image": setting.value}, f"{setting.location}; used with a container engine"
        )


def _consent(page: _Page, facts: Facts) -> None:
    page.gap()
    parts = urlsplit(facts.url or "http://127.0.0.1")
    host = parts.netloc.rpartition("@")[2].lower()
    until = (facts.today + timedelta(days=30)).isoformat()
    how = (
        "Without consent it is only read from; this allows attacks on one host:"
        if facts.url
        else "Needed only where its environment names hosts outside loopback:"
    )
    page.hint(
        "authorized", f"{{host: '{host}', by: <your name>, until: {until}}}", how, missing=False
    )
    page.hint("owners", "{security: ana@example.com}", "Who answers for a domain:")


# --- YAML ----------------------------------------------------------------------------------------


class Written(str):
    """Text whose ``${...}`` is meant for readiness.yaml itself."""

    __slots__ = ()


@dataclass(frozen=True)
class _Command:
    """A command, on one line where that needs no quotes."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class _Json:
    """A JSON body: numbers, true and null are such."""

    value: object


_SAFE = re.compile(r"[A-Za-z/.][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*")
_LINE = re.compile(r"[A-Za-z][\w./=+-]*(?: (?:[\w./=+-]|:(?! |$)|\{port\})+)+", re.ASCII)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"})


def scalar(text: str) -> str:
    """Text as a YAML scalar that reads back as it is, in a flow mapping too."""
    if not isinstance(text, Written):
        text = text.replace("${", "$${")
    if _SAFE.fullmatch(text) and text.lower() not in _WORDS:
        return text
    dumped = yaml.safe_dump(str(text), default_style='"', allow_unicode=True, width=10**6)
    return dumped.strip().removesuffix("\n...").strip()


def flow(value: object) -> str:
    """A value on one line."""
    match value:
        case _Json():
            return _json(value.value)
        case _Command():
            line = " ".join(value.words)
            return line if _LINE.fullmatch(line) else flow(value.words)
        case dict():
            return (
                "{" + ", ".join(f"{scalar(Written(k))}: {flow(v)}" for k, v in value.items()) + "}"
            )
        case list() | tuple():
            return "[" + ", ".join(flow(one) for one in value) + "]"
        case bool() | int() | float():
            return json.dumps(value)
        case _:
            return scalar(value if isinstance(value, str) else str(value))


def _json(value: Any) -> str:
    match value:
        case dict():
            pairs = (f"{scalar(Written(name))}: {_json(one)}" for name, one in value.items())
            return "{" + ", ".join(pairs) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_json, value)) + "]"
        case None | bool() | int() | float():
            return json.dumps(value)
        case _:
            return scalar(str(value))
