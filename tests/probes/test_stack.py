"""The copy of a compose file that may be started; no engine is needed to write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pytest_readiness.probes import stack
from pytest_readiness.probes.process import NotStarted


if TYPE_CHECKING:
    from pathlib import Path


LABELS = {"lock": "/x"}
FILE = """
name: mine
x-shared: &shared
  restart: always
  ports: ["0.0.0.0:80:8000"]
services:
  api:
    <<: *shared
    image: ${REGISTRY:-mine}/api:1
    build: {context: ., labels: [own=1]}
    container_name: api
    environment: [MODE=on, INHERITED]
    depends_on: [db]
    secrets: [token]
    networks: {front: {aliases: [web]}}
    logging: {driver: syslog}
    deploy: {resources: {limits: {memory: 1e9, pids: 100}}}
    volumes:
      - ./src:/src
      - data:/data
      - {type: bind, source: /etc/hosts, target: /hosts}
      - ./ro:/ro:ro
  db: {image: db, profiles: [manual], ports: ["5432:5432"], mem_limit: 010}
  debug: {image: debug, profiles: [debug], secrets: [other]}
  worker: {image: worker, network_mode: "service:net"}
  net: {image: net, profiles: [never]}
volumes: {data: {external: true, name: production}, unused: {}}
networks: {front: {name: shared, ipam: {config: [{subnet: 10.1.0.0/24}]}}}
secrets: {token: {file: ./token}, other: {environment: OTHER}}
"""


def planned(tmp_path: Path, text: str = FILE, **given: Any) -> stack.Plan:
    path = tmp_path / "compose.yml"
    path.write_text(text, encoding="utf-8")
    known = {"service": "api", "port": None, "environment": {}, "labels": LABELS, "told": {}}
    plan = stack.plan(path, **(known | given))
    assert path.read_text(encoding="utf-8") == text
    return plan


def copied(tmp_path: Path, text: str = FILE, **given: Any) -> Any:
    return yaml.safe_load(planned(tmp_path, text, **given).text)


def test_only_the_audited_service_is_reached_and_on_loopback_alone(tmp_path: Path) -> None:
    plan = planned(tmp_path)
    services = yaml.safe_load(plan.text)["services"]
    ports = {name: body.get("ports") for name, body in services.items()}
    assert ports == {"api": ["127.0.0.1::8000"], "db": None, "worker": None, "net": None}
    assert (plan.service, plan.port) == ("api", 8000)


def test_it_has_what_up_starts_and_what_that_needs(tmp_path: Path) -> None:
    assert planned(tmp_path).services == ("api", "db", "worker", "net")
    told = {"COMPOSE_PROFILES": "debug, x"}
    assert "debug" in planned(tmp_path, told=told).services
    assert list(copied(tmp_path)["secrets"]) == ["token"]
    assert list(copied(tmp_path, told=told)["secrets"]) == ["token", "other"]


def test_it_shares_nothing_with_the_teams_own_project(tmp_path: Path) -> None:
    copy = copied(tmp_path)
    api = copy["services"]["api"]
    assert not {"container_name", "image", "profiles"} & set(api)
    assert "name" not in copy
    assert copy["volumes"] == {"data": {"labels": LABELS}}
    assert copy["networks"] == {"front": {"labels": LABELS}, "default": {"labels": LABELS}}
    assert api["build"]["labels"] == {"own": "1", **LABELS}
    assert all(body["labels"] == LABELS for body in copy["services"].values())


def test_folders_of_this_machine_are_not_written_to(tmp_path: Path) -> None:
    source, data, hosts, read_only = copied(tmp_path)["services"]["api"]["volumes"]
    assert source == {"type": "bind", "source": "./src", "target": "/src", "read_only": True}
    assert data == "data:/data"
    assert hosts["read_only"] is True
    assert read_only == "./ro:/ro:ro"


def test_variables_are_laid_over_the_audited_service_as_they_are(tmp_path: Path) -> None:
    over = {"MODE": "off", "PRICE": "$5 ${X}"}
    environment = copied(tmp_path, environment=over)["services"]["api"]["environment"]
    assert environment == {"MODE": "off", "INHERITED": None, "PRICE": "$$5 $${X}"}


def test_scalars_are_left_for_compose_to_read(tmp_path: Path) -> None:
    text = planned(tmp_path).text
    assert "memory: 1e9" in text
    assert "mem_limit: 010" in text


def test_docker_compose_1_gets_what_it_knows(tmp_path: Path) -> None:
    api = copied(tmp_path, old=True)["services"]["api"]
    assert api["pids_limit"] == 100
    assert "pids" not in api["deploy"]["resources"]["limits"]


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        (FILE, {"service": "web"}, r"compose\.yml has no service web; it has api, db, debug"),
        (FILE, {"service": "worker"}, "network_mode service:net"),
        (FILE, {"service": "net"}, r"on which port does service net listen\? Write target\.port"),
        (
            "services: {a: {image: a}, b: {image: b}}",
            {"service": None},
            r"target\.service \(a, b\)",
        ),
        ("services: {}", {"service": None}, "none is started"),
        ("services: {api: {extends: {service: b}}, b: {}}", {}, "`docker compose config`"),
        ("include: [other.yml]\nservices: {}", {}, "`docker compose config`"),
        ("services: [", {}, r"compose\.yml cannot be read"),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path, text: str, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(NotStarted, match=said):
        planned(tmp_path, text, **given)


def test_a_service_that_alone_publishes_a_port_is_the_audited_one(tmp_path: Path) -> None:
    text = "services: {a: {image: a}, b: {image: b, ports: ['80']}}"
    plan = planned(tmp_path, text, service=None)
    assert (plan.service, plan.port) == ("b", 80)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotStarted, match=r"nowhere\.yml cannot be read"):
        stack.plan(
            tmp_path / "nowhere.yml",
            service=None,
            port=None,
            environment={},
            labels=LABELS,
            told={},
        )
