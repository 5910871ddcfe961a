"""Which files are the program."""

from __future__ import annotations

import pytest

from pytest_readiness.probes.production import is_production


@pytest.mark.parametrize(
    "path",
    [
        "app.py",
        "src/shop/latest.py",
        "shop/contest.py",
        "deploy/Dockerfile",
        "shop/specification.py",
    ],
)
def test_the_program_is_production(path: str) -> None:
    assert is_production(path)


@pytest.mark.parametrize(
    "path",
    [
        "tests/test_app.py",
        "shop/test_app.py",
        "shop/app_test.py",
        "conftest.py",
        "setup.py",
        "examples/app.py",
        "docs/conf.py",
        "shop/migrations/0001_initial.py",
        "shop/_vendor/six.py",
        "web/node_modules/x/index.js",
        "web/app.test.ts",
        "static/jquery.min.js",
        "server_test.go",
        "integration-tests/run.sh",
    ],
)
def test_what_goes_with_it_is_not(path: str) -> None:
    assert not is_production(path)
