"""What a page says of itself in its head."""

from __future__ import annotations

from pytest_readiness.probes.page import metas


PAGE = """<!doctype html><html><head>
<META HTTP-EQUIV="Content-Security-Policy" CONTENT="default-src 'self'">
<meta name=Referrer content=no-referrer>
<meta charset="utf-8">
</head><body><p>&lt;meta name="referrer" content="unsafe-url"&gt;"""


def test_metas_are_found_in_any_case() -> None:
    assert metas(PAGE, "Content-Security-Policy") == ("default-src 'self'",)
    assert metas(PAGE, "referrer") == ("no-referrer",)


def test_text_about_a_meta_is_none() -> None:
    assert metas("<!-- <meta name='referrer' content='x'> --> <p>meta</p>", "referrer") == ()
    assert metas("", "referrer") == ()
