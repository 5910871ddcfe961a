"""Kubernetes manifests: objects, the pods they make, and what holds in their containers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pytest_readiness.probes import yamltree
from pytest_readiness.probes.env import Variable
from pytest_readiness.probes.images import ImageReference


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.model import Location
    from pytest_readiness.probes.yamltree import Node


_POD_PATHS: Final = {
    "Pod": "",
    "PodTemplate": "template",
    "CronJob": "spec.jobTemplate.spec.template",
    "DaemonSet": "spec.template",
    "Deployment": "spec.template",
    "DeploymentConfig": "spec.template",
    "Job": "spec.template",
    "ReplicaSet": "spec.template",
    "ReplicationController": "spec.template",
    "Rollout": "spec.template",
    "StatefulSet": "spec.template",
}
"""Where a kind keeps the template (metadata and spec) of its pods."""


@dataclass(frozen=True, slots=True)
class SecurityContext:
    """What holds for one container: its own settings, the pod's where it has none.

    Nodes, so that each knows its line; None where neither says anything.
    """

    run_as_non_root: Node | None
    run_as_user: Node | None
    run_as_group: Node | None
    seccomp_type: Node | None
    """``RuntimeDefault``, ``Localhost``, ``Unconfined``."""
    privileged: Node | None
    allow_privilege_escalation: Node | None
    read_only_root_filesystem: Node | None
    added_capabilities: tuple[Node, ...]
    dropped_capabilities: tuple[Node, ...]
    node: Node | None
    """The container's own ``securityContext``."""


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod, of whatever sort."""

    name: str
    sort: str
    """``container``, ``init`` or ``ephemeral``; a sidecar is an ``init`` that restarts."""
    image: ImageReference
    security: SecurityContext
    node: Node

    @property
    def location(self) -> Location:
        """Where the container's entry begins."""
        return self.node.location

    @property
    def is_sidecar(self) -> bool:
        """An init container that runs as long as the pod does."""
        return self.sort == "init" and self.node.text_at("restartPolicy") == "Always"

    @property
    def liveness(self) -> Node | None:
        return self.node.get("livenessProbe")

    @property
    def readiness(self) -> Node | None:
        return self.node.get("readinessProbe")

    @property
    def startup(self) -> Node | None:
        return self.node.get("startupProbe")

    @property
    def requests(self) -> Mapping[str, Node]:
        """Requested resources by name: ``cpu``, ``memory``."""
        return _entries(self.node.get("resources.requests"))

    @property
    def limits(self) -> Mapping[str, Node]:
        """Resource limits by name."""
        return _entries(self.node.get("resources.limits"))

    @property
    def ports(self) -> tuple[Node, ...]:
        return _elements(self.node.get("ports"))

    @property
    def env(self) -> tuple[Variable, ...]:
        """Variables in the order of the manifest; one with ``valueFrom`` is injected."""
        found: list[Variable] = []
        for entry in _elements(self.node.get("env")):
            value = entry.get("value")
            source = entry.get("valueFrom")
            if source is not None:
                variable = Variable(entry.text_at("name"), None, entry.location, injected=True)
            elif value is None:
                variable = Variable(entry.text_at("name"), "", entry.location)
            else:
                name, text = entry.text_at("name"), value.text
                variable = Variable(name, text, value.location, raw=text)
            found.append(variable)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Pod:
    """The pods that a manifest makes: spec and labels of the template."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    containers: tuple[Container, ...]
    """Of all sorts, in the order init, ordinary, ephemeral."""
    node: Node
    """The pod's ``spec``."""

    @property
    def location(self) -> Location:
        """Where the pod's spec begins."""
        return self.node.location


@dataclass(frozen=True, slots=True)
class KubernetesObject:
    """One object of a manifest."""

    kind: str
    api_version: str
    name: str
    """``generateName`` where there is no name; empty without both."""
    namespace: str
    """Empty where the manifest leaves it to whoever applies it."""
    node: Node

    @property
    def location(self) -> Location:
        """Where the object begins."""
        return self.node.location

    @property
    def labels(self) -> Mapping[str, str]:
        return _texts(self.node.get("metadata.labels"))

    @property
    def annotations(self) -> Mapping[str, str]:
        return _texts(self.node.get("metadata.annotations"))

    @property
    def pod(self) -> Pod | None:
        """The pods it makes; None for an object that makes none or has no spec for them."""
        path = _POD_PATHS.get(self.kind)
        if path is None:
            return None
        template = self.node.get(path) if path else self.node
        spec = None if template is None else template.get("spec")
        if template is None or spec is None or not spec.is_mapping:
            return None
        return Pod(
            labels=_texts(template.get("metadata.labels")),
            annotations=_texts(template.get("metadata.annotations")),
            containers=tuple(_containers(spec)),
            node=spec,
        )

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


def parse(text: str, path: str) -> tuple[KubernetesObject, ...]:
    """Read the objects of a manifest, those inside of a ``List`` one by one.

    Documents without ``apiVersion`` and ``kind`` are no objects and are passed over.

    Args:
        text: what the file holds.
        path: what its locations say, relative to the repository.

    Raises:
        UnreadableFile: it is not valid YAML.
    """
    return tuple(one for root in yamltree.parse(text, path) for one in objects(root))


def objects(root: Node) -> Iterator[KubernetesObject]:
    """Objects of one document, Lists unpacked."""
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        kind, version = node.text_at("kind"), node.text_at("apiVersion")
        if not kind or not version:
            continue
        items = node.get("items")
        if kind.endswith("List") and items is not None and items.is_sequence:
            waiting[:0] = items.elements
            continue
        name = node.text_at("metadata.name") or node.text_at("metadata.generateName")
        yield KubernetesObject(kind, version, name, node.text_at("metadata.namespace"), node)


def selects(selector: Node | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector matches labels.

    Args:
        selector: a LabelSelector (``matchLabels``, ``matchExpressions``), or the plain mapping of
            a Service. An empty selector matches everything, None nothing, as in Kubernetes'
            LabelSelector; a Service with an empty selector selects nothing, which is for the
            caller to know.
        labels: of a pod.
    """
    if selector is None:
        return False
    plain = "matchLabels" not in selector and "matchExpressions" not in selector
    wanted = _texts(selector if plain else selector.get("matchLabels"))
    expressions = () if plain else _elements(selector.get("matchExpressions"))
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(expression, labels) for expression in expressions
    )


def _holds(expression: Node, labels: Mapping[str, str]) -> bool:
    key = expression.text_at("key")
    values = {one.text for one in _elements(expression.get("values"))}
    match expression.text_at("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False


def _containers(spec: Node) -> Iterator[Container]:
    pod_level = spec.get("securityContext")
    for sort, key in (
        ("init", "initContainers"),
        ("container", "containers"),
        ("ephemeral", "ephemeralContainers"),
    ):
        for node in _elements(spec.get(key)):
            if node.is_mapping:
                image = ImageReference.parse(node.text_at("image"))
                security = _security(node.get("securityContext"), pod_level)
                yield Container(node.text_at("name"), sort, image, security, node)


def _security(own: Node | None, pod: Node | None) -> SecurityContext:
    def get(path: str, *, inherits: bool) -> Node | None:
        for level in (own, pod if inherits else None):
            node = None if level is None else level.get(path)
            # An explicit null is the same as nothing written.
            if node is not None and node.value is not None:
                return node
        return None

    return SecurityContext(
        run_as_non_root=get("runAsNonRoot", inherits=True),
        run_as_user=get("runAsUser", inherits=True),
        run_as_group=get("runAsGroup", inherits=True),
        seccomp_type=get("seccompProfile.type", inherits=True),
        privileged=get("privileged", inherits=False),
        allow_privilege_escalation=get("allowPrivilegeEscalation", inherits=False),
        read_only_root_filesystem=get("readOnlyRootFilesystem", inherits=False),
        added_capabilities=_elements(get("capabilities.add", inherits=False)),
        dropped_capabilities=_elements(get("capabilities.drop", inherits=False)),
        node=own,
    )


def _elements(node: Node | None) -> tuple[Node, ...]:
    return () if node is None else node.elements


def _entries(node: Node | None) -> Mapping[str, Node]:
    return {} if node is None else dict(node.items())


def _texts(node: Node | None) -> Mapping[str, str]:
    return {key: value.text for key, value in _entries(node).items()}
