"""Secrets where they do not belong: in files, in their history, in scripts, in logs."""

from pytest_readiness import (
    P0,
    P1,
    P3,
    Domain,
    Phase,
    Reason,
    check,
    fail,
    suite,
    unverified,
    warn,
)


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check("committed-secret", P0, change="code", refs=("SCR-01", "ASVS 13.3.1", "CWE-798", "CWE-540"))
def test_no_secret_stands_in_a_file(committed_credentials):
    """No file of the repository holds a secret.

    Why: everybody with the repository has it: former colleagues, CI systems, every laptop and
        backup; and it is the same for all environments.
    Fix: replace the secret where it is valid, then take it out of the file and read it from the
        environment or a mounted file: `os.environ["STRIPE_KEY"]`. Encrypted files (sops, Ansible
        Vault) may stay. To accept one, pin a waiver to it.
    """
    searched = committed_credentials
    for one in searched.doubtful:
        warn(one.said, one)
    for gap in searched.gaps:
        warn(gap)
    if searched.certain:
        first = searched.certain[0]
        fail(f"{first.said}{searched.others}; replace each, then take it out", first)


@check(
    "secret-in-history",
    P1,
    change="process",
    refs=("SCR-02", "ASVS 13.3.1", "OSPS-BR-07.01", "CWE-540"),
)
def test_no_secret_stands_in_the_history(past_credentials):
    """No commit has ever brought a secret.

    Why: what a later commit removes is still in every clone, and scanners of public repositories
        read the history first.
    Fix: replace the secret where it is valid; nothing else helps for certain. Then accept the
        finding with a waiver, or rewrite the history with `git filter-repo` and clone anew.
    """
    past = past_credentials
    covered = f"{past.seen} of {past.commits} commits were looked at"
    for one in past.found.doubtful:
        warn(f"{one}")
    if past.found.certain:
        fail(f"{past.found.certain[0]}{past.found.others}; replace each ({covered})")
    if past.shallow:
        unverified(
            f"the clone is shallow: {covered}, and it lacks those before; fetch them all"
            " (`git fetch --unshallow`; GitHub: `fetch-depth: 0`)",
            Reason.BLOCKED,
        )
    if past.seen < past.commits:
        warn(f"{covered}, the newest; the others were too many or too large")


@check(
    "secret-in-served-script",
    P0,
    change="code",
    refs=("SCR-03", "ASVS 13.3.1", "CWE-798", "CWE-200"),
)
def test_no_script_holds_a_secret(served_scripts):
    """No script or source map that browsers are given holds a secret.

    Why: whoever opens the page can read it; bots collect such keys and use them within minutes.
    Fix: replace the secret, and let your server make the request that needs it. Keys made for
        browsers (Stripe's `pk_`, Firebase, a Sentry DSN) may stay; names that build tools copy into
        bundles (`VITE_`, `NEXT_PUBLIC_`, `REACT_APP_`) are for these alone.
    """
    found = served_scripts.found
    for one in found.doubtful:
        warn(f"{one}")
    if found.certain:
        fail(f"{found.certain[0]}{found.others}; replace each: everybody can read it")


@check(
    "leaked-canary",
    P0,
    effect="intrusive",
    refs=("SCR-05", "ASVS 16.2.5", "CWE-532", "CWE-200", "LLM02:2025"),
)
def test_no_canary_comes_out(canaries):
    """Credentials and words of users come out neither in logs nor in answers to others.

    Why: logs are copied to more places, and read by more people, than any database; a password or
        token in one opens the account to all of them.
    Fix: log named fields, never whole requests, headers or bodies; mask `Authorization`, `Cookie`
        and passwords in one filter of the logger: `logging.Filter`, structlog's processors, pino's
        `redact`. Never make a label of a metric of what a user sent.
    """
    if not canaries.sent:
        unverified(f"no canary could be sent: {'; '.join(canaries.refused)}", Reason.BLOCKED)
    certain = [leak for leak in canaries.leaks if leak.certain]
    for leak in canaries.leaks:
        if not leak.certain:
            warn(f"{leak}; if that is meant, say who may read the log and when it is deleted")
    if certain:
        fail("; ".join(map(str, certain)))
    if canaries.silent:
        warn(canaries.silent)
    if canaries.unread:
        unverified(f"no answer to others held a canary; {canaries.unread}", Reason.NOT_OFFERED)


@check(
    "personal-data-in-token",
    P3,
    change="code",
    refs=("JWT-13", "ASVS 14.2.6", "RFC 7519 12", "CWE-359"),
)
def test_tokens_say_no_more_than_needed(tokens):
    """Access tokens say nothing of who somebody is beyond an identifier.

    Why: a JSON web token is signed, not encrypted: proxies, logs, browser extensions and every
        service behind the API read what stands in it, for as long as copies exist.
    Fix: keep `sub` and what is needed to decide (roles, scopes), and have services ask for the
        rest: Keycloak: take the `profile` and `email` scopes from the client; Auth0: no custom
        claims in access tokens.
    """
    for claim in tokens.personal_claims:
        warn(f"the token holds {claim}, which whoever sees it can read")
