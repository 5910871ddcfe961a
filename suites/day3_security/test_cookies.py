"""Cookies that keep somebody logged in."""

import pytest

from pytest_readiness import P1, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "insecure-session-cookie",
    P1,
    change="config",
    refs=("HDR-09", "ASVS 3.3.1", "ASVS 3.3.2", "ASVS 3.3.4", "CWE-614", "CWE-1004", "CWE-1275"),
)
@pytest.mark.parametrize("place", ["page", "login"])
def test_session_cookies_are_out_of_reach(place, session_cookies):
    """Session cookies are sent over https alone, hidden from scripts, and kept from other sites.

    Why: whoever reads the cookie is logged in as its owner: a script slipped into the page, or a
        listener in the same network.
    Fix: `Set-Cookie: ...; Secure; HttpOnly; SameSite=Lax`. Django: `SESSION_COOKIE_SECURE`; Flask:
        `SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax"`; Express: `cookie: {secure:
        true, httpOnly: true, sameSite: "lax"}`.
    """
    for one in session_cookies.of(place):
        missing = [] if one.secure else ["Secure"]
        missing += [] if one.cookie.http_only else ["HttpOnly"]
        if missing:
            fail(f"{one.shown} lacks {' and '.join(missing)}")
        if one.cookie.same_site == "none":
            warn(f"{one.shown} has SameSite=None: other sites' requests carry it")
        elif not one.cookie.same_site:
            warn(f"{one.shown} lacks SameSite, which some browsers take for None")
