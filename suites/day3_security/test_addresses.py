"""Addresses that a stranger names: what the server asks, and where it sends browsers."""

from pytest_readiness import P0, P2, Domain, Phase, check, suite


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)


@check(
    "server-side-request-forgery",
    P0,
    effect="intrusive",
    refs=("INJ-06", "API7:2023", "ASVS 1.3.6", "CWE-918"),
)
def test_the_server_asks_no_address_of_its_own_network(fetches):
    """No input makes the server ask an address of its own machine or network.

    Why: behind the firewall stand databases, consoles and the cloud's metadata with its keys, and
        they trust whoever asks from inside.
    Fix: let callers choose from a list of hosts. Where they must name any, resolve the name,
        refuse what is not a public address (`ipaddress.ip_address(found).is_global`), connect to
        that very address and follow no redirects; let a proxy that denies inner networks do the
        fetching.
    """
    found = fetches.provoked()
    assert not found, "; ".join(map(str, found[:5]))
    fetches.points.require_share()


@check(
    "open-redirect",
    P2,
    effect="intrusive",
    refs=("INJ-07", "ASVS 3.7.2", "CWE-601"),
)
def test_nobody_is_sent_to_a_strangers_host(redirects):
    """No input sends a browser to a host that a stranger names.

    Why: a link that begins with your name and ends on a copy of your login page gets passwords,
        and codes of OAuth.
    Fix: take the path alone (`urlsplit(value).path`, with exactly one slash in front), or look the
        address up in a list. Django: `url_has_allowed_host_and_scheme`; Rails: `redirect_to
        url, allow_other_host: false`.
    """
    found = redirects.away()
    assert not found, "; ".join(map(str, found[:5]))
    redirects.points.require_known()
