"""Where secrets stand: environments, env files, mounted files, Compose files, manifests.

Everything that is found is a :class:`~pytest_readiness.redaction.Secret`; whoever shows a value
has asked for it by name.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location
from pytest_readiness.probes import compose, env, kubernetes
from pytest_readiness.probes.unreadable import UnreadableFile
from pytest_readiness.redaction import Secret, is_secret_name


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.probes.repository import Repository


MOUNT: Final = Path("/run/secrets")
"""Where Docker and Compose mount secrets, and many charts too."""
_LARGEST: Final = 64 * 1024
_KEY_FILES: Final = (".key", ".pem")
_KEY_LINE: Final = 16
"""Characters from which a line of a key is more than padding."""
_EXAMPLES: Final = frozenset({"example", "sample", "template", "dist"})


@dataclass(frozen=True, slots=True)
class Found:
    """One secret, and where it stands."""

    name: str
    value: Secret
    source: str
    """environment, env file, mount, compose or manifest."""
    location: Location | None = None
    """Its line, where it stands in a file of the repository."""


def in_environment(environment: Mapping[str, str]) -> Iterator[Found]:
    """Variables under names of secrets, and passwords within the URLs of others."""
    for name, value in environment.items():
        yield from _of(name, value, "environment")


def in_env_files(repository: Repository) -> Iterator[Found]:
    """What env files hold, those that git ignores included; references are no secrets.

    Files that are only an example are left out: what they hold is published.
    """
    ignored = {path.name for path in repository.root.glob("*.env*") if path.is_file()}
    for path in sorted({*repository.env_files, *ignored}):
        if not is_example(path):
            yield from _in_env_file(repository, path)


def is_example(path: str) -> bool:
    """Whether an env file is only there to be copied: ``.env.example``, ``sample.env``."""
    return bool(_EXAMPLES & set(posixpath.basename(path).lower().split(".")))


def examples(repository: Repository) -> dict[str, Found]:
    """What example files give to variables, by name; the first file wins."""
    found: dict[str, Found] = {}
    for path in repository.env_files:
        if is_example(path):
            for one in _in_env_file(repository, path):
                found.setdefault(one.name, one)
    return found


def mounted(folder: Path = MOUNT) -> Iterator[Found]:
    """Files of a secret mount, each named by its place below it."""
    with contextlib.suppress(OSError):
        for path in sorted(folder.rglob("*")):
            if ".." not in path.name and path.is_file():  # ..data is how Kubernetes swaps them
                yield from file(path, path.relative_to(folder).as_posix(), "mount")


def in_compose(repository: Repository) -> Iterator[Found]:
    """Files and variables that the ``secrets`` of Compose files name, where they are there."""
    for path in repository.compose_files:
        with contextlib.suppress(UnreadableFile):
            root = compose.parse(repository.read(path), path).node
            section = root.get("secrets")
            for name, node in section.items() if section is not None else ():
                if named := node.text_at("file") if node.is_mapping else "":
                    place = repository.root / posixpath.dirname(path) / named
                    for one in file(place, name, "compose"):
                        yield Found(one.name, one.value, one.source, node.location)


def in_manifests(repository: Repository) -> Iterator[Found]:
    """Values of ``Secret`` manifests, decoded."""
    for path in repository.kubernetes_manifests:
        with contextlib.suppress(UnreadableFile):
            for item in kubernetes.parse(repository.read(path), path):
                if item.kind == "Secret":
                    yield from _in_manifest(item)


def in_repository(repository: Repository) -> Iterator[Found]:
    """Every secret that stands in the repository, or beside it in files that git ignores."""
    yield from in_env_files(repository)
    yield from in_compose(repository)
    yield from in_manifests(repository)


def in_key_files(repository: Repository) -> Iterator[Found]:
    """Each line of a private key that lies in the repository, or in its root unseen by git.

    A key as a whole is known by its frame; a line of it, copied out of the frame, is not.
    """
    unseen = {path.name for path in repository.root.glob("*") if path.suffix in _KEY_FILES}
    for path in sorted({*(p for p in repository.files if p.endswith(_KEY_FILES)), *unseen}):
        with contextlib.suppress(UnreadableFile):
            text = repository.read(path)
            if "PRIVATE KEY-----" in text:
                for line in text.splitlines():
                    if len(line) >= _KEY_LINE and "-----" not in line:
                        yield Found("private key", Secret(line), "key file", Location(path))


def worth_hiding(found: Found) -> bool:
    """Whether a value says something: a placeholder is known to everybody."""
    return not env.is_placeholder(found.value.reveal())


def file(path: Path, name: str, source: str) -> Iterator[Found]:
    """A file that holds one secret and nothing else; nothing where it cannot be read."""
    with contextlib.suppress(OSError, ValueError):  # a name with NUL is a ValueError
        if path.stat().st_size <= _LARGEST and (
            value := path.read_text(encoding="utf-8").rstrip("\r\n")
        ):
            yield Found(name, Secret(value), source)


def in_file(path: Path) -> Iterator[Found]:
    """What one env file holds, wherever it stands; nothing when it cannot be read."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        yield from _in_text(path.read_text(encoding="utf-8"), path.name)


def _in_env_file(repository: Repository, path: str) -> Iterator[Found]:
    with contextlib.suppress(UnreadableFile, OSError):
        yield from _in_text(repository.read(path), path)


def _in_text(text: str, path: str) -> Iterator[Found]:
    for variable in env.parse(text, path).variables:
        if not variable.injected:
            for one in _of(variable.name, variable.value or "", "env file"):
                yield Found(one.name, one.value, one.source, variable.location)


def _in_manifest(item: kubernetes.KubernetesObject) -> Iterator[Found]:
    for section in ("data", "stringData"):
        entries = item.node.get(section)
        for name, node in entries.items() if entries is not None else ():
            if node.value is None:
                continue
            text = node.text if section == "stringData" else _decoded(node.text)
            if text:
                yield Found(name, Secret(text), "manifest", node.location)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _of(name: str, value: str, source: str) -> Iterator[Found]:
    if is_secret_name(name) and value:
        yield Found(name, Secret(value), source)
    elif password := env.password_in_url(value):
        yield Found(name, Secret(password), source)
