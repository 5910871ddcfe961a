"""Issue and verify the two kinds of JWT, each with a secret of its own."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import jwt

from orchestrator.models import now
from orchestrator.settings import Settings


ALGORITHM = "HS256"
ISSUER = "orchestrator"
AUDIENCE = "orchestrator-api"
REQUIRED = ["iss", "aud", "sub", "sid", "jti", "typ", "iat", "exp"]

TokenType = Literal["access", "refresh"]


class InvalidTokenError(Exception):
    """The token was not issued here for this purpose, or its time has passed."""


@dataclass(frozen=True)
class Claims:
    """What a verified token says."""

    user_id: uuid.UUID
    session_id: uuid.UUID
    jti: str


class Tokens:
    """Signs with HS256 and accepts nothing else, whatever a token's header claims."""

    def __init__(self, settings: Settings) -> None:
        self._secrets = {
            "access": settings.jwt_secret.get_secret_value(),
            "refresh": settings.jwt_refresh_secret.get_secret_value(),
        }
        self.access_lifetime = timedelta(minutes=settings.access_token_minutes)

    def access(self, user_id: uuid.UUID, session_id: uuid.UUID, session_end: datetime) -> str:
        expires = min(now() + self.access_lifetime, session_end)
        return self._sign("access", Claims(user_id, session_id, str(uuid.uuid4())), expires)

    def refresh(self, claims: Claims, session_end: datetime) -> str:
        return self._sign("refresh", claims, session_end)

    def verify(self, token: str, typ: TokenType) -> Claims:
        try:
            payload = jwt.decode(
                token,
                self._secrets[typ],
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": REQUIRED},
            )
            claims = Claims(uuid.UUID(payload["sub"]), uuid.UUID(payload["sid"]), payload["jti"])
        except (jwt.InvalidTokenError, ValueError) as error:
            raise InvalidTokenError from error
        if payload["typ"] != typ:
            raise InvalidTokenError
        return claims

    def _sign(self, typ: TokenType, claims: Claims, expires: datetime) -> str:
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "jti": claims.jti,
            "typ": typ,
            "iat": now(),
            "exp": expires,
        }
        return jwt.encode(payload, self._secrets[typ], ALGORITHM)
