"""What ``tests/target.py`` does wrong with secrets and personal data, and what only looks wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from typing import TYPE_CHECKING, Any

from tests import credentials


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.target import Call


def _bundle(text: Callable[[random.Random], str]) -> str:
    return f"(()=>{{{text(random.Random(20261121))}}})();\n"


_LOADED = '<script src="/assets/app.js"></script>'
SCRIPTS: dict[str, tuple[str, dict[str, Callable[[random.Random], str]]]] = {
    # variant: what stands in the page, and scripts by their path
    "clean": (_LOADED, {"/assets/app.js": lambda _: "fetch('/api/items')"}),  # sound
    "publishable": (  # sound
        _LOADED,
        {
            "/assets/app.js": lambda dice: (
                f'Stripe("{credentials.stripe_key(dice, "pk")}");'
                f'init({{apiKey:"{credentials.google_key(dice)}",authDomain:"a.example"}});'
                f'Sentry.init({{dsn:"https://{credentials.drawn(dice, 32, "0123456789abcdef")}'
                '@o1.ingest.sentry.io/2"})'
            )
        },
    ),
    "elsewhere": ('<script src="https://cdn.example/a.js"></script>', {}),  # sound
    "provider": (
        _LOADED,
        {"/assets/app.js": lambda dice: f'const k="{credentials.openai_key(dice)}"'},
    ),
    "inline": ("<script>const k='{stripe}'</script>", {}),
    "map": (
        _LOADED,
        {
            "/assets/app.js": lambda _: "run();\n//# sourceMappingURL=app.js.map\n",
            "/assets/app.js.map": lambda dice: json.dumps(
                {"version": 3, "sourcesContent": [f"T = '{credentials.github_token(dice)}'"]}
            ),
        },
    ),
    "chunk": (
        _LOADED,
        {
            "/assets/app.js": lambda _: 'import("./admin-4f2a.js")',
            "/assets/admin-4f2a.js": lambda dice: (
                f'db("postgresql://app:{credentials.drawn(dice, 18)}@db.acme.io/a")'
            ),
        },
    ),
}  # fmt: skip


DEFECTS: dict[str, tuple[str, ...]] = {
    "leaked-canary": (
        *("authorization", "headers", "login", "tokens", "bodies", "metrics", "health"),
        *("masked", "digests"),  # traps
    ),
    "personal-claims": ("email", "name", "phone", "address", "username"),  # the last is a trap
    "scripts": tuple(SCRIPTS),
}


def in_page(variant: str) -> str:
    """What the page loads."""
    shown = SCRIPTS[variant][0]
    return shown.replace("{stripe}", credentials.stripe_key(random.Random(7)))


def script(call: Call) -> str:
    """The script at a path, empty without one."""
    make = SCRIPTS.get(call.defects.get("scripts", ""), ("", {}))[1].get(call.path)
    if make is None:
        return ""
    return make(random.Random(7)) if call.path.endswith(".map") else _bundle(make)


def spilled(call: Call) -> Iterator[str]:
    """Further lines that a log gets for a request."""
    headers: Mapping[str, Any] = call.headers
    given = headers.get("Authorization") or ""
    match call.defects.get("leaked-canary"):
        case "authorization":
            yield f"DEBUG auth header: {given}"
        case "headers":
            yield f"DEBUG headers: {dict(headers.items())}"
        case "login" if call.path.endswith("/login"):
            yield f"INFO login attempt {call.raw.decode('utf-8', 'replace')}"
        case "tokens" if given:
            yield f"INFO token b64={base64.b64encode(given.encode()).decode()}"
        case "bodies" if not call.path.startswith("/api/auth"):
            yield f"INFO body {call.raw.decode('utf-8', 'replace')}"
        case "masked":
            yield f"DEBUG auth header: {given[:7]}***, password=***"
        case "digests":
            yield f"INFO token sha256={hashlib.sha256(given.encode()).hexdigest()}"


def remembered(call: Call) -> str:
    """What the server has kept of an earlier request, to show it to others."""
    given = str(call.headers.get("Authorization") or "")
    if given and call.defects.get("leaked-canary") in {"metrics", "health"}:
        call.server.last_credential = given
    return str(call.server.last_credential)


def claims(variant: str) -> dict[str, Any]:
    """What a token says of its owner."""
    return {
        "email": {"email": "ada@example.org"},
        "name": {"name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace"},
        "phone": {"profile": {"phone_number": "+44 20 7946 0018"}},
        "address": {"address": {"street_address": "12 St James's Square", "locality": "London"}},
        "username": {"preferred_username": "ada", "roles": ["user"], "scope": "items:read"},
    }.get(variant, {})
