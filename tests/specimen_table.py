"""``python -m tests.specimen_table``: how many specimens each check must pass and must not."""

from __future__ import annotations

import sys
from collections import Counter

from pytest_readiness import catalogue
from tests.cases import specimens
from tests.live_specimens import LIVE


def rows() -> list[tuple[str, int, int, int]]:
    """Check, good ones, bad ones, and those that cannot be judged or do not apply."""
    counted = Counter((one.check, one.kind) for one in specimens())
    for check, live in LIVE.items():
        counted[check, "pass"] += len(live.good)
        counted[check, "fail"] += len(live.bad)
    return [
        (
            check.id,
            counted[check.id, "pass"],
            counted[check.id, "fail"] + counted[check.id, "warn"],
            counted[check.id, "skip"] + counted[check.id, "not-applicable"],
        )
        for check in catalogue.bundled_checks()
    ]


def main() -> int:
    table = rows()
    width = max(len(row[0]) for row in table)
    lines = [f"{'check':{width}}  good   bad other"]
    lines += [f"{name:{width}} {good:5} {bad:5} {other:5}" for name, good, bad, other in table]
    sums = [sum(row[column] for row in table) for column in (1, 2, 3)]
    lines.append(f"{f'{len(table)} checks':{width}} {sums[0]:5} {sums[1]:5} {sums[2]:5}")
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
