"""Compose files: services with what matters in production, each setting with its line.

YAML anchors and ``<<`` are merged by the reader. ``extends`` and ``include`` are not followed;
:attr:`Service.extends` and :attr:`ComposeFile.includes` say where they are used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pytest_readiness.model import Location
from pytest_readiness.probes import yamltree
from pytest_readiness.probes.env import Variable
from pytest_readiness.probes.images import ImageReference
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.probes.yamltree import Node


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Setting(Generic[T_co]):
    """A value, interpolated, and where it stands."""

    value: T_co
    location: Location


@dataclass(frozen=True, slots=True)
class Port:
    """A published port."""

    target: str
    """Port or range inside of the container."""
    published: str
    """Port or range on the host; empty for any free one."""
    host: str
    """Address of the host it is bound to; empty for every interface."""
    protocol: str
    location: Location


@dataclass(frozen=True, slots=True)
class Mount:
    """A volume, a folder or a file of the host, or memory, seen in a container."""

    kind: str
    """``bind``, ``volume``, ``tmpfs`` and what else the long syntax says."""
    source: str
    """Path on the host or name of the volume; empty for an anonymous one."""
    target: str
    read_only: bool
    location: Location


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is built."""

    context: str
    dockerfile: str
    """Relative to the context."""
    target: str
    arguments: tuple[Variable, ...]
    location: Location


@dataclass(frozen=True, slots=True)
class Healthcheck:
    """How Docker learns whether a container is well."""

    test: tuple[str, ...]
    """``("CMD", "curl", ...)`` or ``("CMD-SHELL", "...")``; empty where the image's own is kept."""
    disabled: bool
    location: Location


@dataclass(frozen=True, slots=True)
class Limits:
    """Resource limits, of ``deploy.resources.limits`` or the older keys of the service."""

    memory: Setting[str] | None
    cpus: Setting[str] | None
    pids: Setting[str] | None


@dataclass(frozen=True, slots=True)
class Dependency:
    """A service that has to be there before another one starts."""

    service: str
    condition: str
    """``service_started``, ``service_healthy``, ``service_completed_successfully``."""
    location: Location


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a Compose file."""

    name: str
    node: Node
    """Everything it says, for what has no field here."""
    image: Setting[ImageReference] | None
    build: Build | None
    ports: tuple[Port, ...]
    mounts: tuple[Mount, ...]
    environment: tuple[Variable, ...]
    """A variable without value, or with nothing but a reference, is injected."""
    env_files: tuple[Setting[str], ...]
    restart: Setting[str] | None
    """``restart``, else the condition of ``deploy.restart_policy``."""
    healthcheck: Healthcheck | None
    limits: Limits
    depends_on: tuple[Dependency, ...]
    privileged: Setting[bool] | None
    read_only: Setting[bool] | None
    user: Setting[str] | None
    network_mode: Setting[str] | None
    pid: Setting[str] | None
    ipc: Setting[str] | None
    networks: tuple[Setting[str], ...]
    cap_add: tuple[Setting[str], ...]
    cap_drop: tuple[Setting[str], ...]
    security_opt: tuple[Setting[str], ...]
    extends: Setting[str] | None
    """Service it extends; what that one says is not merged here."""

    @property
    def location(self) -> Location:
        """Where the service's settings begin."""
        return self.node.location


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """One Compose file."""

    path: str
    services: tuple[Service, ...]
    includes: tuple[Setting[str], ...]
    """Files it includes; they are not read here."""
    node: Node

    @property
    def location(self) -> Location:
        """The file as a whole."""
        return Location(self.path)

    def service(self, name: str) -> Service | None:
        """Service by its name."""
        return next((service for service in self.services if service.name == name), None)


def parse(text: str, path: str, environment: Mapping[str, str] | None = None) -> ComposeFile:
    """Read a Compose file.

    Args:
        text: what the file holds.
        path: what its locations say, relative to the repository.
        environment: variables for ``${NAME}``, those of the ``.env`` beside it for instance;
            what is not among them and has no default stays as it is written.

    Raises:
        UnreadableFile: it is not valid YAML, or is no mapping with services in it.
    """
    roots = yamltree.parse(text, path)
    if not roots or not roots[0].is_mapping:
        raise UnreadableFile(path, None, "a Compose file is a mapping with services in it")
    root = roots[0]
    services = root.get("services")
    if services is not None and not services.is_mapping and services.value is not None:
        raise UnreadableFile(path, services.line, "services has to be a mapping of names")
    reader = _Reader(environment or {})
    entries = () if services is None else services.items()
    return ComposeFile(
        path=path,
        services=tuple(reader.service(name, node) for name, node in entries),
        includes=tuple(reader.includes(root)),
        node=root,
    )


_BRACED: Final = re.compile(
    r"\$\$|\$(?P<plain>[A-Za-z_]\w*)"
    r"|\$\{(?P<name>[A-Za-z_]\w*)(?:(?P<operator>:?[-?+])(?P<word>(?:[^{}$]|\$(?!\{))*))?\}"
)
_ROUNDS: Final = 8
# YAML has no control characters, so these cannot stand in a value.
_DOLLAR, _OPEN, _CLOSE = "\x00", "\x01", "\x02"
_UNKNOWN: Final = re.compile(rf"{_OPEN}(\w+){_CLOSE}")


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """Replace ``$NAME``, ``${NAME}``, ``${NAME:-default}``, ``${NAME:+other}`` as Compose does.

    Defaults may be nested. ``$$`` becomes ``$``. A variable that is not given and has no default
    becomes ``${NAME}``, whatever error message it was written with.
    """
    return _interpolate(text, environment)[0]


def _interpolate(text: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The text interpolated, and again with blanks for what nothing gives a value to."""
    if "$" not in text:
        return text, text

    def replace(match: re.Match[str]) -> str:
        name = match["plain"] or match["name"]
        if name is None:
            return _DOLLAR
        known = environment.get(name)
        operator = match["operator"] or "?"
        present = bool(known) if operator.startswith(":") else known is not None
        if operator.endswith("+"):
            return match["word"] if present else ""
        if present and known is not None:
            return known.replace("$", _DOLLAR)
        return match["word"] if operator.endswith("-") else f"{_OPEN}{name}{_CLOSE}"

    # Innermost first: a default may itself hold a reference.
    for _ in range(_ROUNDS):
        text, replaced = _BRACED.subn(replace, text)
        if not replaced:
            break
    text = text.replace(_DOLLAR, "$")
    blank = _UNKNOWN.sub("", text)
    return text.replace(_OPEN, "${").replace(_CLOSE, "}"), blank


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads services with one environment."""

    environment: Mapping[str, str]

    def text(self, node: Node | None) -> str:
        return "" if node is None else interpolate(node.text, self.environment)

    def setting(self, node: Node | None) -> Setting[str] | None:
        if node is None or not node.is_scalar or node.value is None:
            return None
        return Setting(self.text(node), node.location)

    def flag(self, node: Node | None) -> Setting[bool] | None:
        written = self.setting(node)
        if written is None:
            return None
        return Setting(written.value.lower() in {"true", "yes", "on", "y", "1"}, written.location)

    def settings(self, node: Node | None) -> Iterator[Setting[str]]:
        """A list, one scalar, or the keys of a mapping."""
        if node is None:
            return
        for key, value in node.items():
            yield Setting(key, value.location)
        for one in node.elements or ((node,) if node.is_scalar else ()):
            written = self.setting(one)
            if written is not None:
                yield written

    def service(self, name: str, node: Node) -> Service:
        extends = node.get("extends")
        return Service(
            name=name,
            node=node,
            image=self.image(node.get("image")),
            build=self.build(node.get("build")),
            ports=tuple(self.ports(node.get("ports"))),
            mounts=tuple(self.mounts(node)),
            environment=tuple(self.variables(node.get("environment"))),
            env_files=tuple(self.env_files(node.get("env_file"))),
            restart=self.setting(node.get("restart"))
            or self.setting(node.get("deploy.restart_policy.condition")),
            healthcheck=self.healthcheck(node.get("healthcheck")),
            limits=self.limits(node),
            depends_on=tuple(self.dependencies(node.get("depends_on"))),
            privileged=self.flag(node.get("privileged")),
            read_only=self.flag(node.get("read_only")),
            user=self.setting(node.get("user")),
            network_mode=self.setting(node.get("network_mode")),
            pid=self.setting(node.get("pid")),
            ipc=self.setting(node.get("ipc")),
            networks=tuple(self.settings(node.get("networks"))),
            cap_add=tuple(self.settings(node.get("cap_add"))),
            cap_drop=tuple(self.settings(node.get("cap_drop"))),
            security_opt=tuple(self.settings(node.get("security_opt"))),
            extends=self.setting(extends) or self.setting(node.get("extends.service")),
        )

    def image(self, node: Node | None) -> Setting[ImageReference] | None:
        written = self.setting(node)
        if written is None:
            return None
        return Setting(ImageReference.parse(written.value), written.location)

    def build(self, node: Node | None) -> Build | None:
        if node is None or (node.is_scalar and node.value is None):
            return None
        if node.is_scalar:
            return Build(self.text(node), "Dockerfile", "", (), node.location)
        return Build(
            context=self.text(node.get("context")) or ".",
            dockerfile=self.text(node.get("dockerfile")) or "Dockerfile",
            target=self.text(node.get("target")),
            arguments=tuple(self.variables(node.get("args"))),
            location=node.location,
        )

    def ports(self, node: Node | None) -> Iterator[Port]:
        for one in () if node is None else node.elements:
            if one.is_mapping:
                yield Port(
                    target=self.text(one.get("target")),
                    published=self.text(one.get("published")),
                    host=self.text(one.get("host_ip")),
                    protocol=self.text(one.get("protocol")) or "tcp",
                    location=one.location,
                )
            elif one.is_scalar:
                text, _, protocol = self.text(one).partition("/")
                rest, _, target = _split_last(text)
                host, _, published = _split_last(rest)
                yield Port(target, published, host.strip("[]"), protocol or "tcp", one.location)

    def mounts(self, node: Node) -> Iterator[Mount]:
        volumes = node.get("volumes")
        for one in () if volumes is None else volumes.elements:
            if one.is_mapping:
                read_only = self.flag(one.get("read_only"))
                yield Mount(
                    kind=self.text(one.get("type")),
                    source=self.text(one.get("source")) or self.text(one.get("src")),
                    target=self.text(one.get("target")),
                    read_only=read_only is not None and read_only.value,
                    location=one.location,
                )
            elif one.is_scalar:
                yield _short_mount(self.text(one), one.location)
        for memory in self.settings(node.get("tmpfs")):
            target = memory.value.partition(":")[0]
            yield Mount("tmpfs", "", target, read_only=False, location=memory.location)

    def variables(self, node: Node | None) -> Iterator[Variable]:
        if node is None:
            return
        for name, value in node.items():
            raw = None if value.value is None else value.text
            yield self.variable(name, raw, value.location)
        for one in node.elements:
            name, equals, text = one.text.partition("=")
            yield self.variable(name, text if equals else None, one.location)

    def variable(self, name: str, raw: str | None, location: Location) -> Variable:
        if raw is None:
            return Variable(name, None, location, injected=True, references=(name,))
        value, without = _interpolate(raw, self.environment)
        if value == without:
            return Variable(name, value, location, raw=raw)
        references = tuple(match["name"] for match in _BRACED.finditer(value) if match["name"])
        injected = not without.strip()
        return Variable(name, value, location, injected, raw, references)

    def env_files(self, node: Node | None) -> Iterator[Setting[str]]:
        if node is None:
            return
        for one in node.elements or (node,):
            written = self.setting(one.get("path") if one.is_mapping else one)
            if written is not None:
                yield written

    def healthcheck(self, node: Node | None) -> Healthcheck | None:
        if node is None or not node.is_mapping:
            return None
        test = node.get("test")
        words: tuple[str, ...] = ()
        if test is not None:
            words = tuple(self.text(one) for one in test.elements)
            if test.is_scalar and test.value is not None:
                words = ("CMD-SHELL", self.text(test))
        off = self.flag(node.get("disable"))
        disabled = (off is not None and off.value) or words[:1] == ("NONE",)
        return Healthcheck(words, disabled, node.location)

    def limits(self, node: Node) -> Limits:
        def either(new: str, old: str) -> Setting[str] | None:
            return self.setting(node.get(f"deploy.resources.limits.{new}")) or self.setting(
                node.get(old)
            )

        return Limits(
            memory=either("memory", "mem_limit"),
            cpus=either("cpus", "cpus"),
            pids=either("pids", "pids_limit"),
        )

    def dependencies(self, node: Node | None) -> Iterator[Dependency]:
        if node is None:
            return
        for name, value in node.items():
            condition = self.text(value.get("condition")) or "service_started"
            yield Dependency(name, condition, value.location)
        for one in node.elements:
            yield Dependency(self.text(one), "service_started", one.location)

    def includes(self, root: Node) -> Iterator[Setting[str]]:
        node = root.get("include")
        for one in () if node is None else node.elements:
            if one.is_mapping:
                yield from self.settings(one.get("path"))
            else:
                yield from self.settings(one)


def _split_last(text: str) -> tuple[str, str, str]:
    """Split at the last colon outside of brackets and of ``${...}``."""
    depth = 0
    for position in range(len(text) - 1, -1, -1):
        letter = text[position]
        depth += (letter in "]}") - (letter in "[{")
        if letter == ":" and depth == 0:
            return text[:position], ":", text[position + 1 :]
    return "", "", text


def _short_mount(text: str, location: Location) -> Mount:
    parts = re.split(r":(?![^{]*\})", text)
    # A drive letter of Windows takes a colon of its own.
    if len(parts) > 1 and re.fullmatch(r"[A-Za-z]", parts[0]) and parts[1][:1] in {"\\", "/"}:
        parts[:2] = [f"{parts[0]}:{parts[1]}"]
    if len(parts) == 1:
        return Mount("volume", "", parts[0], read_only=False, location=location)
    source, target, *modes = parts
    host_path = source[:1] in {".", "/", "~", "\\"} or source[1:2] == ":" or source[:2] == "${"
    read_only = "ro" in ",".join(modes).split(",")
    return Mount("bind" if host_path else "volume", source, target, read_only, location)
