"""A listener on this machine: it serves a few documents and counts who asks."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass
class Listener:
    """Where it listens, and what was asked for."""

    url: str
    asked: list[str] = field(default_factory=list)
    """Paths in the order asked."""


@contextlib.contextmanager
def listening(documents: Mapping[str, str], host: str = "127.0.0.1") -> Iterator[Listener]:
    """Serve documents by path on a free port of an address of this machine until the block ends."""
    heard = Listener("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.asked.append(self.path)
            body = documents.get(self.path.partition("?")[0], "").encode()
            self.send_response(200 if body else 404)
            kind = "application/json" if body.startswith(b"{") else "application/x-pem-file"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_HEAD = do_POST = do_GET  # noqa: N815 - named as the library wants it

        def log_message(self, *_: Any) -> None:
            """What is asked is kept, and not printed."""

    server = ThreadingHTTPServer((host, 0), Handler)
    server.daemon_threads = True
    heard.url = f"http://{host}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
