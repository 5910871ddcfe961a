"""Hashing passwords, and refusing those that are guessed first."""

import string
from functools import cache
from importlib import resources
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


# OWASP's floor for argon2id; 19 MiB a hash, so only a few may run at once in a small container.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_slots = BoundedSemaphore(4)


def hash_password(password: str) -> str:
    with _slots:
        return _hasher.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Compare; without a hash (unknown user) the same work is done and the answer is no."""
    with _slots:
        try:
            _hasher.verify(password_hash or _decoy(), password)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


@cache
def _decoy() -> str:
    return _hasher.hash("a password nobody has")


def is_common(password: str, email: str) -> bool:
    """Tell whether the password is on every guesser's first page."""
    folded = password.casefold()
    stem = folded.rstrip(string.digits + string.punctuation)
    return (
        not {folded, stem}.isdisjoint(_common())
        or len(set(folded)) < 4
        or folded in {email, email.partition("@")[0]}
    )


@cache
def _common() -> frozenset[str]:
    listed = resources.files("orchestrator").joinpath("common_passwords.txt")
    return frozenset(listed.read_text(encoding="utf-8").split())
