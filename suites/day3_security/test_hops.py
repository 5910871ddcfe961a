"""How the system talks to its own servers."""

from pytest_readiness import P2, Domain, Phase, check, fail, not_applicable, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "cleartext-internal-hop",
    P2,
    change="config",
    refs=("TLS-04", "ASVS 12.3.1", "ASVS 12.3.3", "CWE-319"),
)
def test_what_leaves_the_machine_is_encrypted(production_hops):
    """Connections to databases, queues and other servers are encrypted when they leave the machine.

    Why: whoever is on the same network, a neighbour's broken container too, reads passwords and
        data of everybody in passing.
    Fix: `sslmode=verify-full` with the authority's certificate for PostgreSQL, `rediss://`,
        `amqps://`, `https://`, `tls=true` for MongoDB; or a service mesh that encrypts.
    """
    if not production_hops.named:
        not_applicable("no setting for production names another server by its URL")
    for each in production_hops.cleartext:
        seen = f"{each.name} leads to {each.hop.host} by {each.hop.scheme} without encryption"
        if each.hop.is_bare or each.hop.in_cluster:
            warn(f"{seen}; use {each.remedy}, unless that host is on the same machine", each)
        else:
            fail(f"{seen}; use {each.remedy}", each)
