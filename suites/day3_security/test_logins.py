"""Logins that must fail, and what their failing tells."""

from pytest_readiness import P0, P1, P2, Domain, Phase, check, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "unlimited-logins",
    P1,
    effect="intrusive",
    alone=True,
    refs=("AUT-07", "API2:2023", "ASVS 6.3.1", "CWE-307"),
)
def test_wrong_passwords_are_slowed(siege):
    """Wrong passwords for one account are slowed down, refused with 429, or lock it for a while.

    Why: people reuse passwords; lists of leaked ones are tried against every login on the
        internet, as fast as it answers.
    Fix: limit attempts by account and by address, 5 to 10 a minute, with a growing delay; a limit
        by address alone does not help against many addresses.
    """
    a_minute = siege.tried / max(siege.seconds, 0.01) * 60
    assert siege.protection, (
        f"{siege.tried} wrong passwords for one account were answered alike, {a_minute:.0f} a"
        f" minute, and the right one was accepted after them; the last: {siege.last.summary}"
    )


@check(
    "account-limit",
    P1,
    effect="intrusive",
    alone=True,
    refs=("RAT-06", "API2:2023", "ASVS 6.3.1", "CWE-307"),
)
def test_wrong_passwords_from_many_addresses_are_slowed(scattered_siege):
    """Wrong passwords for one account are slowed down wherever they come from.

    Why: whoever tries leaked passwords rents thousands of addresses; a limit that counts by address
        alone never sees more than a few attempts from each.
    Fix: count failed logins by account name too, in the store that all workers share: 5 to 10 in a
        quarter of an hour, then a growing delay or a second factor; limit the reset of a password
        in the same way.
    """
    assert scattered_siege.protection, (
        f"{scattered_siege.tried} wrong passwords for one account, each from another address, were"
        f" answered alike, and the right one was accepted after them; from one address something"
        f" stands against them; the last: {scattered_siege.last.summary}"
    )


@check(
    "default-credentials",
    P0,
    change="config",
    effect="intrusive",
    alone=True,
    refs=("AUT-09", "ASVS 6.3.2", "CWE-1392"),
)
def test_default_credentials_are_refused(known_pairs):
    """No account opens with a name and password that everybody knows.

    Why: admin/admin, and what stands in the example of the documentation, is what scanners try
        within minutes of a host appearing.
    Fix: make no account at installation, or one with a random password that is shown once; remove
        test accounts from the audited database.
    """
    names = [f"{name!r} of {origin}" for name, origin, _ in known_pairs.let_in]
    assert not names, (
        f"{len(names)} of {known_pairs.tried} known pairs were let in: {', '.join(names)}:"
        f" {known_pairs.let_in[0][2].status}"
    )


@check(
    "account-enumeration",
    P2,
    effect="intrusive",
    refs=("AUT-08", "ASVS 6.3.8", "CWE-204"),
)
def test_logins_do_not_tell_who_has_an_account(strangers):
    """A wrong password and an unknown name get the same answer.

    Why: the difference tells who is a customer, and which names are worth trying passwords on.
    Fix: answer both with one status and one sentence ("wrong name or password"), and hash a
        password for unknown names too, so that both take as long.
    """
    assert not strangers.difference, (
        f"{strangers.difference} tells them apart: a wrong password gets"
        f" {strangers.known.summary}, an unknown name {strangers.unknown.summary}"
    )


@check(
    "account-enumeration-by-timing",
    P2,
    effect="intrusive",
    alone=True,
    refs=("AUT-08", "ASVS 6.3.8", "CWE-208"),
)
def test_logins_take_as_long_for_names_that_nobody_has(login_timing):
    """A wrong password takes as long for a name that exists as for one that does not.

    Why: the answers read alike, and yet their time tells who is a customer, since a password is
        hashed for names that exist alone.
    Fix: verify the password against a fixed hash where the name is unknown; Django does.
    """
    assert not login_timing.slower, (
        f"logins take longer for {login_timing.slower} names than for others, in both of two"
        " rounds of thirty pairs in random order"
    )
