"""What changed since an earlier run, for the terminal: in short, and in full."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_readiness.model import Outcome
from pytest_readiness.reports.page import NARROWEST, Page
from pytest_readiness.scoring import percent


if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.model import AuditReport, Compared, Comparison


_IDS, _RULES = 5, 3  # how many the short form names
_LISTED = ("new", "regressed", "made worse", "fixed")


def section(page: Page, comparison: Comparison | None) -> Iterator[str]:
    """In short: the counts, the checks that are new or regressed, and the first changed rules."""
    if comparison is None:
        return
    yield from page.wrap(f"Since {_run(comparison)}", "", "  ")
    yield from page.wrap(_counts(comparison), "  ", "    ")
    for word in ("new", "regressed", "made worse"):
        subjects = Counter(one.check for one in comparison.findings if _word(one) == word)
        if subjects:
            yield from page.wrap(f"{word}: {_names(subjects)}", "  ", "    ")
    for sentence in comparison.rules[:_RULES]:
        yield from page.wrap(sentence, "  ", "    ")
    if len(comparison.rules) > _RULES:
        more = len(comparison.rules) - _RULES
        yield f"  and {more} more changed rule{'' if more == 1 else 's'} in the report"


def render(
    before: AuditReport,
    after: AuditReport,
    comparison: Comparison,
    *,
    width: int = 80,
    ascii: bool = False,  # noqa: A002 - it is the word for it
) -> list[str]:
    """In full: every finding that is new, regressed, made worse or fixed, and every changed rule.

    Args:
        before: the earlier run.
        after: the later run.
        comparison: of the two.
        width: columns; no line is longer, but for a path that cannot be broken.
        ascii: nothing but ASCII, for logs that cannot show more.
    """
    page = Page(max(width, NARROWEST), ascii)
    now = f"{_when(after.started, after.commit)}: {after.judgement.verdict}"
    lines = [
        *page.wrap(f"{before.repository}, {_run(comparison)}", "", "  "),
        *page.wrap(f"then {now}, {percent(after.scorecard.readiness)}"),
        *page.wrap(_counts(comparison)),
    ]
    for word in _LISTED:
        found = [one for one in comparison.findings if _word(one) == word]
        if found:
            lines += ["", f"{word.capitalize()} ({len(found)})"]
            lines += [line for one in found for line in page.wrap(_line(one), "  ", "    ")]
    if comparison.rules:
        lines += ["", f"Changed rules ({len(comparison.rules)})"]
        lines += [line for rule in comparison.rules for line in page.wrap(rule, "  ", "    ")]
    return lines


def _run(comparison: Comparison) -> str:
    figures = f"{comparison.verdict}, {percent(comparison.readiness)}"
    return f"{_when(comparison.started, comparison.commit)}: {figures}"


def _when(started: str, commit: str) -> str:
    when = started[:16].replace("T", " ")
    return f"{when} at {commit[:7]}" if commit else when


def _counts(comparison: Comparison) -> str:
    counts = Counter(_word(one) for one in comparison.findings)
    blind = sum(one.change == "open" and one.after is None for one in comparison.findings)
    parts = [f"{counts[word]} {word}" for word in ("new", "regressed", "fixed")]
    parts.append(f"{counts['open'] + counts['made worse']} still open")
    if counts["made worse"]:
        parts.append(f"{counts['made worse']} of these made worse")
    if blind:
        parts.append(f"{blind} not looked at now")
    return ", ".join(parts)


def _word(one: Compared) -> str:
    worse = one.before == Outcome.WARNED and one.after == Outcome.FAILED
    return "made worse" if one.change == "open" and worse else one.change


def _names(subjects: Counter[str]) -> str:
    named = [f"{name} ({count})" if count > 1 else name for name, count in subjects.items()]
    more = len(named) - _IDS
    return ", ".join(named[:_IDS]) + (f" and {more} more" if more > 0 else "")


def _line(one: Compared) -> str:
    subject = f" [{one.subject}]" if one.subject else ""
    outcomes = f"{one.before or 'not there'} -> {one.after or 'not looked at'}"
    return f"{one.check}{subject}: {outcomes}"
