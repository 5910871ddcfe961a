"""Who is asking, and whether they may: the dependencies of protected routes."""

import logging
import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select

from orchestrator.accounts import digest, refuse
from orchestrator.models import ApiKey, LoginSession, User, now
from orchestrator.problems import ProblemError
from orchestrator.services import Services, ServicesDep
from orchestrator.tokens import InvalidTokenError


DEVELOPER_ID = uuid.UUID(int=1)
NO_PASSWORD = "!"  # noqa: S105 - no hash has this form, so no password matches

bearer = HTTPBearer(auto_error=False, description="Access token from POST /api/auth/login.")
api_key_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="An API key.")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Principal:
    """The user behind a request, and what they showed."""

    user: User
    session_id: uuid.UUID | None = None
    by_api_key: bool = False


def current_principal(
    services: ServicesDep,
    token: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    api_key: Annotated[str | None, Security(api_key_header)],
) -> Principal:
    """Accept an access token or an API key; with ENABLE_AUTH=false, nothing is needed."""
    principal = None
    if token is not None:
        principal = _by_token(services, token.credentials)
    elif api_key is not None:
        principal = _by_api_key(services, api_key)
    if principal is None and not services.settings.enable_auth:
        return Principal(_developer(services))
    if principal is None:
        offered = "token" if token else "api-key" if api_key else "missing"
        raise refuse(offered, "Send a valid access token or API key.")
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


def signed_in(principal: CurrentPrincipal) -> Principal:
    """Managing the account and its keys takes a login: a leaked key must not mint new ones."""
    if principal.by_api_key:
        raise ProblemError(403, "login-required", "An API key may not do this; log in.")
    return principal


SignedIn = Annotated[Principal, Depends(signed_in)]


def administrator(principal: SignedIn) -> Principal:
    if principal.user.role != "admin":
        fields = {"user_id": principal.user.id}
        logger.warning("access denied", extra={"fields": fields})
        raise ProblemError(403, "not-allowed", "Only administrators may do this.")
    return principal


Administrator = Annotated[Principal, Depends(administrator)]


def _by_token(services: Services, token: str) -> Principal | None:
    try:
        claims = services.tokens.verify(token, "access")
    except InvalidTokenError:
        return None
    live = (
        select(User)
        .join(LoginSession, LoginSession.user_id == User.id)
        .where(
            User.id == claims.user_id,
            LoginSession.id == claims.session_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now(),
        )
    )
    with services.database.begin() as session:
        user = session.scalar(live)
    return None if user is None else Principal(user, claims.session_id)


def _by_api_key(services: Services, key: str) -> Principal | None:
    owner = select(User).join(ApiKey).where(ApiKey.key_hash == digest(key))
    with services.database.begin() as session:
        user = session.scalar(owner)
    return None if user is None else Principal(user, by_api_key=True)


def _developer(services: Services) -> User:
    """The user of an API without authentication; a row, so that API keys can belong to it."""
    with services.database.begin() as session:
        developer = session.get(User, DEVELOPER_ID)
        if developer is None:
            developer = User(
                id=DEVELOPER_ID,
                email="developer@localhost",
                password_hash=NO_PASSWORD,
                role="admin",
            )
            session.add(developer)
    return developer
