"""Talk to one model provider over OpenAI-compatible HTTP, with timeout, retries and a breaker."""

import asyncio
import json
import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from orchestrator import metrics
from orchestrator.settings import Settings


# US dollars per million tokens (prompt, completion), list prices; an unlisted model costs nothing.
PRICES = {
    "gpt-4o-mini-2024-07-18": (0.15, 0.60),
    "claude-sonnet-4-20250514": (3.00, 15.00),
    "gemini-2.0-flash-001": (0.10, 0.40),
}
RETRY_STATUSES = {408, 429, 500, 502, 503, 504}
BACKOFF_SECONDS = 0.2
MAX_BACKOFF_SECONDS = 2.0
BREAKER_FAILURES = 3
BREAKER_PAUSE_SECONDS = 30

Message = dict[str, str]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Usage:
    """Tokens as the provider counted them, and what they cost."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost_usd + other.cost_usd,
        )


@dataclass(frozen=True)
class Completion:
    """One provider's answer."""

    provider: str
    model: str
    text: str
    usage: Usage
    latency_ms: int


class ProviderError(Exception):
    """A provider gave no answer; ``kind`` says why, without quoting what it sent."""

    def __init__(self, kind: str, *, retryable: bool, retry_after: float = 0.0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.retryable = retryable
        self.retry_after = retry_after


class Provider(Protocol):
    """What the orchestration needs from a provider, real or mock."""

    name: str
    model: str

    @property
    def available(self) -> bool: ...

    async def complete(self, messages: Sequence[Message], max_tokens: int) -> Completion: ...

    def stream(self, messages: Sequence[Message], max_tokens: int) -> AsyncGenerator[str | Usage]:
        """Yield pieces of text, then the usage."""
        ...


class Breaker:
    """Leaves a provider alone for a while after several failures in a row."""

    def __init__(self) -> None:
        self._failures = 0
        self._open_until = 0.0

    @property
    def closed(self) -> bool:
        return time.monotonic() >= self._open_until

    def record(self, *, success: bool) -> None:
        self._failures = 0 if success else self._failures + 1
        if self._failures >= BREAKER_FAILURES:
            self._open_until = time.monotonic() + BREAKER_PAUSE_SECONDS


@dataclass(frozen=True)
class Endpoint:
    """Where a provider listens and what it is called."""

    name: str
    model: str
    base_url: str
    api_key: str


class HttpProvider:
    """A provider reached over ``/chat/completions``."""

    def __init__(
        self, endpoint: Endpoint, client: httpx.AsyncClient, timeout: float, attempts: int
    ) -> None:
        self.name = endpoint.name
        self.model = endpoint.model
        self._url = f"{endpoint.base_url.rstrip('/')}/chat/completions"
        self._headers = {"Authorization": f"Bearer {endpoint.api_key}"}
        self._client = client
        self._timeout = timeout
        self._attempts = attempts
        self._breaker = Breaker()

    @property
    def available(self) -> bool:
        return self._breaker.closed

    async def complete(self, messages: Sequence[Message], max_tokens: int) -> Completion:
        started = time.perf_counter()
        for attempt in range(1, self._attempts + 1):
            try:
                async with asyncio.timeout(self._timeout):
                    text, usage = await self._ask(self._body(messages, max_tokens))
            except (ProviderError, TimeoutError, httpx.HTTPError) as error:
                failure = _failure(error)
                self._record(failure.kind, started)
                if attempt == self._attempts or not failure.retryable:
                    raise failure from None
                await asyncio.sleep(_backoff(attempt, failure.retry_after))
            else:
                self._record("ok", started, usage)
                elapsed = time.perf_counter() - started
                return Completion(self.name, self.model, text, usage, round(elapsed * 1000))
        raise AssertionError("at least one attempt is made")

    async def stream(
        self, messages: Sequence[Message], max_tokens: int
    ) -> AsyncGenerator[str | Usage]:
        started = time.perf_counter()
        body = self._body(messages, max_tokens) | {
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        request = self._client.stream(
            "POST", self._url, json=body, headers=self._headers, timeout=self._timeout
        )
        usage = Usage()
        try:
            async with request as response:
                _require_success(response)
                async for piece in _pieces(response):
                    if text := _delta(piece):
                        yield text
                    if piece.get("usage"):
                        usage = self._usage(piece)
        except (ProviderError, TimeoutError, httpx.HTTPError) as error:
            failure = _failure(error)
            self._record(failure.kind, started)
            raise failure from None
        self._record("ok", started, usage)
        yield usage

    def _body(self, messages: Sequence[Message], max_tokens: int) -> dict[str, Any]:
        return {"model": self.model, "messages": list(messages), "max_tokens": max_tokens}

    async def _ask(self, body: dict[str, Any]) -> tuple[str, Usage]:
        response = await self._client.post(
            self._url, json=body, headers=self._headers, timeout=self._timeout
        )
        _require_success(response)
        try:
            answer = response.json()
            text = answer["choices"][0]["message"]["content"]
        except (ValueError, LookupError, TypeError):
            raise ProviderError("malformed", retryable=False) from None
        if not isinstance(text, str) or not text:
            raise ProviderError("malformed", retryable=False)
        return text, self._usage(answer)

    def _usage(self, answer: dict[str, Any]) -> Usage:
        counted = answer.get("usage") or {}
        prompt = int(counted.get("prompt_tokens") or 0)
        completion = int(counted.get("completion_tokens") or 0)
        prompt_price, completion_price = PRICES.get(self.model, (0.0, 0.0))
        cost = (prompt * prompt_price + completion * completion_price) / 1_000_000
        return Usage(prompt, completion, cost)

    def _record(self, outcome: str, started: float, usage: Usage | None = None) -> None:
        """Tell the breaker, the metrics and, about failures, the log."""
        self._breaker.record(success=outcome == "ok")
        metrics.LLM_REQUESTS.labels(self.name, self.model, outcome).inc()
        metrics.LLM_DURATION.labels(self.name, self.model).observe(time.perf_counter() - started)
        if usage is not None:
            metrics.LLM_TOKENS.labels(self.name, "prompt").inc(usage.prompt_tokens)
            metrics.LLM_TOKENS.labels(self.name, "completion").inc(usage.completion_tokens)
            metrics.LLM_COST.labels(self.name, self.model).inc(usage.cost_usd)
        else:
            fields = {"provider": self.name, "model": self.model, "kind": outcome}
            logger.warning("provider failed", extra={"fields": fields})


class MockProvider:
    """A canned answer, for working on the page without a key."""

    available = True

    def __init__(self, name: str, model: str) -> None:
        self.name = name
        self.model = model
        self._text = f"This is a mock answer of {name}; set USE_MOCK=false to ask the model."

    async def complete(self, messages: Sequence[Message], max_tokens: int) -> Completion:  # noqa: ARG002
        return Completion(self.name, self.model, self._text, Usage(), 0)

    async def stream(
        self,
        messages: Sequence[Message],  # noqa: ARG002
        max_tokens: int,  # noqa: ARG002
    ) -> AsyncGenerator[str | Usage]:
        for word in self._text.split(" "):
            yield f"{word} "
        yield Usage()


def configured(settings: Settings, client: httpx.AsyncClient) -> list[Provider]:
    """All providers in mock mode, else those that have a key."""
    known = [
        ("openai", settings.openai_model, settings.openai_base_url, settings.openai_api_key),
        (
            "anthropic",
            settings.anthropic_model,
            settings.anthropic_base_url,
            settings.anthropic_api_key,
        ),
        ("google", settings.google_model, settings.google_base_url, settings.google_api_key),
    ]
    if settings.use_mock:
        return [MockProvider(name, model) for name, model, _, _ in known]
    return [
        HttpProvider(
            Endpoint(name, model, base_url, key.get_secret_value()),
            client,
            settings.provider_timeout_seconds,
            settings.provider_attempts,
        )
        for name, model, base_url, key in known
        if key is not None
    ]


def _require_success(response: httpx.Response) -> None:
    if response.is_success:
        return
    retryable = response.status_code in RETRY_STATUSES
    kind = {401: "key-refused", 403: "key-refused", 429: "rate-limited"}.get(
        response.status_code, "unavailable" if retryable else "rejected"
    )
    wait = response.headers.get("retry-after", "")
    raise ProviderError(
        kind, retryable=retryable, retry_after=float(wait) if _is_number(wait) else 0
    )


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()


def _failure(error: Exception) -> ProviderError:
    if isinstance(error, ProviderError):
        return error
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        return ProviderError("timeout", retryable=True)
    return ProviderError("unreachable", retryable=True)


def _backoff(attempt: int, retry_after: float) -> float:
    """Exponential with jitter, or what the provider asks for, never long."""
    exponential = BACKOFF_SECONDS * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
    return min(max(exponential, retry_after), MAX_BACKOFF_SECONDS)


async def _pieces(response: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """Decode server-sent events until ``[DONE]``; an end without it is an interruption."""
    async for line in response.aiter_lines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        try:
            piece = json.loads(data)
        except ValueError:
            raise ProviderError("malformed", retryable=False) from None
        if not isinstance(piece, dict):
            raise ProviderError("malformed", retryable=False)
        yield piece
    raise ProviderError("interrupted", retryable=False)


def _delta(piece: dict[str, Any]) -> str:
    choices = piece.get("choices") or [{}]
    return (choices[0].get("delta") or {}).get("content") or ""
