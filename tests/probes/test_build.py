"""A commit is read where systems report one, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest

from pytest_readiness.probes.build import reported_commit


COMMIT = "4c1f0e6a9b2d7f8091a2b3c4d5e6f708192a3b4c"


@pytest.mark.parametrize(
    ("headers", "body", "found"),
    [
        ({"X-Git-Sha": COMMIT}, "", COMMIT),
        ({"x-commit": "4C1F0E6"}, "", "4c1f0e6"),
        ({"X-Build-Commit": COMMIT}, "not JSON", COMMIT),
        ({}, {"status": "ok", "commit": COMMIT}, COMMIT),
        ({}, {"git_sha": "4c1f0e6"}, "4c1f0e6"),
        ({}, {"revision": COMMIT}, COMMIT),
        ({}, {"build": {"gitCommit": COMMIT, "number": 7}}, COMMIT),
        ({}, {"git": {"branch": "main", "commit": {"id": "4c1f0e6", "time": "now"}}}, "4c1f0e6"),
        ({}, {"components": {"db": {"id": COMMIT}}}, ""),
        ({}, {"build": "20261121"}, ""),
        ({}, {"version": "1.2.3", "commit": "unknown"}, ""),
        ({"X-Request-Id": COMMIT, "ETag": COMMIT}, {"trace": COMMIT}, ""),
        ({}, [COMMIT], ""),
        ({}, "[" * 30_000, ""),
        ({}, "", ""),
    ],
)
def test_what_is_taken_for_a_commit(headers, body, found: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    assert reported_commit(headers, text) == found
