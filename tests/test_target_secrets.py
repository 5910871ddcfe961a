"""Each defect of ``tests/target_secrets.py`` shows, and the sound API does not show it."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.target import chosen
from tests.target_secrets import DEFECTS
from tests.test_target import PASSWORD, SOUND_DAY, Visitor, ordinary_day, visit


if TYPE_CHECKING:
    from collections.abc import Callable


def spilled(visitor: Visitor) -> list[str]:
    """What of a login, a token and an item stands in the log or in an answer to a stranger."""
    token = visitor.access()
    visitor.status("POST /api/items", token, json={"name": "lamp", "note": "orchid-lantern"})
    places = [*visitor.running.lines, visitor.ask("GET /metrics").text]
    text = "\n".join([*places, visitor.ask("GET /api/health").text])
    wanted = {
        "token": token,
        "encoded token": base64.b64encode(f"Bearer {token}".encode()).decode(),
        "digest": hashlib.sha256(f"Bearer {token}".encode()).hexdigest(),
        "mask": "Bearer ***",
        "password": PASSWORD,
        "note": "orchid-lantern",
    }
    return [name for name, value in wanted.items() if value in text]


def claimed(visitor: Visitor) -> list[str]:
    """Claims of a token beyond those that it needs."""
    needed = {"iss", "aud", "sub", "sid", "type", "jti", "iat", "nbf", "exp"}
    return sorted(visitor.claims().keys() - needed)


def scripts(visitor: Visitor) -> list[str]:
    """Credentials and addresses of others that the page and its scripts hold."""
    texts = [visitor.ask("GET /").text]
    for path in ("app.js", "app.js.map", "admin-4f2a.js"):
        answer = visitor.ask(f"GET /assets/{path}")
        texts += [answer.text] if answer.status_code == 200 else []
    signs = r"sk_live_|pk_live_|ghp_|sk-proj-|postgresql://|cdn\.example|fetch\("
    return sorted(set(re.findall(signs, "\n".join(texts))))


CASES: list[tuple[str, Callable[[Visitor], Any], Any]] = [
    ("leaked-canary:authorization", spilled, ["token"]),
    ("leaked-canary:headers", spilled, ["token"]),
    ("leaked-canary:login", spilled, ["password"]),
    ("leaked-canary:tokens", spilled, ["encoded token"]),
    ("leaked-canary:bodies", spilled, ["note"]),
    ("leaked-canary:metrics", spilled, ["token"]),
    ("leaked-canary:health", spilled, ["token"]),
    ("leaked-canary:masked", spilled, ["mask"]),
    ("leaked-canary:digests", spilled, ["digest"]),
    ("personal-claims:email", claimed, ["email"]),
    ("personal-claims:name", claimed, ["family_name", "given_name", "name"]),
    ("personal-claims:phone", claimed, ["profile"]),
    ("personal-claims:address", claimed, ["address"]),
    ("personal-claims:username", claimed, ["preferred_username", "roles", "scope"]),
    ("scripts:clean", scripts, ["fetch("]),
    ("scripts:publishable", scripts, ["pk_live_"]),
    ("scripts:elsewhere", scripts, ["cdn.example"]),
    ("scripts:provider", scripts, ["sk-proj-"]),
    ("scripts:inline", scripts, ["sk_live_"]),
    ("scripts:map", scripts, ["ghp_"]),
    ("scripts:chunk", scripts, ["postgresql://"]),
]


@pytest.mark.parametrize(("defect", "look", "defective"), CASES)
def test_the_defect_shows(defect: str, look: Callable[[Visitor], Any], defective: Any) -> None:
    with visit() as visitor:
        assert look(visitor) == []
    with visit(defect) as visitor:
        assert look(visitor) == defective


@pytest.mark.parametrize("defect", ["leaked-canary:health", "personal-claims:name", "scripts:map"])
def test_nothing_else_goes_otherwise(defect: str) -> None:
    with visit(defect) as visitor:
        assert ordinary_day(visitor) == SOUND_DAY


def test_every_variant_is_shown() -> None:
    shown = {pair for case in CASES for pair in chosen([case[0]]).items()}
    assert shown == {(name, one) for name, variants in DEFECTS.items() for one in variants}
