"""Sliding-window rate limits: exact, in process by default, shared through Redis when there is one.

A limit of N in W seconds means that no window of W seconds, wherever it starts, holds more than N
accepted requests. When Redis does not answer, each process goes on with its own counts: a limit per
process is weaker than a shared one and better than none or than refusing everybody.
"""

import hashlib
import logging
import math
import time
import uuid
from collections import deque
from typing import NamedTuple, Protocol

from orchestrator import metrics
from orchestrator.problems import ProblemError
from orchestrator.settings import Settings


REDIS_TIMEOUT_SECONDS = 0.5
REDIS_PAUSE_SECONDS = 5
SWEEP_ABOVE_KEYS = 10_000

# Trims what has left the window, then accepts or not: one round trip, atomic for all workers.
SLIDING_WINDOW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local window, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
local used = redis.call('ZCARD', KEYS[1])
local accepted = 0
if used < limit then
  redis.call('ZADD', KEYS[1], now, ARGV[3])
  redis.call('PEXPIRE', KEYS[1], window)
  used, accepted = used + 1, 1
end
local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {accepted, limit - used, oldest[2] + window - now}
"""

logger = logging.getLogger(__name__)


class Rule(NamedTuple):
    """At most ``limit`` in ``window`` seconds, per key."""

    name: str
    limit: int
    window: int


class Decision(NamedTuple):
    """The outcome for one request; ``reset`` is when the oldest counted one leaves the window."""

    accepted: bool
    remaining: int
    reset: float

    def headers(self, rule: Rule) -> dict[str, str]:
        reset = str(max(1, math.ceil(self.reset)))
        headers = {
            "RateLimit-Limit": str(rule.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": reset,
            "RateLimit-Policy": f"{rule.limit};w={rule.window}",
        }
        return headers if self.accepted else {**headers, "Retry-After": reset}


class Store(Protocol):
    """Where the counts live."""

    async def hit(self, key: str, rule: Rule) -> Decision: ...
    async def forget(self, key: str) -> None: ...
    async def ping(self) -> None: ...
    async def close(self) -> None: ...


class MemoryStore:
    """Counts of this process."""

    def __init__(self) -> None:
        self._hits: dict[str, tuple[float, deque[float]]] = {}

    async def hit(self, key: str, rule: Rule) -> Decision:
        now = time.monotonic()
        if len(self._hits) > SWEEP_ABOVE_KEYS:
            self._hits = {key: hits for key, hits in self._hits.items() if hits[0] > now}
        _, moments = self._hits.get(key, (0, deque()))
        while moments and moments[0] <= now - rule.window:
            moments.popleft()
        accepted = len(moments) < rule.limit
        if accepted:
            moments.append(now)
            self._hits[key] = (now + rule.window, moments)
        return Decision(accepted, rule.limit - len(moments), moments[0] + rule.window - now)

    async def forget(self, key: str) -> None:
        self._hits.pop(key, None)

    async def ping(self) -> None:
        """Memory is always there."""

    async def close(self) -> None:
        """Nothing to release."""


class RedisStore:
    """Counts shared by all workers and replicas."""

    def __init__(self, url: str) -> None:
        from redis.asyncio import Redis

        self._redis = Redis.from_url(
            url,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            health_check_interval=30,
        )
        self._sliding_window = self._redis.register_script(SLIDING_WINDOW)

    async def hit(self, key: str, rule: Rule) -> Decision:
        arguments: list[str | int] = [rule.window * 1000, rule.limit, uuid.uuid4().hex]
        accepted, remaining, reset = await self._sliding_window([key], arguments)
        return Decision(bool(accepted), remaining, reset / 1000)

    async def forget(self, key: str) -> None:
        await self._redis.delete(key)

    async def ping(self) -> None:
        await self._redis.ping()

    async def close(self) -> None:
        await self._redis.aclose()


class SharedStore:
    """Redis, and memory while Redis is silent."""

    def __init__(self, url: str) -> None:
        from redis.exceptions import RedisError

        self._errors = (RedisError, OSError)
        self._redis = RedisStore(url)
        self._memory = MemoryStore()
        self._silent_until = 0.0

    async def hit(self, key: str, rule: Rule) -> Decision:
        if time.monotonic() >= self._silent_until:
            try:
                return await self._redis.hit(key, rule)
            except self._errors as error:
                self._silent_until = time.monotonic() + REDIS_PAUSE_SECONDS
                fields = {"error": type(error).__name__}
                logger.warning("redis silent, limiting in process", extra={"fields": fields})
        metrics.LIMITER_FALLBACKS.inc()
        return await self._memory.hit(key, rule)

    async def forget(self, key: str) -> None:
        await self._memory.forget(key)
        if time.monotonic() >= self._silent_until:
            try:
                await self._redis.forget(key)
            except self._errors:
                self._silent_until = time.monotonic() + REDIS_PAUSE_SECONDS

    async def ping(self) -> None:
        await self._redis.ping()

    async def close(self) -> None:
        await self._redis.close()


class RateLimiter:
    """The rules of this API over one store."""

    def __init__(self, settings: Settings) -> None:
        self.enabled = settings.rate_limit_enabled
        self.per_client = Rule("client", settings.rate_limit_per_minute, 60)
        self.per_account = Rule("account", settings.login_attempts_per_account, 300)
        self.per_user = Rule("analyses", settings.analyses_per_day, 86_400)
        for rule in (self.per_client, self.per_account, self.per_user):
            metrics.RATE_LIMITED.labels(rule.name)  # with several workers, unseen is not exposed
        self.store: Store = (
            SharedStore(settings.redis_url.get_secret_value())
            if settings.redis_url
            else MemoryStore()
        )

    async def hit(self, rule: Rule, subject: str) -> Decision:
        """Count one request of this subject."""
        decision = await self.store.hit(_key(rule, subject), rule)
        if not decision.accepted:
            metrics.RATE_LIMITED.labels(rule.name).inc()
            logger.warning("rate limit reached", extra={"fields": {"rule": rule.name}})
        return decision

    async def require(self, rule: Rule, subject: str) -> None:
        """Count one request, and answer 429 when it is one too many."""
        if self.enabled:
            decision = await self.hit(rule, subject)
            if not decision.accepted:
                raise ProblemError(
                    429, "rate-limited", "Too many requests.", decision.headers(rule)
                )

    async def forget(self, rule: Rule, subject: str) -> None:
        """Start over, after a login that succeeded."""
        if self.enabled:
            await self.store.forget(_key(rule, subject))


def _key(rule: Rule, subject: str) -> str:
    # Hashed, because addresses and e-mail addresses of people need not lie in Redis.
    return f"limit:{rule.name}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"
