"""Which of an image's digests names it; no engine is needed to say."""

from __future__ import annotations

import pytest

from pytest_readiness.probes.containers import digest_of


KNOWN = ("mirror:5000/shop/api@sha256:aa", "shop/api@sha256:bb")


@pytest.mark.parametrize(
    ("name", "known", "digest"),
    [
        ("shop/api:1", KNOWN, "sha256:bb"),
        ("shop/api", KNOWN, "sha256:bb"),
        ("mirror:5000/shop/api", KNOWN, "sha256:aa"),
        ("mirror:5000/shop/api:2", KNOWN, "sha256:aa"),
        ("shop/api@sha256:bb", KNOWN, "sha256:bb"),
        ("sha256:cc", KNOWN, "sha256:aa"),
        ("built", (), ""),
    ],
)
def test_the_registry_that_was_asked_comes_first(
    name: str, known: tuple[str, ...], digest: str
) -> None:
    assert digest_of(name, known) == digest
