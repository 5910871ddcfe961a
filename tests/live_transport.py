"""Specimens of the checks of transport, pages, GraphQL, WebSockets and further listeners."""

from __future__ import annotations

from tests.live_specimens import Case, Live, headers


def secure(*names: str) -> tuple[Case, ...]:
    """A case over https for each defect; an empty one is the sound target."""
    return tuple(Case((name,) if name else (), tls=True) for name in names)


def with_page(*variants: str, tls: bool = False) -> tuple[Case, ...]:
    """A case for each thing that the page has in its head."""
    return tuple(Case((f"page-with:{variant}",), tls=tls) for variant in variants)


TRANSPORT: dict[str, Live] = {
    "obsolete-tls": Live(
        good=secure("", "weak-cipher:cbc", "certificate:expired"),
        bad=secure("obsolete-tls:1.0", "obsolete-tls:1.1"),
    ),
    "weak-cipher": Live(
        good=secure("", "certificate:rsa", "certificate:other-host"),
        bad=secure(
            *("weak-cipher:static-rsa", "weak-cipher:null", "weak-cipher:anonymous"),
            "weak-cipher:cbc",
        ),
    ),
    "invalid-certificate": Live(
        good=secure("", "certificate:short-lived", "certificate:with-chain"),
        bad=secure(
            *("certificate:expired", "certificate:future", "certificate:dies-in-days"),
            *("certificate:ends-soon", "certificate:other-host", "certificate:untrusted"),
            *("certificate:chain-cut", "certificate:small-key"),
        ),
    ),
    "cleartext-http": Live(
        good=secure("", "cleartext-http:redirect"),
        bad=secure(
            *("cleartext-http:served", "cleartext-http:api-only"),
            *("cleartext-http:redirect-to-http", "cleartext-http:redirect-elsewhere"),
        ),
    ),
    "missing-opener-policy": Live(
        good=(Case(), *headers("opener-for-popups"), *with_page("kept-file")),
        bad=(*headers("opener-absent", "opener-unsafe"), *with_page("open-file")),
    ),
    "unpinned-third-party-script": Live(
        good=(
            Case(),
            *with_page("pinned-script", "inert-scripts", "own-script-by-its-whole-address"),
        ),
        bad=with_page(
            *("foreign-script", "foreign-script-on-linked-page"),
            *("foreign-style", "unknown-digest"),
        ),
    ),
    "mixed-content": Live(
        good=(
            *secure(""),
            *with_page("inert-scripts", "upgraded-script", "pinned-script", tls=True),
        ),
        bad=with_page("plain-script", "plain-form", "plain-picture", "plain-base", tls=True),
    ),
}
