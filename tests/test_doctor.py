"""``readiness doctor``: what it says of settings, target and checks, and what it never does."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.servers import Answer, Asked, serving, unused_port


if TYPE_CHECKING:
    from pathlib import Path


def doctor(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from pytest_readiness.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, "doctor", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def numbers(output: str, phase: str) -> tuple[int, ...]:
    """Checks, can look, cannot, nothing to see."""
    line = next(line for line in output.splitlines() if phase in line)
    return tuple(int(word) for word in line.split()[2:])


def test_without_anything_it_names_the_target_first(tmp_path: Path) -> None:
    done = doctor(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "no readiness.yaml; `readiness init [URL]` drafts one" in done.stdout
    assert re.search(
        r"^1\. no target is configured \(\d+ checks, \d+ of them P0\)", done.stdout, re.MULTILINE
    )
    checks, can, cannot, nothing = numbers(done.stdout, "2 functionality")
    assert (can, nothing) == (0, 0)
    assert checks == cannot
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_a_url_is_asked_for_its_health_once_and_for_nothing_else(tmp_path: Path) -> None:
    asked: list[Asked] = []

    def answer(request: Asked) -> Answer:
        asked.append(request)
        return Answer({"status": "ok"})

    with serving(answer) as url:
        text = f"target: {{url: '{url}'}}\noperations: {{health: GET /up}}\n"
        (tmp_path / "readiness.yaml").write_text(text)
        done = doctor(tmp_path)
    assert [(one.method, one.path) for one in asked] == [("GET", "/up")]
    assert f"{url}, GET /up answers 200" in done.stdout
    assert "consent     only read from: the audit did not start" in done.stdout


def test_a_url_that_does_not_answer_is_missing(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    done = doctor(tmp_path, "--target", url)
    assert f"1. {url} does not answer: connection refused" in " ".join(done.stdout.split())


def test_a_command_is_not_started(tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text(f"target: {{command: [touch, {tmp_path}/started]}}\n")
    done = doctor(tmp_path)
    assert "not started now" in " ".join(done.stdout.split())
    assert "whether the target starts" in " ".join(done.stdout.split())
    assert not (tmp_path / "started").exists()
    assert numbers(done.stdout, "1 framework")[2] == 0


def test_a_program_that_is_not_there_is_missing(tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text("target: {command: no-such-program}\n")
    done = doctor(tmp_path)
    assert "1. the program no-such-program is not on PATH" in done.stdout


def test_what_is_supplied_opens_checks(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{unused_port()}"
    (tmp_path / "Dockerfile").write_text("FROM python:3.12\n")
    before = numbers(doctor(tmp_path).stdout, "4 deployment")
    (tmp_path / "Dockerfile").unlink()
    after = numbers(doctor(tmp_path).stdout, "4 deployment")
    assert before[1] > after[1]
    assert before[3] < after[3]
    command = [sys.executable, "-m", "http.server", "{port}"]
    (tmp_path / "readiness.yaml").write_text(f"target: {{command: {command}}}\n")
    without = numbers(doctor(tmp_path).stdout, "3 security")
    (tmp_path / "readiness.yaml").write_text(
        f"target: {{command: {command}}}\nauth: {{login: POST /login, register: POST /register}}\n"
    )
    done = doctor(tmp_path)
    assert numbers(done.stdout, "3 security")[1] > without[1]
    assert "user is registered" in done.stdout
    assert url not in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("target: {raedy: /}\n", "target.raedy: expected a known key"),
        ("target: [\n", "readiness.yaml"),
        ("identities: {user: {username: a, password: '${NOT_SET_HERE}'}}\n", "NOT_SET_HERE"),
    ],
)
def test_broken_settings_are_a_clear_error(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "readiness.yaml").write_text(text)
    done = doctor(tmp_path)
    assert done.returncode == 4
    assert done.stderr.startswith("readiness: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_conftest_that_cannot_be_imported_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import no_such_module_anywhere\n")
    done = doctor(tmp_path)
    assert done.returncode == 4
    assert "no_such_module_anywhere" in done.stderr


def test_a_password_of_the_settings_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "readiness.yaml").write_text(
        "target: {command: [python, --password, Zq7vR2mK9xW4]}\n"
        "identities: {user: {username: ana, password: Zq7vR2mK9xW4}}\n"
    )
    assert "Zq7vR2mK9xW4" not in doctor(tmp_path).stdout
