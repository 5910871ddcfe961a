"""Whether two samples differ."""

from __future__ import annotations

import random

import pytest

from pytest_readiness.probes import ranks


def test_what_is_the_same_does_not_differ() -> None:
    seen = ranks.compare([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0])
    assert (seen.p, seen.difference, seen.lower) == (1.0, 0.0, 2.5)
    assert ranks.compare([5.0] * 30, [5.0] * 30).p == 1.0


def test_what_lies_apart_differs() -> None:
    seen = ranks.compare([10.0 + n for n in range(30)], [100.0 + n for n in range(30)])
    assert seen.p < 1e-9
    assert seen.difference == -90


def test_the_probability_is_that_of_the_tables() -> None:
    # scipy.stats.mannwhitneyu(..., method="asymptotic") gives 0.111347 for these.
    first = [19, 22, 16, 29, 24]
    second = [20, 11, 17, 12]
    assert ranks.compare(first, second).p == pytest.approx(0.1113469, abs=1e-6)


def test_equal_samples_seldom_differ() -> None:
    dice = random.Random(3)
    draws = [
        ranks.compare(*([dice.lognormvariate(0, 1) for _ in range(30)] for _ in range(2))).p
        for _ in range(2000)
    ]
    assert 0.03 < sum(p < 0.05 for p in draws) / len(draws) < 0.07
    assert sum(p < 1e-4 for p in draws) <= 2
