"""The page that people see."""

from pytest_readiness import P1, Domain, Phase, check, suite


pytestmark = suite(Phase.FUNCTIONALITY, Domain.FRONTEND)


@check("broken-page", P1, refs=("FUN-13", "FE-02"))
def test_the_page_and_what_it_loads_are_there(api, page):
    """The front page loads, with every script, style and image of its own server.

    Why: one missing script is a blank page for every user, and the API behind it is fine.
    Fix: build the page again and deploy it with the files it names; look at the path prefix.
    """
    assert page.response.status < 400, f"{page.path} answers {page.response.summary}"
    for path in page.assets:
        response = api.get(path, allow_redirects=True)
        assert response.status < 400, f"{page.path} loads {path}: {response.summary}"
        assert response.content_type != "text/html", f"{page.path} loads {path}: it is a page"
