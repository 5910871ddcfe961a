"""Manifests become objects, pods and containers that know their lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.probes import kubernetes, yamltree
from pytest_readiness.probes.unreadable import UnreadableFile


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: prod, labels: {app: api}}
spec:
  template:
    metadata: {labels: {app: api, tier: web}}
    spec:
      securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
      initContainers:
        - {name: proxy, image: envoy:1, restartPolicy: Always}
      containers:
        - name: api
          image: ghcr.io/acme/api:1.2
          securityContext:
            runAsUser: 0
            capabilities: {drop: [ALL]}
          resources: {requests: {cpu: 100m}, limits: {memory: 1Gi}}
          readinessProbe: {httpGet: {path: /ready, port: 80}}
          env:
            - {name: MODE, value: "production"}
            - name: JWT_SECRET
              valueFrom: {secretKeyRef: {name: jwt, key: secret}}
"""


def only(text: str) -> kubernetes.KubernetesObject:
    (one,) = kubernetes.parse(text, "k8s.yaml")
    return one


def test_a_deployment_is_read_down_to_its_containers():
    one = only(DEPLOYMENT)
    proxy, api = one.pod.containers
    assert (str(one), one.namespace, one.labels) == ("Deployment/api", "prod", {"app": "api"})
    assert one.pod.labels["tier"] == "web"
    assert (proxy.sort, proxy.is_sidecar, api.sort, api.is_sidecar) == (
        "init",
        True,
        "container",
        False,
    )
    assert (api.image.registry, api.image.tag, str(api.location)) == (
        "ghcr.io",
        "1.2",
        "k8s.yaml:12",
    )
    assert (api.requests["cpu"].text, api.limits["memory"].text) == ("100m", "1Gi")
    assert api.liveness is None
    assert api.readiness.text_at("httpGet.path") == "/ready"


def test_a_container_overrules_its_pod_and_else_inherits():
    proxy, api = only(DEPLOYMENT).pod.containers
    assert (proxy.security.run_as_user.value, api.security.run_as_user.value) == (1000, 0)
    assert api.security.run_as_user.line == 15
    assert api.security.run_as_non_root.value is True
    assert api.security.seccomp_type.text == "RuntimeDefault"
    assert [one.text for one in api.security.dropped_capabilities] == ["ALL"]
    assert api.security.privileged is None


def test_privileged_is_never_inherited():
    text = (
        "apiVersion: v1\nkind: Pod\nspec:\n"
        "  securityContext: {privileged: true}\n  containers: [{name: a}]\n"
    )
    assert only(text).pod.containers[0].security.privileged is None


def test_a_variable_from_a_secret_is_injected():
    mode, secret = only(DEPLOYMENT).pod.containers[1].env
    assert (mode.value, mode.injected) == ("production", False)
    assert (secret.value, secret.injected) == (None, True)
    assert "production" not in repr(mode)


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Pod", "spec"),
        ("Deployment", "spec.template.spec"),
        ("StatefulSet", "spec.template.spec"),
        ("DaemonSet", "spec.template.spec"),
        ("Job", "spec.template.spec"),
        ("ReplicaSet", "spec.template.spec"),
        ("CronJob", "spec.jobTemplate.spec.template.spec"),
        ("PodTemplate", "template.spec"),
    ],
)
def test_every_workload_leads_to_its_pod(kind, path):
    nested = "{containers: [{name: a, image: b}]}"
    for part in reversed(path.split(".")):
        nested = f"{{{part}: {nested}}}"
    one = only(f"{nested[:-1]}, apiVersion: v1, kind: {kind}}}")
    assert one.pod.containers[0].image.name == "b"


def test_an_object_without_pods_has_none():
    assert only("apiVersion: v1\nkind: Service\nspec: {ports: []}\n").pod is None
    assert only("apiVersion: apps/v1\nkind: Deployment\n").pod is None


def test_lists_and_documents_are_unpacked_and_the_rest_passed_over():
    text = (
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: A, metadata: {name: a}}\n"
        "- {apiVersion: v1, kind: B, metadata: {generateName: b-}}\n---\n# empty\n---\nfoo: bar\n"
        "---\napiVersion: v1\nkind: C\n"
    )
    assert [str(one) for one in kubernetes.parse(text, "x")] == ["A/a", "B/b-", "C/"]


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("{app: api}", True),
        ("{app: web}", False),
        ("{}", True),
        ("{matchLabels: {app: api, tier: web}}", True),
        ("{matchExpressions: [{key: app, operator: In, values: [api]}]}", True),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [api]}]}", False),
        ("{matchExpressions: [{key: none, operator: Exists}]}", False),
        ("{matchLabels: {app: api}, matchExpressions: [{key: x, operator: DoesNotExist}]}", True),
        ("{matchExpressions: [{key: app, operator: Near}]}", False),
    ],
)
def test_selectors_match_labels(selector, matches):
    (node,) = yamltree.parse(selector, "x")
    assert kubernetes.selects(node, {"app": "api", "tier": "web"}) is matches


def test_no_selector_matches_nothing():
    assert not kubernetes.selects(None, {"app": "api"})


def test_what_is_no_yaml_is_unreadable():
    with pytest.raises(UnreadableFile):
        kubernetes.parse("kind: [", "x")


WORDS = ["spec", "template", "containers", "securityContext", "env", "kind", "apiVersion", "items"]
TREE = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["Pod", "List", "v1", ""]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(TREE, st.sampled_from(["Pod", "Deployment", "List", "CronJob"]))
def test_objects_of_any_shape_are_read(tree, kind):
    text = str({"apiVersion": "v1", "kind": kind, "spec": tree, "items": tree}).replace("None", "~")
    for one in kubernetes.parse(text, "x"):
        for container in one.pod.containers if one.pod else ():
            assert container.env is not None
