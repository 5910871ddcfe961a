"""``troubleshooting.md``: what to do where the audit could not look, and about what it saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.model import Outcome, Reason
from pytest_readiness.reports.markdown import sections
from pytest_readiness.reports.markdown.dossier import Dossier, Entry, blind_by_reason, dossier
from pytest_readiness.reports.markdown.writing import (
    bullets,
    code,
    codes,
    document,
    fenced,
    heading,
    sentence,
    table,
    text,
)


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.model import AuditReport


DETAILS = 15
"""Last lines of a crash that are quoted."""
WIDTH = 200

_MEANING: Mapping[Reason | None, str] = {
    Reason.UNREACHABLE: "The target did not answer, or stopped answering.",
    Reason.NO_TARGET: "No running system was named, so only files could be read.",
    Reason.NOT_OFFERED: "The target does not offer what the check asks for, or nobody said where.",
    Reason.NO_TOOL: "A program or package that the check needs is not installed.",
    Reason.NO_CREDENTIAL: "There is no user or key to ask with.",
    Reason.NO_ANSWER: "Only a person can answer, and none did, or the answer is too old.",
    Reason.BLOCKED: "Its control was not met, so a refusal would mean nothing; its words say why.",
    Reason.NOT_PERMITTED: "It attacks or disturbs, and nobody permitted that for this host.",
    Reason.OFF: "Somebody switched it off.",
    Reason.BUDGET: "The run's budget of requests or money was used up.",
    Reason.TIMEOUT: "It took longer than it may.",
    None: "The check crashed, or was planned and never reported. It is counted as not looked at.",
}


def render(report: AuditReport) -> str:
    """By reason what to do, then each symptom with its mend."""
    of = dossier(report)
    return document(
        [
            *sections.opening("Troubleshooting", of),
            heading(2, "The run itself"),
            bullets(_run(of)) or "It ran to its end, on everything that was selected.",
            heading(2, "Checks that could not look"),
            *(_blind(of)),
            heading(2, "Symptoms"),
            _symptoms(of) or "No check saw anything wrong.",
            heading(2, "More"),
            bullets(
                [
                    "`readiness explain ID` says why a check matters and how to mend it.",
                    "`readiness doctor` looks at the installation and at readiness.yaml.",
                    "readiness.json holds every finding with all of its evidence.",
                ]
            ),
            sections.closing(of),
        ]
    )


def _run(of: Dossier) -> Iterator[str]:
    report = of.report
    if report.interrupted:
        yield f"It ended early: {text(report.interrupted)}. What had not run counts as an error."
    if of.partial:
        yield "Only a part was selected; `pytest --readiness` without a selection runs all."
    if report.target.kind == "none":
        yield "No target was named: `target:` in readiness.yaml, or `--readiness-target URL`."
    elif not report.target.reached:
        yield (
            f"The target {code(report.target.url or report.target.kind)} was never reached: look"
            " at its own output, its port and its `ready:` path."
        )
    if report.leftovers:
        yield f"These stayed on the target; remove them: {codes(report.leftovers)}"
    if report.flip is not None and report.flip.problem:
        yield f"The flip to {code(report.flip.profile)} failed: {text(report.flip.problem)}"
    flaky = [
        entry.check.id for entry in of.entries if any(item.finding.flaky for item in entry.items)
    ]
    if flaky:
        yield f"Differed between attempts, and the worst one counts: {codes(flaky)}"


def _blind(of: Dossier) -> Iterator[str]:
    groups = blind_by_reason(of.entries)
    if not groups:
        yield "Every check of this run could look at its subjects."
    for reason, entries in groups:
        yield heading(3, f"{sentence(str(reason or 'error'))} ({len(entries)})")
        yield f"{_MEANING[reason]} What helps: {sections.HELPS[reason]}"
        yield table(
            ("Check", "Said", "Subjects", "Look again"),
            [
                (
                    f"{entry.check.priority} {code(entry.check.id)}",
                    sections.said(item),
                    codes(subjects) if len(subjects) > 1 else "",
                    code(entry.again),
                )
                for entry in entries
                for item, subjects in sections.alike(
                    [item for item in entry.blind if item.reason is reason]
                )
            ],
        )
        if reason is None:
            yield from _crashes(entries)


def _crashes(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        crashed = [
            item.finding
            for item in entry.items
            if item.finding.outcome is Outcome.ERROR and item.finding.details
        ]
        if crashed:
            lines = crashed[0].details.rstrip().splitlines()
            yield f"{code(entry.check.id)}:"
            yield fenced("\n".join(line[:WIDTH] for line in lines[-DETAILS:]))


def _symptoms(of: Dossier) -> str:
    return table(
        ("Seen", "Check", "Where", "What to do"),
        [
            (
                sections.said(item) + (f" (the same on {codes(more)})" if more else ""),
                f"{entry.check.priority} {code(entry.check.id)}",
                sections.places(
                    one for one in entry.defects if one.finding.message == item.finding.message
                ),
                sections.mending(entry),
            )
            for entry in of.open
            for item, subjects in sections.alike(entry.defects)
            for more in [subjects[1:]]
        ],
    )
