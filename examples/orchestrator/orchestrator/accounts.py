"""Accounts: registration, login, token rotation, password reset, deletion."""

import hashlib
import logging
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from orchestrator import metrics
from orchestrator.database import Database
from orchestrator.models import LoginSession, PasswordReset, User, now
from orchestrator.passwords import hash_password, is_common, verify_password
from orchestrator.problems import ProblemError
from orchestrator.settings import Settings
from orchestrator.tokens import Claims, InvalidTokenError, Tokens


RESET_LIFETIME = timedelta(minutes=30)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class IssuedTokens:
    """A fresh pair; ``expires_in`` is the access token's lifetime in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


def digest(secret: str) -> str:
    """Hash a random secret for storage: it has the entropy that a password lacks."""
    return hashlib.sha256(secret.encode()).hexdigest()


def refuse(reason: str, detail: str) -> ProblemError:
    """Count and log a refused credential, and answer 401 without saying which part was wrong."""
    metrics.AUTH_FAILURES.labels(reason).inc()
    logger.warning("credentials refused", extra={"fields": {"reason": reason}})
    return ProblemError(401, "invalid-credentials", detail, {"WWW-Authenticate": "Bearer"})


class Accounts:
    """Everything that changes who can sign in; blocking, so called from worker threads."""

    def __init__(self, database: Database, tokens: Tokens, settings: Settings) -> None:
        self._database = database
        self._tokens = tokens
        self._admin_email = (settings.admin_email or "").lower()
        self._session_lifetime = timedelta(days=settings.session_days)

    def register(self, email: str, password: str) -> User:
        _require_acceptable(password, email)
        user = User(email=email, password_hash=hash_password(password))
        try:
            with self._database.begin() as session:
                if email == self._admin_email and not _admin_exists(session):
                    user.role = "admin"
                session.add(user)
        except IntegrityError:
            raise ProblemError(409, "email-taken", "This address is already registered.") from None
        return user

    def login(self, email: str, password: str) -> IssuedTokens:
        with self._database.begin() as session:
            user = session.scalar(select(User).where(User.email == email))
        matches = verify_password(user.password_hash if user else None, password)
        if user is None or not matches:
            raise refuse("password", "Wrong email or password.")
        claims = Claims(user.id, uuid.uuid4(), str(uuid.uuid4()))
        with self._database.begin() as session:
            login = LoginSession(
                id=claims.session_id,
                user_id=user.id,
                refresh_jti=claims.jti,
                expires_at=now() + self._session_lifetime,
            )
            session.add(login)
        return self._pair(claims, login)

    def refresh(self, token: str) -> IssuedTokens:
        """Exchange a refresh token once; a second use means a copy exists, and ends the session."""
        try:
            claims = self._tokens.verify(token, "refresh")
        except InvalidTokenError:
            raise refuse("refresh-token", "The refresh token is not valid.") from None
        replacement = Claims(claims.user_id, claims.session_id, str(uuid.uuid4()))
        with self._database.begin() as session:
            login = session.scalar(
                update(LoginSession)
                .where(
                    LoginSession.id == claims.session_id,
                    LoginSession.refresh_jti == claims.jti,
                    LoginSession.revoked_at.is_(None),
                )
                .values(refresh_jti=replacement.jti)
                .returning(LoginSession)
            )
            if login is None:
                _revoke(session, LoginSession.id == claims.session_id)
        if login is None:
            raise refuse("refresh-replay", "The refresh token is not valid.")
        return self._pair(replacement, login)

    def logout(self, session_id: uuid.UUID) -> None:
        """End a session: its access and refresh tokens stop working at once."""
        with self._database.begin() as session:
            _revoke(session, LoginSession.id == session_id)

    def begin_reset(self, email: str) -> str | None:
        """Make a reset token for an existing account; the caller answers the same either way."""
        token = secrets.token_urlsafe(32)
        with self._database.begin() as session:
            user_id = session.scalar(select(User.id).where(User.email == email))
            if user_id is None:
                return None
            session.execute(delete(PasswordReset).where(PasswordReset.user_id == user_id))
            session.add(
                PasswordReset(
                    user_id=user_id, token_hash=digest(token), expires_at=now() + RESET_LIFETIME
                )
            )
        return token

    def finish_reset(self, token: str, password: str) -> None:
        """Set a new password by a token that works once, and end all sessions of the account."""
        usable = (
            PasswordReset.token_hash == digest(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now(),
        )
        with self._database.begin() as session:
            user_id = session.scalar(
                update(PasswordReset)
                .where(*usable)
                .values(used_at=now())
                .returning(PasswordReset.user_id)
            )
            if user_id is None:
                raise ProblemError(400, "invalid-reset-token", "The token is not valid any more.")
            user = session.get_one(User, user_id)
            # A refused password rolls the transaction back, so the token is still good.
            _require_acceptable(password, user.email)
            user.password_hash = hash_password(password)
            _revoke(session, LoginSession.user_id == user.id)

    def delete(self, user_id: uuid.UUID) -> None:
        """Erase the account with its sessions, keys and resets."""
        with self._database.begin() as session:
            session.execute(delete(User).where(User.id == user_id))

    def list_users(self, limit: int, offset: int) -> tuple[list[User], int]:
        with self._database.begin() as session:
            page = select(User).order_by(User.created_at, User.id).limit(limit).offset(offset)
            total = session.scalar(select(func.count()).select_from(User))
            return list(session.scalars(page)), total or 0

    def _pair(self, claims: Claims, login: LoginSession) -> IssuedTokens:
        return IssuedTokens(
            self._tokens.access(claims.user_id, claims.session_id, login.expires_at),
            self._tokens.refresh(claims, login.expires_at),
            int(self._tokens.access_lifetime.total_seconds()),
        )


def _require_acceptable(password: str, email: str) -> None:
    if is_common(password, email):
        raise ProblemError(422, "common-password", "This password is too easy to guess.")


def _admin_exists(session: Session) -> bool:
    return session.scalar(select(User.id).where(User.role == "admin").limit(1)) is not None


def _revoke(session: Session, *which: ColumnElement[bool]) -> None:
    session.execute(
        update(LoginSession)
        .where(*which, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now())
    )
