"""Where a process and its children listen."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pytest_readiness.probes.ports import Port, Unlisted, listening


CHILD = (
    "import socket; s = socket.create_server(('127.0.0.1', 0));"
    " print(s.getsockname()[1], flush=True); input()"
)
PARENT = f"""
import socket, subprocess, sys
own = socket.create_server(("0.0.0.0", 0))
child = subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdout=subprocess.PIPE, text=True)
print(own.getsockname()[1], child.stdout.readline().strip(), flush=True)
input()
child.kill()
child.wait()
child.stdout.close()
"""


def test_ports_of_a_process_and_of_its_children_are_listed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        everywhere, local = map(int, process.stdout.readline().split())
        found = {port.number: port for port in listening(process.pid)}
        process.communicate("\n")
    assert found.keys() == {everywhere, local}
    assert found[everywhere].everywhere
    assert not found[everywhere].is_local
    assert found[local].is_local
    assert "on all interfaces" in str(found[everywhere])


def test_a_process_that_is_gone_has_no_ports() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    with pytest.raises(Unlisted, match="is gone"):
        listening(process.pid)


@pytest.mark.parametrize(
    ("address", "local", "url"),
    [
        ("127.0.0.1", True, "http://127.0.0.1:9100"),
        ("::1", True, "http://[::1]:9100"),
        ("::ffff:127.0.0.1", True, "http://[::ffff:127.0.0.1]:9100"),
        ("0.0.0.0", False, "http://127.0.0.1:9100"),  # noqa: S104 - it is what is looked for
        ("::", False, "http://127.0.0.1:9100"),
        ("192.0.2.7", False, "http://192.0.2.7:9100"),
    ],
)
def test_an_address_says_who_reaches_it(address: str, url: str, *, local: bool) -> None:
    port = Port(9100, address, "python")
    assert port.is_local is local
    assert port.url == url
