"""API keys of the signed-in user."""

import uuid

from fastapi import APIRouter

from orchestrator.access import SignedIn
from orchestrator.problems import documented
from orchestrator.schemas import ApiKeyAnswer, ApiKeyList, CreatedApiKey, NewApiKey, PageQuery
from orchestrator.services import ServicesDep


router = APIRouter(prefix="/api/api-keys", tags=["api keys"], responses=documented(401, 403))


@router.post("", status_code=201, responses=documented(400, 409, 413, 415))
def create(body: NewApiKey, principal: SignedIn, services: ServicesDep) -> CreatedApiKey:
    key, plain = services.api_keys.create(principal.user.id, body.name)
    shown = ApiKeyAnswer.model_validate(key)
    return CreatedApiKey(**shown.model_dump(), key=plain)


@router.get("")
def list_keys(principal: SignedIn, services: ServicesDep, page: PageQuery) -> ApiKeyList:
    keys, total = services.api_keys.page(principal.user.id, page.limit, page.offset)
    return ApiKeyList(items=[ApiKeyAnswer.model_validate(key) for key in keys], total=total)


@router.get("/{key_id}", responses=documented(404))
def show(key_id: uuid.UUID, principal: SignedIn, services: ServicesDep) -> ApiKeyAnswer:
    return ApiKeyAnswer.model_validate(services.api_keys.get(principal.user.id, key_id))


@router.delete("/{key_id}", status_code=204, responses=documented(404))
def delete(key_id: uuid.UUID, principal: SignedIn, services: ServicesDep) -> None:
    services.api_keys.delete(principal.user.id, key_id)
