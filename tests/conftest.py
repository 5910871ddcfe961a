"""What the tests of this project share: a team's repository to audit, and its record."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis  # noqa: F401 - its plugin imports it in every inner run, for two seconds
import pytest

from pytest_readiness.audit import FIXTURES
from pytest_readiness.reports.json import parse


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from pytest_readiness.model import AuditReport


collect_ignore = ["specimens"]  # repositories to audit; some hold tests of their own

for _name in FIXTURES:  # pytester forgets what an inner run is the first to import
    importlib.import_module(_name)

# pytester moves HOME away, and with it the rules that Kingfisher has compiled in three seconds.
os.environ.setdefault("KF_RULE_CACHE_DIR", str(Path.home() / ".cache" / "kingfisher-of-tests"))
os.environ.pop("GITHUB_ACTIONS", None)  # audits that tests start must not speak to a runner


def pytest_configure() -> None:
    """Let the processes that tests start be interrupted and hung up on.

    A background job of a shell ignores SIGINT, one under nohup SIGHUP, and both hand that down to
    all they start; a handler is not handed down, and the tests that send these signals need one.
    """
    if signal.getsignal(signal.SIGINT) in {signal.SIG_IGN, None}:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) in {signal.SIG_IGN, None}:
        signal.signal(signal.SIGHUP, lambda *_: None)


@pytest.fixture
def record(pytester: pytest.Pytester) -> Callable[[], AuditReport]:
    """Read the record that the last audit has written."""

    def read() -> AuditReport:
        path = pytester.path / "readiness-report" / "readiness.json"
        return parse(path.read_text(encoding="utf-8"))

    return read


@pytest.fixture
def checks(pytester: pytest.Pytester) -> Callable[[str], None]:
    """Write a team's module of checks; the head with imports and suite is added."""

    def write(source: str, name: str = "own.py") -> None:
        folder = pytester.path / "readiness"
        folder.mkdir(exist_ok=True)
        head = (
            "import os, sys, time, pytest\n"
            "from pytest_readiness import *\n"
            "pytestmark = suite(Phase.SECURITY, Domain.SECURITY)\n"
        )
        (folder / name).write_text(head + source, encoding="utf-8")

    return write


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine, without a window; skips where there is none."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip(f"none of {', '.join(names)} is installed")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses it to root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield browser
        browser.close()
