"""What a repository says of how its system is started and reached.

Nothing of it is run or imported: Dockerfiles, Compose files, manifests, Procfile, package.json and
Python sources are read. Which of the answers is right is for people to say; each knows its place.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from pytest_readiness.model import Location
from pytest_readiness.probes import commands, compose, dockerfile, env, kubernetes, openapi, sources
from pytest_readiness.probes.compose import Setting
from pytest_readiness.probes.unreadable import UnreadableFile
from pytest_readiness.redaction import is_secret_name


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.probes.compose import ComposeFile, Service
    from pytest_readiness.probes.repository import Repository
    from pytest_readiness.probes.sources import Application


@dataclass(frozen=True, slots=True)
class Start:
    """A way to start the system."""

    command: tuple[str, ...]
    """Program and arguments; ``{port}`` stands for the port."""
    location: Location
    workdir: str = ""
    """Folder below the root in which it runs; empty for the root."""
    doubt: str = ""
    """Why it may not work here as it is; empty when nothing speaks against it."""
    note: str = ""
    """What was changed of what is written there."""


@dataclass(frozen=True)
class Project:
    """What is known of one repository."""

    application: Application | None = None
    """The object that the framework serves, in Python."""
    framework: Setting[str] | None = None
    """Its name: ``FastAPI``, ``Express``."""
    starts: tuple[Start, ...] = ()
    """The likeliest first."""
    ports: tuple[Setting[int], ...] = ()
    """On which it listens, in a container or out of it."""
    ready: Setting[str] | None = None
    """Path of a readiness probe."""
    health: Setting[str] | None = None
    """Path of a health check."""
    env_file: str = ""
    """For the target as it is developed: ``.env``, ``.env.example``."""
    profiles: Mapping[str, str] = field(default_factory=dict)
    """Env files by the name of the environment."""
    datastores: Mapping[str, Setting[str]] = field(default_factory=dict)
    """Variables that name a PostgreSQL or Redis, and which of the two."""
    images: Mapping[str, Setting[str]] = field(default_factory=dict)
    """Images of the datastores that it deploys, by ``postgres`` and ``redis``."""
    variables: Mapping[str, Setting[str]] = field(default_factory=dict)
    """Literal variables that its containers get, without secrets."""
    injected: Mapping[str, Location] = field(default_factory=dict)
    """Variables that somebody has to give it from outside."""
    openapi: str = ""
    """The likeliest OpenAPI document."""
    other_openapi: tuple[str, ...] = ()
    pipelines: tuple[str, ...] = ()
    """Files of continuous integration."""
    unreadable: tuple[str, ...] = ()
    """Files that could not be understood, with the reason."""


def look(repository: Repository) -> Project:
    """Read everything that tells how the system is started and reached."""
    reading = _Reading(repository)
    documents = reading.documents()
    starts = reading.starts()
    workdir = starts[0].workdir if starts else ""
    env_file, profiles = _env_files(repository, workdir)
    if env_file:
        reading.read_env_file(env_file)
    return Project(
        application=reading.application,
        framework=reading.framework(),
        starts=tuple(starts),
        ports=tuple(reading.ports),
        ready=reading.ready,
        health=reading.health or reading.ready,
        env_file=env_file,
        profiles=profiles,
        datastores=reading.datastores,
        images=reading.images,
        variables=reading.variables,
        injected=reading.injected,
        openapi=documents[0] if documents else "",
        other_openapi=tuple(documents[1:]),
        pipelines=tuple(path for path in repository.files if _PIPELINE.fullmatch(path)),
        unreadable=tuple(reading.unreadable),
    )


def is_aside(path: str, but: frozenset[str] = frozenset()) -> bool:
    """Whether a file belongs to tests, examples or documentation rather than to the system.

    Args:
        path: of the file.
        but: folders that are not aside this time.
    """
    folders = {part.lower() for part in PurePosixPath(path).parts[:-1]}
    return bool(folders & (_ASIDE - but))


_ASIDE: Final = frozenset(
    [
        "test",
        "tests",
        "testing",
        "e2e",
        "spec",
        "specs",
        "fixtures",
        "fixture",
        "example",
        "examples",
        "demo",
        "demos",
        "sample",
        "samples",
        "doc",
        "docs",
        "docs_src",
        "benchmark",
        "benchmarks",
        "node_modules",
        "vendor",
        "third_party",
        "site-packages",
        "templates",
        "cookiecutter",
        "tutorial",
        "tutorials",
        ".github",
        ".devcontainer",
    ]
)
_OF_DOCUMENTS: Final = frozenset({"doc", "docs", "spec", "specs"})
_OPENAPI_NAME: Final = re.compile(r"(?:^|/)[^/]*(?:openapi|swagger)[^/]*$", re.IGNORECASE)
_PIPELINE: Final = re.compile(
    r"\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.yml|\.circleci/config\.yml|Jenkinsfile"
    r"|azure-pipelines\.ya?ml|bitbucket-pipelines\.yml|\.travis\.yml|\.drone\.yml|\.ci/run"
)
_URL_PATH: Final = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::[^/\s\"'\\]*)?(/[^\s\"'\\)?|&;,]*)"
)
_EXAMPLE_SUFFIXES: Final = frozenset({"example", "sample", "template", "dist", "default", "tpl"})
_DEVELOPMENT: Final = ("", "example", "dev", "development", "local")
_PROFILES: Final = {
    "prod": "production",
    "live": "production",
    "stage": "staging",
    "stg": "staging",
}
_POSTGRES: Final = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")
_REDIS: Final = re.compile(r"rediss?://")
_ENV_VALUE: Final = 200
_DOCUMENTS: Final = 20


class _Reading:
    """Goes through the repository once and gathers what it meets."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.files = frozenset(repository.files)
        self.unreadable: list[str] = []
        self.ports: list[Setting[int]] = []
        self.ready: Setting[str] | None = None
        self.health: Setting[str] | None = None
        self.datastores: dict[str, Setting[str]] = {}
        self.images: dict[str, Setting[str]] = {}
        self.variables: dict[str, Setting[str]] = {}
        self.injected: dict[str, Location] = {}
        self.python = sources.Python(repository, lambda path: not is_aside(path))
        self.application = self.python.application

    # --- ways to start ------------------------------------------------------------------------

    def starts(self) -> list[Start]:
        """All ways to start it, the likeliest first."""
        found = [*self._from_containers(), *self._from_procfile()]
        self._from_manifests()
        found += [*self._from_python(), *self._from_package_json(), *self._from_readme()]
        unique: dict[tuple[str, ...], Start] = {}
        for start in found:
            unique.setdefault(start.command, start)
        return sorted(unique.values(), key=lambda start: bool(start.doubt))

    def _from_containers(self) -> Iterator[Start]:
        """Compose services that are built here, then Dockerfiles."""
        built: dict[str, Service] = {}
        for path in self.repository.compose_files:
            if is_aside(path):
                continue
            file = self._read(compose.parse, path)
            if file is not None:
                self._read_compose(file, built)
        paths = [path for path in self.repository.dockerfiles if not is_aside(path)]
        for path in sorted(paths, key=lambda path: (path not in built, path.count("/"), path)):
            file = self._read(dockerfile.parse, path)
            if file is not None:
                yield from self._from_dockerfile(file, built.get(path))

    def _from_dockerfile(
        self, file: dockerfile.Dockerfile, service: Service | None
    ) -> Iterator[Start]:
        stage = file.final_stage
        for expose in stage.inherited_all("EXPOSE"):
            for word in expose.arguments.split():
                self._port(word.partition("/")[0], expose.location)
        for check in stage.inherited_all("HEALTHCHECK"):
            self._probe_url(check.value, check.location)
        for pair in stage.inherited_all("ENV"):
            for name, value in pair.pairs:
                self._variable(name, value, pair.location)
        words, location = _command_of(stage)
        note = ""
        folder = posixpath.dirname(file.path)
        if service is not None:
            told = service.node.get("command")
            if told is not None and (said := _words(told)):
                entry = _exec_words(stage.inherited_all("ENTRYPOINT")[-1:])
                words, location = (*entry, *said), told.location
            if service.build is not None:
                base = posixpath.dirname(service.location.path)
                folder = posixpath.normpath(posixpath.join(base, service.build.context))
        if words and location is not None:
            folders = [folder, *(_copied(stage, folder)), ""]
            yield from self._start(words, location, folders, note)

    def _from_procfile(self) -> Iterator[Start]:
        if "Procfile" not in self.files:
            return
        for number, line in enumerate(self._text("Procfile").splitlines(), 1):
            kind, colon, command = line.partition(":")
            if colon and kind.strip() == "web" and (words := commands.split(command)):
                yield from self._start(words, Location("Procfile", number), [""])

    def _from_python(self) -> Iterator[Start]:
        for way in self.python.ways():
            yield Start(way.command, way.location, way.workdir, way.doubt, way.note)

    def _from_package_json(self) -> Iterator[Start]:
        for path in sorted(self.files, key=lambda path: (path.count("/"), path)):
            if posixpath.basename(path) != "package.json" or is_aside(path):
                continue
            data = self._json(path)
            scripts = data.get("scripts")
            if not isinstance(scripts, dict) or not _node_framework(data):
                continue
            name = next((one for one in ("start:prod", "start", "serve") if one in scripts), None)
            if name:
                words = ("npm", "run", name) if name != "start" else ("npm", "start")
                line = self._line_of(path, f'"{name}"')
                note = "it has to listen on the variable PORT"
                yield Start(words, Location(path, line), posixpath.dirname(path), note=note)

    def _from_readme(self) -> Iterator[Start]:
        """Lines of the README that start one of the project's own programs on a port."""
        readme = self.repository.readme
        programs = self.python.scripts
        if not readme or not programs:
            return
        for number, line in enumerate(self._text(readme).splitlines(), 1):
            text = re.sub(r"^\s*(?:[$>#%]\s+|\d+\.\s+|`)?", "", line).strip("`& \t")
            text = re.sub(r"\s[#&].*$", "", text)
            words = commands.split(text) or ()
            if not words or posixpath.basename(words[0]) not in programs:
                continue
            changed = commands.with_port(words, added=False)
            if "{port}" not in " ".join(changed.words) or "[" in text:
                continue
            words = (posixpath.basename(changed.words[0]), *changed.words[1:])
            doubt = "check its other arguments: files and folders it names may not be here"
            yield Start(words, Location(readme, number), "", doubt, changed.note)

    def _start(
        self, words: tuple[str, ...], location: Location, folders: list[str], note: str = ""
    ) -> Iterator[Start]:
        """One written command as one that runs here, on a port of ours."""
        plain, doubt = commands.outside_container(words, self._exists)
        workdir, missing = self._workdir(plain, folders)
        rewritten = self.python.script_way(plain, workdir)
        if rewritten is not None:
            yield Start(
                rewritten.command, rewritten.location, rewritten.workdir, note=rewritten.note
            )
            return
        module = self.python.module_takes_port(plain, workdir)
        changed = commands.with_port(plain, option=module)
        doubt = doubt or missing
        said = "; ".join(filter(None, (note, changed.note)))
        if not doubt and "{port}" not in " ".join(changed.words) and not self._reads_port():
            doubt = "its port is not known to be free to choose: it has to listen on $PORT"
        yield Start(changed.words, location, workdir, doubt, said)

    def _reads_port(self) -> bool:
        return "PORT" in self.variables or self.python.reads_port

    def _exists(self, path: str) -> bool:
        return path in self.files

    def _workdir(self, words: tuple[str, ...], folders: list[str]) -> tuple[str, str]:
        """The folder in which the files and modules that a command names are found."""
        wanted = commands.files_named(words)
        if not wanted:
            return _plain(folders[0]), ""
        for folder in folders:
            base = _plain(folder)
            if any(posixpath.join(base, path) in self.files for path in wanted):
                return base, ""
        for path in wanted:
            found = [one for one in self.files if one.endswith(f"/{path}") and not is_aside(one)]
            if len(found) == 1:
                return found[0].removesuffix(path).rstrip("/"), ""
        return _plain(folders[0]), f"{wanted[0]} is not in the repository"

    # --- containers and clusters --------------------------------------------------------------

    def _read_compose(self, file: ComposeFile, built: dict[str, Service]) -> None:
        folder = posixpath.dirname(file.path)
        for service in file.services:
            if service.image is not None and service.build is None:
                name = service.image.value.name.rpartition("/")[2]
                kind = {"postgres": "postgres", "redis": "redis", "valkey": "redis"}.get(name)
                image = service.node.text_at("image")
                if kind and "$" not in image:
                    self.images.setdefault(kind, Setting(image, service.image.location))
                continue
            if service.build is None:
                continue
            path = posixpath.normpath(
                posixpath.join(folder, service.build.context, service.build.dockerfile)
            )
            if not service.ports and path in built:
                continue
            built.setdefault(path, service)
            for port in service.ports:
                self._port(port.target, port.location)
            if service.healthcheck is not None:
                self._probe_url(" ".join(service.healthcheck.test), service.healthcheck.location)
            for variable in service.environment:
                if variable.injected:
                    self.injected.setdefault(variable.name, variable.location)
                else:
                    self._variable(variable.name, variable.value, variable.location)

    def _from_manifests(self) -> None:
        for path in self.repository.kubernetes_manifests:
            if is_aside(path):
                continue
            for item in self._read(kubernetes.parse, path) or ():
                for container in item.pod.containers if item.pod is not None else ():
                    for port in container.ports:
                        self._port(port.text_at("containerPort"), port.location)
                    for sort, probe in (
                        ("ready", container.readiness),
                        ("health", container.liveness),
                    ):
                        told = None if probe is None else probe.get("httpGet.path")
                        if told is not None and _is_path(told.text):
                            setattr(self, sort, Setting(told.text, told.location))

    def _port(self, text: str, location: Location) -> None:
        if text.isascii() and text.isdecimal() and 0 < int(text[:6]) <= 65535:  # noqa: PLR2004 - ports
            self.ports.append(Setting(int(text), location))

    def _probe_url(self, text: str, location: Location) -> None:
        found = _URL_PATH.search(text)
        if found and _is_path(found[1]):
            sort = "ready" if "ready" in found[1].lower() else "health"
            if getattr(self, sort) is None:
                setattr(self, sort, Setting(found[1], location))

    def _variable(self, name: str, value: str | None, location: Location) -> None:
        if value is None or "$" in value or len(value) > _ENV_VALUE:
            return
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            return
        for kind, pattern in (("postgres", _POSTGRES), ("redis", _REDIS)):
            if pattern.match(value):
                self.datastores.setdefault(name, Setting(kind, location))
                return
        if is_secret_name(name) or env.password_in_url(value):
            self.injected.setdefault(name, location)
        elif name not in _OF_THE_IMAGE:
            self.variables.setdefault(name, Setting(value, location))

    def read_env_file(self, path: str) -> None:
        """Datastores that the env file names: the file itself is handed to the target."""
        for name, variable in env.parse(self._text(path), path).effective.items():
            for kind, pattern in (("postgres", _POSTGRES), ("redis", _REDIS)):
                if variable.value and pattern.match(variable.value):
                    self.datastores[name] = Setting(kind, variable.location)
            self.injected.pop(name, None)
            self.variables.pop(name, None)

    # --- the rest -----------------------------------------------------------------------------

    def documents(self) -> list[str]:
        """OpenAPI documents with operations in them, the likeliest first."""
        found = []
        candidates = [
            path for path in self.repository.openapi_files if not is_aside(path, _OF_DOCUMENTS)
        ]
        candidates.sort(key=lambda path: (not _OPENAPI_NAME.search(path), path.count("/"), path))
        for path in candidates[:_DOCUMENTS]:
            try:
                if openapi.parse(self._text(path), name=path).operations:
                    found.append(path)
            except openapi.NotOpenApi as error:
                if _OPENAPI_NAME.search(path):
                    self.unreadable.append(str(error))
            except (AttributeError, TypeError, ValueError, RecursionError) as error:
                self.unreadable.append(f"{path}: {type(error).__name__} in the OpenAPI document")
        return found

    def framework(self) -> Setting[str] | None:
        if self.application is not None:
            return Setting(self.application.framework, self.application.location)
        for path in sorted(self.files, key=lambda path: (path.count("/"), path)):
            name = posixpath.basename(path)
            if is_aside(path):
                continue
            if name == "manage.py":
                return Setting("Django", Location(path))
            if name == "package.json" and (found := _node_framework(self._json(path))):
                return Setting(found, Location(path, self._line_of(path, f'"{found.lower()}"')))
            for marker, text, framework in _OTHERS:
                if name == marker and text in self._text(path):
                    return Setting(framework, Location(path, self._line_of(path, text)))
        return None

    def _read(self, parse: Any, path: str) -> Any:
        try:
            return parse(self.repository.read(path), path)
        except UnreadableFile as error:
            self.unreadable.append(str(error))
            return None

    def _text(self, path: str) -> str:
        try:
            return self.repository.read(path)
        except UnreadableFile:
            return ""

    def _json(self, path: str) -> dict[str, Any]:
        with contextlib.suppress(ValueError, RecursionError):
            data = json.loads(self._text(path))
            if isinstance(data, dict):
                return data
        return {}

    def _line_of(self, path: str, text: str) -> int | None:
        lines = self._text(path).splitlines()
        return next((number for number, line in enumerate(lines, 1) if text in line), None)


_OTHERS: Final = (
    ("go.mod", "gin-gonic/gin", "Gin"),
    ("go.mod", "labstack/echo", "Echo"),
    ("go.mod", "gofiber/fiber", "Fiber"),
    ("pom.xml", "spring-boot", "Spring Boot"),
    ("build.gradle", "spring-boot", "Spring Boot"),
    ("build.gradle.kts", "spring-boot", "Spring Boot"),
    ("Gemfile", "rails", "Rails"),
    ("Cargo.toml", "axum", "Axum"),
    ("Cargo.toml", "actix-web", "Actix"),
    ("composer.json", "laravel/framework", "Laravel"),
)
_NODE: Final = {
    "@nestjs/core": "NestJS",
    "express": "Express",
    "fastify": "Fastify",
    "koa": "Koa",
    "next": "Next",
    "@hapi/hapi": "Hapi",
    "hono": "Hono",
}
_OF_THE_IMAGE: Final = frozenset(
    [
        "PATH",
        "HOME",
        "LANG",
        "LC_ALL",
        "TZ",
        "HOST",
        "PYTHONPATH",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
        "PYTHONFAULTHANDLER",
        "PIP_NO_CACHE_DIR",
        "PIP_DISABLE_PIP_VERSION_CHECK",
        "VIRTUAL_ENV",
        "DEBIAN_FRONTEND",
        "UV_COMPILE_BYTECODE",
        "UV_LINK_MODE",
        "POETRY_VERSION",
        "NODE_ENV",
    ]
)


def _node_framework(data: Mapping[str, Any]) -> str:
    needed = data.get("dependencies")
    names = needed if isinstance(needed, dict) else {}
    return next((title for name, title in _NODE.items() if name in names), "")


def _is_path(text: str) -> bool:
    return re.fullmatch(r"/(?![/\\])[\w./~%-]*", text, re.ASCII) is not None


def _plain(folder: str) -> str:
    normal = posixpath.normpath(folder or ".")
    return "" if normal in {".", "/"} or normal.startswith("..") else normal.lstrip("/")


def _command_of(stage: dockerfile.Stage) -> tuple[tuple[str, ...], Location | None]:
    """ENTRYPOINT and CMD of the image as one list of words."""
    entry, command = stage.inherited_all("ENTRYPOINT")[-1:], stage.inherited_all("CMD")[-1:]
    last = (command or entry)[-1:] or None
    if last is None:
        return (), None
    if entry and entry[0].exec_form is None:  # a shell reads it, and CMD is not used
        return _exec_words(entry), entry[0].location
    return (*_exec_words(entry), *_exec_words(command)), last[0].location


def _exec_words(instructions: tuple[dockerfile.Instruction, ...]) -> tuple[str, ...]:
    if not instructions:
        return ()
    told = instructions[0].exec_form
    return told if told is not None else (commands.split(instructions[0].arguments) or ())


def _words(node: Any) -> tuple[str, ...]:
    if node.is_sequence:
        return tuple(one.text for one in node.elements)
    return commands.split(node.text) or ()


def _copied(stage: dockerfile.Stage, folder: str) -> Iterator[str]:
    """Folders whose contents the image has in its working folder."""
    for copy in stage.inherited_all("COPY"):
        words = copy.arguments.split()
        if "from" not in copy.flags and len(words) == 2:  # noqa: PLR2004 - from, to
            yield posixpath.join(folder, words[0])


def _env_files(repository: Repository, workdir: str) -> tuple[str, dict[str, str]]:
    """The env file for the target as it is developed, and those of environments by name."""
    ordinary: dict[str, str] = {}
    profiles: dict[str, str] = {}
    for path in repository.env_files:
        if posixpath.dirname(path) not in {"", workdir}:
            continue
        words = [word for word in posixpath.basename(path).lower().split(".") if word]
        words.remove("env") if "env" in words else None
        example = bool(_EXAMPLE_SUFFIXES & set(words))
        name = "-".join(word for word in words if word not in _EXAMPLE_SUFFIXES)
        if name in _DEVELOPMENT:
            ordinary.setdefault(name or ("example" if example else ""), path)
        else:
            key = _PROFILES.get(name, re.sub(r"[^a-z0-9-]+", "-", name).strip("-"))
            if key and (key not in profiles or not example):
                profiles[key] = path
    chosen = next((ordinary[name] for name in _DEVELOPMENT if name in ordinary), "")
    return chosen, dict(sorted(profiles.items()))
