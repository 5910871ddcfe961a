"""Which labelled flaws of an application are found, and which findings nobody labelled.

``python benchmarks/detection/detect.py labels/vampi.yaml --url http://127.0.0.1:8000
--repository ../VAmPI``

The labels (ours, one file for each application, version and commit) say what is wrong with it and
which checks are meant to find it. Starting the application is the reader's task: give its address,
or a command with ``{port}`` that the audit starts afresh for each round. On loopback only.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml


LOOPBACK = ("127.0.0.1", "localhost", "::1")
FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Flaw:
    """Something that is wrong with an application."""

    id: str
    what: str
    where: str
    """Words that the message of a finding has to hold; empty for any."""
    origin: str
    """documented, or confirmed by hand only."""
    checks: tuple[str, ...]
    out_of_scope: str = ""

    def is_found_in(self, findings: list[dict[str, Any]]) -> list[str]:
        """Checks that failed, or warned, because of it."""
        return sorted(
            {
                one["check"]
                for one in findings
                if one["check"] in self.checks
                and one["outcome"] in {"failed", "warned"}
                and self.where in json.dumps(one)
            }
        )


def flaws_of(labels: dict[str, Any]) -> list[Flaw]:
    return [
        Flaw(
            one["id"],
            one["what"],
            one.get("where", ""),
            one["origin"],
            tuple(one.get("checks", ())),
            one.get("out_of_scope", ""),
        )
        for one in labels["flaws"]
    ]


def audit(
    labels: dict[str, Any], options: argparse.Namespace, folder: Path
) -> tuple[dict[str, Any], float]:
    """Run the security suite once; the record, and the seconds of the whole command."""
    settings = {"version": 1, **labels.get("settings", {})}
    repository = options.repository.resolve() if options.repository else None
    if options.url:
        parts = urlsplit(options.url)
        if parts.hostname not in LOOPBACK:
            sys.exit(f"{options.url}: only loopback is attacked here")
        settings["target"] = {"url": options.url}
        consent = {"host": parts.netloc, "by": "the reader", "until": "2999-12-31"}
        settings["authorized"] = consent
    else:
        workdir = str(repository or Path.cwd())
        settings["target"] = {"command": ["sh", "-c", options.command], "workdir": workdir}
    if repository:
        settings["repository"] = str(repository)
    if "document" in labels:
        settings["openapi"] = str(FOLDER / "labels" / labels["document"])
    elif "openapi" in labels and repository:
        settings["openapi"] = str(repository / labels["openapi"])
    (folder / "readiness.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--readiness", "-m", "security", "-p"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    begin = time.perf_counter()
    with (folder / "output.txt").open("w", encoding="utf-8") as output:
        subprocess.run(
            [*command, "no:cacheprovider"],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    seconds = time.perf_counter() - begin
    record = folder / "readiness-report" / "readiness.json"
    if not record.exists():
        sys.exit((folder / "output.txt").read_text(encoding="utf-8"))
    return json.loads(record.read_text(encoding="utf-8")), seconds


def unlabelled(record: dict[str, Any], flaws: list[Flaw]) -> list[dict[str, Any]]:
    """Failures of P0 and P1 that no label is about: each has to be judged by hand."""
    priorities = {one["id"]: one["priority"] for one in record["checks"]}
    about = {check for flaw in flaws for check in flaw.checks}
    return [
        one
        for one in record["findings"]
        if one["outcome"] == "failed"
        and priorities.get(one["check"]) in {"P0", "P1"}
        and one["check"] not in about
    ]


def outcomes(record: dict[str, Any]) -> dict[str, str]:
    """What each check said of each subject."""
    return {f"{one['check']} {one['subject']}": one["outcome"] for one in record["findings"]}


def main() -> int:
    """Print the table; 1 when a labelled flaw within scope was missed, or rounds differ."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("labels", type=Path)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--url", help="of the running application, on loopback")
    where.add_argument("--command", help="starts it on {port}, afresh for each round")
    parser.add_argument("--repository", type=Path, help="its checkout, for what is read in files")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the reports")
    options = parser.parse_args()
    labels = yaml.safe_load(options.labels.read_text(encoding="utf-8"))
    flaws = flaws_of(labels)
    within = [one for one in flaws if not one.out_of_scope]
    said: list[dict[str, str]] = []
    for number in range(options.rounds):
        with tempfile.TemporaryDirectory() as temporary:
            folder = options.keep / str(number) if options.keep else Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            record, seconds = audit(labels, options, folder)
        said.append(outcomes(record))
    found = {flaw.id: flaw.is_found_in(record["findings"]) for flaw in flaws}
    print(f"{labels['application']}, {labels['version']}")
    for flaw in within:
        print(f"  {'found ' if found[flaw.id] else 'MISSED'} {flaw.id:28} {flaw.origin:10}", end="")
        print(f" {', '.join(found[flaw.id]) or 'by ' + ', '.join(flaw.checks)}")
    for flaw in flaws:
        if flaw.out_of_scope:
            print(f"  beyond {flaw.id:28} {flaw.origin:10} {flaw.out_of_scope}")
    judged = {one["check"]: one for one in labels.get("judged", ())}
    for one in unlabelled(record, flaws):
        verdict = judged.get(one["check"], {}).get("verdict", "to be judged by hand")
        message = re.sub(r"\s+", " ", one["message"])[:160]
        print(f"  other  {one['check']:28} {verdict!s:10} {message}")
    hits = sum(bool(found[flaw.id]) for flaw in within)
    print(f"{hits} of {len(within)} flaws within scope found; {seconds:.0f} s", end="")
    differing = {key for one in said for key in one if one.get(key) != said[0].get(key)}
    if options.rounds > 1:
        print(f"; {options.rounds} rounds, {len(differing)} findings differ", end="")
        print(f": {', '.join(sorted(differing))}" if differing else "", end="")
    print()
    return int(hits < len(within) or bool(differing))


if __name__ == "__main__":
    sys.exit(main())
