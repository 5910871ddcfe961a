"""Where the processes of a target listen."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    import psutil


@dataclass(frozen=True, order=True)
class Port:
    """A port on which a process waits for connections."""

    number: int
    address: str
    """``0.0.0.0``, ``::`` or an address of this machine."""
    program: str
    """Name of the process: ``python3``."""

    @property
    def is_local(self) -> bool:
        """Only this machine reaches it."""
        address = ipaddress.ip_address(self.address.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        return bool(mapped.is_loopback)

    @property
    def everywhere(self) -> bool:
        """It is bound on all interfaces."""
        return ipaddress.ip_address(self.address.partition("%")[0]).is_unspecified

    @property
    def url(self) -> str:
        """How it is reached from this machine, should it speak HTTP."""
        host = "127.0.0.1" if self.everywhere else self.address
        return f"http://[{host}]:{self.number}" if ":" in host else f"http://{host}:{self.number}"

    def __str__(self) -> str:
        where = "all interfaces" if self.everywhere else self.address
        return f"port {self.number} on {where} ({self.program})"


class Unlisted(Exception):  # noqa: N818 - a fact about this machine
    """The system does not say where a process listens."""


def listening(pid: int) -> tuple[Port, ...]:
    """TCP ports of a process, of what it has started, and of its process group; sorted.

    Raises:
        Unlisted: this machine does not tell, or the process is gone.
    """
    import psutil

    found: set[Port] = set()
    try:
        for process in _family(pid):
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just ended
                name = process.name()
                found |= {
                    Port(one.laddr.port, one.laddr.ip, name)
                    for one in process.net_connections(kind="tcp")
                    if one.status == psutil.CONN_LISTEN
                }
    except psutil.AccessDenied as error:
        raise Unlisted(f"the ports of process {pid} may not be read") from error
    except psutil.NoSuchProcess as error:
        raise Unlisted(f"process {pid} is gone") from error
    return tuple(sorted(found))


def _family(pid: int) -> list[psutil.Process]:
    """The process, its descendants, and who has left them but not the group that it leads."""
    import psutil

    first = psutil.Process(pid)
    known = {process.pid: process for process in (first, *first.children(recursive=True))}
    for process in psutil.process_iter():
        try:
            if process.pid not in known and os.getpgid(process.pid) == pid:
                known[process.pid] = process
        except (ProcessLookupError, PermissionError):
            continue
    return [process for process in known.values() if process.is_running()]
