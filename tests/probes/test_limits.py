"""Every way in which servers say how long to wait."""

from __future__ import annotations

import pytest
from urllib3 import HTTPHeaderDict

from pytest_readiness.probes.limits import named, seconds_to_wait


NOW = 1_772_366_400.0  # Sunday, 1 March 2026, noon


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "30"}, 30),
        ({"retry-after": " 0 "}, 0),
        ({"Retry-After": "Sun, 01 Mar 2026 12:00:45 GMT"}, 45),
        ({"Retry-After": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "soon", "RateLimit-Reset": "5"}, None),
        ({"RateLimit-Reset": "12"}, 12),
        ({"X-RateLimit-Reset": "1772366460"}, 60),
        ({"X-RateLimit-Reset": "1772366460.5"}, 60.5),
        ({"X-RateLimit-Reset": "1772366300"}, 0),
        ({"X-RateLimit-Reset": "tomorrow"}, None),
        ({"RateLimit": "limit=100, remaining=0, reset=50"}, 50),
        ({"RateLimit": '"default";r=0;t=30'}, 30),
        ({"RateLimit": '"default";r=50'}, None),
        ({"Retry-After": "7", "RateLimit-Reset": "60"}, 7),
        ({"Retry-After": "²"}, None),
    ],
)
def test_it_is_read_as_the_server_means_it(headers: dict[str, str], seconds: float | None) -> None:
    assert seconds_to_wait(HTTPHeaderDict(headers), now=NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        ({"RateLimit-Limit": "60"}, 60),
        ({"X-RateLimit-Limit": "60, 60;w=60, 1000;w=3600"}, 60),
        ({"RateLimit-Policy": "100;w=60"}, 100),
        ({"RateLimit-Policy": '"burst";q=100;w=60, "day";q=5000;w=86400'}, 100),
        ({"RateLimit": "limit=10, remaining=3, reset=7"}, 10),
        ({"RateLimit-Limit": "many"}, None),
        ({}, None),
    ],
)
def test_the_limit_that_an_answer_names(headers: dict[str, str], limit: int | None) -> None:
    assert named(HTTPHeaderDict(headers)) == limit
