"""Headers of answers, judged by what kind of answer it is."""

import pytest

from pytest_readiness import P2, P3, Domain, Phase, check, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)

TELLTALE = ("Server", "X-Powered-By", "X-AspNet-Version", "X-Runtime", "X-Generator")


@check(
    "missing-security-headers",
    P2,
    change="config",
    refs=("HDR-02", "HDR-03", "HDR-04", "ASVS 3.4.3", "ASVS 3.4.4", "CWE-693"),
)
@pytest.mark.parametrize("kind", ["api", "page", "error"])
def test_answers_carry_their_security_headers(kind, typical_answers):
    """Every kind of answer carries the headers that keep a browser from misusing it.

    Why: without `nosniff` an upload or an error text runs as a script; without a content security
        policy one injected line of HTML is a program; without `frame-ancestors` a foreign page
        collects the user's clicks.
    Fix: set them in one middleware, on errors too: `X-Content-Type-Options: nosniff` everywhere;
        on pages a Content-Security-Policy without 'unsafe-inline' and with `frame-ancestors`.
    """
    answer = typical_answers.of(kind)
    assert answer.header("X-Content-Type-Options").lower() == "nosniff", (
        f"{answer.shown} lacks X-Content-Type-Options: nosniff"
    )
    if kind != "page":
        return
    policy = answer.policy
    assert policy, f"{answer.shown} has no Content-Security-Policy"
    scripts = policy.get("script-src", policy.get("default-src", []))
    assert scripts, f"{answer.shown}: the policy says nothing about scripts"
    assert "*" not in scripts, f"{answer.shown}: the policy allows scripts of every site"
    if "'unsafe-inline'" in scripts:
        warn(f"{answer.shown}: the policy allows inline scripts")
    assert "frame-ancestors" in policy or answer.header("X-Frame-Options"), (
        f"{answer.shown} may be framed by every site"
    )


@check("version-disclosure", P3, change="config", refs=("HDR-08", "ASVS 13.4.6", "CWE-200"))
def test_answers_name_no_version(typical_answers):
    """No header names the version of the server or framework.

    Why: when a flaw of that version becomes known, the hosts to attack are one search away.
    Fix: switch the header off (`uvicorn --no-server-header`, `server_tokens off`,
        `app.disable("x-powered-by")`).
    """
    answer = typical_answers.of("api")
    for name in TELLTALE:
        value = answer.header(name)
        assert not any(letter.isdigit() for letter in value), f"{answer.shown} has {name}: {value}"
