"""Bring the database to the schema of this release, or tell that it is behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from orchestrator.database import connect
from orchestrator.migrations import HEAD
from orchestrator.settings import Settings


if TYPE_CHECKING:
    from alembic.config import Config


# Any number will do, as long as every replica uses the same one.
ADVISORY_LOCK = 7_305_001


def is_current(settings: Settings) -> bool:
    """Compare the database's revision with the newest one in this release."""
    with _connection(settings) as connection:
        return _is_current(connection)


def upgrade(settings: Settings) -> None:
    """Apply what is pending; replicas that start together wait for the first."""
    with _connection(settings) as connection:
        if _is_current(connection):
            return
        if connection.dialect.name == "postgresql":
            # The limits of a request do not fit a migration, which may wait or rewrite a table.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        from alembic import command

        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def alembic_config() -> "Config":
    from alembic.config import Config  # a fifth of the start time, so only when it is needed

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _connection(settings: Settings) -> Iterator[Connection]:
    engine = connect(settings)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _is_current(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == HEAD)
