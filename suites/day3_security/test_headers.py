"""Headers of answers, judged by what kind of answer it is."""

import pytest

from pytest_readiness import P1, P2, P3, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)

DAY, HALF_A_YEAR, A_YEAR = 86_400, 182, 365
TELLTALE = ("Server", "X-Powered-By", "X-AspNet-Version", "X-Runtime", "X-Generator")


@check("missing-nosniff", P2, change="config", refs=("HDR-04", "ASVS 3.4.4", "CWE-693"))
@pytest.mark.parametrize("kind", ["api", "page", "error"])
def test_answers_forbid_sniffing(kind, typical_answers):
    """Every kind of answer has `X-Content-Type-Options: nosniff`.

    Why: without it a browser guesses what an answer is, and an upload or the text of an error runs
        as a script.
    Fix: set it in one middleware that errors pass through too. Express: `app.use(helmet())`;
        Django: `SECURE_CONTENT_TYPE_NOSNIFF`; nginx: `add_header ... always`.
    """
    answer = typical_answers.of(kind)
    value = answer.header("X-Content-Type-Options")
    assert value.lower() == "nosniff", (
        f"{answer.shown} lacks X-Content-Type-Options: nosniff; it has {value or 'none'}"
    )


@check("missing-hsts", P1, change="config", refs=("HDR-01", "ASVS 3.4.1", "RFC 6797", "CWE-319"))
@pytest.mark.parametrize("kind", ["api", "page"])
@pytest.mark.usefixtures("over_tls")
def test_browsers_are_told_to_stay_with_https(kind, typical_answers):
    """Answers over https tell browsers to use nothing else, for a year and for sub-domains too.

    Why: the first request to `http://` goes over the network in the clear, and whoever stands in
        between answers it instead of you, cookies included.
    Fix: `Strict-Transport-Security: max-age=31536000; includeSubDomains` where TLS ends (nginx:
        `add_header ... always`), or in the application (Django: `SECURE_HSTS_SECONDS`).
    """
    answer = typical_answers.of(kind)
    value, policy = answer.header("Strict-Transport-Security"), answer.hsts
    if not value:
        fail(f"{answer.shown} has no Strict-Transport-Security")
    if policy is None:
        fail(f"{answer.shown}: browsers ignore `{value}` (RFC 6797 6.1)")
    days = policy.seconds // DAY
    assert days >= HALF_A_YEAR, f"{answer.shown}: {days} days are less than half a year: `{value}`"
    if days < A_YEAR:
        warn(f"{answer.shown}: {days} days are less than a year: `{value}`")
    if not policy.subdomains:
        warn(f"{answer.shown}: sub-domains are left out: `{value}`")


@check(
    "cacheable-personal-answer",
    P2,
    change="code",
    refs=("HDR-10", "ASVS 14.3.2", "RFC 9111 3.5", "CWE-525"),
)
@pytest.mark.parametrize("kind", ["protected", "login"])
def test_personal_answers_are_not_kept(kind, personal_answers):
    """What is for one user alone is kept by no cache: `Cache-Control: no-store`.

    Why: a cache in between gives one user's data to the next, and a shared computer keeps them on
        its disk after logging out.
    Fix: set `Cache-Control: no-store` wherever a user is known. Django: `@never_cache`; Spring
        Security does it by itself; FastAPI: `response.headers["Cache-Control"] = "no-store"`.
    """
    answer = personal_answers.of(kind)
    caching = answer.caching
    told = f"`Cache-Control: {caching.shown}`" if caching.shown else "no Cache-Control"
    if caching.shared:
        fail(f"{answer.shown} may be kept by caches on the way: {told}")
    if caching.kept_by_nobody or kind == "login":
        return  # nothing keeps the answer to a POST unless it is told to
    if caching.silent and not personal_answers.by_header:
        fail(f"{answer.shown} has {told}: a cache decides for itself how long to keep it")
    warn(f"{answer.shown} has {told}: a browser may keep it on its disk; add no-store")


@check("version-disclosure", P3, change="config", refs=("HDR-08", "ASVS 13.4.6", "CWE-200"))
def test_answers_name_no_version(typical_answers):
    """No header names the version of the server or framework.

    Why: when a flaw of that version becomes known, the hosts to attack are one search away.
    Fix: switch the header off (`uvicorn --no-server-header`, `server_tokens off`,
        `app.disable("x-powered-by")`).
    """
    answer = typical_answers.of("any")
    for name in TELLTALE:
        value = answer.header(name)
        assert not any(letter.isdigit() for letter in value), f"{answer.shown} has {name}: {value}"
