"""The files that configure an audit, and their digest: readiness.yaml and what it names.

The digest is made from the files alone, without their being valid, so that somebody who holds
them can make it again later and elsewhere. What options and variables lay over the files is no
part of it.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_readiness import yaml_document
from pytest_readiness.answers import FILE_NAME as ANSWERS
from pytest_readiness.waiver_file import FILE_NAME as WAIVERS


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def files(settings: Path | None, root: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """SHA-256 of each file that configures an audit, by its path relative to ``root``.

    These are the settings, the env files that they name in any profile, and the waivers and
    answers beside them. A file that does not exist is left out, so that its coming shows.

    Args:
        settings: readiness.yaml, None without one.
        root: its folder, where waivers and answers stand.
        environ: where ``${NAME}`` in the path of an env file is looked up.

    Raises:
        OSError: one of them is there and cannot be read.
    """
    found: dict[str, str] = {}
    for path in (settings, *_env_files(settings, environ), root / WAIVERS, root / ANSWERS):
        if path is not None and path.is_file():
            name = Path(os.path.relpath(path, root)).as_posix()
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return dict(sorted(found.items()))


def digest(found: Mapping[str, str]) -> str:
    """One digest over all of them, ``sha256:...``; empty when there is no file at all."""
    if not found:
        return ""
    lines = "".join(f"{value}  {name}\n" for name, value in sorted(found.items()))
    return f"sha256:{hashlib.sha256(lines.encode('utf-8', 'surrogateescape')).hexdigest()}"


def _env_files(settings: Path | None, environ: Mapping[str, str]) -> Iterator[Path]:
    if settings is None or not settings.is_file():
        return
    text = settings.read_bytes().decode("utf-8-sig", "replace")
    data = yaml_document.read(text, environ=environ).data
    if not isinstance(data, dict):
        return
    profiles = data.get("profiles")
    places: list[Any] = [data.get("target")]
    places += profiles.values() if isinstance(profiles, dict) else []
    for place in places:
        named = place.get("env_file") if isinstance(place, dict) else None
        for name in [named] if isinstance(named, str) else named or ():
            if isinstance(name, str) and "\0" not in name:
                yield settings.parent / name
