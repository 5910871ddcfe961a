"""What shows that a thing is there, and what only looks like it."""

from __future__ import annotations

import pytest

from pytest_readiness.probes.exposure import (
    DEBUG_PAGES,
    DEBUGGERS,
    DOCUMENTATION,
    FILES,
    MANAGEMENT,
    METRICS_SIGN,
)


PLACES = {place.path: place for place in (*FILES, *DEBUGGERS, *MANAGEMENT, *DOCUMENTATION)}
ELSE = (
    b"<!doctype html><html><body><h1>Plants</h1></body></html>",
    b"<html><body>Not Found</body></html>",
    b'{"detail": "Not Found"}',
    b"Not Found",
    b"",
    b"\n" * 60_000,
    b"#\n" * 30_000,
    b'{"' * 30_000,
)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/.git/HEAD", b"ref: refs/heads/main\n"),
        ("/.git/HEAD", b"4f7c1e9a0b52d863e7f1a94c20d5b8367e1f90ac\n"),
        ("/.git/config", b"[core]\n\trepositoryformatversion = 0\n"),
        ("/.env", b"# of production\r\n\r\nDATABASE_URL=postgres://db\r\nDEBUG=0\r\n"),
        ("/.env", b"export SECRET_KEY = 'x'"),
        ("/dump.sql", b"--\n-- PostgreSQL database dump\n--\n"),
        ("/dump.sql", b"-- MySQL dump 10.13\n"),
        ("/backup.sql", b"SET x=1;\nINSERT INTO users VALUES (1);\n"),
        ("/backup.zip", b"PK\x03\x04rest"),
        ("/.htpasswd", b"admin:$apr1$abc$def\n"),
        ("/id_rsa", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("/settings.py", b"import os\n"),
        ("/console", b"<script>var CONSOLE_MODE = true, EVALEX = true;</script>"),
        ("/debug/pprof/", b"<p>Types of profiles available:</p>"),
        ("/flower/", b"<title>Flower</title><a>Broker</a>"),
        ("/actuator", b'{"_links": {"self": {}}}'),
        ("/debug/vars", b'{"cmdline": [], "memstats": {}}'),
        ("/openapi.json", b'{"openapi": "3.1.0", "info": {}}'),
        ("/openapi.json", b'{\n  "info": {}, "openapi": "3.0.3"}'),
        ("/openapi.yaml", b"openapi: 3.1.0\n"),
        ("/docs", b"<!DOCTYPE html><title>API - Swagger UI</title><div id='swagger-ui'>"),
    ],
)
def test_the_thing_itself_is_known(path: str, body: bytes) -> None:
    assert PLACES[path].shows(body)


@pytest.mark.parametrize("place", PLACES.values(), ids=lambda place: place.path)
def test_pages_errors_and_empty_answers_are_not_it(place: object) -> None:
    assert not [body[:30] for body in ELSE if place.shows(body)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/.env", b"Welcome. Nothing = nothing here.\n"),
        ("/.env", b"not a variable\nAPP=1\n"),
        ("/.git/HEAD", b"reference: refs/heads"),
        ("/.git/config", b"<html>[core]</html>"),
        ("/.git/config", b"the [core] of it"),
        ("/dump.sql", b"To dump: -- see CREATE TABLE"),
        ("/console", b"<h1>Console</h1> Set EVALEX to true"),
        ("/actuator", b'{"links": []}'),
        ("/openapi.json", b'{"title": "openapi"}'),
        ("/docs", b"<html><h1>How to water plants</h1></html>"),
        ("/docs", b"<html><h1>A scalar and a vector</h1></html>"),
        ("/flower/", b"<html><title>Flower of the day</title></html>"),
        ("/telescope", b"<html><title>Telescope 70 mm</title></html>"),
        ("/debug/pprof/", b"You asked for /debug/pprof/."),
    ],
)
def test_what_only_looks_like_it_is_not_it(path: str, body: bytes) -> None:
    assert not PLACES[path].shows(body)


@pytest.mark.parametrize(
    ("page", "what"),
    [
        ("You&#x27;re seeing this error because you have <code>DEBUG = True</code>", "Django"),
        ("You’re seeing this error because you have <code>DEBUG = True</code>", "Django"),  # noqa: RUF001 - Django's own sign
        ("<title>TypeError // Werkzeug Debugger</title>", "Werkzeug"),
        ("<title>Starlette Debugger</title>", "Starlette"),
        ("Rails.root: /srv/app", "Rails"),
        ("Error: no such plant<br> &nbsp; &nbsp;at /srv/node_modules/express/lib", "Express"),
    ],
)
def test_debug_pages_are_known(page: str, what: str) -> None:
    assert [name for name, sign in DEBUG_PAGES if sign.search(page) and what in name]


@pytest.mark.parametrize(
    "page",
    [
        "Set DEBUG = True in settings.py to see more.",
        "Error: no such plant, at the end of the list",
        "The Starlette debugger is off. Rails is not used.",
    ],
)
def test_talk_of_debugging_is_no_debug_page(page: str) -> None:
    assert not [name for name, sign in DEBUG_PAGES if sign.search(page)]


def test_metrics_are_known_by_their_form() -> None:
    assert METRICS_SIGN.search(b"# HELP up Whether it is up.\n# TYPE up gauge\nup 1\n")
    assert METRICS_SIGN.search(b'http_requests_total{code="200"} 12.0\n')
    assert not METRICS_SIGN.search(b'{"cpu": 1}')
    assert not METRICS_SIGN.search(b"<h1>Metrics</h1>")
