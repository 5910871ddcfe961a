"""Cross-origin requests: which pages may read the API's answers."""

import pytest

from pytest_readiness import P0, P1, Domain, Phase, check, suite


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
