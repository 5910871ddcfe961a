"""Servers from real containers, of images that `.ci/container-images` has built."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from pytest_readiness.broker import Unavailable
from pytest_readiness.model import Reason
from pytest_readiness.probes import containers, postgres, redis
from pytest_readiness.probes.process import NotStarted
from pytest_readiness.settings import Service
from tests.worlds import world


if TYPE_CHECKING:
    from pathlib import Path


POSTGRES = "readiness-test/postgres"
REDIS = "readiness-test/redis"


@pytest.fixture(scope="module")
def engine() -> Any:
    """The engine's client. In CI there is no excuse for not having one with our images."""
    missing = ""
    if not containers.engine_answers():
        missing = "no container engine answers; start one, or set DOCKER_HOST"
    else:
        with containers._client() as client:
            names = {tag.partition(":")[0] for image in client.images.list() for tag in image.tags}
        if not {POSTGRES, REDIS} <= names:
            missing = "the test images are missing; run .ci/container-images as root"
    if missing and os.environ.get("CI"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


pytestmark = pytest.mark.usefixtures("engine")


def ours() -> list[Any]:
    """Containers of this project's runs on this engine."""
    with containers._client() as client:
        found: list[Any] = client.containers.list(
            all=True, ignore_removed=True, filters={"label": containers.LOCK_LABEL}
        )
        return found


def test_a_postgres_image_serves_and_its_container_goes() -> None:
    before = {container.id for container in ours()}
    with world(postgres=Service(image=POSTGRES)) as broker:
        server = postgres.Server(**broker.once(postgres.SERVER))
        assert server.served_by == f"image {POSTGRES}"
        with postgres.scratch(server) as url, postgres.connected(url) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        with pytest.raises(psycopg.OperationalError):
            postgres._version(server.url.replace(postgres.ROLE, "postgres", 1))
        (container,) = (each for each in ours() if each.id not in before)
        bindings = container.attrs["NetworkSettings"]["Ports"]["5432/tcp"]
        assert {binding["HostIp"] for binding in bindings} == {"127.0.0.1"}
    assert {container.id for container in ours()} <= before


def test_a_redis_image_serves_keyspaces_behind_a_password(tmp_path: Path) -> None:
    before = {container.id for container in ours()}
    with world(redis=Service(image=REDIS)) as broker:
        source = redis.Source(**broker.once(redis.SOURCE))
        assert source.served_by == f"image {REDIS}"
        with (
            redis.fresh(source, tmp_path / "one") as one,
            redis.fresh(source, tmp_path / "two") as two,
            redis.connected(one.url) as first,
            redis.connected(two.url) as second,
        ):
            first.set("x", "1")
            assert second.dbsize() == 0
        with pytest.raises(redis._errors()):
            redis._version(source.url.replace(":" + source.url.split(":")[2].split("@")[0], ""))
    assert {container.id for container in ours()} <= before


def test_an_image_that_ends_at_once_says_why_and_leaves_nothing() -> None:
    before = {container.id for container in ours()}
    with (
        pytest.raises(NotStarted, match="POSTGRES_PASSWORD is not set"),
        containers.running(POSTGRES, 5432, {}) as container,
    ):
        container.wait_until(lambda: False, seconds=30)
    assert {container.id for container in ours()} <= before


def test_an_image_that_cannot_be_had_is_named() -> None:
    image = "127.0.0.1:1/nobody/has-this"
    with (
        world(postgres=Service(image=image)) as broker,
        pytest.raises(Unavailable, match="nobody/has-this") as refused,
    ):
        broker.once(postgres.SERVER)
    assert refused.value.reason is Reason.NO_TOOL


def test_without_an_engine_the_wheel_serves_and_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with world(postgres=Service(image=POSTGRES), redis=Service(image=REDIS)) as broker:
        for fact in (postgres.SERVER, redis.SOURCE):
            served_by = broker.once(fact)["served_by"]
            assert "-embedded " in served_by or "embedded-" in served_by
            assert "no container engine answered" in served_by


DIES = """
import time
from pytest_readiness.probes import redis
from pytest_readiness.settings import Service
from tests.worlds import world
with world(redis=Service(image="readiness-test/redis")) as broker:
    broker.once(redis.SOURCE)
    print("ready", flush=True)
    time.sleep(120)
"""


def test_what_a_killed_run_left_goes_with_the_next_start_and_nothing_else() -> None:
    before = {container.id for container in ours()}
    with subprocess.Popen([sys.executable, "-c", DIES], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        containers.sweep()
        assert len({container.id for container in ours()} - before) == 1  # its run is alive
        process.kill()
    assert len({container.id for container in ours()} - before) == 1
    containers.sweep()
    assert {container.id for container in ours()} <= before
