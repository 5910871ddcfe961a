"""Good and bad specimens of the checks on limits: what one caller may take of the server."""

from __future__ import annotations

from typing import Any

from tests.live_cases import Case, Live


STARTED = {"DATA": "{private}/x"}
"""Variables of a target that is started as a command, and of which there can be a second one."""


def _of(*defects: str, **more: Any) -> Case:
    return Case(defects, **more)


_MANY: dict[str, Any] = {"environment": STARTED}
_STORED: dict[str, Any] = {"environment": {**STARTED, "REDIS_URL": "{redis.url}"}}
_THREE = {"compose.yaml": "services:\n  api:\n    image: api\n    deploy:\n      replicas: 3\n"}
LIMITS: dict[str, Live] = {
    "oversized-body": Live(
        good=(
            _of(),
            _of("large-bodies:refused-late"),
            _of("large-bodies:refused-with-400"),
            _of("refuse-with:400", "large-bodies:refused-with-400"),
            _of("refuse-with:200"),
        ),
        bad=(
            _of("large-bodies"),
            _of("large-bodies:chunked"),
            _of("large-bodies", "refuse-with:400"),
        ),
    ),
    "unbounded-page": Live(
        good=(
            _of(),
            _of("unbounded-page:capped-silently", "no-rate-limit", **_MANY),
            _of("unbounded-page:usual-cap", "no-rate-limit", **_MANY),
            _of("unbounded-page:ignored", "no-rate-limit", **_MANY),
        ),
        bad=(_of("unbounded-page", "no-rate-limit", **_MANY),),
    ),
    "account-limit": Live(
        good=(
            _of(),
            _of("locks-accounts"),
            _of("no-rate-limit", "locks-accounts"),
            _of("unnamed-limit", "locks-accounts"),
            _of("refuse-with:200"),
        ),
        bad=(
            _of("limits-logins-by-address"),
            _of("limits-logins-by-address", "refuse-with:200"),
            _of("limits-logins-by-address", "opaque-tokens"),
        ),
    ),
    "per-worker-limit": Live(
        good=(
            _of("limits-in:store", **_STORED),
            _of("limits-in:store", "unnamed-limit", **_STORED),
        ),
        bad=(
            _of("limits-in:memory", **_MANY),
            _of("limits-in:memory", "unnamed-limit", **_MANY, files=_THREE),
        ),
    ),
    "limiter-outage": Live(
        good=(_of("limits-in:store", **_STORED), _of("limits-in:store-or-503", **_STORED)),
        bad=(
            _of("limits-in:store-or-500", **_STORED),
            _of("limits-in:store-or-nothing", **_STORED),
        ),
    ),
    "slow-client": Live(
        good=(_of("dawdlers:cut-off"), _of("dawdlers:cut-off", "soft-404")),
        bad=(_of("dawdlers:one-at-a-time"), _of()),
    ),
}
