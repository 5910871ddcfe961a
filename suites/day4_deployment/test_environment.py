"""Environment files for production."""

from urllib.parse import urlsplit

from pytest_readiness import P0, Domain, Phase, check, fail, not_applicable, suite


pytestmark = suite(Phase.DEPLOYMENT, Domain.INFRASTRUCTURE)

ON = {"1", "true", "yes", "on", "y", "t", "enabled"}
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
LOOPBACK = {"localhost", "::1", "0.0.0.0", "host.docker.internal"}  # noqa: S104 - looked for
DATASTORE_SCHEMES = {
    "amqp",
    "amqps",
    "clickhouse",
    "mariadb",
    "mongodb",
    "mssql",
    "mysql",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "valkey",
}
DATASTORE_HOSTS = {
    f"{name}_HOST"
    for name in ("DB", "DATABASE", "POSTGRES", "PG", "MYSQL", "REDIS", "MONGO", "RABBITMQ")
} | {"PGHOST"}


@check("placeholder-secret", P0, change="config", refs=("SCR-04", "ASVS 13.2.3", "CWE-1392"))
def test_production_secrets_are_real(production_env, secrets):
    """No secret of the production environment is a placeholder or anybody's guess.

    Why: `changeme` in the file that production starts with is the secret of production, and it
        stands in every copy of the repository.
    Fix: leave the value to the deployment, `JWT_SECRET=${JWT_SECRET}`, and generate it there:
        `openssl rand -hex 32`.
    """
    for variable in production_env.effective.values():
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
    looked = False
    for variable in production_env.effective.values():
        name, value = variable.name.upper(), (variable.value or "").strip()
        scheme = value.partition(":")[0].partition("+")[0].lower()
        injected = variable.injected and name.startswith(("DATABASE", "REDIS", "POSTGRES", "MONGO"))
        looked = looked or injected or name in DATASTORE_HOSTS
        if name in DATASTORE_HOSTS and is_local(value):
            fail(f"{variable.name} names a datastore on this very machine", variable)
        if not name.endswith(("_URL", "_URI", "_DSN")):
            continue
        if scheme == "sqlite" or (scheme == "file" and name.startswith("DATABASE")):
            fail(f"{variable.name} is a SQLite file", variable)
        if scheme not in DATASTORE_SCHEMES:
            continue
        looked = True
        if is_local(host_of(value)):
            fail(f"{variable.name} names a datastore on this very machine", variable)
        password = secrets.password_in(value)
        if password and secrets.is_placeholder(password):
            fail(f"{variable.name} holds a default password", variable)
    if not looked:
        not_applicable("the file names no datastore")


def host_of(url):
    """Host of a URL, empty when it cannot be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_local(host):
    """Whether a host is the very machine that asks."""
    return host.lower() in LOOPBACK or host.startswith("127.")
