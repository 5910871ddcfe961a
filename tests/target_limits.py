"""What the specimen API does about bytes, items and time, and where it keeps its counts.

All of it is off until one of these defects is on; ``tests/target.py`` asks here at the places.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import threading
import time
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

DEFECTS: dict[str, tuple[str, ...]] = {
    "large-bodies": ("all", "chunked", "refused-late", "refused-with-400"),  # the last two: traps
    "unbounded-page": ("all", "capped-silently", "ignored", "usual-cap"),  # all but one: traps
    "dawdlers": ("cut-off", "one-at-a-time"),  # the first is sound
    "limits-logins-by-address": ("address",),
    # Where the counts of a limit of 60 a minute are; all but memory are shared by processes.
    "limits-in": ("memory", "store", "store-or-500", "store-or-nothing", "store-or-503"),
}
A_MINUTE = 60
LARGEST_BODY = 64 * 1024
_PATIENCE = 3.0


class StoreAwayError(Exception):
    """The store of the counts does not answer, and nothing was made for that case."""


# --- bytes


def body_of(handler: BaseHTTPRequestHandler, defects: dict[str, str]) -> bytes | None:
    """A body of any size, where the defect lets it in; None where it does not."""
    variant = defects.get("large-bodies")
    chunked = "Transfer-Encoding" in handler.headers
    length = handler.headers.get("Content-Length") or "0"
    if variant not in ("all", "chunked") or not re.fullmatch(r"[0-9]{1,12}", length):
        return None
    if chunked:
        return _chunks(handler)
    if variant == "all" and int(length) > LARGEST_BODY:
        return handler.rfile.read(int(length))
    return None


def _chunks(handler: BaseHTTPRequestHandler) -> bytes:
    parts = []
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        parts.append(handler.rfile.read(size))
        handler.rfile.readline()
    handler.rfile.readline()
    return b"".join(parts)


def too_large(handler: BaseHTTPRequestHandler, defects: dict[str, str], length: int) -> int:
    """The status for a body that is too large; it may be read to its end before."""
    if defects.get("large-bodies") == "refused-late":
        left = length
        while left > 0 and (part := handler.rfile.read(min(left, 2**16))):
            left -= len(part)
    return 400 if defects.get("large-bodies") == "refused-with-400" else 413


# --- items


def lifts_maximum(defects: dict[str, str], name: str) -> bool:
    return name == "limit" and "unbounded-page" in defects


def page_size(defects: dict[str, str], asked: int) -> int:
    caps = {"capped-silently": 100, "ignored": 20, "usual-cap": 1000}
    cap = caps.get(defects.get("unbounded-page", ""))
    return asked if cap is None else (20 if cap == 20 else min(asked, cap))


# --- time


def serve_inline(defects: dict[str, str]) -> bool:
    """Whether one connection after the other is served, as the simplest servers do."""
    return defects.get("dawdlers") == "one-at-a-time"


def watch(handler: BaseHTTPRequestHandler, defects: dict[str, str]) -> threading.Timer | None:
    """Cut a client off whose request is not there in time; cancel it when the request is."""
    if defects.get("dawdlers") != "cut-off":
        return None

    def cut() -> None:
        with contextlib.suppress(OSError):
            handler.connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(_PATIENCE, cut)
    timer.daemon = True
    timer.start()
    return timer


# --- counts


def rule(defects: dict[str, str], bucket: str, most: int, address: str) -> tuple[str, int]:
    """What is counted together, and how much of it there may be in a minute."""
    if "limits-logins-by-address" in defects and bucket.startswith("account"):
        bucket = f"logins of {address}"
    if "limits-in" in defects and bucket.startswith("address"):
        most = A_MINUTE
    return bucket, most


def left(defects: dict[str, str], bucket: str, most: int, in_memory: int) -> int:
    """How many more there may be, this one included."""
    stored = _counted(defects, bucket)
    return in_memory if stored is None else most + 1 - stored


def _counted(defects: dict[str, str], bucket: str) -> int | None:
    """Count one more in this minute's bucket of the store; None where memory has to do.

    Raises:
        StoreAwayError: the store does not answer.
    """
    variant = defects.get("limits-in", "memory")
    url = os.environ.get("REDIS_URL")
    if variant == "memory" or not url:
        return None
    import redis

    try:
        with redis.Redis.from_url(url, socket_timeout=1) as store:
            key = f"{bucket} {int(time.time() // 60)}"
            counted: Any = store.incr(key)
            return int(counted)
    except redis.RedisError as error:
        if variant == "store-or-nothing":
            return 0
        if variant == "store":
            return None
        raise StoreAwayError(variant) from error
