"""What other scanners say of the same running application, beside the labelled flaws.

``python benchmarks/detection/rivals.py labels/vampi.yaml --url http://127.0.0.1:8000
--openapi ../VAmPI/openapi_specs/openapi3.yml --header "Authorization: Bearer ..."``

wapiti, schemathesis and shcheck are external commands, each given the same seconds. A flaw counts
as found when a report names its kind, and the operation where the label names one. wapiti's
modules for request forgery and XML are left out: they wait for a server of its author.
On loopback only.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

import yaml
from detect import FOLDER, LOOPBACK


WAPITI_MODULES = (
    "backup,brute_login_form,cookieflags,crlf,csp,csrf,exec,file,http_headers,methods,"
    "permanentxss,redirect,sql,timesql,xss"
)
# Names of categories, as they stand in the reports of wapiti 3.2.
WAPITI_KINDS = (
    (r"SQL Injection", "sql-injection"),
    (r"Command execution", "command-injection"),
    (r"Path Traversal", "path-traversal"),
    (r"Cross Site Scripting", "cross-site-scripting"),
    (r"Cross Site Request Forgery", "request-forgery-by-page"),
    (r"Weak credentials", "credentials"),
    (r"HttpOnly|Secure Flag", "cookie"),
    (r"Full Path|Information Disclosure|Backup file", "information-disclosure"),
    (r"Open Redirect", "redirect"),
    (r"Content Security|Clickjacking|MIME|Strict Transport|HTTP Secure Headers", "headers"),
)
# Titles of failures, as they stand in the JUnit reports of schemathesis 3.39.
SCHEMATHESIS_KINDS = (
    (r"without authentication|[Aa]uthentication declared but not enforced", "authentication"),
    (r"Server error", "server-error"),
    (r"", "contract"),
)


@dataclass(frozen=True)
class Claim:
    """A rival says that something is wrong."""

    kind: str
    path: str
    """The path of the operation; a template when it was read from a document."""
    title: str

    def names(self, flaw: dict[str, Any]) -> bool:
        """Whether it is about that flaw: its kind, and its operation where one is labelled."""
        if self.kind != flaw.get("kind"):
            return False
        labelled = flaw.get("where", "")
        if "/" not in labelled or labelled.endswith(".py"):
            return not labelled or "/" not in labelled
        path = labelled[labelled.index("/") :].rstrip("/")
        pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(path))
        return bool(re.match(pattern + r"(/[^/]*)?/?$", unquote(self.path)))


@dataclass(frozen=True)
class Result:
    claims: tuple[Claim, ...]
    seconds: float
    remark: str = ""


def kind_of(title: str, kinds: tuple[tuple[str, str], ...]) -> str:
    return next((kind for words, kind in kinds if re.search(words, title)), "other")


def run(command: list[str], seconds: float, output: Path) -> tuple[float, str]:
    """Its seconds, and a remark where it had to be stopped."""
    begin = time.perf_counter()
    with output.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
        try:
            process.wait(seconds)
            remark = ""
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # both write what they have
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            remark = f"stopped after {seconds:.0f} s"
    return time.perf_counter() - begin, remark


def wapiti(program: str, options: argparse.Namespace, folder: Path) -> Result:
    report = folder / "wapiti.json"
    command = [program, "-u", options.url, "-m", WAPITI_MODULES, "-f", "json", "-o", str(report)]
    command += ["--flush-session", "--no-bugreport", "--store-session", str(folder / "session")]
    command += ["--max-scan-time", str(options.seconds * 0.4)]
    command += ["--max-attack-time", str(options.seconds * 0.2), "-v", "0"]
    command += ["--swagger", str(options.openapi)] if options.openapi else []
    command += ["-C", options.cookie] if options.cookie else []
    for header in options.header:
        command += ["-H", header]
    seconds, remark = run(command, options.seconds, folder / "wapiti.txt")
    if not report.exists():
        return Result((), seconds, f"{remark} no report".strip())
    said = json.loads(report.read_text(encoding="utf-8"))
    claims = {
        Claim(kind_of(title, WAPITI_KINDS), urlsplit(one["path"]).path, title)
        for title, found in {**said["vulnerabilities"], **said["anomalies"]}.items()
        for one in found
    }
    return Result(tuple(claims), seconds, remark)


def schemathesis(program: str, options: argparse.Namespace, folder: Path) -> Result:
    report = folder / "schemathesis.xml"
    command = [program, "run", str(options.openapi), "--base-url", options.url, "-c", "all"]
    command += ["--hypothesis-seed", "1", "--junit-xml", str(report)]
    for header in options.header:
        command += ["-H", header]
    seconds, remark = run(command, options.seconds, folder / "schemathesis.txt")
    if not report.exists() or not report.stat().st_size:
        return Result((), seconds, f"{remark} no report".strip())
    claims = set()
    # S314: the program that we just ran wrote it.
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314
        for failure in case.iter("failure"):
            title = failure.get("message") or failure.text or ""
            path = (case.get("name") or "").partition(" ")[2]
            claims |= {
                Claim(kind_of(line, SCHEMATHESIS_KINDS), path, line)
                for line in re.findall(r"(?:^|\s)- ([A-Z][\w -]+?)(?=\s{2}|$)", title)
            }
    return Result(tuple(claims), seconds, remark)


def shcheck(program: str, options: argparse.Namespace, folder: Path) -> Result:
    output = folder / "shcheck.txt"
    seconds, remark = run([program, "-j", "-g", "-d", options.url], options.seconds, output)
    text = output.read_text(encoding="utf-8")
    if "{" not in text:
        return Result((), seconds, f"{remark} no report".strip())
    said = json.loads(text[text.index("{") :])
    claims = [
        Claim("headers", "/", f"{name} missing")
        for one in said.values()
        for name in one.get("missing", ())
    ]
    return Result(tuple(claims), seconds, remark)


RIVALS = {"wapiti": wapiti, "schemathesis": schemathesis, "shcheck.py": shcheck}


def main() -> int:
    """Print, for each rival, the labelled flaws that it found, and what else it says."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("labels", type=Path)
    parser.add_argument("--url", required=True, help="of the running application, on loopback")
    parser.add_argument(
        "--openapi", type=Path, help="its document; the labels' own when they have one"
    )
    parser.add_argument("--header", action="append", default=[], help="Name: value, of a login")
    parser.add_argument("--cookie", default="", help="name=value, of a login")
    parser.add_argument("--bin", help="folder of their programs; those on the path otherwise")
    parser.add_argument("--seconds", type=float, default=180.0, help="for each")
    parser.add_argument("--only", choices=sorted(RIVALS), action="append")
    parser.add_argument("--keep", type=Path, help="folder for their reports")
    options = parser.parse_args()
    if urlsplit(options.url).hostname not in LOOPBACK:
        sys.exit(f"{options.url}: only loopback is attacked here")
    labels = yaml.safe_load(options.labels.read_text(encoding="utf-8"))
    if options.openapi is None and "document" in labels:
        options.openapi = FOLDER / "labels" / labels["document"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if options.openapi is not None:
            options.openapi = served_here(options.openapi, options.url, folder)
        compare(labels, options, folder)
    return 0


def served_here(document: Path, url: str, folder: Path) -> Path:
    """A copy of the document that names this address alone; wapiti leaves out all others."""
    said = yaml.safe_load(document.read_text(encoding="utf-8"))
    copy = folder / "openapi.json"
    copy.write_text(json.dumps({**said, "servers": [{"url": url.rstrip("/")}]}, default=str))
    return copy


def compare(labels: dict[str, Any], options: argparse.Namespace, folder: Path) -> None:
    """Run each rival and print what it said."""
    within = [one for one in labels["flaws"] if not one.get("out_of_scope")]
    print(f"{labels['application']}, {labels['version']}: {len(within)} flaws within scope")
    for name in options.only or RIVALS:
        program = shutil.which(name, path=options.bin)
        if program is None:
            print(f"  {name}: not installed, not run")
            continue
        if name == "schemathesis" and options.openapi is None:
            print(f"  {name}: not run, there is no OpenAPI document")
            continue
        result = RIVALS[name](program, options, folder)
        found = [one["id"] for one in within if any(claim.names(one) for claim in result.claims)]
        beyond = [
            one["id"]
            for one in labels["flaws"]
            if one.get("out_of_scope") and any(claim.names(one) for claim in result.claims)
        ]
        print(f"  {name}: {len(found)} of {len(within)} in {result.seconds:.0f} s", end="")
        print(f", {result.remark}" if result.remark else "", end="")
        print(f": {', '.join(found) or 'none'}", end="")
        print(f"; beyond our scope: {', '.join(beyond)}" if beyond else "")
        for title in sorted({f"{one.kind}: {one.title}" for one in result.claims}):
            paths = {one.path for one in result.claims if f"{one.kind}: {one.title}" == title}
            print(f"    {title[:90]} ({', '.join(sorted(paths)[:3])})")


if __name__ == "__main__":
    sys.exit(main())
