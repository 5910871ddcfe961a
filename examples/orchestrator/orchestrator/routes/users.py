"""The signed-in user's own account, and the administrators' view of all."""

from fastapi import APIRouter

from orchestrator.access import Administrator, CurrentPrincipal, SignedIn
from orchestrator.problems import documented
from orchestrator.schemas import PageQuery, UserAnswer, UserList
from orchestrator.services import ServicesDep


router = APIRouter(prefix="/api", tags=["users"], responses=documented(401))


@router.get("/users/me")
def me(principal: CurrentPrincipal) -> UserAnswer:
    return UserAnswer.model_validate(principal.user)


@router.delete("/users/me", status_code=204, responses=documented(403))
def delete_me(principal: SignedIn, services: ServicesDep) -> None:
    """Erase the account with its sessions and keys."""
    services.accounts.delete(principal.user.id)


@router.get("/admin/users", tags=["admin"], responses=documented(403))
def list_users(_admin: Administrator, services: ServicesDep, page: PageQuery) -> UserList:
    users, total = services.accounts.list_users(page.limit, page.offset)
    return UserList(items=[UserAnswer.model_validate(user) for user in users], total=total)
