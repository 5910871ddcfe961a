"""What one caller may take of the server at once: bytes, items, and time."""

from pytest_readiness import P1, P2, Domain, Phase, check, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "oversized-body",
    P1,
    change="config",
    effect="intrusive",
    refs=("RAT-07", "API4:2023", "ASVS 5.2.1", "CWE-770", "RFC 9110 15.5.14"),
)
def test_oversized_bodies_are_refused(large_bodies):
    """A body of 32 MB is refused where a few hundred bytes are usual, announced or not.

    Why: what is read is kept in memory; a few such requests at a time end the process, and need
        no login.
    Fix: set the limit in front and in the application: nginx `client_max_body_size 1m`, Flask
        `MAX_CONTENT_LENGTH`, Express `express.json({limit: "100kb"})`, Spring
        `server.tomcat.max-swallow-size`; FastAPI has none, so count the bytes in a middleware, as
        a body in chunks has no Content-Length.
    """
    assert not large_bodies.read, (
        f"{large_bodies.operation} reads a body of 32 MB: {'; '.join(large_bodies.read)}; a few"
        f" bytes get {large_bodies.usual}"
    )


@check(
    "unbounded-page",
    P1,
    effect="intrusive",
    refs=("RAT-08", "API4:2023", "CWE-770"),
)
def test_page_size_is_capped(pages):
    """Who asks for a million items at once gets a page, or a refusal.

    Why: one request that reads a whole table costs the database as much as thousands, and hands
        out everything there is.
    Fix: give the parameter a maximum and refuse what is above it: FastAPI `Query(20, le=100)`,
        Django REST Framework `max_page_size`, Spring `spring.data.web.pageable.max-page-size`.
    """
    found = [
        f"{page.operation}?{page.parameter}=1000000 returns {page.items} items"
        for page in pages.unbounded
    ]
    assert not found, f"{'; '.join(found)} ({len(pages.capped)} of {pages.known} are capped)"
    if pages.unjudged:
        warn(f"not judged: {'; '.join(pages.unjudged)}")


@check(
    "slow-client",
    P2,
    change="config",
    effect="intrusive",
    alone=True,
    refs=("RAT-09", "API4:2023", "CWE-400"),
)
def test_slow_clients_are_cut_off(slow_clients):
    """Clients that never finish their request are cut off, and hold up nobody else.

    Why: a line costs an attacker nothing and the server a worker; a few hundred bytes a minute
        are enough to take all of them.
    Fix: put a proxy in front that waits for the whole request and limits the time for it (nginx
        `client_header_timeout 10s`); set the server's own limit where it has one: Node
        `server.headersTimeout`, Go `ReadHeaderTimeout`, gunicorn with threads or an asynchronous
        worker instead of `sync`.
    """
    assert not slow_clients.blocked, (
        "while 5 clients send a byte every half second, an ordinary request gets no answer:"
        f" {slow_clients.blocked}"
    )
    if slow_clients.cut_off is None:
        warn(
            "5 clients that send a byte every half second are still served after 20 s; others are"
            " answered meanwhile"
        )
