"""What the system is made of: known, fixed, looked after, and built by workflows that are safe."""

from pytest_readiness import P0, P1, P2, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "critical-vulnerability",
    P0,
    change="code",
    refs=("SUP-01", "ASVS 15.2.1", "OWASP A06:2021", "Scorecard Vulnerabilities", "CWE-1395"),
)
def test_no_dependency_is_critically_vulnerable(vulnerabilities):
    """No dependency has a known critical vulnerability.

    Why: what is public is tried on every address of the internet within days, and a critical one
        needs neither a login nor luck.
    Fix: install the version that mends it and lock again. Where there is none, leave the dependency
        or switch off what uses it; where it cannot be reached, say so in the scanner's own file
        (.trivyignore, VEX), with the reason.
    """
    vulnerabilities.none_open("critical")
    vulnerabilities.whole()
    for flaw, report in vulnerabilities.of("untold"):
        warn(f"{flaw}: {report.scan.tool} does not say how severe it is", report.location)


@check(
    "high-vulnerability",
    P1,
    change="code",
    refs=("SUP-01", "ASVS 15.2.1", "OWASP A06:2021", "Scorecard Vulnerabilities", "CWE-1395"),
)
def test_no_dependency_is_highly_vulnerable(vulnerabilities):
    """No dependency has a known vulnerability of high severity, or of one that is not told.

    Why: high ones need one more step than critical ones, a login or a setting, and get their
        exploits as soon. pip-audit tells no severities: each may be one.
    Fix: install the version that mends it and lock again.
    """
    vulnerabilities.none_open("high", "untold")
    vulnerabilities.whole()


@check(
    "unpinned-dependency",
    P1,
    change="code",
    refs=("SUP-02", "Scorecard Pinned-Dependencies", "CWE-1357"),
)
def test_dependencies_are_locked(dependency_set):
    """A lock file fixes every version that is installed, by hash, and is in step with the manifest.

    Why: without one the next build installs what nobody has tested, a hijacked release among it.
    Fix: Python: `uv lock`, `poetry lock`, or `pip-compile --generate-hashes` and `pip install
        --require-hashes`. Node: commit the lock file and install with `npm ci`. Go, Rust, Ruby,
        PHP: commit go.sum, Cargo.lock, Gemfile.lock, composer.lock.
    """
    for problem in dependency_set.problems:
        if not problem.mild:
            fail(problem.message, problem)
        warn(problem.message, problem)


@check(
    "missing-sbom",
    P2,
    change="process",
    refs=("SUP-03", "ASVS 15.1.2", "Scorecard SBOM", "CycloneDX 1.6"),
)
def test_the_release_has_a_bill_of_materials(materials):
    """A bill of materials lists what this release is made of.

    Why: when the next Log4Shell comes, who has one knows within minutes whether it is in there.
    Fix: let the release make one with `cyclonedx-py requirements`, `trivy fs --format cyclonedx` or
        `syft`, and name it in readiness.yaml, `evidence: {sbom: sbom.cdx.json}`.
    """
    found = materials.read()
    if not found:
        fail("there is no SBOM: `trivy fs --format cyclonedx --output sbom.cdx.json .` writes one")
    for sbom, where in found:
        if not sbom.packages:
            fail(f"{sbom.path} lists nothing", where)
        if other := materials.other_name(sbom):
            fail(f"{sbom.path}: {other}", where)
        if missing := materials.missing(sbom):
            more = f" and {len(missing) - 1} more" if missing[1:] else ""
            fail(f"{sbom.path} is out of date: it lacks {missing[0]}{more}; make it anew", where)
        if not sbom.name:
            warn(f"{sbom.path} does not say what it is about (metadata.component)", where)


@check(
    "no-dependency-updates",
    P2,
    change="process",
    refs=("SUP-04", "Scorecard Dependency-Update-Tool"),
)
def test_updates_are_proposed_by_a_robot(upkeep):
    """Dependabot or Renovate proposes newer versions, for every ecosystem of the repository.

    Why: a mend that nobody proposes is installed months later, or after the incident.
    Fix: write .github/dependabot.yml with an entry for each ecosystem and folder, or renovate.json;
        elsewhere than on GitHub run Renovate.
    """
    needed = upkeep.needed()
    if not upkeep.updates:
        fail(f"neither Dependabot nor Renovate is configured; there is {', '.join(needed)}")
    left = upkeep.unattended()
    main = [name for name in left if name not in {"docker", "docker-compose", "github-actions"}]
    if main:
        fail(f"nobody looks after {left[main[0]]} ({main[0]})", upkeep.updates[0])
    for name, path in left.items():
        warn(f"nobody looks after {path} ({name})", upkeep.updates[0])


@check(
    "unsafe-workflow",
    P1,
    change="code",
    refs=("SUP-05", "Scorecard Dangerous-Workflow", "Scorecard Token-Permissions", "CWE-829"),
)
def test_workflows_cannot_be_abused(workflow):
    """No workflow gives its token, its secrets or its shell to strangers.

    Why: who can open a pull request or move a tag of an action then publishes your releases.
    Fix: `permissions: {}` at the top and what is needed in each job; pass `${{ ... }}` to scripts
        by `env:`; pin the actions of others to a commit. `zizmor --fix` does much of it.
    """
    if workflow.problem:
        fail(f"{workflow.problem.message}: GitHub does not run it", workflow.problem)
    serious = [one for one in workflow.weaknesses if one.serious]
    for one in workflow.weaknesses:
        if one.notable:
            warn(str(one), one)
    for one in serious[1:]:
        warn(str(one), one)
    if serious:
        fail(str(serious[0]), serious[0])
