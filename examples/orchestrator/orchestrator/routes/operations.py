"""What operators and their tools ask: health, readiness, version, metrics."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from orchestrator import __version__, metrics
from orchestrator.problems import ProblemError, documented
from orchestrator.schemas import Component, Components, Health, Status, Version
from orchestrator.services import ServicesDep


router = APIRouter(tags=["operations"])


@router.get("/api/health", responses={503: {"model": Health, "description": "Not usable."}})
async def health(services: ServicesDep, response: Response) -> Health:
    """Show every component: degraded without cache or providers, down without a database."""
    database = await services.database_answers()
    cache = await services.cache_answers()
    providers = services.providers_answer()
    if not database:
        response.status_code = 503
    return Health(
        status="down" if not database else "ok" if cache and providers else "degraded",
        version=__version__,
        components=Components(
            database=_component(up=database),
            cache=_component(up=cache),
            providers=Component(status="mock")
            if services.orchestrator.mock
            else _component(up=providers),
        ),
    )


@router.get("/api/health/live")
async def live() -> Status:
    """Answer as long as the process turns; no dependency can make it fail."""
    return Status(status="ok")


@router.get("/api/health/ready", responses=documented(503))
async def ready(services: ServicesDep) -> Status:
    """Answer 503 while the database, the one thing nothing works without, is away."""
    if not await services.database_answers():
        raise ProblemError(503, "not-ready", "The database does not answer.")
    return Status(status="ok")


@router.get("/api/version")
async def version(services: ServicesDep) -> Version:
    """Identify the running build."""
    settings = services.settings
    return Version(
        version=__version__, commit=settings.git_commit, login_required=settings.enable_auth
    )


@router.get("/metrics", include_in_schema=False)
def scrape() -> Response:
    return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)


def _component(*, up: bool) -> Component:
    return Component(status="up" if up else "down")
