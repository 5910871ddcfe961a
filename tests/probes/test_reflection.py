"""Planted markup is found where a browser finds it, and nowhere else."""

from __future__ import annotations

import html
import json

import pytest

from pytest_readiness.probes.reflection import (
    ending_a_string,
    grown,
    may_end,
    plants,
    running,
    within_script,
)


WORD = "rd1234"
PAGES = {
    "text": "<p>{}</p>",
    'an attribute in "': '<input value="{}">',
    "an attribute in '": "<input value='{}'>",
    "an attribute without quotes": "<input value={}>",
    "a script": "<script>var asked = '{}';</script>",
    "a comment": "<!-- {} -->",
    "an element that holds text only": "<textarea>{}</textarea>",
    "an address": '<a href="{}">there</a>',
}


@pytest.mark.parametrize("context", PAGES)
def test_what_breaks_out_is_found(context: str) -> None:
    assert grown(PAGES[context].format(plants(WORD)[context]), WORD)


@pytest.mark.parametrize("context", [name for name in PAGES if name != "an address"])
@pytest.mark.parametrize("page", [PAGES["text"], PAGES['an attribute in "'], PAGES["a comment"]])
def test_what_is_escaped_is_text(context: str, page: str) -> None:
    assert not grown(page.format(html.escape(plants(WORD)[context])), WORD)


def test_markup_within_what_holds_text_only_is_text() -> None:
    planted = plants(WORD)["text"]
    for name in ("script", "a comment", "an element that holds text only", 'an attribute in "'):
        page = PAGES.get(name, PAGES["a script"])
        assert not grown(page.format(planted), WORD)


def test_the_word_of_another_try_is_not_taken() -> None:
    assert not grown(PAGES["text"].format(plants(WORD)["text"]), "rd9999")


def test_an_address_counts_in_what_is_followed_alone() -> None:
    planted = plants(WORD)["an address"]
    assert not grown(f'<p title="{planted}">{planted}</p>', WORD)
    assert not grown(f'<a href="/go?to={planted}">there</a>', WORD)


def test_every_context_has_a_script_for_the_browser() -> None:
    assert running(WORD).keys() == plants(WORD).keys()
    assert all(WORD in value for values in running(WORD).values() for value in values)


def test_a_word_within_a_script() -> None:
    assert within_script(f"<p>a</p><script>var a = '{WORD}';</script>", WORD)
    assert not within_script(f"<p>{WORD}</p><script>var a = 1;</script>", WORD)


@pytest.mark.parametrize(
    ("script", "quote", "may"),
    [
        ("var a = '{}';", "'", True),
        ('var a = "{}";', "'", False),
        ('var a = "{}";', '"', True),
        ("var a = \"it's\"; var b = '{}';", "'", True),
        ("var a = 'for {}';", "'", True),
        ("var a = `{}`;", "`", True),
    ],
)
def test_what_may_end_a_string(script: str, quote: str, *, may: bool) -> None:
    value = ending_a_string(WORD)[quote]
    assert may_end(f"<script>{script.format(value)}</script>", WORD, quote) is may
    assert not may_end(f"<script>{script.format(json.dumps(value))}</script>", WORD, '"')
