"""The console script ``readiness``: what can be done without running an audit."""

from __future__ import annotations

import argparse
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_readiness import cli_signing


if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.model import AuditReport, Check


USAGE_ERROR = 4
"""The code that pytest itself uses for a wrong command line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 is fine, 1 a difference, 4 wrong usage; ``merge`` exits by the verdict, as an audit does.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    commands = {
        "init": _init,
        "doctor": _doctor,
        "list": _list,
        "explain": _explain,
        "recompute": _recompute,
        "report": _report,
        **cli_signing.COMMANDS,
        "merge": _merge,
        "diff": _diff,
        "waive": _waive,
    }
    return commands[options.command](options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="readiness", description="Is this web or LLM API ready for production?"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    drafting = commands.add_parser(
        "init", help="draft readiness.yaml from the repository and a running system"
    )
    drafting.add_argument("url", nargs="?", default="", metavar="URL", help="only read from")
    drafting.add_argument("--force", action="store_true", help="replace the file that is there")
    drafting.add_argument(
        "--output",
        metavar="FILE",
        default="readiness.yaml",
        help="file to write, - to show it and write nothing; default: readiness.yaml",
    )
    examining = commands.add_parser(
        "doctor", help="what an audit here could look at, and what is missing"
    )
    examining.add_argument("--config", metavar="FILE", help="settings; default: readiness.yaml")
    examining.add_argument("--profile", metavar="NAME", help="under this profile")
    examining.add_argument("--target", metavar="URL", help="this URL instead of the target")
    listing = commands.add_parser("list", help="the bundled checks, one line each")
    listing.add_argument("--phase", help="only this phase")
    listing.add_argument("--domain", help="only this domain")
    listing.add_argument(
        "--effects", action="store_true", help="by what each does to the target and sends"
    )
    explaining = commands.add_parser("explain", help="one check: why it matters and how to mend it")
    explaining.add_argument("id")
    recomputing = commands.add_parser(
        "recompute", help="recompute score and verdict of a record; 1 when they differ"
    )
    recomputing.add_argument("record", type=Path, metavar="readiness.json")
    rendering = commands.add_parser("report", help="render a record again, without running")
    rendering.add_argument("record", type=Path, metavar="readiness.json")
    rendering.add_argument(
        "--format", action="append", metavar="NAME", help="only this one; may be given again"
    )
    rendering.add_argument(
        "--output", type=Path, metavar="DIR", help="default: the folder of the record"
    )
    rendering.add_argument(
        "--without-evidence",
        action="store_true",
        help="for sharing: leave out requests, answers and tracebacks, the record's too",
    )
    cli_signing.add_commands(commands)
    merging = commands.add_parser(
        "merge", help="join the records of one audit that several machines shared"
    )
    merging.add_argument("records", type=Path, nargs="+", metavar="RECORD", help="file or folder")
    merging.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        default=Path("readiness-report"),
        help="folder of the joined report; default: readiness-report",
    )
    merging.add_argument(
        "--accept", choices=["conditional"], help="exit with 0 on CONDITIONAL GO, not with 11"
    )
    comparing = commands.add_parser(
        "diff", help="what changed between two records; 1 when something is new or worse"
    )
    comparing.add_argument("before", type=Path, metavar="A", help="record, or folder with one")
    comparing.add_argument("after", type=Path, metavar="B", help="record, or folder with one")
    comparing.add_argument("--json", action="store_true", help="as JSON")
    waiving = commands.add_parser("waive", help="accept a finding until a day, in waivers.yaml")
    waiving.add_argument("check", metavar="CHECK", help="id of the check")
    waiving.add_argument("--subject", metavar="GLOB", help="default: the one that is open")
    waiving.add_argument("--reason", required=True, metavar="TEXT", help="why that is acceptable")
    waiving.add_argument("--owner", required=True, metavar="NAME", help="who mends it by then")
    waiving.add_argument(
        "--approver", default="", metavar="NAME", help="who agrees; needed for a P0 or P1"
    )
    waiving.add_argument("--until", required=True, metavar="DATE", help="last day, 2026-12-31")
    waiving.add_argument(
        "--record", type=Path, metavar="FILE", help="default: readiness-report/readiness.json"
    )
    waiving.add_argument(
        "--pin", action="store_true", help="only while what is seen is what the record says"
    )
    return parser


def _init(options: argparse.Namespace) -> int:
    import os

    from pytest_readiness.initialise import CannotInitialise, initialise

    output = None if options.output == "-" else Path(options.output)
    try:
        written = initialise(
            Path(), url=options.url, output=output, force=options.force, environ=os.environ
        )
    except (CannotInitialise, OSError) as error:
        sys.stderr.write(f"readiness: {error}\n")
        return USAGE_ERROR
    if written.path is None:
        sys.stdout.write(written.draft.text)
        return 0
    for line in written.summary():
        sys.stdout.write(f"{line}\n")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from pytest_readiness.doctor import CannotExamine, examine

    try:
        lines = examine(config=options.config, profile=options.profile, target=options.target)
    except CannotExamine as error:
        sys.stderr.write(f"readiness: {error}\n")
        return USAGE_ERROR
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 0


def _list(options: argparse.Namespace) -> int:
    from pytest_readiness.catalogue import bundled_checks

    wanted = [
        check
        for check in bundled_checks()
        if options.phase in {None, check.phase} and options.domain in {None, check.domain}
    ]
    if options.effects:
        return _list_effects(wanted)
    for check in wanted:
        sys.stdout.write(
            f"{check.priority} {check.phase:<13} {check.domain:<14} {check.id:<28} {check.title}\n"
        )
    return 0


def _list_effects(checks: Sequence[Check]) -> int:
    from pytest_readiness.model import Effect
    from pytest_readiness.needs import bundled_fixtures, sending

    fixtures = bundled_fixtures()
    consent = {
        Effect.READS: "no consent needed",
        Effect.INTRUSIVE: "on what the audit started, or with `authorized`",
        Effect.DISRUPTIVE: "with --readiness-disruptive, on what the audit started",
    }
    for effect in Effect:
        ours = [check for check in checks if check.effect is effect]
        sys.stdout.write(f"{effect}: {len(ours)} checks, {consent[effect]}\n")
        for check in ours:
            said = sending(check, fixtures[check.id]).what
            sys.stdout.write(f"  {check.priority} {check.id:<30} {said}\n")
    return 0


def _explain(options: argparse.Namespace) -> int:
    import difflib

    from pytest_readiness.catalogue import bundled_checks
    from pytest_readiness.needs import bundled_fixtures, sending

    checks = {check.id: check for check in bundled_checks()}
    if options.id not in checks:
        close = difflib.get_close_matches(options.id, checks, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "; `readiness list` shows them all"
        sys.stderr.write(f"readiness: there is no check {options.id!r}{hint}\n")
        return USAGE_ERROR
    check = checks[options.id]
    what = sending(check, bundled_fixtures()[check.id]).what
    sys.stdout.write(explanation(check, what) + "\n")
    return 0


def explanation(check: Check, sends: str) -> str:
    """Text of one check for a terminal of 80 columns; ``sends`` is what it sends to the target."""
    consent = "" if check.effect == "reads" else "; needs consent"
    place = f"{check.priority}, {check.phase} (day {check.phase.day}), {check.domain}"
    paragraphs = [
        f"{check.id}: {check.title}",
        f"{place}; mended by a change of {check.change}; sends {sends}{consent}",
        f"Why: {check.why}",
        f"Fix: {check.fix}",
        f"References: {', '.join(check.refs)}",
        f"Source: {check.source}",
        f"""Alone: pytest --readiness -m "readiness(id='{check.id}')\"""",
    ]
    return "\n\n".join(textwrap.fill(text, 80, subsequent_indent="  ") for text in paragraphs)


def _report(options: argparse.Namespace) -> int:
    from pytest_readiness.publish import FORMATS, UnknownFormatError, publish

    report = _read(options.record)
    if report is None:
        return USAGE_ERROR
    folder = options.output or options.record.parent
    formats = options.format or [name for name in FORMATS if name != "json"]
    try:
        sign_offs = cli_signing.sign_offs_of(report, options.record)
        if options.without_evidence:
            formats = options.format or list(FORMATS)
            report = cli_signing.copy_for_sharing(report, options.record, options.output)
        folder.mkdir(parents=True, exist_ok=True)
        written = publish(report, folder, formats, sign_offs)
    except (UnknownFormatError, cli_signing.Refused, OSError) as error:
        sys.stderr.write(f"readiness: {error}\n")
        return USAGE_ERROR
    for path in written:
        sys.stdout.write(f"{path}\n")
    cli_signing.say_sign_offs(report, sign_offs)
    return 0


def _diff(options: argparse.Namespace) -> int:
    import json
    import shutil

    from pytest_readiness.baseline import BaselineError, of_one_repository, read
    from pytest_readiness.comparison import compare, got_worse
    from pytest_readiness.reports import changes

    try:
        before, after = read(options.before), read(options.after)
        of_one_repository(before, after)
    except BaselineError as error:
        sys.stderr.write(f"readiness: {error}\n")
        return USAGE_ERROR
    found = compare(before, after)
    if options.json:
        sys.stdout.write(json.dumps(found, default=vars, indent=2) + "\n")
    else:
        width = shutil.get_terminal_size().columns
        encoding = sys.stdout.encoding or "ascii"
        plain = not encoding.lower().startswith("utf")
        for line in changes.render(before, after, found, width=width, ascii=plain):
            sys.stdout.write(f"{line}\n")
    return 1 if any(map(got_worse, found.findings)) else 0


def _merge(options: argparse.Namespace) -> int:
    """Join, publish, and exit as the audit would have."""
    from pytest_readiness.merge import MergeError, merge
    from pytest_readiness.publish import publish
    from pytest_readiness.verdict import exit_code

    paths = [path / "readiness.json" if path.is_dir() else path for path in options.records]
    shards = {str(path): _read(path) for path in paths}
    known = {name: report for name, report in shards.items() if report is not None}
    if len(known) < len(shards):
        return USAGE_ERROR
    try:
        joined = merge(known)
        options.output.mkdir(parents=True, exist_ok=True)
        publish(joined, options.output)
    except MergeError as error:
        for line in str(error).splitlines():
            sys.stderr.write(f"readiness: these are no parts of one audit: {line}\n")
        return USAGE_ERROR
    except OSError as error:
        sys.stderr.write(f"readiness: {error}\n")
        return USAGE_ERROR
    if any(report.comparison for report in known.values()):
        sys.stdout.write("the comparisons of the parts are left out: each saw a part only\n")
    for reason in joined.judgement.reasons:
        sys.stdout.write(f"{reason}\n")
    place = options.output / "readiness.json"
    sys.stdout.write(f"{len(known)} records give {joined.judgement.verdict}: {place}\n")
    return exit_code(
        joined.judgement,
        joined.selection,
        collected=len(joined.checks),
        accept_conditional=options.accept == "conditional",
    )


def _waive(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from pytest_readiness.model import Waiver
    from pytest_readiness.waiving import CannotWaive, settings_folder, waive

    folder = settings_folder(Path.cwd())
    path = options.record or folder / "readiness-report" / "readiness.json"
    record = _read(path) if options.record or path.is_file() else None
    if record is None and (options.record or path.is_file()):
        return USAGE_ERROR
    wanted = Waiver(
        check=options.check,
        subject=options.subject or "",
        reason=" ".join(options.reason.split()),
        owner=options.owner,
        expires=options.until,
        approver=options.approver,
    )
    try:
        done = waive(
            folder,
            wanted,
            record=record,
            anywhere=options.subject is None,
            pin=options.pin,
            today=datetime.now(UTC).date(),
        )
    except (CannotWaive, OSError) as error:
        sys.stderr.write(f"readiness: {error}\n")
        return USAGE_ERROR
    for line in done.lines(path if record else None):
        sys.stdout.write(f"{line}\n")
    return 0


def _read(path: Path) -> AuditReport | None:
    """The record in a file; None when it cannot be read, and that has been said."""
    from pytest_readiness.reports.json import RecordError, parse

    try:
        return parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        sys.stderr.write(f"readiness: {path}: {error.strerror or error}\n")
    except (RecordError, UnicodeDecodeError) as error:
        sys.stderr.write(f"readiness: {path}: {error}\n")
    return None


def _recompute(options: argparse.Namespace) -> int:
    from pytest_readiness.recompute import recompute

    report = _read(options.record)
    if report is None:
        return USAGE_ERROR
    differences = recompute(report)
    for difference in differences:
        sys.stdout.write(f"differs: {difference}\n")
    if not differences:
        verdict = report.judgement.verdict
        sys.stdout.write(f"{len(report.findings)} findings give {verdict}, as the record says\n")
    return 1 if differences else 0
