"""Hold the checks of files against labelled corpora: ``python benchmarks/corpora.py FOLDER``.

The folder has a ``labels.json`` of rows ``{corpus, rule, verdict, path}``. Each case is audited as
a repository of its own, by the check that means the same as the corpus's rule; the table shows
how often the two agree, and every disagreement with what our check said.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Meaning:
    """The check that means the same as a rule, and which of its findings speak about it."""

    check: str
    says: tuple[str, ...] = ()
    """A failure counts only when its message has one of these; a check may judge more."""


MEANINGS = {
    ("checkov", "RootUser"): Meaning("root-container"),
    ("checkov", "UserExists"): Meaning("root-container"),
    ("checkov", "ReferenceLatestTag"): Meaning("floating-base-image"),
    ("checkov", "HealthcheckExists"): Meaning("missing-healthcheck"),
    ("polaris", "cpuRequestsMissing"): Meaning("unlimited-container", ("a cpu request",)),
    ("polaris", "memoryRequestsMissing"): Meaning("unlimited-container", ("a memory request",)),
    ("polaris", "memoryLimitsMissing"): Meaning("unlimited-container", ("a memory limit",)),
    ("polaris", "readinessProbeMissing"): Meaning("missing-probes", ("no readiness probe",)),
    ("polaris", "livenessProbeMissing"): Meaning("missing-probes", ("no liveness probe",)),
    ("polaris", "hostIPCSet"): Meaning("privileged-pod", ("hostIPC",)),
    ("polaris", "hostNetworkSet"): Meaning("privileged-pod", ("hostNetwork",)),
    ("polaris", "hostPIDSet"): Meaning("privileged-pod", ("hostPID",)),
    ("polaris", "hostProcess"): Meaning("privileged-pod"),
    ("polaris", "runAsPrivileged"): Meaning("privileged-pod", ("is privileged",)),
    ("kube-score", "Container Resources"): Meaning("unlimited-container"),
    ("kube-score", "Pod Probes"): Meaning("missing-probes", ("no readiness", "no liveness")),
    ("kube-score", "Pod Probes Identical"): Meaning("missing-probes", ("asks the same",)),
    ("promtool", "check rules"): Meaning("unreadable-deployment-file"),
}
"""Rules that no check of ours means are counted and not judged."""

REASONS = {
    ("polaris", "livenessProbeMissing"): "a container without ports serves nobody",
    ("polaris", "readinessProbeMissing"): "a container without ports serves nobody",
    ("kube-score", "Container Resources"): "Kubernetes takes a limit for the request too",
    ("promtool", "check rules"): "a file of unit tests is no rule file",
}
"""Why we differ where we mean to."""

FAILING = {"fail", "warn"}
LIGHT = ("-p", "no:cacheprovider", "-p", "no:html", "-p", "no:hypothesispytest")
DOCKERFILE = "Dockerfile"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder with labels.json")
    parser.add_argument("--quiet", action="store_true", help="no list of disagreements")
    options = parser.parse_args()
    rows = json.loads((options.folder / "labels.json").read_text(encoding="utf-8"))
    judged = [row for row in rows if (row["corpus"], row["rule"]) in MEANINGS]
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        findings = audit_all(options.folder, judged, Path(scratch))
    seconds = time.perf_counter() - started
    show(judged, findings, quiet=options.quiet)
    others = len({(row["corpus"], row["rule"]) for row in rows}) - len(
        {(row["corpus"], row["rule"]) for row in judged}
    )
    print(f"\n{len(judged)} cases in {seconds:.0f} s; {others} rules that no check means.")
    return 0


def audit_all(folder: Path, rows: list[dict[str, str]], scratch: Path) -> dict[str, list[dict]]:
    """Findings by path of the case; each is audited in a folder of its own."""
    places: dict[str, str] = {}
    for row in rows:
        if row["path"] not in places:
            places[row["path"]] = f"case{len(places):03}"
            source = folder / row["path"]
            name = DOCKERFILE if "dockerfile" in row["path"].lower() else source.name
            place = scratch / places[row["path"]]
            place.mkdir()
            shutil.copyfile(source, place / name)
    findings: dict[str, list[dict]] = defaultdict(list)
    checks = sorted({MEANINGS[row["corpus"], row["rule"]].check for row in rows})
    selected = " or ".join(f"readiness(id={check!r})" for check in checks)
    for path, case in places.items():
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--readiness", "-m", selected, *LIGHT],
            cwd=scratch / case,
            env=os.environ | {"PYTEST_ADDOPTS": ""},
            capture_output=True,
            check=False,
        )
        record = scratch / case / "readiness-report" / "readiness.json"
        for finding in json.loads(record.read_text(encoding="utf-8"))["findings"]:
            findings[path].append(finding)
    return findings


def verdict(meaning: Meaning, findings: list[dict]) -> tuple[str, str]:
    """What our check says in the corpus's words, and its message."""
    mine = [one for one in findings if one["check"] == meaning.check]
    outcomes = {one["outcome"] for one in mine}
    said = [
        remark["message"]
        for one in mine
        for remark in one["remarks"]
        if not meaning.says or any(word in remark["message"] for word in meaning.says)
    ]
    if outcomes & {"failed", "warned"} and said:
        return "fail", said[0]
    if outcomes & {"error", "skipped"}:
        return "unknown", next(one["message"] for one in mine if one["message"])
    if outcomes <= {"not applicable"}:
        return "not applicable", mine[0]["message"] if mine else "no finding"
    return "pass", "; ".join(one["message"] for one in mine if one["message"])


def show(rows: list[dict[str, str]], findings: dict[str, list[dict]], *, quiet: bool) -> None:
    counted: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    differ = []
    for row in rows:
        key = row["corpus"], row["rule"]
        wanted = "fail" if row["verdict"] in FAILING else "pass"
        got, message = verdict(MEANINGS[key], findings[row["path"]])
        agrees = got == wanted or (got == "not applicable" and wanted == "pass")
        counted[key][0] += agrees
        counted[key][1] += 1
        if not agrees:
            differ.append((row, got, message))
    print(f"{'corpus':11} {'rule':24} {'check':28} agree")
    for key, (agree, total) in sorted(counted.items()):
        print(f"{key[0]:11} {key[1]:24} {MEANINGS[key].check:28} {agree} of {total}")
    agree, total = (sum(column) for column in zip(*counted.values(), strict=True))
    print(f"{'all':65} {agree} of {total}")
    for row, got, message in () if quiet else differ:
        why = REASONS.get((row["corpus"], row["rule"]), "not explained")
        print(f"\n{row['path']}\n  {row['rule']}: {row['verdict']}; ours: {got}: {message}")
        print(f"  why: {why}")


if __name__ == "__main__":
    sys.exit(main())
