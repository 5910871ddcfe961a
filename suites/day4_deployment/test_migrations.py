"""Database migrations, rehearsed on a scratch database."""

from pytest_readiness import P1, Domain, Phase, check, suite, warn


pytestmark = suite(Phase.DEPLOYMENT, Domain.BACKEND)


@check("broken-migrations", P1, refs=("DAT-03", "DAT-04"))
def test_migrations_run_from_empty_to_head_and_one_step_back(rehearsal):
    """Migrations run from an empty database to head, one step down, and up again.

    Why: the deployment runs them on a database that nobody can reset, and a rollback needs the
        step down that was never tried.
    Fix: run `alembic upgrade head`, `alembic downgrade -1` and `alembic upgrade head` on an empty
        PostgreSQL in CI, and mend the step that is named.
    """
    where = f"PostgreSQL {rehearsal.version} ({rehearsal.served_by})"
    for step in rehearsal.steps:
        last = step.output.strip().splitlines()[-1:] or ["no output"]
        if step.command.endswith("check"):
            if step.returncode:
                warn(f"`{step.command}` on {where}: {last[0]}")
            continue
        assert step.returncode == 0, f"`{step.command}` failed on {where}: {last[0]}"
