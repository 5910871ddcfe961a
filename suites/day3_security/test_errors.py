"""What errors tell."""

from pytest_readiness import P1, Domain, Phase, check, suite, unverified


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "verbose-errors", P1, effect="intrusive", refs=("EXP-01", "EXP-02", "ASVS 16.5.1", "CWE-209")
)
def test_errors_show_no_insides(forced_errors):
    """Errors show no stack trace, no SQL, no path and no debugger.

    Why: each tells an attacker which library and version to look up, and a debugger runs what it
        is given.
    Fix: switch debugging off and answer unexpected errors with one fixed body and a request id;
        keep the traceback in the log.
    """
    seen = [answer for answer in forced_errors if answer.response.status >= 400]
    if not seen:
        unverified("no request could force an error")
    for answer in seen:
        leak = forced_errors.leak(answer)
        assert not leak, f"{answer.shown} shows {leak}"
