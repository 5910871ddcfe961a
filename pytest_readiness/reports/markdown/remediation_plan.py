"""``remediation-plan.md``: what to mend, by priority and by kind of change, to be worked off."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.model import Change, Priority
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.dossier import Dossier, Entry, Item, dossier, due_of
from pytest_readiness.reports.markdown.writing import (
    code,
    codes,
    document,
    heading,
    prose,
    table,
    tasks,
    text,
)


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.model import AuditReport


_KINDS = {
    Change.CONFIG: "Configuration",
    Change.CODE: "Code",
    Change.INFRA: "Infrastructure",
    Change.PROCESS: "Process",
    Change.DOCS: "Documents",
}
_UNSEEN = "To be looked at first"


def render(report: AuditReport) -> str:
    """Every check that is open, once, and nothing else."""
    of = dossier(report)
    return document(
        [
            *sections.opening("Remediation plan", of),
            heading(2, "How much there is"),
            _counts(of),
            heading(2, "By owner"),
            _owners(of),
            *(block for priority in Priority for block in _priority(of, priority)),
            heading(2, "When it is done"),
            (
                f"The whole audit again: {code(of.audit)}. A defect is mended when its check passes"
                " there, and not before."
            ),
            sections.closing(of),
        ]
    )


def _counts(of: Dossier) -> str:
    rows = []
    for priority in Priority:
        entries = _of(of, priority)
        kinds = [_kind(entry) for entry in entries]
        waived = sum(any(item.waiver for item in entry.open) for entry in entries)
        rows.append(
            (
                str(priority),
                *(str(kinds.count(kind)) for kind in (*_KINDS.values(), _UNSEEN)),
                str(len(entries)),
                str(waived),
            )
        )
    return table(("Priority", *_KINDS.values(), _UNSEEN, "Checks", "Of these waived"), rows)


def _owners(of: Dossier) -> str:
    counts: dict[str, dict[Priority, int]] = defaultdict(lambda: dict.fromkeys(Priority, 0))
    for entry in of.open:
        counts[entry.owner][entry.check.priority] += 1
    return (
        table(
            ("Owner", *Priority),
            [
                (text(name), *(str(count) for count in mine.values()))
                for name, mine in sorted(counts.items())
            ],
        )
        or "Nothing is open, so nobody owes anything."
    )


def _priority(of: Dossier, priority: Priority) -> Iterator[str]:
    entries = _of(of, priority)
    date = due_of(priority, of.now)
    yield heading(2, f"{priority}: {sections.WHEN[priority]}{f', by {date}' if date else ''}")
    if not entries:
        yield "Nothing is open." if _any(of, priority) else "No check of this priority was run."
    for kind in (*_KINDS.values(), _UNSEEN):
        mine = [entry for entry in entries if _kind(entry) == kind]
        if mine:
            yield heading(3, kind)
            yield tasks(
                _task(entry, every=priority in {Priority.P0, Priority.P1}) for entry in mine
            )


def _of(of: Dossier, priority: Priority) -> Sequence[Entry]:
    return [entry for entry in of.open if entry.check.priority is priority]


def _any(of: Dossier, priority: Priority) -> bool:
    return any(entry.check.priority is priority for entry in of.entries)


def _kind(entry: Entry) -> str:
    """What has to be changed; a check that saw no defect has none to mend yet."""
    if entry.proved or (entry.lowered and not entry.open):
        return _KINDS[Change.CONFIG]
    return _KINDS[entry.check.change] if entry.defects else _UNSEEN


def _task(entry: Entry, *, every: bool) -> tuple[str, list[str]]:
    lines = [_said(item, subjects, every=every) for item, subjects in sections.alike(entry.open)]
    places = sections.places(entry.open)
    if places != "-":
        lines.append(f"Where: {places}")
    if entry.lowered:
        lines.append(sections.lowering(entry))
    if entry.defects or entry.proved or not entry.open:
        lines.append(f"Fix: {sections.mending(entry)}")
    if not entry.proved:
        lines += sorted({f"To let it look: {sections.helping(entry, one)}" for one in entry.blind})
    lines.append(f"Owner: {text(entry.owner)}; due: {sections.due(entry)}")
    lines.append(f"Look again: {code(entry.again)}")
    return f"{code(entry.check.id)} ({entry.check.domain}): {prose(entry.check.title)}", lines


def _said(item: Item, subjects: Sequence[str], *, every: bool) -> str:
    words = sections.standing(item)
    note = f" ({words})" if words else ""
    if len(subjects) > 1:
        named = codes(subjects, None if every else sections.SUBJECTS)
        return f"{sections.state(item)} on {named}, on the first: {sections.said(item)}{note}"
    return f"{sections.state(item)}: {sections.said(item)}{note}"
