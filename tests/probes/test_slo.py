"""Objectives of every format are read, and what each of them does not say."""

from __future__ import annotations

import pytest

from pytest_readiness.model import Location
from pytest_readiness.probes.slo import INDICATOR, TARGET, WINDOW, is_named_so, parse
from pytest_readiness.probes.unreadable import UnreadableFile


def missing(text: str) -> list[frozenset[str]]:
    return [one.missing for one in parse(text, "slo.yaml").objectives]


OPENSLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  INDICATOR
  timeWindow: [{duration: 28d, isRolling: true}]
  objectives: [{target: 0.995}]
"""
RATIO = "indicator: {metadata: {name: ratio}, spec: {ratioMetric: {good: x, total: y}}}"


def test_an_openslo_document_is_complete() -> None:
    [objective] = parse("---\n" + OPENSLO.replace("INDICATOR", RATIO), "slo.yaml").objectives
    assert objective.name == "availability"
    assert objective.missing == frozenset()
    assert objective.location == Location("slo.yaml", 2)


@pytest.mark.parametrize(
    ("old", "new", "lacks"),
    [
        ("INDICATOR", "description: none", {INDICATOR}),
        ("INDICATOR", "indicator: {}", {INDICATOR}),
        ("target: 0.995", "displayName: good", {TARGET}),
        ("target: 0.995", "target: TBD", {TARGET}),
        ("target: 0.995", "targetPercent: 99.5", set()),
        ("[{target: 0.995}]", "[]", {TARGET}),
        ("[{duration: 28d, isRolling: true}]", "[]", {WINDOW}),
        ("[{duration: 28d, isRolling: true}]", "[{isRolling: true}]", {WINDOW}),
    ],
)
def test_what_an_openslo_document_lacks_is_named(old: str, new: str, lacks: set[str]) -> None:
    text = OPENSLO.replace(old, new).replace("INDICATOR", RATIO)
    assert missing(text) == [frozenset(lacks)]


def test_an_indicator_may_stand_in_another_document() -> None:
    text = OPENSLO.replace("INDICATOR", "indicatorRef: ratio")
    text += "---\napiVersion: openslo/v1\nkind: SLI\nmetadata: {name: ratio}\n"
    found = parse(text, "slo.yaml")
    assert found.objectives[0].reference == "ratio"
    assert found.indicators == {"ratio"}


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        (
            "version: prometheus/v1\nslos: [{name: a, objective: 99.9, sli: {events: {q: x}}}]",
            [set()],
        ),
        ("version: prometheus/v1\nslos: [{name: a, sli: {}}]", [{INDICATOR, TARGET}]),
        (
            "apiVersion: pyrra.dev/v1alpha1\nspec: {target: '99', window: 2w, indicator: {r: x}}",
            [set()],
        ),
        ("slos:\n- {name: a, sli: p95, target: '< 300 ms', window: 28d}", [{TARGET}]),
        ("slos:\n- {name: a, sli: p95, target: 99.5 %, window: 28d}", [set()]),
        ("window: 28d\nslos:\n  fast: {query: x, target: 0.99}", [set()]),
        ("objectives: [{name: a}]", [{INDICATOR, TARGET, WINDOW}]),
        ("name: a\nindicator: x\ntarget: 0.9\nwindow: 7d", [set()]),
        ("slos: []", []),
        ("nothing: here", []),
        ("", []),
    ],
)
def test_other_formats_are_read_too(text: str, lacks: list[set[str]]) -> None:
    assert missing(text) == [frozenset(one) for one in lacks]


def test_broken_yaml_is_said() -> None:
    with pytest.raises(UnreadableFile):
        parse("slos: [", "slo.yaml")


@pytest.mark.parametrize(
    ("path", "promises"),
    [
        ("slo.yaml", True),
        ("ops/api-slos.yml", True),
        ("slo.api.yaml", True),
        ("service-level-objectives.yaml", True),
        ("slow.yaml", False),
        ("oslo.yaml", False),
        ("slovenia.yml", False),
    ],
)
def test_a_name_promises_objectives(path: str, promises: bool) -> None:
    assert is_named_so(path) is promises
