"""Kubernetes manifests, object by object."""

from pytest_readiness import P0, P1, Domain, Phase, check, fail, not_applicable, suite


pytestmark = suite(Phase.DEPLOYMENT, Domain.INFRASTRUCTURE)

HOST_PROCESS = "securityContext.windowsOptions.hostProcess"
NEARLY_PRIVILEGED = {"ALL", "SYS_ADMIN"}
SERVING = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod"}


@check("privileged-pod", P0, change="config", refs=("K8S-10", "CIS Kubernetes 5.2.2", "CWE-250"))
def test_pods_are_confined(manifest):
    """No pod is privileged or shares a namespace of its node.

    Why: such a pod is root on the node: whoever breaks into it owns every other pod there.
    Fix: remove `privileged: true`, `hostNetwork`, `hostPID`, `hostIPC` and the capabilities ALL
        and SYS_ADMIN; add the single one that is needed.
    """
    for item in pods_of(manifest):
        for name in ("hostNetwork", "hostPID", "hostIPC", HOST_PROCESS):
            setting = item.pod.node.get(name)
            if setting is not None and setting.value is True:
                fail(f"{item.kind} {item.name} sets {name}", setting)
        for container in item.pod.containers:
            what = f"container {container.name} of {item.name}"
            for setting in (container.security.privileged, container.node.get(HOST_PROCESS)):
                if setting is not None and setting.value is True:
                    fail(f"{what} is privileged", setting)
            for capability in container.security.added_capabilities:
                if capability.text.upper().removeprefix("CAP_") in NEARLY_PRIVILEGED:
                    fail(f"{what} has the capability {capability.text}", capability)


@check("unlimited-container", P1, change="config", refs=("K8S-02", "Polaris memoryLimitsMissing"))
def test_containers_have_requests_and_a_memory_limit(manifest):
    """Every container requests CPU and memory and has a memory limit.

    Why: without requests the scheduler puts it where there is no room; without a limit one leak
        takes the node's memory, and the kernel kills a neighbour.
    Fix: set `resources.requests` for cpu and memory and `resources.limits.memory`, from what the
        process uses under load.
    """
    for item in pods_of(manifest):
        shared = item.pod.node.get("resources.limits")  # of the pod as a whole
        for container in item.pod.containers:
            if container.sort == "ephemeral":
                continue  # for debugging, and may have none
            limits = {*container.limits, *(dict(shared.items()) if shared else ())}
            missing = [
                f"a {name} request"
                for name in ("cpu", "memory")
                if name not in container.requests and name not in limits
            ]
            missing += [] if "memory" in limits else ["a memory limit"]
            if missing:
                lacks = ", ".join(missing)
                fail(f"container {container.name} of {item.name} lacks {lacks}", container)


@check("missing-probes", P1, change="config", refs=("K8S-03", "kube-score pod-probes"))
def test_serving_pods_have_probes(manifest, deployed):
    """Every container that serves has a readiness probe and a liveness probe that differ.

    Why: without readiness, traffic arrives before the process can answer and stays when it
        cannot; with the same probe for both, a slow database restarts every healthy pod at once.
    Fix: let readiness ask what a request needs (`/api/health/ready`), and liveness only whether
        the process itself answers (`/api/health/live`).
    """
    serving = [one for one in pods_of(manifest) if one.kind in SERVING]
    if not serving:
        not_applicable("the file has no workload that serves")
    for item in serving:
        lasting = [one for one in item.pod.containers if one.sort == "container"]
        listening = [one for one in lasting if one.ports]
        if not listening and deployed.is_exposed(item):  # ports need not be written down
            listening = [one for one in lasting if one.readiness or one.liveness] or lasting
        for container in listening:
            ready, alive = container.readiness, container.liveness
            for name, probe in (("readiness", ready), ("liveness", alive)):
                if probe is None:
                    fail(f"container {container.name} has no {name} probe", container)
            if action_of(ready) == action_of(alive):
                fail(f"container {container.name} asks the same in both probes", alive)


def pods_of(manifest):
    """Objects with a pod, or the check does not apply."""
    found = [item for item in manifest if item.pod is not None]
    if not found:
        not_applicable("the file has no workload")
    return found


def action_of(probe):
    """What a probe asks, without how often."""
    return {
        name: node.value
        for name, node in probe.items()
        if name in {"httpGet", "tcpSocket", "exec", "grpc"}
    }
