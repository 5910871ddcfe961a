"""Container images, judged by their Dockerfiles."""

from pytest_readiness import P1, P2, Domain, Phase, check, fail, not_applicable, suite


pytestmark = suite(Phase.DEPLOYMENT, Domain.INFRASTRUCTURE)

ROOT = {"root", "0"}


@check("root-container", P1, refs=("IMG-01", "CIS Docker 4.1", "CWE-250"))
def test_images_run_as_non_root(dockerfile):
    """Every image runs as a non-root user.

    Why: who breaks out of a process that is root in the container is root on the host, but for
        one more flaw; who only breaks in can rewrite the program.
    Fix: end the final stage with a numeric user, `USER 10001:10001`, and give it only the folders
        that it writes to.
    """
    stage = dockerfile.final_stage
    users = stage.inherited_all("USER")
    if not users:
        fail("the final stage sets no USER, so it runs as root", stage)
    name = users[-1].value.partition(":")[0].strip("\"'")
    if name in ROOT:
        fail(f"the final stage ends as USER {users[-1].value}, which is root", users[-1])


@check("floating-base-image", P1, refs=("IMG-02", "hadolint DL3006", "hadolint DL3007"))
def test_base_images_are_pinned(dockerfile):
    """Every base image names a version.

    Why: `latest`, or no tag at all, is another image tomorrow: the build that was tested is not
        the one that is deployed, and a rollback does not roll it back.
    Fix: name a version, `FROM python:3.12.7-slim-bookworm`, better with its digest.
    """
    for stage in dockerfile.stages:
        image = stage.image
        if stage.parent or image.is_scratch or image.digest or image.unresolved:
            continue
        if image.tag in {"", "latest"}:
            fail(f"FROM {image.text} names no version", stage)


@check("missing-healthcheck", P1, refs=("IMG-04", "CIS Docker 4.6", "CIS Docker 5.27"))
def test_containers_have_a_health_check(dockerfile, deployed):
    """Every image is watched: by its HEALTHCHECK, its Compose service or its pod's probes.

    Why: a process that hangs is up for everybody who only looks whether it runs; nobody restarts
        it and traffic still goes there.
    Fix: add a HEALTHCHECK that asks the health endpoint, or a `healthcheck:` in Compose, or probes
        in the manifest.
    """
    own = dockerfile.final_stage.inherited_all("HEALTHCHECK")
    if own and own[-1].value.strip().upper() != "NONE":
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
        if command.exec_form is None and not command.value.lstrip().startswith("exec "):
            fail(f"{command.keyword} is in shell form", command)
