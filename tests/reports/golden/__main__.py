"""Write the golden documents, and before that the records that are named."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pytest_readiness.publish import publish
from pytest_readiness.recompute import recompute
from pytest_readiness.reports.json import parse, render
from tests.reports.golden import DOCUMENTS, FOLDER, RUNS, recorded


STARTED = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""When the golden runs began, whenever that was."""
COMMIT = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d"


def normalised(text: str) -> str:
    """A record without what differs from run to run: times, ports, made-up names."""
    report = parse(text)
    started = datetime.fromisoformat(report.started)
    for days in range(62):
        old, new = (day + timedelta(days=days) for day in (started, STARTED))
        text = text.replace(f"{old:%Y-%m-%d}", f"<{new:%Y-%m-%d}>")
    text = re.sub(r"<(\d{4}-\d\d-\d\d)>", r"\1", text)
    text = re.sub(r"T\d\d:\d\d:\d\d(\.\d+)?(?=Z|\+00:00)", "T09:00:00", text)
    text = re.sub(r"(127\.0\.0\.1):\d{4,5}", r"\1:8000", text)
    text = re.sub(r"(?<=readiness-)[0-9a-f]{12}", "0" * 12, text)
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", _counted_uuid, text)
    text = re.sub(r"(?<=Reply with: )(\w+)-[0-9a-f]{8}", r"\1-00000000", text)
    report = parse(text.replace(report.commit or COMMIT, COMMIT))
    report = replace(
        report,
        seconds=20.0,
        phase_seconds=dict.fromkeys(report.phase_seconds, 4.0),
        provenance=replace(report.provenance, dirty=()),
        flip=replace(report.flip, seconds=20.0) if report.flip is not None else None,
        findings=tuple(
            replace(
                one,
                seconds=0.0,
                details="" if one.evidence else one.details,
                evidence=tuple(replace(each, milliseconds=1) for each in one.evidence),
            )
            for one in report.findings
        ),
    )
    if problems := recompute(report):
        raise SystemExit("\n".join(["the record does not hold any more:", *problems]))
    return render(report)


def _counted_uuid(found: re.Match[str]) -> str:
    return re.sub(r"[1-9a-f]", "0", found.group())


def main(arguments: list[str]) -> None:
    for argument in arguments:
        run, _, path = argument.partition("=")
        if run not in RUNS:
            raise SystemExit(f"{run!r} is none of {', '.join(RUNS)}")
        record = normalised(Path(path).read_text("utf-8"))
        (FOLDER / f"{run}.json").write_text(f"{record}\n", "utf-8")
    for run in RUNS:
        (FOLDER / run).mkdir(exist_ok=True)
        publish(recorded(run), FOLDER / run, DOCUMENTS)


if __name__ == "__main__":
    main(sys.argv[1:])
