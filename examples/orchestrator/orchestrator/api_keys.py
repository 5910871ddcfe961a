"""API keys: shown once, stored as a hash, reachable by their owner only."""

import secrets
import uuid

from sqlalchemy import delete, func, select

from orchestrator.accounts import digest
from orchestrator.database import Database
from orchestrator.models import ApiKey, User
from orchestrator.problems import ProblemError


PREFIX_LENGTH = 12
KEYS_PER_USER = 20


class ApiKeys:
    """Blocking, so called from worker threads."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, user_id: uuid.UUID, name: str) -> tuple[ApiKey, str]:
        """Store a new key and return it with its plain text, which is not kept."""
        plain = f"ork_{secrets.token_urlsafe(32)}"
        key = ApiKey(
            user_id=user_id, name=name, prefix=plain[:PREFIX_LENGTH], key_hash=digest(plain)
        )
        with self._database.begin() as session:
            owned = select(func.count()).select_from(ApiKey).where(ApiKey.user_id == user_id)
            session.scalar(select(User.id).where(User.id == user_id).with_for_update())
            if (session.scalar(owned) or 0) >= KEYS_PER_USER:
                raise ProblemError(409, "too-many-keys", f"Keep at most {KEYS_PER_USER} API keys.")
            session.add(key)
        return key, plain

    def page(self, user_id: uuid.UUID, limit: int, offset: int) -> tuple[list[ApiKey], int]:
        owned = ApiKey.user_id == user_id
        with self._database.begin() as session:
            page = (
                select(ApiKey)
                .where(owned)
                .order_by(ApiKey.created_at, ApiKey.id)
                .limit(limit)
                .offset(offset)
            )
            total = session.scalar(select(func.count()).select_from(ApiKey).where(owned))
            return list(session.scalars(page)), total or 0

    def get(self, user_id: uuid.UUID, key_id: uuid.UUID) -> ApiKey:
        mine = select(ApiKey).where(ApiKey.id == key_id, ApiKey.user_id == user_id)
        with self._database.begin() as session:
            key = session.scalar(mine)
        if key is None:
            raise _unknown()
        return key

    def delete(self, user_id: uuid.UUID, key_id: uuid.UUID) -> None:
        """Delete a key of this user; somebody else's does not exist for them."""
        mine = (
            delete(ApiKey)
            .where(ApiKey.id == key_id, ApiKey.user_id == user_id)
            .returning(ApiKey.id)
        )
        with self._database.begin() as session:
            if session.scalar(mine) is None:
                raise _unknown()


def _unknown() -> ProblemError:
    return ProblemError(404, "unknown-api-key", "There is no such API key.")
