"""Bring the database to the schema of this release, or tell that it is behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from orchestrator.database import connect
from orchestrator.settings import Settings


# Any number will do, as long as every replica uses the same one.
ADVISORY_LOCK = 7_305_001


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def is_current(settings: Settings) -> bool:
    """Compare the database's revision with the newest one in this release."""
    with _connection(settings) as connection:
        return _is_current(connection)


def upgrade(settings: Settings, revision: str = "head") -> None:
    """Apply what is pending; replicas that start together wait for the first."""
    with _connection(settings) as connection:
        if _is_current(connection):
            return
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@contextmanager
def _connection(settings: Settings) -> Iterator[Connection]:
    engine = connect(settings)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _is_current(connection: Connection) -> bool:
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
