"""Containers of our own: started through testcontainers, and none left behind.

A container lives in its engine and outlasts a SIGKILL of whoever started it. Each of ours
carries a label that names a locked file of its run. The kernel drops the lock when the run ends,
so the next run can tell and removes what it finds.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_readiness.probes.process import NotStarted


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


LOCK_LABEL = "pytest-readiness.lock"
HOST_LABEL = "pytest-readiness.host"

_LOOPBACK = "127.0.0.1"
_STRANGE = timedelta(days=1)
"""After this time a container of another host's run is taken for forgotten."""
_TAIL = 2000


@dataclass(frozen=True)
class Container:
    """A running container with one published port."""

    host: str
    port: int
    _handle: Any

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Return when ``ready`` says so.

        Raises:
            NotStarted: the container ended, or time is up; the message ends with its output.
        """
        until = time.monotonic() + seconds
        while not ready():
            self._handle.reload()
            if self._handle.status not in {"created", "running"}:
                raise NotStarted(f"its container {self._handle.status}: {_said(self._handle)}")
            if time.monotonic() > until:
                raise NotStarted(f"it was not ready within {seconds:g} s: {_said(self._handle)}")
            time.sleep(0.02)


def engine_answers() -> bool:
    """Whether there is a container engine here."""
    from docker.errors import DockerException
    from testcontainers.core.docker_client import get_docker_host

    try:
        _knock(get_docker_host() or "unix:///var/run/docker.sock")
        with _client() as client:
            client.ping()
    except (DockerException, OSError):
        return False
    return True


def _knock(address: str) -> None:
    """Open and close the engine's socket: where nobody listens, docker's client forgets to."""
    parts = urlsplit(address)
    if parts.scheme == "unix":
        with socket.socket(socket.AF_UNIX) as door:
            door.connect(parts.path)


@contextlib.contextmanager
def running(
    image: str, port: int, environment: Mapping[str, str], *, memory: str = ""
) -> Iterator[Container]:
    """Run an image until the end of the block, reachable from this machine only if it is local.

    Args:
        image: its name.
        port: the port to publish.
        environment: variables for it.
        memory: folder in it whose files never reach a disk.

    Raises:
        NotStarted: the engine refused, or has no such image and cannot get it.
    """
    from docker.errors import DockerException
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    with contextlib.ExitStack() as stack:
        labels = stack.enter_context(_claim())
        try:
            container = DockerContainer(image).with_envs(**environment).with_kwargs(labels=labels)
            if memory:
                container.with_tmpfs_mount(memory, "mode=1777")
            local = container.get_docker_client().host() == "localhost"
            published: Any = (_LOOPBACK,) if local else None
            container.ports[f"{port}/tcp"] = published
            with _without_reaper(testcontainers_config):
                stack.enter_context(container)
        except (DockerException, OSError) as error:
            raise NotStarted(f"image {image}: {error}") from error
        handle = container.get_wrapped_container()
        try:
            reached = int(container.get_exposed_port(port))
            host = _LOOPBACK if local else container.get_container_host_ip()
        except (DockerException, OSError) as error:
            raise NotStarted(f"image {image}: {error}: {_said(handle)}") from error
        yield Container(host, reached, handle)


def sweep() -> None:
    """Remove the containers of runs that have ended without doing so."""
    from docker.errors import DockerException

    with _client() as client, contextlib.suppress(DockerException):
        for container in client.containers.list(all=True, filters={"label": LOCK_LABEL}):
            if _is_forgotten(container):
                with contextlib.suppress(DockerException):  # another run was quicker
                    container.remove(force=True, v=True)


def _said(handle: Any) -> str:
    """The end of a container's output."""
    text: str = handle.logs(tail=20).decode(errors="replace")
    return text[-_TAIL:].strip() or "it printed nothing"


@contextlib.contextmanager
def _client() -> Iterator[Any]:
    from testcontainers.core.docker_client import DockerClient

    with contextlib.closing(DockerClient().client) as client:
        yield client


@contextlib.contextmanager
def _claim() -> Iterator[dict[str, str]]:
    """Labels of a container whose run is alive as long as the block."""
    with tempfile.NamedTemporaryFile(prefix="readiness-lock-") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield {LOCK_LABEL: file.name, HOST_LABEL: socket.gethostname()}


def _is_forgotten(container: Any) -> bool:
    if container.labels.get(HOST_LABEL) != socket.gethostname():
        created = datetime.fromisoformat(container.attrs["Created"][:19]).replace(tzinfo=UTC)
        return datetime.now(UTC) - created > _STRANGE
    try:
        with Path(container.labels[LOCK_LABEL]).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    Path(container.labels[LOCK_LABEL]).unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def _without_reaper(settings: Any) -> Iterator[None]:
    """Start ours without testcontainers' own reaper: another image, not to be had everywhere."""
    before = settings.ryuk_disabled
    settings.ryuk_disabled = True
    try:
        yield
    finally:
        settings.ryuk_disabled = before
