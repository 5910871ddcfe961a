"""Metrics of the running system."""

from pytest_readiness import P1, Domain, Phase, check, suite


pytestmark = suite(Phase.DEPLOYMENT, Domain.MONITORING)

REQUESTS = 5


@check("dead-metrics", P1, refs=("MON-01", "MON-02", "SRE Book 6"))
def test_requests_move_a_counter(api, metrics):
    """Requests to the service move a counter on its metrics page.

    Why: a metrics page with constant numbers scrapes well, draws flat lines, and no alert that
        counts requests or errors can ever fire.
    Fix: count requests in a middleware, labelled by method, route template and status, and mount
        it outside of everything that may refuse a request.
    """
    before = metrics.counters()
    for _ in range(REQUESTS):
        api.get(metrics.harmless_path)
    after = metrics.counters()
    risen = [name for name, value in after.items() if value - before.get(name, 0) >= REQUESTS]
    assert risen, (
        f"{REQUESTS} requests to {metrics.harmless_path} moved none of {len(after)} series"
    )
