"""Database migrations, rehearsed on a scratch database."""

from pytest_readiness import P1, Domain, Phase, check, suite


pytestmark = suite(Phase.DEPLOYMENT, Domain.BACKEND)


@check("broken-migrations", P1, refs=("DAT-03",))
def test_migrations_run_from_empty_to_head_and_one_step_back(migrations):
    """Migrations run from an empty database to head, one step down, and up again.

    Why: the deployment runs them on a database that nobody can reset, and a rollback needs the
        step down that was never tried.
    Fix: run `alembic upgrade head`, `alembic downgrade -1` and `alembic upgrade head` on an empty
        PostgreSQL in CI, and mend the step that is named.
    """
    for command in ("upgrade head", "downgrade -1", "upgrade head"):
        step = migrations.run(command)
        assert step.returncode == 0, f"alembic {command} failed on {migrations.server}: {step.said}"
