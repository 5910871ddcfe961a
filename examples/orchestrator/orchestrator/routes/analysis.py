"""Asking the models."""

import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from orchestrator.access import CurrentPrincipal, Principal
from orchestrator.orchestration import Chunk, Contribution, model_id
from orchestrator.problems import ProblemError, documented
from orchestrator.providers import Usage
from orchestrator.schemas import (
    AnalysisAnswer,
    AnalyzeRequest,
    ContributionAnswer,
    Model,
    ModelList,
    UsageAnswer,
)
from orchestrator.services import Services, ServicesDep


EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events `delta` with text, then one `done` with usage or one `error`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}

router = APIRouter(prefix="/api", tags=["analysis"], responses=documented(401))


@router.get("/available-models")
def available_models(_principal: CurrentPrincipal, services: ServicesDep) -> ModelList:
    models = [
        Model(
            id=model_id(provider),
            provider=provider.name,
            model=provider.model,
            available=provider.available,
        )
        for provider in services.orchestrator.providers
    ]
    return ModelList(models=models, mock=services.orchestrator.mock)


@router.post(
    "/analyze",
    response_model=AnalysisAnswer,
    responses={**documented(400, 413, 415), 200: {"content": EVENTS[200]["content"]}},
)
async def analyze(
    body: AnalyzeRequest, principal: CurrentPrincipal, services: ServicesDep
) -> AnalysisAnswer | StreamingResponse:
    """Ask several models and combine their answers; with ``stream``, as server-sent events."""
    if body.stream:
        return await analyze_stream(body, principal, services)
    await _count(principal, services)
    ask = services.orchestrator.combine if body.mode == "combine" else services.orchestrator.first
    analysis = await ask(body.prompt, body.models, body.max_tokens)
    return AnalysisAnswer(
        answer=analysis.answer,
        mock=services.orchestrator.mock,
        providers=[_contribution(entry) for entry in analysis.contributions],
        usage=_usage(analysis.usage),
    )


@router.post(
    "/analyze/stream",
    response_class=StreamingResponse,
    responses={**documented(400, 413, 415), **EVENTS},
)
async def analyze_stream(
    body: AnalyzeRequest, principal: CurrentPrincipal, services: ServicesDep
) -> StreamingResponse:
    """Stream the answer of the first model that starts; failing ones are passed over."""
    await _count(principal, services)
    chunks = services.orchestrator.stream(body.prompt, body.models, body.max_tokens)
    # Wait for the first piece, so that "nobody answers" is still a status and not an event.
    first = await anext(chunks)
    return StreamingResponse(_events(first, chunks), media_type="text/event-stream")


async def _count(principal: Principal, services: Services) -> None:
    await services.limiter.require(services.limiter.per_user, str(principal.user.id))


async def _events(first: Chunk, rest: AsyncIterator[Chunk]) -> AsyncIterator[str]:
    yield _event("start", {"model": model_id(first.provider)})
    yield _delta(first)
    try:
        async for chunk in rest:
            yield _delta(chunk)
    except ProblemError as error:
        yield _event("error", {"status": error.status, "detail": error.detail})


def _delta(chunk: Chunk) -> str:
    if chunk.usage is not None:
        return _event("done", {"usage": _usage(chunk.usage).model_dump()})
    return _event("delta", {"text": chunk.text})


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _contribution(entry: Contribution) -> ContributionAnswer:
    completion = entry.completion
    return ContributionAnswer(
        provider=entry.provider.name,
        model=entry.provider.model,
        status="ok" if completion else "failed",
        answer=completion.text if completion else None,
        error=entry.error,
        latency_ms=completion.latency_ms if completion else None,
    )


def _usage(usage: Usage) -> UsageAnswer:
    return UsageAnswer(
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        total_tokens=usage.prompt_tokens + usage.completion_tokens,
        cost_usd=round(usage.cost_usd, 8),
    )
