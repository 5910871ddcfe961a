"""Variables of the environment that stand in for places in ``readiness.yaml``.

``READINESS_TARGET__URL`` is ``target.url``: the prefix, then the keys with two underscores between
them. A value that starts with ``[`` or ``{`` is YAML.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from pytest_readiness.settings import Settings, SettingsError


if TYPE_CHECKING:
    from collections.abc import Mapping


PREFIX = "READINESS_"
_AS_WRITTEN = frozenset({"attack_environment", "environment", "headers"})
"""Below these keys stand names that are not ours; they keep their case."""
_OF_CHECKS = frozenset({"levels", "not_applicable"})
"""Below these keys stand ids of checks, which have hyphens where a variable cannot."""


def from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Dotted place to value, for :func:`pytest_readiness.settings.load`.

    A variable that only shares the prefix and speaks of no key is somebody else's.

    Raises:
        SettingsError: a variable nearly says a place.
    """
    keys = tuple(Settings.__dataclass_fields__)
    found: dict[str, str] = {}
    problems: list[str] = []
    for name, value in sorted(environ.items()):
        if not name.startswith(PREFIX):
            continue
        parts = name.removeprefix(PREFIX).split("__")
        if parts[0].lower() in keys and all(parts):
            found[".".join(_place(parts))] = value
        elif problem := _problem(name, parts, keys):
            problems.append(problem)
    if problems:
        raise SettingsError(*problems)
    return found


def variable(place: str) -> str:
    """The variable that overrides a place: what errors call it by."""
    return PREFIX + place.replace(".", "__").replace("-", "_").upper()


def _place(parts: list[str]) -> list[str]:
    place: list[str] = []
    for part in parts:
        above = place[-1] if place else ""
        if _AS_WRITTEN & set(place):
            place.append(part)
        elif above in _OF_CHECKS:
            place.append(part.lower().replace("_", "-"))
        else:
            place.append(part.lower())
    return place


def _problem(name: str, parts: list[str], keys: tuple[str, ...]) -> str:
    """What is wrong with a variable that nearly is ours; empty when it is somebody else's."""
    first = parts[0].lower()
    key = next((key for key in keys if first.startswith(f"{key}_")), "")
    if len(parts) > 1:
        close = get_close_matches(first, keys, 1, cutoff=0.6)
        hint = f"did you mean {variable('.'.join([close[0], *parts[1:]]))}?" if close else ""
        known = hint or f"known keys: {', '.join(keys)}"
        return f"{name}: expected a key of readiness.yaml, got {first!r}; {known}"
    if not key:
        return ""
    rest = first.removeprefix(f"{key}_")
    return (
        f"{name}: expected two underscores between keys; did you mean {variable(f'{key}.{rest}')}?"
    )
