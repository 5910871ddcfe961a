"""What Dependabot and Renovate are told to look after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_readiness.probes import updates
from pytest_readiness.probes.repository import Repository
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from pathlib import Path

ALL = {"python", "npm", "docker", "github-actions"}


def look(folder: Path, path: str, text: str) -> tuple[updates.Update, ...]:
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return updates.look(Repository(folder))


def test_dependabot_names_ecosystems_and_folders(tmp_path):
    text = "updates:\n- package-ecosystem: uv\n  directories: [/, /services/*]\n"
    (entry,) = look(tmp_path, ".github/dependabot.yml", text)
    assert entry.covers("python")
    assert not entry.covers("npm")
    reached = [
        entry.reaches(path) for path in ("pyproject.toml", "services/a/x.toml", "web/x.toml")
    ]
    assert reached == [True, True, False]
    assert entry.location.line == 2


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("{}", ALL),
        ('{"enabledManagers": ["npm", "dockerfile"]}', {"npm", "docker"}),
        ("// why\n{extends: ['config:base'],}", ALL),
        ('{"extends": ["https://x.example/y"], /* all */ "enabled": true}', ALL),
        ('{"enabledManagers": ["helm-values"]}', set()),
        ('{"enabled": false}', set()),
    ],
)
def test_renovate_looks_after_all_it_is_not_told_to_leave(tmp_path, text, covered):
    entries = look(tmp_path, "renovate.json5", text)
    assert {name for name in ALL if any(one.covers(name) for one in entries)} == covered


def test_renovate_may_stand_in_package_json(tmp_path):
    assert look(tmp_path, "package.json", '{"renovate": {"extends": ["config:base"]}}')
    assert not look(tmp_path, "package.json", '{"name": "a"}')


def test_an_entry_without_ecosystem_is_told_with_its_line(tmp_path):
    with pytest.raises(UnreadableFile) as error:
        look(tmp_path, ".github/dependabot.yml", "version: 2\nupdates:\n- directory: /\n")
    assert str(error.value) == ".github/dependabot.yml:3: this entry names no package-ecosystem"
