"""Write what is made of the checks: ``python docs/generate.py [--check]``.

That is the catalogue in ``docs/checks``, and in the package the count of specimens, which every
record states, and the version that first had each check, by which a catalogue is pinned. With
``--check`` nothing is written, and the exit code is 1 when a file is not as it would be.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness import __version__, catalogue
from pytest_readiness.model import Effect, Priority


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import Check


ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "checks"
SELF_TEST = ROOT / "pytest_readiness" / "self_test.json"
INTRODUCED = ROOT / "pytest_readiness" / "introduced.json"
SPECIMENS = ROOT / "tests" / "specimens"
SHOWN_LINES = 25

BY_WHEN = {
    Priority.P0: "P0, before deployment",
    Priority.P1: "P1, in the first week",
    Priority.P2: "P2, in the first month",
    Priority.P3: "P3, later",
}
EFFECTS = {
    Effect.READS: "none: it only reads",
    Effect.INTRUSIVE: "intrusive: it needs consent, or a target that the audit starts",
    Effect.DISRUPTIVE: "disruptive: `--readiness-disruptive`, on a target that the audit starts",
}
LANGUAGES = {
    ".json": "json",
    ".md": "markdown",
    ".production": "sh",
    ".py": "python",
    ".yaml": "yaml",
    ".yml": "yaml",
    "Dockerfile": "dockerfile",
}


def pages() -> dict[str, str]:
    """Text of every page by its file name."""
    checks = catalogue.bundled_checks()
    made = {f"{check.id}.md": page(check) for check in checks}
    made["index.md"] = index(checks)
    return made


def self_test() -> str:
    """Text of the package's ``self_test.json``."""
    sys.path.insert(0, str(ROOT))
    from tests.specimen_table import rows

    table = rows()
    counts = {
        "checks": len(table),
        "good": sum(good for _, good, _, _ in table),
        "bad": sum(bad for _, _, bad, _ in table),
    }
    return json.dumps(counts, indent=2) + "\n"


def introduced() -> str:
    """Text of the package's ``introduced.json``: a check that is not in it yet is new now."""
    ids = {check.id for check in catalogue.bundled_checks()}
    by_version = catalogue.introduced() if INTRODUCED.exists() else {}
    known = {identity for version in by_version.values() for identity in version}
    kept = {version: ids.intersection(old) for version, old in by_version.items()}
    kept[__version__] = kept.get(__version__, set()) | (ids - known)
    return json.dumps({version: sorted(of) for version, of in kept.items() if of}, indent=2) + "\n"


def index(checks: tuple[Check, ...]) -> str:
    """All checks, a table for each phase."""
    lines = [
        "# The checks",
        "",
        f"{len(checks)} checks come with pytest-readiness; `readiness explain ID` says the same.",
        "This folder is written by `python docs/generate.py` from the checks themselves.",
    ]
    for phase, members in groupby(checks, key=lambda check: check.phase):
        lines += ["", f"## Day {phase.day}: {phase}", ""]
        lines += ["| check | priority | domain | what holds when it passes |", "|---|---|---|---|"]
        lines += [
            f"| [`{check.id}`]({check.id}.md) | {check.priority} | {check.domain} | {check.title} |"
            for check in members
        ]
    return "\n".join(lines) + "\n"


def page(check: Check) -> str:
    """One check."""
    path, _, function = check.source.partition("::")
    lines = [
        f"# {check.id}",
        "",
        f"**{check.title}**",
        "",
        "| | |",
        "|---|---|",
        f"| priority | {BY_WHEN[check.priority]} |",
        f"| phase | {check.phase}, day {check.phase.day} |",
        f"| domain | {check.domain} |",
        f"| mended by a change of | {check.change} |",
        f"| effect on the target | {EFFECTS[check.effect]} |",
        f"| references | {', '.join(check.refs)} |",
        f"| source | [`{function}`](../../{path}) |",
        "",
        "## Why",
        "",
        sentence(check.why),
        "",
        "## Fix",
        "",
        sentence(check.fix),
    ]
    lines += specimens(check)
    lines += ["", "[All checks](index.md)", ""]
    return "\n".join(lines)


def specimens(check: Check) -> Iterator[str]:
    """The plainest good and bad specimen, and how many more there are."""
    for kind, title in (("pass", "Passes"), ("fail", "Does not pass")):
        shown = example(SPECIMENS / check.id / kind)
        if shown is not None:
            name, text = shown
            language = LANGUAGES.get(Path(name).suffix or name, "")
            yield from ("", f"## {title}", "", f"`{name}`", "")
            yield from (f"```{language}", text.rstrip("\n"), "```")
    others = sorted(
        folder.name
        for folder in SPECIMENS.glob(f"{check.id}/*")
        if folder.name not in {"pass", "fail"}
    )
    if others:
        place = f"../../tests/specimens/{check.id}"
        links = ", ".join(f"[{name.replace('-', ' ')}]({place}/{name})" for name in others)
        yield from ("", "## Also tried", "", f"{links}.")


def example(folder: Path) -> tuple[str, str] | None:
    """Name and text of a specimen's file when it is a single small one."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    if len(files) != 1:
        return None
    text = files[0].read_text(encoding="utf-8")
    if text.count("\n") > SHOWN_LINES or "```" in text:
        return None
    return files[0].relative_to(folder).as_posix(), text


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python docs/generate.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; say what differs")
    check_only = parser.parse_args().check
    wanted = {PAGES / name: text for name, text in pages().items()}
    wanted |= {SELF_TEST: self_test(), INTRODUCED: introduced()}
    made = [path for path in (*PAGES.glob("*.md"), SELF_TEST, INTRODUCED) if path.exists()]
    there = {path: path.read_text(encoding="utf-8") for path in made}
    stale = sorted(path for path in wanted | there if wanted.get(path) != there.get(path))
    if check_only:
        for path in stale:
            name = path.relative_to(ROOT).as_posix()
            sys.stderr.write(f"{name} is not current; run python docs/generate.py\n")
        return 1 if stale else 0
    PAGES.mkdir(exist_ok=True)
    for path in stale:
        if path in wanted:
            path.write_text(wanted[path], encoding="utf-8")
        else:
            path.unlink()
    sys.stdout.write(f"{len(wanted)} files, {len(stale)} of them written or removed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
