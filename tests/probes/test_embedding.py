"""What a page makes a browser load, run or send."""

from __future__ import annotations

import pytest

from pytest_readiness.probes.embedding import Embedded, embedded, same_site


BASE = "https://shop.example/a/"
DIGEST = "sha384-" + "A" * 64


def kinds(html: str) -> list[tuple[str, str]]:
    return [(one.kind, one.url) for one in embedded(html, BASE)]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<script src="x.js"></script>', [("script", f"{BASE}x.js")]),
        (
            "<SCRIPT SRC=//cdn.example/x.js type=module></SCRIPT>",
            [("script", "https://cdn.example/x.js")],
        ),
        ('<script src="x.js" type="text/javascript; charset=utf-8">', [("script", f"{BASE}x.js")]),
        ('<script src="x.json" type="application/ld+json">', []),
        ('<script>"<img src=y>"</script>', []),
        ("<textarea><script src='x.js'></script></textarea>", []),
        ("<body><noscript><img src='x.png'></noscript>", []),
        ('<!-- <script src="x.js"></script> -->', []),
        ('<template><template></template><img src="x"></template>', []),
        (
            '<base href="/b/"><base href="/c/"><img src="x">',
            [("image", "https://shop.example/b/x")],
        ),
        ('<link rel="preload stylesheet" href="x.css">', [("stylesheet", f"{BASE}x.css")]),
        ('<link rel="canonical" href="http://shop.example/">', []),
        ('<form action=""></form><form></form>', []),
        ('<form action="http://x.example/">', [("form", "http://x.example/")]),
        ('<iframe src="data:text/html,x"></iframe><a href="mailto:a@b.example">', []),
        ('<img src="http://[broken">', []),
        ('<a href="/b#c">', [("link", "https://shop.example/b#c")]),
    ],
)
def test_a_page_is_read_as_browsers_read_it(html: str, found: list[tuple[str, str]]) -> None:
    assert kinds(html) == found


@pytest.mark.parametrize(
    ("integrity", "pinned"),
    [
        (DIGEST, True),
        (f"md5-abc {DIGEST}", True),
        (f"{DIGEST}?option", True),
        ("", False),
        ("md5-abc", False),
        ("sha384-", False),
        ("sha384", False),
    ],
)
def test_only_digests_that_browsers_heed_pin(integrity: str, *, pinned: bool) -> None:
    assert Embedded("script", "https://cdn.example/x.js", integrity).pinned is pinned


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("https://shop.example/x", True),
        ("https://cdn.shop.example/x", True),
        ("https://shop.example:8443/x", True),
        ("https://www.shop.example/x", True),
        ("https://shop.example.net/x", False),
        ("https://myshop.example/x", False),
    ],
)
def test_sub_domains_belong_to_the_site(url: str, *, same: bool) -> None:
    assert same_site(url, "https://www.shop.example/") is same
