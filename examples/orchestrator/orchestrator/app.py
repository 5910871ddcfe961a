"""Put the parts together: start reading here."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles

from orchestrator import __version__, logs, metrics, middleware, problems
from orchestrator.routes import analysis, api_keys, auth, operations, users
from orchestrator.services import Services
from orchestrator.settings import Settings


STATIC = Path(__file__).with_name("static")

logger = logging.getLogger(__name__)


class Application(FastAPI):
    """FastAPI, with the one schema of all errors in its OpenAPI document."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            document["components"]["schemas"].update(schema.pop("$defs"), Problem=schema)
        return super().openapi()


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application; connections are opened on first use and closed at shutdown."""
    settings = settings or Settings()
    logs.configure(settings.log_level)
    _report_errors_to_sentry(settings)
    services = Services.build(settings)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        metrics.BUILD_INFO.labels(__version__, settings.git_commit).set(1)
        for warning in _concerns(settings):
            logger.warning(warning)
        yield
        await services.close()

    app = Application(
        title="Orchestrator",
        version=__version__,
        description="One API in front of several language models.",
        lifespan=lifespan,
        docs_url=None if settings.in_production else "/docs",
        redoc_url=None,
        responses=problems.documented(422, 429, 500, 503),
    )
    app.state.services = services
    problems.install(app)
    middleware.install(app, settings, services.limiter)
    for module in (auth, users, api_keys, analysis, operations):
        app.include_router(module.router)
    app.add_api_route("/", _page, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


async def _page() -> FileResponse:
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


def _concerns(settings: Settings) -> list[str]:
    """Say at start what works but is not what most deployments want."""
    concerns = []
    if not settings.enable_auth:
        concerns.append("authentication is off: every caller is the developer")
    if settings.use_mock:
        concerns.append("mock mode is on: no model is asked")
    if settings.in_production and settings.sqlalchemy_url.startswith("sqlite"):
        concerns.append("production on SQLite: one node, no replicas")
    if settings.in_production and settings.redis_url is None:
        concerns.append("no REDIS_URL: each process limits on its own")
    return concerns


def _report_errors_to_sentry(settings: Settings) -> None:
    if settings.sentry_dsn is not None:
        import sentry_sdk

        sentry_sdk.init(
            dsn=settings.sentry_dsn.get_secret_value(),
            environment=settings.environment,
            release=settings.git_commit,
            send_default_pii=False,
            max_request_body_size="never",
            include_local_variables=False,
        )
