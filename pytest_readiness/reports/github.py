"""What a GitHub runner shows: the summary of a step, and annotations of the files it is about.

``summary.md`` is Markdown in which nothing that the target said can become a heading, a link, an
image or a mention. Annotations are workflow commands, escaped as GitHub's own toolkit does.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pytest_readiness.model import Outcome, Priority, Verdict
from pytest_readiness.reports.failures import Failure, everything, failures
from pytest_readiness.scoring import headline, percent, readiness


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_readiness.model import AuditReport, Check, Finding, Tally


SUMMARY_LIMIT = 1024 * 1024
"""Bytes of all summaries of one step together; GitHub drops them all beyond it."""
ANNOTATIONS = 10
"""Annotations of each level that GitHub keeps of one step; it drops the rest without a word."""
LEVELS = {
    Priority.P0: "error",
    Priority.P1: "error",
    Priority.P2: "warning",
    Priority.P3: "notice",
}

_ROWS, _CELL = 50, 240  # of each table, and characters of a cell
_SIGNS = {
    Verdict.GO: "\N{LARGE GREEN CIRCLE}",
    Verdict.CONDITIONAL_GO: "\N{LARGE YELLOW CIRCLE}",
    Verdict.INCOMPLETE: "\N{MEDIUM WHITE CIRCLE}",
    Verdict.NO_GO: "\N{LARGE RED CIRCLE}",
}
_ESCAPES = {ord(c): f"\\{c}" for c in "\\*_[]|~"} | {ord("<"): "&lt;", ord("&"): "&amp;"}


def render(report: AuditReport) -> str:
    """The summary as Markdown, far below :data:`SUMMARY_LIMIT` however much was found."""
    sections = (
        _head(report),
        _parts(report),
        _failed(failures(report)),
        _conditions(report),
        _not_looked(everything(report)),
        _provenance(report),
    )
    blocks = ["\n".join(lines) for section in sections if (lines := list(section))]
    text = "\n\n".join(blocks) + "\n"
    return text.encode("utf-8", "replace").decode("utf-8")


def commands(report: AuditReport) -> list[str]:
    """Workflow commands, the most urgent first; waived failures are notices.

    At most :data:`ANNOTATIONS` of a level. Where there are more, one notice says how many.
    """
    by_level: dict[str, list[str]] = {"error": [], "warning": [], "notice": []}
    for failure in failures(report):
        level = "notice" if failure.waiver else LEVELS[failure.check.priority]
        by_level[level].append(_annotation(level, failure))
    number = sum(map(len, by_level.values()))
    kept = [line for lines in by_level.values() for line in lines[:ANNOTATIONS]]
    if number > len(kept):
        notices = by_level["notice"][: ANNOTATIONS - 1]  # the last place is for what is left out
        kept = [*by_level["error"][:ANNOTATIONS], *by_level["warning"][:ANNOTATIONS], *notices]
        more = number - len(kept)
        kept.append(f"::notice title=readiness::{more} more failures are in the summary")
    return kept


def fitting(text: str, room: int) -> str:
    """A summary cut to so many bytes at the end of a line, and saying so; "" when none fits."""
    if len(text.encode()) <= room:
        return text
    note = "\nCut here: the whole is in `summary.md`.\n"
    kept = text.encode()[: max(room - len(note.encode()), 0)].decode(errors="ignore")
    whole = kept[: kept.rfind("\n") + 1]
    return whole + note if whole else ""


def _annotation(level: str, failure: Failure) -> str:
    check = failure.check
    title = f"{check.priority} {check.id}"
    properties = {
        "title": f"{title} [{failure.finding.subject}]" if failure.finding.subject else title
    }
    if failure.places:
        place = failure.places[0]
        properties = {"file": place.path, "line": str(max(place.line or 1, 1)), **properties}
    said = failure.message + (f" ({failure.accepted})" if failure.accepted else "")
    text = f"{said}\nFix: {check.short_fix}" if check.fix else said
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {shown}::{_data(text)}"


def _data(text: str) -> str:
    """Escaped as the toolkit escapes the message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escaped as the toolkit escapes a property of a command."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _head(report: AuditReport) -> Iterator[str]:
    judgement = report.judgement
    sign, name = _SIGNS[judgement.verdict], _code(report.repository)
    yield f"# {sign} Readiness of {name}: {judgement.verdict}"
    yield ""
    yield f"**{headline(report.scorecard.total)}**, coverage {percent(report.scorecard.coverage)}."
    if report.selection.outcome is not None:
        yield ""
        yield (
            f"Only {report.selection.selected} of {report.selection.planned} checks were selected"
            f" ({_code(report.selection.expression)}); these alone: {report.selection.outcome}."
        )
    yield ""
    yield from (f"- {_cell(reason)}" for reason in judgement.reasons)


def _parts(report: AuditReport) -> Iterator[str]:
    yield "| phase | passed | warned | failed | skipped | error | readiness | open P0 |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, part in report.scorecard.by_phase.items():
        if part.counted:
            yield _row(name, *_counts(part), percent(readiness(part)), str(part.open_p0))


def _counts(part: Tally) -> list[str]:
    return [str(n) for n in (part.passed, part.warned, part.failed, part.skipped, part.error)]


def _failed(failed: Sequence[Failure]) -> Iterator[str]:
    if not failed:
        return
    yield f"## Failed ({len(failed)})"
    yield ""
    yield "| | check | where | what was seen | fix |"
    yield "|---|---|---|---|---|"
    for one in failed[:_ROWS]:
        place = str(one.places[0]) if one.places else one.finding.subject
        said = _code(one.message) + (f" {_cell(one.accepted)}" if one.accepted else "")
        fix = one.check.short_fix
        yield _row(one.check.priority, f"`{one.check.id}`", _code(place), said, _cell(fix))
    yield from _more(len(failed))


def _conditions(report: AuditReport) -> Iterator[str]:
    conditions = report.judgement.conditions
    if not conditions:
        return
    yield f"## Conditions ({len(conditions)})"
    yield ""
    yield "| | due | owner | check | what |"
    yield "|---|---|---|---|---|"
    for one in conditions[:_ROWS]:
        name = f"`{one.check}`" if one.check else ""
        ours, said, theirs = one.text.partition("does not apply: ")
        what = _cell(ours + said) + (_code(theirs) if theirs else "")
        yield _row(one.priority or "", one.due, _cell(one.owner), name, what)
    yield from _more(len(conditions))


def _not_looked(found: Iterable[tuple[Check, Finding]]) -> Iterator[str]:
    blind = [
        (check, finding)
        for check, finding in found
        if finding.outcome in {Outcome.SKIPPED, Outcome.ERROR}
    ]
    if not blind:
        return
    counts = Counter(str(finding.reason or "error") for _, finding in blind)
    yield f"## Not looked at ({len(blind)})"
    yield ""
    yield "| why | findings | checks |"
    yield "|---|---:|---|"
    for reason, number in counts.most_common():
        ids = sorted({c.id for c, f in blind if str(f.reason or "error") == reason})
        names = ", ".join(f"`{name}`" for name in ids[:10])
        yield _row(reason, str(number), names + (f" and {len(ids) - 10} more" if ids[10:] else ""))


def _provenance(report: AuditReport) -> Iterator[str]:
    commit = f"commit {_cell(report.commit[:12])}, " if report.commit else ""
    yield f"{commit}pytest-readiness {report.tool_version}, catalogue {report.catalogue_digest}"
    if report.self_test is not None:
        yield f"(self-test: {report.self_test})"
    if report.full_record:
        yield ""
        yield f"Evidence is left out of this copy; the full record is {_cell(report.full_record)}."
    if report.confidentiality:
        yield ""
        yield _cell(report.confidentiality)


def _more(number: int) -> Iterator[str]:
    if number > _ROWS:
        yield ""
        yield f"and {number - _ROWS} more in the report"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Our words, and the team's, on one line: code between backticks, no other markup."""
    parts = _line(text).split("`")
    if len(parts) % 2 == 0:  # one is never closed
        return "'".join(parts).translate(_ESCAPES)
    return "".join(
        _code(part) if number % 2 else part.translate(_ESCAPES) for number, part in enumerate(parts)
    )


def _code(text: str) -> str:
    """Words of the target as a code span: GitHub makes no link, mention or image of one.

    A code span cannot hold a backtick, nor a cell a bar.
    """
    line = _line(text).replace("`", "'").replace("|", "\N{BROKEN BAR}")
    return f"`{line}`" if line else ""


def _line(text: str) -> str:
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= _CELL else f"{flat[: _CELL - 3].rstrip()}..."
