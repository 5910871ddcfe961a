"""How a real browser shows ``index.html``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.reports.html import render
from tests.reports.pages import HOSTILE, SIGNED, rich, run
from tests.reports.saying import poisoned
from tests.runs import FAILED, PASSED, SKIPPED, Run, run_of


if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from pytest_readiness.model import AuditReport

SHOW_ALL = """
for (const fold of document.querySelectorAll("details")) fold.open = true;
for (const node of document.querySelectorAll("*")) node.style.contentVisibility = "visible";
"""
"""What is folded or far below is part of the page."""


class Desk:
    """Opens reports, and notes what each page did beside showing itself."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self.loaded: list[str] = []
        self.said: list[str] = []

    def open(self, report: AuditReport, scheme: str = "light", *, script: bool = True) -> Page:
        path = self._folder / "index.html"
        path.write_text(render(report, SIGNED), encoding="utf-8")
        page = self._browser.new_page(
            viewport={"width": 1280, "height": 800},
            color_scheme=scheme,
            java_script_enabled=script,
        )
        page.on("request", lambda request: self.loaded.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))
        page.goto(path.as_uri())
        return page


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(browser, tmp_path)
    yield desk
    for context in browser.contexts:
        context.close()


def production() -> AuditReport:
    return run_of((47, PASSED, "P0", "security"), (2, SKIPPED, "P1", "compliance")).report()


@pytest.mark.parametrize(
    ("report", "scheme"),
    [
        pytest.param(rich(), "light", id="everything, light"),
        pytest.param(rich(), "dark", id="everything, dark"),
        pytest.param(production(), "light", id="production, light"),
        pytest.param(production(), "dark", id="production, dark"),
        pytest.param(Run().report(), "dark", id="empty"),
        pytest.param(run_of((1, FAILED, "P0", "llm")).report(), "light", id="one finding"),
        pytest.param(
            replace(run().report(), findings=(), interrupted="Ctrl-C"), "light", id="interrupted"
        ),
    ],
)
def test_axe_finds_no_violation(desk: Desk, report: AuditReport, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = desk.open(report, scheme)
    page.evaluate(SHOW_ALL)
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    assert found.violations_count == 0, found.generate_report()


def test_what_the_target_said_stays_text(desk: Desk) -> None:
    page = desk.open(poisoned(rich(), HOSTILE))
    assert page.locator("img, iframe, object").count() == 0
    assert page.locator("script").count() == page.locator("style").count() == 1
    assert "{{7*7}}" in page.content(), "the hostile text itself must be there to be harmless"
    assert not page.evaluate("[...document.querySelectorAll('*')].some(n => n.onerror)")
    assert desk.said == []


def test_nothing_is_loaded_from_elsewhere(desk: Desk) -> None:
    page = desk.open(rich())
    assert desk.loaded == [page.url]
    assert desk.said == []


def test_verdict_and_conditions_are_above_the_fold(desk: Desk) -> None:
    page = desk.open(rich())
    for selector in ("h1", ".headline", ".coverage", "#blockers", "#conditions"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800, selector
    rows = page.locator(".conditions tbody tr")
    box = rows.last.bounding_box()
    assert rows.count() > 4
    assert box is not None
    assert box["y"] + box["height"] <= 800


def test_it_reads_without_script(desk: Desk) -> None:
    page = desk.open(rich(), script=False)
    assert page.locator("h1").is_visible()
    for words in ("JWT_SECRET is a placeholder", "Dockerfile:7", "Server: uvicorn"):
        last = page.get_by_text(words).last
        last.scroll_into_view_if_needed()
        assert last.is_visible(), words
    assert not page.locator("#filter").is_visible()
    curl = page.locator("#auth-disabled .curl").first
    assert not curl.is_visible()
    page.locator("#auth-disabled summary").first.click()
    assert curl.is_visible()


def shown(page: Page) -> list[str]:
    page.wait_for_timeout(200)  # the filter waits for the typing to end
    return [node.get_attribute("id") or "" for node in page.locator("[data-check]:visible").all()]


def test_findings_are_filtered_and_searched(desk: Desk) -> None:
    page = desk.open(rich())
    everything = page.locator("[data-check]").count()
    page.select_option("select[name=outcome]", "failed")
    assert shown(page) == ["auth-disabled", "weak-secret", "slow-health"]
    assert page.locator("#filter output").inner_text() == f"3 of {everything} checks"
    page.fill("input[name=text]", "jwt_secret")
    assert shown(page) == ["weak-secret"]
    page.click("button[type=reset]")
    page.select_option("select[name=outcome]", "passed")
    assert shown(page) == ["weak-secret"]
    assert not page.get_by_text("JWT_SECRET is a placeholder").last.is_visible()
    page.click("button[type=reset]")
    page.select_option("select[name=priority]", "P1")
    page.select_option("select[name=domain]", "backend")
    assert shown(page) == ["broken-check"]
    page.click("button[type=reset]")
    page.wait_for_timeout(200)
    assert page.locator("[data-check]:not([hidden])").count() == everything


def test_paper_shows_what_is_folded(desk: Desk) -> None:
    page = desk.open(rich(), script=False)
    page.emulate_media(media="print")
    assert page.locator("#auth-disabled .curl").first.is_visible()
    assert page.locator("#slow-health").is_visible()
    assert not page.locator("nav").is_visible()
    assert page.pdf()[:4] == b"%PDF"


def test_no_screen_scrolls_sideways(desk: Desk) -> None:
    page = desk.open(rich())
    page.evaluate(SHOW_ALL)
    for width in (400, 800, 1100, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
