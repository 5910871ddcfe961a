"""Good and bad specimens of the live checks on secrets: ``tests/target_secrets.py``."""

from __future__ import annotations

from tests.live_cases import SECRET, SOUND, Case, Live, defect


def started(*names: str) -> Case:
    """A target that the audit starts itself, so that it can read the log."""
    return Case(names, environment={"JWT_SECRET": SECRET})


SECRETS: dict[str, Live] = {
    "secret-in-served-script": Live(
        good=defect("scripts:clean", "scripts:publishable", "scripts:elsewhere"),
        bad=defect("scripts:provider", "scripts:inline", "scripts:map", "scripts:chunk"),
    ),
    "leaked-canary": Live(
        good=(started(), started("leaked-canary:masked"), started("leaked-canary:digests")),
        bad=(
            started("leaked-canary:authorization"),
            started("leaked-canary:login"),
            started("leaked-canary:tokens"),
            started("leaked-canary:bodies"),
            started("leaked-canary:metrics"),
            *defect("leaked-canary:health"),
        ),
    ),
    "personal-data-in-token": Live(
        good=(SOUND, *defect("personal-claims:username")),
        bad=defect(
            *("personal-claims:email", "personal-claims:name"),
            *("personal-claims:phone", "personal-claims:address"),
        ),
    ),
}
