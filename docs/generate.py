"""Write the catalogue of checks in ``docs/checks``: ``python docs/generate.py [--check]``.

With ``--check`` nothing is written, and the exit code is 1 when a page is not as it would be.
"""

from __future__ import annotations

import argparse
import sys
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness import catalogue
from pytest_readiness.model import Effect, Priority


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import Check


ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "checks"
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
    wanted = pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    stale = sorted(name for name in wanted | there if wanted.get(name) != there.get(name))
    if check_only:
        for name in stale:
            sys.stderr.write(f"docs/checks/{name} is not current; run python docs/generate.py\n")
        return 1 if stale else 0
    PAGES.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            (PAGES / name).write_text(wanted[name], encoding="utf-8")
        else:
            (PAGES / name).unlink()
    sys.stdout.write(f"{len(wanted)} pages, {len(stale)} of them written or removed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
