"""An unreadable file says where and why."""

from __future__ import annotations

import pickle

from pytest_readiness.probes.unreadable import UnreadableFile


def test_it_names_the_place_and_the_reason():
    error = UnreadableFile("a.yaml", 3, "not valid YAML")
    assert str(error) == "a.yaml:3: not valid YAML"
    assert (error.location.path, error.location.line) == ("a.yaml", 3)
    assert str(UnreadableFile("a", None, "empty")) == "a: empty"


def test_it_crosses_processes():
    error = pickle.loads(pickle.dumps(UnreadableFile("a.yaml", 3, "no")))  # noqa: S301 - our own
    assert (error.path, error.line, error.message) == ("a.yaml", 3, "no")
