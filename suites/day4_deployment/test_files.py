"""Files that deploy or watch the system can be read at all."""

from pytest_readiness import P0, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.DEPLOYMENT, Domain.INFRASTRUCTURE)


@check("unreadable-deployment-file", P0, refs=("CMP-01", "K8S-01", "MON-06"))
def test_deployment_files_can_be_read(deployment_file):
    """Every Dockerfile, Compose file, manifest and rule file can be read.

    Why: a file with a syntax error deploys nothing, or leaves the system without its alerts, and
        no other check can look into it.
    Fix: mend the line that is named; `docker compose config`, `kubectl apply --dry-run=client` or
        `promtool check rules` say more.
    """
    for problem in deployment_file.problems[1:]:
        warn(problem.message, problem)
    if deployment_file.problems:
        first = deployment_file.problems[0]
        fail(first.message, first)
