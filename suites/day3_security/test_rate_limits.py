"""Rate limits as they are, measured by a burst; last of all, since nothing is left of them."""

from pytest_readiness import P1, P2, P3, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "missing-rate-limit",
    P1,
    change="config",
    effect="intrusive",
    alone=True,
    refs=("RAT-01", "API4:2023", "ASVS 2.4.1", "CWE-770"),
)
def test_a_burst_is_refused(burst):
    """A burst of requests of one caller is refused in the end, and not with an error.

    Why: one script, or one client with a bug, takes the time of everybody else and the money
        that model calls cost.
    Fix: switch the limiter on for the whole API, with a store that all workers share; answer 429
        with Retry-After, and name the limit in RateLimit-Limit.
    """
    assert burst.refusal, f"{burst.shown} were all answered, and no limit was met"
    assert burst.proper, (
        f"after {burst.answered} requests, {burst.operation} answers {burst.refusal.summary}"
    )
    assert burst.named is None or burst.answered <= burst.named * 1.1 + 1, (
        f"{burst.operation} names a limit of {burst.named} and has answered {burst.answered}"
        f" requests in {burst.seconds:.1f} s"
    )


@check(
    "spoofable-rate-limit",
    P1,
    change="config",
    effect="intrusive",
    alone=True,
    refs=("RAT-03", "API4:2023", "ASVS 15.3.4", "CWE-348"),
)
def test_a_limit_knows_its_caller(limit_met):
    """A refused caller is not let in for naming another address in a header.

    Why: anybody writes X-Forwarded-For; a limiter that believes it gives each request a fresh
        account, and stops nobody.
    Fix: believe that header only from your own proxy (`--forwarded-allow-ips`, `ProxyFix(x_for=1)`,
        `trust proxy`), and let the proxy overwrite what the caller has sent.
    """
    headers = limit_met.spoofed()
    assert not headers, (
        f"after {limit_met.answered} requests {limit_met.operation} refuses"
        f" ({limit_met.refusal.status}), but not with {' or '.join(headers)}"
    )


@check(
    "missing-retry-after",
    P3,
    effect="intrusive",
    alone=True,
    refs=("RAT-02", "RFC 6585 4", "RFC 9110 10.2.3"),
)
def test_refusals_say_how_long_to_wait(limit_met):
    """Who is refused for asking too often is told how long to wait.

    Why: without it clients ask again at once, all of them, and keep the limit exceeded.
    Fix: set Retry-After, in seconds, on every 429.
    """
    assert "Retry-After" in limit_met.refusal.headers, (
        f"after {limit_met.answered} requests {limit_met.operation} answers"
        f" {limit_met.refusal.summary} without Retry-After"
    )


@check(
    "per-worker-limit",
    P1,
    change="config",
    effect="intrusive",
    alone=True,
    refs=("RAT-04", "API4:2023", "CWE-770"),
)
def test_replicas_share_a_limit(shared_limit):
    """Two replicas of the target together answer one caller no more requests than one does.

    Why: a limit that each process counts for itself is as many times too high as there are workers
        and replicas, and grows when the system does.
    Fix: keep the counts in a store that all share: slowapi and Flask-Limiter
        `storage_uri="redis://..."`, express-rate-limit with rate-limit-redis; or limit in the
        gateway in front.
    """
    if shared_limit.is_shared:
        return
    seen = (
        f"after {shared_limit.limit} requests of one caller one replica refuses"
        f" {shared_limit.operation}, and another has answered"
        f" {shared_limit.answered - shared_limit.limit} more so far"
    )
    if shared_limit.several:
        fail(f"{seen}; {shared_limit.several} runs more than one")
    warn(f"{seen}; it holds as long as there is one process")


@check(
    "limiter-outage",
    P2,
    effect="disruptive",
    alone=True,
    refs=("RAT-05", "ASVS 16.5.3", "CWE-636"),
)
def test_an_outage_of_the_store_is_survived(outage):
    """Without the store of its limits the target answers, and still limits logins.

    Why: a limiter that fails with its store takes the whole API down; one that lets everything
        through then invites whoever can fill the store to guess passwords next.
    Fix: count in memory while the store is away (slowapi and Flask-Limiter
        `in_memory_fallback_enabled=True`), with a short timeout towards the store; or refuse with
        503 and Retry-After, on purpose and documented.
    """
    assert not outage.broken, (
        f"without its Redis {outage.operation} gets {outage.broken}, each of 5 times"
    )
    assert not outage.after, (
        f"with its Redis {outage.before} wrong passwords were answered alike, without it"
        f" {outage.after}, and then the right one was accepted"
    )
