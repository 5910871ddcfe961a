"""Compose projects of our own, brought up beside whatever else runs from the same file.

The user's file is read and never changed. What is started is a copy of it in a private folder,
in which nothing can meet another project: no fixed names and published ports, no volumes and
networks from elsewhere, no host folder that can be written to. Compose itself does the rest:
interpolation, env files, builds and the order of the start.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import yaml

from pytest_readiness.probes import compose, containers
from pytest_readiness.probes.process import NotStarted, Process
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Self


FILE = "compose.yaml"
INSTALL = "install the compose plugin of Docker (Debian: apt-get install docker-compose)"

_SECONDS = 1800.0
_TAIL = 2000
_PROFILES = "COMPOSE_PROFILES"
_YAML: Final = "tag:yaml.org,2002:"
_ELSEWHERE = ("container_name", "ports", "profiles")
"""Keys of a service that belong to the user's own project, or were followed already."""


class NoCompose(Exception):  # noqa: N818 - a fact about the machine
    """Neither ``docker compose`` nor ``docker-compose`` is there."""


@dataclass(frozen=True)
class Tool:
    """A way to call compose."""

    command: tuple[str, ...]
    old: bool
    """It is docker-compose 1, which reads an older format."""


@dataclass(frozen=True)
class Plan:
    """A compose file of our own, and what of it is audited."""

    text: str
    service: str
    port: int
    services: tuple[str, ...]
    """All that are started."""


def tool() -> Tool:
    """Find compose.

    Raises:
        NoCompose: it is not here.
    """
    for command, old in ((("docker", "compose"), False), (("docker-compose",), True)):
        program = shutil.which(command[0])
        if program is None:
            continue
        try:
            told = subprocess.run(  # noqa: S603 - found on PATH
                [program, *command[1:], "version", "--short"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=30,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            continue
        found = (program, *command[1:])
        return Tool(found, old and told.stdout.strip().startswith("1."))
    raise NoCompose(f"neither `docker compose` nor `docker-compose` is here: {INSTALL}")


# --- the copy ------------------------------------------------------------------------------------


def plan(
    path: Path,
    *,
    service: str | None,
    port: int | None,
    environment: Mapping[str, str],
    labels: Mapping[str, str],
    told: Mapping[str, str],
    old: bool = False,
) -> Plan:
    """Write the copy of a compose file that may be started.

    Args:
        path: the user's file.
        service: which one is audited; not needed where only one publishes a port.
        port: on which it listens in its container; not needed where it publishes one.
        environment: variables laid over those of that service.
        labels: for everything that is made.
        told: variables for ``${NAME}``.
        old: it is for docker-compose 1.

    Raises:
        NotStarted: the file cannot be used; the message says what is missing.
    """
    try:
        text = path.read_text(encoding="utf-8")
        facts = compose.parse(text, path.name, {**_dotenv(path.parent), **told})
        document = yaml.load(text, _Loader)  # noqa: S506 - it makes text, lists and mappings only
    except (OSError, UnicodeDecodeError, UnreadableFile, yaml.YAMLError) as error:
        raise NotStarted(f"{path.name} cannot be read: {error}") from error
    if facts.includes or any(each.extends for each in facts.services):
        raise NotStarted(
            f"{path.name} uses `include` or `extends`, which are not followed here;"
            " give the output of `docker compose config` as target.compose"
        )
    active = _active(facts, service, told.get(_PROFILES, ""))
    audited = _audited(active, service)
    port = port or _port(audited)
    services = {name: document["services"][name] for name in (each.name for each in active)}
    for each in active:
        _detach(services[each.name], each, labels, old=old)
    _expose(services[audited.name], audited, port, environment)
    copy = {
        **{key: document[key] for key in ("version",) if key in document},
        "services": services,
        "networks": _owned(document.get("networks"), _names(services, "networks"), labels),
        "volumes": _owned(document.get("volumes"), _volumes(active), labels),
        **{
            key: {name: body for name, body in (document.get(key) or {}).items() if name in used}
            for key in ("secrets", "configs")
            if (used := _names(services, key))
        },
    }
    copy["networks"].setdefault("default", {"labels": dict(labels)})
    written = yaml.dump(copy, Dumper=_Dumper, sort_keys=False, default_flow_style=False)
    return Plan(written, audited.name, port, tuple(services))


def _active(
    facts: compose.ComposeFile, audited: str | None, profiles: str
) -> tuple[compose.Service, ...]:
    """Services that ``up`` starts, with all that they and the audited one need."""
    chosen = {name.strip() for name in profiles.split(",")}
    wanted = [
        each.name
        for each in facts.services
        if each.name == audited or not _profiles(each) or chosen & _profiles(each)
    ]
    known = {each.name: each for each in facts.services}
    if audited is not None and audited not in known:
        raise NotStarted(f"{facts.path} has no service {audited}; it has {', '.join(known)}")
    found: dict[str, None] = {}
    while wanted:
        name = wanted.pop()
        if name in known and name not in found:
            found[name] = None
            wanted += [each.service for each in known[name].depends_on]
            mode = known[name].network_mode
            if mode is not None and mode.value.startswith("service:"):
                wanted.append(mode.value.removeprefix("service:"))
    return tuple(each for each in facts.services if each.name in found)


def _profiles(service: compose.Service) -> set[str]:
    node = service.node.get("profiles")
    return set() if node is None else {each.text for each in node.elements}


def _audited(services: tuple[compose.Service, ...], name: str | None) -> compose.Service:
    candidates = [each for each in services if each.name == name]
    if name is None:
        candidates = [each for each in services if each.ports] or list(services)
    if len(candidates) != 1:
        names = ", ".join(each.name for each in candidates) or "none is started"
        raise NotStarted(f"which service is audited? Write target.service ({names})")
    if (mode := candidates[0].network_mode) is not None:
        raise NotStarted(
            f"service {candidates[0].name} has network_mode {mode.value}:"
            " its port cannot be published on loopback alone"
        )
    return candidates[0]


def _port(service: compose.Service) -> int:
    inside = {each.target for each in service.ports if each.protocol == "tcp"}
    if len(inside) == 1 and (port := inside.pop()).isdigit():
        return int(port)
    exposed = service.node.get("expose")
    told = [] if exposed is None else [each.text for each in exposed.elements]
    if not inside and len(told) == 1 and told[0].isdigit():
        return int(told[0])
    raise NotStarted(f"on which port does service {service.name} listen? Write target.port")


def _detach(
    service: dict[Any, Any], facts: compose.Service, labels: Mapping[str, str], *, old: bool
) -> None:
    """Take away what a second project of the same file would share with the first."""
    for key in _ELSEWHERE:
        service.pop(key, None)
    service["labels"] = {**_mapping(service.get("labels")), **labels}
    if facts.build is not None:
        service.pop("image", None)  # the user's own tag is not moved to what is built here
        build = service["build"]
        build = dict(build) if isinstance(build, dict) else {"context": build}
        service["build"] = {**build, "labels": {**_mapping(build.get("labels")), **labels}}
    if mounts := service.get("volumes"):
        service["volumes"] = [
            _read_only(written, mount) for written, mount in zip(mounts, facts.mounts, strict=False)
        ]
    limits = ((service.get("deploy") or {}).get("resources") or {}).get("limits") or {}
    if old and "pids" in limits:
        service["pids_limit"] = limits.pop("pids")


def _read_only(written: Any, mount: compose.Mount) -> Any:
    """Keep a folder of this machine from being written to: somebody else may be using it."""
    if mount.kind != "bind" or mount.read_only:
        return written
    if isinstance(written, dict):
        return {**written, "read_only": _TRUE}
    source = mount.source.replace("$", "$$")
    plain = {"type": "bind", "source": source, "target": mount.target.replace("$", "$$")}
    return {**plain, "read_only": _TRUE}


def _expose(
    service: dict[Any, Any], facts: compose.Service, port: int, environment: Mapping[str, str]
) -> None:
    service["ports"] = [f"127.0.0.1::{port}"]
    service["logging"] = {"driver": "json-file"}  # not every driver can be read back
    over = {name: value.replace("$", "$$") for name, value in environment.items()}
    if over or facts.environment:
        service["environment"] = {**_mapping(service.get("environment")), **over}


def _owned(
    document: Any, used: Iterable[str], labels: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Networks or volumes as the project's own: empty, with no name that others know."""
    owned = {}
    for name in used:
        body = dict((document or {}).get(name) or {})
        for key in ("name", "external", "ipam"):
            body.pop(key, None)
        owned[str(name)] = {**body, "labels": {**_mapping(body.get("labels")), **labels}}
    return owned


def _names(services: Mapping[Any, Any], key: str) -> dict[str, None]:
    """Names that services use under a key, in any of its forms."""
    found: dict[str, None] = {}
    for service in services.values():
        for each in service.get(key) or ():
            name = (each.get("source") if isinstance(each, dict) else each) or ""
            found[str(name)] = None
    return found


def _volumes(services: Iterable[compose.Service]) -> dict[str, None]:
    return {
        mount.source: None
        for service in services
        for mount in service.mounts
        if mount.kind == "volume" and mount.source
    }


def _mapping(written: Any) -> dict[Any, Any]:
    """A mapping, or a list of ``NAME=value``, as a mapping."""
    if isinstance(written, dict):
        return dict(written)
    found = {}
    for each in written or ():
        name, equals, value = each.partition("=")
        found[name] = value if equals else None
    return found


def _dotenv(folder: Path) -> dict[str, str]:
    from dotenv import dotenv_values

    path = folder / ".env"
    return {name: value or "" for name, value in dotenv_values(path).items()}


class _Plain(str):
    """A scalar as it was written: 0440, on and 1e3 are for compose to read, not for us."""

    __slots__ = ("style", "tag")

    tag: str
    style: str | None

    def __new__(cls, text: str, tag: str, style: str | None = None) -> Self:
        made = super().__new__(cls, text)
        made.tag, made.style = tag, style
        return made


class _Loader(yaml.SafeLoader):
    """Reads mappings and lists, merged as YAML says, and scalars as they are written."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        del deep
        if isinstance(node, yaml.ScalarNode):
            if node.tag == f"{_YAML}null":
                return None
            return _Plain(node.value, node.tag, node.style)
        if isinstance(node, yaml.SequenceNode):
            return [self.construct_object(each, deep=True) for each in node.value]
        self.flatten_mapping(node)
        pairs = ((self.construct_object(key), value) for key, value in node.value)
        return {key: self.construct_object(value, deep=True) for key, value in pairs}


_TRUE: Final = _Plain("true", f"{_YAML}bool")


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _represent(dumper: yaml.SafeDumper, text: _Plain) -> yaml.Node:
    return dumper.represent_scalar(text.tag, str(text), style=text.style)


_Dumper.add_representer(_Plain, _represent)


# --- bringing it up ------------------------------------------------------------------------------


@contextlib.contextmanager
def up(
    plan: Plan,
    *,
    tool: Tool,
    name: str,
    folder: Path,
    directory: Path,
    environment: Mapping[str, str],
    labels: Mapping[str, str],
    stopped: Callable[[], bool],
) -> Iterator[None]:
    """Bring the project up for the block, and take it down with its volumes and images.

    Args:
        plan: what is started.
        tool: compose.
        name: of the project.
        folder: private folder for the copy and for what compose says.
        directory: to which paths in the file are relative.
        environment: all of compose's own environment.
        labels: that everything in the plan has.
        stopped: the run is ending, so compose is to end too.

    Raises:
        NotStarted: it did not come up; the message ends with what compose and the containers said.
    """
    from testcontainers.compose import DockerCompose

    file = folder / FILE
    file.touch(mode=0o600)
    file.write_text(plan.text, encoding="utf-8")
    talk = _Talk(folder, directory, environment, stopped)

    class Project(DockerCompose):
        def _run_command(self, cmd: Any, context: str | None = None) -> Any:
            del context
            return talk.run(cmd)

    project = Project(str(directory), compose_file_name=str(file), build=not tool.old, wait=False)
    project.compose_command_property = [
        *tool.command,
        *("--project-name", name, "--project-directory", str(directory), "--file", str(file)),
    ]
    try:
        if tool.old:  # whose `up --build` leaves the container of a step that failed
            talk.run([*project.compose_command_property, "build", "--force-rm"])
        try:
            project.start()
        except NotStarted as failure:
            raise NotStarted(f"{failure}{containers.last_words(labels)}") from None
        yield
    finally:
        talk.ending = True
        with contextlib.suppress(NotStarted):
            project.stop()


@dataclass
class _Talk:
    """Commands of compose, each of which ends when this process does."""

    folder: Path
    directory: Path
    environment: Mapping[str, str]
    stopped: Callable[[], bool]
    ending: bool = False
    count: int = 0

    def run(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        self.count += 1
        output = self.folder / f"compose-{self.count}.log"
        process = Process(command, output=output, cwd=self.directory, env=self.environment)
        until = time.monotonic() + _SECONDS
        try:
            while process.alive and time.monotonic() < until:
                if self.stopped() and not self.ending:
                    raise NotStarted("the run is ending")
                time.sleep(0.05)
            code = process.exit_code
        finally:
            process.stop()
        if code != 0:
            ended = "did not end" if code is None else f"ended with exit status {code}"
            said = containers.plain(process.tail(30))[-_TAIL:].strip()
            raise NotStarted(f"compose {ended}; its last output:\n{said or 'nothing'}")
        return subprocess.CompletedProcess(command, 0, output.read_bytes(), b"")


def environment_of_compose(known: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """What compose itself needs: the way to the engine, and the variables for ``${NAME}``."""
    from testcontainers.core.docker_client import get_docker_host

    engine = {name: value for name, value in os.environ.items() if name.startswith("DOCKER_")}
    if host := get_docker_host():
        engine["DOCKER_HOST"] = host
    return {**known, **engine, **told}
