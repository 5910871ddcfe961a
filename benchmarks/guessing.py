"""How many keys a second and core are tried on a token: ``python benchmarks/guessing.py``.

Each list is tried whole on a token that none of its words has signed, making the words included.
Seconds are those of the processor, so that what else the machine does counts for nothing.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from pytest_readiness.fixtures.guesses import COMMON
from pytest_readiness.probes import guessing, jwt


if TYPE_CHECKING:
    from collections.abc import Iterator


CLAIMS = {
    "iss": "https://auth.example.com",
    "aud": "https://api.example.com",
    "sub": "6f1c9a0b52d863e7",
    "type": "access",
    "iat": 1_790_000_000,
    "nbf": 1_790_000_000,
    "exp": 1_790_000_900,
    "jti": "0b52d863e7f1a94c",
}
NAMES = ("orchestrator", "Item Store", "auth-service", "api gateway")


def words() -> Iterator[str]:
    """What is tried in a repository whose own texts hold no key."""
    yield from COMMON
    yield from guessing.composed(NAMES, COMMON)
    for _, listed in guessing.frequent():
        yield from listed


def main() -> None:
    number = sum(1 for _ in words())
    print(f"{number:,} candidates without those of the repository")
    any_token = jwt.unsigned("eyJhbGciOiJIUzI1NiJ9.e30.", "HS256", **CLAIMS)
    for alg in ("HS256", "HS384", "HS512"):
        token = jwt.resigned(any_token, secrets.token_hex(32), alg)
        best = 0.0
        for _ in range(3):
            began = time.process_time()
            assert jwt.signing_key(token, words()) is None  # noqa: S101
            best = max(best, number / (time.process_time() - began))
        print(f"{alg}: {best / 1e6:.2f} million a second and core, {len(token)} characters")


if __name__ == "__main__":
    main()
