"""Draw docs/audit.svg and docs/report-*.png from a real run: ``python docs/screenshot.py``.

It audits the example in a terminal of 80 columns, draws what pytest printed, from the scorecard to
the report's path, and photographs the report in the Chromium of this machine, light and dark.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path


TOP = Path(__file__).resolve().parent.parent
PICTURE = TOP / "docs" / "audit.svg"
EXAMPLE = TOP / "examples" / "orchestrator"
REPORT = EXAMPLE / "readiness-report" / "index.html"
COMMAND = "pytest --readiness"
FIRST, LAST = "production readiness ===", "Report: "
WIDTH, LINE, LEFT, HEAD = 8.0, 17, 16, 50
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "36": "#76e3ea"}
CODE = re.compile(r"\x1b\[([0-9;]*)m")


def main() -> None:
    lines = [f"$ {COMMAND}", *audited()]
    PICTURE.write_text(picture(lines), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(TOP)}: {len(lines)} lines\n")
    for path in photographs():
        sys.stdout.write(f"{path.relative_to(TOP)}: {path.stat().st_size} bytes\n")


def audited() -> list[str]:
    """Lines of a run, with their colours."""
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--readiness", "--color=yes", "-p", "no:cacheprovider"],
        cwd=EXAMPLE,
        env={**os.environ, "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    lines = run.stdout.splitlines()
    plain = [CODE.sub("", line) for line in lines]
    begin = next(place for place, line in enumerate(plain) if FIRST in line)
    end = next(place for place, line in enumerate(plain) if line.startswith(LAST))
    return lines[begin : end + 1]


def photographs() -> list[Path]:
    """What the report shows above the fold."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    paths = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=scheme)
            page.goto(REPORT.as_uri())
            paths.append(TOP / "docs" / f"report-{scheme}.png")
            page.screenshot(path=paths[-1])
        browser.close()
    return paths


def picture(lines: list[str]) -> str:
    """The lines as an SVG that looks like a terminal."""
    width, height = int(LEFT * 2 + 80 * WIDTH), HEAD + LINE * len(lines)
    rows = "\n".join(
        f'<text x="{LEFT}" y="{HEAD + LINE * number}" xml:space="preserve">{spans(line)}</text>'
        for number, line in enumerate(lines)
    )
    buttons = "".join(
        f'<circle cx="{20 + 18 * number}" cy="18" r="6" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img">\n'
        f'<rect width="100%" height="100%" rx="8" fill="#0d1117"/>{buttons}\n'
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"'
        ' font-size="13.3" fill="#e6edf3">\n'
        f"{rows}\n</g>\n</svg>\n"
    )


def spans(line: str) -> str:
    """One line with a span for each stretch of one colour."""
    drawn, codes = [], set[str]()
    parts = CODE.split(line)
    for place, part in enumerate(parts):
        if place % 2:
            new = set(part.split(";")) - {""}
            codes = set() if not new or "0" in new else codes | new
        elif part:
            colour = next((COLOURS[code] for code in codes if code in COLOURS), "")
            style = (f' fill="{colour}"' if colour else "") + (
                ' font-weight="bold"' if "1" in codes else ""
            )
            drawn.append(f"<tspan{style}>{escape(part)}</tspan>" if style else escape(part))
    return "".join(drawn)


if __name__ == "__main__":
    main()
