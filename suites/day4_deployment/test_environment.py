"""Environment files for production."""

from pytest_readiness import P0, Domain, Phase, check, fail, suite


pytestmark = suite(Phase.DEPLOYMENT, Domain.INFRASTRUCTURE)

ON = {"1", "true", "yes", "on"}
DEVELOPMENT_WHEN_ON = {
    "DEBUG",
    "RELOAD",
    "FLASK_DEBUG",
    "DJANGO_DEBUG",
    "USE_MOCK",
    "MOCK_MODE",
    "ENABLE_MOCK",
    "DISABLE_AUTH",
    "AUTH_DISABLED",
    "SKIP_AUTH",
}
DEVELOPMENT_WHEN_OFF = {"ENABLE_AUTH", "AUTH_ENABLED", "REQUIRE_AUTH", "VERIFY_SSL"}
DEVELOPMENT_NAMES = {"development", "dev", "local", "test", "testing"}
ENVIRONMENT_NAMES = {"ENVIRONMENT", "APP_ENV", "NODE_ENV", "FLASK_ENV", "ENV", "DJANGO_ENV"}
LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "0.0.0.0")  # noqa: S104 - looked for, not bound


@check("placeholder-secret", P0, change="config", refs=("SCR-04", "ASVS 13.2.3", "CWE-1392"))
def test_production_secrets_are_real(production_env, secrets):
    """No secret of the production environment is a placeholder or anybody's guess.

    Why: `changeme` in the file that production starts with is the secret of production, and it
        stands in every copy of the repository.
    Fix: leave the value to the deployment, `JWT_SECRET=${JWT_SECRET}`, and generate it there:
        `openssl rand -hex 32`.
    """
    for variable in production_env.variables:
        if variable.injected or not secrets.is_named(variable.name):
            continue
        if not variable.value:
            fail(f"{variable.name} is empty", variable)
        if secrets.is_placeholder(variable.value):
            fail(f"{variable.name} is a placeholder", variable)


@check("development-switch-on", P0, change="config", refs=("ENV-04", "ASVS 15.2.3", "CWE-489"))
def test_production_has_no_development_switch_on(production_env):
    """The production environment has authentication on and debugging and mocks off.

    Why: with one such line the deployed system authenticates nobody, invents its answers or shows
        its insides, and every other check of the repository still passes.
    Fix: set `ENABLE_AUTH=true`, `USE_MOCK=false`, `DEBUG=false`, `ENVIRONMENT=production`.
    """
    for variable in production_env.effective.values():
        value = (variable.value or "").strip().lower()
        name = variable.name.upper()
        if name in DEVELOPMENT_WHEN_ON and value in ON:
            fail(f"{variable.name} is on", variable)
        if name in DEVELOPMENT_WHEN_OFF and value and value not in ON and not variable.injected:
            fail(f"{variable.name} is off", variable)
        if name in ENVIRONMENT_NAMES and value in DEVELOPMENT_NAMES:
            fail(f"{variable.name} says {value}", variable)


@check("local-datastore", P0, change="config", refs=("ENV-03", "ASVS 13.2.3"))
def test_production_datastores_are_not_local(production_env, secrets):
    """The production environment names a database that is neither local nor a file.

    Why: a SQLite file or a database on localhost is lost with its container and is not shared
        by a second replica; a default password in its URL is known to everybody.
    Fix: point DATABASE_URL and REDIS_URL at the managed servers, with credentials that the
        deployment injects.
    """
    for variable in production_env.effective.values():
        value = (variable.value or "").strip()
        scheme, has_scheme, rest = value.partition("://")
        if not variable.name.upper().endswith(("_URL", "_URI", "_DSN")) or not has_scheme:
            continue
        if scheme.startswith("sqlite"):
            fail(f"{variable.name} is a SQLite file", variable)
        if scheme.partition("+")[0] not in {
            "postgres",
            "postgresql",
            "mysql",
            "redis",
            "rediss",
            "mongodb",
            "amqp",
        }:
            continue
        host = rest.rpartition("@")[2]
        if host.startswith(LOOPBACK):
            fail(f"{variable.name} names a datastore on this very machine", variable)
        password = secrets.password_in(value)
        if password and secrets.is_placeholder(password):
            fail(f"{variable.name} holds a default password", variable)
