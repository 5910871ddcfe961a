"""Robots that propose newer dependencies: Dependabot and Renovate, and what they look after."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from pytest_readiness.model import Location
from pytest_readiness.probes import yamltree
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from pytest_readiness.probes.repository import Repository
    from pytest_readiness.probes.yamltree import Node


DEPENDABOT: Final = (".github/dependabot.yml", ".github/dependabot.yaml")
RENOVATE: Final = (
    "renovate.json",
    "renovate.json5",
    ".github/renovate.json",
    ".github/renovate.json5",
    ".gitlab/renovate.json",
    ".gitlab/renovate.json5",
    ".renovaterc",
    ".renovaterc.json",
    ".renovaterc.json5",
)
_DEPENDABOT_OF: Final = {
    "python": {"pip", "uv"},
    "npm": {"npm", "bun"},
    "go": {"gomod"},
    "cargo": {"cargo"},
    "bundler": {"bundler"},
    "composer": {"composer"},
    "maven": {"maven"},
    "gradle": {"gradle"},
    "docker": {"docker"},
    "docker-compose": {"docker-compose", "docker"},
    "github-actions": {"github-actions"},
}
"""Names of package-ecosystem, from GitHub's reference of dependabot.yml."""
_RENOVATE_OF: Final = {
    "python": {"pip_requirements", "pip_setup", "pep621", "poetry", "pipenv", "setup-cfg"},
    "npm": {"npm", "bun"},
    "go": {"gomod"},
    "docker": {"dockerfile"},
}
"""Names of managers where they differ from the ecosystem's."""


@dataclass(frozen=True)
class Update:
    """What one entry looks after."""

    ecosystems: frozenset[str]
    """Ours, empty for all."""
    folders: tuple[str, ...]
    """Globs from the root, ``/`` for the root itself; empty for all."""
    location: Location

    def covers(self, ecosystem: str) -> bool:
        return not self.ecosystems or ecosystem in self.ecosystems

    def reaches(self, path: str) -> bool:
        """Whether it looks into the folder of a file."""
        folder = "/" + posixpath.dirname(path)
        return not self.folders or any(
            fnmatchcase(folder.rstrip("/") or "/", one.rstrip("/") or "/") for one in self.folders
        )


def look(repository: Repository) -> tuple[Update, ...]:
    """All entries of the configuration that is there; none when there is none.

    Raises:
        UnreadableFile: a configuration is there and cannot be read.
    """
    found: list[Update] = []
    for path in DEPENDABOT:
        if path in repository.files:
            for root in yamltree.parse(repository.read(path), path):
                entries = root.get("updates")
                found += [_dependabot(one) for one in entries or ()]
    for path in RENOVATE:
        if path in repository.files:
            found += _renovate(_loose(repository.read(path)), path)
    if "package.json" in repository.files:
        data = _loose(repository.read("package.json"))
        if isinstance(data.get("renovate"), dict):
            found += _renovate(data["renovate"], "package.json")
    return tuple(found)


def _dependabot(entry: Node) -> Update:
    name = entry.text_at("package-ecosystem")
    if not name:
        path, line = entry.location.path, entry.location.line
        raise UnreadableFile(path, line, "this entry names no package-ecosystem")
    several = entry.get("directories")
    folders = [one.text for one in several or ()] or [entry.text_at("directory") or "/"]
    ours = {ecosystem for ecosystem, theirs in _DEPENDABOT_OF.items() if name in theirs}
    rooted = tuple("/" + one.lstrip("/").removeprefix("./") for one in folders)
    return Update(frozenset(ours or {name}), rooted, entry.location)


def _renovate(data: dict[str, Any], path: str) -> list[Update]:
    """One entry; Renovate looks after everything that it is not told to leave."""
    if data.get("enabled") is False:
        return []
    managers = set(data.get("enabledManagers") or ())
    ours = {
        ecosystem
        for ecosystem in _DEPENDABOT_OF
        if managers & _RENOVATE_OF.get(ecosystem, {ecosystem})
    }
    return [Update(frozenset(ours or managers), (), Location(path))]


def _loose(text: str) -> dict[str, Any]:
    """JSON with comments and commas at ends, as both tools allow; empty for anything else."""
    bare = re.sub(r"(?m)(^|[\s,{\[])//.*$|/\*[\s\S]*?\*/", r"\1", text)
    bare = re.sub(r",(\s*[}\]])", r"\1", bare)
    bare = re.sub(r"([{,]\s*)([A-Za-z_$][\w$]*)\s*:", r'\1"\2":', bare)
    try:
        data = json.loads(bare.replace("'", '"') if "'" in bare and '"' not in bare else bare)
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
