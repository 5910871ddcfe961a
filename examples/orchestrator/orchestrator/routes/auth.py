"""Registration, login and everything about tokens."""

import asyncio

from fastapi import APIRouter, BackgroundTasks

from orchestrator.access import SignedIn
from orchestrator.problems import documented
from orchestrator.schemas import (
    Accepted,
    Credentials,
    RefreshToken,
    Registration,
    ResetConfirmation,
    ResetRequest,
    TokenPair,
    UserAnswer,
)
from orchestrator.services import Services, ServicesDep


router = APIRouter(prefix="/api/auth", tags=["auth"], responses=documented(400, 413, 415))


@router.post("/register", status_code=201, responses=documented(409))
def register(body: Registration, services: ServicesDep) -> UserAnswer:
    return UserAnswer.model_validate(services.accounts.register(body.email, body.password))


@router.post("/login", responses=documented(401))
async def login(body: Credentials, services: ServicesDep) -> TokenPair:
    """Exchange email and password for tokens; repeated failures are limited per account."""
    limiter = services.limiter
    await limiter.require(limiter.per_account, body.email)
    issued = await asyncio.to_thread(services.accounts.login, body.email, body.password)
    await limiter.forget(limiter.per_account, body.email)
    return TokenPair.model_validate(issued)


@router.post("/refresh", responses=documented(401))
def refresh(body: RefreshToken, services: ServicesDep) -> TokenPair:
    """Exchange a refresh token for a new pair; using one twice ends the session."""
    return TokenPair.model_validate(services.accounts.refresh(body.refresh_token))


@router.post("/logout", status_code=204, responses=documented(401, 403))
def logout(principal: SignedIn, services: ServicesDep) -> None:
    """End the session of the access token; its refresh token stops working too."""
    if principal.session_id is not None:
        services.accounts.logout(principal.session_id)


@router.post("/reset-password", status_code=202)
async def reset_password(
    body: ResetRequest, services: ServicesDep, tasks: BackgroundTasks
) -> Accepted:
    """Send a reset token to the address; the answer is the same when nobody has it."""
    limiter = services.limiter
    await limiter.require(limiter.per_account, f"reset {body.email}")
    tasks.add_task(_send_reset, services, body.email)
    return Accepted(message="If the address is registered, a token is on its way.")


@router.post("/reset-password/confirm", status_code=204)
def confirm_reset(body: ResetConfirmation, services: ServicesDep) -> None:
    """Set a new password by a token that works once; all sessions end."""
    services.accounts.finish_reset(body.token, body.password)


def _send_reset(services: Services, email: str) -> None:
    token = services.accounts.begin_reset(email)
    if token is not None:
        services.mailer.send_reset(email, token)
