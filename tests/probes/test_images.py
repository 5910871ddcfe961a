"""Image references are taken apart as Docker does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.probes.images import ImageReference


@pytest.mark.parametrize(
    ("text", "registry", "name", "tag", "digest"),
    [
        ("python", "docker.io", "python", "", ""),
        ("python:3.12-slim", "docker.io", "python", "3.12-slim", ""),
        ("acme/api:1", "docker.io", "acme/api", "1", ""),
        ("ghcr.io/a/b:1.2@sha256:ab", "ghcr.io", "a/b", "1.2", "sha256:ab"),
        ("ghcr.io/a/b@sha256:ab", "ghcr.io", "a/b", "", "sha256:ab"),
        ("registry:5000/a", "registry:5000", "a", "", ""),
        ("localhost/a:2", "localhost", "a", "2", ""),
        ("redis:7@sha256:ab", "docker.io", "redis", "7", "sha256:ab"),
        ("app:${TAG:-latest}", "docker.io", "app", "${TAG:-latest}", ""),
        ("${REGISTRY:-ghcr.io/x}/app:1", "docker.io", "${REGISTRY:-ghcr.io/x}/app", "1", ""),
        (
            "{{ .Values.image }}:{{ .Values.tag }}",
            "docker.io",
            "{{ .Values.image }}",
            "{{ .Values.tag }}",
            "",
        ),
        ("", "docker.io", "", "", ""),
    ],
)
def test_a_reference_has_registry_name_tag_and_digest(text, registry, name, tag, digest):
    image = ImageReference.parse(text)
    assert (image.registry, image.name, image.tag, image.digest) == (registry, name, tag, digest)


def test_a_variable_leaves_a_reference_unresolved():
    assert ImageReference.parse("app:${TAG}").unresolved
    assert not ImageReference.parse("app:1").unresolved
    assert ImageReference.parse(" scratch ").is_scratch


@given(st.text(alphabet="ab.:/@${}-A") | st.text())
def test_no_text_is_lost_and_none_raises(text):
    image = ImageReference.parse(text)
    assert len(image.name) + len(image.tag) + len(image.digest) <= len(text)
    assert str(image) == text.strip()
