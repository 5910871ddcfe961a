"""Show an answer to a browser and ask whether a script in it has run."""

from __future__ import annotations

import importlib.util
import os
import shutil
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final


if TYPE_CHECKING:
    from pytest_readiness.probes.http import Response


PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_MILLISECONDS: Final = 1500
"""How long a page may take to run what it runs."""
_LONGEST: Final = 30.0
_NOT_ABOUT_THE_PAGE: Final = frozenset(
    {"connection", "content-encoding", "content-length", "set-cookie", "transfer-encoding"}
)
_CLICK = "document.querySelectorAll('a[href^=\"javascript:\"]').forEach(each => each.click())"
_RUN = "word => document.documentElement.dataset.readiness === word"


@dataclass(frozen=True)
class Shown:
    """What came of showing a page."""

    looked: bool
    """A browser was there and has shown it."""
    ran: bool
    """The script has run."""
    why: str = ""
    """Why no browser could be used."""


def show(answer: Response, word: str) -> Shown:
    """Show an answer as it came, headers included, and see whether its script has run.

    The script sets ``document.documentElement.dataset.readiness`` to the word. Nothing is asked of
    any server: the browser is given the recorded answer, and every other request is cut off.
    Links to a ``javascript:`` address are clicked.
    """
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        return Shown(looked=False, ran=False, why="no Chromium is installed")
    if importlib.util.find_spec("playwright") is None:
        return Shown(looked=False, ran=False, why="playwright is not installed")
    # A thread of its own: whoever calls may have a loop running, which playwright refuses.
    found: list[Shown] = []
    thread = threading.Thread(
        target=lambda: found.append(_shown(program, answer, word)), daemon=True
    )
    thread.start()
    thread.join(_LONGEST)
    return found[0] if found else Shown(looked=False, ran=False, why="the browser hangs")


def _shown(program: str, answer: Response, word: str) -> Shown:
    from playwright.sync_api import Error, sync_playwright

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses it to root
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=sandbox)
            try:
                return Shown(looked=True, ran=_has_run(browser.new_page(), answer, word))
            finally:
                browser.close()
    except Error as error:
        return Shown(looked=False, ran=False, why=" ".join(str(error).split())[:200])


def _has_run(page: Any, answer: Response, word: str) -> bool:
    from playwright.sync_api import Error
    from playwright.sync_api import TimeoutError as TooLate

    given: list[bool] = []

    def route(asked: Any) -> None:
        if given:
            asked.abort()
            return
        given.append(True)
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name.lower() not in _NOT_ABOUT_THE_PAGE
        }
        # Whatever the status, browsers show the body; an error page without one would be theirs.
        asked.fulfill(status=200, headers=headers, body=answer.body)

    page.route("**/*", route)
    page.goto(answer.url, wait_until="domcontentloaded")
    try:
        page.evaluate(_CLICK)
        page.wait_for_function(_RUN, arg=word, timeout=_MILLISECONDS, polling=50)
    except TooLate:
        return False
    except Error:  # the script went to another page, or a policy forbids to look
        return bool(page.evaluate(_RUN, word))
    return True
