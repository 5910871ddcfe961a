"""Which program listens on a port, and whether it is the service itself."""

from __future__ import annotations

import socket

import psutil
import pytest

from pytest_readiness.probes.process import free_port
from pytest_readiness.probes.reach import listening_program, runs_here


def test_the_program_that_listens_is_known_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert listening_program(server.getsockname()[1]) == psutil.Process().name()


def test_nobody_listens() -> None:
    assert not listening_program(free_port())


@pytest.mark.parametrize(
    ("program", "here"),
    [("python3", True), ("java", True), ("docker-proxy", False), ("SSH.exe", False), ("", False)],
)
def test_what_forwards_is_no_service(program: str, *, here: bool) -> None:
    assert runs_here(program) is here
