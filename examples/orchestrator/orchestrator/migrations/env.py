"""Alembic's entry point, for ``orchestrator.migrate`` and for the ``alembic`` command."""

from alembic import context
from sqlalchemy import Connection

from orchestrator.database import connect
from orchestrator.models import Base
from orchestrator.settings import Settings


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = connect(Settings())
    with engine.begin() as opened:
        run(opened)
    engine.dispose()
