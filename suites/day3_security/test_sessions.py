"""Sessions: where tokens are taken, how long they live, and what other sites can do with them."""

import pytest

from pytest_readiness import P1, P2, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "token-in-query",
    P1,
    effect="intrusive",
    refs=("AUT-15", "ASVS 14.2.1", "RFC 9700 4.3.2", "CWE-598"),
)
def test_tokens_are_not_taken_from_the_query(query_tokens):
    """Tokens are not accepted in the query of an address.

    Why: addresses stand in the logs of every server and proxy on the way, in the history of the
        browser and in the Referer of the next page; whoever reads one of them is logged in.
    Fix: take tokens from the Authorization header or a cookie alone. Flask-JWT-Extended:
        `JWT_TOKEN_LOCATION = ["headers"]`; passport-jwt:
        `ExtractJwt.fromAuthHeaderAsBearerToken()`; Spring: no `setAllowUriQueryParameter(true)`.
    """
    assert not query_tokens.by_design, (
        f"the token of {query_tokens.operation} travels in the parameter {query_tokens.by_design}"
        " of the query"
    )
    names = [one.name for one in query_tokens.accepted]
    assert not names, (
        f"{query_tokens.operation} takes the token also from the query, as {', '.join(names)}:"
        f" {query_tokens.accepted[0].answer.summary}"
    )


@check(
    "session-fixation",
    P1,
    effect="intrusive",
    refs=("AUT-13", "ASVS 7.2.4", "CWE-384"),
)
def test_a_login_begins_a_new_session(fixations):
    """A session cookie from before a login is worth nothing after it.

    Why: whoever can plant a cookie in somebody's browser, from a neighbouring sub-domain or a
        shared machine, waits until its owner logs in, and is logged in with the same cookie.
    Fix: begin a new session when somebody logs in. Django does; Express: `req.session.regenerate`;
        Flask with server-side sessions: `session.clear()` and a new id; PHP:
        `session_regenerate_id(true)`, with `session.use_strict_mode=1`.
    """
    for one in fixations:
        assert not one.accepted, (
            f"cookie {', '.join(one.names)}, {one.origin}, is logged in after the login:"
            f" {one.login.summary}"
        )


@check(
    "cross-site-request-forgery",
    P1,
    effect="intrusive",
    refs=("AUT-14", "ASVS 3.5.1", "ASVS 3.5.2", "CWE-352"),
)
def test_pages_of_others_change_nothing(forgeries):
    """A page of another site cannot have a logged-in browser change anything.

    Why: browsers add cookies by themselves; a form on any page that its victim opens is sent in
        the victim's name.
    Fix: check that `Sec-Fetch-Site` or `Origin` is your own on everything that changes something,
        or ask for an anti-forgery token (Django's CsrfViewMiddleware, Flask-WTF's CSRFProtect,
        Spring's default), and accept no other content type than `application/json` in an API.
    """
    if not forgeries.succeeded:
        return
    first = forgeries.succeeded[0]
    seen = (
        f"{first.operation}, one of {forgeries.declared} that can be read back, with content type"
        f" {first.kind}, a foreign Origin and no anti-forgery token changed what the session's"
        f" owner has: {first.answer.summary}"
    )
    if forgeries.same_site in {"lax", "strict"}:
        warn(f"{seen}; SameSite={forgeries.same_site} of its cookie alone keeps browsers from it")
    else:
        fail(f"{seen}; its cookie has {forgeries.shown_same_site}")


@check(
    "long-lived-token",
    P2,
    change="config",
    refs=("JWT-11", "ASVS 7.3.2", "ASVS 10.4.8", "RFC 7519 4.1.4", "CWE-613"),
)
@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_tokens_expire(kind, lifetime_of):
    """Tokens expire, and within the time that is allowed for their kind.

    Why: a token cannot be called back as a password can; a stolen one works until it ends.
    Fix: give access tokens minutes (`exp` 15 minutes after `iat`) and refresh tokens days; what
        you allow stands as `auth: {access_lifetime: ..., refresh_lifetime: ...}`, in seconds, in
        readiness.yaml: a day and thirty days when nothing is said.
    """
    found = lifetime_of(kind)
    assert found.seconds is not None, f"{kind} tokens carry no exp: they never expire"
    assert found.seconds <= found.allowed, (
        f"{kind} tokens live for {found.told}, longer than the {found.allowed_told} allowed"
    )
