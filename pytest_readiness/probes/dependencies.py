"""What a repository depends on, and the files that fix which versions are installed.

Direct dependencies are read from manifests, what was chosen for them from lock files. Nothing is
resolved and nobody is asked: a lock is in step with its manifest when it holds each direct
dependency, in a version that the manifest allows.
"""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from pytest_readiness.model import Location
from pytest_readiness.probes import yamltree
from pytest_readiness.probes.project import is_aside
from pytest_readiness.probes.unreadable import UnreadableFile


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pytest_readiness.probes.repository import Repository


@dataclass(frozen=True)
class Problem:
    """What keeps the same versions from being installed tomorrow."""

    message: str
    location: Location
    mild: bool = False
    """It is fixed which versions are installed, but not that they are what they were."""


@dataclass(frozen=True)
class Dependencies:
    """One manifest, or several in one folder that mean the same, with their lock."""

    ecosystem: str
    """python, npm, go, cargo, bundler, composer, maven or gradle."""
    manifest: str
    locks: tuple[str, ...] = ()
    packages: frozenset[tuple[str, str]] = frozenset()
    """Name and version of all that is locked, where the lock tells."""
    problems: tuple[Problem, ...] = ()
    library: bool = False
    """It is published for others to install, who choose the versions; it has no lock."""


ECOSYSTEMS: Final = ("python", "npm", "go", "cargo", "bundler", "composer", "maven", "gradle")


def look(repository: Repository) -> tuple[Dependencies, ...]:
    """All dependencies of the system; those of tests, examples and documents are left out."""
    files = {path for path in repository.files if not is_aside(path)}
    reading = _Reading(repository, files)
    found = [one for read in _READERS for one in read(reading)]
    return tuple(sorted(found, key=lambda one: (one.manifest.count("/"), one.manifest)))


def plain(name: str) -> str:
    """Name of a Python package in one spelling, PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True)
class _Reading:
    repository: Repository
    files: set[str]

    def text(self, path: str) -> str:
        return self.repository.read(path)

    def named(self, *names: str) -> list[str]:
        return sorted(path for path in self.files if posixpath.basename(path) in names)

    def near(self, folder: str, *names: str) -> str:
        """The first of the names that stands in a folder or in one above; empty for none."""
        while True:
            for name in names:
                path = posixpath.join(folder, name)
                if path in self.files:
                    return path
            if not folder:
                return ""
            folder = posixpath.dirname(folder)

    def has(self, folder: str, *names: str) -> bool:
        return any(posixpath.join(folder, name) in self.files for name in names)

    def toml(self, path: str) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text(path))
        except tomllib.TOMLDecodeError as error:
            raise UnreadableFile(path, None, f"it is no TOML: {error}") from None

    def json(self, path: str) -> dict[str, Any]:
        try:
            data = json.loads(self.text(path))
        except json.JSONDecodeError as error:
            message = f"it is no JSON: {error.msg.lower()}"
            raise UnreadableFile(path, error.lineno, message) from None
        if not isinstance(data, dict):
            raise UnreadableFile(path, 1, "it is no JSON object")
        return data

    def at(self, path: str, *words: str) -> Location:
        """The first line that holds all words."""
        for number, line in enumerate(self.text(path).splitlines(), 1):
            if all(word in line for word in words):
                return Location(path, number)
        return Location(path)


_ODD: Final = (AttributeError, KeyError, TypeError, ValueError)
"""What reading ends with where a list stands in place of a table, or the like."""


def _odd(path: str, error: Exception) -> Problem:
    said = f"it, or its lock file, is not built as its format says ({error})"
    return Problem(said, Location(path))


def _in(path: str, folder: str) -> bool:
    return posixpath.dirname(path) in {folder, posixpath.join(folder, "requirements")}


def _guarded(
    ecosystem: str, read: Callable[[_Reading, str], Dependencies | None], *names: str
) -> Callable[[_Reading], Iterator[Dependencies]]:
    """A reader of all manifests of those names; one that cannot be read is a problem of its own."""

    def every(reading: _Reading) -> Iterator[Dependencies]:
        for path in reading.named(*names):
            try:
                found = read(reading, path)
            except UnreadableFile as error:
                problem = Problem(error.message, error.location)
                found = Dependencies(ecosystem, path, problems=(problem,))
            except _ODD as error:
                found = Dependencies(ecosystem, path, problems=(_odd(path, error),))
            if found is not None:
                yield found

    return every


# --- Python --------------------------------------------------------------------------------------

_REQUIREMENTS: Final = re.compile(r"(?:.*[-_.])?requirements?(?:[-_.].*)?\.(?:txt|lock|pip|in)")
_IN_REQUIREMENTS: Final = re.compile(r"[\w.-]+\.(?:txt|lock|pip|in)")
_FOR_DEVELOPERS: Final = re.compile(
    r"(?<![a-z])(?:dev|develop|development|tests?|testing|docs?|lint|ci|build|tools?|style|typing"
    r"|coverage|release|rtd|local|debug|minimal|constraints?)(?![a-z])"
)
_PYTHON_LOCKS: Final = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
_HASH: Final = re.compile(r"\s--hash[= ]\S+")


@dataclass(frozen=True)
class _Pin:
    name: str
    text: str
    """As written: ``fastapi>=0.115``."""
    requirement: Requirement | None
    location: Location
    hashed: bool = False

    @property
    def version(self) -> str:
        """The one version that it allows; empty when it allows several."""
        if self.requirement is None:
            return ""
        exact = [
            one.version
            for one in self.requirement.specifier
            if one.operator in {"==", "==="} and "*" not in one.version
        ]
        return exact[0] if exact else ""

    @property
    def fixed(self) -> bool:
        """One version, or one archive or commit by its address."""
        if self.version:
            return True
        url = (self.requirement.url or "") if self.requirement else self.text
        return bool(re.search(r"@[0-9a-f]{40}\b|[#&]sha256=|\.(?:whl|tar\.gz|zip)\b", url))


def _python(reading: _Reading) -> Iterator[Dependencies]:
    folders = sorted({posixpath.dirname(path) for path in reading.files if _is_python(path)})
    for folder in folders:
        top = posixpath.dirname(folder) if posixpath.basename(folder) == "requirements" else folder
        if top != folder and top in folders:
            continue  # its parent folder reads it
        try:
            found = _python_folder(reading, top)
        except UnreadableFile as error:
            problem = Problem(error.message, error.location)
            found = Dependencies("python", error.path, problems=(problem,))
        except _ODD as error:
            path = next(one for one in sorted(reading.files) if _is_python(one) and _in(one, top))
            found = Dependencies("python", path, problems=(_odd(path, error),))
        if found is not None:
            yield found


def _is_python(path: str) -> bool:
    name = posixpath.basename(path)
    inside = posixpath.basename(posixpath.dirname(path)) == "requirements"
    return (
        name in {"pyproject.toml", "Pipfile", "setup.py", "setup.cfg"}
        or _REQUIREMENTS.fullmatch(name) is not None
        or (inside and _IN_REQUIREMENTS.fullmatch(name) is not None)
    )


def _python_folder(reading: _Reading, folder: str) -> Dependencies | None:
    direct, manifest = _direct(reading, folder)
    inner = posixpath.join(folder, "requirements")
    written = {
        path: _pins(reading, path)
        for path in sorted(reading.files, key=lambda one: (len(posixpath.basename(one)), one))
        if posixpath.dirname(path) in {folder, inner}
        and _is_python(path)
        and not path.endswith((".toml", "Pipfile", ".py", ".cfg"))
        and not _FOR_DEVELOPERS.search(posixpath.basename(path).lower())
    }
    written = {path: pins for path, pins in written.items() if pins}
    lock = reading.near(folder, *_PYTHON_LOCKS)
    if not manifest and not written:
        return None
    if lock:
        return _by_lock(reading, manifest or next(iter(written)), direct, lock)
    pinned = {path: pins for path, pins in written.items() if all(pin.fixed for pin in pins)}
    ranged = {path: pins for path, pins in written.items() if path not in pinned}
    if pinned:
        wanted = [*direct, *(pin for pins in ranged.values() for pin in pins)]
        return _by_requirements(manifest or next(iter(ranged or pinned)), wanted, pinned)
    if ranged:
        path, pins = next(iter(ranged.items()))
        loose = [pin for pin in pins if not pin.fixed]
        more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
        message = f"{loose[0].text}{more} can be another version with each installation"
        return Dependencies("python", path, problems=(Problem(message, loose[0].location),))
    if not direct and not _has_setup(reading, folder):
        return None
    published = _is_published(reading, folder)
    message = f"nothing beside {manifest} fixes the versions that are installed"
    problem = Problem(message, Location(manifest))
    return Dependencies("python", manifest, problems=(problem,), library=published)


def _has_setup(reading: _Reading, folder: str) -> bool:
    """Whether dependencies stand in a file that is a program, or in setup.cfg."""
    for name in ("setup.py", "setup.cfg"):
        path = posixpath.join(folder, name)
        if path in reading.files and "install_requires" in reading.text(path):
            return True
    return False


def _is_published(reading: _Reading, folder: str) -> bool:
    """Whether it says how it is built as a package."""
    path = posixpath.join(folder, "pyproject.toml")
    if path in reading.files:
        data = reading.toml(path)
        poetry = data.get("tool", {}).get("poetry", {})
        if "build-system" in data and ("project" in data or poetry.get("package-mode", poetry)):
            return True
    return reading.has(folder, "setup.py", "setup.cfg")


def _direct(reading: _Reading, folder: str) -> tuple[list[_Pin], str]:
    """Direct dependencies that are always installed, and the manifest that says so."""
    path = posixpath.join(folder, "pyproject.toml")
    if path in reading.files:
        data = reading.toml(path)
        project = data.get("project", {})
        if "project" in data:
            listed = [str(one) for one in project.get("dependencies", ())]
            return [_pin(reading, path, one) for one in listed], path
        poetry = data.get("tool", {}).get("poetry", {}).get("dependencies", {})
        if poetry:
            names = [name for name in poetry if name != "python"]
            return [_named(reading, path, name, poetry[name]) for name in names], path
    path = posixpath.join(folder, "Pipfile")
    if path in reading.files:
        packages = reading.toml(path).get("packages", {})
        return [_named(reading, path, name, packages[name]) for name in packages], path
    for name in ("setup.py", "setup.cfg"):
        path = posixpath.join(folder, name)
        if path in reading.files:
            return [], path
    return [], ""


def _pin(reading: _Reading, path: str, text: str) -> _Pin:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise UnreadableFile(
            path, reading.at(path, text).line, f"{text!r} is no requirement (PEP 508)"
        ) from None
    return _Pin(plain(requirement.name), text, requirement, reading.at(path, text))


def _named(reading: _Reading, path: str, name: str, said: object) -> _Pin:
    """A dependency of Poetry or Pipenv, whose ranges have a notation of their own."""
    text = f"{name} {said}" if isinstance(said, str) else name
    return _Pin(plain(name), text, None, reading.at(path, name))


def _pins(reading: _Reading, path: str, above: tuple[str, ...] = ()) -> list[_Pin]:
    """Lines of a requirements file and of those that it includes."""
    found: list[_Pin] = []
    folder = posixpath.dirname(path)
    for number, line in _logical(reading.text(path)):
        hashed = _HASH.search(line) is not None
        text = re.sub(r"\s--?[a-z][\w-]*[= ]\S+", "", f" {line}").strip()
        include = re.match(r"(?:-r|--requirement)[= ]\s*(\S+)", line)
        if include:
            other = posixpath.normpath(posixpath.join(folder, include[1]))
            if other in reading.files and other not in (*above, path):
                found += _pins(reading, other, (*above, path))
            continue
        location = Location(path, number)
        editable = re.match(r"(?:-e|--editable)[= ]\s*(\S+)", line)
        if editable or text.startswith((".", "/", "file:")):
            target = editable[1] if editable else text
            if "://" in target:
                found.append(_Pin(target, target, None, location, hashed))
            continue  # a folder beside it is of the same commit
        if not text or text.startswith("-"):
            continue
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            if "://" not in text:
                raise UnreadableFile(path, number, f"{text!r} is no requirement") from None
            found.append(_Pin(text, text, None, location, hashed))
            continue
        found.append(_Pin(plain(requirement.name), text, requirement, location, hashed))
    return found


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """Lines with the number of their first one, continued ones joined, without comments."""
    start, kept = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        start = start if kept else number
        part = re.sub(r"(?:^|\s)#.*$", "", line).rstrip()
        if part.endswith("\\"):
            kept += part[:-1] + " "
            continue
        whole, kept = (kept + part).strip(), ""
        if whole:
            yield start, whole
    if kept.strip():
        yield start, kept.strip()


def _by_requirements(
    manifest: str, wanted: list[_Pin], pinned: Mapping[str, list[_Pin]]
) -> Dependencies:
    pins = [pin for found in pinned.values() for pin in found]
    versions: dict[str, list[str]] = {}
    for pin in pins:
        versions.setdefault(pin.name, []).append(pin.version)
    locks = tuple(pinned)
    problems = list(_out_of_step(wanted, versions, locks[0]))
    bare = [pin for pin in pins if not pin.hashed]
    if bare and not problems:
        message = (
            f"{len(bare)} of {len(pins)} requirements have no --hash: what is fetched is not"
            " compared with anything, and an indirect dependency that is missing here is fetched"
            " in any version"
        )
        problems.append(Problem(message, bare[0].location, mild=True))
    packages = frozenset((pin.name, pin.version) for pin in pins if pin.version)
    return Dependencies("python", manifest, locks, packages, tuple(problems))


def _out_of_step(
    wanted: list[_Pin], versions: Mapping[str, list[str]], lock: str
) -> Iterator[Problem]:
    for pin in wanted:
        if pin.requirement is not None and not _is_for_here(pin.requirement):
            continue
        found = versions.get(pin.name)
        if found is None:
            yield Problem(f"{pin.text} is not in {lock}; lock again", pin.location)
        elif pin.requirement is not None and not any(
            _allows(pin.requirement, one) for one in found
        ):
            message = f"{lock} holds {pin.name} {found[0]}, which {pin.text} does not allow"
            yield Problem(f"{message}; lock again", pin.location)


def _is_for_here(requirement: Requirement) -> bool:
    """Whether it is installed at all: one with a marker may be left out of a lock."""
    return requirement.marker is None


def _allows(requirement: Requirement, version: str) -> bool:
    if not version or requirement.url:
        return True
    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True


def _by_lock(reading: _Reading, manifest: str, direct: list[_Pin], lock: str) -> Dependencies:
    """A lock file of uv, Poetry, PDM or Pipenv, or of PEP 751."""
    versions: dict[str, list[str]] = {}
    bare: list[str] = []
    local: set[str] = set()
    for name, version, hashed, own in _locked(reading, lock):
        versions.setdefault(plain(name), []).append(version)
        if own:
            local.add(plain(name))
        elif not hashed:
            bare.append(name)
    problems = list(_out_of_step(direct, versions, lock))
    if bare and not problems:
        message = f"{bare[0]} has no hash" + (f", and {len(bare) - 1} more" if bare[1:] else "")
        problems.append(Problem(message, reading.at(lock, bare[0]), mild=True))
    packages = frozenset(
        (name, version)
        for name, found in versions.items()
        if name not in local
        for version in found
        if version
    )
    return Dependencies("python", manifest, (lock,), packages, tuple(problems))


def _locked(reading: _Reading, lock: str) -> Iterator[tuple[str, str, bool, bool]]:
    """Name, version, whether it has a hash, and whether it is of the repository itself."""
    if lock.endswith("Pipfile.lock"):
        for name, one in reading.json(lock).get("default", {}).items():
            told = one if isinstance(one, dict) else {}
            version = str(told.get("version", "")).removeprefix("==")
            yield name, version, bool(told.get("hashes")), "path" in told
        return
    data = reading.toml(lock)
    for one in data.get("package", data.get("packages", ())):
        source = one.get("source", {})
        here = {"editable", "virtual", "directory", "path"} & set(source)
        own = bool(here) or source.get("type") in {"directory", "file"} or "directory" in one
        # A commit is its own digest.
        commit = "git" in source or source.get("type") == "git" or "vcs" in one
        hashed = bool(one.get("files") or one.get("wheels") or one.get("sdist") or commit)
        yield str(one.get("name", "")), str(one.get("version", "")), hashed, own


# --- npm -----------------------------------------------------------------------------------------


_NPM_LOCKS: Final = (
    "npm-shrinkwrap.json",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
)


def _npm(reading: _Reading, path: str) -> Dependencies | None:
    data = reading.json(path)
    wanted = data.get("dependencies")
    if not isinstance(wanted, dict) or not wanted:
        return None  # tools of developers at most
    folder = posixpath.dirname(path)
    lock = reading.near(folder, *_NPM_LOCKS)
    if not lock:
        scripts = data.get("scripts")
        published = not data.get("private") and bool(
            {"main", "exports", "module", "files"} & set(data)
        )
        starts = isinstance(scripts, dict) and "start" in scripts
        problem = Problem(f"no lock file fixes what {path} allows", Location(path))
        library = published and not starts
        return Dependencies("npm", path, problems=(problem,), library=library)
    wanted = {name: said for name, said in wanted.items() if _is_remote(said)}
    below = posixpath.relpath(folder or ".", posixpath.dirname(lock) or ".")
    found = _npm_lock(reading, lock, "" if below == "." else below)
    problems = [
        Problem(f"{name}@{said} is not in {lock}; lock again", reading.at(path, f'"{name}"'))
        for name, said in wanted.items()
        if not found.holds(name, str(said))
    ]
    if found.bare and not problems:
        message = f"{found.bare[0]} has no integrity hash"
        more = f", and {len(found.bare) - 1} more" if found.bare[1:] else ""
        problems.append(Problem(message + more, reading.at(lock, found.bare[0]), mild=True))
    return Dependencies("npm", path, (lock,), found.packages, tuple(problems))


def _is_remote(said: object) -> bool:
    return not str(said).startswith(("file:", "link:", "workspace:", "portal:", "catalog:"))


@dataclass(frozen=True)
class _NpmLock:
    holds: Callable[[str, str], bool]
    """Whether a direct dependency stands in it with just the range of the manifest."""
    packages: frozenset[tuple[str, str]] = frozenset()
    bare: tuple[str, ...] = ()


def _npm_lock(reading: _Reading, lock: str, below: str) -> _NpmLock:
    name = posixpath.basename(lock)
    if name.endswith(".json"):
        return _package_lock(reading.json(lock), below)
    if name == "bun.lockb":
        return _NpmLock(lambda _, __: True)  # it is binary, and only bun reads it
    text = reading.text(lock)
    if name == "pnpm-lock.yaml":
        return _pnpm_lock(text, lock, below)
    return _NpmLock(lambda one, said: _in_text(text, one, said, versions=name == "yarn.lock"))


def _in_text(text: str, name: str, said: str, *, versions: bool) -> bool:
    """``name@range`` in a header of yarn.lock; bun.lock has ``"name": "range"``."""
    if not versions:
        return f'"{name}": "{said}"' in text
    pattern = rf'(?:^|[",\s]){re.escape(name)}@(?:npm:)?{re.escape(said)}(?:["\s,:]|$)'
    return re.search(pattern, text, re.MULTILINE) is not None


def _package_lock(data: dict[str, Any], below: str) -> _NpmLock:
    entries = data.get("packages")
    if not isinstance(entries, dict):  # of npm 6 and before
        old = data.get("dependencies", {})
        return _NpmLock(lambda name, _: name in old)
    root = entries.get(below, {}).get("dependencies", {})
    packages, bare = set(), []
    for place, one in entries.items():
        if "node_modules/" not in place or one.get("link"):
            continue
        name = one.get("name") or place.rpartition("node_modules/")[2]
        packages.add((str(name), str(one.get("version", ""))))
        if str(one.get("resolved", "")).startswith("http") and not one.get("integrity"):
            bare.append(str(name))
    return _NpmLock(lambda name, said: root.get(name) == said, frozenset(packages), tuple(bare))


def _pnpm_lock(text: str, lock: str, below: str) -> _NpmLock:
    roots = yamltree.parse(text, lock)
    root = roots[-1].value if roots else {}
    data = root if isinstance(root, dict) else {}
    importer = data.get("importers", {}).get(below or ".", data)
    specifiers = importer.get("specifiers", {})
    direct = importer.get("dependencies", {})

    def holds(name: str, said: str) -> bool:
        one = direct.get(name)
        told = one.get("specifier") if isinstance(one, dict) else specifiers.get(name)
        return str(told) == said

    return _NpmLock(holds)


# --- Go, Rust, Ruby, PHP, Java -------------------------------------------------------------------


def _go(reading: _Reading, path: str) -> Dependencies | None:
    text = re.sub(r"//.*", "", reading.text(path))
    blocks = re.findall(r"^require\s*\((.*?)^\)", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"^require\s+([^(\s]\S*\s+\S+)", text, re.MULTILINE)
    wanted = [tuple(line.split()[:2]) for line in lines if len(line.split()) >= 2]  # noqa: PLR2004
    replaced = set(re.findall(r"^(?:replace)?\s*(\S+)(?:\s+v\S+)?\s*=>", text, re.MULTILINE))
    wanted = [one for one in wanted if one[0] not in replaced]
    if not wanted:
        return None
    folder = posixpath.dirname(path)
    total = posixpath.join(folder, "go.sum")
    packages = frozenset((name, version) for name, version in wanted)
    if reading.has(folder, "vendor/modules.txt"):
        return Dependencies("go", path, (path,), packages)
    if total not in reading.files:
        message = f"there is no {total}: nothing checks what is fetched; `go mod tidy` writes it"
        return Dependencies("go", path, problems=(Problem(message, Location(path)),))
    sums = {tuple(line.split()[:2]) for line in reading.text(total).splitlines()}
    problems = tuple(
        Problem(f"{name} {version} has no hash in {total}; `go mod tidy`", reading.at(path, name))
        for name, version in wanted
        if (name, version) not in sums and (name, f"{version}/go.mod") not in sums
    )
    return Dependencies("go", path, (total,), packages, problems)


def _cargo(reading: _Reading, path: str) -> Dependencies | None:
    data = reading.toml(path)
    wanted = data.get("dependencies", {})
    remote = [name for name, said in wanted.items() if not _is_of_workspace(said)]
    if not remote:
        return None
    folder = posixpath.dirname(path)
    lock = reading.near(folder, "Cargo.lock")
    if not lock:
        library = not reading.has(folder, "src/main.rs") and "bin" not in data
        problem = Problem(f"no Cargo.lock fixes what {path} allows", Location(path))
        return Dependencies("cargo", path, problems=(problem,), library=library)
    packages = [
        (one.get("name"), one.get("version")) for one in reading.toml(lock).get("package", ())
    ]
    names = {name for name, _ in packages}
    problems = tuple(
        Problem(f"{name} is not in {lock}; `cargo update --workspace`", reading.at(path, name))
        for name in remote
        if _crate(name, wanted[name]) not in names
    )
    told = frozenset((str(name), str(version)) for name, version in packages)
    return Dependencies("cargo", path, (lock,), told, problems)


def _is_of_workspace(said: object) -> bool:
    return isinstance(said, dict) and ("path" in said or bool(said.get("workspace")))


def _crate(name: str, said: object) -> str:
    return str(said.get("package", name)) if isinstance(said, dict) else name


def _bundler(reading: _Reading, path: str) -> Dependencies | None:
    pattern = re.compile(r"""^\s*gem[\s(]+["']([\w.-]+)["'](?!.*\bpath:)""", re.MULTILINE)
    wanted = pattern.findall(reading.text(path))
    if not wanted:
        return None
    folder = posixpath.dirname(path)
    lock = posixpath.join(folder, "Gemfile.lock")
    if lock not in reading.files:
        specs = any(one.endswith(".gemspec") for one in reading.files)
        problem = Problem(f"no Gemfile.lock fixes what {path} allows", Location(path))
        return Dependencies("bundler", path, problems=(problem,), library=specs)
    locked = re.findall(r"^ {4}([\w.-]+) \(([^)]+)\)$", reading.text(lock), re.MULTILINE)
    names = {name for name, _ in locked}
    problems = tuple(
        Problem(f"{name} is not in {lock}; `bundle lock`", reading.at(path, name))
        for name in wanted
        if name not in names
    )
    return Dependencies("bundler", path, (lock,), frozenset(locked), problems)


def _composer(reading: _Reading, path: str) -> Dependencies | None:
    data = reading.json(path)
    required = data.get("require")
    wanted = [name for name in required if "/" in name] if isinstance(required, dict) else []
    if not wanted:
        return None
    lock = posixpath.join(posixpath.dirname(path), "composer.lock")
    if lock not in reading.files:
        problem = Problem(f"no composer.lock fixes what {path} allows", Location(path))
        library = data.get("type", "library") == "library" and "name" in data
        return Dependencies("composer", path, problems=(problem,), library=library)
    listed = reading.json(lock).get("packages", ())
    packages = frozenset((str(one.get("name")), str(one.get("version"))) for one in listed)
    names = {name.lower() for name, _ in packages}
    problems = tuple(
        Problem(f"{name} is not in {lock}; `composer update --lock`", reading.at(path, f'"{name}"'))
        for name in wanted
        if name.lower() not in names
    )
    return Dependencies("composer", path, (lock,), packages, problems)


def _maven(reading: _Reading, path: str) -> Dependencies | None:
    """Maven picks the same versions each time, unless one is a range or moves."""
    text = reading.text(path)
    blocks = list(re.finditer(r"<dependency>.*?</dependency>", text, re.DOTALL))
    if not blocks:
        return None
    moving = re.compile(r"<version>\s*([\[(][^<]*|LATEST|RELEASE|[^<]*-SNAPSHOT)\s*</version>")
    problems = []
    for block in blocks:
        if found := moving.search(block[0]):
            line = text.count("\n", 0, block.start() + found.start()) + 1
            message = f"version {found[1]} can be another one with each build"
            problems.append(Problem(message, Location(path, line)))
    return Dependencies("maven", path, (path,), problems=tuple(problems))


def _gradle(reading: _Reading, path: str) -> Dependencies | None:
    """Gradle does likewise; a lock file fixes what is dynamic."""
    text = reading.text(path)
    if not re.search(r"\b(?:implementation|api|runtimeOnly|compile)\b", text):
        return None
    folder = posixpath.dirname(path)
    lock = posixpath.join(folder, "gradle.lockfile")
    if lock in reading.files:
        packages = re.findall(r"^([^:#=\s]+:[^:]+):([^=]+)=", reading.text(lock), re.MULTILINE)
        return Dependencies("gradle", path, (lock,), frozenset(packages))
    moving = re.compile(r"""["'][\w.-]+:[\w.-]+:([^"':]*\+|latest\.\w+|[\[(][^"']*)["']""")
    problems = []
    for found in moving.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        message = f"version {found[1]} can be another one with each build"
        problems.append(Problem(message, Location(path, line)))
    return Dependencies("gradle", path, (path,), problems=tuple(problems))


_READERS: Final = (
    _python,
    _guarded("npm", _npm, "package.json"),
    _guarded("go", _go, "go.mod"),
    _guarded("cargo", _cargo, "Cargo.toml"),
    _guarded("bundler", _bundler, "Gemfile"),
    _guarded("composer", _composer, "composer.json"),
    _guarded("maven", _maven, "pom.xml"),
    _guarded("gradle", _gradle, "build.gradle", "build.gradle.kts"),
)
