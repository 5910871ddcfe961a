"""Specimens of inputs that are read as code, and of sound ones that look like it."""

from __future__ import annotations

from tests.live_cases import Case, Live, defect


def inputs(switch: str, *variants: str) -> tuple[Case, ...]:
    """A case for each thing that may become of an input."""
    return defect(*(f"{switch}:{variant}" for variant in variants))


ON_PURPOSE = Case(("with-search:running-sql",), settings="public: [GET /api/search]\n")
"""Whose input is SQL, and who says so."""

INJECTION: dict[str, Live] = {
    "sql-injection": Live(
        good=(
            *inputs("with-search", "sound", "doubling-quotes", "refusing-quotes", "slow"),
            *inputs("with-search", "about-databases"),
            ON_PURPOSE,
            *defect("refuse-with:200"),
        ),
        bad=(
            *inputs("with-search", "told", "told-in-200", "hidden", "unseen", "numbered"),
            *inputs("with-search", "running-sql"),
            *defect("injectable-login"),
        ),
    ),
    "command-injection": Live(
        good=inputs("with-lookup", "sound", "slow", "echoing"),
        bad=inputs("with-lookup", "shell", "quoted", "silent", "evaluated"),
    ),
    "path-traversal": Live(
        good=(
            *inputs("with-files", "sound", "with-accounts-in-its-text", "refusing"),
            *defect("soft-404:page"),
        ),
        bad=inputs("with-files", "joined", "stripped-once"),
    ),
    "template-injection": Live(
        good=inputs("with-greeting", "sound", "adding-up"),
        bad=inputs("with-greeting", "templated", "embedded-ruby"),
    ),
}
