"""What is spoken on the way to the system: TLS, the certificate, and nothing in the clear."""

from pytest_readiness import P0, P1, Domain, Phase, check, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.INFRASTRUCTURE)


@check(
    "obsolete-tls",
    P0,
    change="config",
    refs=("TLS-01", "ASVS 12.1.1", "RFC 8996", "RFC 7568", "CWE-327"),
)
def test_no_version_before_tls_1_2_is_offered(endpoint_tls):
    """TLS 1.2 and 1.3 are offered, and nothing older.

    Why: SSL 3.0, TLS 1.0 and 1.1 rest on MD5 and SHA-1 and are given up by their makers; whoever
        stands in between talks both sides down to what is oldest.
    Fix: nginx: `ssl_protocols TLSv1.2 TLSv1.3;` Apache: `SSLProtocol -all +TLSv1.2 +TLSv1.3`;
        HAProxy: `ssl-min-ver TLSv1.2`; a load balancer of a cloud: a security policy of its newer
        ones.
    """
    found = endpoint_tls.obsolete()
    assert not found, f"{endpoint_tls.shown} offers {', '.join(found)}"


@check("weak-cipher", P1, change="config", refs=("TLS-02", "ASVS 12.1.2", "RFC 9325", "CWE-327"))
def test_only_recommended_cipher_suites_are_offered(endpoint_tls):
    """The cipher suites that are offered are those of Mozilla's intermediate configuration.

    Why: without forward secrecy, a key that leaks once opens all that was ever recorded; without
        authentication anybody is the server; CBC suites have been broken again and again.
    Fix: take the list that ssl-config.mozilla.org makes for your server, "Intermediate". nginx:
        `ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:...;`.
    """
    suites = endpoint_tls.suites()
    assert not suites.broken, f"{endpoint_tls.shown} offers {', '.join(suites.broken)}"
    if suites.outdated:
        warn(
            f"{endpoint_tls.shown} offers {', '.join(suites.outdated)}, which are forward secret"
            " and no longer in Mozilla's intermediate list"
        )


@check(
    "invalid-certificate",
    P0,
    change="infra",
    refs=("TLS-03", "ASVS 12.2.2", "RFC 9525", "CWE-295", "CWE-298"),
)
def test_the_certificate_is_trusted_and_lasts(endpoint_tls):
    """The certificate is trusted, for this host, with its chain, and does not run out in days.

    Why: browsers and clients turn away, all of them at once; where they were told to look the other
        way, whoever stands in between reads along.
    Fix: let an ACME client renew it (certbot, Caddy, cert-manager) and serve the whole chain
        (`fullchain.pem`, not `cert.pem`). A private authority is told as `http: {ca: file}`.
    """
    certificate = endpoint_tls.certificate()
    faults = certificate.faults
    assert not faults, f"the certificate of {endpoint_tls.shown}: {'; '.join(faults)}"
    for concern in certificate.concerns:
        warn(f"the certificate of {endpoint_tls.shown}: {concern}; was it to be renewed by now?")


@check(
    "cleartext-http",
    P1,
    change="config",
    refs=("HDR-11", "ASVS 12.2.1", "ASVS 4.1.2", "CWE-319"),
)
def test_plain_http_leads_to_https_or_nowhere(plain_http):
    """Over plain http pages lead to https at once, and the API is not served.

    Why: who reads along gets the session, and changes what is shown. An API that redirects has
        read the token by then, and nobody notices that clients send it in the clear.
    Fix: for pages `return 301 https://$host$request_uri;`, for the API `return 403;` or no port 80
        at all. Behind a load balancer, the same in its listener for port 80.
    """
    if plain_http.page:
        front = plain_http.get(plain_http.page)
        assert not front.served, f"{front.request} is answered {front.shown} in the clear"
        assert front.refused or front.goes_to_tls, (
            f"{front.request} leads to {front.location}, which is not https"
        )
        if not front.refused and not front.stays_on_host:
            warn(f"{front.request} leads to another host, {front.location}, before https here")
    if plain_http.operation:
        call = plain_http.get(plain_http.operation)
        assert not call.served, f"{call.request} is answered {call.shown} in the clear"
        if not call.refused:
            warn(f"{call.request} is redirected to {call.location}: an API should refuse it")
