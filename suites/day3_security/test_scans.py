"""What scanners said of the image, the source and the running system."""

from pytest_readiness import P0, P1, Domain, Phase, check, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "unscanned-image",
    P0,
    change="process",
    refs=("SUP-06", "CIS Docker 4.4", "NIST SP 800-190 4.1.1", "CWE-1395"),
)
def test_the_image_was_scanned(scans):
    """A fresh scan of the image that is deployed has no open critical finding.

    Why: an image carries an operating system that no lock file of the application speaks of.
    Fix: scan what is deployed, after each build and each week, and hand the report in:
        `trivy image --format json --list-all-pkgs --output trivy-image.json NAME@sha256:...`. Mend
        by a newer base image.
    """
    found = scans.image()
    found.none_open("critical")
    found.whole()
    for flaw, report in found.of("untold"):
        warn(f"{flaw}: {report.scan.tool} does not say how severe it is", report.location)


@check(
    "missing-sast",
    P1,
    change="process",
    refs=("SUP-07", "Scorecard SAST", "NIST SSDF PW.7.2"),
)
def test_the_source_was_analysed(scans):
    """An analysis of this source by a SAST tool has no open critical finding.

    Why: it reads the paths that no test takes and no attack of an audit finds in time.
    Fix: run one in CI and keep its SARIF: `semgrep scan --sarif --output semgrep.sarif`, CodeQL,
        `bandit -r src -f sarif -o bandit.sarif`. Suppress false ones where they stand, with the
        reason.
    """
    found = scans.sast()
    found.none_open("critical")
    found.whole()
    high = found.of("high")
    if high:
        flaw, report = high[0]
        more = f" and {len(high) - 1} more" if high[1:] else ""
        warn(f"high: {flaw}{more}, says {report}", flaw.location or report.location)


@check(
    "open-dast-finding",
    P1,
    change="code",
    refs=("SUP-07", "NIST SSDF PW.8.2"),
)
def test_scans_of_the_running_system_have_nothing_open(scans):
    """A scan of the running system that was handed in has no open critical or high finding.

    Why: ZAP and its like try what an audit has no time for; a report nobody reads mends nothing.
    Fix: mend what it names, or mark it as a false positive in the scanner, whose SARIF says so
        then.
    """
    found = scans.dast()
    found.none_open("critical", "high")
    found.whole()
