"""The repository under audit: its files, and which of them are what.

Finders decide by name and by content. A file whose name promises a thing and whose content breaks
the promise (a Compose file that is no YAML) is found all the same: that is for a check to say.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from pytest_readiness.model import Location
from pytest_readiness.probes import env, slo, yamltree
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_readiness.probes.yamltree import Node


SIZE_LIMIT: Final = 8 * 1024 * 1024
"""Bytes of the largest file that is read; no configuration comes near it."""

_NOT_WALKED: Final = frozenset(
    {
        ".git",
        ".hg",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".terraform",
        ".tox",
        ".venv",
        "__pycache__",
        "build",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    }
)
_GIT_SECONDS: Final = 60
_KEPT_BESIDE: Final = frozenset({"__pycache__", ".pytest_cache"})

_DOCKERFILE_NAME: Final = re.compile(
    r"(?:dockerfile|containerfile)(\..+)?|(.+)\.(?:dockerfile|containerfile)", re.IGNORECASE
)
_COMPOSE_NAME: Final = re.compile(r"(?:docker-)?compose(?P<variant>.*)\.ya?ml", re.IGNORECASE)
_ENV_NAME: Final = re.compile(r"\.env(\..+)?|.+\.env", re.IGNORECASE)
# The first line that is neither empty nor a comment; ``from x import y`` opens a Python module.
_OPENS_LIKE_A_DOCKERFILE: Final = re.compile(
    r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:FROM|ARG)[ \t]+(?![^\n]*\simport\s)\S", re.IGNORECASE
)
_TOP_KEY: Final = re.compile(r"""^["']?(?:openapi|swagger)["']?[ \t]*:""", re.MULTILINE)
_KIND: Final = re.compile(r"""^[ \t-]*\{?[ \t]*["']?kind["']?[ \t]*:""", re.MULTILINE)
_API_VERSION: Final = re.compile(r"""^[ \t-]*\{?[ \t]*["']?apiVersion["']?[ \t]*:""", re.MULTILINE)
_SLO: Final = re.compile(
    r"openslo/|sloth\.slok\.dev/|pyrra\.dev/|^version:[ \t]*[\"']?prometheus/v1", re.MULTILINE
)
_REMOTE: Final = re.compile(r"[/:]([^/:]+/[^/]+?)(?:\.git)?$")
_RULES: Final = re.compile(r"""^[ \t-]*["']?rules["']?[ \t]*:""", re.MULTILINE)
_GROUPS: Final = re.compile(r"""^[ \t]*["']?groups["']?[ \t]*:""", re.MULTILINE)
# Prometheus and Argo have {{ }} of their own, so only words of Helm alone tell.
_TEMPLATE_ACTION: Final = re.compile(
    r"\{\{-?[^}]*(?:\.(?:Values|Release|Chart|Capabilities)\b|\b(?:include|toYaml|tpl|define)\s)"
)
_NOT_FOR_A_CLUSTER: Final = (
    "backstage.io/",
    "config.k8s.io/",
    "ctlptl.dev/",
    "k3d.io/",
    "kind.x-k8s.io/",
    "kustomize.config.k8s.io/",
    "openslo/",
    "skaffold/",
)
"""apiVersions of files that tools read and no cluster ever sees."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that looked like a subject and was passed over, so that a report can say so."""

    path: str
    reason: str

    @property
    def location(self) -> Location:
        return Location(self.path)


@dataclass(frozen=True)
class Repository:
    """A folder that is audited, most often the root of a git repository.

    Everything is read once, when first asked for; an instance shows one moment.
    """

    root: Path
    exclude: Sequence[str] = ()
    """Globs of files and folders that are not the team's: ``tests/specimens``, ``**/*.bak``.
    One without a slash holds in every folder, as in ``.gitignore``."""

    @property
    def location(self) -> Location:
        """The repository as a whole."""
        return Location(".")

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.root.resolve().name

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Paths relative to the root, with forward slashes, sorted.

        In a git repository what is tracked or could be added, without what is deleted; elsewhere
        all but the folders that tools make. Links that lead out of the root are left out.
        """
        listed = self._listed_by_git()
        if listed is None:
            listed = set(self._walked())
        root = self.root.resolve()
        return tuple(
            path
            for path in sorted(listed)
            if not self.is_excluded(path) and _is_file_within(root, path)
        )

    def is_excluded(self, path: str) -> bool:
        """Whether a path, of the present or the past, is none of the team's."""
        return any(pattern.fullmatch(path) for pattern in self._excluded)

    @cached_property
    def _excluded(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_glob(pattern) for pattern in self.exclude)

    @cached_property
    def commit(self) -> str:
        """Full hash of the commit checked out; empty without git or before the first commit."""
        done = self._git("rev-parse", "--verify", "--quiet", "HEAD")
        return "" if done is None else done.strip()

    @cached_property
    def dirty(self) -> bool | None:
        """Whether files differ from the commit, untracked ones included; None without git."""
        done = self._git("status", "--porcelain", "--", ".")
        return None if done is None else bool(done.strip())

    def has_commit(self, commit: str) -> bool:
        """Whether git knows a commit here; False without git."""
        if not re.fullmatch(r"[0-9a-f]{7,64}", commit):
            return False
        return self._git("cat-file", "-e", f"{commit}^{{commit}}") is not None

    def committed_at(self, path: str) -> str:
        """Time of the commit that last changed a file, RFC 3339; empty where it is in none."""
        if not self._git("ls-files", "--error-unmatch", "--", path):
            return ""
        return (self._git("log", "-1", "--format=%cI", "--", path) or "").strip()

    def changed(self, *ignored: str) -> tuple[str, ...]:
        """Files that differ from the commit, and files or folders that are in none; sorted.

        Paths are relative to the root. What interpreters and pytest keep beside sources is left
        out, and so is what lies in a folder of ``ignored``; without git there is nothing to
        differ from.
        """
        but = [f":(exclude,literal){path}" for path in ignored]
        listing = self._git("status", "--porcelain", "-z", "--no-renames", "--", ".", *but) or ""
        prefix = (self._git("rev-parse", "--show-prefix") or "").strip("\n")
        paths = {entry[3:].removeprefix(prefix) for entry in listing.split("\0") if entry}
        return tuple(sorted(path for path in paths if not _KEPT_BESIDE & set(path.split("/"))))

    def read(self, path: str) -> str:
        """Text of a file; odd bytes become U+FFFD, a byte order mark is honoured and dropped.

        Args:
            path: relative to the root.

        Raises:
            UnreadableFile: it is missing, may not be read, lies outside of the root or is larger
                than :data:`SIZE_LIMIT`.
        """
        root = self.root.resolve()
        try:
            if not (root / path).resolve().is_relative_to(root):
                raise UnreadableFile(path, None, "lies outside of the repository")
            with (root / path).open("rb") as file:
                content = file.read(SIZE_LIMIT + 1)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UnreadableFile(path, None, f"cannot be read: {reason}") from error
        if len(content) > SIZE_LIMIT:
            message = f"larger than {SIZE_LIMIT // 1024 // 1024} MiB, so it was not read"
            raise UnreadableFile(path, None, message)
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16", errors="replace")
        return content.decode("utf-8-sig", errors="replace")

    @cached_property
    def remotes(self) -> tuple[str, ...]:
        """``owner/name`` of the repository where git says that it is kept; none without git."""
        done = self._git("config", "--get-regexp", r"^remote\..*\.url$") or ""
        found = (_REMOTE.search(line.removesuffix("/")) for line in done.splitlines())
        return tuple(sorted({match[1] for match in found if match}))

    @cached_property
    def dockerfiles(self) -> tuple[str, ...]:
        """``Dockerfile``, ``Dockerfile.*``, ``*.Dockerfile`` and ``Containerfile`` likewise.

        One with a suffix counts when it opens with FROM or ARG.
        """
        return tuple(path for path in self.files if self._is_dockerfile(path))

    @cached_property
    def compose_files(self) -> tuple[str, ...]:
        """``docker-compose*.yml``, ``compose*.yaml`` and so on with services in it."""
        return tuple(path for path in self.files if self._is_compose_file(path))

    @cached_property
    def env_files(self) -> tuple[str, ...]:
        """``.env``, ``.env.*``, ``*.env``; one with a suffix counts when it reads like one."""
        return tuple(path for path in self.files if self._is_env_file(path))

    @cached_property
    def kubernetes_manifests(self) -> tuple[str, ...]:
        """YAML and JSON files with objects for a cluster; templates are in :attr:`left_out`."""
        return self._having("kubernetes")

    @cached_property
    def prometheus_rules(self) -> tuple[str, ...]:
        """Rule files, and manifests with PrometheusRule objects."""
        return self._having("prometheus")

    @cached_property
    def slo_files(self) -> tuple[str, ...]:
        """``slo.yaml`` and the like, OpenSLO and Sloth under any name."""
        return self._having("slo")

    @cached_property
    def python_files(self) -> tuple[str, ...]:
        """Python modules, tests included."""
        return tuple(path for path in self.files if path.endswith(".py"))

    @cached_property
    def openapi_files(self) -> tuple[str, ...]:
        """YAML and JSON files with ``openapi`` or ``swagger`` at the top."""
        return self._having("openapi")

    @cached_property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Manifests that are templates: what they become is not known before they are rendered."""
        reason = "a template ({{ ... }}): render it (helm template) to have it judged"
        return tuple(LeftOut(path, reason) for path in self._having("template"))

    @cached_property
    def alembic_files(self) -> tuple[str, ...]:
        """Every ``alembic.ini``."""
        return tuple(path for path in self.files if _name(path) == "alembic.ini")

    @cached_property
    def docs(self) -> tuple[str, ...]:
        """Markdown files in ``docs/`` and below."""
        return tuple(
            path for path in self.files if path.startswith("docs/") and path.lower().endswith(".md")
        )

    @cached_property
    def workflows(self) -> tuple[str, ...]:
        """GitHub workflows."""
        return tuple(
            path for path in self.files if re.fullmatch(r"\.github/workflows/[^/]+\.ya?ml", path)
        )

    @property
    def readme(self) -> str | None:
        return self._at_top("readme")

    @property
    def license(self) -> str | None:
        return self._at_top("license", "licence", "copying", "unlicense")

    @property
    def changelog(self) -> str | None:
        return self._at_top("changelog", "changes", "history", "news", "releases")

    # --- reading the folder -------------------------------------------------------------------

    def _git(self, *arguments: str) -> str | None:
        """Output of git, None where there is no git, no repository or no answer."""
        # Inside of a git hook GIT_DIR and others name another repository.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        try:
            done = subprocess.run(  # noqa: S603 - fixed words, no shell
                ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *arguments],  # noqa: S607 - git is where the user has it
                cwd=self.root,
                env=inherited | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_GIT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return os.fsdecode(done.stdout) if done.returncode == 0 else None

    def _listed_by_git(self) -> set[str] | None:
        listing = self._git("ls-files", "-co", "--exclude-standard", "-z")
        if listing is None:
            return None
        paths = {path for path in listing.split("\0") if path}
        # A folder that an outer repository ignores has no files in git's eyes; it has in ours.
        if not paths and self._git("check-ignore", "-q", ".") is not None:
            return None
        return paths

    def _walked(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if name not in _NOT_WALKED]
            for name in files:
                yield Path(folder, name).relative_to(self.root).as_posix()

    def _text(self, path: str) -> str:
        """Text for a look inside; empty for what cannot be read."""
        try:
            return self.read(path)
        except UnreadableFile:
            return ""

    # --- what is what -------------------------------------------------------------------------

    def _having(self, role: str) -> tuple[str, ...]:
        return tuple(path for path, roles in self._roles.items() if role in roles)

    def _at_top(self, *stems: str) -> str | None:
        for path in self.files:
            if "/" not in path and path.lower().partition(".")[0] in stems:
                return path
        return None

    def _is_dockerfile(self, path: str) -> bool:
        match = _DOCKERFILE_NAME.fullmatch(_name(path))
        if match is None or path.lower().endswith(".dockerignore"):
            return False
        plain = match[1] is None and match[2] is None
        return plain or _OPENS_LIKE_A_DOCKERFILE.match(self._text(path)) is not None

    def _is_compose_file(self, path: str) -> bool:
        match = _COMPOSE_NAME.fullmatch(_name(path))
        if match is None:
            return False
        try:
            roots = yamltree.parse(self._text(path), path)
        except UnreadableFile:
            return True
        return match["variant"] == "" or any("services" in r or "include" in r for r in roots)

    def _is_env_file(self, path: str) -> bool:
        match = _ENV_NAME.fullmatch(_name(path))
        if match is None:
            return False
        if _name(path) == ".env":
            return True
        text = self._text(path)
        if "\0" in text:
            return False
        found = env.parse(text, path)
        assigned = sum(variable.value is not None for variable in found.variables)
        other = len(found.variables) - assigned + len(found.invalid)
        return assigned >= other

    @cached_property
    def _roles(self) -> dict[str, frozenset[str]]:
        """What each YAML and JSON file is; those that are nothing we know are not in it."""
        found: dict[str, frozenset[str]] = {}
        charts = {path.rpartition("/")[0] for path in self.files if _name(path) == "Chart.yaml"}
        for path in self.files:
            suffix = PurePosixPath(path).suffix.lower()
            if suffix in {".yaml", ".yml"}:
                found[path] = _yaml_roles(self._text(path), path, charts)
            elif suffix == ".json":
                found[path] = _json_roles(self._text(path))
        return {path: roles for path, roles in found.items() if roles}


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _yaml_roles(text: str, path: str, charts: set[str]) -> frozenset[str]:
    looks: dict[str, bool] = {
        "kubernetes": bool(_KIND.search(text) and _API_VERSION.search(text)),
        "prometheus": bool(_GROUPS.search(text) and _RULES.search(text)),
        "openapi": bool(_TOP_KEY.search(text)),
        "slo": slo.is_named_so(path) or bool(_SLO.search(text)),
    }
    if not any(looks.values()):
        return frozenset()
    templated = "{{" in text
    if looks["kubernetes"] and templated and (_in_chart(path, charts) or _is_template(text)):
        return frozenset({"template"})
    try:
        roots = yamltree.parse(text, path)
    except UnreadableFile:
        if templated and looks["kubernetes"]:
            return frozenset({"template"})
        return frozenset(role for role, looked in looks.items() if looked)
    tests: dict[str, Callable[[Node], bool]] = {
        "kubernetes": _is_for_a_cluster,
        "prometheus": _has_rules,
        "openapi": lambda root: "openapi" in root or "swagger" in root,
        "slo": lambda root: slo.is_named_so(path) or slo.has_objectives(root),
    }
    return frozenset(
        role for role, test in tests.items() if looks[role] and any(test(root) for root in roots)
    )


def _json_roles(text: str) -> frozenset[str]:
    if not any(word in text for word in ('"apiVersion"', '"openapi"', '"swagger"')):
        return frozenset()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return frozenset({"openapi"} if _TOP_KEY.search(text) else ())
    if not isinstance(data, dict):
        return frozenset()
    roles = set()
    if "openapi" in data or "swagger" in data:
        roles.add("openapi")
    version, kind = data.get("apiVersion"), data.get("kind")
    if isinstance(version, str) and isinstance(kind, str) and _is_cluster_kind(version, kind):
        roles.add("kubernetes")
    return frozenset(roles)


def _is_template(text: str) -> bool:
    return _TEMPLATE_ACTION.search(text) is not None


def _in_chart(path: str, charts: set[str]) -> bool:
    """Whether the file lies in ``templates/`` of a Helm chart."""
    parents = PurePosixPath(path).parents
    return any(p.name == "templates" and _folder(p.parent) in charts for p in parents)


def _folder(path: PurePosixPath) -> str:
    return "" if str(path) == "." else str(path)


def _is_for_a_cluster(root: Node) -> bool:
    version, kind = root.text_at("apiVersion"), root.text_at("kind")
    return bool(version and kind) and _is_cluster_kind(version, kind)


def _is_cluster_kind(version: str, kind: str) -> bool:
    return not version.startswith(_NOT_FOR_A_CLUSTER) and (version, kind) != ("v1", "Config")


def _has_rules(root: Node) -> bool:
    if root.text_at("kind") == "PrometheusRule":
        return True
    items = root.get("items")
    if items is not None and any(one.text_at("kind") == "PrometheusRule" for one in items):
        return True
    groups = root.get("groups")
    return "kind" not in root and groups is not None and any("rules" in group for group in groups)


def _is_file_within(root: Path, path: str) -> bool:
    place = root / path
    try:
        mode = place.lstat().st_mode
        if stat.S_ISLNK(mode):
            return place.is_file() and place.resolve().is_relative_to(root)
    except (OSError, RuntimeError):
        return False
    return stat.S_ISREG(mode)


def _glob(pattern: str) -> re.Pattern[str]:
    """A glob as ``.gitignore`` reads it; it holds for a folder with all that is below."""
    pattern = pattern.removeprefix("./").removesuffix("/").removesuffix("/**")
    anchored = "/" in pattern
    expression = "" if anchored else "(?:.*/)?"
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", pattern.removeprefix("/")):
        expression += _WILDCARDS.get(part) or re.escape(part)
    return re.compile(f"{expression}(?:/.*)?", re.DOTALL)


_WILDCARDS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
