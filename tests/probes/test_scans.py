"""Severities and times of reports, whatever a tool calls them."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.probes import scans
from pytest_readiness.probes.scans import Flaw, Scan, Severity
from pytest_readiness.probes.unreadable import UnreadableFile


@pytest.mark.parametrize(
    ("score", "severity"),
    [
        ("10.0", Severity.CRITICAL),
        (9, Severity.CRITICAL),
        ("8.99", Severity.HIGH),
        (4.0, Severity.MEDIUM),
        ("0.1", Severity.LOW),
        ("0.0", Severity.NONE),
        ("", Severity.UNTOLD),
        (None, Severity.UNTOLD),
        ("11", Severity.UNTOLD),
        ("nan", Severity.UNTOLD),
    ],
)
def test_scores_have_the_ratings_of_cvss(score, severity):
    assert scans.by_score(score) is severity


def test_words_of_tools_mean_severities():
    words = ("CRITICAL", "Important", "moderate", "Negligible", "UNKNOWN", None)
    assert [scans.by_word(word).name for word in words] == [
        "CRITICAL",
        "HIGH",
        "MEDIUM",
        "LOW",
        "UNTOLD",
        "UNTOLD",
    ]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00+00:00"),
        ("2026-11-20T10:00:00.123456789Z", "2026-11-20T10:00:00.123456+00:00"),
        ("2026-11-20T10:00:00", "2026-11-20T10:00:00+00:00"),
        ("2026-11-20T10:00:00+02:00", "2026-11-20T10:00:00+02:00"),
        ("yesterday", None),
        ("", None),
        (5, None),
    ],
)
def test_times_are_those_of_rfc_3339(text, moment):
    found = scans.moment(text)
    assert (found.isoformat() if found else None) == moment


def test_what_is_open_comes_worst_first():
    flaws = (
        Flaw("B", Severity.LOW, ""),
        Flaw("C", Severity.CRITICAL, "x 1", accepted=True),
        Flaw("A", Severity.HIGH, ""),
        Flaw("D", Severity.CRITICAL, "y 1", fix="1.1"),
    )
    scan = Scan("r", "T", flaws=flaws)
    assert [str(flaw) for flaw in scan.open] == ["D (y 1), mended in 1.1", "A", "B"]


KEYS = st.sampled_from(
    [
        *("runs", "version", "tool", "results", "matches", "descriptor", "dependencies"),
        *("vulnerabilities", "bomFormat", "SchemaVersion", "ArtifactName", "auditReportVersion"),
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@given(ANYTHING)
def test_any_json_is_a_report_or_is_told_to_be_none(data):
    with contextlib.suppress(UnreadableFile):
        assert isinstance(scans.parse(json.dumps(data), "report.json"), Scan)
