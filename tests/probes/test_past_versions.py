"""The history of a repository, commit by commit, within bounds."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.probes.past_versions import History


if TYPE_CHECKING:
    from pathlib import Path


def git(place: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *who, *arguments]
    return subprocess.run(command, cwd=place, check=True, capture_output=True, text=True).stdout


def commit(place: Path, path: str, text: str) -> None:
    file = place / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    git(place, "add", "-A")
    git(place, "commit", "-qm", f"feat: {path}")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A repository whose second commit changes a line, and whose third removes a file."""
    git(tmp_path, "init", "-q")
    commit(tmp_path, "a.py", "one = 1\ntwo = 2\n")
    commit(tmp_path, "a.py", "one = 1\ntwo = 22\n")
    git(tmp_path, "rm", "-q", "a.py")
    commit(tmp_path, "deep/b c.py", "+++ three = 3\n")
    return tmp_path


def test_each_commit_tells_what_it_has_added(shop: Path) -> None:
    history = History(shop)
    told = [(one.path, one.lines) for one in history.additions()]
    assert told == [
        ("deep/b c.py", b"+++ three = 3\n"),
        ("a.py", b"two = 22\n"),
        ("a.py", b"one = 1\ntwo = 2\n"),
    ]
    assert (history.seen, history.commits, history.shallow) == (3, 3, False)


def test_an_addition_names_its_commit_and_day(shop: Path) -> None:
    last = next(iter(History(shop).additions()))
    assert [last.commit, last.day] == git(
        shop, "log", "-1", "--date=short", "--format=%H %cd"
    ).split()


def test_a_bound_is_kept_and_told(shop: Path) -> None:
    history = History(shop, most_commits=2)
    assert len(list(history.additions())) == 2
    assert (history.seen, history.commits) == (2, 3)
    small = History(shop, most_bytes=10)
    assert len(list(small.additions())) <= 1
    assert small.seen < small.commits


def test_branches_and_tags_count(shop: Path) -> None:
    git(shop, "switch", "-qc", "try")
    commit(shop, "c.py", "four = 4\n")
    git(shop, "switch", "-q", "-")
    assert "c.py" in {one.path for one in History(shop).additions()}


def test_a_folder_of_a_repository_has_its_own_history(shop: Path) -> None:
    assert [one.path for one in History(shop / "deep").additions()] == ["b c.py"]


def test_a_shallow_clone_says_so(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("clone")
    git(place, "clone", "-q", "--depth=1", f"file://{shop}", ".")
    history = History(place)
    assert (history.known, history.shallow, history.commits) == (True, True, 1)


def test_without_git_nothing_is_known(tmp_path: Path) -> None:
    assert not History(tmp_path / "nowhere").known
