"""The digest of the configuration follows the files that configure an audit, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_readiness.configuration import digest, files


if TYPE_CHECKING:
    from pathlib import Path


SETTINGS = """\
target: {command: 'python server.py', env_file: [one.env, 'deploy/${STAGE}.env']}
profiles:
  production: {env_file: prod.env}
  broken: 7
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "deploy").mkdir()
    names = ("one.env", "deploy/live.env", "prod.env", "answers.yaml", "waivers.yaml", "other.env")
    for name in names:
        (tmp_path / name).write_text(f"# {name}\n", encoding="utf-8")
    (tmp_path / "readiness.yaml").write_text(SETTINGS, encoding="utf-8")
    return tmp_path


def found(root: Path) -> dict[str, str]:
    return files(root / "readiness.yaml", root, {"STAGE": "live"})


def test_it_covers_the_settings_and_what_they_name(root: Path) -> None:
    assert list(found(root)) == [
        "answers.yaml",
        "deploy/live.env",
        "one.env",
        "prod.env",
        "readiness.yaml",
        "waivers.yaml",
    ]


@pytest.mark.parametrize(
    "name", ["readiness.yaml", "one.env", "deploy/live.env", "prod.env", "waivers.yaml"]
)
def test_a_changed_byte_in_one_of_them_changes_it(root: Path, name: str) -> None:
    before = digest(found(root))
    (root / name).write_bytes((root / name).read_bytes() + b" ")
    assert digest(found(root)) != before


def test_a_file_that_goes_or_comes_changes_it(root: Path) -> None:
    before = digest(found(root))
    (root / "waivers.yaml").unlink()
    without = digest(found(root))
    assert without != before
    (root / "waivers.yaml").write_text("# waivers.yaml\n", encoding="utf-8")
    assert digest(found(root)) == before


def test_other_files_and_other_places_do_not(root: Path, tmp_path_factory) -> None:
    before = digest(found(root))
    (root / "other.env").write_text("changed", encoding="utf-8")
    assert digest(found(root)) == before
    moved = tmp_path_factory.mktemp("elsewhere") / "copy"
    root.rename(moved)
    assert digest(found(moved)) == before


def test_files_that_hold_anything_are_read(tmp_path: Path) -> None:
    assert digest(files(None, tmp_path, {})) == ""
    path = tmp_path / "readiness.yaml"
    for content in (b"", b"\xff\xfe\x00", b"[1, 2]", b"target: [", b"target: {env_file: {a: b}}"):
        path.write_bytes(content)
        assert list(files(path, tmp_path, {})) == ["readiness.yaml"]
