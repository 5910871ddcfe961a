"""What a page asks for in the clear once its scripts run, by the log of a browser."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import threading
from typing import TYPE_CHECKING, Any, Final

from pytest_readiness.probes.browser import PROGRAMS
from pytest_readiness.probes.page import same_origin


if TYPE_CHECKING:
    from collections.abc import Sequence


_MILLISECONDS: Final = 1000
"""How long scripts have once the page is loaded."""
_LONGEST: Final = 20.0
_COMPLAINT: Final = re.compile(r"Mixed Content: .*?'((?:http|ws)://[^']+)'[^']*$", re.DOTALL)
"""What Chromium says of a request that it blocks; the page itself is named before."""


def asked_in_clear(url: str, *, seconds: float = 10.0) -> tuple[str, ...] | None:
    """Addresses over plain ``http`` or ``ws`` that a page by https asks for.

    None where no browser could be used.

    The browser gets from the target what a GET gets, and nothing else: other methods and other
    hosts are cut off. It trusts every certificate, which another check judges.

    Args:
        url: of the page.
        seconds: for loading it.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None or importlib.util.find_spec("playwright") is None:
        return None
    found: list[Sequence[str]] = []

    def look() -> None:
        found.extend(_looked(program, url, seconds))

    # A thread of its own: whoever calls may have a loop running, which playwright refuses.
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    thread.join(_LONGEST)
    return tuple(dict.fromkeys(found[0])) if found else None


def _looked(program: str, url: str, seconds: float) -> list[list[str]]:
    from playwright.sync_api import Error, sync_playwright

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses it to root
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=sandbox)
            try:
                page = browser.new_page(ignore_https_errors=True)
                return [_in_clear(page, url, seconds)]
            finally:
                browser.close()
    except Error:
        return []


def _in_clear(page: Any, url: str, seconds: float) -> list[str]:
    found: list[str] = []

    def heard(message: Any) -> None:
        if complaint := _COMPLAINT.search(message.text):
            found.append(complaint[1])

    def route(asked: Any) -> None:
        if asked.request.method == "GET" and same_origin(asked.request.url, url):
            asked.continue_()
        else:
            asked.abort()

    page.on("console", heard)
    page.route("**/*", route)
    page.goto(url, wait_until="load", timeout=seconds * 1000)
    page.wait_for_timeout(_MILLISECONDS)
    return found
