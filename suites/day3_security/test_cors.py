"""Cross-origin requests: which pages may read the API's answers."""

import pytest

from pytest_readiness import P0, P1, P2, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check("permissive-cors", P0, change="config", refs=("COR-01", "COR-02", "ASVS 3.4.2", "CWE-942"))
@pytest.mark.parametrize("origin", ["https://readiness.example", "null"])
def test_foreign_origins_get_no_credentialed_answers(cors, origin):
    """A foreign origin is never allowed together with credentials.

    Why: any page that a logged-in user visits can then call the API as that user and read what
        comes back.
    Fix: name the origins: `CORS_ORIGINS=https://app.example.com`; never reflect the Origin header
        and never allow `null`.
    """
    for answer in cors.ask(origin):
        assert not (answer.allowed and answer.credentials), (
            f"{answer.request} with Origin {origin} is allowed with credentials: {answer.shown}"
        )


@check("wildcard-cors", P1, change="config", refs=("COR-03", "ASVS 3.4.2", "CWE-942"))
def test_guarded_answers_are_not_for_every_page(cors):
    """Answers that need a login are not open to the pages of every origin.

    Why: with `*`, a page that got hold of a token, or runs inside the network, reads the API's
        answers from any site; it also hides the day somebody switches credentials on.
    Fix: name the origins: `CORS_ORIGINS=https://app.example.com`.
    """
    for answer in cors.ask("https://readiness.example"):
        assert not answer.allowed, f"{answer.request} is open to every origin: {answer.shown}"


@check("lookalike-cors", P1, change="config", refs=("COR-04", "ASVS 3.4.2", "CWE-942", "CWE-346"))
def test_origins_that_only_look_trusted_are_refused(cors):
    """An origin that only looks like a trusted one is refused.

    Why: `startswith`, `endswith` or a pattern with an open dot lets in a domain that anybody can
        register for a few euros, and its pages then read what your users may read.
    Fix: compare whole origins with a list: `CORS_ORIGINS=https://app.example.com`. Where a pattern
        must be (Starlette: `allow_origin_regex`), escape dots and match it to the end.
    """
    trusted = cors.trusted()
    for how, origin in cors.lookalikes(trusted).items():
        for answer in cors.ask(origin):
            if answer.named:
                fail(f"{answer.request}: {origin} {how} ({trusted} is trusted): {answer.shown}")
    below = cors.subdomain(trusted)
    if any(answer.named for answer in cors.ask(below)):
        warn(f"every sub-domain of {trusted} is trusted, as {below}: one that was given up is too")


@check("missing-vary-origin", P2, change="config", refs=("COR-05", "RFC 9110 12.5.5", "CWE-524"))
def test_caches_know_that_answers_differ_by_origin(cors):
    """An answer that names the origin that asked says `Vary: Origin`.

    Why: a cache that is not told gives the answer for one origin to another, whose page then breaks
        for as long as the cache likes, or reads what it may not.
    Fix: let the CORS middleware of the framework answer, which does it; by hand, add
        `Vary: Origin` to every answer of the path, also to those without an Origin header.
    """
    trusted = cors.trusted()
    plain, answer = cors.without_origin(), cors.ask(trusted)[0]
    if answer.kept_by_nobody or not answer.named or plain.names(trusted):
        return  # nothing to mix up: it is not kept, or always the same
    assert answer.varies, f"{answer.request} with Origin {trusted} lacks Vary: Origin"
    if not plain.varies:
        warn(f"{plain.request} lacks Vary: Origin, and a cache may keep it for {trusted} too")
