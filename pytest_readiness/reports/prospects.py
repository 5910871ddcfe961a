"""What would change the verdict, in sentences that every report can show."""

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
    said = list(sentences(outlook(report), named=_IDS))
    if said:
        yield "What would change the verdict"
        for sentence in said:
            yield from page.wrap(sentence, "  ", "    ")


def sentences(seen: Outlook, *, named: int) -> Iterator[str]:
    """What would change the verdict, in words; at most ``named`` checks each are named."""
    yield from _ways(seen.conditional, seen.go, named)
    if seen.unseen and seen.lowest is not None:
        checks = "the check" if seen.unseen == 1 else f"the {seen.unseen} checks"
        yield (
            f"Whatever {checks} not looked at in full would say: readiness"
            f" {percent(seen.lowest)} to {percent(seen.highest)},"
            f" {_either(list(map(str, seen.verdicts)))}."
        )


def _ways(conditional: Way | None, go: Way | None, named: int) -> Iterator[str]:
    if go is None:
        return
    if conditional is not None and conditional.checks == go.checks:
        yield f"{conditional.verdict} and {go.verdict}: {_mend(go, named)}."
    else:
        if conditional is not None:
            yield f"{conditional.verdict}: {_mend(conditional, named)}."
        yield f"{go.verdict}: {_mend(go, named)}."
    if go.also:
        yield f"No check can mend this: {' '.join(go.also)}"


def _mend(way: Way, named: int) -> str:
    if not way.possible:
        return "out of reach, whatever is mended"
    number = len(way.checks)
    if not number:
        return "no check has to be mended"
    text = f"mend {number} check{'' if number == 1 else 's'}: {_names(way.checks, named)}"
    if not way.choice:
        return text
    those = "another one like it" if way.choice == 1 else f"{way.choice} others like them"
    return f"{text} (or {those})"


def _names(ids: Sequence[str], named: int) -> str:
    more = len(ids) - named
    return ", ".join(ids[:named]) + (f" and {more} more" if more > 0 else "")


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
