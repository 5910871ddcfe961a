"""The configuration that the running target was started with."""

from pytest_readiness import P0, P1, Domain, Phase, check, fail, not_applicable, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)

LIMITERS = ("RATE_LIMIT_ENABLED", "ENABLE_RATE_LIMIT", "ENABLE_RATE_LIMITING", "RATELIMIT_ENABLE")
OFF = {"0", "false", "no", "off"}


@check("weak-secret", P0, change="config", refs=("JWT-10", "SCR-04", "RFC 7518 3.2", "ASVS 13.3.1"))
def test_secrets_of_the_running_target_are_strong(target, secrets):
    """Every secret that the target runs with is real, long enough, and used for one thing.

    Why: with a guessed signing key anyone writes their own tokens; an HS256 key of less than 32
        bytes, or one from the example file, is guessed offline within minutes.
    Fix: generate each by itself, `openssl rand -hex 32`, and give it at deployment.
    """
    found = secrets.of(target.environment)
    if not found:
        not_applicable("the target was started without a secret in its environment")
    for secret in found:
        if secret.placeholder:
            fail(f"{secret.name} is a placeholder")
        if secret.default_in:
            fail(f"{secret.name} has the value of the example file", secret.default_in)
        if secret.signs and secret.length < 32:
            fail(f"{secret.name} has {secret.length} bytes, less than 32")
        if secret.signs and secret.shared_with:
            fail(f"{secret.name} is the same as {', '.join(secret.shared_with)}")


@check("limiter-off", P1, change="config", refs=("RAT-01", "API4:2023", "ASVS 2.4.1"))
def test_the_rate_limiter_is_on(target):
    """The rate limiter is switched on in the audited configuration.

    Why: without it one caller uses up the money that model calls cost, and a password list is
        tried as fast as the server answers.
    Fix: set the switch that is named to true, and give it a store that all replicas share.
    """
    found = [name for name in LIMITERS if name in target.environment]
    if not found:
        not_applicable("the target was started without a switch for a rate limiter")
    for name in found:
        if target.environment[name].reveal().strip().lower() in OFF:
            fail(f"{name} is off in the audited configuration")
