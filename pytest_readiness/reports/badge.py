"""``badge.json`` and ``badge.svg``: the verdict in one line, for a README."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from pytest_readiness.model import Verdict
from pytest_readiness.scoring import percent


if TYPE_CHECKING:
    from pytest_readiness.model import AuditReport


LABEL = "readiness"
COLORS = {
    Verdict.GO: "#1b7340",
    Verdict.CONDITIONAL_GO: "#8a5700",
    Verdict.INCOMPLETE: "#5c5c5c",
    Verdict.NO_GO: "#b3261e",
}
"""Dark enough for white text to be read on them (WCAG AA)."""
LABEL_COLOR = "#333333"

_WIDTHS = {" ": 3.9, ".": 4.0, ",": 4.0, "-": 5.0, "I": 4.6, "i": 3.0, "l": 3.0, "%": 11.8}
_UPPER, _OTHER, _MARGIN = 7.8, 6.8, 10  # pixels of 11 px Verdana


def render(report: AuditReport) -> str:
    """JSON for the endpoint badge of shields.io: host the file and give its address."""
    return json.dumps(
        {
            "schemaVersion": 1,
            "label": LABEL,
            "message": message(report),
            "color": COLORS[report.judgement.verdict].removeprefix("#"),
            "labelColor": LABEL_COLOR.removeprefix("#"),
        },
        ensure_ascii=False,
    )


def render_svg(report: AuditReport) -> str:
    """The same as a picture that needs no other server."""
    said = message(report)
    left, whole = _width(LABEL), _width(LABEL) + _width(said)
    name = f"{LABEL}: {said}"
    lines = (
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img"'
            f" aria-label={quoteattr(name)}>"
        ),
        f"<title>{escape(name)}</title>",
        f'<rect width="{whole}" height="20" rx="3" fill="{COLORS[report.judgement.verdict]}"/>',
        f'<path d="M3 0h{left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z" fill="{LABEL_COLOR}"/>',
        (
            '<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"'
            ' aria-hidden="true">'
        ),
        _text(LABEL, 0, left),
        _text(said, left, whole - left),
        "</g>",
        "</svg>",
    )
    return "\n".join(lines) + "\n"


def message(report: AuditReport) -> str:
    """``NO-GO, 71.9 %``; without a percentage where nothing was assessed."""
    verdict, figure = report.judgement.verdict, report.scorecard.readiness
    return str(verdict) if figure is None else f"{verdict}, {percent(figure)}"


def _text(text: str, start: int, width: int) -> str:
    """Text held to its room, whatever font the reader has."""
    room = width - _MARGIN
    return f'<text x="{start + _MARGIN // 2}" y="14" textLength="{room}">{escape(text)}</text>'


def _width(text: str) -> int:
    letters = (_WIDTHS.get(c, _UPPER if c.isupper() else _OTHER) for c in text)
    return round(sum(letters)) + _MARGIN
