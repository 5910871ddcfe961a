"""Open a WebSocket, see whether it stays open, and find where a page opens one."""

from __future__ import annotations

import re
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit


if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


USUAL: Final = (
    *("/ws", "/ws/", "/websocket", "/api/ws", "/api/v1/ws", "/socket", "/cable"),
    "/socket.io/?EIO=4&transport=websocket",
    "/graphql",
)
"""Where frameworks have them."""
PROTOCOLS: Final[Mapping[str, tuple[str, ...]]] = {
    "graphql": ("graphql-transport-ws", "graphql-ws"),
    "cable": ("actioncable-v1-json",),
}
"""By a part of the path: what a server there may insist on."""

_OPENED: Final = re.compile(r"\bWebSocket\s*\(([^;]{1,300}?)\)\s*[;,\n)]")
_TEXT: Final = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'|`([^`]*)`")
_INSERTED: Final = re.compile(r"\$\{[^}]*\}")
_WHOLE: Final = re.compile(r"wss?://[\w.:-]*", re.IGNORECASE)
_PATH: Final = re.compile(r"/[\w.~-][\w./~-]*(?:\?[\w=&.-]*)?")
_CLOSE: Final = 8


@dataclass(frozen=True)
class Knock:
    """What came of one attempt to open a WebSocket."""

    status: int
    """Of the handshake; 101 when it was accepted, 0 when no answer came."""
    stays: bool
    """It was accepted, and the server did not close it at once."""
    shown: str
    """``101, stays open``, ``101, closed with 1008``, ``403``."""
    milliseconds: int


def knock(
    url: str,
    *,
    origin: str,
    headers: Mapping[str, str],
    protocols: Sequence[str] = (),
    trusted: str | None = None,
    certificate: tuple[str, str | None] | None = None,
    seconds: float = 5.0,
    linger: float = 0.5,
) -> Knock:
    """Open a WebSocket, and close it again.

    Args:
        url: ``ws://`` or ``wss://``.
        origin: of the page that opens it; empty where no browser does.
        headers: to send along.
        protocols: sub-protocols to offer.
        trusted: file with the certificates of authorities, None for the system's.
        certificate: file of a client certificate, and of its key.
        seconds: for the handshake.
        linger: seconds in which a server that accepts first may think better of it.
    """
    import websocket

    options: dict[str, Any] = {}
    if url.startswith("wss:"):
        context = ssl.create_default_context(cafile=trusted)
        if certificate:
            context.load_cert_chain(*certificate)
        options["context"] = context
    opened: Any = websocket.WebSocket(sslopt=options)
    began = time.monotonic()
    status, stays, shown = 0, False, ""
    try:
        opened.connect(
            url,
            timeout=seconds,
            origin=origin or None,
            suppress_origin=not origin,
            header=dict(headers),
            subprotocols=[*protocols] or None,
            http_no_proxy=["*"],
            redirect_limit=0,
        )
        status = 101
        stays, shown = _stays(opened, linger)
    except websocket.WebSocketBadStatusException as refusal:
        status = int(refusal.status_code)
        shown = str(status)
    except (websocket.WebSocketException, OSError, ValueError) as error:
        shown = shown or f"no handshake ({type(error).__name__})"
    finally:
        opened.shutdown()
    return Knock(status, stays, shown, round((time.monotonic() - began) * 1000))


def _stays(opened: Any, linger: float) -> tuple[bool, str]:
    """Whether it is still open after so many seconds, whatever is sent in between."""
    import websocket

    until = time.monotonic() + linger
    while (left := until - time.monotonic()) > 0:
        opened.settimeout(left)
        try:
            kind, frame = opened.recv_data_frame(control_frame=True)
        except websocket.WebSocketTimeoutException:
            break
        except (websocket.WebSocketException, OSError):
            return False, "101, closed"
        if kind == _CLOSE:
            code = int.from_bytes(frame.data[:2], "big") if frame and frame.data else 0
            return False, f"101, closed with {code}" if code else "101, closed"
    return True, "101, stays open"


def url_of(base: str, path: str) -> str:
    """The ``ws`` or ``wss`` URL of a path below the base URL of the target."""
    parts = urlsplit(base)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/"), "", "")) + path


def paths_in(script: str) -> list[str]:
    """Paths that a script opens a WebSocket at, as far as they stand there as text."""
    found = []
    for call in _OPENED.finditer(script):
        texts = ("".join(piece) for piece in _TEXT.findall(call[1]))
        paths = [_PATH.search(_WHOLE.sub("", _INSERTED.sub("", text))) for text in texts]
        found += [path[0] for path in paths if path][-1:]  # the last one: before it comes the host
    return [*dict.fromkeys(found)]


def in_clear(script: str) -> bool:
    """Whether a script opens a WebSocket over ``ws://`` whatever the page came by."""
    return any(
        re.match(r"\s*[\"'`]ws://(?!localhost|127\.)", call[1], re.IGNORECASE)
        for call in _OPENED.finditer(script)
    )
