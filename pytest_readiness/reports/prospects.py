"""What would change the verdict, for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.outlook import outlook
from pytest_readiness.scoring import percent


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.model import AuditReport
    from pytest_readiness.outlook import Outlook, Way
    from pytest_readiness.reports.page import Page


_IDS = 3  # ids that one line names


def section(page: Page, report: AuditReport) -> Iterator[str]:
    """Lines of the section; none for a GO that looked at everything."""
    sentences = list(_sentences(outlook(report)))
    if sentences:
        yield "What would change the verdict"
        for sentence in sentences:
            yield from page.wrap(sentence, "  ", "    ")


def _sentences(seen: Outlook) -> Iterator[str]:
    yield from _ways(seen.conditional, seen.go)
    if seen.unseen and seen.lowest is not None:
        checks = "the check" if seen.unseen == 1 else f"the {seen.unseen} checks"
        yield (
            f"Whatever {checks} not looked at in full would say: readiness"
            f" {percent(seen.lowest)} to {percent(seen.highest)},"
            f" {_either(list(map(str, seen.verdicts)))}."
        )


def _ways(conditional: Way | None, go: Way | None) -> Iterator[str]:
    if go is None:
        return
    if conditional is not None and conditional.checks == go.checks:
        yield f"{conditional.verdict} and {go.verdict}: {_mend(go)}."
    else:
        if conditional is not None:
            yield f"{conditional.verdict}: {_mend(conditional)}."
        yield f"{go.verdict}: {_mend(go)}."
    if go.also:
        yield f"No check can mend this: {' '.join(go.also)}"


def _mend(way: Way) -> str:
    if not way.possible:
        return "out of reach, whatever is mended"
    number = len(way.checks)
    if not number:
        return "no check has to be mended"
    text = f"mend {number} check{'' if number == 1 else 's'}: {_names(way.checks)}"
    if not way.choice:
        return text
    those = "another one like it" if way.choice == 1 else f"{way.choice} others like them"
    return f"{text} (or {those})"


def _names(ids: Sequence[str]) -> str:
    more = len(ids) - _IDS
    return ", ".join(ids[:_IDS]) + (f" and {more} more" if more > 0 else "")


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
