"""A rehearsal of a project's database migrations, by its own alembic, on a scratch database.

The project's ``env.py`` decides where it connects, so it might be somebody's real database. A
guard in the started interpreter refuses every connection but the one to the scratch database,
before it is opened.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

from pytest_readiness.broker import Unavailable
from pytest_readiness.model import Reason
from pytest_readiness.probes import postgres


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.broker import Run


REHEARSAL = "pytest_readiness.probes.alembic:rehearsal"
"""Name of the fact for the broker."""

COMMANDS = (
    ("heads",),
    ("upgrade", "head"),
    ("downgrade", "-1"),
    ("upgrade", "head"),
    ("current",),
    ("check",),
)

_DRIVERS = {"psycopg": "+psycopg", "psycopg2": "", "asyncpg": "+asyncpg", "pg8000": "+pg8000"}
"""Importable module to what stands after ``postgresql`` in a URL, best first."""
_URL = re.compile(r"\bpostgres(?:ql)?(\+\w+)?://")
_TELLING = (".env", ".env.*", "alembic.ini", "docker-compose*.y*ml", "compose*.y*ml")
_PYTHONS = (".venv/bin/python", "venv/bin/python")
_LIMIT = 16 * 1024
_STILL_RUNNING = 124
_ANSWER = re.compile(r"ready|-?\d+")
_REHEARSER = """
import json, os, sys, traceback
from alembic.config import main
from sqlalchemy import event
from sqlalchemy.engine import Engine

scratch, output = json.loads(sys.argv.pop(1)), sys.argv.pop(1)

def guard(dialect, record, arguments, options):
    names = {key: str(value) for key, value in options.items()}
    name = names.get("dbname") or names.get("database")
    if names.get("port") != scratch["port"] or name != scratch["name"]:
        where = f"{dialect.name} {names.get('host', '')}:{names.get('port', '')}"
        sys.exit(f"readiness: refused to let migrations connect to {where}, database {name!r}:"
                 " it is not the scratch database in DATABASE_URL")

def run(words):
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    code = 0
    try:
        main(words, prog="alembic")
    except SystemExit as stop:
        code = stop.code or 0
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

event.listen(Engine, "do_connect", guard)
print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if not child:
        run(json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Imports alembic once, which takes longer than what it does, and forks for each command: what one
leaves in memory does not reach the next."""


@dataclass(frozen=True)
class Step:
    """One alembic command and what came of it."""

    command: str
    """``alembic upgrade head``."""
    returncode: int
    """124 when it did not end in time."""
    output: str
    """Redacted, and its end only where it is long."""
    seconds: float


@dataclass(frozen=True)
class Rehearsal:
    """What a project's migrations did to an empty PostgreSQL."""

    steps: tuple[Step, ...]
    """In order, up to the first that changes the schema and fails."""
    interpreter: str
    driver: str
    """Start of the URL that the project was given, ``postgresql+psycopg``."""
    served_by: str
    version: str


def find(repository: Path) -> tuple[Path, ...]:
    """Configurations of alembic in a repository, outside of environments and hidden folders."""
    skipped = {"node_modules", "venv", "site-packages"}
    return tuple(
        sorted(
            path
            for path in repository.rglob("alembic.ini")
            if not any(
                part in skipped or part.startswith(".")
                for part in path.relative_to(repository).parts
            )
        )
    )


def rehearsal(run: Run, config: str) -> dict[str, Any]:
    """Migrate up, down by one and up again, on a database of its own.

    Args:
        run: the run.
        config: path of ``alembic.ini`` in the repository.

    Raises:
        Unavailable: there is no PostgreSQL, or alembic is not installed where it is needed.
    """
    path = run.repository / config
    interpreter = interpreter_of(path.parent, run.repository)
    suffix = driver_of(interpreter, path.parent, run.repository)
    server = postgres.Server(**run.once(postgres.SERVER))
    with postgres.scratch(server) as url:
        address = f"postgresql{suffix}{url.removeprefix('postgresql')}"
        steps = tuple(
            Step(step.command, step.returncode, run.redact(step.output), step.seconds)
            for step in rehearse(path, interpreter, address, timeout=run.settings.check_timeout)
        )
    shown = (
        str(interpreter.relative_to(run.repository))
        if interpreter.is_relative_to(run.repository)
        else "the interpreter of the audit"
    )
    made = Rehearsal(steps, shown, f"postgresql{suffix}", server.served_by, server.version)
    return asdict(made)


def read(answer: Mapping[str, Any]) -> Rehearsal:
    """The fact's answer as an object."""
    steps = tuple(Step(**step) for step in answer["steps"])
    return Rehearsal(**{**answer, "steps": steps})


def rehearse(config: Path, interpreter: Path, url: str, *, timeout: float) -> Iterator[Step]:
    """Run the commands one after the other, each at most ``timeout`` seconds.

    The last step is the first that changes the schema and fails, or that does not end.
    """
    with Rehearser(config, interpreter, url, timeout) as rehearser:
        for command in COMMANDS:
            step = rehearser.run(command)
            yield step
            changes = command[0] in {"upgrade", "downgrade"}
            if step.returncode and (changes or step.returncode == _STILL_RUNNING):
                return


class Rehearser:
    """The project's alembic in the configuration's folder, against one database only."""

    def __init__(self, config: Path, interpreter: Path, url: str, timeout: float) -> None:
        self._config, self._interpreter, self._url = config, interpreter, url
        self._timeout = timeout
        self._cleanup = contextlib.ExitStack()

    def __enter__(self) -> Self:
        parts = urlsplit(self._url)
        scratch = {"port": str(parts.port), "name": parts.path.removeprefix("/")}
        folder = self._cleanup.enter_context(tempfile.TemporaryDirectory(prefix="readiness-"))
        self._output = Path(folder, "output")
        self._output.touch()
        self._process = self._cleanup.enter_context(
            subprocess.Popen(  # noqa: S603 - the project's own program
                [self._interpreter, "-c", _REHEARSER, json.dumps(scratch), self._output],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=self._config.parent,
                env=_environment(self._url),
                start_new_session=True,
            )
        )
        self._cleanup.callback(self._end)
        self._said = ""
        self._failed = False
        self._answer()
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    def run(self, command: tuple[str, ...]) -> Step:
        """Run one alembic command."""
        begun = time.monotonic()
        name = f"alembic {' '.join(command)}"
        if self._failed:
            return Step(name, 1, self._said[-_LIMIT:], 0.0)
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self._process.stdin.write(json.dumps(["-c", self._config.name, *command]).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._answer()
        seconds = round(time.monotonic() - begun, 3)
        output = self._output.read_text(errors="replace").strip()
        if answer is None:
            output += f"\nit had not ended after {self._timeout:g} s"
            return Step(name, _STILL_RUNNING, output[-_LIMIT:], seconds)
        if not answer:
            output += f"\nits interpreter died: {self._said}"
        return Step(name, int(answer or 1), output[-_LIMIT:], seconds)

    def _answer(self) -> str | None:
        """What the interpreter answers; nothing when it died, None when it is late."""
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - it was asked for
        if not select.select([pipe], [], [], self._timeout)[0]:
            self._end()
            self._failed, self._said = True, f"it had not begun after {self._timeout:g} s"
            return None
        line = pipe.readline().decode(errors="replace").strip()
        if not _ANSWER.fullmatch(line):
            self._failed = True
            self._end()
            self._said = f"{line}\n{pipe.read().decode(errors='replace')}".strip()
            return ""
        return line

    def _end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def interpreter_of(folder: Path, repository: Path) -> Path:
    """Python that the project's migrations run on: its own environment's, else the audit's.

    Raises:
        Unavailable: alembic is in none of them.
    """
    own = (place / python for place in (folder, repository) for python in _PYTHONS)
    for interpreter in dict.fromkeys((*own, Path(sys.executable))):
        if interpreter.is_file() and "alembic" in importable(interpreter, ("alembic",)):
            return interpreter
    message = (
        "alembic is not installed in the project's .venv nor beside pytest: pip install alembic"
    )
    raise Unavailable(message, Reason.NO_TOOL)


def driver_of(interpreter: Path, folder: Path, repository: Path) -> str:
    """What stands after ``postgresql`` in URLs that the project understands, maybe nothing.

    What the project writes itself counts first: its code may be made for that form only.

    Raises:
        Unavailable: none of the known drivers is installed.
    """
    installed = importable(interpreter, tuple(_DRIVERS))
    if not installed:
        message = f"the project has no PostgreSQL driver (one of {', '.join(_DRIVERS)})"
        raise Unavailable(message, Reason.NO_TOOL)
    written = _written(folder, repository)
    if written is not None and written in {_DRIVERS[name] for name in installed} | {""}:
        return written
    return next(suffix for name, suffix in _DRIVERS.items() if name in installed)


def importable(interpreter: Path, modules: tuple[str, ...]) -> set[str]:
    """Which of the modules an interpreter can find; none are imported."""
    code = (
        "import sys; from importlib.util import find_spec; print(*filter(find_spec, sys.argv[1:]))"
    )
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter
            [interpreter, "-I", "-c", code, *modules],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return set()
    return set(done.stdout.split())


def _written(folder: Path, repository: Path) -> str | None:
    """Driver in the first PostgreSQL URL of the project's environment files."""
    for place in dict.fromkeys((folder, repository)):
        for pattern in _TELLING:
            for path in sorted(place.glob(pattern)):
                found = _URL.search(path.read_text(errors="replace")) if path.is_file() else None
                if found:
                    return found[1] or ""
    return None


def _environment(url: str) -> dict[str, str]:
    """Ours, with the scratch database under every name that is usual for one."""
    parts = urlsplit(url)
    values = {
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "USER": parts.username or "",
        "PASSWORD": unquote(parts.password or ""),
        "DB": parts.path.removeprefix("/"),
    }
    usual = {f"POSTGRES_{name}": value for name, value in values.items()}
    library = {f"PG{name}": value for name, value in values.items() if name != "DB"}
    return {
        **os.environ,
        **usual,
        **library,
        "POSTGRES_SERVER": values["HOST"],
        "PGDATABASE": values["DB"],
        "DATABASE_URL": url,
    }
