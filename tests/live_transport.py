"""Specimens of the checks of transport, pages, GraphQL, WebSockets and further listeners."""

from __future__ import annotations

from dataclasses import replace

from tests.live_cases import Case, Live, headers


def secure(*names: str) -> tuple[Case, ...]:
    """A case over https for each defect; an empty one is the sound target."""
    return tuple(Case((name,) if name else (), tls=True) for name in names)


def with_page(*variants: str, tls: bool = False) -> tuple[Case, ...]:
    """A case for each thing that the page has in its head."""
    return tuple(Case((f"page-with:{variant}",), tls=tls) for variant in variants)


def variants(name: str, *chosen: str) -> tuple[Case, ...]:
    """A case for each variant of one defect."""
    return tuple(Case((f"{name}:{variant}",)) for variant in chosen)


def listening(*chosen: str) -> tuple[Case, ...]:
    """A target that the audit starts, with a second port of each kind."""
    defects = ((f"second-listener:{kind}",) if kind else () for kind in chosen)
    return tuple(Case(names, environment={"MODE": "production"}) for names in defects)


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
    "directory-listing": Live(
        good=(
            Case(),
            *variants("directory-listing", "of-packages", "api", "article"),
            Case(("soft-404",)),
        ),
        bad=variants("directory-listing", "nginx", "python", "express", "go"),
    ),
    "graphql-introspection": Live(
        good=(
            *variants("with-graphql", "sound", "for-users"),
            Case(("with-graphql:introspection",), settings="public: [POST /graphql]\n"),
        ),
        bad=variants("with-graphql", "introspection", "filtered", "by-get"),
    ),
    "unlimited-graphql": Live(
        good=variants("with-graphql", "sound", "for-users", "shallow"),
        bad=variants("with-graphql", "aliases", "batches", "depth", "careless"),
    ),
    "websocket-foreign-origin": Live(
        good=(
            *variants("with-websocket", "checked", "closed-later", "checked-by-script"),
            *variants("with-websocket", "for-headers"),
            Case(("with-websocket:cookie-checked", "token-in:cookie")),
            Case(("with-websocket:checked",), tls=True),
        ),
        bad=(
            *variants("with-websocket", "any-origin", "prefix", "null", "by-script"),
            Case(("with-websocket:cookie", "token-in:cookie")),
        ),
    ),
    "second-listener": Live(
        good=(
            *listening("", "local", "with-login"),
            replace(*listening("metrics"), settings="public: [GET /metrics]\n"),
        ),
        bad=listening("metrics", "debugger", "api", "silent"),
    ),
}
