"""Whether what answers on a port of this machine runs on it, and where others would find us."""

from __future__ import annotations

import contextlib
import socket
from typing import Final


FORWARDERS: Final = frozenset(
    {
        "cloudflared",
        "com.docker.backend",
        "conmon",
        "docker-proxy",
        "gvproxy",
        "kubectl",
        "limactl",
        "ngrok",
        "pasta",
        "qemu-system-aarch64",
        "qemu-system-x86_64",
        "rootlesskit",
        "rootlessport",
        "slirp4netns",
        "socat",
        "ssh",
        "sshd",
        "vpnkit",
        "wslrelay",
    }
)
"""Programs that listen here for a service that runs somewhere else."""


def listening_program(port: int) -> str:
    """Name of the program that listens on a TCP port of this machine; empty when nobody can tell.

    Programs of other users can be seen by root alone.
    """
    import psutil

    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            held = process.net_connections(kind="tcp")
            if any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in held):
                return str(process.name())
    return ""


def runs_here(program: str) -> bool:
    """Whether a program that listens here is the service itself, as far as its name tells."""
    return bool(program) and program.lower().removesuffix(".exe") not in FORWARDERS


def own_address(host: str) -> str:
    """IPv4 address of this machine on the way to a host; empty when there is no way.

    For a host that is this machine itself, the address on the way to everybody else. Nothing is
    sent: the system is asked for its route alone.
    """
    for one in (host, _ANYBODY):
        with contextlib.suppress(OSError), socket.socket(type=socket.SOCK_DGRAM) as asked:
            asked.connect((one, 9))
            found = str(asked.getsockname()[0])
            if not found.startswith("127."):
                return found
    return ""


_ANYBODY: Final = "192.0.2.1"
"""An address of RFC 5737 for documentation: there is a route to it, and nobody."""
