"""Container images, judged by their Dockerfiles."""

import re

from pytest_readiness import (
    P1,
    P2,
    Domain,
    Phase,
    check,
    fail,
    not_applicable,
    suite,
    unverified,
    warn,
)


pytestmark = suite(Phase.DEPLOYMENT, Domain.INFRASTRUCTURE)

ROOT = {"root", "", "containeradministrator"}
UNPRIVILEGED_BASES = ("nonroot", "unprivileged", "rootless")
MOVING_TAGS = {"stable", "edge", "lts", "nightly", "slim", "alpine", "current", "mainline", "main"}
SHELLS = {"sh", "bash", "ash", "dash"}
DROPS_ROOT = re.compile(
    r"^\s*exec\s+(?:gosu|su-exec|setpriv|runuser|s6-setuidgid|chpst|su)\s", re.MULTILINE
)
IDLE = {"true", ":", "exit 0", "/bin/true"}


@check("root-container", P1, refs=("IMG-01", "CIS Docker 4.1", "CWE-250"))
def test_images_run_as_non_root(dockerfile, repository):
    """Every image runs as a non-root user.

    Why: who breaks out of a process that is root in the container is root on the host, but for
        one more flaw; who only breaks in can rewrite the program.
    Fix: end the final stage with a numeric user, `USER 10001:10001`, and give it only the folders
        that it writes to.
    """
    stage = dockerfile.final_stage
    users = stage.inherited_all("USER")
    if not users:
        if any(word in stage.base.text for word in UNPRIVILEGED_BASES):
            return  # distroless:nonroot, nginx-unprivileged: the base image sets a user
        if dropping := script_that_drops_root(stage, repository):
            warn(
                f"the container starts as root and {dropping} changes to a user; whoever replaces"
                " or passes by that script is root",
                stage,
            )
            return
        fail("the final stage sets no USER, so it runs as root", stage)
    value = users[-1].value
    if "$" in value:
        unverified(f"USER {value} at {users[-1].location}: give the variable a default")
    if value.partition(":")[0].lower().lstrip("0") in ROOT:
        fail(f"the final stage ends as USER {value}, which is root", users[-1])


def script_that_drops_root(stage, repository):
    """Path of the entry point in the repository, where that script gives root away; else empty."""
    for instruction in stage.inherited_all("ENTRYPOINT")[-1:]:
        words = instruction.exec_form or instruction.value.split()
        names = {word.rpartition("/")[2] for word in words}
        for path in repository.files:
            if path.rpartition("/")[2] in names and DROPS_ROOT.search(repository.read(path)):
                return path
    return ""


@check("floating-base-image", P1, refs=("IMG-02", "hadolint DL3006", "hadolint DL3007"))
def test_base_images_are_pinned(dockerfile):
    """Every base image names a version.

    Why: `latest`, or no tag at all, is another image tomorrow: the build that was tested is not
        the one that is deployed, and a rollback does not roll it back.
    Fix: name a version, `FROM python:3.12.7-slim-bookworm`, better with its digest.
    """
    unknown = [stage for stage in dockerfile.stages if stage.image.unresolved]
    for stage in dockerfile.stages:
        image = stage.image
        if stage.parent or stage in unknown or image.is_scratch or image.digest:
            continue
        if image.tag in {"", "latest"}:
            fail(f"FROM {image.text} names no version", stage)
        if set(image.tag.split("-")) <= MOVING_TAGS:
            warn(f"FROM {image.text}: {image.tag} moves on with every release", stage)
    if unknown:
        first = unknown[0]
        unverified(f"FROM {first.image.text} at {first.location}: give the variable a default")


@check("missing-healthcheck", P1, refs=("IMG-04", "CIS Docker 4.6", "CIS Docker 5.27"))
def test_containers_have_a_health_check(dockerfile, deployed):
    """Every image is watched: by its HEALTHCHECK, its Compose service or its pod's probes.

    Why: a process that hangs is up for everybody who only looks whether it runs; nobody restarts
        it and traffic still goes there.
    Fix: add a HEALTHCHECK that asks the health endpoint, or a `healthcheck:` in Compose, or probes
        in the manifest.
    """
    own = dockerfile.final_stage.inherited_all("HEALTHCHECK")
    if own and own[-1].arguments.strip().upper() != "NONE":
        if own[-1].arguments.partition(" ")[2].strip(' []"') in IDLE:
            fail("HEALTHCHECK asks nobody: it always says well", own[-1])
        return
    services = deployed.services_built_from(dockerfile.path)
    if services and all(one.healthcheck and not one.healthcheck.disabled for one in services):
        return
    if deployed.containers and all(one.liveness or one.readiness for one in deployed.containers):
        return
    where = own[-1] if own else dockerfile.final_stage
    fail("nothing asks this image's container whether it is well", where)


@check("shell-form-command", P2, refs=("IMG-10", "hadolint DL3025"))
def test_commands_have_exec_form(dockerfile):
    """The container's command is in exec form, so that signals reach the process.

    Why: in shell form process 1 is a shell that does not pass SIGTERM on; every deployment then
        cuts off the requests in flight after the grace period.
    Fix: write `CMD ["python", "-m", "app"]`.
    """
    stage = dockerfile.final_stage
    commands = [*stage.inherited_all("ENTRYPOINT")[-1:], *stage.inherited_all("CMD")[-1:]]
    if not commands:
        not_applicable("the image sets no command of its own")
    for command in commands:
        words = command.exec_form
        if words is None and not command.value.lstrip().startswith("exec "):
            fail(f"{command.keyword} is in shell form", command)
        in_a_shell = words and words[0].rpartition("/")[2] in SHELLS and "-c" in words[1:2]
        if in_a_shell and not words[-1].lstrip().startswith("exec "):
            warn(f"{command.keyword} starts a shell that may keep signals to itself", command)
