"""JSON Web Tokens: whose keys a verifier trusts."""

import pytest

from pytest_readiness import P0, P1, P2, Domain, Phase, check, not_applicable, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "jwt-key-confusion",
    P0,
    effect="intrusive",
    refs=("JWT-03", "RFC 8725 3.1", "ASVS 9.1.2", "CWE-347"),
)
def test_the_public_key_is_no_shared_secret(public_key, tokens, protected):
    """A token that is signed with the public key as a shared secret is rejected.

    Why: the public key is public; a verifier that lets the token choose between RS256 and HS256
        takes it for the secret, and anybody signs tokens for anybody.
    Fix: pin the one algorithm that your issuer uses: `jwt.decode(token, key,
        algorithms=["RS256"])`.
    """
    for forged in public_key.confusions(tokens):
        response = protected.get(token=forged)
        assert protected.refused(response), (
            f"a token signed with the public key of {public_key.place} as its HMAC secret was"
            f" accepted: {response.summary}"
        )
    protected.confirm()


@check(
    "jwt-embedded-key",
    P0,
    effect="intrusive",
    refs=("JWT-04", "RFC 8725 3.10", "ASVS 9.1.3", "CWE-345", "CVE-2018-0114"),
)
@pytest.mark.parametrize("header", ["jwk", "x5c"])
def test_keys_in_tokens_are_not_trusted(protected, own_keys, header):
    """A token that brings its own key along is rejected.

    Why: whoever writes the token writes the key that verifies it, and so signs for anybody.
    Fix: take the key from your own configuration, by `kid` from a fixed list, and ignore `jwk`
        and `x5c` of the header.
    """
    for forged in own_keys.embedding(header):
        response = protected.get(token=forged)
        assert protected.refused(response), (
            f"a token that brings a key of ours as {header} was accepted: {response.summary}"
        )
    protected.confirm()


@check(
    "jwt-foreign-key-url",
    P0,
    effect="intrusive",
    refs=("JWT-04", "RFC 8725 3.10", "ASVS 9.1.3", "CWE-345", "CWE-918"),
)
@pytest.mark.parametrize("header", ["jku", "x5u"])
def test_keys_are_not_fetched_from_where_a_token_says(protected, own_keys, key_listener, header):
    """A key is not fetched from an address that the token names.

    Why: whoever writes the token also names the place of its key, and so signs for anybody; the
        server also asks any address for them, inside your network too.
    Fix: set the address of the keys in your configuration, and ignore `jku` and `x5u` of the
        header or compare them with that one address.
    """
    response = protected.get(token=own_keys.pointing(header, key_listener))
    assert protected.refused(response), (
        f"a token with a key of ours at an address in {header} was accepted: {response.summary}"
    )
    assert not key_listener.asked, (
        f"the token was refused, and yet the server asked the address in its {header} for a key:"
        f" GET {key_listener.asked[0]}"
    )
    protected.confirm()


@check(
    "jwt-key-id-injection",
    P0,
    effect="intrusive",
    refs=("JWT-04", "RFC 8725 3.10", "ASVS 9.1.3", "CWE-22", "CWE-89"),
)
@pytest.mark.parametrize("how", ["file", "sql"])
def test_key_ids_lead_to_no_other_key(protected, own_keys, how):
    """A token whose key id is a path or a piece of SQL is rejected.

    Why: a key id that becomes part of a file name or a query lets its writer choose the key: an
        empty file, or whatever the query is made to answer.
    Fix: look the key id up in a dictionary of known keys, and refuse what is not in it.
    """
    for kid, forged in own_keys.naming(how):
        response = protected.get(token=forged)
        assert protected.refused(response), (
            f"a token with the key id {kid!r} was accepted: {response.summary}"
        )
    protected.confirm()


@check(
    "jwt-expiry-unchecked",
    P0,
    effect="intrusive",
    refs=("JWT-06", "RFC 7519 4.1.4", "ASVS 9.2.1", "CWE-613"),
)
@pytest.mark.parametrize("claim", ["exp", "nbf"])
def test_tokens_are_rejected_out_of_their_time(protected, tokens, signing_key, claim):
    """Tokens that have expired, or are not valid yet, are rejected.

    Why: a token that was stolen once, from a log or an old laptop, opens the account for ever.
    Fix: let the library check `exp` and `nbf`, with a leeway of a minute at most; never pass
        `verify_exp: False` or `ignoreExpiration`.
    """
    if claim not in tokens.claims:
        not_applicable(f"the API's tokens carry no {claim}")
    signing_key.require_control()
    hour = 3600
    issued = int(tokens.claims.get("iat", tokens.claims[claim]))
    moved = {"exp": issued - hour} if claim == "exp" else {"nbf": issued + 24 * hour}
    response = protected.get(token=signing_key.token(**moved))
    assert protected.refused(response), (
        f"a token whose {claim} lies {'an hour back' if claim == 'exp' else 'a day ahead'} was"
        f" accepted: {response.summary}"
    )


@check(
    "jwt-audience-unchecked",
    P1,
    effect="intrusive",
    refs=("JWT-07", "RFC 8725 3.8", "RFC 8725 3.9", "ASVS 9.2.3", "CWE-287"),
)
@pytest.mark.parametrize("claim", ["iss", "aud"])
def test_tokens_of_others_are_rejected(protected, tokens, signing_key, claim):
    """Tokens of another issuer, or for another audience, are rejected.

    Why: where services share a key or an identity provider, a token for the least of them opens
        all others.
    Fix: name both when decoding: `jwt.decode(..., issuer="https://auth.example.com",
        audience="https://api.example.com")`.
    """
    if claim not in tokens.claims:
        not_applicable(f"the API's tokens carry no {claim}")
    signing_key.require_control()
    response = protected.get(token=signing_key.token(**{claim: "https://readiness.example"}))
    assert protected.refused(response), (
        f"a token whose {claim} is https://readiness.example was accepted: {response.summary}"
    )


@check(
    "replayable-refresh-token",
    P2,
    effect="intrusive",
    refs=("JWT-12", "ASVS 10.4.5", "RFC 9700 4.14.2", "CWE-294"),
)
def test_a_used_refresh_token_is_refused(rotation):
    """A refresh token that was used, and whose successor was used too, is refused.

    Why: a copy of a refresh token works for weeks beside the original, and nobody notices.
    Fix: give a new refresh token with each renewal, keep the id of the current one, and end the
        session when an older one comes in.
    """
    told = "" if rotation.rotated else "; a renewal gives no new refresh token at all"
    assert not rotation.accepted, (
        f"a refresh token that was used before is accepted again: {rotation.replayed.summary}{told}"
    )
