"""Passwords: which are taken, how they are kept, how forgotten ones are replaced."""

import pytest

from pytest_readiness import P0, P1, Domain, Phase, check, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "weak-password-accepted",
    P1,
    effect="intrusive",
    refs=("AUT-10", "ASVS 6.2.1", "ASVS 6.2.4", "ASVS 6.2.9", "CWE-521"),
)
@pytest.mark.parametrize("rule", ["short", "common", "long"])
def test_new_passwords_are_strong(rule, signups):
    """New passwords have eight characters at least, may have 64, and are not common ones.

    Why: short and common passwords are guessed in a few tries, and a limit on length keeps people
        from passphrases and password managers.
    Fix: ask for 8 characters or more and nothing else of their form, allow 64 at least, and
        refuse what stands in a list of the 3,000 most frequent ones (Django:
        `CommonPasswordValidator`; zxcvbn; Pwned Passwords).
    """
    attempt = {"short": signups.short, "common": signups.common, "long": signups.long}[rule]()
    if rule == "long":
        assert attempt.accepted, (
            f"an account with a password of {attempt.told} cannot be used: {attempt.answer.summary}"
        )
    else:
        assert not attempt.accepted, (
            f"an account was made with {attempt.told}: {attempt.answer.summary}"
        )


@check(
    "weakly-stored-password",
    P0,
    effect="intrusive",
    refs=("AUT-11", "ASVS 11.4.2", "CWE-916", "CWE-256"),
)
def test_stored_passwords_are_slow_to_guess(stored_password):
    """Passwords lie in the database as a slow, salted hash.

    Why: a copy of the database is all that somebody needs; fast hashes are tried at billions a
        second, and most people use a password twice.
    Fix: argon2id, scrypt or bcrypt with a cost of 10 or more, by a library: argon2-cffi,
        passlib, `password_hash()` of PHP, Spring's DelegatingPasswordEncoder; hash anew at the
        next login of each user.
    """
    assert stored_password.slow, (
        f"{stored_password.place} holds the password of a new account as {stored_password.how}"
    )


@check(
    "forgeable-reset",
    P0,
    effect="intrusive",
    refs=("API2:2023", "ASVS 6.4.3", "CWE-640"),
)
def test_resets_need_the_token_that_was_sent(reset):
    """A forgotten password is replaced only with the token that its owner was sent.

    Why: whoever resets the password of somebody else has the account.
    Fix: draw a token of 128 bits or more, store its hash with the account and an end within the
        hour, compare in constant time, use it once; count wrong ones against the account; never
        give it in the answer.
    """
    assert not reset.forged_with, (
        f"{reset.operation} set a new password for an account of ours with {reset.forged_with}:"
        f" {reset.answer.summary}"
    )
    assert not reset.endless, (
        f"{reset.operation} takes a short code, and any number of wrong ones: twenty in a row were"
        f" answered alike, {reset.answer.summary}"
    )
