"""The console script and the dry run: what they say, what they exit with, what they never send."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.catalogue import bundled_checks
from pytest_readiness.cli import USAGE_ERROR, main
from pytest_readiness.model import Effect
from pytest_readiness.needs import Need, bundled_fixtures, of_check
from tests.servers import Answer, serving, unused_port


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def listening() -> Iterator[tuple[str, list[object]]]:
    """A socket that counts connections; reading the list afterwards waits for none to come."""
    seen: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        over = threading.Event()

        def accept() -> None:
            while not over.is_set():
                try:
                    connection, address = listener.accept()
                except TimeoutError:
                    continue
                seen.append(address)
                connection.close()

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", seen
        finally:
            over.set()
            thread.join()


def test_a_listening_socket_would_have_seen_a_connection() -> None:
    with listening() as (url, seen):
        host, port = url.removeprefix("http://").split(":")
        socket.create_connection((host, int(port))).close()
        for _ in range(100):
            if seen:
                break
            threading.Event().wait(0.02)
    assert seen


def test_a_dry_run_sends_nothing_and_starts_nothing(
    pytester: pytest.Pytester, checks: Callable[[str], None]
) -> None:
    checks(
        "@check('own-attack', P1, effect='intrusive')\n"
        "def test_attack(api):\n    'It holds.'\n"
        "@check('own-outage', P1, effect='disruptive')\n"
        "def test_outage(target):\n    'It holds.'\n"
    )
    with listening() as (url, seen):
        pytester.makefile(".yaml", readiness=f"target: {{url: '{url}'}}\n")
        result = pytester.runpytest_subprocess("--readiness", "--collect-only", "-q")
    assert seen == []
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "*what would be sent*",
            "reads * checks, * tests",
            "* checks send GET, HEAD and OPTIONS",
            "intrusive * checks, * tests",
            "disruptive  2 checks, 2 tests",
            f"target      {url}",
            "intrusive   not permitted: the audit did not start 127.0.0.1:*",
            "disruptive  not permitted: disruptive checks run only on a target that the*",
            "Nothing was sent, and nothing was started.",
        ]
    )
    assert not (pytester.path / "readiness-report").exists()


def test_a_dry_run_does_not_start_a_command(pytester: pytest.Pytester) -> None:
    started = pytester.path / "started"
    pytester.makefile(".yaml", readiness="target: {command: touch started}\n")
    result = pytester.runpytest_subprocess("--readiness", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["target      command touch started", "intrusive   permitted: *"])
    assert not started.exists()


def test_every_bundled_check_stands_under_its_effect(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--effects"]) == 0
    printed = capsys.readouterr().out
    assert all(len(line) <= 80 for line in printed.splitlines())
    sections = {effect: printed.index(f"{effect}: ") for effect in Effect}
    for check in bundled_checks():
        following = [place for place in sections.values() if place > sections[check.effect]]
        place = printed.index(f" {check.id} ")
        assert sections[check.effect] < place < min(following, default=len(printed))


def test_signatures_tell_the_same_needs_as_pytest(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        "def pytest_collection_finish(session):\n"
        "    from pytest_readiness.stash import CHECK\n"
        "    from pytest_readiness.needs import of_check\n"
        "    for item in session.items:\n"
        "        if CHECK in item.stash:\n"
        "            check = item.stash[CHECK]\n"
        "            print('NEEDS', check.id, *sorted(of_check(check, item.fixturenames)))\n"
    )
    result = pytester.runpytest_subprocess("--readiness", "--collect-only", "-q", "-s")
    collected = {
        words[1]: frozenset(map(Need, words[2:]))
        for line in result.outlines
        if (words := line.split())[:1] == ["NEEDS"]
    }
    fixtures = bundled_fixtures()
    checks = {check.id: check for check in bundled_checks()}
    assert {name: of_check(check, fixtures[name]) for name, check in checks.items()} == collected


def test_init_writes_and_says_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with serving(lambda _: Answer({"status": "ok"})) as url:
        assert main(["init", url]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("wrote readiness.yaml: ")
    assert f"GETs were sent to {url}, nothing else" in printed
    assert all(len(line) <= 80 for line in printed.splitlines())
    assert (tmp_path / "readiness.yaml").is_file()
    assert main(["init"]) == 4
    assert "give --force to replace it" in capsys.readouterr().err
    assert main(["init", "--force"]) == 0


def test_init_shows_a_draft_without_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--output", "-"]) == 0
    assert "version: 1" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["init", "--output", "nowhere/readiness.yaml"],
        ["init", "--output", "."],
        ["init", "not a url"],
        ["init", f"http://127.0.0.1:{unused_port()}"],
        ["doctor", "--config", "gone.yaml"],
    ],
)
def test_wrong_usage_is_one_line_and_exit_4(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 4
    error = capsys.readouterr().err
    assert error.startswith("readiness: ")
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o500)
    assert main(["init"]) == 4
    assert "cannot be written" in capsys.readouterr().err


def test_a_check_is_explained_with_what_it_sends_and_how_to_run_it_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "jwt-alg-none"]) == 0
    said = capsys.readouterr().out
    for words in (
        "jwt-alg-none: Unsigned tokens are rejected.",
        "needs consent",
        "Why: a verifier that obeys",
        "Fix: pin the algorithms",
        "CWE-347",
        """Alone: pytest --readiness -m "readiness(id='jwt-alg-none')\"""",
    ):
        assert words in said
    assert main(["explain", "unrehearsed-restore"]) == 0
    assert "sends nothing, a person answers" in " ".join(capsys.readouterr().out.split())


def test_a_misspelt_check_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "jwt-alg-non"]) == USAGE_ERROR
    assert "did you mean 'jwt-alg-none'?" in capsys.readouterr().err
