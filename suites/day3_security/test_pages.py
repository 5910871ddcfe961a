"""What keeps a browser from misusing a page; an API without pages has none of it."""

import pytest

from pytest_readiness import P1, P2, P3, Domain, Phase, check, fail, suite, warn


pytestmark = suite(Phase.SECURITY, Domain.SECURITY)

TELLS_ALL = {"unsafe-url", "no-referrer-when-downgrade"}


@check("weak-content-policy", P1, change="config", refs=("HDR-02", "ASVS 3.4.3", "CWE-79"))
@pytest.mark.parametrize("kind", ["page", "error page"])
def test_pages_run_no_scripts_but_their_own(kind, typical_answers):
    """A content security policy lets pages run no scripts but those that were meant for them.

    Why: without one, a single line of HTML that a visitor got into the page is a program that acts
        as whoever reads it.
    Fix: `Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'none';
        frame-ancestors 'none'`, and inline scripts moved into files, or given a nonce. Django:
        django-csp; Express: helmet; Flask: flask-talisman.
    """
    answer = typical_answers.of(kind)
    policies = answer.policies
    if not policies:
        reported = ", only one that is reported on" if answer.reports_only else ""
        said = f"{answer.shown} has no Content-Security-Policy{reported}"
        # An error page shows what was asked for, and is seldom written by the team.
        return warn(said) if kind == "error page" else fail(said)
    assert not policies.unlimited_scripts, f"{answer.shown}: the policy says nothing of scripts"
    assert not policies.inline_scripts, (
        f"{answer.shown}: inline scripts are allowed ('unsafe-inline' without a nonce or hash)"
    )
    assert not policies.scripts_of_any_site, f"{answer.shown}: scripts of every site are allowed"
    if policies.eval:
        warn(f"{answer.shown}: the policy allows text to be run ('unsafe-eval')")
    if policies.plugins:
        warn(f"{answer.shown}: the policy lacks object-src 'none'")
    if policies.foreign_base:
        warn(f"{answer.shown}: the policy lacks base-uri 'none', which default-src does not imply")
    return None


@check("frameable-page", P1, change="config", refs=("HDR-03", "ASVS 3.4.6", "CWE-1021"))
def test_foreign_pages_cannot_frame_it(typical_answers):
    """The page says who may put it into a frame, and that is not everybody.

    Why: a foreign page lays yours, invisible, over its own buttons, and collects what the user
        clicks.
    Fix: `Content-Security-Policy: frame-ancestors 'none'` as a header, or with the origins that
        may; a `<meta>` cannot say it. For widgets that all may embed, a path of their own and a
        waiver.
    """
    answer = typical_answers.of("page")
    policies = answer.policies
    if policies.framers is None:
        seen = answer.header("X-Frame-Options")
        assert answer.frame_options, (
            f"{answer.shown} may be framed by every site: no frame-ancestors in a"
            f" Content-Security-Policy header, and {seen or 'no'} X-Frame-Options"
        )
    assert not policies.framed_by_any_site, (
        f"{answer.shown} may be framed by every site: frame-ancestors {' '.join(policies.framers)}"
    )


@check("telling-referrer", P3, change="config", refs=("HDR-05", "ASVS 3.4.5", "CWE-200"))
def test_other_sites_are_not_told_the_whole_address(typical_answers):
    """The page says what other sites are told of its address, and that is not all of it.

    Why: paths and queries hold names, searches and tokens of password resets; every site that is
        linked to reads them.
    Fix: `Referrer-Policy: strict-origin-when-cross-origin`, or `no-referrer`.
    """
    answer = typical_answers.of("page")
    told = answer.referrer_policy
    assert told not in TELLS_ALL, f"{answer.shown}: Referrer-Policy {told} tells the whole address"
    if not told:
        warn(f"{answer.shown} has no Referrer-Policy, which leaves it to the browser")


@check("missing-opener-policy", P3, change="config", refs=("HDR-06", "ASVS 3.4.8", "CWE-346"))
def test_other_windows_cannot_reach_the_page(linked_pages):
    """The page keeps windows of other sites away from its own, and its files say who loads them.

    Why: a page that opened yours, or was opened by it, can count its frames and send it elsewhere;
        files that any site may load end up in the memory of its process.
    Fix: `Cross-Origin-Opener-Policy: same-origin`, or `same-origin-allow-popups` where a login or a
        payment opens a window; `Cross-Origin-Resource-Policy: same-origin` on files. Express:
        `helmet()`; Django: `SECURE_CROSS_ORIGIN_OPENER_POLICY`.
    """
    seen = linked_pages.front.opener_policy
    assert linked_pages.front.is_apart, (
        f"{linked_pages.front.shown} may be reached by other windows: Cross-Origin-Opener-Policy is"
        f" {seen or 'absent'}"
    )
    if found := linked_pages.unprotected_resources():
        warn(f"{', '.join(found)} of the front page: no Cross-Origin-Resource-Policy")


@check(
    "unpinned-third-party-script",
    P2,
    change="code",
    refs=("HDR-12", "ASVS 3.6.1", "CWE-353", "CWE-829"),
)
def test_scripts_of_other_sites_are_pinned(linked_pages):
    """Scripts from other sites carry the digest of what they were when somebody looked at them.

    Why: whoever gets into the other site, or buys its domain, runs a program in all your pages;
        that has happened to large CDNs.
    Fix: host the file yourself, or `<script src="..." integrity="sha384-..."
        crossorigin="anonymous">`; srihash.org and bundlers compute it. For a script that must
        change (payment, captcha), a Content-Security-Policy that names it, and a waiver.
    """
    found, styles = [], []
    for page in linked_pages:
        found += [f"{page.shown} loads {url}" for url in page.unpinned("script")]
        styles += [f"{page.shown} loads {url}" for url in page.unpinned("stylesheet")]
    assert not found, f"{'; '.join(found)}: scripts of other sites without integrity"
    if styles:
        warn(f"{'; '.join(styles)}: stylesheets of other sites without integrity")


@check("mixed-content", P1, change="code", refs=("HDR-13", "ZAP 10040", "CWE-319"))
def test_secure_pages_load_nothing_in_the_clear(secure_pages):
    """Pages that come by https load nothing, and send nothing, over plain http.

    Why: browsers refuse such scripts, styles and frames, so the page is broken; a form sends what
        was typed in the clear.
    Fix: write `https://` or `/path`; behind a proxy let the application know the scheme (Django:
        `SECURE_PROXY_SSL_HEADER`, uvicorn: `--proxy-headers`, Flask: `ProxyFix`). Until then,
        `Content-Security-Policy: upgrade-insecure-requests`.
    """
    found, pictures = [], []
    for page in secure_pages:
        found += [f"{page.shown}: {what}" for what in page.insecure]
        pictures += [f"{page.shown}: {what}" for what in page.insecure_pictures]
    found = found or secure_pages.asked_in_clear()
    assert not found, f"{'; '.join(found)}: over plain http"
    if pictures:
        warn(f"{'; '.join(pictures)}: over plain http, which browsers upgrade or warn of")
