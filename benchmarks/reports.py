"""What a report of ten thousand findings costs: ``python benchmarks/reports.py``.

One run of checks as audits have them: 60 in 100 pass, those that fail or warn have two exchanges as
evidence. From its record each format is rendered in a process that has rendered nothing yet. Beside
it stand the pages of pytest-html and, where allure-pytest is installed, the data of allure: what a
run costs more with them than without. Seconds are of CPU time, which a busy machine changes little;
those until a page stands in the Chromium of this machine are of the clock.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from runs import run_pytest, without_others

from pytest_readiness.publish import FORMATS


RENDERED = 0.5
"""Seconds that JSON, HTML and SARIF together may take."""
OPENED = 2.0
"""Seconds in which the page must stand in Chromium."""
TOGETHER = ("json", "html", "sarif")

HEAD = """
import pytest
from pytest_readiness import *
from pytest_readiness.declare import current_notes
from pytest_readiness.model import Exchange

pytestmark = suite(Phase.SECURITY, Domain.SECURITY)
URL = "http://127.0.0.1:8000/api/v1/things/"
BODY = '{"id": "%d", "items": ["<b>", "&"], "note": "' + "x" * 300 + '"}'

def look(n):
    for header in ("", " -H 'Authorization: Bearer $TOKEN'"):
        answer = f"200 application/json: {BODY % n}"
        current_notes().exchanges.append(
            Exchange(f"GET {URL}{n}", answer, f"curl{header} {URL}{n}", 4)
        )

def judge(n):
    if n % 50 < 30:
        return
    if n % 50 < 35:
        unverified("authentication is off altogether, see auth-disabled")
    if n % 50 < 38:
        not_applicable("the operation is public")
    if n % 50 < 39:
        raise KeyError("items")
    look(n)
    if n % 50 < 43:
        warn(f"GET /api/v1/things/{n} answers without a limit")
        return
    fail(f"GET /api/v1/things/{n} answers 200 without a token")
"""
CHECK = '''
@check("check-{number}", P{priority}, refs=("CWE-306", "RFC 8725 3.1"))
@pytest.mark.parametrize("n", range({first}, {last}))
def test_{number}(n):
    """Operations of kind {number} need a login.

    Why: whoever finds the address reads the data of every user, and nobody sees it.
    Fix: demand a login, `Depends(current_user)`, for every operation that is not public.
    """
    judge(n)
'''
RENDER = """
import sys, time
from pathlib import Path
from pytest_readiness.publish import render
from pytest_readiness.reports.json import parse
report = parse(Path(sys.argv[1]).read_bytes())
begin = time.process_time()
text = render(report, sys.argv[2])
print(time.process_time() - begin, len(text.encode()))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=10_000)
    parser.add_argument("--checks", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = _write(Path(name), options.findings, options.checks)
        plain = [*without_others("html", "metadata"), "--readiness", "-q"]
        bare = run_pytest(folder, *plain)
        record = folder / "readiness-report" / "readiness.json"
        found = json.loads(record.read_text("utf-8"))["findings"]
        outcomes = ", ".join(
            f"{count} {outcome}"
            for outcome, count in Counter(one["outcome"] for one in found).most_common()
        )
        print(f"{len(found)} findings of {options.checks} checks: {outcomes}")
        print(f"\n{'':<24}{'seconds':>9}{'MB':>8}{'opens in':>12}")
        rendered = _formats(folder, record, options.rounds)
        pages = {"index.html": folder / "rendered-html"}
        if other := _pytest_html(folder, plain, bare.cpu):
            pages["pytest-html"] = other
        _allure(folder, plain, bare.cpu)
        opened = _opened(pages)
    together = [rendered[one] for one in TOGETHER if one in rendered]
    missing = [one for one in TOGETHER if one not in rendered]
    print(
        f"\n{', '.join(one for one in TOGETHER if one in rendered)} together:"
        f" {sum(together):.2f} s; target {RENDERED:g} s"
        + (f", with {', '.join(missing)}, not there yet" if missing else "")
    )
    page = opened.get("index.html")
    print(f"index.html opens in {f'{page:.2f} s' if page else 'a browser: not measured'};", end="")
    print(f" target {OPENED:g} s")
    kept = sum(together) <= RENDERED and (page is None or page <= OPENED)
    print("kept" if kept else "MISSED")
    return 0 if kept else 1


def _write(folder: Path, findings: int, checks: int) -> Path:
    place = folder / "readiness"
    place.mkdir()
    each = findings // checks
    body = "".join(
        CHECK.format(
            number=number, priority=number % 4, first=number * each, last=(number + 1) * each
        )
        for number in range(checks)
    )
    (place / "test_many.py").write_text(HEAD + body, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return folder


def _formats(folder: Path, record: Path, rounds: int) -> dict[str, float]:
    """Seconds of each format, in a new process every time; the import of its library counts."""
    seconds = {}
    for name in FORMATS:
        runs = [
            subprocess.run(
                [sys.executable, "-c", RENDER, str(record), name],
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()
            for _ in range(rounds)
        ]
        seconds[name] = median(float(took) for took, _ in runs)
        _row(FORMATS[name][0], seconds[name], int(runs[0][1]))
    shutil.copy(folder / "readiness-report" / "index.html", folder / "rendered-html")
    return seconds


def _pytest_html(folder: Path, plain: list[str], bare: float) -> Path | None:
    if find_spec("pytest_html") is None:
        print("pytest-html: not installed, not measured")
        return None
    cost = run_pytest(folder, *plain, "--html=other.html", "--self-contained-html")
    page = folder / "other.html"
    _row("pytest-html", cost.cpu - bare, page.stat().st_size)
    return page


def _allure(folder: Path, plain: list[str], bare: float) -> None:
    if find_spec("allure_pytest") is None:
        print("allure: allure-pytest is not installed, not measured")
        return
    options = [one for one in plain if one != "-pno:allure_pytest"]
    cost = run_pytest(folder, *options, "--alluredir=allure")
    written = list((folder / "allure").iterdir())
    _row("allure, data alone", cost.cpu - bare, sum(one.stat().st_size for one in written))
    print(f"  in {len(written)} files; its page needs a Java program: not measured")


def _row(name: str, seconds: float, size: int) -> None:
    print(f"{name:<24}{seconds:>9.2f}{size / 1e6:>8.2f}")


def _opened(pages: dict[str, Path]) -> dict[str, float]:
    """Seconds until each page stands in a browser, drawn for the first time."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        return {}
    from playwright.sync_api import sync_playwright

    opened = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for name, path in pages.items():
            html = path.with_suffix(".page.html")
            shutil.copy(path, html)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            begin = time.perf_counter()
            page.goto(html.as_uri(), timeout=300_000)
            page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
            opened[name] = time.perf_counter() - begin
            elements = page.evaluate("document.querySelectorAll('*').length")
            print(f"{name:<24}{'':>17}{opened[name]:>10.2f} s, {elements} elements")
            page.close()
        browser.close()
    return opened


if __name__ == "__main__":
    sys.exit(main())
