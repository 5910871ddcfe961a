"""How many credentials are found, how many that are none, and how fast.

``python benchmarks/secret_engines.py [CHECKOUT ...]`` compares this project's search with those of
detect-secrets, pybetterleaks, Kingfisher alone and gitleaks on PATH that are installed. The
labelled files are drawn anew (``tests/credentials.py``). Speed is by processor time, of all
processes, on what git tracks in each checkout.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from collections.abc import Callable

SEEDS = 5


def own() -> Callable[[Path, list[Path]], set[Path]]:
    from pytest_readiness.probes.credentials import Scanner, is_for_readers

    scanner = Scanner()

    def fails(content: bytes, path: str) -> bool:
        harmless = (
            {"restricted", "named", "url", "token"} if is_for_readers(path) else {"restricted"}
        )
        return any(found.sort not in harmless for found in scanner.credentials(content, path))

    return lambda root, files: {
        one for one in files if fails(one.read_bytes(), str(one.relative_to(root)))
    }


def kingfisher() -> Callable[[Path, list[Path]], set[Path]]:
    from kingfisher_sdk import Scanner

    scanner = Scanner()
    return lambda _, files: {
        one for one in files if any(found.visible for found in scanner.scan_file(one))
    }


def betterleaks() -> Callable[[Path, list[Path]], set[Path]]:
    from pybetterleaks import scan_dir

    return lambda root, _: {root / found.file for found in scan_dir(str(root)).findings}


def detect_secrets() -> Callable[[Path, list[Path]], set[Path]]:
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings

    def run(_: Path, files: list[Path]) -> set[Path]:
        found = SecretsCollection()
        with default_settings():
            for one in files:
                found.scan_file(str(one))
        return {Path(name) for name in found.files}

    return run


def gitleaks() -> Callable[[Path, list[Path]], set[Path]]:
    def run(root: Path, _: list[Path]) -> set[Path]:
        with tempfile.TemporaryDirectory() as place:
            report = Path(place, "report.json")
            command = ["gitleaks", "dir", str(root), "-f", "json", "-r", str(report), "--no-banner"]
            subprocess.run(command, check=False, capture_output=True)
            return {Path(found["File"]) for found in json.loads(report.read_text("utf-8"))}

    return run


ENGINES = {
    "this project": (own, True),
    "Kingfisher alone": (kingfisher, True),
    "pybetterleaks": (betterleaks, find_spec("pybetterleaks") is not None),
    "gitleaks": (gitleaks, shutil.which("gitleaks") is not None),
    "detect-secrets": (detect_secrets, find_spec("detect_secrets") is not None),
}


def labelled(root: Path) -> dict[Path, bool]:
    """Write the labelled files; whether each holds a credential, by path."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.credentials import HARMLESS, LEAKS

    written = {}
    for holds, table in ((True, LEAKS), (False, HARMLESS)):
        for number, (path, make) in enumerate(table.values()):
            for seed in range(SEEDS):
                text = make(random.Random(seed))  # noqa: S311 - it is to be the same each time
                file = root / f"{'a' if holds else 'b'}{number}" / str(seed) / path
                file.parent.mkdir(parents=True)
                file.write_bytes(text.encode("latin-1" if "\0" in text else "utf-8"))
                written[file] = holds
    return written


def exported(checkout: str, root: Path) -> list[Path]:
    """Copy what git tracks in a checkout; the copies."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=checkout, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    copies = []
    for path in listed:
        file = Path(checkout, path)
        if path and file.is_file() and not file.is_symlink():
            copy = root / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
            copies.append(copy)
    return copies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", nargs="*", help="git checkouts for speed and precision")
    checkouts = parser.parse_args().checkouts
    engines = {name: make() for name, (make, there) in ENGINES.items() if there}
    with tempfile.TemporaryDirectory() as place:
        files = labelled(Path(place))
        for name, engine in engines.items():
            found = engine(Path(place), [*files]) & files.keys()
            right = sum(files[one] for one in found)
            credentials, harmless = sum(files.values()), len(files) - sum(files.values())
            wrong = len(found) - right
            print(f"{name}: {right} of {credentials} found, {wrong} of {harmless} wrongly")
    for checkout in checkouts:
        with tempfile.TemporaryDirectory() as place:
            copies = exported(checkout, Path(place))
            size = sum(one.stat().st_size for one in copies) / 1e6
            print(f"{Path(checkout).name}: {len(copies)} files, {size:.1f} MB")
            for name, engine in engines.items():
                began = sum(os.times()[:4])
                found = engine(Path(place), copies)
                rate = size / (sum(os.times()[:4]) - began)
                print(
                    f"  {name}: {rate:.1f} MB/s of processor time, {len(found)} files with findings"
                )


if __name__ == "__main__":
    main()
