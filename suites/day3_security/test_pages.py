"""What keeps a browser from misusing a page; an API without pages has none of it."""

import pytest

from pytest_readiness import P1, P3, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)

TELLS_ALL = {"unsafe-url", "no-referrer-when-downgrade"}


@check("weak-content-policy", P1, change="config", refs=("HDR-02", "ASVS 3.4.3", "CWE-79"))
@pytest.mark.parametrize("kind", ["page", "error page"])
def test_pages_run_no_scripts_but_their_own(kind, typical_answers):
    """A content security policy lets pages run no scripts but those that were meant for them.

    Why: without one, a single line of HTML that a visitor got into the page is a program that acts
        as whoever reads it.
    Fix: `Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'none';
        frame-ancestors 'none'`, and inline scripts moved into files, or given a nonce. Django:
        django-csp; Express: helmet; Flask: flask-talisman.
    """
    answer = typical_answers.of(kind)
    policies = answer.policies
    if not policies:
        reported = ", only one that is reported on" if answer.reports_only else ""
        said = f"{answer.shown} has no Content-Security-Policy{reported}"
        # An error page shows what was asked for, and is seldom written by the team.
        return warn(said) if kind == "error page" else fail(said)
    assert not policies.unlimited_scripts, f"{answer.shown}: the policy says nothing of scripts"
    assert not policies.inline_scripts, (
        f"{answer.shown}: inline scripts are allowed ('unsafe-inline' without a nonce or hash)"
    )
    assert not policies.scripts_of_any_site, f"{answer.shown}: scripts of every site are allowed"
    if policies.eval:
        warn(f"{answer.shown}: the policy allows text to be run ('unsafe-eval')")
    if policies.plugins:
        warn(f"{answer.shown}: the policy lacks object-src 'none'")
    if policies.foreign_base:
        warn(f"{answer.shown}: the policy lacks base-uri 'none', which default-src does not imply")
    return None


@check("frameable-page", P1, change="config", refs=("HDR-03", "ASVS 3.4.6", "CWE-1021"))
def test_foreign_pages_cannot_frame_it(typical_answers):
    """The page says who may put it into a frame, and that is not everybody.

    Why: a foreign page lays yours, invisible, over its own buttons, and collects what the user
        clicks.
    Fix: `Content-Security-Policy: frame-ancestors 'none'` as a header, or with the origins that
        may; a `<meta>` cannot say it. For widgets that all may embed, a path of their own and a
        waiver.
    """
    answer = typical_answers.of("page")
    policies = answer.policies
    if policies.framers is None:
        seen = answer.header("X-Frame-Options")
        assert answer.frame_options, (
            f"{answer.shown} may be framed by every site: no frame-ancestors in a"
            f" Content-Security-Policy header, and {seen or 'no'} X-Frame-Options"
        )
    assert not policies.framed_by_any_site, (
        f"{answer.shown} may be framed by every site: frame-ancestors {' '.join(policies.framers)}"
    )


@check("telling-referrer", P3, change="config", refs=("HDR-05", "ASVS 3.4.5", "CWE-200"))
def test_other_sites_are_not_told_the_whole_address(typical_answers):
    """The page says what other sites are told of its address, and that is not all of it.

    Why: paths and queries hold names, searches and tokens of password resets; every site that is
        linked to reads them.
    Fix: `Referrer-Policy: strict-origin-when-cross-origin`, or `no-referrer`.
    """
    answer = typical_answers.of("page")
    told = answer.referrer_policy
    assert told not in TELLS_ALL, f"{answer.shown}: Referrer-Policy {told} tells the whole address"
    if not told:
        warn(f"{answer.shown} has no Referrer-Policy, which leaves it to the browser")
