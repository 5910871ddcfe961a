"""The way of a new user through the system."""

from pytest_readiness import P0, P1, Domain, Phase, check, not_applicable, suite


pytestmark = suite(Phase.FUNCTIONALITY, Domain.BACKEND)


@check("broken-login-journey", P0, effect="intrusive", refs=("FUN-08", "API2:2023"))
def test_new_users_can_register_and_log_in(walk):
    """A new user can register, log in, and is then served what a stranger is not.

    Why: when this breaks, nobody new gets in, and it breaks exactly when authentication is
        switched on for production.
    Fix: follow the step that is named with its request and answer; look at the log line with the
        same request id.
    """
    registered = walk.register()
    assert registered.status < 400, f"registering answers {registered.summary}"
    logged_in = walk.login()
    assert logged_in.status < 400, f"logging in right after it answers {logged_in.summary}"
    assert walk.token, f"logging in gives no token: {logged_in.summary}"
    served = walk.visit(token=walk.token)
    assert served.status < 400, f"the fresh token gets {served.summary}"


@check("immortal-session", P1, effect="intrusive", refs=("AUT-12", "ASVS 7.4.1", "CWE-613"))
def test_logging_out_ends_the_session(walk):
    """After logging out, the token is no longer accepted.

    Why: a user who logs out on a shared computer, or because a token was stolen, believes that
        it is over.
    Fix: keep a list of revoked token ids until they expire, or a session id in the token that
        logging out deletes.
    """
    if walk.journey.logout is None:
        not_applicable("the API has no operation to log out")
    walk.register()
    walk.login()
    before = walk.visit(token=walk.token)
    stranger = walk.visit(token=None)
    assert before.status < 400, f"the fresh token gets {before.summary}"
    out = walk.logout()
    assert out.status < 400, f"logging out answers {out.summary}"
    after = walk.visit(token=walk.token)
    same_as_before = (after.status, after.body) == (before.status, before.body)
    open_to_all = (stranger.status, stranger.body) == (before.status, before.body)
    assert open_to_all or not same_as_before, f"after logging out the token gets {after.summary}"
