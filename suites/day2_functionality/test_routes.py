"""What the API answers to paths that do not exist."""

from pytest_readiness import P2, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.FUNCTIONALITY, Domain.BACKEND)


@check("soft-not-found", P2, refs=("FUN-14", "RFC 9110 15.5.5"))
def test_unknown_paths_are_not_found(api, unknown_path, serves_pages):
    """A path of the API that does not exist is answered with 404, in the API's own form.

    Why: a client that mistypes a path and gets 200 with a page reads it as an answer; a 500 pages
        somebody for a typo.
    Fix: route only known paths to the page, and answer 404 as `application/problem+json` below
        the API's prefix.
    """
    response = api.get(unknown_path)
    if response.status in {401, 403}:
        return  # nothing is told to strangers, which is fine
    assert response.status == 404, f"{unknown_path} answers {response.summary}"
    if response.content_type == "text/html" and not serves_pages:
        fail(f"{unknown_path} answers 404 with a page: {response.summary}")
    if "json" not in response.content_type and not serves_pages:
        warn(f"{unknown_path} answers 404 as {response.content_type or 'nothing'}, not as JSON")
