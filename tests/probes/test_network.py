"""What a browser's log says of requests in the clear."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from pytest_readiness.probes.browser import PROGRAMS
from pytest_readiness.probes.network import asked_in_clear
from tests.servers import certificate, unused_port
from tests.target import target


if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, PROGRAMS)), reason=f"none of {', '.join(PROGRAMS)} is installed"
)


@pytest.mark.parametrize(
    ("variant", "asked"),
    [
        ("late-request", ("http://api.example.net/rates",)),
        ("late-socket", ("ws://api.example.net/feed",)),
        ("late-request-to-itself", ()),
    ],
)
def test_requests_of_scripts_in_the_clear_are_seen(
    variant: str, asked: tuple[str, ...], tmp_path: Path
) -> None:
    defects = {f"page-with:{variant}", "headers:policy-absent"}
    with target(defects, certificate=certificate(tmp_path)) as server:
        assert asked_in_clear(f"{server.url}/") == asked


def test_a_page_that_cannot_be_loaded_says_nothing() -> None:
    assert asked_in_clear(f"https://127.0.0.1:{unused_port()}/", seconds=2) is None
