"""``index.html``: the page that a release manager reads and signs.

One file that loads nothing from elsewhere, says everything without script, and stays light with
ten thousand findings. What is shown is prepared here; how it looks stands in ``templates/``.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pytest_readiness.flip import configuration_only
from pytest_readiness.model import Finding, Outcome, PastRun, Priority, Reason, Verdict
from pytest_readiness.outlook import outlook
from pytest_readiness.reports.failures import as_judged
from pytest_readiness.reports.prospects import sentences
from pytest_readiness.reports.references import address_of
from pytest_readiness.reports.terminal import HELP
from pytest_readiness.scoring import WORST_FIRST, headline, missing, percent, readiness, worst
from pytest_readiness.waivers import holds, names, waiver_of


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jinja2 import Template

    from pytest_readiness.model import (
        AuditReport,
        Check,
        Compared,
        Condition,
        Exchange,
        Flipped,
        SignOff,
        Tally,
        Waiver,
    )


EVIDENCE_OF_A_CHECK = 5
"""Findings of one check that are shown with their evidence; the record has it of all."""
EVIDENCE_IN_ALL = 600
"""Findings of the page that are shown with their evidence, by priority."""
REMARKS = 10
"""Remarks of one finding that are shown."""
NAMED = 50
"""Checks that one sentence on what would change the verdict names."""
CONDITIONS = 10
"""Conditions that stand above the fold; the others are folded below them."""

_OPEN = frozenset({Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, Outcome.WARNED})
_BLIND = frozenset({Outcome.SKIPPED, Outcome.ERROR})
_WORST = {outcome: place for place, outcome in enumerate(WORST_FIRST)}
_DUE = {
    Priority.P0: "before deployment",
    Priority.P1: "in the first week",
    Priority.P2: "in the first month",
    Priority.P3: "later",
}
_HELP = HELP | {
    Reason.NO_TOOL: "Install it; each finding has the command.",
    None: "Read the traceback at the finding.",
}
_ONE_BY_ONE = frozenset({Reason.NO_TOOL, Reason.NOT_OFFERED, Reason.BLOCKED, Reason.NO_ANSWER})
"""Reasons that are mended for each message by itself, and not by one line of configuration."""
_CHANGES = {
    "regressed": "passed before, open now",
    "new": "not there before",
    "open": "open before and now",
    "fixed": "open before, passed now",
}
_CONTROLS = bytes.maketrans(bytes({*range(32), 127} - set(b"\t\n")), b"?" * 31)
"""Control characters that a target may send; none of them is valid in HTML."""


def render(report: AuditReport, sign_offs: tuple[SignOff, ...] = ()) -> str:
    """Render the whole page.

    Args:
        report: the run.
        sign_offs: what people decided about it; the roles that are missing are named.

    Returns:
        HTML with its style and script inside. A lone surrogate or a control character, which
        HTML cannot carry, becomes a question mark.
    """
    page = _template().render(_parts(report, sign_offs))
    return page.encode("utf-8", "replace").translate(_CONTROLS).decode("utf-8")


@dataclass(frozen=True, slots=True)
class _Open:
    """A finding that is not passed, or several of one check that say the same."""

    finding: Finding
    subjects: tuple[str, ...]
    evidence: tuple[Exchange, ...]
    traceback: str
    left_out: bool
    """It has evidence or a traceback, which is only in the record."""
    waiver: Waiver | None
    lapsed: Waiver | None
    """It names the finding, and accepts nothing: it expired, or something else is seen now."""
    flipped: Flipped | None
    compared: Compared | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """One check with its findings."""

    check: Check
    outcome: Outcome
    owner: str
    condition: Condition | None
    open: tuple[_Open, ...]
    passed: tuple[str, ...]
    """Subjects that passed."""
    not_applicable: tuple[tuple[str, tuple[str, ...]], ...]
    """Why, and the subjects it is said of."""


@dataclass(frozen=True, slots=True)
class _Level:
    """All checks of one priority."""

    priority: Priority
    due: str
    open: tuple[_Entry, ...]
    closed: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class _Blind:
    """Checks that could not look, for one reason."""

    reason: Reason | None
    messages: tuple[str, ...]
    checks: tuple[Check, ...]
    help: str

    @property
    def rank(self) -> tuple[int, ...]:
        """Highest priority first, then by how many checks it would unlock."""
        counts = Counter(check.priority for check in self.checks)
        return tuple(-counts[priority] for priority in Priority)


@dataclass(frozen=True, slots=True)
class _Part:
    """A row of a scorecard."""

    name: str
    tally: Tally
    readiness: str
    bar: tuple[tuple[str, float, float], ...]
    """Outcome, start and width in per cent."""


@dataclass(frozen=True, slots=True)
class _Trend:
    """Readiness over runs, the oldest first and this one last."""

    runs: tuple[PastRun, ...]
    points: tuple[tuple[float, float, PastRun], ...]
    line: str

    @property
    def text(self) -> str:
        """What the curve shows, in words."""
        first, last = self.points[0][2], self.points[-1][2]
        return (
            f"Readiness over {len(self.runs)} runs: {percent(first.readiness)} on"
            f" {first.started[:10]}, {percent(last.readiness)} on {last.started[:10]}"
        )


def _parts(report: AuditReport, sign_offs: tuple[SignOff, ...]) -> dict[str, Any]:
    style, script = _text("index.css"), _text("index.js")
    findings = _by_check(report)
    checks = {check.id: check for check in report.checks}
    now = datetime.fromisoformat(report.started)
    total = report.scorecard.total
    blind = _blind(report, findings)
    return {
        "report": report,
        "policy": report.policy,
        "in_force": lambda waiver: holds(waiver, now),
        "provenance": report.provenance,
        "style": style,
        "script": script,
        "style_digest": _digest(style),
        "script_digest": _digest(script),
        "when": f"{now:%Y-%m-%d %H:%M} {now.tzname() or ''}".rstrip(),
        "headline": headline(total),
        "judgement": report.judgement,
        "blockers": [
            (checks[name], _seen(findings[name], report.judgement.verdict))
            for name in report.judgement.blockers
        ],
        "conditions": report.judgement.conditions,
        "outlook": list(sentences(outlook(report), named=NAMED)),
        "configuration_only": configuration_only(report.judgement),
        "first_conditions": CONDITIONS,
        "phases": [_part(*item) for item in report.scorecard.by_phase.items()],
        "domains": [_part(*item) for item in report.scorecard.by_domain.items()],
        "levels": _levels(report, findings, now),
        "blind": _together(blind, by_message=False),
        "first": [one for one in _together(blind, by_message=True) if one.reason][:3],
        "trend": _trend(report),
        "changes": _changes(report),
        "change_words": _CHANGES,
        "waivers": [(one, holds(one, now)) for one in report.waivers],
        "signed": _signed(report.sign_off.roles, sign_offs),
        "off": sorted(name for name, level in report.policy.levels.items() if level == "off"),
        "leveled": sorted(
            (name, level) for name, level in report.policy.levels.items() if level != "off"
        ),
        "remarks": REMARKS,
        "partial": bool(report.selection.expression)
        or report.selection.selected < report.selection.planned,
    }


@cache
def _template() -> Template:
    """Compile the template once in a process; it takes as long as a thousand findings."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pytest_readiness.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"code": _code, "percent": percent, "linked": _linked}
    return environment.get_template("index.html.jinja")


def _text(name: str) -> str:
    return files("pytest_readiness.reports").joinpath("templates", name).read_text("utf-8")


def _digest(text: str) -> str:
    """What the content security policy names an inline style or script by."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# --- text ---------------------------------------------------------------------------------------


def _code(text: str) -> str:
    """Text in which what stands between backticks is code."""
    if "`" not in text:
        return text
    from markupsafe import Markup, escape

    parts = [escape(part) for part in text.replace("``", "`").split("`")]
    if len(parts) % 2 == 0:  # one backtick has no partner
        return text
    return Markup(  # noqa: S704 - its parts are escaped
        "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))
    )


def _linked(reference: str) -> str:
    """A reference, as a link where its address follows from its name."""
    address = address_of(reference)
    if not address:
        return reference
    from markupsafe import Markup

    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(address, reference)


# --- findings -----------------------------------------------------------------------------------


def _by_check(report: AuditReport) -> dict[str, list[Finding]]:
    owed = missing(report.checks, report.planned, report.findings)
    by_check: dict[str, list[Finding]] = defaultdict(list)
    for finding in (*as_judged(report), *owed):
        by_check[finding.check].append(finding)
    return by_check


def _seen(findings: Sequence[Finding], verdict: Verdict) -> str:
    """What a check that blocks has seen, or why it could not look where that is what blocks."""
    outcome = worst(finding.outcome for finding in findings)
    said = [finding for finding in findings if finding.outcome is outcome]
    if verdict is not Verdict.NO_GO:
        said = [finding for finding in findings if finding.outcome in _BLIND] or said
    first = said[0]
    place = f"{first.subject}: " if first.subject else ""
    more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
    return f"{place}{first.message or outcome}{more}"


def _levels(
    report: AuditReport, findings: Mapping[str, list[Finding]], now: datetime
) -> list[_Level]:
    known = _Known(report, now)
    conditions = {one.check: one for one in report.judgement.conditions if one.check}
    levels = []
    for priority in Priority:
        entries = [
            known.entry(check, findings[check.id], conditions.get(check.id))
            for check in report.checks
            if check.priority is priority
        ]
        levels.append(
            _Level(
                priority,
                _DUE[priority],
                tuple(
                    sorted(
                        (entry for entry in entries if entry.outcome in _OPEN),
                        key=lambda entry: _WORST[entry.outcome],
                    )
                ),
                tuple(entry for entry in entries if entry.outcome not in _OPEN),
            )
        )
    return levels


class _Known:
    """What else is known of a finding, found by check and subject."""

    def __init__(self, report: AuditReport, now: datetime) -> None:
        self._now = now
        self._owners = report.owners
        self._room = EVIDENCE_IN_ALL
        self._waivers: dict[str, list[Waiver]] = defaultdict(list)
        for waiver in report.waivers:
            self._waivers[waiver.check].append(waiver)
        self._flipped = {
            (one.check, one.subject): one for one in (report.flip.findings if report.flip else ())
        }
        self._compared = {
            (one.check, one.subject): one
            for one in (report.comparison.findings if report.comparison else ())
        }

    def entry(
        self, check: Check, findings: Sequence[Finding], condition: Condition | None
    ) -> _Entry:
        groups: dict[object, list[Finding]] = defaultdict(list)
        passed: list[str] = []
        aside: dict[str, list[str]] = defaultdict(list)
        for finding in findings:
            if finding.outcome is Outcome.PASSED:
                passed.append(finding.subject)
            elif finding.outcome is Outcome.NOT_APPLICABLE:
                aside[finding.message].append(finding.subject)
            else:
                groups[self._alike(finding)].append(finding)
        room = EVIDENCE_OF_A_CHECK
        opened = []
        for group in sorted(groups.values(), key=lambda group: _WORST[group[0].outcome]):
            shown = room > 0 and self._room > 0 and _proved(group[0])
            room, self._room = room - shown, self._room - shown
            opened.append(self._opened(group, shown=shown))
        return _Entry(
            check,
            worst(finding.outcome for finding in findings),
            condition.owner if condition else self._owners.get(check.domain, "unassigned"),
            condition,
            tuple(opened),
            tuple(sorted(passed)),
            tuple((message, tuple(sorted(of))) for message, of in aside.items()),
        )

    def _alike(self, finding: Finding) -> object:
        """Findings that could not look are one where they say the same; others stand alone."""
        if finding.outcome not in _BLIND or _proved(finding):
            return id(finding)
        key = finding.check, finding.subject
        flipped, compared = self._flipped.get(key), self._compared.get(key)
        return (
            finding.outcome,
            finding.reason,
            finding.message,
            finding.flaky,
            flipped and (flipped.proof, flipped.message),
            compared and (compared.change, compared.since),
        )

    def _opened(self, group: Sequence[Finding], *, shown: bool) -> _Open:
        first = group[0]
        key = first.check, first.subject
        waivers = self._waivers.get(first.check, ())
        waiver = waiver_of(first, waivers, self._now) if waivers else None
        lapsed = None
        if waivers and waiver is None and first.outcome not in _BLIND:
            lapsed = next((one for one in waivers if names(one, first.check, first.subject)), None)
        return _Open(
            first,
            tuple(sorted(finding.subject for finding in group if finding.subject)),
            first.evidence if shown else (),
            first.details if shown and first.outcome is Outcome.ERROR else "",
            _proved(first) and not shown,
            waiver,
            lapsed,
            self._flipped.get(key),
            self._compared.get(key),
        )


def _proved(finding: Finding) -> bool:
    """Whether there is more to show than words: exchanges, or the traceback of a crash."""
    return bool(finding.evidence or (finding.details and finding.outcome is Outcome.ERROR))


def _blind(
    report: AuditReport, findings: Mapping[str, list[Finding]]
) -> list[tuple[Check, Finding]]:
    off = {name for name, level in report.policy.levels.items() if level == "off"}
    return [
        (check, finding)
        for check in report.checks
        for finding in findings[check.id]
        if finding.outcome in _BLIND and not (finding.reason == Reason.OFF and check.id in off)
    ]


def _together(blind: Iterable[tuple[Check, Finding]], *, by_message: bool) -> list[_Blind]:
    """Group what could not look by what would help, the most pressing first."""
    groups: dict[tuple[Reason | None, str], dict[str, Check]] = defaultdict(dict)
    messages: dict[tuple[Reason | None, str], dict[str, None]] = defaultdict(dict)
    for check, finding in blind:
        alone = by_message and finding.reason in _ONE_BY_ONE
        key = finding.reason, finding.message if alone else ""
        groups[key][check.id] = check
        messages[key][finding.message] = None
    made = [
        _Blind(key[0], tuple(messages[key]), tuple(checks.values()), _HELP[key[0]])
        for key, checks in groups.items()
    ]
    return sorted(made, key=lambda one: one.rank)


# --- figures ------------------------------------------------------------------------------------


def _part(name: str, tally: Tally) -> _Part:
    counts = {
        "passed": tally.passed,
        "warned": tally.warned,
        "failed": tally.failed,
        "skipped": tally.skipped,
        "error": tally.error,
    }
    bar, start = [], 0.0
    for outcome, count in counts.items():
        if count:
            width = 100 * count / tally.counted
            bar.append((outcome, round(start, 2), round(width, 2)))
            start += width
    return _Part(name, tally, percent(readiness(tally)), tuple(bar))


_TREND_WIDTH, _TREND_HEIGHT, _TREND_EDGE = 640, 120, 12


def _trend(report: AuditReport) -> _Trend | None:
    """The history with this run as its last; None where there are not two runs to join."""
    card = report.scorecard
    this = PastRun(
        started=report.started,
        commit=report.commit,
        profile=report.target.profile,
        verdict=report.judgement.verdict,
        readiness=card.readiness,
        coverage=card.coverage,
        open_p0=card.total.open_p0,
        findings=dict(Counter(str(finding.outcome) for finding in report.findings)),
    )
    runs = (*report.history, this)
    step = (_TREND_WIDTH - 2 * _TREND_EDGE) / max(1, len(runs) - 1)
    height = _TREND_HEIGHT - 2 * _TREND_EDGE
    points = tuple(
        (
            round(_TREND_EDGE + place * step, 1),
            round(_TREND_EDGE + height * (1000 - run.readiness) / 1000, 1),
            run,
        )
        for place, run in enumerate(runs)
        if run.readiness is not None
    )
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return None
    return _Trend(runs, points, " ".join(f"{x},{y}" for x, y, _ in points))


def _changes(report: AuditReport) -> dict[str, list[Compared]]:
    """Findings by what became of them since the earlier run, regressions first."""
    if report.comparison is None:
        return {}
    groups = {
        change: [one for one in report.comparison.findings if one.change == change]
        for change in _CHANGES
    }
    return {change: found for change, found in groups.items() if found}


def _signed(
    wanted: Sequence[str], sign_offs: Sequence[SignOff]
) -> list[tuple[str, list[SignOff], bool]]:
    """What each role decided, and whether a decision that counts is still missing."""
    roles = dict.fromkeys((*wanted, *(one.role for one in sign_offs)))
    by_role = {role: [one for one in sign_offs if one.role == role] for role in roles}
    return [
        (role, given, role in wanted and all(one.problem for one in given))
        for role, given in by_role.items()
    ]
