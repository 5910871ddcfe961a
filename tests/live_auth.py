"""Good and bad specimens of what concerns sessions, passwords, resets and back doors."""

from __future__ import annotations

from tests.live_cases import SECRET, SOUND, Case, Live, defect
from tests.target_auth import MAGIC


COOKIE = "token-in:cookie"
TENANTS = "identities: {other_tenant: {}}\n"
STORED = {"JWT_SECRET": SECRET, "DATABASE_URL": "sqlite:///{private}/users.db"}
DOORS = {
    "header": {"auth.py": f'if request.headers.get("X-Test-Auth") == "{MAGIC}":\n    pass\n'},
    "cookie": {"auth.ts": f"if (req.cookies['debug_user'] === '{MAGIC}') next();\n"},
    "query": {
        "auth.py": "\n".join(
            (
                f'PREVIEW = {{"{MAGIC}"}}',
                'wanted = request.args.get("preview", "")',
                "",
                "if wanted in PREVIEW:",
                "    pass",
            )
        )
    },
    "token": {"README.md": f'    curl -H "Authorization: Bearer {MAGIC}" localhost:8000\n'},
    "present": {"auth.go": 'if r.Header.Get("X-Skip-Auth") != "" {\n\treturn next\n}\n'},
}
"""A file for each back door."""


def tenants(*names: str) -> Case:
    """A target with somebody of another tenant."""
    return Case(names, settings=TENANTS)


def stored(variant: str) -> Case:
    """A target whose database this run can read."""
    return Case((f"stored-password:{variant}",), environment=STORED)


AUTH: dict[str, Live] = {
    "token-in-query": Live(
        good=(
            SOUND,
            *defect("refuse-with:200", COOKIE, "token-in:X-Token", "also-in-query:paging"),
            *defect("opaque-tokens"),
        ),
        bad=(
            *defect("also-in-query", "also-in-query:api_key", "token-in:query"),
            Case(("also-in-query", "refuse-with:200")),
            Case(("also-in-query", COOKIE)),
        ),
    ),
    "session-fixation": Live(
        good=(
            Case((COOKIE,)),
            Case((COOKIE, "session-fixation:renewed")),
            Case((COOKIE, "refuse-with:200")),
            Case((COOKIE, "csrf-guard:double-submit")),
        ),
        bad=(
            Case((COOKIE, "session-fixation:given")),
            Case((COOKIE, "session-fixation:invented")),
            Case((COOKIE, "session-fixation:given", "refuse-with:200")),
        ),
    ),
    "cross-site-request-forgery": Live(
        good=(
            Case((COOKIE, "cookie-samesite:absent")),  # JSON alone is read
            Case((COOKIE, "cookie-samesite:absent", "forgeable-change", "csrf-guard:origin")),
            Case((COOKIE, "cookie-samesite:None", "forgeable-change:text", "csrf-guard:origin")),
            Case((COOKIE, "forgeable-change:text", "csrf-guard:fetch-metadata")),
            Case((COOKIE, "cookie-samesite:None", "forgeable-change", "csrf-guard:double-submit")),
            Case((COOKIE, "forgeable-change", "csrf-guard:origin", "deny-with:200")),
        ),
        bad=(
            Case((COOKIE, "cookie-samesite:absent", "forgeable-change")),
            Case((COOKIE, "cookie-samesite:None", "forgeable-change:text")),
            Case((COOKIE, "forgeable-change")),  # only warned of: SameSite=Strict
            Case((COOKIE, "cookie-samesite:Lax", "forgeable-change:text", "silent-creation")),
        ),
    ),
    "long-lived-token": Live(
        good=(
            SOUND,
            *defect("rs256-tokens", "refuse-with:200"),
            Case(("long-lived-token",), settings="auth: {access_lifetime: 40000000}\n"),
        ),
        bad=(
            *defect("long-lived-token", "long-lived-token:refresh", "long-lived-token:endless"),
            Case(settings="auth: {access_lifetime: 300}\n"),
        ),
    ),
    "weak-password-accepted": Live(
        good=(SOUND, *defect("refuse-with:200", "opaque-tokens", COOKIE)),
        bad=defect("weak-passwords", "weak-passwords:common", "weak-passwords:at-most-32"),
    ),
    "weakly-stored-password": Live(
        good=(stored("argon2"), stored("many-rounds")),
        bad=(stored("plain"), stored("md5"), stored("sha256-salted"), stored("few-rounds")),
    ),
    "forgeable-reset": Live(
        good=(
            *defect("with-reset", "with-reset:counted-code"),
            Case(("with-reset", "refuse-with:200")),
        ),
        bad=defect(
            *("with-reset:any-token", "with-reset:leaked", "with-reset:fixed-code"),
            "with-reset:short-code",
        ),
    ),
    "working-backdoor": Live(
        good=(
            *(Case(files=files) for files in DOORS.values()),
            Case(("refuse-with:200",), files=DOORS["header"]),
            Case(("backdoor:header",), files=DOORS["cookie"]),
        ),
        bad=(
            *(Case((f"backdoor:{name}",), files=files) for name, files in DOORS.items()),
            Case(("backdoor:header", "refuse-with:200"), files=DOORS["header"]),
        ),
    ),
    "foreign-tenant-access": Live(
        good=(tenants(), tenants("deny-with:200"), tenants("refuse-with:200")),
        bad=(
            tenants("broken-object-authorization"),
            tenants("broken-object-authorization:read"),
            tenants("broken-object-authorization:write"),
        ),
    ),
    "account-enumeration-by-timing": Live(
        good=(Case(("no-rate-limit",)), Case(("no-rate-limit", "opaque-tokens"))),
        bad=(Case(("no-rate-limit", "slow-for-the-known")),),
    ),
}
