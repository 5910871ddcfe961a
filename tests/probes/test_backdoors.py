"""What a source treats in a way of its own."""

from __future__ import annotations

import pytest

from pytest_readiness.probes.backdoors import candidates


def seen(path: str, text: str) -> set[tuple[str, str, str, int]]:
    """Place, name, value and line of each candidate."""
    return {
        (one.place, one.name, one.value, one.location.line or 0) for one in candidates(path, text)
    }


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('if request.headers.get("X-Debug") == "letmein":', ("header", "X-Debug", "letmein")),
        ("if 'letmein' == request.headers['X-Who']:", None),  # not worth a parser
        (
            "if (req.headers['x-test-user'] === 'root') {",
            ("header", "x-test-user", "root"),
        ),
        ('if r.Header.Get("X-Bypass") == "yes" {', ("header", "X-Bypass", "yes")),
        ('if (request.getHeader("X-E2E").equals("1")) {', ("header", "X-E2E", "1")),
        ("if ($_SERVER['HTTP_X_DEBUG'] === 'on') {", ("header", "X-DEBUG", "on")),
        ('if request.META.get("HTTP_X_TEST") == "1":', ("header", "X-TEST", "1")),
        ('if request.cookies.get("admin") == "true":', ("cookie", "admin", "true")),
        ("if (req.cookies.admin === 'true') {", ("cookie", "admin", "true")),
        ('if request.args.get("debug") == "1":', ("query", "debug", "1")),
        ("if (req.query.preview === 'secret') {", ("query", "preview", "secret")),
        ('if token == "test-token-123":', ("token", "", "test-token-123")),
        ('if api_key in {"dev-key"}:', ("token", "", "dev-key")),
        ('TEST_TOKEN = "abc-123"', ("token", "", "abc-123")),
        ("curl -H 'Authorization: Bearer abc.def.ghi'", ("token", "", "abc.def.ghi")),
        ("X-API-Key: demo-key-1", None),  # at the start of a line nothing tells a header
        ("  X-API-Key: demo-key-1", ("header", "X-API-Key", "demo-key-1")),
    ],
)
def test_what_is_compared_is_found(line: str, found: tuple[str, str, str] | None) -> None:
    there = {one[:3] for one in seen("x", line)}
    assert found is None or found in there


def test_a_variable_is_followed_to_where_it_is_compared() -> None:
    text = 'sent = request.headers.get("X-Who")\n\nif sent == "us":\n'
    assert ("header", "X-Who", "us", 3) in seen("a.py", text)


def test_a_constant_is_followed_to_where_it_is_set() -> None:
    text = 'KNOWN = ("us", "them")\nif request.headers.get("X-Who") in KNOWN:\n'
    found = seen("a.py", text)
    assert {("header", "X-Who", "us", 2), ("header", "X-Who", "them", 2)} <= found


def test_a_suspicious_name_counts_by_itself() -> None:
    found = seen("a.go", 'if r.Header.Get("X-Skip-Auth") != "" {')
    assert ("header", "X-Skip-Auth", "true", 1) in found


@pytest.mark.parametrize(
    "line",
    [
        'if request.headers.get("Content-Type") == "application/json":',
        'name = request.args.get("name", "")',
        'page = request.args.get("page")',
        "let total = order.items.length",
        "x" * 2000,
    ],
)
def test_ordinary_lines_hold_none(line: str) -> None:
    assert not seen("a.py", line)
