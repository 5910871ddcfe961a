"""Scanners are run for a bounded time, and what is no report is never taken for one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.broker import Unavailable
from pytest_readiness.model import Reason
from pytest_readiness.probes import scanners
from tests.worlds import world


if TYPE_CHECKING:
    from pathlib import Path


PYTHON = sys.executable


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a program of this name first on the PATH, and nothing beside the interpreter."""

    def put(name: str, text: str) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        place = folder / name
        place.write_text(f"#!{PYTHON}\n{text}\n", encoding="utf-8")
        place.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))

    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    return put


def asked(fact: str, **arguments: object) -> str:
    with world() as broker:
        return str(broker.once(f"pytest_readiness.probes.scanners:{fact}", **arguments))


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("fact", "arguments"),
    [
        ("pip_audit", {"requirements": ["a==1"]}),
        ("npm_audit", {"folder": ""}),
        ("zizmor", {"workflow": "ci.yml"}),
    ],
)
def test_a_scanner_that_is_not_installed_is_said_so(fact, arguments):
    with pytest.raises(Unavailable) as unavailable:
        asked(fact, **arguments)
    assert unavailable.value.reason == Reason.NO_TOOL
    assert "is not installed" in unavailable.value.message


def test_pip_audit_is_given_exact_versions(program):
    text = "import json, sys\nwords = sys.argv[1:]\nlines = open(words[1]).read().split()\n"
    program("pip-audit", text + "print(json.dumps([words[2:], lines]))\nsys.exit(1)")
    said = asked("pip_audit", requirements=["flask==3.1.0", "jinja2==3.1.6"])
    assert '["flask==3.1.0", "jinja2==3.1.6"]' in said
    assert "--no-deps" in said


def test_an_exit_without_a_report_is_no_answer(program):
    program("pip-audit", "import sys\nsys.exit('ConnectionError: no route to host')")
    with pytest.raises(Unavailable) as unavailable:
        asked("pip_audit", requirements=["flask==3.1.0"])
    assert unavailable.value.reason == Reason.UNREACHABLE
    assert unavailable.value.message.endswith("ConnectionError: no route to host")


def test_npm_that_cannot_ask_is_no_answer(program):
    program("npm", 'print(\'{"message": "405 Method Not Allowed", "statusCode": 405}\')')
    with pytest.raises(Unavailable) as unavailable:
        asked("npm_audit", folder="")
    assert unavailable.value.reason == Reason.UNREACHABLE
    assert "405 Method Not Allowed" in unavailable.value.message


def test_a_scanner_that_hangs_is_ended(program, monkeypatch):
    monkeypatch.setattr(scanners, "SECONDS", 0.2)
    program("pip-audit", "import time\ntime.sleep(60)")
    with pytest.raises(Unavailable) as unavailable:
        asked("pip_audit", requirements=["flask==3.1.0"])
    assert unavailable.value.reason == Reason.TIMEOUT
