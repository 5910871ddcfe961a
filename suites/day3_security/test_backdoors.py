"""Ways in that were left for development and tests."""

from pytest_readiness import P0, Domain, Phase, check, fail, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "working-backdoor",
    P0,
    effect="intrusive",
    refs=("ASVS 15.2.3", "CWE-489", "CWE-798", "CWE-912"),
)
def test_nothing_in_the_repository_opens_the_system(working_backdoors):
    """No token, header, cookie or parameter of the repository opens what needs a login.

    Why: a switch for tests works for everybody who has read the source or guessed it, leaves no
        trace of who it was, and is forgotten.
    Fix: remove it; in tests override the dependency that authenticates (FastAPI:
        `app.dependency_overrides`; Django: `force_login`; Spring: `@WithMockUser`), or give them
        an account of their own. A token that was ever committed is to be revoked.
    """
    for one in working_backdoors.working:
        where = one.candidate.location
        fail(
            f"{one.told} in {where} opens {working_backdoors.operation} without a login:"
            f" {one.answer.summary}",
            where,
        )
