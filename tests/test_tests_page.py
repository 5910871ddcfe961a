"""``tests.html``: pytest-html's page has a row for everything, and the audit's own words."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest


if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

RUN = ("--readiness", "-k", "own.py", "-p", "html", "-p", "metadata")
ALL = '''
@check("good", P0)
@pytest.mark.parametrize("n", [1, 2])
def test_good(n):
    """Fine."""

@check("odd", P1)
def test_odd():
    """Even."""
    warn("odd")

@check("open", P0)
def test_open():
    """Closed."""
    fail("it is open")

@check("unseen", P2)
def test_unseen():
    """Seen."""
    unverified("dark")

@check("broken", P2)
def test_broken():
    """Whole."""
    raise KeyError("x")

@check("unprepared", P2)
def test_unprepared(absent):
    """Prepared."""

def test_ordinary():
    pass

@pytest.fixture
def absent():
    raise OSError("not there")
'''
DIES = '@check("deadly", P1)\ndef test_deadly():\n    """Alive."""\n    os._exit(7)\n'
HOSTILE = '''
EVIL = "<img src=x onerror=alert(1)>"

@check("evil", P1)
@pytest.mark.parametrize("subject", [pytest.param(EVIL, id=EVIL)])
def test_evil(subject):
    """Harmless."""
    print(EVIL)
    fail(EVIL)

@pytest.mark.parametrize("n", [pytest.param(1, id=EVIL)])
def test_ordinary(n):
    pass
'''


def rows(page: Path) -> dict[str, list[str]]:
    """Cells of each row without their markup, by the name of the test."""
    blob = re.search(r'data-jsonblob="([^"]*)"', page.read_text("utf-8"))
    assert blob is not None
    tests = json.loads(html.unescape(blob[1]))["tests"]
    found: dict[str, list[str]] = {}
    for node, shown in tests.items():
        for row in shown:
            cells = [re.sub(r"<[^>]*>", "", cell) for cell in row["resultsTableRow"]]
            assert node not in found, "one row for a test"
            found[node.rpartition("::")[2]] = cells[:6]
    return found


@pytest.fixture
def page(pytester: pytest.Pytester) -> Path:
    return pytester.path / "readiness-report" / "tests.html"


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_each_finding_has_a_row_with_its_outcome(
    pytester: pytest.Pytester, checks: Callable[[str], None], page: Path, workers: str
) -> None:
    checks(ALL)
    pytester.runpytest_subprocess(*RUN, workers, timeout=60)
    shown = {name: cells[:4] for name, cells in rows(page).items()}
    assert shown == {
        "test_good[1]": ["Passed", "passed", "P0", "security"],
        "test_good[2]": ["Passed", "passed", "P0", "security"],
        "test_odd": ["Passed", "warned", "P1", "security"],
        "test_open": ["Failed", "failed", "P0", "security"],
        "test_unseen": ["Skipped", "skipped: blocked", "P2", "security"],
        "test_broken": ["Failed", "error", "P2", "security"],
        "test_unprepared": ["Error", "error", "P2", "security"],
        "test_ordinary": ["Passed", "", "", ""],
    }


def test_what_a_dying_worker_ran_has_a_row(
    pytester: pytest.Pytester, checks: Callable[[str], None], page: Path
) -> None:
    checks(DIES + "def test_dying():\n    os._exit(7)\n")
    pytester.runpytest_subprocess(*RUN, "-n1", timeout=60)
    shown = {name: cells[:3] for name, cells in rows(page).items()}
    assert shown == {"test_deadly": ["Failed", "error", "P1"], "test_dying": ["Failed", "", ""]}


def test_what_never_began_has_a_row(
    pytester: pytest.Pytester, checks: Callable[[str], None], page: Path
) -> None:
    checks(ALL)
    pytester.runpytest_subprocess(*RUN, "-n0", "-x", timeout=60)
    shown = {name: cells[:2] for name, cells in rows(page).items()}
    assert shown["test_open"] == ["Failed", "failed"]
    assert shown["test_unseen"] == shown["test_unprepared"] == ["Failed", "error"]


def test_a_page_that_the_user_asked_for_has_our_columns(
    pytester: pytest.Pytester, checks: Callable[[str], None], page: Path
) -> None:
    checks(ALL)
    result = pytester.runpytest_subprocess(*RUN, "--html=own.html", timeout=60)
    assert rows(pytester.path / "own.html")["test_odd"][:3] == ["Passed", "warned", "P1"]
    assert not page.exists()
    result.stdout.fnmatch_lines("*Generated html report: *own.html*")


@pytest.mark.parametrize(
    "options",
    [("-p", "no:html"), ("-p", "no:metadata"), ("--collect-only",), ("-k", "no_such_name")],
)
def test_without_pytest_html_or_checks_there_is_no_page(
    pytester: pytest.Pytester, checks: Callable[[str], None], page: Path, options: tuple[str, ...]
) -> None:
    checks("def test_ordinary():\n    pass\n" if "-k" in options else ALL)
    result = pytester.runpytest_subprocess("--readiness", "-k", "own.py", *options, timeout=60)
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert not page.exists()
    assert page.parent.exists() != ("--collect-only" in options)


def test_too_many_findings_for_a_browser_make_no_page_and_it_is_said(
    pytester: pytest.Pytester, checks: Callable[[str], None], page: Path
) -> None:
    checks(ALL.replace("[1, 2]", "range(1001)"))
    page.parent.mkdir()
    page.write_text("of another run")
    result = pytester.runpytest_subprocess(*RUN, "-n0", timeout=120)
    assert not page.exists()
    result.stdout.fnmatch_lines("No tests.html: it opens too slowly with more than 1000 findings*")
    result.stdout.no_fnmatch_line("*Generated html report*")


def test_secrets_do_not_reach_it(
    pytester: pytest.Pytester,
    checks: Callable[[str], None],
    page: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planted = "tR7-mN3kQw9z"
    monkeypatch.setenv("MAIL_PASSWORD", planted)
    monkeypatch.setenv("BUILD_TAG", f"build of {planted}")  # of the environment's table
    said = 'os.environ["MAIL_PASSWORD"]'
    checks(
        f'@check("telling", P1)\n@pytest.mark.parametrize("subject", [{said}])\n'
        f'def test_telling(subject):\n    """Quiet."""\n    print({said})\n    fail({said})\n'
    )
    pytester.runpytest_subprocess(*RUN, "-n0", timeout=60)
    assert rows(page)["test_telling[***]"][1] == "failed"
    assert planted not in page.read_text("utf-8")


def test_hostile_ids_are_text_in_a_browser(
    pytester: pytest.Pytester, checks: Callable[[str], None], page: Path, browser: Browser
) -> None:
    checks(HOSTILE)
    pytester.runpytest_subprocess(*RUN, "-n0", timeout=60)
    said: list[str] = []
    shown = browser.new_page()
    shown.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    shown.goto(page.as_uri())
    assert shown.locator(".collapsible").count() == 2
    assert shown.locator("img[src=x]").count() == 0
    assert "<img src=x" in shown.locator("#results-table").inner_text()
    assert said == []


def test_only_the_chosen_formats_are_written(
    pytester: pytest.Pytester, checks: Callable[[str], None]
) -> None:
    checks(ALL)
    (pytester.path / "readiness.yaml").write_text("formats: [badge]\n", "utf-8")
    pytester.runpytest(*RUN)
    written = {path.name for path in (pytester.path / "readiness-report").iterdir()}
    assert written == {".gitignore", "badge.json", "findings.jsonl", "readiness.json"}
