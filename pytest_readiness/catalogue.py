"""The list of checks: what a test says of itself, read and validated.

A check's identity is its ``readiness`` mark and its docstring; nothing else is registered.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib.util
import inspect
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_readiness import __version__
from pytest_readiness.model import Change, Check, Domain, Effect, Phase, Priority, SelfTest


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from enum import StrEnum


ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SECTION = re.compile(r"^(Why|Fix):[ \t]*", re.MULTILINE)
KNOWN = {"id", "priority", "phase", "domain", "change", "refs", "effect", "alone"}

Choice = TypeVar("Choice", bound="StrEnum")


class CatalogueError(ValueError):
    """A check that does not say properly who it is; the message names it and what to do."""


@dataclass(frozen=True)
class Description:
    """The three parts of a check's docstring."""

    title: str
    why: str
    fix: str


def describe(docstring: str | None) -> Description:
    """Split a docstring into its title and the sections ``Why:`` and ``Fix:``."""
    text = inspect.cleandoc(docstring or "")
    parts = SECTION.split(text)
    sections = {name: _paragraph(body) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    return Description(
        title=_paragraph(parts[0].split("\n\n", 1)[0]),
        why=sections.get("Why", ""),
        fix=sections.get("Fix", ""),
    )


def read_check(
    metadata: Mapping[str, Any], docstring: str | None, *, source: str, bundled: bool
) -> Check:
    """Make a :class:`Check` from a test's merged ``readiness`` mark and its docstring.

    Args:
        metadata: keyword arguments of the mark, suite and check merged.
        docstring: of the test function.
        source: where the test stands, ``path::name``; named in every error.
        bundled: False for a team's own check.

    Raises:
        CatalogueError: with what is wrong, where, and what was expected.
    """
    identity = metadata.get("id")
    where = f"check {identity!r} ({source})" if identity else f"the check at {source}"
    if not isinstance(identity, str) or not ID.fullmatch(identity):
        raise CatalogueError(
            f"{where}: the id must be a kebab-case noun of the defect, such as 'jwt-alg-none'"
        )
    for name in metadata:
        if name not in KNOWN:
            raise CatalogueError(f"{where}: unknown keyword {name!r}{_hint(name, KNOWN)}")
    refs = metadata.get("refs", ())
    if isinstance(refs, str) or not all(isinstance(ref, str) for ref in refs):
        raise CatalogueError(f"{where}: refs must be a sequence of strings, got {refs!r}")
    alone, effect = metadata.get("alone", False), _choice(Effect, metadata, "effect", where)
    if not isinstance(alone, bool):
        raise CatalogueError(f"{where}: alone must be True or False, got {alone!r}")
    described = describe(docstring)
    if not described.title:
        raise CatalogueError(
            f"{where}: its docstring must open with the sentence that is true when all is well"
        )
    return Check(
        id=identity,
        title=described.title,
        why=described.why,
        fix=described.fix,
        priority=_choice(Priority, metadata, "priority", where),
        phase=_choice(Phase, metadata, "phase", where),
        domain=_choice(Domain, metadata, "domain", where),
        change=_choice(Change, metadata, "change", where),
        refs=tuple(refs),
        effect=effect,
        alone=alone or effect is Effect.DISRUPTIVE,
        source=source,
        bundled=bundled,
    )


def order(check: Check) -> tuple[int, str, str]:
    """Sort key: by phase, then by priority, then by id."""
    return check.phase.day, check.priority, check.id


def digest(checks: Iterable[Check]) -> str:
    """Short digest over ids, priorities and titles: the same catalogue, the same digest."""
    return full_digest(checks)[:12]


def full_digest(checks: Iterable[Check]) -> str:
    """All of it: SHA-256 in hexadecimal."""
    lines = sorted(f"{check.id} {check.priority} {check.title}" for check in checks)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def self_test() -> SelfTest:
    """How many specimens the bundled checks judge right; ``docs/generate.py`` counts them."""
    text = Path(__file__).with_name("self_test.json").read_text(encoding="utf-8")
    return SelfTest(**json.loads(text))


def introduced() -> dict[str, tuple[str, ...]]:
    """Ids of the bundled checks by the version that first had them; ``docs/generate.py`` adds."""
    text = Path(__file__).with_name("introduced.json").read_text(encoding="utf-8")
    return {version: tuple(ids) for version, ids in json.loads(text).items()}


def until(
    version: str, by_version: Mapping[str, Iterable[str]], installed: str = __version__
) -> frozenset[str]:
    """Ids of the checks that a version had; ``0.2`` is 0.2.0.

    Args:
        version: with two or three numbers.
        by_version: of :func:`introduced`.
        installed: the version of this package.

    Raises:
        CatalogueError: there was no such version when this one was made.
    """
    first = min(by_version, key=_release)
    if not _release(first) <= _release(version) <= _release(installed):
        raise CatalogueError(f"expected a version from {first} to {installed}, got {version!r}")
    return frozenset(
        identity
        for each, ids in by_version.items()
        if _release(each) <= _release(version)
        for identity in ids
    )


def _release(version: str) -> tuple[int, ...]:
    parts = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return parts + (0,) * (3 - len(parts))


def suites_folder() -> Path:
    """Folder of the bundled suites: beside this file in a wheel, at the top in a checkout.

    Raises:
        CatalogueError: the installation lacks them.
    """
    here = Path(__file__).resolve().parent
    for candidate in (here / "suites", here.parent / "suites"):
        if (candidate / "day1_framework").is_dir():
            return candidate
    raise CatalogueError("the bundled suites are missing from this installation; install it again")


def bundled_checks() -> tuple[Check, ...]:
    """Read every bundled check without running pytest, sorted by phase, priority and id."""
    return tuple(check for check, _ in bundled_functions())


def bundled_functions() -> tuple[tuple[Check, Callable[..., object]], ...]:
    """Every bundled check with its test function, in the order of :func:`bundled_checks`."""
    folder = suites_folder()
    found: dict[str, tuple[Check, Callable[..., object]]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for check, function in _checks_of(path, folder):
            found[check.id] = check, function
    return tuple(sorted(found.values(), key=lambda one: order(one[0])))


def _checks_of(path: Path, folder: Path) -> Iterator[tuple[Check, Callable[..., object]]]:
    name = f"_readiness_catalogue_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CatalogueError(f"{path.name} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    whole = _as_list(getattr(module, "pytestmark", []))
    for function in vars(module).values():
        marks = _as_list(getattr(function, "pytestmark", []))
        metadata: dict[str, Any] = {}
        for mark in [*whole, *marks]:
            mark = getattr(mark, "mark", mark)  # noqa: PLW2901 - a decorator carries its mark
            if mark.name in {"readiness", "readiness_suite"}:
                metadata |= mark.kwargs
        if "id" in metadata:
            source = f"suites/{path.relative_to(folder).as_posix()}::{function.__name__}"
            check = read_check(metadata, function.__doc__, source=source, bundled=True)
            yield check, function


def _as_list(marks: Any) -> list[Any]:
    return list(marks) if isinstance(marks, list | tuple) else [marks]


def _choice(kind: type[Choice], metadata: Mapping[str, Any], name: str, where: str) -> Choice:
    defaults = {"change": Change.CODE, "effect": Effect.READS}
    value = metadata.get(name, defaults.get(name))
    allowed = [member.value for member in kind]
    if value is None:
        todo = (
            f" (pytestmark = suite(Phase..., Domain...) in its module, or {name}= in check())"
            if name in {"phase", "domain"}
            else ""
        )
        raise CatalogueError(f"{where}: no {name}; expected one of {', '.join(allowed)}{todo}")
    if not isinstance(value, str) or value not in allowed:
        hint = _hint(str(value), allowed)
        raise CatalogueError(
            f"{where}: {name} must be one of {', '.join(allowed)}, got {value!r}{hint}"
        )
    return kind(value)


def _hint(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _paragraph(text: str) -> str:
    return " ".join(text.split())
