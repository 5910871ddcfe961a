"""A browser says whether the script in a recorded answer runs."""

from __future__ import annotations

import shutil

import pytest
from urllib3 import HTTPHeaderDict

from pytest_readiness.probes.browser import PROGRAMS, show
from pytest_readiness.probes.http import Response
from pytest_readiness.probes.reflection import ending_a_string, running
from tests.probes.test_reflection import PAGES, WORD


BROWSER = pytest.mark.skipif(
    not any(map(shutil.which, PROGRAMS)), reason=f"none of {', '.join(PROGRAMS)} is installed"
)


def page(body: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status=404,
        headers=HTTPHeaderDict({"Content-Type": "text/html", **named}),
        body=body.encode(),
        truncated=False,
        seconds=0,
        first_byte=0,
        url="http://127.0.0.1:9/search",
        version="1.1",
        summary="",
    )


@BROWSER
@pytest.mark.parametrize("context", ["text", "an attribute in '", "an address"])
def test_a_script_that_breaks_out_runs(context: str) -> None:
    for value in running(WORD)[context]:
        assert show(page(PAGES[context].format(value)), WORD).ran


@BROWSER
def test_the_end_of_a_string_runs() -> None:
    value = ending_a_string(WORD)["'"]
    assert show(page(PAGES["a script"].format(value)), WORD).ran


@BROWSER
def test_a_policy_and_an_attribute_keep_it_from_running() -> None:
    value = running(WORD)["text"][0]
    forbidden = page(value, Content_Security_Policy="default-src 'self'")
    for harmless in (forbidden, page(PAGES['an attribute in "'].format(value))):
        shown = show(harmless, WORD)
        assert shown.looked
        assert not shown.ran


def test_without_a_browser_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    shown = show(page("<p>"), WORD)
    assert (shown.looked, shown.why) == (False, "no Chromium is installed")
