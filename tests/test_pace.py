"""The ceiling on requests a second."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_readiness.pace import Pace


def test_the_first_request_goes_at_once() -> None:
    assert Pace().reserve(1) == 0


def test_each_waits_behind_the_one_before() -> None:
    pace = Pace()
    waits = [pace.reserve(0.01) for _ in range(4)]
    assert waits == pytest.approx([0, 100, 200, 300], abs=5)


def test_each_gives_its_own_distance_to_the_next() -> None:
    pace = Pace()
    waits = [pace.reserve(rate) for rate in (0.01, 0.001, 0.01)]
    assert waits == pytest.approx([0, 100, 1100], abs=5)


def test_threads_get_moments_of_their_own() -> None:
    pace = Pace()
    with ThreadPoolExecutor(8) as pool:
        waits = sorted(pool.map(pace.reserve, [0.01] * 40))
    assert waits == pytest.approx([100 * number for number in range(40)], abs=5)
