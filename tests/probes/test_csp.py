"""Content security policies as browsers enforce them."""

from __future__ import annotations

import pytest

from pytest_readiness.probes.csp import read


def test_without_a_policy_everything_is_allowed() -> None:
    none = read([])
    assert not none
    assert none.unlimited_scripts
    assert none.inline_scripts
    assert none.framers is None


@pytest.mark.parametrize("text", ["", " ; ;", ","])
def test_an_empty_header_is_no_policy(text: str) -> None:
    assert not read([text])


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("script-src 'self'", False),
        ("default-src 'self'", False),
        ("SCRIPT-SRC 'SELF' 'UNSAFE-INLINE'", True),
        ("default-src 'unsafe-inline'", True),
        ("default-src 'unsafe-inline'; script-src 'self'", False),
        ("script-src 'self'; script-src 'unsafe-inline'", False),  # the first counts
        ("script-src 'unsafe-inline' 'nonce-abc'", False),
        ("script-src 'unsafe-inline' 'sha256-abc='", False),
        ("script-src 'unsafe-inline' 'strict-dynamic'", False),
        ("script-src 'self'; script-src-attr 'unsafe-inline'", True),
        ("style-src 'unsafe-inline'; script-src 'none'", False),
        ("img-src 'self'", True),
    ],
)
def test_inline_scripts(policy: str, allowed: bool) -> None:
    assert read([policy]).inline_scripts is allowed


@pytest.mark.parametrize(
    ("policy", "allowed"),
    [
        ("script-src https:", True),
        ("script-src *", True),
        ("script-src data:", True),
        ("script-src https://*.example.com", False),
        ("script-src https: 'nonce-abc' 'strict-dynamic'", False),
        ("script-src https: 'nonce-abc'", True),
        ("script-src 'self'; script-src-elem *", True),
    ],
)
def test_scripts_of_any_site(policy: str, allowed: bool) -> None:
    assert read([policy]).scripts_of_any_site is allowed


def test_of_two_policies_both_hold() -> None:
    loose, strict = "script-src * 'unsafe-inline' 'unsafe-eval'", "default-src 'none'"
    for told in ([loose, strict], [f"{loose}, {strict}"], [strict, loose]):
        both = read(told)
        assert not both.inline_scripts
        assert not both.scripts_of_any_site
        assert not both.eval
        assert not both.plugins
    assert not read([loose], [strict]).inline_scripts
    assert read(["frame-ancestors *", "frame-ancestors 'none'"]).framers == ("'none'",)


def test_a_page_cannot_say_who_frames_it() -> None:
    told = read([], ["default-src 'self'; frame-ancestors 'none'"])
    assert told
    assert told.framers is None


@pytest.mark.parametrize(
    ("policy", "open_to_all"),
    [
        ("frame-ancestors 'none'", False),
        ("frame-ancestors", False),
        ("frame-ancestors https://a.example", False),
        ("frame-ancestors *", True),
        ("frame-ancestors https:", True),
        ("default-src 'none'", False),
    ],
)
def test_who_may_frame(policy: str, open_to_all: bool) -> None:
    assert read([policy]).framed_by_any_site is open_to_all


@pytest.mark.parametrize(
    ("policy", "plugins", "base"),
    [
        ("default-src 'none'", False, True),
        ("object-src 'none'; base-uri 'self'", False, False),
        ("default-src 'self'; base-uri 'none'", True, False),
        ("base-uri https:", True, True),
    ],
)
def test_plugins_and_bases(policy: str, plugins: bool, base: bool) -> None:
    assert (read([policy]).plugins, read([policy]).foreign_base) == (plugins, base)
