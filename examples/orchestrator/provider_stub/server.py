"""The HTTP side of the stub, faults included.

A fault is chosen by the model's name (``anything-fail-500``, ``-fail-429``, ``-hang``,
``-malformed``, ``-cut``), by the header ``X-Stub-Fault``, or for every call by
``PUT /_stub/fault`` with ``{"fault": "500"}`` (``null`` ends it). ``GET /_stub/calls`` counts.
"""

import hashlib
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import Any

from provider_stub.answers import answer_to, prompt_tokens, tokens, truncated


MODELS = (
    "gpt-4o-mini-2024-07-18",
    "claude-sonnet-4-20250514",
    "gemini-2.0-flash-001",
)
FAULTS = {
    "fail-500": "500",
    "fail-429": "429",
    "hang": "hang",
    "malformed": "malformed",
    "cut": "cut",
}
HANG_SECONDS = 60
MAX_BODY_BYTES = 1_000_000


class StubServer(ThreadingHTTPServer):
    """Holds what is shared between requests."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, Handler)
        self.fault: str | None = None
        self.calls = 0
        self.lock = Lock()


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: StubServer

    def do_GET(self) -> None:
        if self.path == "/_stub/calls":
            self._send(200, {"calls": self.server.calls, "fault": self.server.fault})
        elif not self._has_key():
            self._send_error(401, "invalid_api_key", "Send Authorization: Bearer <key>.")
        elif self.path == "/v1/models":
            data = [{"id": model, "object": "model", "owned_by": "stub"} for model in MODELS]
            self._send(200, {"object": "list", "data": data})
        else:
            self._send_error(404, "not_found", "No such path.")

    def do_PUT(self) -> None:
        body = self._body()
        fault = (body or {}).get("fault")
        if self.path != "/_stub/fault" or fault not in {None, *FAULTS.values()}:
            self._send_error(404, "not_found", f"PUT /_stub/fault, one of {[*FAULTS.values()]}.")
            return
        self.server.fault = fault
        self._send(200, {"fault": fault})

    def do_POST(self) -> None:
        body = self._body()
        if not self._has_key():
            self._send_error(401, "invalid_api_key", "Send Authorization: Bearer <key>.")
        elif self.path != "/v1/chat/completions":
            self._send_error(404, "not_found", "No such path.")
        elif not _is_chat(body):
            self._send_error(400, "invalid_request_error", "Send model and messages.")
        else:
            with self.server.lock:
                self.server.calls += 1
            self._answer(body)

    def log_message(self, *_arguments: object) -> None:
        """Stay silent: prompts may lie in what would be logged."""

    def _answer(self, body: dict[str, Any]) -> None:
        fault = self.headers.get("X-Stub-Fault") or self.server.fault or _fault_of(body["model"])
        if fault == "500":
            self._send_error(500, "server_error", "The stub was asked to fail.")
        elif fault == "429":
            self._send_error(429, "rate_limit", "The stub was asked to refuse.", "1")
        elif fault == "hang":
            time.sleep(HANG_SECONDS)
        elif fault == "malformed":
            self._send_bytes(200, "application/json", b'{"choices": [')
        elif body.get("stream"):
            self._stream(body, cut=fault == "cut")
        else:
            self._complete(body)

    def _complete(self, body: dict[str, Any]) -> None:
        text, reason = truncated(answer_to(body["messages"], body["model"]), _limit(body))
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": reason}
        answer = _envelope(body, "chat.completion")
        self._send(200, {**answer, "choices": [choice], "usage": _usage(body, text)})

    def _stream(self, body: dict[str, Any], *, cut: bool) -> None:
        text, reason = truncated(answer_to(body["messages"], body["model"]), _limit(body))
        envelope = _envelope(body, "chat.completion.chunk")
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        words = text.split(" ")
        for position, word in enumerate(words[: len(words) // 2] if cut else words):
            piece = word if position == 0 else f" {word}"
            choice = {"index": 0, "delta": {"content": piece}, "finish_reason": None}
            self._event({**envelope, "choices": [choice]})
        if cut:
            return
        last = {"index": 0, "delta": {}, "finish_reason": reason}
        self._event({**envelope, "choices": [last]})
        if (body.get("stream_options") or {}).get("include_usage"):
            self._event({**envelope, "choices": [], "usage": _usage(body, text)})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, data: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())

    def _has_key(self) -> bool:
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and bool(key.strip())

    def _body(self) -> Any:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            return None
        try:
            return json.loads(self.rfile.read(length))
        except ValueError:
            return None

    def _send_error(
        self, status: int, code: str, message: str, retry_after: str | None = None
    ) -> None:
        self._send(status, {"error": {"code": code, "message": message}}, retry_after)

    def _send(self, status: int, answer: dict[str, Any], retry_after: str | None = None) -> None:
        self._send_bytes(status, "application/json", json.dumps(answer).encode(), retry_after)

    def _send_bytes(
        self, status: int, content_type: str, body: bytes, retry_after: str | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(body)


def make_server(host: str, port: int) -> StubServer:
    """Bind; port 0 takes a free one, see ``server_port``."""
    return StubServer((host, port))


def _is_chat(body: object) -> bool:
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        return False
    messages = body.get("messages")
    return (
        isinstance(messages, list)
        and bool(messages)
        and all(
            isinstance(message, dict)
            and isinstance(message.get("role"), str)
            and isinstance(message.get("content"), str)
            for message in messages
        )
    )


def _fault_of(model: str) -> str | None:
    return next((fault for name, fault in FAULTS.items() if model.endswith(name)), None)


def _limit(body: dict[str, Any]) -> int | None:
    limit = body.get("max_tokens")
    return limit if isinstance(limit, int) and limit > 0 else None


def _envelope(body: dict[str, Any], kind: str) -> dict[str, Any]:
    seed = json.dumps(body["messages"], sort_keys=True) + body["model"]
    identifier = hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:24]
    return {
        "id": f"chatcmpl-{identifier}",
        "object": kind,
        "created": int(time.time()),
        "model": body["model"],
    }


def _usage(body: dict[str, Any], text: str) -> dict[str, int]:
    prompt = prompt_tokens(body["messages"])
    completion = tokens(text)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }
