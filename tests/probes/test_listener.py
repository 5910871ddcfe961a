"""The listener serves what it was given, keeps what was asked, and is gone afterwards."""

from __future__ import annotations

import pytest
import requests

from pytest_readiness.probes.listener import listening


def test_it_serves_and_counts_and_ends() -> None:
    with listening({"/keys": "{}"}) as listener:
        served = requests.get(f"{listener.url}/keys?a=1", timeout=5)
        missing = requests.get(f"{listener.url}/other", timeout=5)
        assert (served.status_code, served.text) == (200, "{}")
        assert missing.status_code == 404
        assert listener.asked == ["/keys?a=1", "/other"]
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{listener.url}/keys", timeout=5)
