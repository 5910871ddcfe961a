"""Where an answer sends a browser, read as browsers read addresses."""

from __future__ import annotations

import pytest
from urllib3 import HTTPHeaderDict

from pytest_readiness.probes.http import Response
from pytest_readiness.probes.redirection import host_of, leaves


EVIL = "evil.example"


def answer(
    status: int = 302, body: str = "", url: str = "http://api.example/go", **headers: str
) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status=status,
        headers=HTTPHeaderDict(named),
        body=body.encode(),
        truncated=False,
        seconds=0,
        first_byte=0,
        url=url,
        version="1.1",
        summary="",
    )


@pytest.mark.parametrize(
    ("reference", "host"),
    [
        ("https://evil.example/", EVIL),
        ("//evil.example/", EVIL),
        ("/\\evil.example/", EVIL),
        ("https:evil.example/", EVIL),
        ("/\t/evil.example/", EVIL),
        ("///evil.example/", EVIL),
        ("https://api.example@evil.example/", EVIL),
        ("https://evil.example@api.example/", "api.example"),
        ("http:evil.example/", "api.example"),
        ("/evil.example/", "api.example"),
        ("?next=https://evil.example/", "api.example"),
        ("/%2F/evil.example", "api.example"),
        ("javascript:alert(1)", ""),
        ("https://[", ""),
    ],
)
def test_the_host_that_browsers_see(reference: str, host: str) -> None:
    assert host_of(reference, "http://api.example/go") == host


@pytest.mark.parametrize(
    ("seen", "by"),
    [
        (answer(Location="//evil.example"), "Location"),
        (answer(200, Location="//evil.example"), ""),
        (answer(201, Location="https://evil.example/made"), ""),
        (answer(Location="/from?next=//evil.example"), ""),
        (answer(Location="//evil.example", url="http://evil.example/"), ""),
        (answer(200, Refresh="0; url=https://evil.example/"), "Refresh"),
        (answer(200, Refresh="5"), ""),
        (
            answer(
                200,
                "<meta http-equiv=refresh content=\"0;URL='//evil.example'\">",
                Content_Type="text/html",
            ),
            '<meta http-equiv="refresh">',
        ),
        (
            answer(
                200,
                '<p>&lt;meta http-equiv=refresh content="0;url=//evil.example"&gt;',
                Content_Type="text/html",
            ),
            "",
        ),
        (
            answer(
                200,
                '<meta http-equiv="refresh" content="0;url=//evil.example">',
                Content_Type="application/json",
            ),
            "",
        ),
    ],
)
def test_what_sends_a_browser_away(seen: Response, by: str) -> None:
    assert leaves(seen, EVIL) == by
