"""Whether a login is needed where one should be."""

from pytest_readiness import P0, Domain, Phase, Reason, check, fail, suite, unverified


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check("auth-disabled", P0, change="config", refs=("AUT-01", "AUT-02", "API2:2023", "CWE-306"))
def test_authentication_is_on(doors):
    """Authentication is on: not every guarded operation answers without a login.

    Why: a switch that was left off for development makes every user's data public, and all other
        checks of tokens meaningless.
    Fix: switch it on in the audited configuration, `ENABLE_AUTH=true`, and let production refuse
        to start without it.
    """
    if doors.all_open:
        first = doors.tried[0]
        fail(
            f"{first.operation} and all of {len(doors.tried)} guarded operations answer without a"
            f" login as with one: {first.without.summary}"
        )


@check("unauthenticated-operation", P0, refs=("AUT-01", "API2:2023", "ASVS 8.3.1", "CWE-306"))
def test_every_guarded_operation_needs_a_login(doors):
    """Each operation that should need a login does, and a wrong credential is none.

    Why: one route that forgot its guard is enough, and nobody sees it in the others.
    Fix: require the login for the whole router and exempt what is public, not the other way
        round; name operations that are public on purpose as `public:` in readiness.yaml.
    """
    if doors.all_open:
        unverified("authentication is off altogether, see auth-disabled", Reason.BLOCKED)
    assert not doors.open, f"{len(doors.open)} of {doors.shown} answer: {doors.listed}"
    doors.require_enough()


@check(
    "unauthenticated-change",
    P0,
    effect="intrusive",
    refs=("AUT-01", "API2:2023", "ASVS 8.3.1", "CWE-306"),
)
def test_every_guarded_change_needs_a_login(changing_doors):
    """Each operation that changes something and should need a login does.

    Why: readers are guarded first, and the one route that writes without a guard is found by
        whoever sends a POST.
    Fix: require the login for the whole router and exempt what is public, not the other way
        round; name operations that are public on purpose as `public:` in readiness.yaml.
    """
    opened = changing_doors.open
    assert not opened, f"{len(opened)} of {changing_doors.shown} answer: {changing_doors.listed}"
    changing_doors.require_enough()
