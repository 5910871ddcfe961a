"""Which files of a repository are the program that runs in production.

Decided by path alone: tests, examples, documentation, migrations, tools of the build and code of
others that lies in the tree are not. A repository whose root is an example is not left out, as only
folders below the root count.
"""

from __future__ import annotations

import re
from typing import Final


_FOLDERS: Final = frozenset(
    {
        "__mocks__",
        "__tests__",
        "alembic",
        "benchmark",
        "benchmarks",
        "build",
        "demo",
        "demos",
        "dist",
        "doc",
        "docs",
        "e2e",
        "example",
        "examples",
        "extern",
        "external",
        "fixtures",
        "migrations",
        "mocks",
        "node_modules",
        "notebooks",
        "readiness",
        "readiness-report",
        "sample",
        "samples",
        "site-packages",
        "spec",
        "specs",
        "test",
        "testdata",
        "testing",
        "tests",
        "third_party",
        "thirdparty",
        "vendor",
        "vendored",
        "_vendor",
        "_vendored",
    }
)
_FILE: Final = re.compile(
    r"(?:test_.*|.*_tests?|tests?|conftest|conf|setup|noxfile|tasks|fabfile|dodo)\.py"
    r"|.*[._](?:test|spec|stories|min)\.[cm]?[jt]sx?|.*_test\.go|.*\.d\.ts",
    re.IGNORECASE,
)


def is_production(path: str) -> bool:
    """Whether a file belongs to the program itself.

    Args:
        path: relative to the root of the repository, with ``/``.
    """
    *folders, name = path.split("/")
    return not _FILE.fullmatch(name) and not any(
        folder.lower() in _FOLDERS or folder.lower().endswith(("_tests", "-tests", ".egg-info"))
        for folder in folders
    )
