"""Good and bad specimens of the live checks: ``tests/target.py`` with its switchable defects.

Good ones include the traps: systems that are sound but unusual. Those of larger subjects stand in
modules of their own, ``live_<subject>.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.live_auth import AUTH
from tests.live_cases import OTHER, SECRET, SOUND, Case, Live, defect, headers
from tests.live_injection import INJECTION
from tests.live_inputs import INPUTS
from tests.live_limits import LIMITS
from tests.live_secrets import SECRETS
from tests.live_transport import TRANSPORT


if TYPE_CHECKING:
    from collections.abc import Iterator


WORD_BEFORE_TOKEN = Case(
    ("token-prefix:Token",), settings="auth: {token: {name: Authorization, prefix: Token}}\n"
)
REFUSALS = defect(*(f"refuse-with:{status}" for status in (200, 400, 403, 404, 500)))
PLACES = defect(
    *("token-in:cookie", "token-in:X-Token", "token-in:query"),
    "token-prefix:none",
)

ALERT = """\
groups:
  - name: api
    rules:
      - alert: TooManyErrors
        expr: sum(rate({metric}{{status=~"5.."}}[5m])) > 1
        for: 5m
        labels: {{severity: page}}
        annotations: {{summary: errors, runbook_url: docs/runbook.md}}
"""

SPOKEN = (
    {"settings.py": "app.config['SECRET_KEY'] = 'orchid lantern 4471'\n"},
    {"compose.yaml": "services:\n  api:\n    environment:\n      - JWT=orchid lantern 4471\n"},
    {".env.example": "JWT_SECRET=orchid lantern 4471 # of development\n"},
)
"""Places in which a signing key stands for everybody who has the repository."""

ON_PURPOSE = "public: [GET /metrics, GET /openapi.json]\n"
"""What the sound target shows to strangers, told in readiness.yaml."""


def serves(*variants: str) -> tuple[Case, ...]:
    """A case for each thing that is served beside the routes."""
    return defect(*(f"serves:{variant}" for variant in variants))


def over_tls(*variants: str) -> Iterator[Case]:
    """A case over https for each answer with other headers."""
    for variant in variants:
        yield Case((f"headers:{variant}",) if variant else (), tls=True)


ORIGINS = "CORS_ORIGINS=https://app.example.com,https://admin.example.com\n"


def with_origins(*defects: str, environment: bool = False) -> tuple[Case, ...]:
    """A case for each defect, or the sound one, whose trusted origins can be read somewhere."""
    name, _, value = ORIGINS.strip().partition("=")
    known = (
        {"environment": {name: value}} if environment else {"files": {".env.production": ORIGINS}}
    )
    return tuple(Case((one,) if one else (), **known) for one in defects or ("",))


# The administrator of tests/target.py.
ADMIN = "identities: {admin: {username: admin, password: only-for-tests-7f3k-9q2m}}\n"


def with_admin(*names: str) -> Case:
    """A target whose administrator is known."""
    return Case(names, settings=ADMIN)


DENIALS = defect("deny-with:403", "deny-with:200")

LIVE: dict[str, Live] = {
    "unreachable-target": Live(
        good=(SOUND, *defect("soft-404:page", "plain-health")),
        bad=defect("unhealthy:503"),
    ),
    "unhealthy": Live(
        good=(SOUND, *defect("soft-404:page", "opaque-tokens", "plain-health")),
        bad=defect("unhealthy:200", "unhealthy:503", "health-needs-token"),
    ),
    "slow-health": Live(good=(SOUND,), bad=defect("slow-drip:/api/health")),
    "soft-not-found": Live(good=(SOUND,), bad=defect("soft-404:page", "soft-404:redirect")),
    "broken-page": Live(good=(SOUND,), bad=defect("broken-page")),
    "broken-contract": Live(
        good=(SOUND, *defect("refuse-with:403", "changing-get")),
        bad=defect(
            "undocumented-status", "contract-breach:wrong-type", "contract-breach:missing-field"
        ),
    ),
    "broken-login-journey": Live(
        good=(SOUND, *PLACES, WORD_BEFORE_TOKEN, *defect("opaque-tokens")),
        bad=defect("broken-login-journey:useless-token"),
    ),
    "immortal-session": Live(
        good=(SOUND, *PLACES[:2], *REFUSALS[:2]),
        bad=defect("broken-login-journey:logout-keeps-token"),
    ),
    "mock-mode-on": Live(good=(SOUND,), bad=defect("mock-mode-on:canned", "mock-mode-on:echo")),
    "auth-disabled": Live(
        good=(SOUND, *REFUSALS, *PLACES, *defect("unauthenticated-operation")),
        bad=defect("auth-disabled"),
    ),
    "unauthenticated-operation": Live(
        good=(SOUND, *REFUSALS),
        bad=defect("unauthenticated-operation:read", "unauthenticated-operation:broken"),
    ),
    "unauthenticated-change": Live(
        good=(SOUND, *REFUSALS, *PLACES[:2]),
        bad=defect("unauthenticated-operation:write"),
    ),
    "jwt-alg-none": Live(
        good=(SOUND, *REFUSALS, *PLACES, WORD_BEFORE_TOKEN, *defect("jwt-expiry-unchecked")),
        bad=(
            *defect("jwt-alg-none", "jwt-alg-none:none-only", "jwt-alg-none:None-only"),
            *defect("jwt-alg-none:NONE-only", "jwt-alg-none:nOnE-only", "jwt-alg-none:except-none"),
            Case(("jwt-alg-none", "refuse-with:200")),
            Case(("jwt-alg-none", "token-in:cookie")),
        ),
    ),
    "jwt-signature-unchecked": Live(
        good=(SOUND, *REFUSALS[:2], *defect("jwt-expiry-unchecked")),
        bad=(
            *defect("jwt-signature-unchecked"),
            Case(("jwt-signature-unchecked", "refuse-with:500")),
        ),
    ),
    "guessable-signing-key": Live(
        good=(
            SOUND,
            *PLACES[:2],
            Case(files={"settings.py": "SECRET_KEY = 'orchid lantern 4471'"}),
            Case(("guessable-signing-key:in-a-list",)),
        ),
        bad=(
            *defect("guessable-signing-key", "guessable-signing-key:frequent"),
            *defect("guessable-signing-key:with-an-ending", "guessable-signing-key:composed"),
            Case(
                ("guessable-signing-key:in-a-list",),
                files={"words.txt": "anchor\nh4lyard & binnacle\n"},
                settings="auth: {guesses: words.txt}\n",
            ),
            *(Case(("guessable-signing-key:in-repository",), files=files) for files in SPOKEN),
        ),
    ),
    "refresh-token-as-access": Live(
        good=(SOUND, *REFUSALS[:2]), bad=defect("refresh-token-as-access")
    ),
    "permissive-cors": Live(
        good=(SOUND, *defect("permissive-cors:star", "permissive-cors:prefix")),
        bad=defect(
            *("permissive-cors:reflect", "permissive-cors:reflect-with-cookie-only"),
            *("permissive-cors:preflight-only", "permissive-cors:actual-only"),
            "permissive-cors:null",
        ),
    ),
    "wildcard-cors": Live(good=(SOUND,), bad=defect("permissive-cors:star")),
    "lookalike-cors": Live(
        good=(*with_origins(), *with_origins(environment=True)),
        bad=(
            *with_origins("permissive-cors:prefix", "permissive-cors:suffix"),
            *with_origins("permissive-cors:http", "permissive-cors:subdomain"),
            *with_origins("permissive-cors:prefix", environment=True),
        ),
    ),
    "missing-vary-origin": Live(
        good=(
            *with_origins(),
            *with_origins("headers:vary-absent-not-kept", "headers:vary-several"),
        ),
        bad=with_origins("headers:vary-absent"),
    ),
    "missing-nosniff": Live(
        good=(SOUND, *headers("proxy-added", "odd-nosniff")),
        bad=(
            *defect("missing-security-headers:all", "missing-security-headers:api"),
            *defect("missing-security-headers:page", "missing-security-headers:errors"),
            *headers("sniffing-page"),
        ),
    ),
    "missing-hsts": Live(
        good=tuple(over_tls("", "hsts-quoted")),
        bad=tuple(
            over_tls(
                *("hsts-absent", "hsts-short", "hsts-half-year", "hsts-broken"),
                "hsts-this-host-only",
            )
        ),
    ),
    "cacheable-personal-answer": Live(
        good=(SOUND, *PLACES[:2], *headers("cache-private-no-store", "proxy-added")),
        bad=(
            *defect("cacheable-credentials"),
            *headers("cache-public", "cache-absent", "cache-private"),
            Case(("headers:cache-absent", "token-in:cookie")),
        ),
    ),
    "weak-content-policy": Live(
        good=(
            SOUND,
            *headers("policy-strict-dynamic", "policies-two", "proxy-added"),
            *defect("policy-in-page"),
        ),
        bad=headers(
            *("policy-absent", "policy-only-reported", "policy-inline", "policy-any-site"),
            *("policy-without-scripts", "policy-eval", "policy-without-base"),
        ),
    ),
    "frameable-page": Live(
        good=(SOUND, *headers("framing-by-one", "framing-by-old-header", "policies-two")),
        bad=headers("framing-free", "framing-open", "framing-obsolete"),
    ),
    "telling-referrer": Live(
        good=(SOUND, *headers("referrer-fallback")),
        bad=headers("referrer-absent", "referrer-unsafe"),
    ),
    "insecure-session-cookie": Live(
        good=(
            SOUND,
            *PLACES[:1],
            *defect("session-cookie:secure-by-proxy", "session-cookie:others-beside-it"),
        ),
        bad=defect(
            *("insecure-session-cookie:all", "insecure-session-cookie:Secure"),
            *("insecure-session-cookie:HttpOnly", "insecure-session-cookie:SameSite=Lax"),
            *("session-cookie:of-the-login", "session-cookie:for-other-sites"),
        ),
    ),
    "version-disclosure": Live(good=(SOUND,), bad=defect("version-disclosure")),
    "verbose-errors": Live(
        good=(SOUND, *defect("refuse-with:500")),
        bad=defect("verbose-errors", "verbose-errors:lookup"),
    ),
    "exposed-file": Live(
        good=(
            SOUND,
            *serves("words-at-env", "page-at-git", "same-text-everywhere", "login-at-admin"),
            *defect("soft-404:page", "soft-404:redirect"),
        ),
        bad=serves("git", "git-in-static", "env", "dump", "key"),
    ),
    "debug-mode": Live(
        good=(SOUND, *serves("article-on-debugging"), *defect("soft-404:page")),
        bad=(
            *defect("debug-console"),
            *serves("toolbar", "profiler", "django-debug", "starlette-debug"),
        ),
    ),
    "open-management": Live(
        good=(
            *(Case(one.defects, settings=ON_PURPOSE) for one in (SOUND, *serves("login-at-admin"))),
            *defect("dead-metrics:absent"),
            Case(("soft-404:page",), settings=ON_PURPOSE),
        ),
        bad=(
            SOUND,
            *(Case(one.defects, settings=ON_PURPOSE) for one in serves("actuator", "variables")),
        ),
    ),
    "undeclared-documentation": Live(
        good=(Case(settings=ON_PURPOSE), Case(("soft-404:page",), settings=ON_PURPOSE)),
        bad=(SOUND, Case(("serves:explorer",), settings=ON_PURPOSE)),
    ),
    "trace-method": Live(good=(SOUND,), bad=defect("trace:echo", "trace:without-allow")),
    "missing-security-contact": Live(
        good=serves("contact", "contact-at-old-place"),
        bad=(
            SOUND,
            *defect("soft-404:page"),
            *serves("contact-expired", "contact-without-end", "contact-missing"),
        ),
    ),
    "weak-secret": Live(
        good=(
            Case(environment={"JWT_SECRET": SECRET, "JWT_REFRESH_SECRET": OTHER}),
            Case(environment={"JWT_SECRET": SECRET, "TOKEN_LIFETIME": "changeme"}),
            Case(
                environment={"JWT_SECRET": SECRET}, files={".env.example": "JWT_SECRET=change-me\n"}
            ),
        ),
        bad=(
            Case(environment={"JWT_SECRET": "change-me-before-production"}),
            Case(environment={"JWT_SECRET": SECRET[:20]}),
            Case(environment={"JWT_SECRET": SECRET, "JWT_REFRESH_SECRET": SECRET}),
            Case(
                environment={"JWT_SECRET": SECRET},
                files={".env.example": f"JWT_SECRET={SECRET}\n"},
            ),
        ),
    ),
    "limiter-off": Live(
        good=(Case(environment={"JWT_SECRET": SECRET, "RATE_LIMIT_ENABLED": "true"}),),
        bad=(Case(environment={"JWT_SECRET": SECRET, "RATE_LIMIT_ENABLED": "false"}),),
    ),
    "dead-metrics": Live(good=(SOUND,), bad=defect("dead-metrics", "dead-metrics:absent")),
    "phantom-metric": Live(
        good=(Case(files={"alerts.yml": ALERT.format(metric="http_requests_total")}),),
        bad=(Case(files={"alerts.yml": ALERT.format(metric="http_responses_total")}),),
    ),
    "foreign-object-access": Live(
        good=(
            SOUND,
            *DENIALS,
            *REFUSALS[:2],
            *defect("opaque-tokens", "silent-creation", "soft-404:page", "token-in:cookie"),
            *defect("strict-bodies", "public-items"),
        ),
        bad=(
            *defect("broken-object-authorization", "broken-object-authorization:read"),
            *defect("broken-object-authorization:write"),
            Case(("broken-object-authorization", "silent-creation")),
            Case(("broken-object-authorization:write", "public-items")),
        ),
    ),
    "foreign-account-change": Live(
        good=(
            *defect("account-routes"),
            *(Case(("account-routes", one)) for one in ("deny-with:403", "deny-with:200")),
        ),
        bad=(
            Case(("account-routes", "foreign-account-change:password")),
            Case(("account-routes", "foreign-account-change:profile")),
            Case(("account-routes", "foreign-account-change:password", "refuse-with:200")),
        ),
    ),
    "disclosed-password": Live(
        good=(SOUND, *defect("shows-passwords:masked", "opaque-tokens")),
        bad=defect("shows-passwords:plain", "shows-passwords:hash"),
    ),
    "admin-function-access": Live(
        good=(
            with_admin(),
            with_admin("deny-with:200"),
            with_admin("refuse-with:200"),
            with_admin("refuse-with:200", "deny-with:200"),
            with_admin("opaque-tokens"),
        ),
        bad=(
            with_admin("broken-function-authorization"),
            with_admin("broken-function-authorization", "refuse-with:200"),
            *defect("broken-function-authorization"),
        ),
    ),
    "mass-assignment": Live(
        good=(SOUND, *defect("strict-bodies", "opaque-tokens", "refuse-with:200")),
        bad=(
            *defect("mass-assignment", "mass-assignment:register", "mass-assignment:change"),
            Case(("mass-assignment", "opaque-tokens")),
        ),
    ),
    "jwt-key-confusion": Live(
        good=(
            *defect("rs256-tokens", "rs256-tokens:discovery", "rs256-tokens:pem"),
            Case(("rs256-tokens", "refuse-with:200")),
            Case(("rs256-tokens", "token-in:cookie")),
        ),
        bad=(
            *defect("jwt-key-confusion"),
            Case(("jwt-key-confusion", "rs256-tokens:discovery")),
            Case(("jwt-key-confusion", "rs256-tokens:pem")),
            Case(("jwt-key-confusion", "refuse-with:200")),
        ),
    ),
    "jwt-embedded-key": Live(
        good=(SOUND, *REFUSALS[:2], *defect("rs256-tokens", "jwt-expiry-unchecked")),
        bad=(
            *defect("jwt-embedded-key", "jwt-embedded-key:x5c"),
            Case(("jwt-embedded-key", "rs256-tokens")),
            Case(("jwt-embedded-key", "refuse-with:500")),
        ),
    ),
    "jwt-foreign-key-url": Live(
        good=(SOUND, *REFUSALS[:2], *defect("rs256-tokens")),
        bad=(
            *defect("jwt-foreign-key-url", "jwt-foreign-key-url:x5u"),
            *defect("jwt-foreign-key-url:fetched-only"),
            Case(("jwt-foreign-key-url", "rs256-tokens")),
        ),
    ),
    "jwt-key-id-injection": Live(
        good=(SOUND, *REFUSALS, *defect("rs256-tokens", "jwt-expiry-unchecked")),
        bad=defect("jwt-key-id-injection", "jwt-key-id-injection:sql"),
    ),
    "jwt-expiry-unchecked": Live(
        good=(
            Case(environment={"JWT_SECRET": SECRET}),
            Case(("guessable-signing-key",)),
            Case(("guessable-signing-key", "refuse-with:200")),
        ),
        bad=(
            Case(("jwt-expiry-unchecked",), environment={"JWT_SECRET": SECRET}),
            Case(("jwt-expiry-unchecked:nbf",), environment={"JWT_SECRET": SECRET}),
            Case(("guessable-signing-key", "jwt-expiry-unchecked")),
        ),
    ),
    "jwt-audience-unchecked": Live(
        good=(
            Case(environment={"JWT_SECRET": SECRET}),
            Case(("guessable-signing-key", "refuse-with:200")),
        ),
        bad=(
            Case(("jwt-audience-unchecked",), environment={"JWT_SECRET": SECRET}),
            Case(("guessable-signing-key", "jwt-audience-unchecked:iss")),
            Case(("guessable-signing-key", "jwt-audience-unchecked:aud")),
        ),
    ),
    "replayable-refresh-token": Live(
        good=(SOUND, *REFUSALS[:2], *defect("opaque-tokens", "refresh-grace", "rs256-tokens")),
        bad=defect("replayable-refresh-token", "replayable-refresh-token:kept"),
    ),
    "unlimited-logins": Live(
        good=(
            SOUND,
            *REFUSALS[:2],
            *defect("opaque-tokens", "token-in:cookie", "locks-accounts"),
            Case(("no-rate-limit", "locks-accounts")),
        ),
        bad=(
            *defect("no-rate-limit"),
            Case(("no-rate-limit", "refuse-with:200")),
            Case(("no-rate-limit", "opaque-tokens")),
        ),
    ),
    "account-enumeration": Live(
        good=(SOUND, *REFUSALS, *defect("no-rate-limit")),
        bad=(
            *defect("account-enumeration", "account-enumeration:status"),
            Case(("account-enumeration", "refuse-with:200")),
        ),
    ),
    "default-credentials": Live(
        good=(SOUND, *REFUSALS, *defect("opaque-tokens", "token-in:cookie", "locks-accounts")),
        bad=(
            *defect("default-credentials", "default-credentials:documented"),
            Case(("default-credentials", "refuse-with:200")),
        ),
    ),
    "missing-rate-limit": Live(
        good=(SOUND, *defect("unnamed-limit", "limits-with:403", "opaque-tokens")),
        bad=defect("no-rate-limit", "limits-with:500"),
    ),
    "missing-retry-after": Live(
        good=(SOUND, *defect("unnamed-limit", "spoofable-rate-limit")),
        bad=defect("no-retry-after"),
    ),
    "spoofable-rate-limit": Live(
        good=(SOUND, *defect("unnamed-limit", "limits-with:403")),
        bad=(*defect("spoofable-rate-limit"), Case(("spoofable-rate-limit", "limits-with:403"))),
    ),
    **AUTH,
    **INJECTION,
    **INPUTS,
    **LIMITS,
    **SECRETS,
    **TRANSPORT,
}
