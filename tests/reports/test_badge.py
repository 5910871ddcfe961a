import json
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given

from pytest_readiness.model import Verdict
from pytest_readiness.reports.badge import COLORS, LABEL_COLOR, message, render, render_svg
from tests.runs import FAILED, PASSED, run_of, runs


SVG = "{http://www.w3.org/2000/svg}"


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("color", [*COLORS.values(), LABEL_COLOR])
def test_white_text_can_be_read_on_every_color(color):
    assert 1.05 / (luminance(color) + 0.05) >= 4.5


def test_every_verdict_has_a_color():
    assert set(COLORS) == set(Verdict)


def test_the_endpoint_says_the_verdict_and_the_percentage():
    report = run_of((9, PASSED, "P1", "backend"), (1, FAILED, "P0", "backend")).report()
    assert json.loads(render(report)) == {
        "schemaVersion": 1,
        "label": "readiness",
        "message": "NO-GO, 90.0 %",
        "color": "b3261e",
        "labelColor": "333333",
    }


def test_nothing_assessed_shows_no_percentage():
    assert message(run_of().report()) == "INCOMPLETE"


@given(runs())
def test_the_picture_has_a_name_and_its_text_fits(run):
    report = run.report()
    root = ET.fromstring(render_svg(report))  # noqa: S314 - our own
    assert root.get("role") == "img"
    assert root.get("aria-label") == f"readiness: {message(report)}"
    assert root.findtext(f"{SVG}title") == f"readiness: {message(report)}"
    for text in root.iter(f"{SVG}text"):
        end = float(text.get("x", "")) + float(text.get("textLength", ""))
        assert end <= float(root.get("width", ""))
