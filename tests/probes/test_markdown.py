"""Links and sections of Markdown, as GitHub shows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.probes.markdown import parse, slug, split


def links(text: str) -> list[tuple[str, int | None]]:
    return [(link.target, link.location.line) for link in parse(text, "a.md").links]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](b.md)", [("b.md", 1)]),
        ("one\ntwo [a](b.md)\nthree ![c](d.png)", [("b.md", 2), ("d.png", 3)]),
        ('[a `x\ny` b](c.md "a\ntitle") and\n[d](e.md)', [("c.md", 2), ("e.md", 4)]),
        ("[a](<b c.md>)", [("b c.md", 1)]),
        ("[a](b%20c.md)", [("b c.md", 1)]),
        ("[![img](i.svg)](b.md)", [("b.md", 1), ("i.svg", 1)]),
        ("[a][r]\n\ntext\n\n[r]: b.md#c", [("b.md#c", 5)]),
        ("[r]\n\n[r]: b.md", [("b.md", 3)]),
        ("| a |\n|---|\n| [b](c.md) |", [("c.md", 3)]),
        ("- x\n  - [b](c.md)", [("c.md", 2)]),
        ("<p>\n<a href='b.md'>x</a>\n<img src=c.png></p>", [("b.md", 2), ("c.png", 3)]),
        ("text <a href='b.md'>x</a>", [("b.md", 1)]),
        ("```\n[a](b.md)\n```\n`[c](d.md)`", []),
        ("<!-- [a](b.md) -->", []),
        ("[not a link]", []),
        ("---\ntitle: x\n---\n[a](b.md)", [("b.md", 4)]),
    ],
)
def test_links_are_found_with_their_line(text: str, found: list[tuple[str, int]]) -> None:
    assert links(text) == found


@pytest.mark.parametrize(
    ("target", "relative"),
    [
        ("b.md", True),
        ("#section", True),
        ("/docs/b.md", True),
        ("https://example.com", False),
        ("//example.com/b.md", False),
        ("mailto:ann@example.com", False),
        ("javascript:void(0)", False),
    ],
)
def test_an_address_elsewhere_is_not_relative(target: str, relative: bool) -> None:
    [link] = parse(f"[a]({target})", "a.md").links
    assert link.is_relative is relative


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("High errors", "high-errors"),
        ("What's `DATABASE_URL`?", "whats-database_url"),
        ("C++ & Rust", "c--rust"),
        ("1.2.3 - 2026-01-01", "123---2026-01-01"),
        ("Über uns", "über-uns"),
        ("*Very* [linked](x.md) text", "very-linked-text"),
        ("![badge](x.svg) Title", "title"),
    ],
)
def test_sections_are_named_as_github_names_them(heading: str, expected: str) -> None:
    [found] = parse(f"## {heading}", "a.md").headings
    assert found.slug == expected


def test_headings_that_are_alike_are_numbered() -> None:
    document = parse("# Usage\n## Usage\n## Usage-1\n## Usage", "a.md")
    assert [one.slug for one in document.headings] == ["usage", "usage-1", "usage-1-1", "usage-2"]


def test_sections_may_be_reached_by_html_and_by_an_id_of_their_own() -> None:
    document = parse('<a name="old"></a>\n\n## New name {#stable}\n\n<div id=here>', "a.md")
    assert all(map(document.has_section, ("old", "stable", "new-name", "here", "top", "")))
    assert not document.has_section("gone")


def test_a_setext_heading_counts_and_front_matter_is_none() -> None:
    document = parse("---\ntitle: x\n---\nName\n====\n", "a.md")
    assert [(one.text, one.level, one.location.line) for one in document.headings] == [
        ("Name", 1, 4)
    ]


@pytest.mark.parametrize(
    ("target", "parts"),
    [
        ("docs/a%20b.md?raw=true#x%C3%A9", ("docs/a b.md", "xé")),
        ("#only", ("", "only")),
        ("http://[broken", ("http://[broken", "")),
    ],
)
def test_a_target_is_split_into_path_and_fragment(target: str, parts: tuple[str, str]) -> None:
    assert split(target) == parts


@given(st.text())
def test_any_text_is_a_document(text: str) -> None:
    document = parse(text, "a.md")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
    assert all(1 <= (link.location.line or 0) <= lines for link in document.links)
    assert slug(text) == slug(text).lower()


@pytest.mark.parametrize(
    ("below", "empty"),
    [
        ("Text.", False),
        ("```sh\nmake\n```", False),
        ("| a |\n|---|", False),
        ("## Deeper\n\nText.", False),
        ("", True),
        ("TODO", True),
        ("*To be written.*", True),
        ("<!-- later -->", True),
        ("## Deeper", True),
        ("# Next\n\nText.", True),
    ],
)
def test_a_section_without_content_is_empty(below: str, empty: bool) -> None:
    assert parse(f"# Deployment\n\n{below}\n", "a.md").headings[0].is_empty is empty
