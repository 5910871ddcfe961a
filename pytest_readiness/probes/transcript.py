"""Write an exchange down so that it may be shown: redacted, with a command that repeats it."""

from __future__ import annotations

import re
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pytest_readiness.model import Exchange
from pytest_readiness.redaction import is_secret_name


if TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest
    from urllib3 import HTTPHeaderDict


_SHOWN_BODY = 300
_SHOWN_CURL_BODY = 1000

_HEADERS_OF_SESSIONS = re.compile(r"auth|session", re.IGNORECASE)
_JSON_FIELD = re.compile(r'("(?P<name>[\w.-]+)"\s*:\s*")(?P<value>(?:[^"\\]|\\.)*)')
_FORM_FIELD = re.compile(r"((?:^|[?&\s'])(?P<name>[\w.-]+)=)(?P<value>[^&\s'\"]+)")
_JWT = re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*")


@dataclass(frozen=True)
class Transcript:
    """Writes one exchange down so that it may be shown."""

    redact: Callable[[str], str]
    token: str | None

    def clean(self, text: str) -> str:
        if self.token and len(self.token) > 5:  # noqa: PLR2004 - shorter ones are no secret
            text = text.replace(self.token, "$TOKEN").replace(quote(self.token), "$TOKEN")
        text = _JSON_FIELD.sub(_masked, _FORM_FIELD.sub(_masked, text))
        return self.redact(_JWT.sub("***", text))

    def summary(self, status: int, headers: HTTPHeaderDict, body: bytes, *, truncated: bool) -> str:
        kind = str(headers.get("Content-Type", "")).partition(";")[0].strip() or "no type"
        size = f"{'over ' if truncated else ''}{len(body):,} bytes"
        # Cleaned before it is cut: half a secret is one too.
        text = self.clean(body[: 16 * _SHOWN_BODY].decode("utf-8", "backslashreplace"))
        text = " ".join(text.split())
        cut = "…" if len(text) > _SHOWN_BODY else ""
        location = headers.get("Location")
        leads = f" to {self.clean(location)}" if location else ""
        return f"{status}{leads} {kind}, {size}" + (f": {text[:_SHOWN_BODY]}{cut}" if text else "")

    def exchange(self, request: PreparedRequest, response: str, began: float) -> Exchange:
        return Exchange(
            request=f"{request.method} {self.clean(request.url or '')}",
            response=response,
            curl=self._curl(request),
            milliseconds=round((time.perf_counter() - began) * 1000),
        )

    def _curl(self, request: PreparedRequest) -> str:
        method = str(request.method)
        words = ["curl", *{"GET": [], "HEAD": ["--head"]}.get(method, ["-X", method])]
        for name, value in request.headers.items():
            if name.lower() not in {"accept", "accept-encoding", "user-agent", "content-length"}:
                words += ["-H", self._header(name, _text(value))]
        if request.body:
            words += self._body(request.body)
        words += ["--path-as-is"] if "/." in (request.url or "") else []
        return " ".join([*words, _shell(self.clean(request.url or ""))])

    def _header(self, name: str, value: str) -> str:
        if self.token and self.token in value:
            return _shell(f"{name}: {value.replace(self.token, '$TOKEN')}")
        if (is_secret_name(name) or _HEADERS_OF_SESSIONS.search(name)) and value:
            return _shell(f"{name}: ${re.sub(r'[^A-Z0-9]', '_', name.upper())}")
        return shlex.quote(f"{name}: {self.clean(value)}")

    def _body(self, body: Any) -> list[str]:
        if not isinstance(body, str | bytes):  # sent in parts, and gone
            return ["--data-binary", "@body"]
        try:
            text = _text(body)
        except UnicodeDecodeError:
            return ["--data-binary", "@body"]
        text = self.clean(text)
        if len(text) > _SHOWN_CURL_BODY:
            text = f"{text[:_SHOWN_CURL_BODY]}…"
        return ["--data-raw", shlex.quote(text)]


def _masked(found: re.Match[str]) -> str:
    shown = found["value"].startswith("$") or not is_secret_name(found["name"])
    return found[0] if shown else f"{found[1]}***"


def _shell(text: str) -> str:
    """Quote for a shell so that ``$TOKEN`` is still a variable."""
    if "$" not in text:
        return shlex.quote(text)
    escaped = re.sub(r'(["`\\])', r"\\\1", text)
    return f'"{escaped}"'


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
