from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from orchestrator import migrate
from orchestrator.database import connect
from orchestrator.migrations import HEAD
from orchestrator.models import Base
from sqlalchemy import inspect


def run(settings, action, revision):
    engine = connect(settings)
    with engine.begin() as connection:
        config = migrate.alembic_config()
        config.attributes["connection"] = connection
        action(config, revision)
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    return tables - {"alembic_version"}


def test_migrations_run_up_down_and_up_again(make_settings):
    settings = make_settings()
    tables = set(Base.metadata.tables)
    assert run(settings, command.upgrade, "head") == tables
    assert run(settings, command.downgrade, "-1") == tables - {"api_keys"}
    assert run(settings, command.downgrade, "base") == set()
    assert run(settings, command.upgrade, "head") == tables


def test_models_and_migrations_agree(make_settings):
    settings = make_settings()
    migrate.upgrade(settings)
    engine = connect(settings)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_being_current_is_noticed(make_settings):
    settings = make_settings()
    assert not migrate.is_current(settings)
    migrate.upgrade(settings)
    assert migrate.is_current(settings)
    migrate.upgrade(settings)


def test_head_is_the_newest_revision():
    assert ScriptDirectory.from_config(migrate.alembic_config()).get_current_head() == HEAD
