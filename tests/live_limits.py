"""Good and bad specimens of the checks on limits: what one caller may take of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.live_specimens import Case, Live


STARTED = {"DATA": "{private}/x"}
"""Variables of a target that is started as a command, and of which there can be a second one."""


def limits(case: Callable[..., Case], live: Callable[..., Live]) -> Mapping[str, Live]:
    """Specimens by check."""

    def of(*defects: str, **more: object) -> Case:
        return case(defects, **more)

    many = {"environment": STARTED}
    stored = {"environment": {**STARTED, "REDIS_URL": "{redis.url}"}}
    three = {"compose.yaml": "services:\n  api:\n    image: api\n    deploy:\n      replicas: 3\n"}
    return {
        "oversized-body": live(
            good=(
                of(),
                of("large-bodies:refused-late"),
                of("large-bodies:refused-with-400"),
                of("refuse-with:400", "large-bodies:refused-with-400"),
                of("refuse-with:200"),
            ),
            bad=(
                of("large-bodies"),
                of("large-bodies:chunked"),
                of("large-bodies", "refuse-with:400"),
            ),
        ),
        "unbounded-page": live(
            good=(
                of(),
                of("unbounded-page:capped-silently", "no-rate-limit", **many),
                of("unbounded-page:usual-cap", "no-rate-limit", **many),
                of("unbounded-page:ignored", "no-rate-limit", **many),
            ),
            bad=(of("unbounded-page", "no-rate-limit", **many),),
        ),
        "account-limit": live(
            good=(
                of(),
                of("locks-accounts"),
                of("no-rate-limit", "locks-accounts"),
                of("unnamed-limit", "locks-accounts"),
                of("refuse-with:200"),
            ),
            bad=(
                of("limits-logins-by-address"),
                of("limits-logins-by-address", "refuse-with:200"),
                of("limits-logins-by-address", "opaque-tokens"),
            ),
        ),
        "per-worker-limit": live(
            good=(
                of("limits-in:store", **stored),
                of("limits-in:store", "unnamed-limit", **stored),
            ),
            bad=(
                of("limits-in:memory", **many),
                of("limits-in:memory", "unnamed-limit", **many, files=three),
            ),
        ),
        "limiter-outage": live(
            good=(of("limits-in:store", **stored), of("limits-in:store-or-503", **stored)),
            bad=(
                of("limits-in:store-or-500", **stored),
                of("limits-in:store-or-nothing", **stored),
            ),
        ),
        "slow-client": live(
            good=(of("dawdlers:cut-off"), of("dawdlers:cut-off", "soft-404")),
            bad=(of("dawdlers:one-at-a-time"), of()),
        ),
    }
