"""What the routes work with, built once per process."""

from dataclasses import dataclass
from typing import Annotated

import anyio
import httpx
from fastapi import Depends, Request

from orchestrator import metrics
from orchestrator.accounts import Accounts
from orchestrator.api_keys import ApiKeys
from orchestrator.database import Database
from orchestrator.mail import Mailer
from orchestrator.orchestration import Orchestrator
from orchestrator.providers import configured
from orchestrator.ratelimit import RateLimiter
from orchestrator.settings import Settings
from orchestrator.tokens import Tokens


HEALTH_TIMEOUT_SECONDS = 2


@dataclass(frozen=True)
class Services:
    """Everything with a lifetime, and what is built on it."""

    settings: Settings
    database: Database
    limiter: RateLimiter
    client: httpx.AsyncClient
    tokens: Tokens
    accounts: Accounts
    api_keys: ApiKeys
    mailer: Mailer
    orchestrator: Orchestrator

    @classmethod
    def build(cls, settings: Settings) -> "Services":
        database = Database(settings)
        tokens = Tokens(settings)
        client = httpx.AsyncClient()
        return cls(
            settings=settings,
            database=database,
            limiter=RateLimiter(settings),
            client=client,
            tokens=tokens,
            accounts=Accounts(database, tokens, settings),
            api_keys=ApiKeys(database),
            mailer=Mailer(settings),
            orchestrator=Orchestrator(configured(settings, client), settings),
        )

    async def close(self) -> None:
        await self.client.aclose()
        await self.limiter.store.close()
        self.database.close()

    async def database_answers(self) -> bool:
        """Ask with a time limit: a frozen server must not freeze the health check."""
        try:
            with anyio.fail_after(HEALTH_TIMEOUT_SECONDS):
                await anyio.to_thread.run_sync(self.database.ping, abandon_on_cancel=True)
        except Exception:  # noqa: BLE001 - whatever stops a query, the answer is no
            return self._note("database", up=False)
        return self._note("database", up=True)

    async def cache_answers(self) -> bool:
        try:
            with anyio.fail_after(HEALTH_TIMEOUT_SECONDS):
                await self.limiter.store.ping()
        except Exception:  # noqa: BLE001 - whatever stops a ping, the answer is no
            return self._note("cache", up=False)
        return self._note("cache", up=True)

    def providers_answer(self) -> bool:
        """Judge by the latest calls: a health check must not cost money."""
        up = any(provider.available for provider in self.orchestrator.providers)
        return self._note("providers", up=up)

    def _note(self, component: str, *, up: bool) -> bool:
        metrics.COMPONENT_UP.labels(component).set(up)
        return up


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(services_of)]
