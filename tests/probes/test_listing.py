"""Listings that servers make by themselves, and pages that only look like one."""

from __future__ import annotations

import http.server
import threading
from functools import partial
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from pytest_readiness.probes.listing import folders, is_listing


if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("title", "path"),
    [
        ("Index of /static/", "/static/"),
        ("Index of /static", "/static/"),
        ("Index of /app/static/", "/static/"),
        ("Index of /", "/"),
        ("listing directory /files/", "/files/"),
        ("Directory Listing For [/files/]", "/files/"),
        ("Directory: /files/", "/files/"),
        ("Index of /a b/", "/a%20b/"),
    ],
)
def test_a_title_that_names_the_path_is_a_listing(title: str, path: str) -> None:
    assert is_listing(f"<html><head><title>{title}</title></head></html>", path)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<title>Index of packages</title>", "/packages/"),
        ("<title>Index of /other/</title>", "/static/"),
        ("<title>About Index of /static/</title>", "/static/"),
        ('{"title": "Index of /static/"}', "/static/"),
        ("<h1>Index of /static/</h1>", "/static/"),
        ("<p>text</p><pre><a href='x'>x</a></pre>", "/static/"),
        ("", "/"),
    ],
)
def test_what_somebody_wrote_is_none(text: str, path: str) -> None:
    assert not is_listing(text, path)


@pytest.mark.parametrize(
    "text",
    [
        '<!doctype html>\n<meta name="viewport" content="x">\n<pre>\n<a href="a">a</a>\n</pre>\n',
        '<pre>\n<a href="a.js">a.js</a>\n<a href="b/">b/</a>\n</pre>\n',
        '<A HREF="/">[To Parent Directory]</A><br>',
        '<?xml version="1.0"?><ListBucketResult xmlns="x"><Name>b</Name></ListBucketResult>',
    ],
)
def test_listings_without_a_title_are_known_by_their_form(text: str) -> None:
    assert is_listing(text, "/files/")


def test_pythons_own_server_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        answering = threading.Thread(target=server.handle_request)
        answering.start()
        with urlopen(f"http://127.0.0.1:{server.server_port}/docs/") as answer:
            text = answer.read().decode()
        answering.join()
    assert is_listing(text, "/docs/")


def test_folders_come_with_the_inner_ones_first() -> None:
    found = folders(["/a/b/c.js?v=1", "/a/d.css", "/top.js"])
    assert found == ["/a/b/", "/a/"]
