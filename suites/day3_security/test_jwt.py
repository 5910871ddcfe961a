"""JSON Web Tokens: what a verifier must refuse."""

import pytest

from pytest_readiness import P0, P1, Domain, Phase, check, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "jwt-alg-none",
    P0,
    effect="intrusive",
    refs=("JWT-01", "RFC 8725 3.1", "CWE-347", "ASVS 9.1.2"),
)
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE"])
def test_unsigned_tokens_are_rejected(protected, tokens, alg):
    """Unsigned tokens are rejected.

    Why: a verifier that obeys the token's own header accepts a token nobody signed, so anyone can
        be anyone.
    Fix: pin the algorithms when decoding: `jwt.decode(token, key, algorithms=["HS256"])`.
    """
    response = protected.get(token=tokens.unsigned(alg))
    assert protected.refused(response), f"a token with alg={alg} was accepted: {response.summary}"


@check(
    "jwt-signature-unchecked",
    P0,
    effect="intrusive",
    refs=("JWT-02", "JWT-05", "RFC 7515 5.2", "CWE-347", "ASVS 9.1.1"),
)
@pytest.mark.parametrize("forgery", ["tampered", "stripped"])
def test_tampered_tokens_are_rejected(protected, tokens, forgery):
    """Tokens whose payload was changed, or whose signature was cut off, are rejected.

    Why: a token that is decoded and not verified is a form that the caller fills in.
    Fix: verify while decoding; never pass `verify=False` or `options={"verify_signature": False}`.
    """
    forged = tokens.tampered() if forgery == "tampered" else tokens.stripped()
    response = protected.get(token=forged)
    assert protected.refused(response), f"a {forgery} token was accepted: {response.summary}"


@check(
    "guessable-signing-key",
    P0,
    change="config",
    refs=("JWT-09", "RFC 7518 3.2", "CWE-1391", "ASVS 11.2.3"),
)
def test_signing_keys_cannot_be_guessed(guessed):
    """The key that signs tokens is in no list of common keys and nowhere in the repository.

    Why: one token is enough to try keys offline, millions a second; whoever finds the key, or
        reads it in the source, signs tokens for every user and for administrators.
    Fix: generate one, `openssl rand -hex 32`, give it at deployment, and refuse to start with a
        default; every token signed with the old one becomes worthless, as it should.
    """
    assert not guessed.origin, f"tokens are signed with a key that stands in {guessed.origin}"


@check(
    "refresh-token-as-access",
    P1,
    effect="intrusive",
    refs=("JWT-08", "RFC 8725 3.11", "CWE-287", "ASVS 9.2.2"),
)
def test_refresh_tokens_give_no_access(protected, user):
    """A refresh token is not accepted where an access token is needed.

    Why: refresh tokens live for weeks; one that opens the API makes the short life of access
        tokens, and logging out, worthless.
    Fix: put a `typ` or `token_use` claim into both kinds, or sign them with different keys, and
        check it when decoding.
    """
    response = protected.get(token=user.refresh_token.reveal())
    assert protected.refused(response), f"a refresh token was accepted: {response.summary}"
