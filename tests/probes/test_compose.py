"""Services of a Compose file, each setting with its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.probes import compose, yamltree
from pytest_readiness.probes.unreadable import UnreadableFile


def service(settings: str, environment: dict[str, str] | None = None) -> compose.Service:
    lines = "".join(f"    {line}\n" for line in settings.splitlines())
    (found,) = compose.parse(f"services:\n  api:\n{lines}", "compose.yml", environment).services
    return found


@pytest.mark.parametrize(
    ("written", "host", "published", "target", "protocol"),
    [
        ('"80"', "", "", "80", "tcp"),
        ("22:22", "", "22", "22", "tcp"),
        ('"127.0.0.1:8000:80/udp"', "127.0.0.1", "8000", "80", "udp"),
        ('"[::1]:8000:80"', "::1", "8000", "80", "tcp"),
        ('"127.0.0.1::80"', "127.0.0.1", "", "80", "tcp"),
        ('"9000-9010:80-90"', "", "9000-9010", "80-90", "tcp"),
        ('"${PORT:-5432}:5432"', "", "5432", "5432", "tcp"),
        ('"${PORT:?set it}:5432"', "", "${PORT}", "5432", "tcp"),
        ('"${BIND:-127.0.0.1}:6379:6379"', "127.0.0.1", "6379", "6379", "tcp"),
        ("{target: 80, published: 8080, host_ip: 127.0.0.1}", "127.0.0.1", "8080", "80", "tcp"),
    ],
)
def test_ports_in_every_syntax(written, host, published, target, protocol):
    (port,) = service(f"ports:\n  - {written}").ports
    assert (port.host, port.published, port.target) == (host, published, target)
    assert (port.protocol, str(port.location)) == (protocol, "compose.yml:4")


@pytest.mark.parametrize(
    ("written", "kind", "source", "target", "read_only"),
    [
        ("data:/var/lib", "volume", "data", "/var/lib", False),
        (
            "/var/run/docker.sock:/var/run/docker.sock:ro",
            "bind",
            "/var/run/docker.sock",
            "/var/run/docker.sock",
            True,
        ),
        ("./a:/b:z,ro", "bind", "./a", "/b", True),
        ("/anonymous", "volume", "", "/anonymous", False),
        ("C:\\x:/y", "bind", "C:\\x", "/y", False),
        ("${DIR:-/srv}:/y", "bind", "/srv", "/y", False),
        ("{type: bind, source: /a, target: /b, read_only: true}", "bind", "/a", "/b", True),
    ],
)
def test_mounts_in_every_syntax(written, kind, source, target, read_only):
    (mount,) = service(f"volumes:\n  - {written}").mounts
    assert (mount.kind, mount.source) == (kind, source)
    assert (mount.target, mount.read_only) == (target, read_only)


def test_settings_know_their_lines():
    found = service(
        "image: ${IMAGE:-acme/api}:${TAG:-1}\nprivileged: 'true'\nread_only: no\nrestart: always\n"
        "network_mode: host\npid: host\nuser: '1000'\ncap_drop: [ALL]\nsecurity_opt:\n"
        "- no-new-privileges:true\nnetworks: {back: {aliases: [a]}}\ntmpfs: /tmp:size=1m\n"
        "extends: {file: base.yml, service: base}"
    )
    assert (found.image.value.name, found.image.value.tag, found.image.location.line) == (
        "acme/api",
        "1",
        3,
    )
    assert (found.privileged.value, found.privileged.location.line) == (True, 4)
    assert (found.read_only.value, found.restart.value) == (False, "always")
    assert (found.network_mode.value, found.pid.value, found.ipc) == ("host", "host", None)
    assert (found.user.value, found.cap_drop[0].value) == ("1000", "ALL")
    assert (found.security_opt[0].value, found.networks[0].value) == (
        "no-new-privileges:true",
        "back",
    )
    assert (found.mounts[0].kind, found.mounts[0].target) == ("tmpfs", "/tmp")  # noqa: S108
    assert (found.extends.value, found.build) == ("base", None)


@pytest.mark.parametrize(
    "form", ["A: x\nB: ${B_}\nC:\nD: ${D:-}y", "- A=x\n- B=${B_}\n- C\n- D=${D:-}y"]
)
def test_the_environment_as_list_and_as_mapping(form):
    indented = "\n".join(f"  {line}" for line in form.splitlines())
    a, b, c, d = service(f"environment:\n{indented}").environment
    assert [one.value for one in (a, b, c, d)] == ["x", "${B_}", None, "y"]
    assert [one.injected for one in (a, b, c, d)] == [False, True, True, False]
    assert (b.references, d.location.line) == (("B_",), 7)
    assert "y" not in repr(d).replace("compose.yml", "")


def test_env_files_in_every_syntax():
    assert [one.value for one in service("env_file: .env").env_files] == [".env"]
    both = service("env_file:\n- a.env\n- {path: b.env, required: false}").env_files
    assert [one.value for one in both] == ["a.env", "b.env"]


def test_limits_of_deploy_and_of_the_older_keys():
    new = service("deploy: {resources: {limits: {memory: 1g, cpus: '0.5', pids: 99}}}").limits
    old = service("mem_limit: 512m\npids_limit: 50").limits
    assert (new.memory.value, new.cpus.value, new.pids.value) == ("1g", "0.5", "99")
    assert (old.memory.value, old.cpus, old.pids.value) == ("512m", None, "50")


def test_a_restart_policy_of_deploy_counts():
    assert service("deploy: {restart_policy: {condition: any}}").restart.value == "any"
    assert service("image: a").restart is None


@pytest.mark.parametrize(
    ("written", "words", "disabled"),
    [
        ("test: curl -f http://x", ("CMD-SHELL", "curl -f http://x"), False),
        ("test: [CMD, curl, $$URL]", ("CMD", "curl", "$URL"), False),
        ("test: [NONE]", ("NONE",), True),
        ("disable: true", (), True),
        ("interval: 5s", (), False),
    ],
)
def test_healthchecks(written, words, disabled):
    found = service(f"healthcheck:\n  {written}").healthcheck
    assert (found.test, found.disabled) == (words, disabled)


def test_dependencies_as_list_and_as_mapping():
    (plain,) = service("depends_on: [db]").depends_on
    (healthy,) = service("depends_on: {db: {condition: service_healthy}}").depends_on
    assert (plain.service, plain.condition) == ("db", "service_started")
    assert (healthy.service, healthy.condition) == ("db", "service_healthy")


def test_builds():
    assert service("build: ./api").build.context == "./api"
    found = service("build: {context: api, dockerfile: prod.Dockerfile, args: [A=1]}").build
    assert (found.context, found.dockerfile, found.arguments[0].value) == (
        "api",
        "prod.Dockerfile",
        "1",
    )


def test_anchors_and_includes():
    text = (
        "x-base: &base\n  restart: always\n  cap_drop: [ALL]\ninclude: [a.yml, {path: b.yml}]\n"
        "services:\n  api:\n    <<: *base\n    image: a\n  db: *base\n"
    )
    found = compose.parse(text, "compose.yml")
    assert [str(one.restart.location) for one in found.services] == ["compose.yml:2"] * 2
    assert [one.value for one in found.includes] == ["a.yml", "b.yml"]
    assert found.service("db").image is None
    assert found.service("none") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A-${A}", "1-1"),
        ("$$A", "$A"),
        ("${B}", "${B}"),
        ("${B:?must be set}", "${B}"),
        ("${B-x}${E-x}${E:-x}", "xx"),
        ("${A:+y}${B+y}${E+z}", "yz"),
        ("${B:-${C:-deep}}", "deep"),
        ("${B:-${C}}", "${C}"),
        ("${B:-a$$b}", "a$b"),
        ("price: 5$", "price: 5$"),
    ],
)
def test_interpolation_is_that_of_compose(text, expected):
    assert compose.interpolate(text, {"A": "1", "E": ""}) == expected


@pytest.mark.parametrize("text", ["", "- a\n", "services: [a]\n", "services: {\n", "5"])
def test_what_is_no_compose_file_is_unreadable(text):
    with pytest.raises(UnreadableFile):
        compose.parse(text, "compose.yml")


KEYS = [
    "image",
    "build",
    "ports",
    "volumes",
    "environment",
    "env_file",
    "restart",
    "healthcheck",
    "deploy",
    "depends_on",
    "privileged",
    "networks",
    "tmpfs",
    "extends",
    "security_opt",
    "test",
    "args",
    "path",
]
TREE = st.recursive(
    st.none() | st.integers() | st.sampled_from(["a:b:c", "${A:-b}", "", "true", "[::1]:1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), TREE))
def test_services_of_any_shape_are_read(tree):
    text = str({"services": {"api": tree}, "include": [tree]}).replace("None", "null")
    found = compose.parse(text, "compose.yml")
    assert (
        found.services[0].node.value
        == yamltree.parse(str(tree).replace("None", "null"), "")[0].value
    )


@given(st.text(alphabet="${}:-?+AB \0\x01\x02"))
def test_interpolation_never_raises(text):
    assert isinstance(compose.interpolate(text, {"A": "$B"}), str)
