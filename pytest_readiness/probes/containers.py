"""Containers and images of our own: made through testcontainers, and none left behind.

A container lives in its engine and outlasts a SIGKILL of whoever started it. Each of ours
carries a label that names a locked file of its run. The kernel drops the lock when the run ends,
so the next run can tell and removes what it finds. Images that were built, networks and volumes
carry it too.
"""

from __future__ import annotations

import contextlib
import fcntl
import re
import socket
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pytest_readiness.probes.process import NotStarted, ending


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


LOCK_LABEL = "pytest-readiness.lock"
HOST_LABEL = "pytest-readiness.host"

_LOOPBACK = "127.0.0.1"
_STRANGE = timedelta(days=1)
"""After this time a container of another host's run is taken for forgotten."""
_TAIL = 2000
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_BUILD_SILENCE = 900
"""Seconds that a step of a build may say nothing."""


@dataclass(frozen=True)
class Image:
    """An image that is here, and what it says of itself."""

    name: str
    ports: tuple[int, ...]
    """TCP ports that it exposes."""
    digest: str = ""
    """``sha256:...``: of its manifest where a registry knows it, else the engine's id of it."""


@dataclass(frozen=True)
class Container:
    """A running container with one published port."""

    host: str
    port: int
    _handle: Any

    @property
    def environment(self) -> dict[str, str]:
        """All variables of its main process: the image's own and those it was given."""
        return variables(self._handle)

    def runs(self) -> bool:
        """Whether it runs, or soon will."""
        self._handle.reload()
        return self._handle.status in {"created", "restarting", "running"}

    def follow(self, output: Path, ended: Callable[[str], None]) -> None:
        """Copy its output to a file while it runs, and tell how it ended when it does.

        Both are done in a thread. A policy of restarting it is taken back, so that its end is
        one.
        """
        from docker.errors import DockerException

        with contextlib.suppress(DockerException):
            self._handle.update(restart_policy={"Name": "no"})
        output.touch(mode=0o600)
        arguments = (self._handle.id, output, ended)
        threading.Thread(target=_copy_output, args=arguments, daemon=True).start()

    def wait_until(self, ready: Callable[[], bool], *, seconds: float) -> None:
        """Return when ``ready`` says so.

        Raises:
            NotStarted: the container ended, or time is up; the message ends with its output.
        """
        until = time.monotonic() + seconds
        while not ready():
            if not self.runs():
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


def is_local() -> bool:
    """Whether the engine runs its containers on this machine."""
    from testcontainers.core.docker_client import DockerClient

    client = DockerClient()
    with contextlib.closing(client.client):
        return bool(client.host() == "localhost")


def find(image: str) -> Image:
    """Look at an image, and pull it when it is not here.

    Raises:
        NotStarted: the engine has no such image and cannot get it.
    """
    from docker.errors import DockerException, ImageNotFound

    try:
        with _client() as client:
            try:
                found = client.images.get(image)
            except ImageNotFound:
                found = client.images.pull(image)
            exposed = (found.attrs["Config"] or {}).get("ExposedPorts") or {}
    except (DockerException, OSError) as error:
        raise NotStarted(f"image {image}: {error}") from error
    tcp = (port.partition("/") for port in exposed)
    ports = tuple(sorted(int(port) for port, _, kind in tcp if kind in {"", "tcp"}))
    return Image(image, ports, _digest(image, found))


def build(
    context: Path, dockerfile: Path, arguments: Mapping[str, str], labels: Mapping[str, str]
) -> Image:
    """Build an image; :func:`remove` with its labels takes it away, and its cache stays.

    Args:
        context: folder that is sent to the engine.
        dockerfile: what to build.
        arguments: its build arguments.
        labels: of :func:`claim`.

    Raises:
        NotStarted: it could not be built; the message ends with what the build said.
    """
    from docker.errors import BuildError, DockerException
    from testcontainers.core.image import DockerImage

    image = DockerImage(
        context,
        docker_client_kw={"timeout": _BUILD_SILENCE},
        dockerfile_path=str(dockerfile),
        clean_up=False,
        buildargs=dict(arguments),
        labels=dict(labels),
        forcerm=True,
    )
    try:
        with image:
            name = str(image.get_wrapped_image().id)
    except BuildError as error:
        said = "".join(str(entry.get("stream", "")) for entry in error.build_log)
        said = plain(said)[-_TAIL:].strip()
        said = f"; its last output:\n{said}" if said else ""
        raise NotStarted(f"the image could not be built: {error.msg}{said}") from error
    except (DockerException, OSError, TypeError) as error:
        raise NotStarted(f"the image could not be built: {error}") from error
    return find(name)


@contextlib.contextmanager
def running(
    image: str,
    port: int,
    environment: Mapping[str, str],
    *,
    command: Sequence[str] | None = None,
    memory: str = "",
    labels: Mapping[str, str] | None = None,
) -> Iterator[Container]:
    """Run an image until the end of the block, reachable from this machine only if it is local.

    Args:
        image: its name.
        port: the port to publish.
        environment: variables for it.
        command: what it runs, instead of the image's own.
        memory: folder in it whose files never reach a disk.
        labels: of the :func:`claim` that it belongs to; it gets one of its own without.

    Raises:
        NotStarted: the engine refused, or has no such image and cannot get it.
    """
    from docker.errors import DockerException
    from testcontainers.core.config import testcontainers_config
    from testcontainers.core.container import DockerContainer

    with contextlib.ExitStack() as stack:
        claimed = dict(labels or stack.enter_context(claim()))
        try:
            container = DockerContainer(image).with_envs(**environment).with_kwargs(labels=claimed)
            if command:
                container.with_command(list(command))
            if memory:
                container.with_tmpfs_mount(memory, "mode=1777")
            local = container.get_docker_client().host() == "localhost"
            published: Any = (_LOOPBACK,) if local else None
            container.ports[f"{port}/tcp"] = published
            stack.callback(_stop, container)
            with _without_reaper(testcontainers_config):
                container.start()
        except (DockerException, OSError) as error:
            raise NotStarted(f"image {image}: {error}") from error
        handle = container.get_wrapped_container()
        try:
            reached = int(container.get_exposed_port(port))
            host = _LOOPBACK if local else container.get_container_host_ip()
        except (DockerException, OSError) as error:
            raise NotStarted(f"image {image}: {error}: {_said(handle)}") from error
        yield Container(host, reached, handle)


def of_service(labels: Mapping[str, str], service: str, port: int) -> Container:
    """The container of a compose service, with its published port.

    Raises:
        NotStarted: there is none, or it does not run.
    """
    for handle in handles(labels):
        if handle.labels.get("com.docker.compose.service") == service:
            published = handle.ports.get(f"{port}/tcp")
            if not published:
                raise NotStarted(f"service {service} {handle.status}: {_said(handle)}")
            return Container(_LOOPBACK, int(published[0]["HostPort"]), handle)
    raise NotStarted(f"service {service} has no container")


def images(labels: Mapping[str, str]) -> dict[str, str]:
    """Digest of the image of each container of a claim.

    They go by the name that was asked for; one that was built for the run, whose name nobody
    chose, by its service.
    """
    from docker.errors import DockerException

    found: dict[str, str] = {}
    for handle in handles(labels):
        name = str(handle.attrs["Config"]["Image"])
        project = handle.labels.get("com.docker.compose.project", "")
        if project and name.startswith((project, "sha256:")):
            name = str(handle.labels["com.docker.compose.service"])
        with contextlib.suppress(DockerException):  # the image may be gone while it runs
            found[name] = _digest(name, handle.image)
    return found


def _digest(name: str, image: Any) -> str:
    known = image.attrs.get("RepoDigests") or ()
    return digest_of(name, known) or str(image.id)


def digest_of(name: str, known: Sequence[str]) -> str:
    """Digest of an image in the registry from which it was asked for, else in another one.

    Args:
        name: ``registry.example.com/shop/api:1``.
        known: digests by repository, ``shop/api@sha256:...``.

    Returns:
        ``sha256:...``; empty when no registry knows the image.
    """
    plain = re.sub(r":[^/:]+$", "", name.partition("@")[0])
    pairs = [entry.partition("@") for entry in known]
    ours = [digest for repository, _, digest in pairs if repository == plain]
    return next(iter(ours or [digest for _, _, digest in pairs]), "")


def handles(labels: Mapping[str, str]) -> list[Any]:
    """All containers of a claim."""
    with _client() as client:
        found: list[Any] = client.containers.list(
            all=True, ignore_removed=True, filters=_of(labels)
        )
        return found


def last_words(labels: Mapping[str, str]) -> str:
    """What the containers of a claim said that have failed or are not well."""
    said = []
    for handle in handles(labels):
        state = handle.attrs["State"]
        unwell = (state.get("Health") or {}).get("Status") == "unhealthy"
        if unwell or state.get("ExitCode") or handle.attrs.get("RestartCount"):
            name = handle.labels.get("com.docker.compose.service", handle.name)
            said.append(f"\n{name}, last output:\n{_said(handle)}")
    return "".join(said)


def variables(handle: Any) -> dict[str, str]:
    """All variables of a container."""
    written = (entry.partition("=") for entry in handle.attrs["Config"]["Env"] or ())
    return {name: value for name, _, value in written}


def neighbour(port: int) -> tuple[str, int] | None:
    """Address by which containers reach what one of ours publishes at a port of this machine."""
    with _client() as client:
        for container in client.containers.list(ignore_removed=True, filters={"label": LOCK_LABEL}):
            for inside, published in container.ports.items():
                if any(int(each["HostPort"]) == port for each in published or ()):
                    networks = container.attrs["NetworkSettings"]["Networks"].values()
                    address = next(str(each["IPAddress"]) for each in networks)
                    return address, int(inside.partition("/")[0])
    return None


def remove(labels: Mapping[str, str]) -> None:
    """Remove everything of a claim at once: containers, networks, volumes, images."""
    from docker.errors import DockerException

    with contextlib.suppress(DockerException, OSError), _client() as client:
        for made in _made(client, _of(labels)):
            _discard(client, made)


def sweep() -> None:
    """Remove what runs have left that ended without doing so."""
    from docker.errors import DockerException

    with _client() as client, contextlib.suppress(DockerException):
        forgotten = [made for made in _made(client, {"label": LOCK_LABEL}) if _is_forgotten(made)]
        for made in forgotten:
            _discard(client, made)
        for lock in {_labels(made)[LOCK_LABEL] for made in forgotten}:
            Path(lock).unlink(missing_ok=True)


def _of(labels: Mapping[str, str]) -> dict[str, str]:
    return {"label": f"{LOCK_LABEL}={labels[LOCK_LABEL]}"}


def _stop(container: Any) -> None:
    from docker.errors import NotFound

    try:
        with contextlib.suppress(NotFound):  # somebody has removed it
            container.stop()
    finally:
        container.get_docker_client().client.close()


def _made(client: Any, filters: Mapping[str, str]) -> list[Any]:
    """What the engine has under a label, in the order in which it can be removed."""
    return [
        *client.containers.list(all=True, ignore_removed=True, filters=filters),
        *client.networks.list(filters=filters),
        *client.volumes.list(filters=filters),
        *_images(client, filters),
    ]


def _images(client: Any, filters: Mapping[str, str]) -> Iterator[Any]:
    from docker.errors import ImageNotFound

    for found in client.api.images(filters=filters):
        with contextlib.suppress(ImageNotFound):  # removed since it was listed
            yield client.images.get(found["Id"])


def _discard(client: Any, made: Any) -> None:
    from docker.errors import DockerException

    with contextlib.suppress(DockerException):  # another run was quicker
        match type(made).__name__:
            case "Container":
                made.remove(force=True, v=True)
            case "Image":
                client.images.remove(made.id, force=True, noprune=True)
            case _:
                made.remove()


def _copy_output(container: str, output: Path, ended: Callable[[str], None]) -> None:
    from docker.errors import DockerException

    with contextlib.suppress(DockerException, OSError), _client(timeout=None) as client:
        handle = client.containers.get(container)
        with output.open("ab", buffering=0) as file:
            for chunk in handle.logs(stream=True, follow=True):
                file.write(chunk)
        code = handle.wait()["StatusCode"]
        handle.reload()
        ended(_end_of(handle, code))


def _end_of(handle: Any, code: int) -> str:
    if handle.attrs["State"].get("OOMKilled"):
        return f"it ran out of memory; its last output:\n{_said(handle)}"
    by_signal = 128 < code < 160  # noqa: PLR2004 - as shells and engines tell of signals
    told = ending(128 - code if by_signal else code)
    return f"it ended with {told}; its last output:\n{_said(handle)}"


def plain(text: str) -> str:
    """Text of a terminal without its colours."""
    return _COLOUR.sub("", text)


def _said(handle: Any) -> str:
    """The end of a container's output."""
    text = plain(handle.logs(tail=20).decode(errors="replace"))
    return text[-_TAIL:].strip() or "it printed nothing"


@contextlib.contextmanager
def _client(**options: Any) -> Iterator[Any]:
    from testcontainers.core.docker_client import DockerClient

    with contextlib.closing(DockerClient(**options).client) as client:
        yield client


@contextlib.contextmanager
def claim() -> Iterator[dict[str, str]]:
    """Labels of what belongs to a run that is alive as long as the block."""
    with tempfile.NamedTemporaryFile(prefix="readiness-lock-") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield {LOCK_LABEL: file.name, HOST_LABEL: socket.gethostname()}


def _labels(made: Any) -> dict[str, str]:
    if hasattr(made, "labels"):
        return dict(made.labels)
    return dict(made.attrs.get("Labels") or {})


def _is_forgotten(made: Any) -> bool:
    labels = _labels(made)
    if labels.get(HOST_LABEL) != socket.gethostname():
        written = made.attrs.get("Created") or made.attrs.get("CreatedAt") or ""
        created = datetime.fromisoformat(written[:19]).replace(tzinfo=UTC)
        return datetime.now(UTC) - created > _STRANGE
    try:
        with Path(labels[LOCK_LABEL]).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except OSError:
        return False
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
